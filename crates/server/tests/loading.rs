//! Who connects while a server reads its files is told so, and served what
//! needs no data.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

use redis_lab_server::{Config, Handle, start};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

const KEYS: usize = 3000;

/// Reads so slowly that all would take longer than the patience.
const SLOWLY: [(&str, &str); 2] = [
    ("key-load-delay", "10000"),
    ("loading-process-events-interval-bytes", "1024"),
];

const LOADING: &str = "-LOADING Redis is loading the dataset in memory";

fn config(dir: &Path, parameters: &[(&str, &str)]) -> Config {
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    Config {
        unixsocket: Some(dir.join("s")),
        dir: Some(dir.to_owned()),
        parameters: parameters.iter().map(own).collect(),
        debug_commands: true,
        ..Config::default()
    }
}

/// A directory with data in a snapshot, or in an append-only file.
fn filled(parameters: &[(&str, &str)]) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a directory");
    let server = start(config(dir.path(), parameters)).expect("it starts");
    let mut client = Client::of(dir.path());
    for i in 0..KEYS {
        assert_eq!(client.ask(&format!("SET key:{i} {i:01000}")), "+OK");
    }
    assert_eq!(client.ask("SAVE"), "+OK");
    server.shutdown();
    dir
}

/// Starts a server that reads slowly what is there.
fn start_slowly(dir: &Path, parameters: &[(&str, &str)]) -> JoinHandle<io::Result<Handle>> {
    let config = config(dir, &[parameters, &SLOWLY].concat());
    std::thread::spawn(move || start(config))
}

/// Has it read the rest at once, and waits for it.
fn hurry(client: &mut Client, starting: JoinHandle<io::Result<Handle>>) -> Handle {
    assert_eq!(client.ask("CONFIG SET key-load-delay 0"), "+OK");
    let started = starting.join().expect("no panic");
    started.expect("it starts")
}

/// A connection, by lines.
struct Client(BufReader<UnixStream>);

impl Client {
    /// As soon as somebody listens.
    fn of(dir: &Path) -> Client {
        let begun = Instant::now();
        let stream = loop {
            match UnixStream::connect(dir.join("s")) {
                Ok(stream) => break stream,
                Err(error) => assert!(begun.elapsed() < PATIENCE, "{error}"),
            }
        };
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Client(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line.trim_end().to_owned()
    }

    fn ask(&mut self, command: &str) -> String {
        write!(self.0.get_mut(), "{command}\r\n").expect("it is open");
        self.line()
    }

    /// The fields of INFO.
    fn info(&mut self) -> Vec<(String, String)> {
        let head = self.ask("INFO everything");
        let len: usize = head[1..].parse().expect("a length");
        let mut text = vec![0; len + 2];
        self.0.read_exact(&mut text).expect("all of it");
        let text = String::from_utf8(text).expect("UTF-8");
        let fields = text.lines().filter_map(|line| line.split_once(':'));
        fields.map(|(k, v)| (k.into(), v.into())).collect()
    }
}

fn field<'a>(info: &'a [(String, String)], name: &str) -> &'a str {
    let found = info.iter().find(|(key, _)| key == name);
    found.map_or("", |(_, value)| value)
}

fn number(info: &[(String, String)], name: &str) -> u64 {
    field(info, name).parse().expect("a number")
}

#[test]
fn who_asks_for_data_is_told_that_they_are_being_read() {
    let dir = filled(&[]);
    let starting = start_slowly(dir.path(), &[]);
    let mut client = Client::of(dir.path());
    for command in [
        "PING",
        "GET key:1",
        "DBSIZE",
        "SAVE",
        "EVAL 'return 1' 0",
        "CONFIG SET maxmemory 0 dir /",
    ] {
        assert_eq!(client.ask(command), LOADING, "{command}");
    }
    let reading = "-ERR the files are still being read";
    assert_eq!(client.ask("DEBUG RELOAD"), reading);
    assert_eq!(client.ask("MULTI"), "+OK");
    assert_eq!(client.ask("SET key:1 new"), LOADING);
    let aborted = "-EXECABORT Transaction discarded because of previous errors.";
    assert_eq!(client.ask("EXEC"), aborted);
    let mut gone = Client::of(dir.path());
    assert_eq!(gone.ask("CLIENT SETNAME gone"), "+OK");
    drop(gone);

    let mut info = client.info();
    let begun = Instant::now();
    while field(&info, "connected_clients") != "1" {
        assert!(begun.elapsed() < PATIENCE, "{info:?}");
        info = client.info();
    }
    assert_eq!(field(&info, "loading"), "1");
    let (read, total) = (
        number(&info, "loading_loaded_bytes"),
        number(&info, "loading_total_bytes"),
    );
    assert!(0 < read && read < total, "{info:?}");
    let file = std::fs::metadata(dir.path().join("dump.rdb")).expect("a snapshot");
    assert_eq!(total, file.len());

    let server = hurry(&mut client, starting);
    assert_eq!(server.kept().keys, KEYS);
    assert_eq!(client.ask("DBSIZE"), format!(":{KEYS}"));
    let info = client.info();
    assert_eq!(field(&info, "loading"), "0");
    assert_eq!(field(&info, "loading_loaded_bytes"), "");
    // What was refused then is not forgotten.
    assert_eq!(field(&info, "errorstat_LOADING"), "count=7");
    assert_eq!(field(&info, "total_connections_received"), "2");
}

#[test]
fn shutdown_ends_the_reading_and_leaves_the_files_as_they_are() {
    let dir = filled(&[]);
    let file = dir.path().join("dump.rdb");
    let before = std::fs::read(&file).expect("a snapshot");
    let starting = start_slowly(dir.path(), &[]);
    let mut client = Client::of(dir.path());
    assert_eq!(client.ask("SHUTDOWN SAVE"), "");
    let error = starting.join().expect("no panic").map(drop);
    let error = error.expect_err("it has stopped");
    assert_eq!(error.kind(), io::ErrorKind::Interrupted);
    assert_eq!(std::fs::read(&file).expect("a snapshot"), before);
}

#[test]
fn the_append_only_file_is_read_by_nobody_whom_others_see() {
    let dir = filled(&[("appendonly", "yes"), ("save", "")]);
    let starting = start_slowly(dir.path(), &[("appendonly", "yes")]);
    let mut client = Client::of(dir.path());
    assert_eq!(client.ask("GET key:1"), LOADING);
    let info = client.info();
    assert_eq!(field(&info, "loading"), "1");
    assert_eq!(field(&info, "connected_clients"), "1");
    assert_eq!(field(&info, "cmdstat_set"), "");
    let list = client.ask("CLIENT LIST");
    let mut line = vec![0; list[1..].parse::<usize>().expect("a length") + 2];
    client.0.read_exact(&mut line).expect("all of it");
    assert!(line.starts_with(b"id=1 "), "{list}");
    assert_eq!(client.ask("MONITOR"), "+OK");

    let mut other = Client::of(dir.path());
    let server = hurry(&mut other, starting);
    assert_eq!(server.kept().keys, KEYS);
    assert_eq!(other.ask("SET key:1 new"), "+OK");
    // Of all that was executed, what came when all was read.
    assert!(client.line().contains("\"SET\" \"key:1\" \"new\""));
    drop(server);
    let server = start(config(dir.path(), &[("appendonly", "yes")])).expect("it starts");
    assert_eq!(server.kept().keys, KEYS);
    let mut client = Client::of(dir.path());
    assert_eq!(client.ask("GET key:1"), "$3");
}

#[test]
fn what_clients_set_meanwhile_does_not_end_the_reading() {
    let dir = filled(&[("appendonly", "yes"), ("save", "")]);
    // Nor does what was set before.
    let parameters = [("appendonly", "yes"), ("min-replicas-to-write", "1")];
    let starting = start_slowly(dir.path(), &parameters);
    let mut client = Client::of(dir.path());
    for command in [
        "CLIENT PAUSE 100000 WRITE",
        "ACL SETUSER default -set",
        "CONFIG SET maxmemory 1mb",
        "CONFIG SET maxclients 1",
        "CONFIG SET requirepass secret",
    ] {
        assert_eq!(client.ask(command), "+OK", "{command}");
    }
    let server = hurry(&mut client, starting);
    assert_eq!(server.kept().keys, KEYS);
    assert_eq!(client.ask("CLIENT UNPAUSE"), "+OK");
    assert_eq!(client.ask("ACL SETUSER default +set"), "+OK");
    let refusal = "-NOREPLICAS Not enough good replicas to write.";
    assert_eq!(client.ask("SET key:1 new"), refusal);
}

#[test]
fn the_append_only_file_is_turned_on_or_off_when_all_is_read() {
    let dir = filled(&[]);
    let starting = start_slowly(dir.path(), &[]);
    let mut client = Client::of(dir.path());
    assert_eq!(client.ask("CONFIG SET appendonly yes"), "+OK");
    let server = hurry(&mut client, starting);
    assert_eq!(client.ask("SET more 1"), "+OK");
    server.shutdown();

    let starting = start_slowly(dir.path(), &[("appendonly", "yes")]);
    let mut client = Client::of(dir.path());
    assert_eq!(client.ask("CONFIG SET appendonly no"), "+OK");
    let server = hurry(&mut client, starting);
    assert_eq!(server.kept().keys, KEYS + 1);
    assert_eq!(field(&client.info(), "aof_enabled"), "0");
    assert_eq!(client.ask("SET not-kept 1"), "+OK");
    server.shutdown();

    let server = start(config(dir.path(), &[("appendonly", "yes")])).expect("it starts");
    assert_eq!(server.kept().keys, KEYS + 1);
}
