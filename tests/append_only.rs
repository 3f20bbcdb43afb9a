//! The append-only file of the built-in server: what is written of each
//! command, as Redis writes it; what is read again; and what a crash leaves.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod persistence_support;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use persistence_support::real::{Real, check};
use persistence_support::state::{self, ALL};
use persistence_support::{Builtin, builtin, call, info, names, run, try_builtin, wait_for};
use resp::Reply;
use resp::codec::{Decoder, encode_command};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};
use wire::{Wire, show};

const ON: (&str, &str) = ("appendonly", "yes");
const NO_SAVE: (&str, &str) = ("save", "");
/// Under `everysec` Redis may answer before it writes, while the disk is busy.
const REAL_ON: &[&str] = &["--appendonly", "yes", "--appendfsync", "always"];
const FIRST_LOG: &str = "appendonlydir/appendonly.aof.1.incr.aof";
const MANIFEST: &str = "appendonlydir/appendonly.aof.manifest";

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn logged(dir: &Path) -> Builtin {
    builtin(dir, &[NO_SAVE, ON])
}

/// The commands of a file, one a line, with every moment near to now replaced.
fn commands(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).expect("a log");
    let now = std::time::SystemTime::now()
        .duration_since(std::time::UNIX_EPOCH)
        .expect("after 1970")
        .as_millis() as i64;
    let shown = |word: &Reply| {
        let Reply::Bulk(word) = word else {
            panic!("a command is made of strings");
        };
        let text = show(word);
        let (number, rest) =
            text.split_at(text.find('-').filter(|at| *at > 0).unwrap_or(text.len()));
        match number.parse::<i64>() {
            Ok(n) if n.saturating_sub(now).saturating_abs() < 1_000_000 => format!("NOW{rest}"),
            _ => text,
        }
    };
    let mut lines = Vec::new();
    let mut rest = &bytes[..];
    while !rest.is_empty() {
        let (used, reply) = Decoder::new().decode(rest).expect("well-formed");
        let Some(Reply::Array(words)) = reply else {
            panic!("an incomplete command");
        };
        lines.push(words.iter().map(shown).collect::<Vec<_>>().join(" "));
        rest = &rest[used..];
    }
    lines
}

/// Sends every line of the list.
fn play(wire: &mut Wire) {
    for line in include_str!("persistence_support/effects.txt").lines() {
        if line.starts_with('#') || line.is_empty() {
            continue;
        }
        match line.strip_prefix("!wait ") {
            // A read removes what has expired.
            Some(keys) => {
                while run(wire, &format!("EXISTS {keys}")) != Reply::Int(0) {
                    std::thread::yield_now();
                }
            }
            None => {
                call(wire, line);
            }
        }
    }
}

#[test]
fn every_effect_is_written_as_redis_writes_it() {
    let Some(program) = needs::fetched("the append-only file beside Redis's", "redis-8.0") else {
        return;
    };
    let (ours, theirs) = (temp(), temp());
    let server = builtin(ours.path(), &[NO_SAVE, ON]);
    let mut wire = server.connect();
    // Nothing is to expire but when it is looked at.
    let real = Real::start(&program, theirs.path(), REAL_ON);
    let mut their_wire = real.connect();
    play(&mut wire);
    play(&mut their_wire);
    drop((server, real));
    let (ours, theirs) = (
        commands(&ours.path().join(FIRST_LOG)),
        commands(&theirs.path().join(FIRST_LOG)),
    );
    for (i, (ours, theirs)) in ours.iter().zip(&theirs).enumerate() {
        assert_eq!(ours, theirs, "command {i}");
    }
    assert_eq!(ours.len(), theirs.len());
}

#[test]
fn a_waiting_client_leaves_what_it_was_given() {
    let dir = temp();
    {
        let server = logged(dir.path());
        let mut waiting = [server.connect(), server.connect(), server.connect()];
        waiting[0].send(&["BLPOP", "list", "0"]);
        waiting[1].send(&["BLMOVE", "other", "target", "LEFT", "RIGHT", "0"]);
        waiting[2].send(&["BZPOPMAX", "zset", "0"]);
        let mut wire = server.connect();
        loop {
            let Reply::Bulk(text) = run(&mut wire, "INFO clients") else {
                panic!("INFO is text");
            };
            if String::from_utf8_lossy(&text).contains("blocked_clients:3") {
                break;
            }
        }
        run(&mut wire, "RPUSH list a b");
        run(&mut wire, "RPUSH other c");
        run(&mut wire, "ZADD zset 1 m");
        for wire in &mut waiting {
            assert!(wire.receive().reply.is_some_and(|reply| !reply.is_error()));
        }
    }
    assert_eq!(
        commands(&dir.path().join(FIRST_LOG)),
        [
            "SELECT 0",
            "RPUSH list a b",
            "LPOP list",
            "RPUSH other c",
            "LMOVE other target LEFT RIGHT",
            "ZADD zset 1 m",
            "ZPOPMAX zset",
        ]
    );
}

#[test]
fn the_files_go_to_redis_and_come_back() {
    let dir = temp();
    let before = {
        let server = logged(dir.path());
        let mut wire = server.connect();
        state::fill(&mut wire, ALL);
        run(&mut wire, "BGREWRITEAOF");
        run(&mut wire, "SET during yes");
        wait_for(&mut wire, "aof_rewrite_in_progress", "0");
        run(&mut wire, "SET after yes");
        assert_eq!(info(&mut wire, "aof_last_bgrewrite_status"), "ok");
        state::of(&mut wire, ALL)
    };
    let folder = dir.path().join("appendonlydir");
    assert_eq!(
        names(&folder),
        [
            "appendonly.aof.2.base.rdb",
            "appendonly.aof.2.incr.aof",
            "appendonly.aof.manifest"
        ]
    );
    let again = {
        let server = logged(dir.path());
        state::of(&mut server.connect(), ALL)
    };
    assert_eq!(again, before);
    let Some(program) = needs::fetched("append-only files read by Redis", "redis-8.0") else {
        return;
    };
    check(&program, "redis-check-aof", &dir.path().join(MANIFEST));
    {
        let real = Real::start(&program, dir.path(), REAL_ON);
        let mut wire = real.connect();
        assert_eq!(state::of(&mut wire, ALL), before);
        run(&mut wire, "BGREWRITEAOF");
        wait_for(&mut wire, "aof_rewrite_in_progress", "0");
        run(&mut wire, "SET theirs yes");
        run(&mut wire, "HPEXPIRE timed 1000000 FIELDS 1 b");
    }
    let server = logged(dir.path());
    let mut wire = server.connect();
    assert_eq!(run(&mut wire, "GET theirs"), Reply::Bulk(b"yes".to_vec()));
    let mut after = state::of(&mut wire, ALL);
    after.remove("0 theirs");
    let timed = "0 timed";
    assert_ne!(after.remove(timed), before.get(timed).cloned());
    let mut before = before;
    before.remove(timed);
    assert_eq!(after, before);
}

#[test]
fn the_base_may_be_commands() {
    let dir = temp();
    let parameters = [
        NO_SAVE,
        ON,
        ("aof-use-rdb-preamble", "no"),
        ("aof-timestamp-enabled", "yes"),
    ];
    let before = {
        let server = builtin(dir.path(), &parameters);
        let mut wire = server.connect();
        state::fill(&mut wire, ALL);
        run(&mut wire, "BGREWRITEAOF");
        wait_for(&mut wire, "aof_rewrite_in_progress", "0");
        state::of(&mut wire, ALL)
    };
    let base = dir.path().join("appendonlydir/appendonly.aof.2.base.aof");
    let base = std::fs::read(&base).expect("a base");
    let set = b"*3\r\n$3\r\nSET\r\n$4\r\ntext\r\n$5\r\nhello\r\n";
    assert!(base.starts_with(b"#TS:") && base.windows(set.len()).any(|part| part == set));
    let again = {
        let server = builtin(dir.path(), &parameters);
        state::of(&mut server.connect(), ALL)
    };
    assert_eq!(again, before);
    let Some(program) = needs::fetched("a base of commands read by Redis", "redis-8.0") else {
        return;
    };
    check(&program, "redis-check-aof", &dir.path().join(MANIFEST));
    let real = Real::start(&program, dir.path(), REAL_ON);
    assert_eq!(state::of(&mut real.connect(), ALL), before);
}

#[test]
fn the_one_file_of_older_servers_is_taken_over() {
    for (name, preamble) in [("redis-6.2", "yes"), ("redis-6.2", "no")] {
        let Some(program) = needs::fetched("an append-only file of Redis 6.2", name) else {
            return;
        };
        let dir = temp();
        {
            let options = [REAL_ON, &["--aof-use-rdb-preamble", preamble]].concat();
            let real = Real::start(&program, dir.path(), &options);
            let mut wire = real.connect();
            run(&mut wire, "RPUSH list a b c");
            run(&mut wire, "BGREWRITEAOF");
            wait_for(&mut wire, "aof_rewrite_in_progress", "0");
            run(&mut wire, "LPOP list");
        }
        for _ in 0..2 {
            let server = logged(dir.path());
            assert_eq!(run(&mut server.connect(), "LLEN list"), Reply::Int(2));
        }
        assert_eq!(names(dir.path()), ["appendonlydir"]);
    }
}

/// A log of three commands and what follows them.
fn log_with(dir: &Path, tail: &[u8]) -> PathBuf {
    {
        let server = logged(dir);
        let mut wire = server.connect();
        run(&mut wire, "SET a 1");
        run(&mut wire, "SET b 2");
    }
    let file = dir.join(FIRST_LOG);
    let mut bytes = std::fs::read(&file).expect("a log");
    bytes.extend_from_slice(tail);
    std::fs::write(&file, bytes).expect("written");
    file
}

#[test]
fn an_incomplete_end_is_cut_off_or_refused() {
    let mut transaction = Vec::new();
    encode_command(&["MULTI"], &mut transaction);
    encode_command(&["SET", "a", "half"], &mut transaction);
    let stamp = b"#TS:1700000000\r\n".to_vec();
    let stamped = [&stamp[..], &transaction[..]].concat();
    for tail in [&b"*3\r\n$3\r\nSET\r\n$1"[..], b"*", &transaction, &stamped] {
        let dir = temp();
        let file = log_with(dir.path(), tail);
        let whole = std::fs::read(&file).expect("a log");
        let Err(error) = try_builtin(dir.path(), &[ON, ("aof-load-truncated", "no")]) else {
            panic!("it starts");
        };
        assert!(
            error.to_string().contains("ends within a command"),
            "{error}"
        );
        assert_eq!(std::fs::read(&file).expect("a log"), whole);
        let server = logged(dir.path());
        let cut_off = server.handle.kept().cut_off;
        // A time stamp before a transaction stands by itself.
        assert!(cut_off as usize == tail.len() || cut_off as usize == tail.len() - stamp.len());
        let mut wire = server.connect();
        assert_eq!(run(&mut wire, "GET a"), Reply::Bulk(b"1".to_vec()));
        run(&mut wire, "SET c 3");
        drop(server);
        let server = logged(dir.path());
        assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(3));
        if let Some(program) = needs::fetched("a mended append-only file", "redis-8.0") {
            check(&program, "redis-check-aof", &dir.path().join(MANIFEST));
        }
    }
}

#[test]
fn what_is_damaged_elsewhere_is_refused_and_named() {
    let refuse = |change: &dyn Fn(&Path), words: &str| {
        let dir = temp();
        log_with(dir.path(), b"");
        change(dir.path());
        let before = std::fs::read(dir.path().join(FIRST_LOG)).ok();
        let Err(error) = try_builtin(dir.path(), &[ON]) else {
            panic!("it starts; {words}");
        };
        let text = error.to_string();
        assert!(text.contains(words), "{text}");
        assert_eq!(std::fs::read(dir.path().join(FIRST_LOG)).ok(), before);
    };
    let damage = |dir: &Path| {
        let file = dir.join(FIRST_LOG);
        let text = String::from_utf8(std::fs::read(&file).expect("a log")).expect("UTF-8");
        std::fs::write(&file, text.replace("$1\r\na", "$2\r\na")).expect("written");
    };
    refuse(&damage, "damaged");
    let unknown = |dir: &Path| {
        let file = dir.join(FIRST_LOG);
        let text = String::from_utf8(std::fs::read(&file).expect("a log")).expect("UTF-8");
        std::fs::write(&file, text.replace("SET", "SEX")).expect("written");
    };
    refuse(&unknown, "unknown command");
    let missing = |dir: &Path| {
        std::fs::remove_file(dir.join("appendonlydir/appendonly.aof.1.base.rdb")).expect("removed");
    };
    refuse(&missing, "no such file");
    let wrong = |dir: &Path| {
        std::fs::write(dir.join(MANIFEST), "file /etc/passwd seq 1 type b\n").expect("written");
    };
    refuse(&wrong, "line 1 of the manifest");
    // Cut off before the last file.
    let earlier = |dir: &Path| {
        let manifest = std::fs::read_to_string(dir.join(MANIFEST)).expect("a manifest");
        let second = format!("{manifest}file appendonly.aof.2.incr.aof seq 2 type i\n");
        std::fs::write(dir.join(MANIFEST), second).expect("written");
        std::fs::write(dir.join("appendonlydir/appendonly.aof.2.incr.aof"), "").expect("written");
        let mut bytes = std::fs::read(dir.join(FIRST_LOG)).expect("a log");
        bytes.pop();
        std::fs::write(dir.join(FIRST_LOG), bytes).expect("written");
    };
    refuse(&earlier, "damaged or cut off");
}

#[test]
fn what_expired_meanwhile_stays_gone() {
    let dir = temp();
    let started = Instant::now();
    {
        let server = logged(dir.path());
        let mut wire = server.connect();
        run(&mut wire, "SET counter 5 PX 60");
        run(&mut wire, "INCR counter");
        run(&mut wire, "HSET hash f v");
        run(&mut wire, "HPEXPIRE hash 60 FIELDS 1 f");
        run(&mut wire, "HINCRBY hash g 1");
        // Killed before the time was over: nothing tells of the end.
    }
    while started.elapsed() < Duration::from_millis(200) {
        std::thread::yield_now();
    }
    let server = logged(dir.path());
    let mut wire = server.connect();
    assert_eq!(run(&mut wire, "EXISTS counter"), Reply::Int(0));
    assert_eq!(
        run(&mut wire, "HKEYS hash"),
        Reply::Array(vec![Reply::Bulk(b"g".to_vec())])
    );
}

#[test]
fn it_is_turned_on_and_off_while_the_server_runs() {
    let dir = temp();
    {
        let server = builtin(dir.path(), &[NO_SAVE]);
        let mut wire = server.connect();
        run(&mut wire, "SET before 1");
        run(&mut wire, "CONFIG SET appendonly yes");
        run(&mut wire, "SET during 1");
        assert_eq!(info(&mut wire, "aof_enabled"), "1");
        assert_eq!(
            run(&mut wire, "WAITAOF 1 0 0"),
            Reply::Array(vec![Reply::Int(1), Reply::Int(0)])
        );
        run(&mut wire, "CONFIG SET appendonly no");
        run(&mut wire, "SET after 1");
        // The first one counts if it was there before it was waited for.
        let rewrites: u32 = info(&mut wire, "aof_rewrites").parse().expect("a number");
        run(
            &mut wire,
            "CONFIG SET appendonly yes appendfsync always aof-timestamp-enabled yes",
        );
        run(&mut wire, "SET last 1");
        wait_for(&mut wire, "aof_rewrites", &(rewrites + 1).to_string());
    }
    let folder = dir.path().join("appendonlydir");
    assert_eq!(names(&folder).len(), 3);
    let log = std::fs::read_to_string(folder.join("appendonly.aof.2.incr.aof")).expect("a log");
    assert!(log.starts_with("#TS:"), "{log}");
    let server = logged(dir.path());
    assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(4));
    drop(server);
    // Without it, the files are left alone.
    let server = builtin(dir.path(), &[]);
    assert!(server.handle.kept().unread_log);
    assert_eq!(names(&folder).len(), 3);
}

#[test]
fn a_snapshot_that_is_there_is_where_it_begins() {
    let dir = temp();
    {
        let server = builtin(dir.path(), &[NO_SAVE]);
        let mut wire = server.connect();
        run(&mut wire, "SET k v");
        run(&mut wire, "SAVE");
    }
    for _ in 0..2 {
        let server = logged(dir.path());
        assert_eq!(
            run(&mut server.connect(), "GET k"),
            Reply::Bulk(b"v".to_vec())
        );
    }
}

#[test]
fn it_is_rewritten_when_it_has_grown() {
    let dir = temp();
    let parameters = [
        NO_SAVE,
        ON,
        ("auto-aof-rewrite-min-size", "1kb"),
        ("auto-aof-rewrite-percentage", "100"),
    ];
    let server = builtin(dir.path(), &parameters);
    let mut wire = server.connect();
    for n in 0..200 {
        run(&mut wire, &format!("SET k {n}"));
    }
    wait_for(&mut wire, "aof_rewrite_in_progress", "0");
    assert_ne!(info(&mut wire, "aof_rewrites"), "0");
    drop(server);
    let server = builtin(dir.path(), &parameters);
    assert_eq!(
        run(&mut server.connect(), "GET k"),
        Reply::Bulk(b"199".to_vec())
    );
}

#[test]
fn what_saves_is_no_change_and_does_no_harm_where_it_was_taken_for_one() {
    let dir = temp();
    let server = builtin(dir.path(), &[ON]);
    let mut wire = server.connect();
    for line in ["SET a 1", "SAVE", "SET b 2", "SAVE"] {
        run(&mut wire, line);
    }
    let log = dir.path().join(FIRST_LOG);
    assert_eq!(commands(&log), ["SELECT 0", "SET a 1", "SET b 2"]);
    let _ = wire.call(&["SHUTDOWN"]);
    drop(server);
    assert_eq!(commands(&log), ["SELECT 0", "SET a 1", "SET b 2"]);

    // As the first versions left it.
    let mut bytes = std::fs::read(&log).expect("a log");
    for argv in [&["SAVE"][..], &["SHUTDOWN", "SAVE"], &["SET", "c", "3"]] {
        let argv: Vec<&[u8]> = argv.iter().map(|word| word.as_bytes()).collect();
        encode_command(&argv, &mut bytes);
    }
    std::fs::write(&log, bytes).expect("written");
    std::fs::remove_file(dir.path().join("dump.rdb")).expect("a snapshot");
    let server = builtin(dir.path(), &[ON]);
    assert_eq!(server.handle.kept().keys, 3);
    assert!(!dir.path().join("dump.rdb").exists());
    assert_eq!(info(&mut server.connect(), "rdb_saves"), "0");
}
