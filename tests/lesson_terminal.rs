//! A section on a pseudo-terminal, where the learner types.
#![cfg(unix)]

mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::lesson::{Aim, Item, Lesson, Library, Task};
use repl_support::{Terminal, TestServer, program_terminal};
use std::path::Path;
use std::time::{Duration, Instant};

/// Bracketed paste is switched on when the editor begins to read a line, and
/// only then.
const READS: &str = "\x1b[?2004h";

/// A bound against hanging.
/// A cluster that is put back to a late step is founded, loses a node and
/// elects another meanwhile.
const PATIENCE: Duration = Duration::from_secs(60);

/// Somebody at the keys, who waits for the prompt as people do.
struct Learner {
    terminal: Terminal,
    /// Everything that has been on the screen.
    seen: String,
    /// How often the program has answered.
    answers: usize,
}

impl Learner {
    fn start(id: &str, lang: Lang, options: &[&str], home: &Path, rows: u16) -> Learner {
        Learner::before(id, lang, options, home, (rows, 80))
    }

    /// Before a terminal of so many rows and columns.
    fn before(
        id: &str,
        lang: Lang,
        options: &[&str],
        home: &Path,
        (rows, columns): (u16, u16),
    ) -> Learner {
        let mut words = match id {
            "thumbnail" => vec!["thumbnail", "lesson"],
            id => vec![id],
        };
        words.extend(["--lang", lang.code()]);
        words.extend(options);
        let mut learner = Learner {
            terminal: program_terminal(&words, home, rows, columns),
            seen: String::new(),
            answers: 0,
        };
        learner.answer();
        learner
    }

    /// What is on the screen since the last keys, once a prompt stands or the
    /// program has ended.
    fn answer(&mut self) -> String {
        let terminal = &mut self.terminal;
        self.answers += 1;
        assert!(
            self.answers < 3000,
            "the lesson does not end:\n{}",
            self.seen
        );
        let begun = Instant::now();
        loop {
            let raw = terminal.raw();
            let reads = raw.rfind(READS).is_some_and(|at| raw[at..].contains('>'));
            if reads || !terminal.is_running() {
                break;
            }
            let (seen, screen) = (&self.seen, terminal.screen());
            assert!(
                begun.elapsed() < PATIENCE,
                "no prompt:\n{seen}\n---\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(2));
        }
        let screen = self.terminal.screen();
        self.seen.push_str(&screen);
        self.seen.push('\n');
        screen
    }

    /// Enters a line; Enter alone when it is empty.
    fn enter(&mut self, line: &str) -> String {
        self.terminal.clear_raw();
        self.terminal.send(line);
        self.terminal.send("\r");
        self.answer()
    }

    /// What Enter alone does next, as the prompt shows it.
    fn next(&self) -> String {
        let screen = self.terminal.screen();
        let last = screen.lines().last().unwrap_or_default();
        let (_, next) = last.split_once("> ").unwrap_or_default();
        next.to_owned()
    }

    fn press(&mut self, key: &str) -> String {
        self.terminal.clear_raw();
        self.terminal.send(key);
        self.answer()
    }

    fn leave(mut self) {
        self.terminal.send("\x04");
        assert_eq!(self.terminal.wait(), 0, "{}", self.seen);
    }
}

fn lesson(id: &str, lang: Lang) -> Lesson {
    Library::new(None).get(id, lang).expect("a lesson")
}

/// A command up to the port of one of the lesson's own servers: what is played
/// has ports that were free.
fn before_port<'a>(line: &'a str, lesson: &Lesson) -> &'a str {
    let ports = lesson.servers.iter().map(|server| server.port.to_string());
    let at = ports.filter_map(|port| line.find(&port)).min();
    &line[..at.unwrap_or(line.len())]
}

/// What must have been on the screen, in order, at the end of a lesson.
fn landmarks(lesson: &Lesson) -> Vec<String> {
    let mut marks = Vec::new();
    for step in &lesson.steps {
        marks.extend(step.heading.split(' ').next().map(str::to_owned));
        for item in &step.items {
            if let Item::Run(block) = item {
                let first = block
                    .lines
                    .iter()
                    .filter_map(|line| line.text.lines().next());
                marks.extend(first.map(|line| before_port(line, lesson).to_owned()));
            }
        }
    }
    marks
}

fn saw_everything(seen: &str, lesson: &Lesson) {
    let seen: String = seen.split_whitespace().collect();
    let mut rest = seen.as_str();
    for mark in landmarks(lesson) {
        let mark: String = mark.split_whitespace().collect();
        let Some(at) = rest.find(&mark) else {
            panic!(
                "{}: {mark} was not on the screen, or not in order",
                lesson.id
            );
        };
        rest = &rest[at..];
    }
}

/// What is said about a reply that is not as in the lesson.
const SURPRISE: [&str; 2] = ["the lesson expects", "lekcja oczekuje"];
/// The same, where the learner's own commands are the reason.
const OWN: [&str; 2] = ["because of your own", "bo dane zmieniły"];

fn never_says(learner: &Learner, words: &[&str]) {
    for words in words {
        let seen = &learner.seen;
        if let Some(at) = seen.find(words) {
            let at = seen[..at]
                .char_indices()
                .rev()
                .nth(1500)
                .map_or(0, |(at, _)| at);
            panic!("{}", &seen[at..]);
        }
    }
}

/// Every section that shows something.
fn sections() -> Vec<String> {
    let lessons = Library::new(None).all(Lang::En).expect("lessons");
    let shown = lessons.into_iter().filter(Lesson::is_shown);
    shown.map(|lesson| lesson.id).collect()
}

/// Presses Enter until the section ends.
fn enter_only(id: &str, lang: Lang) {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start(id, lang, &[], home.path(), 24);
    let end = lang.pick("The end of", "Koniec sekcji");
    while !learner.seen.contains(end) {
        learner.enter("");
        assert!(learner.terminal.is_running(), "{}", learner.seen);
    }
    never_says(&learner, &[SURPRISE, OWN].concat());
    saw_everything(&learner.seen, &lesson(id, lang));
    learner.leave();
}

#[test]
fn enter_alone_reaches_the_end_of_every_section() {
    for id in &sections() {
        enter_only(id, Lang::En);
    }
}

#[test]
fn enter_alone_reaches_the_end_of_every_section_in_polish() {
    for id in &sections() {
        enter_only(id, Lang::Pl);
    }
}

/// Gives a task the answer that is refused, and then the right one.
fn do_task(learner: &mut Learner, task: &Task, lang: Lang) {
    let (refused, taken) = lang.pick(
        (["not quite", "put back"], "✓ That is it"),
        (["niezupełnie", "wracają"], "✓ Zgadza się"),
    );
    let (wrong, right) = match &task.aim {
        Aim::Predict { line, guess } => {
            let reply: String = line.expected.iter().map(|e| e.text.as_str()).collect();
            // As people write it.
            let guess_of = |reply: &str| {
                if reply.starts_with("(error)") {
                    "error".to_owned()
                } else {
                    reply.replace('\n', " ")
                }
            };
            (guess.as_str(), vec![guess_of(&reply)])
        }
        _ => {
            let right = task.answer.iter().map(|line| line.text.clone());
            (task.wrong.text.as_str(), right.collect())
        }
    };
    let before = learner.seen.matches(taken).count();
    let said = learner.enter(wrong);
    // A command that only looks, or that the server refuses, is not judged.
    let name = wrong.split(' ').next().unwrap_or_default().to_lowercase();
    let is_write = catalog::by_name(name.as_bytes()).is_some_and(|command| command.is_write());
    let is_judged = match task.aim {
        Aim::Predict { .. } => true,
        Aim::Reply(_) => false,
        _ => is_write && !said.contains("(error)"),
    };
    let is_refused = refused.iter().any(|words| said.contains(words));
    assert!(!is_judged || is_refused, "{}: {said}", task.id);
    let taken_at_once = learner.seen.matches(taken).count() > before;
    assert!(!taken_at_once, "{}: {said}", task.id);
    for line in &right {
        learner.enter(line);
    }
    let after = learner.seen.matches(taken).count();
    assert!(after > before, "{}", task.id);
}

/// Types every command of a section, the answers of its tasks, and the
/// solutions of its exercises.
fn type_everything(id: &str, lang: Lang) {
    let home = tempfile::tempdir().expect("a home");
    let lesson = lesson(id, lang);
    let mut learner = Learner::start(id, lang, &[], home.path(), 40);
    let (solve, end) = lang.pick(
        ("(solve it here", "The end of"),
        ("(rozwiąż tutaj", "Koniec sekcji"),
    );
    let (turn, guess) = lang.pick(
        ("(your turn", "(type the answer"),
        ("(twoja kolej", "(wpisz odpowiedź"),
    );
    // An exercise has data of its own.
    let (exercise_head, put_back) = lang.pick(
        ("] Exercise:", "are put back first"),
        ("] Ćwiczenie:", "najpierw wracają"),
    );
    let (mut exercises, mut tasks) = (lesson.exercises(), lesson.tasks());
    let mut typed = 0;
    while !learner.seen.contains(end) {
        let next = learner.next();
        if next.starts_with(solve) {
            let exercise = exercises.next().expect("an exercise");
            for line in &exercise.solution.lines {
                learner.enter(&line.text);
            }
            assert!(learner.seen.contains("✓"), "{}", learner.seen);
        } else if next.starts_with(turn) || next.starts_with(guess) {
            let task = tasks.next();
            let task = task.unwrap_or_else(|| panic!("no task is left:\n{}", learner.seen));
            do_task(&mut learner, task, lang);
        } else if next.starts_with('(') {
            let said = learner.enter("");
            let begins = said.contains(exercise_head);
            assert!(!(begins && said.contains(put_back)), "in vain: {said}");
        } else {
            let (name, rest) = next.split_once(' ').unwrap_or((&next, ""));
            let text = format!("{} {rest}", name.to_lowercase());
            let answer = learner.enter(text.trim_end());
            assert!(!answer.contains("next: "), "it is the lesson's: {answer}");
            typed += 1;
        }
        assert!(learner.terminal.is_running(), "{}", learner.seen);
    }
    never_says(&learner, &[SURPRISE, OWN].concat());
    let blocks = lesson.steps.iter().flat_map(|step| &step.items);
    let lines = blocks.filter_map(|item| match item {
        Item::Run(block) => Some(block.lines.len()),
        _ => None,
    });
    let all: usize = lines.sum();
    assert!(typed * 2 > all, "{typed} of {all} were typed");
    let of = lesson.exercises().count();
    let solved = lang.pick(
        format!("Exercises solved: {of} of {of}"),
        format!("Rozwiązane ćwiczenia: {of} z {of}"),
    );
    assert!(learner.seen.contains(&solved), "{}", learner.seen);
    let of = lesson.tasks().count();
    let done = lang.pick(
        format!("tasks on the way: {of} of {of} solved"),
        format!("zadania po drodze: rozwiązane {of} z {of}"),
    );
    assert!(learner.seen.contains(&done), "{}", learner.seen);
    learner.leave();
}

#[test]
fn typing_a_command_is_running_it() {
    type_everything("lists", Lang::En);
    type_everything("streams", Lang::Pl);
    type_everything("pipeline", Lang::En);
    type_everything("sets", Lang::Pl);
}

#[test]
fn typing_is_running_in_the_sections_on_servers_and_applications_too() {
    for (id, lang) in [
        ("keys", Lang::Pl),
        ("caching", Lang::En),
        ("patterns", Lang::Pl),
        ("places", Lang::En),
        ("counting", Lang::Pl),
        ("fields", Lang::En),
        ("functions", Lang::Pl),
        ("persistence", Lang::En),
        ("operating", Lang::Pl),
        ("security", Lang::En),
    ] {
        type_everything(id, lang);
    }
}

#[test]
fn typing_is_running_in_the_sections_with_servers_of_their_own_too() {
    if needs::installed("typing what several servers do", &["redis-server"]) {
        type_everything("replication", Lang::Pl);
        type_everything("cluster", Lang::En);
    }
}

/// What people type, and what they should not, each with whether it is a line
/// or keys.
const NONSENSE: [&str; 12] = [
    "MULTI",
    "SUBSCRIBE lab:nowhere",
    "SELECT 5",
    "FLUSHALL",
    "\x03",
    "\x1b[200~PING\nSET lab:tasks 1\nGET lab:tasks\x1b[201~",
    "HELLO 3",
    "WATCH lab:tasks",
    "such a command there is not",
    "CLIENT KILL TYPE normal SKIPME no",
    "MONITOR",
    "RESET",
];

/// How the prompt begins under an open exercise.
const EXERCISE: [&str; 6] = [
    "(solve it here",
    "(Enter: show the answer",
    "(Enter: run the answer",
    "(rozwiąż tutaj",
    "(Enter: pokaż odpowiedź",
    "(Enter: wykonaj odpowiedź",
];

/// Types nonsense at every prompt, and goes on.
fn type_nonsense(id: &str, lang: Lang) {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start(id, lang, &[], home.path(), 24);
    let end = lang.pick("The end of", "Koniec sekcji");
    // Several servers take seconds to be put back.
    let every = if lesson(id, lang).servers.is_empty() {
        1
    } else {
        12
    };
    let mut nonsense = NONSENSE.iter().cycle();
    for turn in 0.. {
        if learner.seen.contains(end) {
            break;
        }
        if turn % every == 0
            && let Some(line) = nonsense.next()
        {
            if line.starts_with('\x03') {
                learner.press(line)
            } else {
                learner.enter(line)
            };
        }
        // The first one may only say what is next.
        let before = learner.next();
        learner.enter("");
        for _ in 0..3 {
            let is_exercise = EXERCISE
                .iter()
                .any(|words| learner.next().starts_with(words));
            if is_exercise || learner.next() == before {
                learner.enter("");
            }
            // An answer with all that is said of it may take some screens.
            while learner
                .next()
                .starts_with(lang.pick("(Enter: more", "(Enter: dalszy ciąg"))
            {
                learner.enter("");
            }
        }
        assert!(learner.terminal.is_running(), "{}", learner.seen);
    }
    never_says(&learner, &SURPRISE);
    saw_everything(&learner.seen, &lesson(id, lang));
    learner.leave();
}

// In two halves, for two processors.
#[test]
fn nonsense_at_every_prompt_spoils_nothing() {
    for id in sections().iter().step_by(2) {
        type_nonsense(id, Lang::En);
    }
}

#[test]
fn nor_does_it_in_the_other_sections() {
    for id in sections().iter().skip(1).step_by(2) {
        type_nonsense(id, Lang::En);
    }
}

#[test]
fn no_screenful_scrolls_away() {
    for lang in Lang::ALL {
        let home = tempfile::tempdir().expect("a home");
        let mut learner = Learner::start("lua", lang, &[], home.path(), 24);
        let end = lang.pick("The end of", "Koniec sekcji");
        while !learner.seen.contains(end) {
            let is_demo = learner.next().contains(lang.pick("the demo", "pokaz"));
            let screen = learner.enter("");
            let rows = screen.lines().count();
            assert!(is_demo || rows <= 24, "{rows} rows:\n{screen}");
        }
        learner.leave();
    }
}

#[test]
fn a_reply_that_differs_is_the_learners_own_and_again_puts_the_data_back() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--from", "2"], home.path(), 40);
    assert_eq!(learner.next(), "RPUSH lab:tasks wash dry");
    let answer = learner.enter("RPUSH lab:tasks sweep");
    assert!(answer.contains("(integer) 1"), "{answer}");
    assert_eq!(learner.next(), "RPUSH lab:tasks wash dry", "it stays next");
    let answer = learner.enter("");
    assert!(
        answer.contains("next: RPUSH lab:tasks wash dry"),
        "{answer}"
    );
    assert!(!answer.contains("(integer)"), "it is not run: {answer}");
    let answer = learner.enter("");
    assert!(
        answer.contains("(integer) 3") && answer.contains(OWN[0]),
        "{answer}"
    );
    let answer = learner.enter(":again");
    assert!(answer.contains("[2/"), "{answer}");
    let answer = learner.enter(":keys");
    assert!(answer.contains("holds no keys"), "{answer}");
    let answer = learner.enter("");
    assert!(
        answer.contains("(integer) 2") && !answer.contains(OWN[0]),
        "{answer}"
    );
    never_says(&learner, &SURPRISE);
    learner.leave();
}

#[test]
fn the_keys_stand_beside_the_text_where_there_is_room() {
    let home = tempfile::tempdir().expect("a home");
    let narrow = [&[][..], &["--plain"]].map(|options| (options, (34, 80)));
    for (options, size) in narrow.into_iter().chain([(&["--plain"][..], (34, 120))]) {
        let mut learner = Learner::before("lists", Lang::En, options, home.path(), size);
        let answer = learner.enter(":keys on");
        assert!(answer.contains("100 columns are needed"), "{answer}");
        learner.leave();
    }
    for lang in Lang::ALL {
        let mut learner = Learner::before("lists", lang, &["--from", "2"], home.path(), (34, 120));
        let answer = learner.enter(":keys on");
        let none = lang.pick("│ the server holds no keys", "│ na serwerze nie ma kluczy");
        assert!(
            answer
                .lines()
                .next()
                .is_some_and(|line| line.ends_with(none))
        );
        let beside = |answer: &str| {
            let lines = answer.lines().filter_map(|line| line.split_once("│ "));
            let lines = lines.map(|(_, beside)| beside.trim_end().to_owned());
            lines.collect::<Vec<_>>()
        };
        let set = |learner: &mut Learner, line: &str| beside(&learner.enter(line));
        let mine = set(&mut learner, "SET lab:k one");
        assert_eq!(mine, ["+ lab:k  string 3  one"]);
        let mine = set(&mut learner, "SET lab:k three");
        assert_eq!(mine, ["~ lab:k  string 5  three"]);
        assert_eq!(set(&mut learner, "GET lab:k"), ["  lab:k  string 5  three"]);
        // What is wider than the room goes on below, and is not covered.
        let long = "x".repeat(150);
        let answer = learner.enter(&format!("ECHO {long}"));
        let shown: String = answer.chars().filter(|c| *c == 'x').collect();
        assert!(shown.len() >= 150, "{answer}");
        assert_eq!(set(&mut learner, "DEL lab:k"), ["- lab:k"]);
        assert_eq!(set(&mut learner, ":keys off").len(), 0);
        let answer = learner.enter("SET lab:k one");
        assert!(!answer.contains('│'), "{answer}");
        learner.leave();
    }
}

#[test]
fn the_words_go_about_the_lesson() {
    let home = tempfile::tempdir().expect("a home");
    let lists = lesson("lists", Lang::En);
    let of = lists.steps.len();
    let mut learner = Learner::start("lists", Lang::En, &[], home.path(), 60);
    let answer = learner.enter(":go 3");
    assert!(answer.contains(&format!("[3/{of}]")), "{answer}");
    // The keys are those of step 2, which was not shown.
    let answer = learner.enter(":keys");
    assert!(answer.contains("lab:tasks  list 3  wash, "), "{answer}");
    let answer = learner.enter(":back");
    assert!(answer.contains(&format!("[2/{of}]")), "{answer}");
    let answer = learner.enter(":keys");
    assert!(answer.contains("holds no keys"), "{answer}");
    let answer = learner.enter(":run");
    assert!(answer.contains("LRANGE lab:tasks 7 9"), "{answer}");
    assert_eq!(learner.next(), "(Enter: next)");
    for wrong in [":go", ":go 0", ":go 99", ":go x"] {
        let answer = learner.enter(wrong);
        assert!(answer.contains(&format!("1 to {of}")), "{answer}");
    }
    let answer = learner.enter(":all");
    assert!(answer.contains("The end of lists"), "{answer}");
    assert!(answer.contains("still open: The coffee bar"), "{answer}");
    let answer = learner.enter("");
    assert!(answer.contains("Sets, sorted sets"), "{answer}");
    never_says(&learner, &[SURPRISE, OWN].concat());
    learner.leave();
}

#[test]
fn right_takes_the_command_to_change_it() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--from", "2"], home.path(), 40);
    learner.terminal.send("\x1b[C");
    learner.terminal.send(" iron");
    let answer = learner.enter("");
    assert!(answer.contains("(integer) 3"), "{answer}");
    assert_eq!(
        learner.next(),
        "RPUSH lab:tasks wash dry",
        "it was another one"
    );
    learner.leave();
}

#[test]
fn what_enter_runs_stands_behind_the_prompt_as_it_was() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("pubsub", Lang::En, &["--from", "10"], home.path(), 60);
    while learner.next() != "PUBLISH testowy_kanal \"from database 1\"" {
        learner.enter("");
    }
    let answer = learner.enter("");
    let line = "lab[1]> PUBLISH testowy_kanal \"from database 1\"";
    assert!(answer.contains(line), "{answer}");
    learner.leave();
}

#[test]
fn another_session_is_picked_by_its_name() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--from", "7"], home.path(), 40);
    learner.enter("@ola");
    assert!(
        learner.terminal.screen().contains("ola> "),
        "{}",
        learner.seen
    );
    let answer = learner.enter("@nobody");
    assert!(answer.contains("no session @nobody"), "{answer}");
    learner.enter("");
    let answer = learner.enter("");
    assert!(answer.contains("ala> BLPOP lab:parcels 5"), "{answer}");
    learner.leave();
}

#[test]
fn ctrl_c_clears_says_and_leaves_with_the_place_kept() {
    let home = tempfile::tempdir().expect("a home");
    let start = |options: &[&str]| Learner::start("lists", Lang::En, options, home.path(), 40);
    let mut learner = start(&["--from", "4"]);
    learner.terminal.send("GET half a line");
    learner.press("\x03");
    let answer = learner.press("\x03");
    assert!(answer.contains("Ctrl-C again leaves"), "{answer}");
    // Anything in between begins anew.
    learner.enter("PING");
    let answer = learner.press("\x03");
    assert!(answer.contains("Ctrl-C again leaves"), "{answer}");
    learner.terminal.send("\x03");
    assert_eq!(learner.terminal.wait(), 0);
    let mut learner = start(&[]);
    assert!(
        learner.seen.contains("You were at step 4"),
        "{}",
        learner.seen
    );
    assert_eq!(learner.next(), "(Enter: on to step 4)");
    let answer = learner.enter("");
    assert!(answer.contains("[4/"), "{answer}");
    learner.leave();
    let mut learner = start(&[]);
    let answer = learner.enter(":go 1");
    assert!(answer.contains("row of strings"), "{answer}");
    learner.leave();
}

#[test]
fn ctrl_c_ends_a_blocking_command() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--from", "7"], home.path(), 40);
    learner.terminal.clear_raw();
    learner.terminal.send("BLPOP lab:nothing 0\r");
    // Pressed until it is heard: nothing on the screen says that it waits.
    let answer = loop {
        learner.terminal.send("\x03");
        std::thread::sleep(Duration::from_millis(50));
        if learner.terminal.screen().contains("(nil)") {
            break learner.answer();
        }
    };
    assert!(answer.contains("(nil)"), "{answer}");
    learner.leave();
}

#[test]
fn plain_says_everything_in_words_and_redraws_nothing() {
    for lang in Lang::ALL {
        let home = tempfile::tempdir().expect("a home");
        let mut learner = Learner::start("lists", lang, &["--plain"], home.path(), 24);
        let (label, end) = lang.pick(
            ("next (lab): ", "The end of"),
            ("następne (lab): ", "Koniec sekcji"),
        );
        let lists = lesson("lists", lang);
        while !learner.seen.contains(end) {
            learner.enter("");
            let raw = learner.terminal.raw();
            assert!(!raw.contains("\x1b[A"), "nothing is taken away: {raw:?}");
            assert!(learner.terminal.is_running(), "{}", learner.seen);
        }
        assert_eq!(learner.next(), "", "no ghost");
        assert!(
            learner
                .seen
                .contains(&format!("{label}RPUSH lab:tasks iron")),
            "{}",
            learner.seen
        );
        never_says(&learner, &[SURPRISE, OWN].concat());
        saw_everything(&learner.seen, &lists);
        learner.leave();
    }
}

#[test]
fn keys_typed_before_the_prompt_stands_are_thrown_away() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--from", "7"], home.path(), 60);
    while learner.next() != "(Enter: start the demo)" {
        learner.enter("");
    }
    learner.terminal.clear_raw();
    learner.terminal.send("\r");
    learner.terminal.expect("live demo: worker-loop");
    learner.terminal.send("\r\r\r\r");
    learner.answer();
    learner.enter("PING");
    assert_eq!(learner.next(), "(Enter: next)");
    assert!(!learner.seen.contains("[8/"), "{}", learner.seen);
    learner.leave();
}

#[test]
fn a_guess_of_two_numbers_is_no_command_to_be_repeated() {
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lua", Lang::En, &["--from", "11"], home.path(), 60);
    while !learner.next().starts_with("(type the answer") {
        learner.enter("");
    }
    let said = learner.enter("0 1");
    assert!(said.contains("not quite"), "{said}");
    // The words of the prompt are no guesses, with or without a colon.
    let said = learner.enter("hint");
    assert!(!said.contains("not quite"), "{said}");
    let said = learner.enter("1 0");
    assert!(said.contains("That is it."), "{said}");
    learner.leave();
}

#[test]
fn watch_runs_by_itself_between_stops() {
    let home = tempfile::tempdir().expect("a home");
    let words = ["lists", "--watch", "--from", "2"];
    let mut terminal = program_terminal(&words, home.path(), 40, 80);
    terminal.expect("LRANGE lab:tasks 7 9");
    terminal.expect("Enter: next · q: quit");
    terminal.send("q");
    assert_eq!(terminal.wait(), 0);
}

#[test]
fn on_a_server_that_is_not_ours_a_write_outside_the_lab_is_asked_about() {
    let server = TestServer::start();
    let url = server.url();
    let home = tempfile::tempdir().expect("a home");
    let mut learner = Learner::start("lists", Lang::En, &["--url", &url], home.path(), 40);
    learner.terminal.send("SET mine 1\r");
    learner.terminal.expect("does not begin with lab:");
    learner.terminal.expect("type yes to go on");
    let said = learner.enter("no");
    assert!(said.contains("not sent"), "{said}");
    // Reading harms nobody, and the lab's own keys are there to be tried.
    let said = learner.enter("GET mine");
    assert!(
        said.contains("(nil)") && !said.contains("type yes"),
        "{said}"
    );
    let said = learner.enter("SET lab:mine 1");
    assert!(said.contains("OK") && !said.contains("type yes"), "{said}");
    learner.terminal.send("SET mine 1\r");
    learner.terminal.expect("type yes to go on");
    let said = learner.enter("yes");
    assert!(said.contains("OK"), "{said}");
    learner.leave();
}

#[test]
fn who_closes_the_window_leaves_a_server_as_it_was() {
    let server = TestServer::start();
    let url = server.url();
    server.inline("CONFIG SET notify-keyspace-events gxE$");
    let setting = server.inline("CONFIG GET notify-keyspace-events");
    for enters in [2, 6, 9, 16] {
        let home = tempfile::tempdir().expect("a home");
        let options = ["--url", &url];
        let mut learner = Learner::start("notifications", Lang::En, &options, home.path(), 40);
        for _ in 0..enters {
            learner.enter("");
        }
        let code = learner.terminal.close();
        assert!([0, 130].contains(&code), "after {enters}: {code}");
        assert_eq!(server.inline("CONFIG GET notify-keyspace-events"), setting);
        assert!(
            server.inline("DBSIZE").starts_with(":0\r"),
            "after {enters}"
        );
    }
}
