//! MIGRATE between two servers: what arrives, what stays, what is told when
//! it goes wrong.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use resp::Reply;
use server::{Config, Handle};
use std::io::Write;
use std::net::{SocketAddr, TcpListener};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use wire::Wire;

/// A built-in server on a Unix socket and on TCP.
struct Running {
    _handle: Handle,
    port: String,
    wire: Wire,
    _dir: tempfile::TempDir,
}

fn start(password: Option<&str>) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let handle = server::start(Config {
        tcp: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
        unixsocket: Some(socket.clone()),
        requirepass: password.map(str::to_owned),
        allocator: Some(redis_lab::ALLOCATOR),
        ..Config::default()
    })
    .unwrap();
    let mut wire = Wire::connect(&socket);
    if let Some(password) = password {
        wire.call(&["AUTH", password]);
    }
    let Reply::Array(port) = reply(&mut wire, "CONFIG GET port") else {
        panic!("no port");
    };
    Running {
        port: port[1].as_str().unwrap().to_owned(),
        wire,
        _handle: handle,
        _dir: dir,
    }
}

fn reply(wire: &mut Wire, line: &str) -> Reply {
    let argv: Vec<&str> = line.split(' ').map(|arg| arg.trim_matches('"')).collect();
    wire.call(&argv).reply.expect("the connection is open")
}

impl Running {
    fn call(&mut self, line: &str) -> Reply {
        reply(&mut self.wire, line)
    }

    fn error(&mut self, line: &str) -> String {
        match self.call(line) {
            Reply::Error(text) => text,
            other => panic!("{line}: {other:?}"),
        }
    }
}

fn ok() -> Reply {
    Reply::Status("OK".into())
}

#[test]
fn keys_move_with_their_type_and_time_to_live() {
    let (mut from, mut to) = (start(None), start(None));
    from.call("SET text value PX 100000");
    from.call("RPUSH list a b c");
    from.call("XADD stream 1-1 f v");
    let port = to.port.clone();
    assert_eq!(
        from.call(&format!("MIGRATE 127.0.0.1 {port} text 9 5000")),
        ok()
    );
    assert_eq!(
        from.call(&format!(
            "MIGRATE 127.0.0.1 {port} \"\" 9 5000 KEYS list nokey stream"
        )),
        ok()
    );
    assert_eq!(from.call("DBSIZE"), Reply::Int(0));
    assert_eq!(to.call("DBSIZE"), Reply::Int(0));
    to.call("SELECT 9");
    assert_eq!(to.call("DBSIZE"), Reply::Int(3));
    let Reply::Int(ttl) = to.call("PTTL text") else {
        panic!("no time to live");
    };
    assert!((1..=100_000).contains(&ttl), "{ttl}");
    assert_eq!(to.call("LLEN list"), Reply::Int(3));
    assert_eq!(to.call("XLEN stream"), Reply::Int(1));
    let info = from.call("INFO stats");
    assert!(
        info.as_str()
            .unwrap()
            .contains("migrate_cached_sockets:1\r")
    );
}

#[test]
fn a_key_that_is_there_is_replaced_only_on_request() {
    let (mut from, mut to) = (start(None), start(None));
    for key in ["a", "b", "c"] {
        from.call(&format!("SET {key} new"));
    }
    to.call("SET b old");
    let port = to.port.clone();
    let line = format!("MIGRATE 127.0.0.1 {port} \"\" 0 5000 KEYS a b c");
    assert_eq!(
        from.error(&line),
        "ERR Target instance replied with error: BUSYKEY Target key name already exists."
    );
    // Those that were taken are gone, the other is not.
    assert_eq!(from.call("EXISTS a b c"), Reply::Int(1));
    assert_eq!(to.call("GET b"), Reply::Bulk(b"old".to_vec()));
    let line = format!("MIGRATE 127.0.0.1 {port} b 0 5000 COPY REPLACE");
    assert_eq!(from.call(&line), ok());
    assert_eq!(from.call("EXISTS b"), Reply::Int(1));
    assert_eq!(to.call("GET b"), Reply::Bulk(b"new".to_vec()));
}

#[test]
fn a_password_is_given_or_the_key_stays() {
    let (mut from, to) = (start(None), start(Some("secret")));
    from.call("SET a 1");
    from.call("SET b 1");
    let port = to.port.clone();
    let migrate = |rest: &str| format!("MIGRATE 127.0.0.1 {port} {rest}");
    let refused = from.error(&migrate("a 0 5000"));
    assert!(refused.contains("error: NOAUTH"), "{refused}");
    let refused = from.error(&migrate("a 0 5000 AUTH wrong"));
    assert!(refused.contains("error: WRONGPASS"), "{refused}");
    assert_eq!(from.call("EXISTS a"), Reply::Int(1));
    assert_eq!(from.call(&migrate("a 0 5000 AUTH secret")), ok());
    assert_eq!(from.call(&migrate("b 0 5000 AUTH2 default secret")), ok());
    assert_eq!(from.call("EXISTS a b"), Reply::Int(0));
}

#[test]
fn a_server_that_does_not_answer_is_given_up() {
    let mut from = start(None);
    from.call("SET a 1");
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    assert_eq!(
        from.error(&format!("MIGRATE 127.0.0.1 {port} a 0 50")),
        "IOERR error or timeout reading to target instance"
    );
    assert_eq!(from.call("EXISTS a"), Reply::Int(1));
}

#[test]
fn a_connection_that_was_closed_is_made_again() {
    let mut from = start(None);
    from.call("SET a 1");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let other = std::thread::spawn(move || {
        // The first connection is closed without an answer.
        drop(listener.accept().unwrap());
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"+OK\r\n+OK\r\n").unwrap();
        stream
    });
    assert_eq!(
        from.call(&format!("MIGRATE 127.0.0.1 {port} a 0 5000")),
        ok()
    );
    assert_eq!(from.call("EXISTS a"), Reply::Int(0));
    drop(other.join().unwrap());
}

/// A real server; it ends with this value.
struct Real {
    child: Child,
    port: u16,
    _dir: tempfile::TempDir,
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn real(program: &Path) -> Real {
    let dir = tempfile::tempdir().unwrap();
    // Whoever connects to a free port of loopback may meet himself: that the
    // server is up is seen at this socket.
    let socket = dir.path().join("s");
    let port = needs::free_port();
    let child = Command::new(program)
        .env("LC_ALL", "C")
        .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
        .args(["--save", "", "--unixsocket"])
        .arg(&socket)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let real = Real {
        child,
        port,
        _dir: dir,
    };
    let deadline = Instant::now() + Duration::from_secs(10);
    while UnixStream::connect(&socket).is_err() {
        assert!(Instant::now() < deadline, "redis-server does not answer");
        std::thread::yield_now();
    }
    real
}

#[test]
fn a_real_server_takes_the_keys() {
    // An older one does not read its payloads.
    let Some(program) = needs::fetched("MIGRATE to a real server", "redis-8.0") else {
        return;
    };
    let real = real(&program);
    let mut from = start(None);
    from.call("SADD set a b c");
    from.call("ZADD zset 1 a 2.5 b");
    from.call("HSET hash f v");
    from.call("HEXPIRE hash 100 FIELDS 1 f");
    let line = format!(
        "MIGRATE 127.0.0.1 {} \"\" 0 5000 KEYS set zset hash",
        real.port
    );
    assert_eq!(from.call(&line), ok());
    assert_eq!(from.call("DBSIZE"), Reply::Int(0));
    // And nothing arrives twice.
    from.call("SADD set a");
    let refused = from.error(&format!("MIGRATE 127.0.0.1 {} set 0 5000", real.port));
    assert!(refused.contains("BUSYKEY"), "{refused}");
}
