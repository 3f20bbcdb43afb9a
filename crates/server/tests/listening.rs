//! Where a server listens, changed while it runs, and whom it refuses.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

use redis_lab_server::{Config, Handle, start};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

/// Longer than any answer takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn serve() -> Handle {
    start(Config {
        tcp: Some(([127, 0, 0, 1], 0).into()),
        ..Config::default()
    })
    .expect("it starts")
}

fn addr(server: &Handle) -> SocketAddr {
    server.tcp_addr().expect("it listens")
}

/// A connection, by lines.
struct Client(BufReader<TcpStream>);

impl Client {
    fn to(addr: SocketAddr) -> Client {
        let stream = TcpStream::connect(addr).expect("somebody listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        Client(BufReader::new(stream))
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).expect("a line");
        line
    }

    fn ask(&mut self, command: &str) -> String {
        write!(self.0.get_mut(), "{command}\r\n").expect("it is open");
        self.line()
    }
}

/// A port that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("bound").port()
}

#[test]
fn the_port_can_be_changed_and_a_taken_one_cannot_be_had() {
    let server = serve();
    let before = addr(&server);
    let mut client = Client::to(before);
    // Somebody else may be faster.
    let port = (0..100).map(|_| free_port()).find(|port| {
        let reply = client.ask(&format!("CONFIG SET port {port}"));
        reply == "+OK\r\n"
    });
    let port = port.expect("a free port");
    assert_eq!(addr(&server).port(), port);
    assert!(TcpStream::connect(before).is_err());
    assert_eq!(Client::to(addr(&server)).ask("PING"), "+PONG\r\n");

    let held = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    let taken = held.local_addr().expect("bound").port();
    let refusal = "-ERR CONFIG SET failed (possibly related to argument 'port') - Unable to listen on this port. Check server logs.\r\n";
    assert_eq!(client.ask(&format!("CONFIG SET port {taken}")), refusal);
    assert_eq!(addr(&server).port(), port);
    assert_eq!(Client::to(addr(&server)).ask("PING"), "+PONG\r\n");

    assert_eq!(client.ask("CONFIG SET port 0"), "+OK\r\n");
    assert_eq!(server.tcp_addr(), None);
    assert!(TcpStream::connect(("127.0.0.1", port)).is_err());
    assert_eq!(client.ask(&format!("CONFIG SET port {port}")), "+OK\r\n");
    assert_eq!(Client::to(addr(&server)).ask("PING"), "+PONG\r\n");
}

#[test]
fn the_addresses_can_be_changed_and_wrong_ones_change_nothing() {
    let server = serve();
    let first = addr(&server);
    let mut client = Client::to(first);
    let refusal = "-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n";
    // The second is nobody's here (RFC 5737).
    for wrong in ["999.999.999.999", "192.0.2.1", "127.0.0.1 192.0.2.1"] {
        let reply = client.ask(&format!("CONFIG SET bind \"{wrong}\""));
        assert_eq!(reply, refusal, "{wrong}");
        assert_eq!(server.tcp_addr(), Some(first));
        assert_eq!(Client::to(first).ask("PING"), "+PONG\r\n");
    }
    // Every address covers the one that is open, and the other way round.
    for bind in ["* -::*", "127.0.0.1", "127.0.0.1 -192.0.2.1", "*"] {
        let reply = client.ask(&format!("CONFIG SET bind \"{bind}\""));
        assert_eq!(reply, "+OK\r\n", "{bind}");
        assert_eq!(Client::to(first).ask("PING"), "+PONG\r\n");
        assert_eq!(addr(&server).port(), first.port());
    }
    assert_eq!(client.ask("CONFIG SET bind \"\""), "+OK\r\n");
    assert!(TcpStream::connect(first).is_err());
    assert_eq!(server.tcp_addr(), None);
    // Who is there stays, and may open it again.
    assert_eq!(client.ask("CONFIG SET bind 127.0.0.1"), "+OK\r\n");
    assert_eq!(Client::to(first).ask("PING"), "+PONG\r\n");
}

/// An address of this machine that is not for itself alone, if there is one.
fn public() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    // Nothing is sent: the system only chooses the way.
    socket.connect("192.0.2.1:9").ok()?;
    let ip = socket.local_addr().ok()?.ip();
    (!ip.is_loopback()).then_some(ip)
}

#[test]
fn without_a_password_only_this_machine_is_served() {
    let Some(ip) = public() else {
        eprintln!("left out: this machine has no address but its own");
        return;
    };
    let server = serve();
    let mut client = Client::to(addr(&server));
    assert_eq!(client.ask("CONFIG SET bind *"), "+OK\r\n");
    let outside = SocketAddr::new(ip, addr(&server).port());
    let denied = || {
        Client::to(outside)
            .line()
            .starts_with("-DENIED Redis is running in protected mode")
    };
    assert!(denied());
    assert_eq!(client.ask("CONFIG SET requirepass s3cret"), "+OK\r\n");
    assert_eq!(Client::to(outside).ask("AUTH s3cret"), "+OK\r\n");
    assert_eq!(client.ask("CONFIG SET requirepass \"\""), "+OK\r\n");
    assert!(denied());
    assert_eq!(client.ask("CONFIG SET protected-mode no"), "+OK\r\n");
    assert_eq!(Client::to(outside).ask("PING"), "+PONG\r\n");
}

impl Client {
    /// What CLIENT LIST says of client 1.
    fn first_of_list(&mut self) -> String {
        let length = self.ask("CLIENT LIST ID 1");
        assert!(length.starts_with('$'), "{length}");
        let client = self.line();
        assert_eq!(self.line(), "\r\n");
        client
    }

    /// A reply of so many bytes.
    fn value(&mut self, length: usize) -> Vec<u8> {
        assert_eq!(self.line(), format!("${length}\r\n"));
        let mut value = vec![0; length + 2];
        self.0.read_exact(&mut value).expect("a value");
        value
    }
}

/// A number in a line of CLIENT LIST.
fn number(client: &str, name: &str) -> usize {
    let mut fields = client.split_whitespace();
    let value = fields.find_map(|field| field.strip_prefix(name)?.strip_prefix('='));
    value.expect("it is told").parse().expect("a number")
}

/// A subscriber that is always a bit behind would otherwise keep everything
/// that it was ever sent.
#[test]
fn what_has_been_sent_of_a_large_output_is_freed_while_the_rest_waits() {
    const VALUES: usize = 40;
    const MIB: usize = 1 << 20;
    let server = serve();
    let mut client = Client::to(addr(&server));
    assert_eq!(
        client.ask(&format!("SETRANGE k {} x", MIB - 1)),
        format!(":{MIB}\r\n")
    );
    assert_eq!(client.ask("CLIENT ID"), ":1\r\n");
    let requests: String = (0..VALUES)
        .map(|i| format!("GET k\r\nECHO {i}\r\n"))
        .collect();
    let stream = client.0.get_mut();
    stream.write_all(requests.as_bytes()).expect("it is open");
    let mut watcher = Client::to(addr(&server));
    let mut memory = || number(&watcher.first_of_list(), "tot-mem");
    let mut before = memory();
    let begun = Instant::now();
    while before < 20 * MIB && begun.elapsed() < PATIENCE {
        // It is still being executed.
        before = memory();
    }
    for i in 0..VALUES {
        if i == 30 {
            // What stands in the sockets' buffers is not counted.
            let after = memory();
            assert!(after < before.min(12 * MIB), "{after} of {before}");
        }
        let value = client.value(MIB);
        assert!(value.ends_with(b"\0x\r\n"));
        assert_eq!(client.line(), format!("${}\r\n", i.to_string().len()));
        assert_eq!(client.line(), format!("{i}\r\n"));
    }
}

#[test]
fn a_client_may_ask_for_itself_while_part_of_a_reply_is_sent() {
    const LENGTH: usize = 100_000;
    let server = serve();
    let mut client = Client::to(addr(&server));
    assert_eq!(
        client.ask(&format!("SETRANGE k {} x", LENGTH - 1)),
        format!(":{LENGTH}\r\n")
    );
    let mut watcher = Client::to(addr(&server));
    let mut asked = 0;
    // Until the sockets' buffers are full.
    while number(&watcher.first_of_list(), "oll") == 0 {
        let stream = client.0.get_mut();
        stream.write_all(b"GET k\r\n").expect("it is open");
        asked += 1;
        assert!(asked < 10_000, "everything was sent");
    }
    let stream = client.0.get_mut();
    stream
        .write_all(b"CLIENT LIST ID 1\r\n")
        .expect("it is open");
    for _ in 0..asked {
        assert!(client.value(LENGTH).ends_with(b"\0x\r\n"));
    }
    assert!(client.line().starts_with('$'));
    let itself = client.line();
    assert!(number(&itself, "oll") < 1000, "{itself}");
}

#[test]
fn who_sends_no_more_still_gets_the_replies() {
    let server = serve();
    for count in [1, 2000] {
        for _ in 0..20 {
            let mut stream = TcpStream::connect(addr(&server)).expect("it listens");
            stream.set_read_timeout(Some(PATIENCE)).expect("a time");
            stream.write_all(&b"PING\r\n".repeat(count)).expect("open");
            stream.shutdown(Shutdown::Write).expect("half closed");
            let mut replies = String::new();
            stream.read_to_string(&mut replies).expect("an end");
            assert_eq!(replies, "+PONG\r\n".repeat(count));
        }
    }
}

#[test]
fn what_multi_has_queued_counts_as_input_that_is_not_executed() {
    let server = serve();
    let mut client = Client::to(addr(&server));
    client.ask("CONFIG SET client-query-buffer-limit 1mb");
    let value = "x".repeat(600_000);
    assert_eq!(client.ask("MULTI"), "+OK\r\n");
    let set = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${}\r\n{value}", value.len());
    assert_eq!(client.ask(&set), "+QUEUED\r\n");
    // Enough would be left for a queue that was executed.
    assert_eq!(client.ask("EXEC"), "*1\r\n");
    assert_eq!(client.line(), "+OK\r\n");
    assert_eq!(client.ask("MULTI"), "+OK\r\n");
    assert_eq!(client.ask(&set), "+QUEUED\r\n");
    let stream = client.0.get_mut();
    // It is closed before all has been sent.
    let _ = stream.write_all(set.as_bytes());
    let mut rest = Vec::new();
    let read = stream.read_to_end(&mut rest);
    assert!(read.is_err() || rest.is_empty());
}

#[test]
fn monitor_names_the_socket_of_who_came_over_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("s");
    let _server = start(Config {
        unixsocket: Some(path.clone()),
        ..Config::default()
    })
    .expect("it starts");
    let connect = || {
        let stream = UnixStream::connect(&path).expect("it listens");
        stream.set_read_timeout(Some(PATIENCE)).expect("a time");
        BufReader::new(stream)
    };
    let (mut watcher, mut other) = (connect(), connect());
    let ask = |client: &mut BufReader<UnixStream>, command: &str| {
        client
            .get_mut()
            .write_all(command.as_bytes())
            .expect("open");
        let mut line = String::new();
        client.read_line(&mut line).expect("a line");
        line
    };
    assert_eq!(ask(&mut watcher, "MONITOR\r\n"), "+OK\r\n");
    assert_eq!(ask(&mut other, "PING\r\n"), "+PONG\r\n");
    let shown = ask(&mut watcher, "");
    let wanted = format!(" [0 unix:{}] \"PING\"\r\n", path.display());
    assert!(shown.ends_with(&wanted), "{shown}");
}
