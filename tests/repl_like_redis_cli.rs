//! `repl` with the options of redis-cli against redis-cli itself: the same
//! arguments, the same input, the same bytes.
#![cfg(unix)]

mod needs;
mod repl_support;

use repl_support::{LAB, TestServer, real_programs};
use std::io::Write as _;
use std::path::Path;
use std::process::{Output, Stdio};

/// Runs a program with `-p PORT` and these arguments.
fn run(
    program: &str,
    first: &[&str],
    port: u16,
    args: &[&str],
    input: &[u8],
    auth: Option<&str>,
) -> Output {
    let mut command = needs::at_home(program);
    command
        .args(first)
        .args(["-p", &port.to_string()])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    if let Some(auth) = auth {
        command.env("REDISCLI_AUTH", auth);
    }
    let mut child = command.spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("its input");
    // It may not read it at all.
    let _ = stdin.write_all(input);
    drop(stdin);
    child.wait_with_output().expect("it ends")
}

fn both(port: u16, args: &[&str], input: &[u8], auth: Option<&str>) -> (Output, Output) {
    let theirs = run("redis-cli", &[], port, args, input, auth);
    let ours = run(LAB, &["repl"], port, args, input, auth);
    (ours, theirs)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_same_arguments_have_the_same_output() {
    if !real_programs("repl with the options of redis-cli") {
        return;
    }
    let folder = tempfile::tempdir().expect("a folder");
    let script = folder.path().join("script.lua");
    std::fs::write(
        &script,
        "return {KEYS[1], ARGV[1], #KEYS, #ARGV, 1.5, false}",
    )
    .expect("a file");
    let script = script.to_string_lossy().into_owned();
    let script = script.as_str();
    let cases: &[(&[&str], &[u8])] = &[
        (&["ping"], b""),
        (&["-n", "3", "set", "k", "v"], b""),
        (&["-n", "3", "get", "k"], b""),
        (&["get", "k"], b""),
        (&["get", "nothing"], b""),
        (&["incr", "n"], b""),
        (&["rpush", "l", "a b", "c", "d\n"], b""),
        (&["lrange", "l", "0", "-1"], b""),
        (&["lrange", "nothing", "0", "-1"], b""),
        (&["hset", "h", "f", "v", "g", "w"], b""),
        (&["hgetall", "h"], b""),
        (&["nosuch", "command"], b""),
        (&["incr", "l"], b""),
        (&["eval", "return {1, {2, 'x', false}, {}}", "0"], b""),
        (&["config", "get", "maxmemory"], b""),
        (&["object", "encoding", "l"], b""),
        (&["--no-raw", "lrange", "l", "0", "-1"], b""),
        (&["--no-raw", "get", "nothing"], b""),
        (&["--no-raw", "nosuch"], b""),
        (&["--raw", "lrange", "l", "0", "-1"], b""),
        (&["--csv", "lrange", "l", "0", "-1"], b""),
        (&["--csv", "get", "nothing"], b""),
        (&["--csv", "incr", "l"], b""),
        (&["--csv", "set", "c", "1"], b""),
        (
            &["--csv", "eval", "return {1, {2, 'x', false}, {}}", "0"],
            b"",
        ),
        (&["--csv", "hgetall", "h"], b""),
        (&["-r", "3", "incr", "n"], b""),
        (&["-r", "2", "-i", "0.01", "ping"], b""),
        (&["-r", "0", "ping"], b""),
        (&["-x", "set", "x"], b"from input\n"),
        (&["get", "x"], b""),
        (&["-x", "set", "x"], b""),
        (&["-x", "set", "x"], b"\xff\x00\r\n\x1b[2J"),
        (&["get", "x"], b""),
        (&["--no-raw", "get", "x"], b""),
        (&["--eval", script, "k1", "k2", ",", "a1"], b""),
        (&["--eval", script, "k1"], b""),
        (&["--eval", script], b""),
        (&["--eval", script, ",", "a1", "a2"], b""),
        (&["--no-raw", "--eval", script, "k1", ",", "a1"], b""),
        (&["--csv", "--eval", script, "k1", ",", "a1"], b""),
        (&["-n", "5", "--scan"], b""),
        (&["set", "--raw", "-n"], b""),
        (&["get", "--raw"], b""),
        (&["-n", "3"], b"get k\nset k 2\nget k\n"),
        (&["-n", "3", "--no-raw"], b"get k\nlrange k 0 -1\n"),
        (&["-3", "hgetall", "h"], b""),
        (&["-3", "--no-raw", "hgetall", "h"], b""),
        (&["-e", "get", "k"], b""),
        (&["-e", "nosuch"], b""),
        (&["-e", "-r", "3", "incr", "l"], b""),
        (&["-e", "--no-raw", "incr", "l"], b""),
        (
            &["-e", "eval", "return {1, redis.error_reply('ERR x')}", "0"],
            b"",
        ),
    ];
    // A server each: what one writes the other must not see.
    let (one, other) = (TestServer::start(), TestServer::start());
    for (args, input) in cases {
        let theirs = run("redis-cli", &[], one.port, args, input, None);
        let ours = run(LAB, &["repl"], other.port, args, input, None);
        assert_eq!(
            text(&ours.stdout),
            text(&theirs.stdout),
            "{args:?}\n{}",
            text(&ours.stderr)
        );
        assert_eq!(ours.status.code(), theirs.status.code(), "{args:?}");
        if args.contains(&"-e") {
            assert_eq!(text(&ours.stderr), text(&theirs.stderr), "{args:?}");
        }
    }
    // Reports have the figures of the moment in them.
    for args in [
        &["info", "keyspace"][..],
        &["client", "id"],
        &["--no-raw", "info", "keyspace"],
        &["--csv", "info", "keyspace"],
    ] {
        let (ours, theirs) = both(one.port, args, b"", None);
        let shape = |output: &Output| {
            let text = text(&output.stdout);
            text.chars()
                .map(|c| if c.is_ascii_digit() { '0' } else { c })
                .collect::<String>()
        };
        let ends = |text: &str| text.chars().rev().take(4).collect::<String>();
        assert_eq!(ends(&shape(&ours)), ends(&shape(&theirs)), "{args:?}");
    }
}

#[test]
fn scan_lists_the_same_keys() {
    if !real_programs("--scan") {
        return;
    }
    let server = TestServer::start();
    for n in 0..300 {
        server.inline(&format!("SET key:{n} 1"));
    }
    server.inline("SET \"a b\\n\\xff\" 1");
    for args in [
        &["--scan"][..],
        &["--scan", "--pattern", "key:1*"],
        &["--scan", "--no-raw"],
        &["--scan", "--pattern", "nothing"],
    ] {
        let (ours, theirs) = both(server.port, args, b"", None);
        let lines = |output: &Output| {
            let mut lines: Vec<String> = text(&output.stdout).lines().map(str::to_owned).collect();
            lines.sort();
            lines
        };
        assert_eq!(lines(&ours), lines(&theirs), "{args:?}");
        assert_eq!(ours.status.code(), theirs.status.code(), "{args:?}");
    }
}

#[test]
fn a_password_comes_from_the_option_or_the_environment() {
    if !real_programs("-a and REDISCLI_AUTH") {
        return;
    }
    let server = TestServer::start();
    server.inline("ACL SETUSER ala on >hers ~* +@all");
    server.inline("CONFIG SET requirepass secret");
    let own = |args: &[&str], auth| {
        let (ours, theirs) = both(server.port, args, b"", auth);
        assert_eq!(text(&ours.stdout), text(&theirs.stdout), "{args:?}");
        assert!(!text(&ours.stderr).contains("secret"));
        text(&ours.stdout)
    };
    assert_eq!(own(&["-a", "secret", "acl", "whoami"], None), "default\n");
    assert_eq!(own(&["acl", "whoami"], Some("secret")), "default\n");
    let hers = ["--user", "ala", "-a", "hers", "acl", "whoami"];
    assert_eq!(own(&hers, None), "ala\n");
    assert!(own(&["acl", "whoami"], None).contains("NOAUTH"));
    // A wrong one is told of, and nothing is sent.
    let wrong = run(
        LAB,
        &["repl"],
        server.port,
        &["-a", "wrong", "ping"],
        b"",
        None,
    );
    assert_eq!(wrong.status.code(), Some(4));
    assert!(
        text(&wrong.stderr).contains("WRONGPASS"),
        "{}",
        text(&wrong.stderr)
    );
}

#[test]
fn what_makes_no_sense_is_refused() {
    let refused = |args: &[&str]| {
        let output = needs::redis_lab()
            .arg("repl")
            .args(args)
            .env("LANG", "C")
            .output();
        let output = output.expect("it runs");
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        text(&output.stderr)
    };
    assert!(refused(&["-r", "3"]).contains("are for one command"));
    assert!(refused(&["-x"]).contains("are for one command"));
    assert!(refused(&["-a", "secret", "ping"]).contains("-a is for a server of your own"));
    refused(&["-i", "soon", "ping"]);
    refused(&["-p", "70000", "ping"]);
    refused(&["--pattern", "a*"]);
    assert!(Path::new(LAB).exists());
}

#[test]
fn off_a_terminal_no_more_is_said_than_by_redis_cli() {
    let server = TestServer::start();
    let tracked = b"hello 3\nclient tracking on\nget k\nset k 1\nget k\n";
    let subscribed = b"subscribe c\nunsubscribe c\n";
    let ours = |args: &[&str], input: &[u8]| {
        let output = run(LAB, &["repl"], server.port, args, input, None);
        text(&output.stdout)
    };
    for (form, reading) in [("--no-raw", true), ("--raw", false), ("--csv", false)] {
        server.flush();
        let said = ours(&[form], tracked);
        assert!(!said.contains("invalidate"), "{form}: {said}");
        assert!(!ours(&[form], subscribed).contains("Reading"), "{form}");
        if !real_programs("messages off a terminal") {
            continue;
        }
        server.flush();
        let theirs = run("redis-cli", &[], server.port, &[form], tracked, None);
        // Behind the reply to HELLO, which tells the connection's id.
        let behind = |said: &str| said.split_once("OK").map(|(_, rest)| rest.to_owned());
        assert_eq!(behind(&said), behind(&text(&theirs.stdout)), "{form}");
        assert_eq!(said.contains("(nil)"), reading, "{form}: {said}");
    }
}

#[test]
fn a_mistyped_option_is_no_command() {
    let run = |lang: &str, args: &[&str]| {
        let mut command = needs::redis_lab();
        command.args(["repl", "--server", "builtin"]).args(args);
        command.env("LANG", lang).stdin(Stdio::null());
        let output = command.output().expect("it runs");
        let code = output.status.code();
        (code, text(&output.stdout), text(&output.stderr))
    };
    for args in [
        &["--no-such-option", "SET", "k", "v"][..],
        &["-s", "/tmp/x.sock"],
        &["--tls", "SET", "k", "v"],
        &["--ouput", "json", "GET", "k"],
        &["--pass", "x"],
    ] {
        for (lang, what) in [
            ("C", "unexpected argument"),
            ("pl_PL.UTF-8", "nieoczekiwany argument"),
        ] {
            let (code, out, said) = run(lang, args);
            assert_eq!((code, out.as_str()), (Some(2), ""), "{args:?}");
            let named = format!("{what} '{}'", args[0]);
            assert!(said.contains(&named), "{args:?}: {said}");
        }
    }
    let (_, _, said) = run("C", &["--ouput", "json", "GET", "k"]);
    assert!(said.contains("'--output'"), "{said}");
    // Behind the command's first word, and behind --, a hyphen is the server's.
    let (code, out, _) = run("C", &["SET", "k", "-1", "--get"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("syntax error"), "{out}");
    let (code, out, _) = run("C", &["--", "-x"]);
    assert_eq!(code, Some(0));
    assert!(out.contains("unknown command '-x'"), "{out}");
}
