//! The limit of memory, which goes by the memory of the whole process: every
//! test has `redis-lab serve` to itself.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use resp::Reply;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};
use wire::Wire;

/// A server with a socket in a directory of its own; it ends with this value.
struct Serve {
    child: Child,
    socket: PathBuf,
    _dir: tempfile::TempDir,
}

fn start(parameters: &[&str]) -> Serve {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let socket = dir.path().join("s");
    let mut command = needs::redis_lab();
    command.args(["serve", "--lang", "en", "--port", "0", "--unixsocket"]);
    command.arg(&socket);
    for parameter in parameters {
        command.args(["--set", parameter]);
    }
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it runs");
    let mut said = BufReader::new(child.stdout.take().expect("a pipe")).lines();
    let says = said.next().expect("it says where it listens");
    assert!(says.expect("text").contains("serving on"));
    Serve {
        child,
        socket,
        _dir: dir,
    }
}

impl Serve {
    fn connect(&self) -> Wire {
        Wire::connect(&self.socket)
    }
}

impl Drop for Serve {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn reply<A: AsRef<[u8]>>(wire: &mut Wire, argv: &[A]) -> Reply {
    wire.call(argv).reply.expect("the connection is open")
}

fn status(text: &str) -> Reply {
    Reply::Status(text.into())
}

/// A figure of INFO; `None` when it is not shown.
fn figure(wire: &mut Wire, section: &str, name: &str) -> Option<u64> {
    let info = reply(wire, &["INFO", section]);
    let mut lines = info.as_str().expect("a text").lines();
    let figure = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    figure.map(|figure| figure.parse().expect("a number"))
}

/// Sets the limit of memory to so many bytes above what is in use.
fn leave_free(wire: &mut Wire, bytes: u64) {
    let used = figure(wire, "memory", "used_memory").expect("shown");
    let limit = (used + bytes).to_string();
    let set = ["CONFIG", "SET", "maxmemory", &limit];
    assert_eq!(reply(wire, &set), status("OK"));
}

/// The table of the keys would grow, by more than is free, with key 4097.
#[test]
fn no_key_is_evicted_because_the_table_of_keys_grows() {
    const KEYS: i64 = 4095;
    let server = start(&["latency-tracking=no", "maxmemory-policy=allkeys-random"]);
    let mut wire = server.connect();
    for n in 0..KEYS {
        assert_eq!(reply(&mut wire, &["SET", &n.to_string(), ""]), status("OK"));
    }
    leave_free(&mut wire, 10 * 1024);
    for key in ["a", "b", "c"] {
        assert_eq!(reply(&mut wire, &["SET", key, ""]), status("OK"));
    }
    assert_eq!(reply(&mut wire, &["DBSIZE"]), Reply::Int(KEYS + 3));
}

/// The key goes before the command is executed, and so does the news of it.
#[test]
fn a_client_hears_what_was_evicted_before_its_reply() {
    let server = start(&[]);
    let mut wire = server.connect();
    reply(&mut wire, &["HELLO", "3"]);
    reply(&mut wire, &["CLIENT", "TRACKING", "ON"]);
    reply(&mut wire, &["SETEX", "volatile", "1000", "x"]);
    reply(&mut wire, &["GET", "volatile"]);
    leave_free(&mut wire, 200_000);
    let policy = ["CONFIG", "SET", "maxmemory-policy", "volatile-random"];
    assert_eq!(reply(&mut wire, &policy), status("OK"));
    reply(&mut wire, &["SETBIT", "large", "4000000", "0"]);
    let told = wire.call(&["GETBIT", "large", "0"]).raw;
    assert_eq!(told, b">2\r\n$10\r\ninvalidate\r\n*1\r\n$8\r\nvolatile\r\n");
    assert_eq!(wire.receive().raw, b":0\r\n");
}

/// What clients take that are evicted is free for those that follow in the same
/// turn: no key goes for it.
#[test]
fn clients_are_evicted_before_keys() {
    const CLIENTS: usize = 6;
    let server = start(&[]);
    let mut admin = server.connect();
    for n in 0..50 {
        reply(&mut admin, &["SETRANGE", &n.to_string(), "100000", "x"]);
    }
    for (name, value) in [
        ("maxmemory", "11mb"),
        ("maxmemory-policy", "allkeys-lru"),
        ("maxmemory-clients", "3mb"),
    ] {
        let set = ["CONFIG", "SET", name, value];
        assert_eq!(reply(&mut admin, &set), status("OK"));
    }
    let mut greedy: Vec<_> = (0..CLIENTS).map(|_| server.connect()).collect();
    for client in &mut greedy {
        client.send_raw(&b"GET 1\r\n".repeat(60));
    }
    let deadline = Instant::now() + Duration::from_secs(10);
    let info = loop {
        let info = reply(&mut admin, &["INFO", "stats"]);
        let info = info.as_str().expect("a text").to_owned();
        if info.contains(&format!("evicted_clients:{CLIENTS}\r")) {
            break info;
        }
        assert!(Instant::now() < deadline, "{info}");
    };
    assert!(info.contains("evicted_keys:0\r"), "{info}");
}

/// Ten clients are told of every key that is evicted, in more bytes than that
/// key took.
#[test]
fn telling_clients_what_was_evicted_evicts_nothing_more() {
    const KEYS: i64 = 300;
    let server = start(&[]);
    let key = |n: i64| format!("key:{n}:{}", "k".repeat(400));
    let mut admin = server.connect();
    for n in 0..KEYS {
        let value = "v".repeat(1000);
        assert_eq!(reply(&mut admin, &["SET", &key(n), &value]), status("OK"));
    }
    let mut told: Vec<_> = (0..10).map(|_| server.connect()).collect();
    for client in &mut told {
        reply(client, &["HELLO", "3"]);
        assert_eq!(reply(client, &["CLIENT", "TRACKING", "ON"]), status("OK"));
        for n in 0..KEYS {
            reply(client, &["GET", &key(n)]);
        }
    }
    reply(
        &mut admin,
        &["CONFIG", "SET", "maxmemory-policy", "allkeys-random"],
    );
    let info = reply(&mut admin, &["INFO", "memory"]);
    let used: u64 = info
        .as_str()
        .and_then(|text| {
            text.lines()
                .find_map(|line| line.strip_prefix("used_memory:"))
        })
        .and_then(|bytes| bytes.trim().parse().ok())
        .expect("a figure");
    let limit = (used - 60 * 1400).to_string();
    reply(&mut admin, &["CONFIG", "SET", "maxmemory", &limit]);
    for _ in 0..50 {
        reply(&mut admin, &["PING"]);
    }
    let left = reply(&mut admin, &["DBSIZE"]).as_int().expect("a number");
    assert!(
        (KEYS / 2..KEYS).contains(&left),
        "{left} of {KEYS} are left"
    );
}
