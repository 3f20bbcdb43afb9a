//! The main job, as its users run it: every section in both languages, on
//! every kind of server, and whatever can go wrong on the way.

#![cfg(unix)]

mod lab;
mod needs;

use lab::{ForeignServer, Lab, is_running, wait_for};
use redis::Commands as _;
use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};

const SECTIONS: [&str; 12] = [
    "strings",
    "lists",
    "sets",
    "zsets",
    "hashes",
    "pubsub",
    "streams",
    "pipeline",
    "pipelining",
    "lua",
    "notifications",
    "keyspace",
];

#[test]
fn every_section_runs_in_both_languages() {
    for lang in ["en", "pl"] {
        for section in SECTIONS {
            let outcome = Lab::new(&[section, "--no-pause", "--lang", lang]).run();
            let outcome = outcome.exits(0);
            assert!(!outcome.stdout.contains('\x1b'), "no colour in a pipe");
            assert!(outcome.stderr.is_empty(), "{}", outcome.stderr);
        }
    }
}

#[test]
fn every_section_runs_on_the_built_in_server() {
    Lab::new(&["all", "--no-pause", "--server", "builtin"])
        .run()
        .exits(0)
        .says("built-in server");
}

#[test]
fn alone_it_lists_the_sections() {
    Lab::new(&[])
        .run()
        .exits(0)
        .says("redis-lab strings")
        .says("notifications");
    Lab::new(&["--lang", "pl"]).run().exits(0).says("Sekcje");
}

/// The server's data and settings, as far as a lesson could touch them.
fn inventory(server: &ForeignServer) -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut connection = server.connection();
    for db in 0..2 {
        let () = redis::cmd("SELECT").arg(db).query(&mut connection).unwrap();
        let keys: Vec<String> = redis::cmd("KEYS").arg("*").query(&mut connection).unwrap();
        for key in keys {
            let dump: Vec<u8> = redis::cmd("DUMP").arg(&key).query(&mut connection).unwrap();
            let ttl: i64 = redis::cmd("EXPIRETIME")
                .arg(&key)
                .query(&mut connection)
                .unwrap();
            all.insert(format!("{db}/{key}"), format!("{dump:?} {ttl}"));
        }
    }
    let config: BTreeMap<String, String> = redis::cmd("CONFIG")
        .arg("GET")
        .arg("*")
        .query(&mut connection)
        .unwrap();
    all.extend(
        config
            .into_iter()
            .map(|(name, value)| (format!("config {name}"), value)),
    );
    all
}

fn with_foreign_keys() -> ForeignServer {
    let server = ForeignServer::start();
    let mut connection = server.connection();
    let mut pipe = redis::pipe();
    for number in 0..1000 {
        pipe.set_ex(format!("user:{number}"), number, 3600 + number)
            .ignore();
    }
    pipe.cmd("SELECT").arg(1).ignore();
    pipe.rpush("queue", &["a", "b"]).ignore();
    let () = pipe.query(&mut connection).unwrap();
    server
}

#[test]
fn a_server_that_is_not_ours_is_left_as_it_was() {
    let server = with_foreign_keys();
    let before = inventory(&server);
    assert!(before.len() > 1001);
    Lab::new(&["all", "--no-pause", "--url", &server.url()])
        .run()
        .exits(0);
    assert_eq!(inventory(&server), before);
}

#[test]
fn ctrl_c_in_the_middle_leaves_it_as_it_was_too() {
    let server = with_foreign_keys();
    let before = inventory(&server);
    let mut child = Lab::new(&["notifications", "--no-pause", "--url", &server.url()]).spawn();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // The setting has been changed once its first event arrives.
    assert!(lines.any(|line| line.unwrap().contains("CONFIG SET notify-keyspace-events")));
    interrupt(child.id());
    let status = child.wait().unwrap();
    // A fast machine may be done before the signal arrives.
    assert!(matches!(status.code(), Some(130 | 0)), "{status:?}");
    assert_eq!(inventory(&server), before);
}

fn interrupt(pid: u32) {
    let pid = rustix::process::Pid::from_raw(i32::try_from(pid).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::INT).unwrap();
}

#[test]
fn keys_that_are_in_the_way_are_named_and_kept() {
    let server = ForeignServer::start();
    let () = server.connection().set("lab:mine", "precious").unwrap();
    Lab::new(&["lists", "--no-pause", "--url", &server.url()])
        .run()
        .exits(4)
        .complains("lab:mine")
        .complains("--reset-lab");
    let value: String = server.connection().get("lab:mine").unwrap();
    assert_eq!(value, "precious");
    Lab::new(&["lists", "--no-pause", "--reset-lab", "--url", &server.url()])
        .run()
        .exits(0);
}

#[test]
fn bad_input_gets_a_clear_message_and_its_exit_code() {
    Lab::new(&["lits"]).run().exits(2).complains("lists");
    Lab::new(&["lists", "--url", "http://x"])
        .run()
        .exits(2)
        .complains("redis://");
    Lab::new(&["lists", "--url", "redis://127.0.0.1:1"])
        .run()
        .exits(4)
        .complains("no server at 127.0.0.1:1");
    let server = ForeignServer::with(&["--requirepass", "sezam"]);
    let wrong = format!("{}?pass=wrong", server.url());
    let outcome = Lab::new(&["lists", "--url", &wrong]).run().exits(4);
    assert!(outcome.stderr.contains("WRONGPASS"), "{}", outcome.stderr);
    Lab::new(&[
        "lists",
        "--no-pause",
        "--url",
        &format!("{}?pass=sezam", server.url()),
    ])
    .run()
    .exits(0);
    Lab::new(&["lists", "--server", "spawn"])
        .env("PATH", "/nowhere")
        .run()
        .exits(4)
        .complains("--server builtin");
    Lab::new(&["lists", "--lessons", "/nowhere"])
        .run()
        .exits(3)
        .complains("/nowhere");
}

#[test]
fn a_server_that_goes_away_is_exit_4_without_a_panic() {
    let mut server = ForeignServer::start();
    let mut child = Lab::new(&["strings", "--no-pause", "--url", &server.url()]).spawn();
    let mut first = [0; 64];
    child
        .stdout
        .as_mut()
        .unwrap()
        .read_exact(&mut first)
        .unwrap();
    server.kill();
    let output = child.wait_with_output().unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(4), "{stderr}");
    assert!(!stderr.contains("panicked"), "{stderr}");
}

#[test]
fn a_closed_pipe_ends_quietly() {
    let mut child = Lab::new(&["all", "--no-pause"]).spawn();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty());
}

#[test]
fn events_are_valid_json_and_carry_the_replies() {
    let outcome = Lab::new(&["lists", "--json"]).run().exits(0);
    let events: Vec<serde_json::Value> = outcome
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(events[0]["type"], "lesson");
    assert_eq!(events[0]["version"], 1);
    assert!(
        events
            .iter()
            .any(|event| event["type"] == "reply" && event["ok"] == true)
    );
    assert_eq!(events.last().unwrap()["type"], "lesson_end");
    assert_eq!(events.last().unwrap()["surprises"], 0);
}

#[test]
fn a_private_server_does_not_outlive_a_killed_run() {
    if !needs::installed(
        "a_private_server_does_not_outlive_a_killed_run",
        &["redis-server"],
    ) {
        return;
    }
    let mut child = Lab::new(&["pubsub", "--listen"]).spawn();
    // The advice for the second terminal names the socket.
    let mut advice = String::new();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    while !advice.contains("unix://") {
        assert_ne!(stderr.read_line(&mut advice).unwrap(), 0, "{advice}");
    }
    let socket = advice
        .split("unix://")
        .nth(1)
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap();
    let mut connection = redis::Client::open(format!("unix://{socket}"))
        .and_then(|client| client.get_connection())
        .unwrap();
    let info: String = redis::cmd("INFO")
        .arg("server")
        .query(&mut connection)
        .unwrap();
    let pid = info
        .lines()
        .find_map(|line| line.strip_prefix("process_id:"))
        .and_then(|pid| pid.trim().parse().ok())
        .unwrap();
    assert!(is_running(pid));
    child.kill().unwrap();
    child.wait().unwrap();
    wait_for("the server to be gone", || !is_running(pid));
    let folder = std::path::Path::new(socket).parent().unwrap().to_owned();
    wait_for("its directory to be gone", || !folder.exists());
}

#[test]
fn two_terminals_meet() {
    let server = ForeignServer::start();
    let url = server.url();
    let mut listener = Lab::new(&[
        "pubsub",
        "--listen",
        "news",
        "--pattern",
        "lo*",
        "--url",
        &url,
    ])
    .spawn();
    let mut ready = String::new();
    BufReader::new(listener.stderr.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    assert!(ready.contains("listening to news lo*"), "{ready}");
    let mut heard = BufReader::new(listener.stdout.take().unwrap()).lines();
    for (channel, message) in [("news", "cześć"), ("log", "a\x1b[2Jb")] {
        Lab::new(&["pubsub", "--publish", channel, message, "--url", &url])
            .run()
            .exits(0)
            .says("received by 1");
        let line = heard.next().unwrap().unwrap();
        assert!(line.contains(channel), "{line}");
        assert!(!line.contains('\x1b'), "a message must not move the cursor");
    }
    interrupt(listener.id());
    assert_eq!(listener.wait().unwrap().code(), Some(0));
}

#[test]
fn key_events_are_heard_and_the_setting_is_put_back() {
    let server = ForeignServer::start();
    let setting = || -> Vec<String> {
        redis::cmd("CONFIG")
            .arg("GET")
            .arg("notify-keyspace-events")
            .query(&mut server.connection())
            .unwrap()
    };
    let before = setting();
    let args = [
        "notifications",
        "--listen",
        "--key",
        "user:*",
        "--event",
        "set",
        "--url",
    ];
    let url = server.url();
    let mut listener = Lab::new(&[&args[..], &[url.as_str()]].concat()).spawn();
    let mut ready = String::new();
    BufReader::new(listener.stderr.take().unwrap())
        .read_line(&mut ready)
        .unwrap();
    let mut connection = server.connection();
    let () = connection.set("other", 1).unwrap();
    let () = connection.rpush("user:list", 1).unwrap();
    let () = connection.set("user:7", 1).unwrap();
    let mut heard = BufReader::new(listener.stdout.take().unwrap()).lines();
    let line = heard.next().unwrap().unwrap();
    assert!(line.contains("set") && line.contains("user:7"), "{line}");
    assert_ne!(setting(), before);
    interrupt(listener.id());
    assert_eq!(listener.wait().unwrap().code(), Some(0));
    assert_eq!(setting(), before);
}

#[test]
fn narrow_terminals_and_help() {
    Lab::new(&["lists", "--no-pause"])
        .env("COLUMNS", "30")
        .run()
        .exits(0);
    for command in [
        "strings",
        "lists",
        "sets",
        "pubsub",
        "streams",
        "pipeline",
        "lua",
        "notifications",
        "all",
        "check",
        "doctor",
        "completions",
        "repl",
        "serve",
        "thumbnail",
    ] {
        Lab::new(&[command, "--help"])
            .run()
            .exits(0)
            .says("Examples:");
    }
    Lab::new(&["completions", "bash"])
        .run()
        .exits(0)
        .says("redis-lab");
}
