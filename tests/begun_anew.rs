//! A private server that is gone, or that the learner has spoilt, is begun
//! anew, and nobody has to leave for it.
#![cfg(unix)]

mod needs;
mod repl_support;

use catalog::lang::Lang;
use redis_lab::conn::Connection;
use redis_lab::conn::server::{Choice, Server};
use redis_lab::runner::Stage;
use repl_support::{Terminal, program_terminal};
use resp::Reply;
use std::time::Duration;

/// What a learner may do to the server of a lesson. What never ends by itself
/// only a real server survives: the built-in one is within this program.
const SPOILT: &[&[&[&str]]] = &[
    &[&["SHUTDOWN", "NOSAVE"]],
    &[&["CONFIG", "SET", "maxmemory", "1"]],
    &[&["CONFIG", "SET", "requirepass", "secret"]],
    &[
        &["ACL", "SETUSER", "default", "off"],
        &["CLIENT", "KILL", "TYPE", "normal"],
    ],
    &[&["ACL", "SETUSER", "default", "-@all"]],
    &[&["REPLICAOF", "127.0.0.1", "1"]],
    &[&["CONFIG", "SET", "maxclients", "1"]],
];

const ENDLESS: &[&[&str]] = &[&[
    "EVAL",
    "redis.call('SET', 'lab:k', 1) while true do end",
    "0",
]];

async fn spoil(server: &Server, commands: &[&[&str]]) {
    let mut connection = Connection::connect(server.target()).await.expect("there");
    for command in commands {
        // It may not answer any more.
        let asked = connection.call(command);
        let _ = tokio::time::timeout(Duration::from_millis(300), asked).await;
    }
}

async fn a_stage_is_reset(choice: Choice, spoilt: &[&[&[&str]]]) {
    for commands in spoilt {
        let server = Server::resolve(None, choice.clone()).await.expect("one");
        let mut stage = Stage::open(&server, false, Lang::En)
            .await
            .expect("a stage");
        spoil(&server, &[&["SET", "lab:old", "1"]]).await;
        spoil(&server, commands).await;
        let reset = stage.reset().await;
        assert!(reset.is_ok(), "{commands:?}: {reset:?}");
        let mut connection = Connection::connect(server.target()).await.expect("there");
        let set = connection.call(&["SET", "lab:new", "1"]).await.unwrap();
        assert_eq!(set, Reply::Status("OK".into()), "{commands:?}");
        let keys = connection.call(&["KEYS", "*"]).await.unwrap();
        assert_eq!(keys.as_slice().map(<[Reply]>::len), Some(1), "{commands:?}");
        // And once more, for the new one has a beginning as well.
        spoil(&server, &[&["SHUTDOWN", "NOSAVE"]]).await;
        assert!(stage.reset().await.is_ok(), "{commands:?}");
    }
}

#[tokio::test]
async fn a_lesson_goes_on_after_the_built_in_server_was_spoilt() {
    a_stage_is_reset(Choice::Builtin, SPOILT).await;
}

#[tokio::test]
async fn a_lesson_goes_on_after_a_real_server_was_spoilt() {
    if needs::installed("a real server is begun anew", &["redis-server"]) {
        a_stage_is_reset(Choice::Spawn, SPOILT).await;
        a_stage_is_reset(Choice::Spawn, &[ENDLESS]).await;
    }
}

/// Enters a line, and waits for its answer and a prompt behind it.
fn enter(terminal: &mut Terminal, line: &str, answer: &str) {
    terminal.expect_last("the prompt", |line| line.ends_with('>'));
    terminal.clear_raw();
    terminal.send(line);
    terminal.send("\r");
    terminal.expect(answer);
}

/// Ctrl-D at the prompt, and the exit code.
fn leave(terminal: &mut Terminal) -> u32 {
    terminal.expect_last("the prompt", |line| line.ends_with('>'));
    terminal.send("\x04");
    terminal.wait()
}

#[test]
fn reset_is_a_new_server_in_the_shell_and_in_practice() {
    for server in ["spawn", "builtin"] {
        if server == "spawn" && !needs::installed("reset of a real server", &["redis-server"]) {
            continue;
        }
        let home = tempfile::tempdir().expect("a home");
        let words = ["repl", "--server", server];
        let mut shell = program_terminal(&words, home.path(), 30, 100);
        enter(&mut shell, "SET lab:k 1", "OK");
        enter(&mut shell, "SHUTDOWN NOSAVE", ":reset starts a new");
        enter(&mut shell, ":reset", "is a new one, and empty");
        enter(&mut shell, "EXISTS lab:k", "(integer) 0");
        enter(&mut shell, ":reset", "is a new one, and empty");
        enter(&mut shell, "PING", "PONG");
        assert_eq!(leave(&mut shell), 0, "{server}");

        let words = ["practice", "lists", "--server", server];
        let mut practice = program_terminal(&words, home.path(), 40, 100);
        enter(&mut practice, "SHUTDOWN NOSAVE", "not connected");
        enter(&mut practice, ":reset", "lab>");
        enter(&mut practice, "LPUSH lab:tried a", "(integer) 1");
        assert_eq!(leave(&mut practice), 0, "{server}");

        let words = ["lists", "--plain", "--server", server];
        let mut lesson = program_terminal(&words, home.path(), 40, 100);
        enter(&mut lesson, "SHUTDOWN NOSAVE", "not connected");
        enter(&mut lesson, ":reset", "lab>");
        enter(&mut lesson, "SHUTDOWN NOSAVE", "not connected");
        // Enter alone puts the data back, and goes on.
        enter(&mut lesson, "", "are put back first");
        enter(&mut lesson, "PING", "PONG");
        assert_eq!(leave(&mut lesson), 0, "{server}");
    }
}

#[test]
fn a_server_that_is_not_ours_is_not_begun_anew() {
    let server = repl_support::TestServer::start();
    let home = tempfile::tempdir().expect("a home");
    let url = server.url();
    let mut shell = program_terminal(&["repl", "--url", &url], home.path(), 30, 100);
    enter(&mut shell, "SET lab:k 1", "OK");
    enter(&mut shell, ":reset", "the lab's own server");
    enter(&mut shell, "EXISTS lab:k", "(integer) 1");
}
