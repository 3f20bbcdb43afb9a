//! The server as somebody uses it who moves the bytes himself.
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

use redis_lab_server::{Config, Server, TooManyClients};
use std::time::{Duration, Instant};

fn server() -> Server {
    Server::new(Config::default()).expect("there is no snapshot to read")
}

/// Sends a command and returns what there is for the client after a tick.
fn ask(server: &mut Server, id: u64, command: &str) -> String {
    server.feed(id, format!("{command}\r\n").as_bytes());
    server.tick();
    output(server, id)
}

fn output(server: &mut Server, id: u64) -> String {
    String::from_utf8(server.take_output(id)).expect("these replies are text")
}

#[test]
fn requests_may_come_in_pieces_of_any_size() {
    let input =
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$5\r\nvalue\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n";
    for size in 1..=input.len() {
        let mut server = server();
        let id = server.connect().expect("it is the first");
        for piece in input.chunks(size) {
            server.feed(id, piece);
        }
        let replies = output(&mut server, id);
        assert_eq!(replies, "+OK\r\n+PONG\r\n$5\r\nvalue\r\n", "{size}");
    }
}

#[test]
fn a_client_that_waits_is_served_by_another() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    // What was sent behind the command that waits is executed after it.
    server.feed(one, b"BLPOP l 0\r\nECHO later\r\n");
    assert_eq!(server.tick(), None, "nothing depends on time");
    assert_eq!(output(&mut server, one), "");
    assert_eq!(ask(&mut server, two, "LPUSH l x"), ":1\r\n");
    let replies = output(&mut server, one);
    assert_eq!(replies, "*2\r\n$1\r\nl\r\n$1\r\nx\r\n$5\r\nlater\r\n");
}

#[test]
fn a_tick_says_when_the_next_is_due() {
    let mut server = server();
    let id = server.connect().unwrap();
    server.feed(id, b"BLPOP l 0.02\r\n");
    let begun = Instant::now();
    while let Some(wait) = server.tick() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never ends");
        std::thread::sleep(wait);
    }
    assert!(begun.elapsed() >= Duration::from_millis(19));
    assert_eq!(output(&mut server, id), "*-1\r\n");
}

#[test]
fn what_is_published_comes_without_being_asked_for() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    ask(&mut server, one, "SUBSCRIBE news");
    assert_eq!(ask(&mut server, two, "PUBLISH news hello"), ":1\r\n");
    let pushed = output(&mut server, one);
    assert_eq!(
        pushed,
        "*3\r\n$7\r\nmessage\r\n$4\r\nnews\r\n$5\r\nhello\r\n"
    );
}

#[test]
fn connections_are_closed_from_both_sides() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    assert_eq!(ask(&mut server, one, "CLIENT ID"), format!(":{one}\r\n"));
    let closed = "+OK\r\n";
    assert_eq!(ask(&mut server, one, "QUIT"), closed, "before it is closed");
    assert!(!server.is_connected(one));
    assert_eq!(ask(&mut server, one, "PING"), "", "nobody listens");
    // What becomes available is not lost on one that has hung up.
    ask(&mut server, two, "BLPOP l 0");
    server.disconnect(two);
    let three = server.connect().unwrap();
    ask(&mut server, three, "RPUSH l x");
    assert_eq!(ask(&mut server, three, "LLEN l"), ":1\r\n");
    let list = ask(&mut server, three, "CLIENT LIST");
    assert_eq!(list.matches("addr=in-process:0").count(), 2, "{list}");
    assert_eq!(list.matches("id=").count(), 1, "{list}");
}

#[test]
fn one_connection_too_many_is_refused() {
    let mut server = server();
    let id = server.connect().unwrap();
    ask(&mut server, id, "CONFIG SET maxclients 1");
    assert_eq!(server.connect(), Err(TooManyClients));
    server.disconnect(id);
    server.tick();
    assert!(server.connect().is_ok());
}

#[test]
fn a_subscriber_whose_output_nobody_takes_is_cut_off() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    ask(&mut server, one, "SUBSCRIBE news");
    ask(
        &mut server,
        two,
        "CONFIG SET client-output-buffer-limit \"pubsub 1000 0 0\"",
    );
    ask(
        &mut server,
        two,
        &format!("PUBLISH news {}", "x".repeat(999)),
    );
    assert!(!server.is_connected(one));
}

#[test]
fn a_stopped_server_executes_nothing() {
    let mut server = server();
    let id = server.connect().unwrap();
    ask(&mut server, id, "SHUTDOWN NOSAVE");
    assert!(server.is_stopped());
    assert_eq!(ask(&mut server, id, "PING"), "");
}

#[test]
fn a_password_is_asked_for() {
    let config = Config {
        requirepass: Some("secret".into()),
        ..Config::default()
    };
    let mut server = Server::new(config).unwrap();
    let id = server.connect().unwrap();
    assert!(ask(&mut server, id, "GET k").starts_with("-NOAUTH"));
    assert_eq!(ask(&mut server, id, "AUTH secret"), "+OK\r\n");
    assert_eq!(ask(&mut server, id, "GET k"), "$-1\r\n");
}

#[cfg(feature = "mlua")]
#[test]
fn others_can_stop_a_script_that_does_not_end() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    ask(&mut server, two, "CONFIG SET busy-reply-threshold 1");
    let mut calls = 0;
    server.while_busy(move |server| {
        calls += 1;
        match calls {
            1 => assert!(ask(server, two, "PING").starts_with("-BUSY")),
            // Sent while its own script runs: comes after what came before.
            2 => server.feed(one, b"cond\r\n"),
            _ => assert_eq!(ask(server, two, "SCRIPT KILL"), "+OK\r\n"),
        }
    });
    server.feed(
        one,
        b"EVAL \"while true do end\" 0\r\nECHO first\r\nECHO se",
    );
    server.feed(one, b"ECHO third\r\n");
    server.tick();
    let replies = output(&mut server, one);
    let (killed, rest) = replies.split_once("\r\n").expect("several replies");
    assert!(killed.contains("Script killed by user"), "{replies}");
    assert_eq!(rest, "$5\r\nfirst\r\n$6\r\nsecond\r\n$5\r\nthird\r\n");
}

#[cfg(feature = "mlua")]
#[test]
fn a_script_that_does_not_end_dies_with_the_server() {
    let mut server = server();
    let id = server.connect().unwrap();
    ask(&mut server, id, "CONFIG SET busy-reply-threshold 1");
    server.while_busy(Server::stop);
    server.feed(id, b"EVAL \"while true do end\" 0\r\n");
    assert!(server.is_stopped());
    assert!(output(&mut server, id).contains("Script killed by user"));
}

#[cfg(not(feature = "mlua"))]
#[test]
fn without_lua_scripts_are_refused() {
    let mut server = server();
    let id = server.connect().unwrap();
    let refused = "-ERR This server was built without Lua scripts\r\n";
    for command in [
        "EVAL \"return 1\" 0",
        "SCRIPT LOAD \"return 1\"",
        "FUNCTION LOAD \"#!lua name=l\\n\"",
    ] {
        assert_eq!(ask(&mut server, id, command), refused, "{command}");
    }
    assert_eq!(ask(&mut server, id, "EVALSHA 0 0"), refused);
    assert_eq!(ask(&mut server, id, "FCALL f 0"), refused);
    assert_eq!(ask(&mut server, id, "SCRIPT EXISTS 0"), "*1\r\n:0\r\n");
    assert_eq!(ask(&mut server, id, "FUNCTION LIST"), "*0\r\n");
}
