//! The walkthrough as a class sees it: its screens at three sizes, the server
//! behind them, a terminal that is given back, and the files it writes.
#![cfg(unix)]

mod lab;
mod needs;
mod repl_support;

use catalog::lang::Lang;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures_util::stream::{self, Pending, StreamExt as _, pending};
use lab::{ForeignServer, Lab, Outcome, wait_for};
use ratatui::Terminal as Canvas;
use ratatui::backend::TestBackend;
use redis_lab::conn::Connection;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::lesson::{Lesson, Library, Step, parse};
use redis_lab::runner::Stage;
use redis_lab::walkthrough::{News, Notes, Options, Phase, Presenter, Show, draw_notes};
use repl_support::{Terminal, expect_job_end, program_terminal, signal_job};
use resp::{Reply, format};
use std::collections::BTreeMap;
use std::io;
use std::path::Path;

const NOW: Options = Options {
    auto: None,
    keystroke: None,
    color: true,
};

/// A show on a virtual terminal, and a way to look at its server.
struct Class {
    presenter: Presenter<TestBackend>,
    input: Pending<io::Result<Event>>,
    spy: Connection,
    _server: Server,
}

impl Class {
    async fn open(lessons: Vec<Lesson>, columns: u16, rows: u16) -> Class {
        let mut server = Server::resolve(None, Choice::Auto).await.expect("a server");
        let release = server.version().release();
        if lessons.iter().any(|lesson| !lesson.runs_on(release)) {
            let builtin = Server::resolve(None, Choice::Builtin).await;
            server = builtin.expect("the built-in server");
        }
        let stage = Stage::open(&server, false, Lang::En)
            .await
            .expect("a stage");
        let spy = Connection::connect(server.target())
            .await
            .expect("a connection");
        let show = Show::new(lessons, "test server".to_owned(), Lang::En, NOW);
        let canvas = Canvas::new(TestBackend::new(columns, rows)).expect("a canvas");
        let mut class = Class {
            presenter: Presenter::new(canvas, show, stage, None),
            input: pending(),
            spy,
            _server: server,
        };
        class
            .presenter
            .begin(&mut class.input)
            .await
            .expect("begins");
        class
    }

    async fn press(&mut self, code: KeyCode) {
        let key = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        self.presenter
            .handle(key, &mut self.input)
            .await
            .expect("the show goes on");
    }

    /// Goes on until the step is over.
    async fn finish_step(&mut self) {
        self.press(KeyCode::Char('s')).await;
        let show = self.presenter.show();
        assert!(
            show.is_step_over() && show.phase() == Phase::Halt,
            "{} {}: {:?}",
            show.lesson().id,
            show.step_index(),
            show.phase()
        );
    }

    async fn jump_to(&mut self, step: usize) {
        for digit in (step + 1).to_string().chars() {
            self.press(KeyCode::Char(digit)).await;
        }
        self.press(KeyCode::Char('G')).await;
    }

    /// Goes back by one step. Where something has run, the first press goes to
    /// the start of that step.
    async fn left_to(&mut self, step: usize) {
        for _ in 0..2 {
            if self.presenter.show().step_index() > step {
                self.press(KeyCode::Left).await;
            }
        }
    }

    /// Asserts where the show is, and which keys there are.
    async fn stands_at(&mut self, step: usize, dump: &BTreeMap<String, String>, how: &str) {
        let show = self.presenter.show();
        let place = format!("{} {step}, {how}", show.lesson().id);
        assert_eq!(show.step_index(), step, "{place}");
        assert_eq!(self.dump().await, *dump, "{place}");
    }

    /// From the end of a step to the next; long text takes several presses.
    async fn next_step(&mut self) {
        let before = self.presenter.show().step_index();
        for _ in 0..50 {
            self.press(KeyCode::Enter).await;
            if self.presenter.show().step_index() != before {
                return;
            }
        }
        panic!("step {before} does not end:\n{}", self.screen());
    }

    /// Goes on until `text` is on the screen.
    async fn until(&mut self, text: &str) -> String {
        for _ in 0..50 {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            self.press(KeyCode::Enter).await;
        }
        panic!("{text:?} never comes:\n{}", self.screen());
    }

    fn screen(&mut self) -> String {
        let buffer = self.presenter.terminal().backend().buffer().clone();
        let width = usize::from(buffer.area.width);
        let cells: Vec<&str> = buffer.content.iter().map(|cell| cell.symbol()).collect();
        let rows = cells
            .chunks(width)
            .map(|row| row.concat().trim_end().to_owned());
        rows.collect::<Vec<_>>().join("\n")
    }

    async fn ask(&mut self, argv: &[&[u8]]) -> Reply {
        self.spy.call(argv).await.expect("a reply")
    }

    /// Every `lab:` key of every database: its type and value, with what is
    /// new in every run (IDs made of the time, random choices, the rest of an
    /// expiry) left out.
    async fn dump(&mut self) -> BTreeMap<String, String> {
        let mut dump = BTreeMap::new();
        for db in 0..16 {
            self.ask(&[b"SELECT", db.to_string().as_bytes()]).await;
            let keys = self.ask(&[b"KEYS", b"lab:*"]).await;
            for key in keys.as_slice().unwrap_or_default() {
                let key = key.as_bytes().expect("a name").to_vec();
                let value = self.value(&key).await;
                dump.insert(format!("{db} {}", String::from_utf8_lossy(&key)), value);
            }
        }
        dump
    }

    async fn value(&mut self, key: &[u8]) -> String {
        let kind = self.ask(&[b"TYPE", key]).await;
        let kind = kind.as_str().expect("a type").to_owned();
        let expires = self
            .ask(&[b"TTL", key])
            .await
            .as_int()
            .is_some_and(|ttl| ttl >= 0);
        let value = match kind.as_str() {
            "string" => self.ask(&[b"GET", key]).await,
            "list" => self.ask(&[b"LRANGE", key, b"0", b"-1"]).await,
            "set" => self.ask(&[b"SMEMBERS", key]).await,
            "zset" => {
                self.ask(&[b"ZRANGE", key, b"0", b"-1", b"WITHSCORES"])
                    .await
            }
            "hash" => self.ask(&[b"HGETALL", key]).await,
            "stream" => self.ask(&[b"XRANGE", key, b"-", b"+"]).await,
            _ => Reply::Nil,
        };
        let text = match value.as_slice() {
            // Random members are taken out of it: how many is what counts.
            Some(members) if key == b"lab:lottery" => format!("{} members", members.len()),
            Some(members) if kind == "set" => {
                let mut words: Vec<String> = members.iter().map(format::to_tty).collect();
                words.sort();
                words.concat()
            }
            Some(fields) if kind == "hash" => {
                let mut pairs: Vec<String> = fields
                    .chunks(2)
                    .map(|pair| pair.iter().map(format::to_tty).collect())
                    .collect();
                pairs.sort();
                pairs.concat()
            }
            _ => format::to_tty(&value),
        };
        format!("{kind} expires={expires} {}", without_times(&text))
    }
}

/// Numbers of 13 digits and more are moments in milliseconds.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    let mut digits = String::new();
    for c in text.chars().chain(['\0']) {
        if c.is_ascii_digit() {
            digits.push(c);
            continue;
        }
        out.push_str(if digits.len() >= 13 { "(ms)" } else { &digits });
        digits.clear();
        out.push(c);
    }
    out
}

fn lesson(id: &str) -> Lesson {
    Library::new(None).get(id, Lang::En).expect("a lesson")
}

fn teach(text: &str) -> Lesson {
    parse("class", "class.md", text).expect("a good lesson")
}

const TWO_SESSIONS: &str = "# Doors

Two friends and a message.

```redis @ala Ala listens
SUBSCRIBE news
```

```text expect
1) \"subscribe\"
2) \"news\"
3) (integer) 1
```

```redis @ola Ola says something
PUBLISH news hello
SET lab:said hello
```

```text expect
(integer) 1
OK
```

```text expect @ala
1) \"message\"
2) \"news\"
3) \"hello\"
```
";

/// What is seen of a step with two sessions, a reply and a change, letter by
/// letter. `REDIS_LAB_BLESS=1` writes what is seen now.
#[tokio::test]
async fn the_screen_is_as_it_was_approved_at_three_sizes() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/walkthrough");
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let seen = screens_in_time(columns, rows).await;
        let file = folder.join(format!("{columns}x{rows}.txt"));
        if std::env::var_os("REDIS_LAB_BLESS").is_some_and(|value| value == "1") {
            std::fs::create_dir_all(&folder).expect("created");
            std::fs::write(&file, &seen).expect("written");
        }
        let approved = std::fs::read_to_string(&file).expect("the approved screens");
        assert_eq!(seen, approved, "{columns}x{rows}");
    }
}

/// A step before and after it is run, and the help; once more where the machine
/// was so busy that the time of a reply is shown.
async fn screens_in_time(columns: u16, rows: u16) -> String {
    for _ in 0..20 {
        let mut class = Class::open(vec![teach(TWO_SESSIONS)], columns, rows).await;
        let begun = class.screen();
        class.finish_step().await;
        let over = class.screen();
        class.press(KeyCode::Char('?')).await;
        let help = class.screen();
        let seen = [begun, over, help].map(|screen| without_clock(&screen) + "\n");
        let seen = seen.join(&format!("{}\n", "=".repeat(columns.into())));
        if !seen.contains(" s)") {
            return seen;
        }
    }
    panic!("every time a reply took long");
}

/// The screen of somebody who is very fast.
fn without_clock(screen: &str) -> String {
    let (body, status) = screen.rsplit_once('\n').expect("several rows");
    let pieces: Vec<&str> = status.split(" · ").collect();
    let time = pieces[1].split(" / ").next().expect("the time");
    format!("{body}\n{}", status.replacen(time, "0:00", 1))
}

#[tokio::test]
async fn the_screen_is_readable_at_three_sizes() {
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut class = Class::open(vec![lesson("lists")], columns, rows).await;
        class.jump_to(1).await;
        let screen = class.until("RPUSH").await;
        let heading = &class.presenter.show().step().heading.clone();
        let top = screen.lines().next().expect("a header");
        assert!(
            top.starts_with(heading.as_str()),
            "{columns}x{rows}\n{screen}"
        );
        let status = screen.lines().last().expect("a status line");
        assert!(status.contains("lists 2/"), "{columns}x{rows}\n{screen}");
        assert!(status.contains("min ·"), "{columns}x{rows}\n{screen}");
        // The reply and the keyspace are seen together.
        class.press(KeyCode::Enter).await;
        let screen = class.screen();
        assert!(screen.contains("(integer)"), "{columns}x{rows}\n{screen}");
        assert!(screen.contains("keyspace: 1"), "{columns}x{rows}\n{screen}");
        assert!(screen.contains("+ lab:"), "{columns}x{rows}\n{screen}");
    }
}

#[tokio::test]
async fn sessions_stand_side_by_side_or_carry_a_tag() {
    let mut class = Class::open(vec![teach(TWO_SESSIONS)], 200, 60).await;
    class.finish_step().await;
    let wide = class.screen();
    let row = |text: &str| {
        let found = wide.lines().find(|line| line.contains(text));
        found.unwrap_or_else(|| panic!("no {text:?} in\n{wide}"))
    };
    assert!(row("ala> SUBSCRIBE").find("ala>") < row("ola> PUBLISH").find("ola>"));
    assert!(row("ola> PUBLISH").contains("│ ola> PUBLISH"), "{wide}");
    assert!(wide.contains("+ lab:said string 5"), "{wide}");

    let mut class = Class::open(vec![teach(TWO_SESSIONS)], 80, 24).await;
    class.finish_step().await;
    for _ in 0..30 {
        class.press(KeyCode::Up).await;
    }
    let mut narrow = class.screen();
    class.press(KeyCode::PageDown).await;
    narrow.push_str(&class.screen());
    assert!(narrow.contains("ala │ ala> SUBSCRIBE news"), "{narrow}");
    assert!(narrow.contains("ola │ ola> PUBLISH news hello"), "{narrow}");
    assert!(narrow.contains("ala │ ala: receives"), "{narrow}");
}

#[tokio::test]
async fn a_narrow_screen_still_says_what_enter_does() {
    let mut class = Class::open(vec![teach(TWO_SESSIONS)], 40, 16).await;
    let screen = class.screen();
    let status = screen.lines().last().expect("a status line");
    assert_eq!(status.trim_end(), " class 1/1 · Enter: run it");
    class.finish_step().await;
    let widths = class
        .screen()
        .lines()
        .map(|line| line.chars().count())
        .max();
    assert!(widths.is_some_and(|width| width <= 40));
}

#[tokio::test]
async fn no_cell_has_a_background_of_its_own() {
    let mut class = Class::open(vec![lesson("sets")], 120, 40).await;
    class.until("SADD").await;
    class.press(KeyCode::Enter).await;
    class.press(KeyCode::Char('?')).await;
    assert!(class.screen().contains("shell on the same session"));
    let buffer = class.presenter.terminal().backend().buffer();
    let reset = ratatui::style::Color::Reset;
    assert!(buffer.content.iter().all(|cell| cell.bg == reset));
}

#[tokio::test]
async fn a_surprise_shows_both_sides_and_stays() {
    let text = "# T\n\n```redis\nSET lab:a 1\nGET lab:a\n```\n\n```text expect\nOK\n\"2\"\n```\n\nAfter.\n";
    let mut class = Class::open(vec![teach(text)], 80, 24).await;
    class.press(KeyCode::Enter).await;
    class.press(KeyCode::Char('s')).await;
    let screen = class.screen();
    assert!(
        screen.contains("not as the lesson says (class.md:10)"),
        "{screen}"
    );
    let heads = screen.lines().find(|line| line.contains("expected"));
    assert!(
        heads.is_some_and(|line| line.contains("│ actual")),
        "{screen}"
    );
    let sides = screen.lines().find(|line| line.starts_with("\"2\""));
    assert!(
        sides.is_some_and(|line| line.contains("│ \"1\"")),
        "{screen}"
    );
    assert!(class.presenter.show().is_surprised());
    assert_eq!(class.presenter.show().phase(), Phase::Halt);
    class.press(KeyCode::Enter).await;
    let screen = class.screen();
    assert!(
        screen.contains("After.") && screen.contains("│ actual"),
        "{screen}"
    );
}

/// Straight through every section, noting the server's state at each step;
/// then, each on a server of its own: back from the end with Left, to each step
/// by its number, and some way into each step and back to its start.
///
/// Several at the same time, because lessons wait for keys to expire; not all,
/// because they measure how long they waited.
#[tokio::test]
async fn back_and_forth_leaves_the_state_of_going_straight() {
    let lessons = Library::new(None).all(Lang::En).expect("lessons");
    // What has servers of its own has its keys there, and not here.
    let has_keys = |lesson: &&Lesson| lesson.is_shown() && lesson.servers.is_empty();
    let all = lessons.iter().filter(has_keys).map(async |lesson| {
        let id = lesson.id.as_str();
        let (mut class, straight) = go_straight(id).await;
        tokio::join!(
            go_back(&mut class, &straight),
            jump(id, &straight),
            begin_again(id, &straight)
        );
    });
    let played: Vec<()> = stream::iter(all).buffer_unordered(3).collect().await;
    assert!(!played.is_empty());
}

type Dumps = BTreeMap<usize, BTreeMap<String, String>>;

/// A class that has seen everything, and the keys at the start of each step.
async fn go_straight(id: &str) -> (Class, Dumps) {
    let mut class = Class::open(vec![lesson(id)], 120, 60).await;
    let mut straight = Dumps::new();
    let last = class.presenter.show().lesson().steps.len() - 1;
    loop {
        let step = class.presenter.show().step_index();
        straight.insert(step, class.dump().await);
        class.finish_step().await;
        if step == last {
            break;
        }
        class.next_step().await;
    }
    let silent = straight.values().all(BTreeMap::is_empty);
    assert!(!silent || id == "pubsub", "{id}");
    (class, straight)
}

async fn go_back(class: &mut Class, straight: &Dumps) {
    for (&step, dump) in straight.iter().rev() {
        class.left_to(step).await;
        class.stands_at(step, dump, "back").await;
    }
}

async fn jump(id: &str, straight: &Dumps) {
    let mut class = Class::open(vec![lesson(id)], 120, 60).await;
    for (&step, dump) in straight {
        class.jump_to(step).await;
        class.stands_at(step, dump, "jump").await;
    }
}

async fn begin_again(id: &str, straight: &Dumps) {
    let mut class = Class::open(vec![lesson(id)], 120, 60).await;
    for (&step, dump) in straight {
        class.press(KeyCode::Enter).await;
        class.press(KeyCode::Enter).await;
        if class.presenter.show().step_index() == step {
            class.press(KeyCode::Char('x')).await;
        }
        class.left_to(step).await;
        class.stands_at(step, dump, "again").await;
        class.finish_step().await;
        if straight.keys().any(|&other| other > step) {
            class.next_step().await;
        }
    }
}

/// The exercise's own data is there when it is shown, and the lesson's is back
/// behind it.
#[tokio::test]
async fn an_exercise_is_set_up_for_a_class_to_solve() {
    let lists = lesson("lists");
    let at = |step: &Step| step.exercise.as_ref().is_some_and(|e| e.setup.is_some());
    let step = lists.steps.iter().position(at).expect("an exercise");
    let exercise = lists.steps[step].exercise.clone().expect("it is one");
    let setup = exercise.setup.expect("it has a beginning");
    let mut class = Class::open(vec![lists], 120, 60).await;
    class.jump_to(step).await;
    let screen = class.screen();
    assert!(screen.contains(&setup.lines[0].text), "{screen}");
    let mut hold = Vec::new();
    for lines in [&[][..], &exercise.solution.lines] {
        for line in lines {
            let argv: Vec<&[u8]> = line.argv.iter().map(Vec::as_slice).collect();
            class.ask(&argv).await;
        }
        for check in &exercise.checks {
            let argv: Vec<&[u8]> = check.line.argv.iter().map(Vec::as_slice).collect();
            let reply = class.ask(&argv).await;
            let expected = check.line.expected.iter();
            hold.push(expected.clone().all(|e| e.pattern.matches(&reply)));
        }
    }
    let (before, after) = hold.split_at(exercise.checks.len());
    assert!(
        before.contains(&false) && !after.contains(&false),
        "{hold:?}"
    );
    class.next_step().await;
    let behind = class.presenter.show().step_index();
    let mut straight = Class::open(vec![lesson("lists")], 120, 60).await;
    straight.jump_to(behind).await;
    assert_eq!(class.dump().await, straight.dump().await);
}

#[test]
fn the_notes_show_what_comes_and_how_late_it_is() {
    let text = "# T\n\n<!-- note: Say hello. (2 min) -->\n\nHi.\n\n## Second step\n\nText.\n";
    let show = Show::new(vec![teach(text)], String::new(), Lang::En, NOW);
    let mut notes = Notes::default();
    let mut news = News::of(&show);
    news.elapsed = 5 * 60;
    notes.heard(news);
    for (columns, rows) in [(80, 24), (120, 40), (200, 60)] {
        let mut canvas = Canvas::new(TestBackend::new(columns, rows)).expect("a canvas");
        canvas
            .draw(|frame| draw_notes(frame, &notes, Lang::En))
            .expect("drawn");
        let buffer = canvas.backend().buffer();
        let cells: Vec<&str> = buffer.content.iter().map(|cell| cell.symbol()).collect();
        let screen = cells.concat();
        for words in [
            "Say hello.",
            "next: Second step",
            "5:00 / 2 min",
            "3 min behind plan",
        ] {
            assert!(screen.contains(words), "{words} at {columns}x{rows}");
        }
    }
}

#[test]
fn without_a_terminal_it_says_so() {
    Lab::new(&["walkthrough"])
        .run()
        .exits(2)
        .complains("terminal");
    Lab::new(&["walkthrough", "--notes"])
        .run()
        .exits(2)
        .complains("terminal");
    Lab::new(&["walkthrough", "--lang", "pl"])
        .run()
        .exits(2)
        .complains("--rehearse");
}

fn on_a_terminal(args: &[&str], home: &Path) -> Terminal {
    program_terminal(&[&["walkthrough"], args].concat(), home, 24, 80)
}

const LEAVE_ALTERNATE_SCREEN: &str = "\x1b[?1049l";
const SHOW_CURSOR: &str = "\x1b[?25h";
const HIDE_CURSOR: &str = "\x1b[?25l";

/// The walkthrough as the job of a shell.
struct Job {
    terminal: Terminal,
    server: ForeignServer,
    home: tempfile::TempDir,
}

impl Job {
    /// A walkthrough that has written a key.
    fn start() -> Job {
        let home = tempfile::tempdir().expect("a home");
        let server = ForeignServer::start();
        let words = format!("walkthrough lists --no-type --url {}", server.url());
        let mut job = Job {
            terminal: repl_support::job(&words, home.path()),
            server,
            home,
        };
        job.terminal.expect("Enter: next step");
        job.terminal.send("\r");
        job.terminal.expect("lists 2/");
        job.terminal.send("s");
        wait_for("a key of the lesson", || job.keys() > 0);
        job
    }

    fn keys(&self) -> usize {
        let keys: Vec<String> = redis::cmd("KEYS")
            .arg("lab:*")
            .query(&mut self.server.connection())
            .expect("a reply");
        keys.len()
    }

    fn signal(&self, name: &str) {
        signal_job(self.home.path(), name);
    }

    /// The end, and a terminal as it was found.
    fn ends(&self, code: u8) {
        expect_job_end(&self.terminal, code);
        wait_for("the usual screen with its cursor", || {
            let raw = self.terminal.raw();
            raw.contains(LEAVE_ALTERNATE_SCREEN) && raw.rfind(SHOW_CURSOR) > raw.rfind(HIDE_CURSOR)
        });
    }
}

#[test]
fn a_signal_gives_the_terminal_back_and_cleans_the_server() {
    for signal in needs::ending_signals() {
        let job = Job::start();
        job.signal(signal);
        job.ends(130);
        assert_eq!(job.keys(), 0, "the server is left as it was found");
    }
}

#[test]
fn even_after_sigkill_the_terminal_is_given_back() {
    let job = Job::start();
    job.signal("KILL");
    job.ends(137);
}

#[test]
fn ctrl_z_stops_the_show_and_it_goes_on_where_it_was() {
    stops_and_goes_on("walkthrough lists", "Lists");
    stops_and_goes_on("walkthrough --notes", "Waiting for redis-lab");
}

fn stops_and_goes_on(words: &str, seen: &str) {
    let home = tempfile::tempdir().expect("a folder");
    let script = format!(
        "{} {words} --lang en; echo stopped $?; read -r line; fg >/dev/null; echo ended $?",
        repl_support::LAB
    );
    let mut command = repl_support::home_command("bash", home.path());
    command.args(["-mc", &script]);
    let mut terminal = Terminal::start(command, 24, 80);
    let shown = |terminal: &Terminal, text: &str| {
        wait_for(text, || terminal.raw().contains(text));
    };
    shown(&terminal, "\x1b[?1049h");
    terminal.expect(seen);
    terminal.clear_raw();
    terminal.send("\x1a");
    shown(&terminal, "stopped 148");
    assert!(
        terminal.raw().contains("\x1b[?1049l"),
        "{:?}",
        terminal.raw()
    );
    terminal.clear_raw();
    // The terminal is in line mode again.
    terminal.send("go on\r");
    shown(&terminal, "\x1b[?1049h");
    terminal.expect(seen);
    terminal.send("q");
    shown(&terminal, "ended 0");
}

#[test]
fn a_lost_server_ends_the_show_in_order() {
    let mut job = Job::start();
    job.server.kill();
    job.terminal.send("\r\r\r");
    job.ends(4);
}

#[test]
fn the_notes_follow_the_show() {
    let home = tempfile::tempdir().expect("a home");
    let mut show = on_a_terminal(&["lists", "strings", "--no-type"], home.path());
    show.expect("lists 1/");
    let mut notes = on_a_terminal(&["--notes"], home.path());
    let steps = lesson("lists").steps;
    let noted = steps
        .iter()
        .position(|step| step.notes().next().is_some())
        .expect("a step with a note");
    let first = steps[noted].notes().next().expect("a note").text.clone();
    let words: String = first.chars().take(30).collect();
    show.send(&format!("{}G", noted + 1));
    notes.expect(&words);
    show.send("n");
    show.expect("strings 1/");
    notes.expect(&lesson("strings").title);
    // Tab: the shell, on the lesson's server and session.
    show.send("\t");
    show.expect("Ctrl-D: back to the lesson");
    show.send("RPUSH lab:from-the-shell 1\r");
    show.expect("(integer) 1");
    show.expect_last("the prompt", |line| line == "lab>");
    show.clear_raw();
    // What is typed ahead of the picture is heard, too.
    show.send("\x04");
    show.expect("+ lab:from-the-shell");
    show.send("q");
    assert_eq!(show.wait(), 0);
    // What it has written last may still be on its way.
    wait_for("the cursor again", || show.raw().ends_with(SHOW_CURSOR));
    assert!(show.raw().contains(LEAVE_ALTERNATE_SCREEN));
    notes.expect("over");
    notes.send("q");
    assert_eq!(notes.wait(), 0);
    let left: Vec<_> = std::fs::read_dir(home.path())
        .expect("readable")
        .flatten()
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".json"))
        .collect();
    assert!(left.is_empty(), "the meeting file is removed");
}

#[test]
fn the_screen_follows_a_resize() {
    let home = tempfile::tempdir().expect("a home");
    let mut show = on_a_terminal(&["lists", "--no-type"], home.path());
    show.expect("lists 1/");
    show.clear_raw();
    show.resize(60, 200);
    let rule = "─".repeat(200);
    wait_for("the wider rule", || show.screen().contains(&rule));
    show.send("q");
    assert_eq!(show.wait(), 0);
}

#[test]
fn a_recording_is_an_asciicast() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lists.cast");
    let path = file.to_str().expect("UTF-8");
    Lab::new(&["walkthrough", "lists", "--record", path])
        .run()
        .exits(0);
    let text = std::fs::read_to_string(&file).expect("written");
    let mut lines = text.lines();
    let header: serde_json::Value =
        serde_json::from_str(lines.next().expect("a header")).expect("JSON");
    assert_eq!(header["version"], 2);
    assert!(header["width"].as_u64().is_some_and(|width| width > 0));
    assert!(header["height"].as_u64().is_some_and(|height| height > 0));
    let mut last = 0.0;
    let mut played = vt100::Parser::new(24, 80, 0);
    for line in lines {
        let event: (f64, String, String) = serde_json::from_str(line).expect("[time, code, data]");
        assert!(event.0 >= last, "time goes forward: {line}");
        assert_eq!(event.1, "o");
        last = event.0;
        played.process(event.2.as_bytes());
    }
    assert!(last > 10.0, "it takes its time");
    assert!(played.screen().contents().contains("Done:"));
}

/// A lesson from somewhere, and a server that answers what it likes, can do
/// nothing to who plays, records or exports it.
#[test]
fn a_hostile_lesson_and_its_replies_harm_no_terminal_and_no_browser() {
    let folder = tempfile::tempdir().expect("a folder");
    let lessons = folder.path().to_str().expect("UTF-8");
    let write = |hostile: &str| {
        for lang in ["en", "pl"] {
            let lessons = folder.path().join(lang);
            std::fs::create_dir_all(&lessons).expect("a folder");
            let text = format!(
                "# Hostile `<script>alert(0)</script>`\n\n\
                 Prose with {hostile}, `<img src=x onerror=alert(1)>` and \
                 [a link](javascript:alert(2)).\n\n\
                 ```redis\n\
                 EVAL \"return redis.status_reply('one' .. string.char(27) .. '[2J<script>alert(3)</script>')\" 0\n\
                 SET lab:k \"\\x1b]52;c;eA==\\x07\"\n\
                 GET lab:k\n\
                 ```\n\n```text expect\n[..]\nOK\n[..]\n```\n"
            );
            std::fs::write(lessons.join("hostile.md"), text).expect("a lesson");
        }
    };
    // What a terminal would obey has no place in a lesson's file.
    for obeyed in ["\u{1b}[2J", "\u{7}", "\u{9b}31m", "\u{202e}turned"] {
        write(obeyed);
        let args = ["hostile", "--lessons", lessons];
        Lab::new(&args).run().exits(3);
        let terminal = program_terminal(&args, folder.path(), 40, 100);
        terminal.expect("the control character U+");
        let raw = terminal.raw();
        assert!(!raw.contains(obeyed), "{raw:?}");
    }
    // Nor has what a browser would.
    write("<script>alert(4)</script>");
    Lab::new(&["hostile", "--lessons", lessons]).run().exits(3);
    write("nothing else");
    let harmless = |text: &str, what: &str| {
        for obeyed in [
            "\u{1b}]",
            "\u{1b}[2J<",
            "\u{1b}[2J w",
            "\u{7}",
            "\u{202e}",
            "\u{9b}",
        ] {
            assert!(!text.contains(obeyed), "{what} obeys {obeyed:?}");
        }
    };
    let page = folder.path().join("hostile.html");
    let path = page.to_str().expect("UTF-8");
    Lab::new(&[
        "walkthrough",
        "hostile",
        "--lessons",
        lessons,
        "--export",
        "html",
        path,
    ])
    .run()
    .exits(0);
    let page = std::fs::read_to_string(&page).expect("written");
    assert!(page.contains("alert(3)"), "the reply is there: {page}");
    for forbidden in ["<script", "<img", "javascript:"] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    harmless(&page, "the page");
    let record = folder.path().join("hostile.cast");
    let path = record.to_str().expect("UTF-8");
    Lab::new(&[
        "walkthrough",
        "hostile",
        "--lessons",
        lessons,
        "--record",
        path,
    ])
    .run()
    .exits(0);
    let record = std::fs::read_to_string(&record).expect("written");
    for line in record.lines().skip(1) {
        let event: (f64, String, String) = serde_json::from_str(line).expect("an event");
        harmless(&event.2, "the recording");
    }
    let mut terminal = program_terminal(
        &["hostile", "--lessons", lessons, "--watch"],
        folder.path(),
        40,
        100,
    );
    for _ in 0..8 {
        terminal.send("\r");
    }
    terminal.expect("alert(3)");
    harmless(&terminal.raw(), "the terminal");
}

#[test]
fn the_page_is_one_well_formed_file_without_scripts() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("lua.html");
    let path = file.to_str().expect("UTF-8");
    Lab::new(&["walkthrough", "lua", "--export", "html", path])
        .run()
        .exits(0);
    let page = std::fs::read_to_string(&file).expect("written");
    assert!(page.starts_with("<!DOCTYPE html>"));
    for forbidden in [
        "<script",
        "javascript:",
        " onclick",
        " src=",
        "@import",
        "url(",
    ] {
        assert!(!page.contains(forbidden), "{forbidden}");
    }
    assert!(page.contains("prefers-color-scheme: dark") && page.contains("@media print"));
    assert_eq!(unbalanced(&page), Vec::<String>::new());
}

/// What `walkthrough lua places --export html TARGET` writes.
fn export(target: &Path, more: &[&str]) -> Outcome {
    let target = target.to_str().expect("UTF-8");
    let named = ["walkthrough", "lua", "places", "--export", "html", target];
    Lab::new(&[&named, more].concat()).run()
}

#[test]
fn several_sections_go_into_one_page_or_into_a_folder() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("both.html");
    export(&file, &[]).exits(0).complains("both.html: 2");
    let read = |path: &Path| std::fs::read_to_string(path).expect("written");
    let page = read(&file);
    assert_eq!(unbalanced(&page), Vec::<String>::new());
    for part in [
        "<a href=\"#lua\">",
        "<article id=\"places\">",
        "<strong>Your turn:</strong>",
        "<figcaption>Within one kilometre",
        "aria-label=\"Within one kilometre of the Collegium Maius: 1. noworolski, 302 m east;",
        "<b class=\"v0\">1</b>",
        "<summary>Solution</summary>",
        "<h2>Solutions: Places",
    ] {
        assert!(page.contains(part), "no {part}");
    }

    let course = folder.path().join("course/");
    export(&course, &["--no-solutions"]).exits(0);
    let index = read(&course.join("index.html"));
    assert!(index.contains("<a href=\"places.html\">"), "{index}");
    for name in ["index.html", "lua.html", "places.html"] {
        let page = read(&course.join(name));
        assert_eq!(unbalanced(&page), Vec::<String>::new(), "{name}");
        assert!(!page.contains("Solution"), "{name}");
    }
    assert!(read(&course.join("lua.html")).contains("<a href=\"places.html\""));
    // A second time into what is there now.
    export(&course, &[]).exits(0);
    assert!(read(&course.join("lua.html")).contains("<summary>Solution</summary>"));
}

#[test]
fn a_target_that_cannot_be_written_is_told_before_anything_is_played() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("file");
    std::fs::write(&file, "mine").expect("a file");
    for target in [file.join("x"), folder.path().join("no/such.html")] {
        let path = target.to_str().expect("UTF-8");
        for lang in ["en", "pl"] {
            for form in [&["--export", "html", path][..], &["--record", path]] {
                let named = ["walkthrough", "lists", "--lang", lang];
                Lab::new(&[&named, form].concat())
                    .run()
                    .exits(2)
                    .complains(path);
            }
        }
    }
    let into_file = format!("{}/", file.display());
    export(Path::new(&into_file), &[]).exits(2);
    let path = folder.path().to_str().expect("UTF-8");
    Lab::new(&["walkthrough", "lists", "--record", path])
        .run()
        .exits(2)
        .complains(path);
    assert_eq!(std::fs::read_to_string(&file).expect("there"), "mine");
}

#[test]
fn a_recording_keeps_to_the_pace_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let length = |more: &[&str]| {
        let file = folder.path().join("lua.cast");
        let path = file.to_str().expect("UTF-8");
        let named = ["walkthrough", "lua", "--record", path];
        Lab::new(&[&named, more].concat())
            .run()
            .exits(0)
            .complains("asciinema play");
        let text = std::fs::read_to_string(&file).expect("written");
        let last = text.lines().last().expect("events");
        let event: (f64, String, String) = serde_json::from_str(last).expect("an event");
        event.0
    };
    let usual = length(&[]);
    let quick = length(&["--speed", "100"]);
    let none = length(&["--speed", "100", "--auto", "0"]);
    let slow = length(&["--no-type", "--auto", "5"]);
    assert!(none < quick && quick < usual, "{none} {quick} {usual}");
    assert!(slow > 100.0, "five seconds before each command: {slow}");
}

/// The tags that are not closed in order.
fn unbalanced(page: &str) -> Vec<String> {
    let mut open = Vec::new();
    let mut wrong = Vec::new();
    for piece in page.split('<').skip(1) {
        let tag = piece.split(['>', ' ', '\n']).next().unwrap_or_default();
        match tag.strip_prefix('/') {
            Some(name) => {
                if open.pop() != Some(name) {
                    wrong.push(piece.chars().take(40).collect());
                }
            }
            None if tag.starts_with('!') || ["meta", "br"].contains(&tag) => {}
            None => open.push(tag),
        }
    }
    wrong.extend(open.into_iter().map(str::to_owned));
    wrong
}

#[test]
fn impossible_paces_are_refused() {
    let home = tempfile::tempdir().expect("a home");
    for args in [
        ["--speed", "0"],
        ["--speed=-1", "--no-type"],
        ["--auto=-1", "--no-type"],
    ] {
        let mut terminal = on_a_terminal(&args, home.path());
        assert_eq!(terminal.wait(), 2, "{args:?}: {}", terminal.screen());
    }
    // The wait between steps is real: what comes by itself comes.
    let mut show = on_a_terminal(&["lists", "--auto", "0.05", "--speed", "50"], home.path());
    show.expect("lists 2/");
    show.send("q");
    assert_eq!(show.wait(), 0);
}
