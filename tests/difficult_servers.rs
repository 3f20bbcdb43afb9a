//! Servers that are there and do not serve: silent, refusing, loading, without
//! rights, read-only. Each ends at once or within the limit for connecting,
//! and with the server's own word where it has said one.

#![cfg(unix)]

mod fake;
mod lab;
mod needs;

use lab::{ForeignServer, Lab};
use std::io::{Read as _, Write as _};
use std::net::SocketAddr;

/// Answers before it has been asked, and closes.
fn refusing(answer: &'static str) -> SocketAddr {
    fake::server(move |mut stream| {
        let _ = stream.write_all(answer.as_bytes());
    })
}

#[test]
fn a_silent_server_is_given_up_within_the_limit() {
    let url = format!("redis://{}/", fake::server(fake::silent));
    for arguments in [
        &["lists", "--no-pause"][..],
        &["repl", "--", "PING"],
        &["pubsub", "--listen"],
        &["notifications", "--listen"],
        &["doctor"],
    ] {
        let run = |lang: &str| {
            let mut line = vec!["--url", &url, "--connect-timeout", "300ms", "--lang", lang];
            line.extend(arguments);
            Lab::new(&line).stdin("PING\n").run()
        };
        let outcome = run("en");
        assert_ne!(outcome.code, Some(0), "{arguments:?}: {}", outcome.stdout);
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains("has not answered"), "{arguments:?}: {said}");
        let polish = run("pl");
        let said = polish.stdout + &polish.stderr;
        assert!(said.contains("nie odpowiada"), "{arguments:?}: {said}");
    }
}

#[test]
fn what_a_server_says_before_it_closes_is_shown() {
    for answer in [
        "-ERR max number of clients reached\r\n",
        "-DENIED Redis is running in protected mode because it is on.\r\n",
    ] {
        let text = answer.trim_start_matches('-').trim_end();
        let url = format!("redis://{}/", refusing(answer));
        let outcome = Lab::new(&["lists", "--no-pause", "--url", &url]).run();
        outcome.exits(4).complains(&text[..20]);
        let outcome = Lab::new(&["repl", "--url", &url, "--", "PING"]).run();
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains(text), "{said}");
        // A login sent to a closed connection may fail to be written.
        let url = format!("redis://:secret@{}/3", refusing(answer));
        let outcome = Lab::new(&["repl", "--url", &url, "--", "PING"]).run();
        let said = outcome.stdout + &outcome.stderr;
        assert!(said.contains(text) && !said.contains("secret"), "{said}");
    }
}

/// Answers whatever it is asked.
fn answering(answer: &'static str) -> SocketAddr {
    fake::server(move |mut stream| {
        let mut bytes = [0; 1024];
        while matches!(stream.read(&mut bytes), Ok(n) if n > 0) {
            let _ = stream.write_all(answer.as_bytes());
        }
    })
}

#[test]
fn what_no_redis_sends_is_called_what_it_is() {
    for (answer, told) in [
        ("$-5\r\n", "a bulk string of -5 bytes"),
        ("*-7\r\n", "an aggregate of -7 elements"),
        ("*?\r\n:1\r\n.\r\n", "a streamed reply (*?)"),
        ("$?\r\n;2\r\nab\r\n;0\r\n", "a streamed reply ($?)"),
        ("%?\r\n.\r\n", "a streamed reply (%?)"),
        (
            "HTTP/1.1 400 Bad Request\r\n\r\n",
            "a reply beginning with 'H'",
        ),
    ] {
        let url = format!("redis://{}/", answering(answer));
        let outcome = Lab::new(&["repl", "--url", &url, "--", "GET", "k"]).run();
        outcome.exits(4).complains(told);
        let outcome = Lab::new(&["repl", "--url", &url]).stdin("GET k\n").run();
        outcome.exits(4).complains(told);
    }
}

#[test]
fn a_server_that_takes_no_writes_is_refused_before_the_lesson_begins() {
    let mut arguments = vec!["lists", "--no-pause", "--url"];
    let server = ForeignServer::start();
    let mut admin = server.connection();
    let mut call = |words: &[&str]| {
        let mut command = redis::cmd(words[0]);
        command.arg(&words[1..]);
        command.query::<()>(&mut admin).expect("done");
    };
    call(&["ACL", "SETUSER", "ala", "on", ">x", "+@all", "~own:*"]);
    let url = format!("unix://{}?user=ala&pass=x", server.socket().display());
    arguments.push(&url);
    let outcome = Lab::new(&arguments).run().exits(4);
    assert!(!outcome.stdout.contains("RPUSH"), "{}", outcome.stdout);
    outcome.complains("NOPERM").complains("~lab:*");
    call(&["ACL", "DELUSER", "ala"]);
    call(&["CONFIG", "SET", "maxmemory", "1"]);
    let url = server.url();
    *arguments.last_mut().expect("a URL") = &url;
    Lab::new(&arguments).run().exits(4).complains("OOM");
    call(&["CONFIG", "SET", "maxmemory", "0"]);
    if needs::find("redis-server").is_none() {
        return needs::leave_out(
            "a read-only replica",
            "the built-in server is none",
            "apt-get install redis-server",
        );
    }
    call(&["REPLICAOF", "127.0.0.1", "1"]);
    call(&["CONFIG", "SET", "replica-serve-stale-data", "yes"]);
    Lab::new(&arguments)
        .run()
        .exits(4)
        .complains("READONLY")
        .complains("primary");
}

#[test]
fn a_server_that_loads_its_data_is_waited_for() {
    let loads = std::sync::atomic::AtomicUsize::new(3);
    let url = format!(
        "redis://{}/",
        fake::server(move |mut stream| {
            let mut bytes = [0; 1024];
            while let Ok(n) = stream.read(&mut bytes)
                && n > 0
            {
                let ping = bytes[..n].windows(4).any(|four| four == b"PING");
                let loading = loads
                    .fetch_update(
                        std::sync::atomic::Ordering::SeqCst,
                        std::sync::atomic::Ordering::SeqCst,
                        |n| n.checked_sub(usize::from(ping)),
                    )
                    .is_ok();
                let answer = if ping && loading {
                    "-LOADING Redis is loading the dataset in memory\r\n"
                } else if ping {
                    "-NOAUTH loaded\r\n"
                } else {
                    ""
                };
                let others = bytes[..n].windows(4).filter(|four| four == b"INFO");
                let answer = answer.to_owned() + &"$0\r\n\r\n".repeat(others.count());
                let _ = stream.write_all(answer.as_bytes());
            }
        })
    );
    // What follows the loading is what counts.
    Lab::new(&["lists", "--no-pause", "--url", &url])
        .run()
        .exits(4)
        .complains("NOAUTH loaded");
}
