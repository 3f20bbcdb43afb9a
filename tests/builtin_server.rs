//! The built-in server under rough treatment: many connections, stalled and
//! slow clients, limits of memory and size, passwords.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use resp::Reply;
use server::{Config, Handle};
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use wire::Wire;

/// A server with a socket in a directory of its own.
struct Running {
    _handle: Handle,
    socket: PathBuf,
    _dir: tempfile::TempDir,
}

fn start(configure: impl FnOnce(&mut Config)) -> Running {
    let dir = tempfile::tempdir().unwrap();
    let socket = dir.path().join("s");
    let mut config = Config {
        unixsocket: Some(socket.clone()),
        allocator: Some(redis_lab::ALLOCATOR),
        ..Config::default()
    };
    configure(&mut config);
    Running {
        _handle: server::start(config).unwrap(),
        socket,
        _dir: dir,
    }
}

impl Running {
    fn connect(&self) -> Wire {
        Wire::connect(&self.socket)
    }
}

fn reply<A: AsRef<[u8]>>(wire: &mut Wire, argv: &[A]) -> Reply {
    wire.call(argv).reply.expect("the connection is open")
}

fn status(text: &str) -> Reply {
    Reply::Status(text.into())
}

#[test]
fn ten_thousand_connections_come_and_go() {
    let server = start(|_| {});
    for _ in 0..10_000 {
        let mut wire = server.connect();
        assert_eq!(reply(&mut wire, &["PING"]), status("PONG"));
    }
    let mut wire = server.connect();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let info = reply(&mut wire, &["INFO", "clients"]);
        if info
            .as_str()
            .is_some_and(|text| text.contains("connected_clients:1\r"))
        {
            break;
        }
        assert!(Instant::now() < deadline, "closed clients stay: {info:?}");
    }
}

/// A figure of INFO; `None` when it is not shown.
fn figure(wire: &mut Wire, section: &str, name: &str) -> Option<u64> {
    let info = reply(wire, &["INFO", section]);
    let mut lines = info.as_str().expect("a text").lines();
    let figure = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    figure.map(|figure| figure.parse().expect("a number"))
}

#[test]
fn the_turns_of_the_event_loop_are_counted() {
    let server = start(|_| {});
    let mut wire = server.connect();
    let cycles = |wire: &mut Wire| figure(wire, "stats", "eventloop_cycles").expect("shown");
    let before = cycles(&mut wire);
    assert_eq!(reply(&mut wire, &["PING"]), status("PONG"));
    assert!(cycles(&mut wire) >= before + 2);
    for name in ["eventloop_duration_sum", "total_reads_processed"] {
        assert!(
            figure(&mut wire, "stats", name).expect("shown") > 0,
            "{name}"
        );
    }
    // In this section alone.
    let hidden = "eventloop_cmd_per_cycle_max";
    assert_eq!(figure(&mut wire, "all", hidden), None);
    assert_eq!(figure(&mut wire, "debug", hidden), Some(1));
    wire.send_raw(&b"PING\r\n".repeat(7));
    for _ in 0..7 {
        wire.receive();
    }
    assert_eq!(figure(&mut wire, "debug", hidden), Some(7));
    // What is asked counts, too, once the first tenth of a second is over.
    let deadline = Instant::now() + Duration::from_secs(10);
    for name in [
        "instantaneous_ops_per_sec",
        "instantaneous_eventloop_cycles_per_sec",
        "instantaneous_eventloop_duration_usec",
    ] {
        while figure(&mut wire, "stats", name).expect("shown") == 0 {
            assert!(Instant::now() < deadline, "{name}");
        }
    }
    reply(&mut wire, &["CONFIG", "RESETSTAT"]);
    assert_eq!(
        figure(&mut wire, "stats", "instantaneous_ops_per_sec"),
        Some(0)
    );
}

/// What is pushed after a waiting client has gone is for those who come later.
#[test]
fn nothing_is_given_to_a_client_that_has_hung_up() {
    let server = start(|_| {});
    let mut other = server.connect();
    for _ in 0..300 {
        let mut waiting = server.connect();
        waiting.send(&["BLPOP", "tasks", "0"]);
        let deadline = Instant::now() + Duration::from_secs(10);
        while !reply(&mut other, &["INFO", "clients"])
            .as_str()
            .is_some_and(|text| text.contains("blocked_clients:1\r"))
        {
            assert!(Instant::now() < deadline, "it never waits");
        }
        drop(waiting);
        assert_eq!(
            reply(&mut other, &["RPUSH", "tasks", "iron"]),
            Reply::Int(1)
        );
        assert_eq!(
            reply(&mut other, &["LPOP", "tasks"]),
            Reply::Bulk(b"iron".to_vec())
        );
    }
}

/// More than one turn of the event loop reads, all of it already there: no
/// further event announces it.
#[test]
fn what_came_while_the_server_was_busy_is_read_to_its_end() {
    let server = start(|config| {
        config.tcp = Some(std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
        config.debug_commands = true;
    });
    let mut wire = server.connect();
    let Reply::Array(port) = reply(&mut wire, &["CONFIG", "GET", "port"]) else {
        panic!("no port");
    };
    let port: u16 = port[1].as_str().unwrap().parse().unwrap();
    let mut large = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    large.write_all(b"PING\r\n").unwrap();
    let mut pong = [0; 7];
    large.read_exact(&mut pong).unwrap();
    wire.send(&["DEBUG", "SLEEP", "0.2"]);
    let len = 2_500_000;
    let mut request = format!("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n${len}\r\n").into_bytes();
    request.resize(request.len() + len, b'v');
    request.extend_from_slice(b"\r\n");
    large.write_all(&request).unwrap();
    large
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    let mut answer = [0; 5];
    large.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"+OK\r\n");
}

/// A client whose unfinished command is larger than `maxmemory-clients` is
/// closed, unless it is told apart.
#[test]
fn the_largest_client_is_closed_when_clients_take_too_much() {
    let server = start(|_| {});
    let mut wire = server.connect();
    let limit = ["CONFIG", "SET", "maxmemory-clients", "1mb"];
    assert_eq!(reply(&mut wire, &limit), status("OK"));
    let mut spared = server.connect();
    assert_eq!(
        reply(&mut spared, &["CLIENT", "NO-EVICT", "ON"]),
        status("OK")
    );
    let mut large = server.connect();
    assert_eq!(reply(&mut large, &["PING"]), status("PONG"));
    let mut request = b"*2\r\n$3\r\nGET\r\n$2000000\r\n".to_vec();
    request.resize(request.len() + 1_500_000, b'k');
    large.send_raw(&request);
    assert_eq!(large.receive().reply, None);
    let info = reply(&mut wire, &["INFO", "stats"]);
    assert!(info.as_str().unwrap().contains("evicted_clients:1\r"));
    spared.send_raw(&request);
    spared.send_raw(&vec![b'k'; 500_000]);
    spared.send_raw(b"\r\n");
    assert_eq!(spared.receive().reply, Some(Reply::Nil));
}

#[test]
fn half_a_frame_keeps_nobody_else_waiting() {
    let server = start(|_| {});
    let mut stalled = server.connect();
    stalled.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$10\r\nhalf");
    let mut other = server.connect();
    assert_eq!(reply(&mut other, &["GET", "k"]), Reply::Nil);
    stalled.send_raw(b"+other\r\n");
    assert_eq!(stalled.receive().reply, Some(status("OK")));
    assert_eq!(
        reply(&mut other, &["GET", "k"]),
        Reply::Bulk(b"half+other".to_vec())
    );
}

#[test]
fn garbage_closes_one_connection_and_no_other() {
    let server = start(|_| {});
    let mut good = server.connect();
    let mut state = 7_u64;
    for _ in 0..200 {
        let mut wire = server.connect();
        let bytes: Vec<u8> = (0..300)
            .map(|_| {
                state = state
                    .wrapping_mul(6_364_136_223_846_793_005)
                    .wrapping_add(1);
                const ALPHABET: &[u8] = b"*$\r\n0123-+:{}\"'\x00\xffabc";
                ALPHABET[(state >> 33) as usize % ALPHABET.len()]
            })
            .collect();
        wire.send_raw(&bytes);
    }
    assert_eq!(reply(&mut good, &["PING"]), status("PONG"));
}

#[test]
fn large_values_are_stored_and_larger_ones_refused() {
    let server = start(|_| {});
    let mut wire = server.connect();
    let large = vec![b'x'; 64 * 1024 * 1024];
    assert_eq!(reply(&mut wire, &[b"SET", &b"k"[..], &large]), status("OK"));
    assert_eq!(
        reply(&mut wire, &["STRLEN", "k"]),
        Reply::Int(large.len() as i64)
    );
    assert_eq!(reply(&mut wire, &["GET", "k"]), Reply::Bulk(large));
    let refused = reply(&mut wire, &["SETRANGE", "k", "536870912", "x"]);
    assert_eq!(refused.error_code(), Some("ERR"));
    wire.send_raw(b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$536870913\r\n");
    assert_eq!(
        wire.receive().reply,
        Some(Reply::Error(
            "ERR Protocol error: invalid bulk length".into()
        ))
    );
    assert_eq!(wire.receive().reply, None);
}

#[test]
fn a_string_may_have_512_megabytes_and_no_byte_more() {
    let server = start(|_| {});
    let mut wire = server.connect();
    assert_eq!(
        reply(&mut wire, &["SETBIT", "k", "4294967295", "1"]),
        Reply::Int(0)
    );
    assert_eq!(reply(&mut wire, &["STRLEN", "k"]), Reply::Int(536_870_912));
    let refused =
        Reply::Error("ERR string exceeds maximum allowed size (proto-max-bulk-len)".into());
    assert_eq!(reply(&mut wire, &["APPEND", "k", "x"]), refused);
    assert_eq!(
        reply(&mut wire, &["SETRANGE", "k", "536870912", "x"]),
        refused
    );
    assert_eq!(
        reply(&mut wire, &["SETBIT", "k", "4294967296", "1"]),
        Reply::Error("ERR bit offset is not an integer or out of range".into())
    );
    assert_eq!(
        reply(&mut wire, &["GETRANGE", "k", "-1", "-1"]),
        Reply::Bulk(vec![1])
    );
    assert_eq!(reply(&mut wire, &["DEL", "k"]), Reply::Int(1));
}

#[test]
fn a_subscriber_that_does_not_read_is_cut_off() {
    let server = start(|_| {});
    let mut slow = UnixStream::connect(&server.socket).unwrap();
    slow.write_all(b"SUBSCRIBE news\r\n").unwrap();
    let mut confirmation = [0; 33];
    slow.read_exact(&mut confirmation).unwrap();
    let mut wire = server.connect();
    let message = vec![b'm'; 1024 * 1024];
    // The limit for subscribers is 32 MB.
    let receivers: Vec<Reply> = (0..40)
        .map(|_| reply(&mut wire, &[b"PUBLISH", &b"news"[..], &message]))
        .collect();
    assert_eq!(receivers[0], Reply::Int(1));
    assert_eq!(receivers[39], Reply::Int(0));
}

/// A limit holds before the reply is sent, not only when it cannot be.
#[test]
fn a_reply_over_the_limit_is_not_sent() {
    let server = start(|_| {});
    let mut wire = server.connect();
    let value = vec![b'v'; 200_000];
    reply(&mut wire, &[&b"SET"[..], b"large", &value]);
    let limits = "normal 100000 0 0";
    let set = ["CONFIG", "SET", "client-output-buffer-limit", limits];
    assert_eq!(reply(&mut wire, &set), status("OK"));
    assert_eq!(wire.call(&["GET", "large"]).reply, None);
    let mut wire = server.connect();
    let range = reply(&mut wire, &["GETRANGE", "large", "0", "49999"]);
    assert!(!range.is_error());
    let info = reply(&mut wire, &["INFO", "stats"]);
    let counted = "client_output_buffer_limit_disconnections:1";
    assert!(info.as_str().is_some_and(|text| text.contains(counted)));
}

/// A request over the limit is not executed, though it be complete.
#[test]
fn a_request_over_the_limit_is_not_executed() {
    let server = start(|_| {});
    let mut wire = server.connect();
    reply(
        &mut wire,
        &["CONFIG", "SET", "client-query-buffer-limit", "1048576"],
    );
    let value = vec![b'v'; 1_048_576];
    assert_eq!(wire.call(&[&b"SET"[..], b"k", &value]).reply, None);
    let mut wire = server.connect();
    assert_eq!(reply(&mut wire, &["EXISTS", "k"]), Reply::Int(0));
    let info = reply(&mut wire, &["INFO", "stats"]);
    let counted = "client_query_buffer_limit_disconnections:1";
    assert!(info.as_str().is_some_and(|text| text.contains(counted)));
}

/// Who has not logged in can make the server keep little.
#[test]
fn a_client_that_has_not_logged_in_is_cut_off_early() {
    let server = start(|config| config.requirepass = Some("s3cret".into()));
    let mut wire = server.connect();
    wire.send_raw(&b"*1\r\n$4\r\nPING\r\n".repeat(2_000));
    let mut replies = 0;
    while wire.receive().reply.is_some() {
        replies += 1;
    }
    assert!(replies < 2_000);
}

/// What waits to be sent to a client is told in CLIENT LIST.
#[test]
fn unsent_output_is_listed() {
    let server = start(|_| {});
    let mut slow = server.connect();
    slow.call(&["CLIENT", "SETNAME", "slow"]);
    let mut wire = server.connect();
    let value = vec![b'v'; 4_000_000];
    reply(&mut wire, &[&b"SET"[..], b"large", &value]);
    slow.send(&["GET", "large"]);
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let list = reply(&mut wire, &["CLIENT", "LIST"]);
        let list = list.as_str().expect("text").to_owned();
        let slow = list.lines().find(|line| line.contains("name=slow"));
        let figure = |name: &str| -> usize {
            let words = slow.expect("it is connected").split(' ');
            let found = words.filter_map(|word| word.strip_prefix(name)).next();
            found.and_then(|number| number.parse().ok()).expect(name)
        };
        if figure("omem=") > 1_000_000 {
            assert_eq!(figure("obl="), 16_384);
            assert!(figure("omem=") / 17_000 < figure("oll="));
            break;
        }
        assert!(Instant::now() < deadline, "{list}");
    }
}

#[test]
fn an_unblocked_client_is_counted_and_select_is_shown_where_it_leads() {
    let server = start(|_| {});
    let (mut waiting, mut wire) = (server.connect(), server.connect());
    let id = reply(&mut waiting, &["CLIENT", "ID"])
        .as_int()
        .expect("a number");
    // Only the one that is told so has failed.
    for (how, is_error) in [("TIMEOUT", false), ("ERROR", true)] {
        reply(&mut wire, &["CONFIG", "RESETSTAT"]);
        waiting.send(&["BLPOP", "nothing", "0"]);
        let unblock = ["CLIENT", "UNBLOCK", &id.to_string(), how];
        while reply(&mut wire, &unblock) == Reply::Int(0) {}
        let told = waiting.receive().reply.expect("a reply");
        assert_eq!(told.is_error(), is_error, "{told:?}");
        let stats = reply(&mut wire, &["INFO", "commandstats"]);
        let blpop = stats.as_str().and_then(|text| {
            text.lines()
                .find(|line| line.starts_with("cmdstat_blpop:calls=1,"))
        });
        let failed = format!("failed_calls={}", u8::from(is_error));
        assert!(
            blpop.is_some_and(|line| line.ends_with(&failed)),
            "{blpop:?}"
        );
    }
    let info = reply(&mut wire, &["INFO", "errorstats"]);
    let counted = "errorstat_UNBLOCKED:count=1";
    assert!(info.as_str().is_some_and(|text| text.contains(counted)));
    assert_eq!(reply(&mut waiting, &["MONITOR"]), status("OK"));
    reply(&mut wire, &["SELECT", "3"]);
    let shown = waiting.receive().reply.expect("a line");
    assert!(
        shown
            .as_str()
            .is_some_and(|line| line.contains("[3 ") && line.contains("SELECT")),
        "{shown:?}"
    );
}

/// What clients' suites read of MEMORY STATS.
#[test]
fn memory_is_told_in_redis_own_words() {
    let server = start(|_| {});
    let mut wire = server.connect();
    for n in 0..1000 {
        reply(&mut wire, &["SET", &format!("key:{n}"), &"v".repeat(100)]);
    }
    let Reply::Array(told) = reply(&mut wire, &["MEMORY", "STATS"]) else {
        panic!("RESP2 has no maps");
    };
    let figure = |name: &str| {
        let at = told
            .iter()
            .step_by(2)
            .position(|own| own.as_str() == Some(name));
        told[at.unwrap_or_else(|| panic!("no {name}")) * 2 + 1].clone()
    };
    let number = |name: &str| figure(name).as_int().expect("a number");
    assert_eq!(number("keys.count"), 1000);
    let (total, dataset) = (number("total.allocated"), number("dataset.bytes"));
    assert!(number("startup.allocated") <= total && total <= number("peak.allocated"));
    assert_eq!(total - number("overhead.total"), dataset);
    assert!(matches!(figure("db.0"), Reply::Array(tables) if tables.len() == 4));
    for percent in ["dataset.percentage", "peak.percentage"] {
        let value: f64 = figure(percent)
            .as_str()
            .expect("text")
            .parse()
            .expect("a number");
        assert!((0.0..=100.0).contains(&value), "{percent} is {value}");
    }
    for name in [
        "fragmentation",
        "allocator.resident",
        "clients.normal",
        "aof.buffer",
    ] {
        figure(name);
    }
}

#[test]
fn maxmemory_refuses_what_would_grow() {
    let server = start(|config| config.maxmemory = Some(1));
    let mut wire = server.connect();
    assert_eq!(
        reply(&mut wire, &["SET", "k", "v"]),
        Reply::Error("OOM command not allowed when used memory > 'maxmemory'.".into())
    );
    assert_eq!(reply(&mut wire, &["GET", "k"]), Reply::Nil);
    assert_eq!(reply(&mut wire, &["DEL", "k"]), Reply::Int(0));
}

#[test]
fn refused_logins_are_logged() {
    let server = start(|config| config.requirepass = Some("s3cret".into()));
    let mut wire = server.connect();
    reply(&mut wire, &["AUTH", "wrong"]);
    reply(&mut wire, &["AUTH", "worse"]);
    reply(&mut wire, &["AUTH", "ala", "wrong"]);
    reply(&mut wire, &["AUTH", "s3cret"]);
    let Reply::Array(entries) = reply(&mut wire, &["ACL", "LOG"]) else {
        panic!("ACL LOG is a list");
    };
    let shown: Vec<String> = entries
        .iter()
        .map(|entry| {
            let Reply::Array(fields) = entry else {
                panic!("an entry is a list of fields");
            };
            let text = |at: usize| match &fields[at] {
                Reply::Int(n) => n.to_string(),
                other => other.as_str().unwrap_or_default().to_owned(),
            };
            assert!(text(13).contains("cmd=auth"), "{entry:?}");
            [1, 3, 5, 7, 9].map(text).join(" ")
        })
        .collect();
    assert_eq!(
        shown,
        ["1 auth toplevel AUTH ala", "2 auth toplevel AUTH default"]
    );
}

#[test]
fn a_password_is_asked_for() {
    let server = start(|config| config.requirepass = Some("s3cret".into()));
    let mut wire = server.connect();
    assert_eq!(
        reply(&mut wire, &["GET", "k"]),
        Reply::Error("NOAUTH Authentication required.".into())
    );
    assert_eq!(
        reply(&mut wire, &["AUTH", "wrong"]),
        Reply::Error("WRONGPASS invalid username-password pair or user is disabled.".into())
    );
    assert_eq!(reply(&mut wire, &["AUTH", "s3cret"]), status("OK"));
    assert_eq!(reply(&mut wire, &["GET", "k"]), Reply::Nil);
    let mut wire = server.connect();
    wire.send_raw(b"*11\r\n");
    assert_eq!(
        wire.receive().reply,
        Some(Reply::Error(
            "ERR Protocol error: unauthenticated multibulk length".into()
        ))
    );
}

#[test]
fn shutdown_ends_it_and_removes_the_socket() {
    let server = start(|_| {});
    let mut wire = server.connect();
    wire.send(&["SHUTDOWN", "NOSAVE"]);
    assert_eq!(wire.receive().reply, None);
    let deadline = Instant::now() + Duration::from_secs(10);
    while server.socket.exists() {
        assert!(Instant::now() < deadline, "the socket file stays");
        std::thread::yield_now();
    }
}

/// Scripts and functions are known by the thousand; of those that only EVAL has
/// made known, the 500 used last.
#[test]
fn there_may_be_any_number_of_scripts_and_functions() {
    const MANY: usize = 8_100;
    let server = start(|_| {});
    let mut wire = server.connect();
    for n in 0..MANY {
        let text = format!("return {n}");
        assert_eq!(
            reply(&mut wire, &["EVAL", &text, "0"]),
            Reply::Int(n as i64)
        );
        // This one is used again and again.
        assert_eq!(
            reply(&mut wire, &["EVAL", "return 'kept'", "0"]).as_str(),
            Some("kept")
        );
        let text = format!("return {n} + 1");
        assert!(!reply(&mut wire, &["SCRIPT", "LOAD", &text]).is_error());
        let library =
            format!("#!lua name=l{n}\nredis.register_function('f{n}', function() return {n} end)");
        let loaded = reply(&mut wire, &["FUNCTION", "LOAD", &library]);
        assert!(!loaded.is_error(), "{loaded:?}");
    }
    for n in [0, MANY - 1] {
        let called = reply(&mut wire, &["FCALL", &format!("f{n}"), "0"]);
        assert_eq!(called, Reply::Int(n as i64));
        let text = format!("return {n} + 1");
        assert_eq!(
            reply(&mut wire, &["EVAL", &text, "0"]),
            Reply::Int(n as i64 + 1)
        );
    }
    let info = reply(&mut wire, &["INFO", "everything"]);
    let info = info.as_str().expect("text");
    for figure in [
        "number_of_cached_scripts:8600\r",
        "number_of_functions:8100\r",
        "evicted_scripts:7601\r",
    ] {
        assert!(info.contains(figure), "{figure}");
    }
}
