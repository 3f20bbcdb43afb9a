//! The interactive shell on a pseudo-terminal, as a person uses it.
#![cfg(unix)]

mod needs;
mod repl_support;

use repl_support::{LAB, Terminal, TestServer, home_command, lab_terminal, wait_for};
use std::path::Path;

const TAB: &str = "\t";
const ENTER: &str = "\r";
const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const CTRL_R: &str = "\x12";
const BACKSPACE: &str = "\x7f";
const LEFT: &str = "\x1b[D";

/// A server, a home, and the shell at its first prompt.
struct Session {
    server: TestServer,
    home: tempfile::TempDir,
    terminal: Terminal,
}

fn prompt(port: u16) -> String {
    format!("127.0.0.1:{port}> ")
}

fn start(args: &[&str], rows: u16, cols: u16) -> Session {
    let server = TestServer::start();
    let home = tempfile::tempdir().unwrap();
    let terminal = shell(&server, home.path(), args, rows, cols);
    Session {
        server,
        home,
        terminal,
    }
}

fn shell(server: &TestServer, home: &Path, args: &[&str], rows: u16, cols: u16) -> Terminal {
    let url = server.url();
    let mut all = vec!["--url", url.as_str()];
    all.extend_from_slice(args);
    let terminal = lab_terminal(&all, home, rows, cols);
    terminal.expect(prompt(server.port).trim_end());
    terminal
}

impl Session {
    /// Ctrl-C, and the fresh prompt after it. Like a terminal's own, it drops
    /// what was typed ahead.
    fn interrupt(&mut self) {
        self.terminal.send(CTRL_C);
        self.terminal
            .expect_last("an empty prompt", |line| line.ends_with('>'));
    }

    /// Ctrl-D at the prompt, and the exit code. While a command runs the
    /// terminal itself would take the key.
    fn leave(&mut self) -> u32 {
        self.terminal
            .expect_last("an empty prompt", |line| line.ends_with('>'));
        self.terminal.send(CTRL_D);
        self.terminal.wait()
    }

    fn enter(&mut self, line: &str) {
        self.terminal.send(line);
        self.terminal.send(ENTER);
    }
}

#[test]
fn tab_completes_commands_options_and_keys() {
    let mut session = start(&[], 30, 100);
    session.server.inline("RPUSH lab:queue a");
    session.server.inline("SET lab:query b");
    session.terminal.send("hgeta");
    session.terminal.send(TAB);
    session.terminal.expect("> hgetall key");
    session.interrupt();
    session.terminal.send("xgroup ");
    session.terminal.send(TAB);
    let screen = session.terminal.expect("DESTROY");
    assert!(screen.contains("CREATECONSUMER  "), "{screen}");
    session.interrupt();
    session.terminal.send("set k v n");
    session.terminal.send(TAB);
    session.terminal.expect("> set k v nx");
    session.interrupt();
    // Key names: both are offered, the list first where a list is wanted.
    session.terminal.send("lrange lab:");
    session.terminal.send(TAB);
    let screen = session.terminal.expect("lab:query  string");
    let (list, string) = (
        screen.find("lab:queue  list"),
        screen.find("lab:query  string"),
    );
    assert!(list.is_some() && list < string, "{screen}");
    session.terminal.send("ue");
    session.terminal.send(" 0 -1");
    session.terminal.send(ENTER);
    session.terminal.expect("1) \"a\"");
}

#[test]
fn the_hint_follows_what_is_typed() {
    let mut session = start(&[], 30, 120);
    session.terminal.send("set k v EX ");
    session
        .terminal
        .expect("> set k v EX seconds [NX | XX] [GET]");
    session.terminal.send("10 ");
    session.terminal.expect("> set k v EX 10 [NX | XX] [GET]");
    session.terminal.send(ENTER);
    // The hint was never part of the line.
    session.terminal.expect("OK");
    assert!(
        session.server.inline("TTL k").starts_with(":10")
            || session.server.inline("TTL k").starts_with(":9")
    );
}

#[test]
fn ctrl_c_ends_a_blocking_command_and_clears_a_line() {
    let mut session = start(&[], 30, 100);
    session.enter("multi");
    session.terminal.expect("(TX)>");
    session.enter("discard");
    session.enter("select 2");
    session.terminal.expect("[2]> ".trim_end());
    session.enter("blpop nothing 0");
    wait_for("the client to block", || {
        session
            .server
            .inline("INFO clients")
            .contains("blocked_clients:1")
            .then_some(())
    });
    session.terminal.send(CTRL_C);
    session.terminal.expect("(nil)");
    // The same connection goes on, in the same database.
    session.terminal.send("set half a li");
    session.terminal.expect("> set half a li");
    session.interrupt();
    session.enter("set after 1");
    wait_for("the write", || {
        session
            .server
            .inline("SELECT 2\r\nEXISTS after half")
            .contains(":1")
            .then_some(())
    });
    assert!(session.terminal.is_running());
    assert_eq!(session.leave(), 0);
}

#[test]
fn a_server_that_dies_in_the_middle_of_multi() {
    let mut session = start(&[], 40, 110);
    let port = session.server.port;
    session.enter("select 3");
    session.enter("watch w");
    session.enter("multi");
    session.enter("set a 1");
    session.terminal.expect("QUEUED");
    session.server.kill();
    let screen = session
        .terminal
        .expect("the open MULTI (queued commands: 1");
    assert!(screen.contains("WATCH"), "{screen}");
    session.server = TestServer::start_on(port);
    session
        .terminal
        .expect("connected again; restored: database 3");
    session.enter("set b 2");
    session.terminal.expect("(error) ERR not sent");
    session.enter("exec");
    session.terminal.expect("(error) EXECABORT not sent");
    session.enter("set c 3");
    session
        .terminal
        .expect_last("the prompt", |line| line.ends_with("[3]>"));
    assert!(
        session
            .server
            .inline("SELECT 3\r\nEXISTS a b")
            .contains(":0")
    );
    wait_for("the write after it", || {
        session
            .server
            .inline("SELECT 3\r\nGET c")
            .contains('3')
            .then_some(())
    });
}

#[test]
fn without_a_server_the_shell_is_usable_and_connects_later() {
    let mut server = TestServer::start();
    let port = server.port;
    server.kill();
    let home = tempfile::tempdir().unwrap();
    let url = format!("redis://127.0.0.1:{port}");
    let mut terminal = lab_terminal(&["--url", &url], home.path(), 40, 100);
    terminal.expect("no server at");
    terminal.expect("not connected>");
    terminal.send("help get\r");
    terminal.expect("GET key");
    let server = TestServer::start_on(port);
    terminal.expect("connected again");
    terminal.send("ping\r");
    terminal.expect("PONG");
    drop(server);
}

#[test]
fn messages_arrive_while_typing() {
    let mut session = start(&[], 30, 100);
    session.enter("subscribe news");
    session.terminal.expect("(subscribed)>");
    session.terminal.send("psubscribe spo");
    session.terminal.expect("(subscribed)> psubscribe spo");
    session.server.inline("PUBLISH news hello");
    let screen = session.terminal.expect("3) \"hello\"");
    assert!(!screen.contains("psubscribe spo1)"), "{screen}");
    // The line is whole again below the message, and can be finished.
    session
        .terminal
        .expect_last("the line", |line| line.contains("> psubscribe spo"));
    session.terminal.send("rt*");
    session.terminal.send(ENTER);
    session.terminal.expect("2) \"sport*\"");
    session.server.inline("PUBLISH sport goal");
    session.terminal.expect("4) \"goal\"");
    session.terminal.send(CTRL_C);
    session.terminal.expect_last("an ordinary prompt", |line| {
        line == prompt(session.server.port).trim_end()
    });
    session.enter("hello 3");
    session.enter("client tracking on");
    session.enter("get tracked");
    session.terminal.expect("(nil)");
    session.server.inline("SET tracked 1");
    session.terminal.expect("-> invalidate: 'tracked'");
}

#[test]
fn monitor_shows_commands_until_ctrl_c() {
    let mut session = start(&[], 30, 100);
    session.enter("select 1");
    session.enter("monitor");
    session.terminal.expect("(monitor)>");
    session.server.inline("SET seen 1");
    session.terminal.expect("\"SET\" \"seen\" \"1\"");
    session.terminal.send(CTRL_C);
    session
        .terminal
        .expect_last("the prompt", |line| line.ends_with("[1]>"));
    session.enter("ping");
    session.terminal.expect("PONG");
}

#[test]
fn the_prompt_names_whom_the_options_let_in() {
    let server = TestServer::start();
    server.inline("ACL SETUSER low on >pw ~* &* +@all");
    let home = tempfile::tempdir().unwrap();
    let low = format!("low@{}", prompt(server.port));
    let is_low = |line: &str| line == low.trim_end();
    let args = ["--user", "low", "-a", "pw"];
    let mut terminal = shell(&server, home.path(), &args, 30, 100);
    terminal.expect_last("the user", is_low);
    terminal.send("reset\r");
    let anybody = prompt(server.port);
    terminal.expect_last("nobody", |line| line == anybody.trim_end());
    // A new connection begins with the login again.
    terminal.send("client kill skipme no\r");
    terminal.expect("connected again");
    terminal.send("ping\r");
    terminal.expect_last("the user again", is_low);
}

#[test]
fn a_subscription_that_may_not_be_ended_is_left_by_another_connection() {
    let server = TestServer::start();
    server.inline("ACL SETUSER low on >pw ~* &* +@all -unsubscribe -punsubscribe");
    let home = tempfile::tempdir().unwrap();
    let low = format!("low@{}", prompt(server.port));
    let args = ["--user", "low", "-a", "pw"];
    let mut terminal = shell(&server, home.path(), &args, 30, 100);
    for subscribe in ["subscribe c\r", "psubscribe c*\r"] {
        terminal.send(subscribe);
        terminal.expect_last("subscribed", |line| line.ends_with("(subscribed)>"));
        terminal.send(CTRL_C);
        terminal.expect_last("an ordinary prompt", |line| line == low.trim_end());
    }
    terminal.send("get nothing\r");
    terminal.expect("(nil)");
}

#[test]
fn lua_may_span_lines() {
    let mut session = start(&[], 30, 100);
    session.enter("eval 'local n = redis.call(\"INCR\", KEYS[1])");
    session.enter("return {n, \"done\"}' 1 counter");
    session.terminal.expect("2) \"done\"");
    // And comes back from the history as one.
    session.terminal.send("\x1b[A");
    session
        .terminal
        .expect_last("the script", |line| line.contains("1 counter"));
    session.terminal.send(ENTER);
    session.terminal.expect("1) (integer) 2");
}

#[test]
fn a_paste_of_fifty_lines_runs_in_order() {
    let mut session = start(&[], 40, 100);
    let lines: Vec<String> = (1..=50).map(|n| format!("rpush bracketed {n}")).collect();
    session.terminal.send("\x1b[200~");
    session.terminal.send(&lines.join("\n"));
    session.terminal.send("\x1b[201~");
    session.terminal.send(ENTER);
    session.terminal.expect("(integer) 50");
    // A terminal without bracketed paste sends the lines as if they were typed.
    let typed: String = (1..=50).map(|n| format!("rpush typed {n}\r")).collect();
    session.terminal.send(&typed);
    for key in ["bracketed", "typed"] {
        let expected: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
        wait_for("all lines", || {
            let reply = session.server.inline(&format!("LRANGE {key} 0 -1"));
            let items: Vec<String> = reply
                .lines()
                .filter(|line| line.chars().all(|c| c.is_ascii_digit()) && !line.is_empty())
                .map(str::to_owned)
                .collect();
            (items == expected).then_some(())
        });
    }
}

#[test]
fn history_is_searched_kept_private_and_without_secrets() {
    use std::os::unix::fs::PermissionsExt as _;
    let mut session = start(&["--yes"], 30, 100);
    session.enter("set findme 1");
    session.enter("auth hunter2");
    session.enter("acl setuser x >hunter2");
    session.enter(":explain AUTH hunter2");
    session.enter("@two AUTH hunter2");
    session.enter(":watch auth hunter2");
    session.enter("get other");
    session.terminal.expect("(nil)");
    let saved = session.home.path().join("saved.md");
    session.enter(&format!(":save {}", saved.display()));
    session
        .terminal
        .expect("left out, for they carry passwords: ");
    let text = std::fs::read_to_string(&saved).unwrap();
    assert!(text.contains("\nget other\n"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
    session.terminal.send(CTRL_R);
    session.terminal.send("findm");
    // Not the line that was typed first: it still stands above.
    let found = |last: &str| last.contains("set findme 1");
    session.terminal.expect_last("the line found", found);
    session.terminal.send(ENTER);
    assert_eq!(session.leave(), 0);
    let path = session.home.path().join("state/redis-lab/repl_history");
    let text = std::fs::read_to_string(&path).unwrap();
    assert!(
        text.contains("set findme 1") && text.contains("get other"),
        "{text}"
    );
    assert!(!text.contains("hunter2"), "{text}");
    assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    // The next session finds it.
    let mut again = shell(&session.server, session.home.path(), &[], 30, 100);
    again.send(CTRL_R);
    again.send("findm");
    again.expect("set findme 1");
}

#[test]
fn forty_columns_are_enough() {
    let mut session = start(&[], 24, 40);
    session.terminal.send("set k v ");
    session.terminal.send(TAB);
    let screen = session.terminal.expect("KEEPTTL");
    assert!(
        screen.lines().all(|line| line.chars().count() <= 40),
        "{screen}"
    );
    let value = "0123456789".repeat(8);
    session.terminal.send(&value);
    session
        .terminal
        .expect_last("the value", |line| line.ends_with("789"));
    session.interrupt();
    session.enter(&format!("echo {value}"));
    session.terminal.expect("\"0123456789");
    session.enter("ping");
    session.terminal.expect("PONG");
}

#[test]
fn polish_text_is_edited_by_letters() {
    let mut session = start(&["--lang", "pl"], 30, 100);
    session.terminal.send("set k żółwąć");
    for _ in 0..2 {
        session.terminal.send(BACKSPACE);
    }
    session.terminal.send(LEFT);
    session.terminal.send("ł");
    session.terminal.expect("> set k żółłw");
    session.terminal.send(ENTER);
    session.terminal.expect("OK");
    session.enter("get k");
    let screen = session
        .terminal
        .expect("\"\\xc5\\xbc\\xc3\\xb3\\xc5\\x82\\xc5\\x82w\"");
    assert!(
        screen.contains("te bajty to tekst w UTF-8: żółłw") || {
            session.terminal.expect("te bajty to tekst w UTF-8: żółłw");
            true
        }
    );
    session.enter(":utf8 on");
    session.enter("get k");
    session.terminal.expect("\"żółłw\"");
}

#[test]
fn teaching_words_work_together() {
    let mut session = start(&[], 60, 120);
    session.enter(":undo on");
    session.enter(":diff on");
    session.enter("hset h name Ala");
    session.terminal.expect("+ h  hash · listpack");
    session.enter("hset h name Ola");
    session.terminal.expect("~ name Ala → name Ola");
    session.enter(":undo");
    session.terminal.expect("taken back: hset h name Ola");
    assert!(session.server.inline("HGET h name").contains("Ala"));
    session.enter(":peek h");
    session.terminal.expect("fields: 1");
    session.enter("set t v EX 1000");
    session.enter("del t");
    session.terminal.expect("- t  deleted · string");
    session.enter(":undo");
    session.terminal.expect("restored: t");
    assert!(
        session.server.inline("TTL t").starts_with(":99")
            || session.server.inline("TTL t").starts_with(":1000")
    );
    session.enter(":diff off");
    session.enter("zadd z 1 a 2 b");
    session.enter(":cost");
    session.terminal.expect("ZADD: O(log(N)), N = 2");
    session.enter(":code python");
    session
        .terminal
        .expect("r.zadd(\"z\", {\"a\": 1, \"b\": 2})");
    session.enter(":wire on");
    session.enter("get t");
    session.terminal.expect("string, bytes: 3");
    session.enter(":wire off");
    session.enter("lrange h 0 -1");
    session.terminal.expect("(error) WRONGTYPE");
    session.enter(":explain");
    session.terminal.expect("another type of value");
    session.enter("set j {\"a\":1}");
    session
        .terminal
        .expect("put single quotes around the whole: set j '{\"a\":1}'");
    session.enter("hgetal h");
    session.terminal.expect("did you mean HGETALL?");
    session.enter("lrange nothing 0 -1 | tr a-z A-Z");
    session.terminal.expect("(EMPTY ARRAY)");
    let path = session.home.path().join("lesson.md");
    session.enter(&format!(":save {}", path.display()));
    session.terminal.expect("saved to");
    let lesson = std::fs::read_to_string(&path).unwrap();
    assert!(
        lesson.contains("```redis\nhset h name Ala\n```\n\n```text expect\n(integer) 1\n```"),
        "{lesson}"
    );
    let commands = session.home.path().join("commands.txt");
    std::fs::write(
        &commands,
        "# a comment\nset sourced 1\n\neval 'return\n7' 0\n",
    )
    .unwrap();
    session.enter(&format!(":source {}", commands.display()));
    session.terminal.expect("(integer) 7");
    assert!(session.server.inline("EXISTS sourced").starts_with(":1"));
    session.enter(":frobnicate");
    session.terminal.expect("there is no :frobnicate");
}

#[test]
fn destructive_commands_are_asked_about_on_a_server_of_ones_own() {
    let mut session = start(&[], 30, 100);
    session.server.inline("SET precious 1");
    session.enter("flushall");
    session.terminal.expect("type yes to go on:");
    session.enter("no");
    session.terminal.expect("not sent");
    assert!(session.server.inline("EXISTS precious").starts_with(":1"));
    session.enter("flushall");
    wait_for("the second question", || {
        (session
            .terminal
            .screen()
            .matches("type yes to go on:")
            .count()
            == 2)
            .then_some(())
    });
    session.enter("yes");
    session.terminal.expect("OK");
    assert!(session.server.inline("EXISTS precious").starts_with(":0"));
    let home = tempfile::tempdir().unwrap();
    let mut sure = shell(&session.server, home.path(), &["--yes"], 30, 100);
    sure.send("flushall\r");
    let screen = sure.expect("OK");
    assert!(!screen.contains("type yes"), "{screen}");
}

#[test]
fn printing_ten_million_elements_can_be_stopped() {
    let mut session = start(&[], 30, 100);
    session.enter("eval 'local t = {} for i = 1, 1000000 do t[i] = i end return t' 0");
    session
        .terminal
        .expect("… 999900 more of 1000000 elements; :more shows them");
    session.enter(":more");
    let printed = |text: &str| session.terminal.raw().contains(text).then_some(());
    wait_for("the first elements", || {
        printed(" 1000) (integer) 1000\r\n")
    });
    session.terminal.send(CTRL_C);
    session.enter("echo stopped");
    wait_for("the next reply", || {
        session.terminal.raw().contains("\"stopped\"").then_some(())
    });
    assert!(
        !session
            .terminal
            .raw()
            .contains("1000000) (integer) 1000000")
    );
}

#[test]
fn vi_mode_and_the_configuration_file() {
    let server = TestServer::start();
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("config/redis-lab");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("repl.toml"), "edit_mode = \"vi\"\n").unwrap();
    let mut terminal = shell(&server, home.path(), &[], 30, 100);
    // Escape, to the line's start, delete a word, insert another.
    terminal.send("wrong vi");
    terminal.send("\x1b");
    terminal.send("0cw");
    terminal.send("echo");
    terminal.send(ENTER);
    terminal.expect("\"vi\"");
    std::fs::write(folder.join("repl.toml"), "edit_mod = 1\n").unwrap();
    let mut wrong = lab_terminal(&["--url", &server.url()], home.path(), 30, 100);
    wrong.expect("configuration file");
    assert_eq!(wrong.wait(), 2);
}

/// The shell on a terminal that is asked for its background, and what it says.
fn on_background(answer: Option<&str>) -> Terminal {
    let home = tempfile::tempdir().unwrap();
    let mut command = home_command(LAB, home.path());
    command.env("KITTY_WINDOW_ID", "1");
    command.args(["repl", "--server", "builtin"]);
    let mut terminal = Terminal::start(command, 24, 80);
    wait_for("the question", || {
        terminal.raw().contains("\x1b]11;?").then_some(())
    });
    if let Some(answer) = answer {
        terminal.send(answer);
    }
    terminal.expect_last("the prompt", |line| line == "lab>");
    terminal.send("GET k");
    terminal.expect("GET k");
    terminal
}

#[test]
fn the_terminal_is_asked_for_its_background_and_need_not_answer() {
    const ON_DARK: &str = "\x1b[1;36mGET";
    let light = on_background(Some("\x1b]11;rgb:ffff/ffff/f0f0\x1b\\\x1b[?62;4c"));
    wait_for("another colour", || {
        light.raw().contains("GET").then_some(())
    });
    assert!(!light.raw().contains(ON_DARK), "{:?}", light.raw());
    for answer in [
        Some("\x1b]11;rgb:0000/2b2b/3636\x07\x1b[?62;4c"),
        Some("\x1b[?62;4c"),
        None,
    ] {
        let dark = on_background(answer);
        wait_for("the usual colour", || {
            dark.raw().contains(ON_DARK).then_some(())
        });
        assert!(!dark.screen().contains("rgb"), "{}", dark.screen());
    }
    // One that nobody knows to answer is left alone.
    let session = start(&[], 24, 80);
    assert!(!session.terminal.raw().contains("\x1b]11"));
}
