//! The server as somebody uses it who moves the bytes himself.
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

use redis_lab_server::{Config, Files, Log, Server, TooManyClients};
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::io::{self, BufRead};
use std::rc::Rc;
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
fn who_waits_is_served_by_the_rules_of_the_moment() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    ask(&mut server, two, "ACL SETUSER ala on nopass +@all ~*");
    ask(&mut server, one, "AUTH ala x");
    assert_eq!(ask(&mut server, one, "BLPOP l 0"), "");
    ask(&mut server, two, "ACL SETUSER ala resetkeys");
    assert_eq!(ask(&mut server, two, "LPUSH l x"), ":1\r\n");
    let reply = output(&mut server, one);
    assert!(reply.starts_with("-NOPERM "), "{reply}");
    assert_eq!(ask(&mut server, two, "LLEN l"), ":1\r\n");
}

#[cfg(feature = "mlua")]
#[test]
fn nobody_is_served_from_a_key_that_expired_while_it_was_made() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    server.feed(one, b"BLPOP l 0\r\n");
    // Time stands still in a script, and goes on after it.
    let script = "redis.call('RPUSH', 'l', 'a') redis.call('PEXPIRE', 'l', 1) \
                  for i = 1, 2e7 do end return 'made'";
    let made = ask(&mut server, two, &format!("EVAL \"{script}\" 0"));
    assert_eq!(made, "$4\r\nmade\r\n");
    assert_eq!(output(&mut server, one), "");
    assert_eq!(ask(&mut server, two, "RPUSH l b"), ":1\r\n");
    assert_eq!(output(&mut server, one), "*2\r\n$1\r\nl\r\n$1\r\nb\r\n");
}

/// An expired key that nobody has removed yet is none for WATCH.
#[test]
fn a_swap_with_an_expired_key_changes_nothing() {
    for here in ["", "SELECT 1\r\nSET x bar PX 1\r\n"] {
        let mut server = server();
        let id = server.connect().unwrap();
        server.feed(id, format!("SET x foo PX 1\r\n{here}").as_bytes());
        std::thread::sleep(Duration::from_millis(5));
        output(&mut server, id);
        // Without a tick, in which it would be removed.
        server.feed(
            id,
            b"SELECT 1\r\nWATCH x\r\nSWAPDB 0 1\r\nMULTI\r\nPING\r\nEXEC\r\n",
        );
        let replies = output(&mut server, id);
        let expected = "+OK\r\n+OK\r\n+OK\r\n+OK\r\n+QUEUED\r\n*1\r\n+PONG\r\n";
        assert_eq!(replies, expected);
    }
}

#[test]
fn a_transaction_is_one_command_of_its_client() {
    let mut server = server();
    let id = server.connect().unwrap();
    ask(&mut server, id, "MULTI");
    ask(&mut server, id, "CLIENT INFO");
    let reply = ask(&mut server, id, "EXEC");
    assert!(reply.contains(" cmd=exec "), "{reply}");
}

/// The sum of `qbuf` and `qbuf-free` of a client.
fn room(server: &mut Server, asker: u64, id: u64) -> usize {
    let told = ask(server, asker, &format!("CLIENT LIST ID {id}"));
    let number = |name: &str| -> usize {
        let (_, rest) = told.split_once(name).expect("CLIENT LIST has it");
        let digits = rest.split(' ').next().expect("a field");
        digits.parse().expect("a number")
    };
    number(" qbuf=") + number(" qbuf-free=")
}

#[test]
fn who_is_idle_gives_back_the_room_for_its_input() {
    let mut server = server();
    let (one, two) = (server.connect().unwrap(), server.connect().unwrap());
    let asker = server.connect().unwrap();
    assert_eq!(room(&mut server, asker, one), 0);
    server.feed(one, b"*2\r\n$4\r\nECHO\r\n$2\r\na");
    assert!(room(&mut server, asker, one) > 16_000);
    server.feed(one, b"b\r\n");
    assert_eq!(output(&mut server, one), "$2\r\nab\r\n");
    assert!((16 * 1024..=32 * 1024).contains(&room(&mut server, asker, one)));
    server.feed(two, b"*2\r\n$4\r\nECHO\r\n$1000000\r\nabc");
    assert!(room(&mut server, asker, two) >= 1_000_000);
    let begun = Instant::now();
    while let Some(wait) = server.tick() {
        assert!(begun.elapsed() < Duration::from_secs(10), "it never ends");
        std::thread::sleep(wait);
    }
    assert!(begun.elapsed() >= Duration::from_millis(1900));
    assert_eq!(room(&mut server, asker, one), 0);
    assert!(room(&mut server, asker, two) < 1000);
    // Nothing of what it has sent is lost.
    server.feed(two, &[b'x'; 999_997]);
    server.feed(two, b"\r\n");
    let reply = output(&mut server, two);
    assert!(reply.starts_with("$1000000\r\nabcx"), "{:.20}", reply);
    assert!(reply.ends_with("xx\r\n"));
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
fn what_is_being_executed_still_counts_as_queued() {
    let mut server = server();
    let id = server.connect().unwrap();
    for command in ["MULTI", "CLIENT LIST", "SET a b"] {
        ask(&mut server, id, command);
    }
    let list = ask(&mut server, id, "EXEC");
    assert!(list.contains(" multi=2 "), "{list}");
    let list = ask(&mut server, id, "CLIENT LIST");
    assert!(list.contains(" multi=-1 "), "{list}");
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

#[test]
fn a_script_that_eats_memory_gets_an_error_and_the_next_one_runs() {
    let config = Config {
        script_memory: Some(8 << 20),
        ..Config::default()
    };
    let mut server = Server::new(config).unwrap();
    let id = server.connect().unwrap();
    for script in [
        "local t = {} for i = 1, 1e8 do t[i] = i .. string.rep('x', 1000) end",
        "local s = 'x' while true do s = s .. s end",
        "return string.rep('x', 1e9)",
        "local t = {} for i = 1, 1e8 do t[i] = redis.sha1hex(i) end",
        "local t = {} for i = 1, 1e8 do t[i] = redis.call('incr', 'n') .. string.rep('y', 1e4) end",
        "local t = {} for i = 1, 1e8 do t[i] = cjson.encode({i, string.rep('y', 1e4)}) end",
        "local t = {} for i = 1, 1e8 do local _, r = pcall(string.rep, i, 1e4) t[i] = r .. i end",
    ] {
        for _ in 0..2 {
            let reply = ask(&mut server, id, &format!("EVAL \"{script}\" 0"));
            assert!(reply.contains("not enough memory"), "{script}: {reply}");
            assert_eq!(ask(&mut server, id, "EVAL \"return 1\" 0"), ":1\r\n");
        }
    }
}

/// A place for files in memory, as somebody without a disk would make one.
#[derive(Debug, Default, Clone)]
struct InMemory {
    files: Rc<RefCell<BTreeMap<String, Vec<u8>>>>,
    /// Nothing more can be written.
    is_full: Rc<Cell<bool>>,
    later: Option<Result<(), ()>>,
}

impl InMemory {
    fn check(&self) -> io::Result<()> {
        if self.is_full.get() {
            // ENOSPC
            Err(io::Error::from_raw_os_error(28))
        } else {
            Ok(())
        }
    }
}

impl Files for InMemory {
    fn place(&self) -> String {
        "memory".into()
    }

    fn move_to(&mut self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read(&self, name: &str) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.borrow().get(name).cloned())
    }

    fn replace(&mut self, name: &str, contents: &mut dyn BufRead) -> io::Result<()> {
        self.check()?;
        let mut bytes = Vec::new();
        contents.read_to_end(&mut bytes)?;
        self.files.borrow_mut().insert(name.to_owned(), bytes);
        Ok(())
    }

    fn replace_later(&mut self, name: &str, mut contents: Box<dyn BufRead + Send>) {
        self.later = Some(self.replace(name, &mut *contents).map_err(drop));
    }

    fn replaced(&mut self) -> Option<io::Result<()>> {
        let result = self.later.take()?;
        Some(result.map_err(|()| io::ErrorKind::StorageFull.into()))
    }

    fn append_to(&mut self, name: &str) -> io::Result<Box<dyn Log>> {
        self.files.borrow_mut().entry(name.to_owned()).or_default();
        Ok(Box::new(Appended {
            to: self.clone(),
            name: name.to_owned(),
        }))
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let contents = self.files.borrow_mut().remove(from);
        self.replace(to, &mut &contents.unwrap_or_default()[..])
    }

    fn remove(&mut self, name: &str) -> io::Result<()> {
        self.files.borrow_mut().remove(name);
        Ok(())
    }
}

#[derive(Debug)]
struct Appended {
    to: InMemory,
    name: String,
}

impl Log for Appended {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.to.check()?;
        let mut files = self.to.files.borrow_mut();
        files.entry(self.name.clone()).or_default().extend(bytes);
        Ok(())
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        let mut files = self.to.files.borrow_mut();
        files
            .entry(self.name.clone())
            .or_default()
            .truncate(len as usize);
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.to.check()
    }

    fn sync_later(&mut self) -> Option<io::Result<()>> {
        Some(self.to.check())
    }
}

fn with_log(files: &InMemory, sync: &str) -> Server {
    let parameters = [("appendonly", "yes"), ("appendfsync", sync), ("save", "")];
    let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    let config = Config {
        parameters: parameters.map(own).to_vec(),
        ..Config::default()
    };
    Server::with_files(config, Box::new(files.clone())).expect("it starts")
}

#[test]
fn files_may_be_anywhere() {
    let files = InMemory::default();
    let mut server = with_log(&files, "everysec");
    let id = server.connect().unwrap();
    ask(&mut server, id, "SET k v");
    ask(&mut server, id, "BGREWRITEAOF");
    ask(&mut server, id, "APPEND k w");
    let names: Vec<String> = files.files.borrow().keys().cloned().collect();
    assert_eq!(
        names,
        [
            "appendonlydir/appendonly.aof.2.base.rdb",
            "appendonlydir/appendonly.aof.2.incr.aof",
            "appendonlydir/appendonly.aof.manifest"
        ]
    );
    drop(server);
    let mut server = with_log(&files, "everysec");
    let id = server.connect().unwrap();
    assert_eq!(ask(&mut server, id, "GET k"), "$2\r\nvw\r\n");
}

#[test]
fn what_cannot_be_written_down_is_refused_until_it_can() {
    let files = InMemory::default();
    let mut server = with_log(&files, "everysec");
    let id = server.connect().unwrap();
    ask(&mut server, id, "SET k 1");
    files.is_full.set(true);
    ask(&mut server, id, "SET k 2");
    let reply = ask(&mut server, id, "SET k 3");
    if cfg!(target_os = "linux") {
        let full = "-MISCONF Errors writing to the AOF file: No space left on device\r\n";
        assert_eq!(reply, full);
    } else {
        assert!(reply.starts_with("-MISCONF Errors writing to the AOF file"));
    }
    assert!(ask(&mut server, id, "INFO persistence").contains("aof_last_write_status:err"));
    files.is_full.set(false);
    // It is tried again every second.
    let deadline = Instant::now() + Duration::from_secs(10);
    while ask(&mut server, id, "SET k 4") != "+OK\r\n" {
        assert!(Instant::now() < deadline, "it is never tried again");
        server.tick();
    }
    drop(server);
    let mut server = with_log(&files, "everysec");
    let id = server.connect().unwrap();
    assert_eq!(ask(&mut server, id, "GET k"), "$1\r\n4\r\n");
}

#[test]
fn what_was_promised_to_be_on_the_disk_and_is_not_is_never_answered() {
    let files = InMemory::default();
    let mut server = with_log(&files, "always");
    let id = server.connect().unwrap();
    assert_eq!(ask(&mut server, id, "SET k 1"), "+OK\r\n");
    files.is_full.set(true);
    assert_eq!(ask(&mut server, id, "SET k 2"), "");
    assert!(server.is_stopped());
}

/// Whatever is in the files, the server starts or says why it does not.
#[test]
fn damaged_files_do_no_harm() {
    let files = InMemory::default();
    let mut server = with_log(&files, "no");
    let id = server.connect().unwrap();
    for command in [
        "SET text hello EX 1000",
        "SET number 300",
        "SETRANGE long 900 x",
        "RPUSH list a 1 300 -70000",
        "SADD ints 1 2 70000",
        "SADD words a b",
        "ZADD zset 1.5 a inf b",
        "HSET hash f v g w",
        "HPEXPIRE hash 100000 FIELDS 1 f",
        "XADD stream 1-1 f v",
        "XADD stream 1-2 g w",
        "XGROUP CREATE stream g 0",
        "XREADGROUP GROUP g ala STREAMS stream >",
        "CONFIG SET set-max-listpack-entries 0 hash-max-listpack-entries 0 zset-max-listpack-entries 0",
        "SADD table a b",
        "HSET large f v g w",
        "ZADD skiplist 1 a 2 b",
        "HSET timed f v g w",
        "HPEXPIRE timed 100000 FIELDS 1 f",
        "SAVE",
        "BGREWRITEAOF",
        "SELECT 3",
        "RPUSH after a b c",
        "MULTI",
        "INCR n",
        "INCR n",
        "EXEC",
    ] {
        let reply = ask(&mut server, id, command);
        assert!(!reply.starts_with('-'), "{command}: {reply}");
    }
    drop(server);
    let whole = files.files.borrow().clone();
    let mut state = 1_u32;
    let mut random = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    let (mut started, mut refused) = (0, 0);
    for round in 0..3_000 {
        let damaged = InMemory::default();
        damaged.files.borrow_mut().clone_from(&whole);
        let with_log = round % 2 == 0;
        for (name, contents) in damaged.files.borrow_mut().iter_mut() {
            // Without its checksum, or nothing but that would be seen.
            if name.ends_with(".rdb") {
                let end = contents.len() - 8;
                contents[end..].fill(0);
            }
            for _ in 0..random(3) {
                let at = random(contents.len());
                match random(4) {
                    0 => contents.truncate(at.max(1)),
                    1 => contents[at] ^= 1 << random(8),
                    2 => contents[at] = random(256) as u8,
                    _ => contents.insert(at, b"\xff\x00\x81\n"[random(4)]),
                }
            }
        }
        let log = if with_log { "yes" } else { "no" };
        let config = Config {
            parameters: vec![
                ("appendonly".into(), log.into()),
                ("save".into(), String::new()),
            ],
            ..Config::default()
        };
        match Server::with_files(config, Box::new(damaged)) {
            Ok(mut server) => {
                started += 1;
                let id = server.connect().unwrap();
                for key in ["list", "words", "zset", "hash", "stream", "table", "timed"] {
                    server.feed(
                        id,
                        format!("DUMP {key}\r\nOBJECT ENCODING {key}\r\n").as_bytes(),
                    );
                }
                server.feed(
                    id,
                    b"XINFO STREAM stream FULL\r\nHGETALL hash\r\nSPOP ints\r\nSAVE\r\n",
                );
                server.tick();
            }
            Err(error) => {
                refused += 1;
                assert!(error.to_string().starts_with("memory/"), "{error}");
            }
        }
    }
    assert!(started > 300 && refused > 300, "{started} {refused}");
}
