//! The shell's words that need a screen, a second connection or a program:
//! on a pseudo-terminal, as a person uses them, and what a pipe answers.
#![cfg(unix)]

mod needs;
mod repl_support;

use repl_support::{LAB, Terminal, TestServer, home_command, pipe, wait_for};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

const CTRL_C: &str = "\x03";
const RANGE: &str = "eval 'local t = {} for i = 1, 300 do t[i] = \"e\"..i end return t' 0";

struct Shell {
    server: TestServer,
    home: tempfile::TempDir,
    terminal: Terminal,
}

/// The shell at its first prompt, in an environment of its own.
fn shell(args: &[&str], env: &[(&str, &str)], rows: u16, cols: u16) -> Shell {
    let server = TestServer::start();
    let home = tempfile::tempdir().expect("a folder");
    let mut command = home_command(LAB, home.path());
    command.args(["repl", "--url", &server.url()]);
    command.args(args);
    for (name, value) in env {
        command.env(name, value);
    }
    let terminal = Terminal::start(command, rows, cols);
    terminal.expect(&format!("127.0.0.1:{}>", server.port));
    Shell {
        server,
        home,
        terminal,
    }
}

impl Shell {
    fn enter(&mut self, line: &str) {
        self.terminal.send(line);
        self.terminal.send("\r");
    }

    fn prompts(&self, prompt: &str) {
        self.terminal.expect_last(prompt, |last| last == prompt);
    }
}

/// Waits until a text has been written, escape sequences included, and forgets
/// what was.
fn shows(shell: &Shell, text: &str) {
    wait_for(text, || shell.terminal.raw().contains(text).then_some(()));
    shell.terminal.clear_raw();
}

fn program(folder: &Path, name: &str, text: &str) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, format!("#!/bin/sh\n{text}\n")).expect("a file");
    let runs = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&path, runs).expect("a program");
    path
}

#[test]
fn of_a_long_reply_the_beginning_is_shown_and_the_rest_on_demand() {
    let mut shell = shell(&[], &[], 400, 100);
    shell.enter(RANGE);
    let screen = shell
        .terminal
        .expect("… 200 more of 300 elements; :more shows them");
    assert!(screen.contains("100) \"e100\"") && !screen.contains("\"e101\""));
    shell.enter(":more");
    let screen = shell.terminal.expect("300) \"e300\"");
    assert_eq!(screen.matches("\"e100\"").count(), 1, "{screen}");
    assert!(screen.contains("101) \"e101\""));
    shell.enter(":more");
    shell.terminal.expect("nothing was left out");
    // Many lines within a few elements, and one long string.
    shell.enter("eval 'local t = {} for i = 1, 300 do t[i] = i end return {1, t}' 0");
    shell.terminal.expect("… 201 more of 301 lines");
    shell.enter("eval 'return string.rep(\"a\", 200000)' 0");
    shell.terminal.expect("… there is more; :more shows it");
    // A table of the first rows.
    shell.enter(":format table");
    shell.enter(RANGE);
    shell.terminal.expect("(100 of 300 rows)");
    // What is piped to a program is whole.
    shell.enter(&format!("{RANGE} | wc -l"));
    wait_for("the program's count", || {
        let screen = shell.terminal.screen();
        screen
            .lines()
            .any(|line| line.trim() == "300")
            .then_some(())
    });
}

#[test]
fn the_pager_shows_what_does_not_fit() {
    let mut shell = shell(&[], &[("PAGER", "sed s/^/paged:/")], 24, 80);
    shell.enter(RANGE);
    shell.terminal.expect("200 more of 300 elements");
    shell.enter(":pager auto");
    shell.enter("lrange nothing 0 -1");
    shell.enter(RANGE);
    shell.terminal.expect("paged:300) \"e300\"");
    assert!(!shell.terminal.screen().contains("paged:(empty"));
    shell.enter(":pager on");
    shell.enter("mget a b");
    shell.terminal.expect("paged:2) (nil)");
    shell.enter(":pager maybe");
    shell.terminal.expect(":pager takes on, off or auto");
    shell.enter(":pager off");
    shell.enter(RANGE);
    shell.enter(":pager");
    shell.terminal.expect("\n:pager off\n127.0.0.1");
}

#[test]
fn a_pager_that_leaves_early_or_is_none_harms_nobody() {
    for pager in ["head -n 1", "false", "no-such-pager-at-all"] {
        let mut shell = shell(&[], &[("PAGER", pager)], 24, 80);
        shell.enter(":pager on");
        shell.enter("eval 'local t = {} for i = 1, 200000 do t[i] = i end return t' 0");
        shell.enter("echo still-here");
        // Through the pager too, or through none.
        shell.enter(":pager off");
        shell.enter("echo still-here");
        shell.terminal.expect("\"still-here\"");
    }
}

#[test]
fn a_second_connection_waits_while_the_first_works() {
    let mut shell = shell(&[], &[], 60, 100);
    let main = format!("127.0.0.1:{}>", shell.server.port);
    let ala = format!("127.0.0.1:{} ala>", shell.server.port);
    shell.enter(":session ala");
    shell.terminal.expect("a second connection");
    shell.prompts(&ala);
    shell.enter("blpop lab:q 0");
    shell.terminal.expect("it waits in the server");
    shell.enter("ping");
    shell.terminal.expect("still waits for blpop lab:q 0");
    shell.enter("@main");
    shell.prompts(&main);
    shell.enter("rpush lab:q one");
    let screen = shell.terminal.expect("2) \"one\"");
    assert!(
        screen.contains("@ala blpop lab:q 0\n1) \"lab:q\""),
        "{screen}"
    );
    // A message for one while the other stands at the prompt.
    shell.enter("@ola");
    shell.enter("subscribe lab:c");
    shell.terminal.expect("3) (integer) 1");
    shell.enter(":session main");
    shell.enter("publish lab:c hello");
    let screen = shell.terminal.expect("3) \"hello\"");
    assert!(screen.contains("@ola\n1) \"message\""), "{screen}");
    // A race for a watched key.
    shell.enter("watch lab:k");
    shell.enter("multi");
    shell.enter("set lab:k mine");
    shell.enter("@ala");
    shell.enter("set lab:k hers");
    shell.enter("@main");
    shell.enter("exec");
    shell.terminal.expect("(nil)");
    assert!(shell.server.inline("GET lab:k").contains("hers"));
    shell.enter(":session");
    let screen = shell.terminal.expect("  ola(subscribed)\n");
    assert!(screen.contains("* main"), "{screen}");
    // Ctrl-C ends the wait of the connection at the prompt.
    shell.enter("@ala");
    shell.enter("blpop lab:none 0");
    shell
        .terminal
        .expect_last("waiting", |last| last.ends_with("ala(waiting)>"));
    shell.terminal.send(CTRL_C);
    shell.terminal.expect("the wait was ended before its time");
    shell.enter("echo free");
    shell.terminal.expect("\"free\"");
    // One that is killed says what went with it.
    shell.server.inline("CLIENT KILL TYPE pubsub");
    shell
        .terminal
        .expect("@ola the server closed the connection");
    shell.terminal.expect("lost: subscriptions: lab:c");
    shell.enter(":session not/a/name");
    shell.terminal.expect(":session takes a name of letters");
}

#[test]
fn watch_repeats_what_reads_and_marks_what_changed() {
    let mut shell = shell(&[], &[], 24, 80);
    shell.server.inline("SET lab:n 1");
    shell.enter(":watch 0.1 GET lab:n");
    shell.terminal.expect("every 0.1 s: GET lab:n");
    shows(&shell, "\"1\"");
    shell.server.inline("SET lab:n 2");
    shows(&shell, "\x1b[33m*\x1b[0m \"\x1b[7m2\x1b[0m\"");
    shell.terminal.send("q");
    shell
        .terminal
        .expect_last("a prompt", |last| last.ends_with('>'));
    for (line, said) in [
        (":watch", ":watch takes a command"),
        (":watch INCR lab:n", "may do more"),
        (":watch 0.1 BLPOP lab:q 0", "may do more"),
        (":watch -1 GET lab:n", ":watch takes seconds"),
    ] {
        shell.enter(line);
        shell.terminal.expect(said);
    }
    // The connection is as it was.
    shell.enter("incr lab:n");
    shell.terminal.expect("(integer) 3");
    // A server that goes away is told of.
    shell.enter(":watch 0.1 GET lab:n");
    shows(&shell, "every 0.1 s: GET lab:n");
    shell.server.kill();
    shell.terminal.expect("the server closed the connection");
}

#[test]
fn scripts_come_from_the_editor_and_from_files() {
    let folder = tempfile::tempdir().expect("a folder");
    let editor = program(
        folder.path(),
        "editor",
        "printf '# words\\nset lab:e 1\\nincr lab:e\\n' > \"$1\"",
    );
    let mut shell = shell(&[], &[("EDITOR", &editor.to_string_lossy())], 60, 120);
    shell.enter(":edit");
    shell.terminal.expect("(integer) 2");
    assert!(shell.server.inline("GET lab:e").contains('2'));
    let lua = folder.path().join("two.lua");
    std::fs::write(&lua, "-- a comment\nreturn {KEYS[1], ARGV[1]}\n").expect("a script");
    shell.enter(&format!("EVAL @{} 1 lab:k word", lua.display()));
    shell.terminal.expect("2) \"word\"");
    shell.enter("EVAL @/no/such.lua 0");
    shell.terminal.expect("cannot read the script /no/such.lua");
    // An editor that fails sends nothing.
    let broken = program(
        folder.path(),
        "broken",
        "echo 'set lab:e 9' > \"$1\"; exit 3",
    );
    let mut command = home_command(LAB, shell.home.path());
    command.args(["repl", "--url", &shell.server.url()]);
    command.env("VISUAL", &broken);
    let mut terminal = Terminal::start(command, 24, 100);
    terminal.expect(&format!("{}>", shell.server.port));
    terminal.send(":edit\r");
    terminal.expect("nothing was sent");
    assert!(shell.server.inline("GET lab:e").contains('2'));
    let quiet = program(folder.path(), "quiet", "exit 0");
    let mut command = home_command(LAB, shell.home.path());
    command.args(["repl", "--url", &shell.server.url()]);
    command.env("EDITOR", format!("{} --wait", quiet.display()));
    let mut terminal = Terminal::start(command, 24, 100);
    terminal.expect(&format!("{}>", shell.server.port));
    terminal.send(":edit\r");
    terminal.expect("nothing was written, so nothing is sent");
}

#[test]
fn tab_knows_what_is_within_a_key() {
    let mut shell = shell(&[], &[], 60, 100);
    for command in [
        "HSET lab:h name Ala nick al age 7",
        "ZADD lab:z 3 anna 5 ola",
        "SADD lab:s red",
        "XADD lab:x 1-1 item tea",
        "XADD lab:x 2-1 item coffee",
        "XGROUP CREATE lab:x workers 0",
        "XREADGROUP GROUP workers ewa COUNT 1 STREAMS lab:x >",
    ] {
        shell.server.inline(command);
    }
    let mut tab = |line: &str, then: &[&str]| {
        shell.terminal.send(line);
        shell.terminal.send("\t");
        for text in then {
            shell.terminal.expect(text);
        }
        shell.terminal.send(CTRL_C);
        shell
            .terminal
            .expect_last("a prompt", |last| last.ends_with('>'));
    };
    tab("hget lab:h n", &["name  Ala", "nick  al"]);
    tab("zscore lab:z an", &["zscore lab:z anna"]);
    tab("srem lab:s r", &["srem lab:s red"]);
    tab("xrange lab:x 2", &["xrange lab:x 2-1"]);
    tab("xack lab:x w", &["xack lab:x workers"]);
    tab(
        "xack lab:x workers ",
        &["2-1  item=coffee", "1-1  item=tea"],
    );
    tab(
        "xgroup delconsumer lab:x workers e",
        &["xgroup delconsumer lab:x workers ewa"],
    );
    tab(":session m", &[":session main"]);
    // A name that a terminal would obey comes escaped, and means the same.
    shell.server.inline("HSET lab:bad \"x\\x1b[2J\" there");
    shell.terminal.send("hget lab:bad x\t");
    shell.terminal.expect("hget lab:bad \"x\\x1b[2J\"");
    shell.enter("");
    shell.terminal.expect("\"there\"");
}

#[test]
fn replies_that_are_switched_off_are_explained_and_not_waited_for() {
    let mut shell = shell(&[], &[], 40, 100);
    shell.enter("client reply off");
    shell.terminal.expect("answers none, until CLIENT REPLY ON");
    shell
        .terminal
        .expect_last("a prompt", |last| last.ends_with("(no replies)>"));
    shell.enter("set lab:k 1");
    shell.enter("client reply on");
    shell.terminal.expect("OK");
    shell.enter("client reply skip");
    shell.terminal.expect("will not answer the next command");
    shell.enter("get lab:k");
    shell
        .terminal
        .expect("CLIENT REPLY SKIP has left its reply out");
    shell.enter("get lab:k");
    shell.terminal.expect("\"1\"");
    let url = shell.server.url();
    let (out, ..) = pipe(
        &["--url", &url],
        b"client reply off\nset lab:k 2\nget lab:k\nclient reply on\nget lab:k\n",
    );
    assert_eq!(String::from_utf8_lossy(&out), "OK\n\"2\"\n");
}

#[test]
fn a_mark_of_what_is_lost_leaves_the_prompt_at_once() {
    for (colour, line) in [("always", "multi"), ("never", "subscribe lab:c")] {
        let mut shell = shell(&["--color", colour], &[], 24, 100);
        shell.enter(line);
        shell
            .terminal
            .expect_last("a mark", |last| last.ends_with(")>"));
        shell.server.kill();
        shell.terminal.expect("the server closed the connection");
        shell.terminal.expect_last("no mark", |last| {
            last.ends_with('>') && !last.contains("(TX)") && !last.contains("(subscribed)")
        });
    }
}

#[test]
fn queued_has_a_line_of_its_own() {
    let mut shell = shell(&[], &[], 24, 100);
    for line in ["multi", "info server", "client list", "lolwut"] {
        shell.enter(line);
    }
    shell.enter("discard");
    shell.terminal.expect("OK\n127.0.0.1");
    wait_for("three of them", || {
        let screen = shell.terminal.screen();
        (screen.lines().filter(|line| *line == "QUEUED").count() == 3).then_some(())
    });
}

#[test]
fn a_loss_is_reported_once() {
    let server = TestServer::start();
    let url = server.url();
    let (_, notes, code) = pipe(&["--url", &url, "--", "DEBUG", "SLEEP", "0"], b"");
    assert_eq!((notes.as_str(), code), ("", 0));
    // Whoever kills itself gets no answer.
    for args in [
        &["client", "kill", "type", "normal", "skipme", "no"][..],
        &["debug", "segfault"],
    ] {
        let all = [&["--url", &url, "--"][..], args].concat();
        let (_, notes, code) = pipe(&all, b"");
        let told = notes.matches("connection").count();
        // The built-in server does not crash when it is asked to.
        if args[0] == "debug" && needs::find("redis-server").is_some() {
            assert_eq!(code, 4, "{notes}");
        }
        assert!(told <= 1, "{notes}");
    }
}

#[test]
fn the_protocol_itself_is_recognised() {
    let server = TestServer::start();
    let (out, notes, code) = pipe(&["--url", &server.url()], b"*1\r\n$4\r\nPING\r\n");
    assert_eq!((out.as_slice(), code), (&b""[..], 2), "{notes}");
    assert!(
        notes.contains("the input is RESP") && notes.contains("redis-cli --pipe"),
        "{notes}"
    );
}

#[test]
fn in_a_pipe_words_act_or_refuse_in_one_line() {
    let server = TestServer::start();
    let url = server.url();
    let answers = |lines: &str| {
        let (out, ..) = pipe(&["--url", &url], lines.as_bytes());
        String::from_utf8(out).expect("text")
    };
    assert_eq!(
        answers("hset h name Ala age 7\n:format table\nhgetall h\n:format csv\nhgetall h\n:format json\nhgetall h\n:format\n"),
        "(integer) 2\n:format table\nfield | value\n------+------\nname  | Ala\nage   |     7\n(2 rows)\n:format csv\n\"name\",\"Ala\",\"age\",\"7\"\n:format json\n[\"name\",\"Ala\",\"age\",\"7\"]\n:format json\n"
            .replace("age   |     7", "age   | 7")
    );
    let timed = answers(":timing on\nping\n");
    assert!(
        timed.contains("PONG\n  ▸ ") && timed.ends_with(" ms\n"),
        "{timed}"
    );
    // Two connections: what one watches the other changes.
    assert_eq!(
        answers("watch k\nmulti\nset k 1\n@ola\nset k 2\n@main\nexec\nget k\n")
            .lines()
            .filter(|line| !line.contains("second connection"))
            .collect::<Vec<_>>(),
        ["OK", "OK", "QUEUED", "OK", "(nil)", "\"2\""]
    );
    for word in [":watch 1 PING", ":edit", ":pager on", ":more"] {
        let name = word.split(' ').next().unwrap_or_default();
        assert_eq!(
            answers(&format!("{word}\n")),
            format!("{name} works in the interactive shell only\n")
        );
    }
}
