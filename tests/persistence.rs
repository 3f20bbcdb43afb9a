//! What the built-in server keeps: snapshots and the append-only file, which
//! real servers read and write too, and what happens to both in a crash.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod persistence_support;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use persistence_support::real::{Real, check};
use persistence_support::state::{self, ALL, Kinds};
use persistence_support::{builtin, call, info, names, run, try_builtin, wait_for};
use resp::Reply;
use std::path::Path;
use wire::Wire;

const NO_SAVE: (&str, &str) = ("save", "");

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// What a built-in server has read from a directory.
fn read_back(
    dir: &Path,
    parameters: &[(&str, &str)],
) -> std::collections::BTreeMap<String, String> {
    let server = builtin(dir, parameters);
    state::of(&mut server.connect(), ALL)
}

#[test]
fn a_snapshot_goes_to_redis_and_comes_back() {
    let dir = temp();
    let before = {
        let server = builtin(dir.path(), &[NO_SAVE]);
        let mut wire = server.connect();
        state::fill(&mut wire, ALL);
        run(&mut wire, "SAVE");
        state::of(&mut wire, ALL)
    };
    assert_eq!(names(dir.path()), ["dump.rdb"]);
    assert_eq!(read_back(dir.path(), &[NO_SAVE]), before);
    let Some(program) = needs::fetched("snapshots read by Redis", "redis-8.0") else {
        return;
    };
    let file = dir.path().join("dump.rdb");
    check(&program, "redis-check-rdb", &file);
    let ours = std::fs::read(&file).expect("a snapshot");
    {
        let real = Real::start(&program, dir.path(), &[]);
        let mut wire = real.connect();
        assert_eq!(state::of(&mut wire, ALL), before);
        run(&mut wire, "SAVE");
    }
    assert_ne!(std::fs::read(&file).expect("a snapshot"), ours);
    assert_eq!(read_back(dir.path(), &[NO_SAVE]), before);
}

#[test]
fn snapshots_of_every_server_are_read() {
    for (name, kinds) in [
        (
            "redis-6.2",
            Kinds {
                functions: false,
                field_times: false,
            },
        ),
        (
            "redis-7.0",
            Kinds {
                functions: true,
                field_times: false,
            },
        ),
        ("redis-8.0", ALL),
        ("valkey-9", ALL),
    ] {
        let Some(program) = needs::fetched("reading a snapshot", name) else {
            continue;
        };
        let dir = temp();
        let before = {
            let real = Real::start(&program, dir.path(), &[]);
            let mut wire = real.connect();
            state::fill(&mut wire, kinds);
            run(&mut wire, "SAVE");
            state::of(&mut wire, kinds)
        };
        let server = builtin(dir.path(), &[NO_SAVE]);
        let after = state::of(&mut server.connect(), kinds);
        for (key, value) in &before {
            assert_eq!(after.get(key), Some(value), "{name}: {key}");
        }
        assert_eq!(after.len(), before.len(), "{name}");
    }
}

#[test]
fn how_much_a_key_was_used_is_kept() {
    for (policy, question, what) in [
        ("allkeys-lru", "OBJECT IDLETIME k", "IDLETIME 1000"),
        ("allkeys-lfu", "OBJECT FREQ k", "FREQ 200"),
    ] {
        let dir = temp();
        let parameters = [NO_SAVE, ("maxmemory-policy", policy)];
        {
            let server = builtin(dir.path(), &parameters);
            let mut wire = server.connect();
            run(&mut wire, "SET k v");
            let Reply::Bulk(payload) = run(&mut wire, "DUMP k") else {
                panic!("a payload is a string");
            };
            let mut restore: Vec<&[u8]> = vec![b"RESTORE", b"k", b"0", &payload, b"REPLACE"];
            restore.extend(what.split(' ').map(str::as_bytes));
            assert!(!wire.call(&restore).reply.expect("a reply").is_error());
            run(&mut wire, "SAVE");
        }
        let kept = |reply: Reply| match reply {
            Reply::Int(n) => n >= 195,
            _ => false,
        };
        let server = builtin(dir.path(), &parameters);
        let reply = run(&mut server.connect(), question);
        assert!(kept(reply.clone()), "{policy}: {reply:?}");
        if let Some(program) = needs::fetched("use of keys read by Redis", "redis-8.0") {
            let real = Real::start(&program, dir.path(), &["--maxmemory-policy", policy]);
            let reply = run(&mut real.connect(), question);
            assert!(kept(reply.clone()), "Redis, {policy}: {reply:?}");
        }
    }
}

/// The old snapshot's commands.
fn old_snapshot(argvs: &[&[&[u8]]]) -> Vec<u8> {
    let mut file = Vec::new();
    for argv in argvs {
        resp::codec::encode_command(argv, &mut file);
    }
    file
}

#[test]
fn the_old_snapshot_is_read_once() {
    let dir = temp();
    let payload = {
        let server = builtin(temp().path(), &[NO_SAVE]);
        let mut wire = server.connect();
        run(&mut wire, "SET k v");
        match run(&mut wire, "DUMP k") {
            Reply::Bulk(payload) => payload,
            other => panic!("{other:?}"),
        }
    };
    let old = old_snapshot(&[
        &[b"SELECT", b"3"],
        &[b"RESTORE", b"k", b"0", &payload, b"ABSTTL"],
    ]);
    std::fs::write(dir.path().join("dump.resp"), &old).expect("written");
    {
        let server = builtin(dir.path(), &[]);
        assert_eq!(server.handle.kept().file, "dump.resp");
        let mut wire = server.connect();
        run(&mut wire, "SELECT 3");
        run(&mut wire, "DEL k");
        run(&mut wire, "SAVE");
    }
    let server = builtin(dir.path(), &[]);
    assert_eq!(server.handle.kept().file, "dump.rdb");
    assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(0));
    assert_eq!(
        std::fs::read(dir.path().join("dump.resp")).expect("left alone"),
        old
    );
}

/// Why a server does not start with these bytes as its snapshot.
fn refusal(contents: &[u8]) -> String {
    let dir = temp();
    let file = dir.path().join("dump.rdb");
    std::fs::write(&file, contents).expect("written");
    let Err(error) = try_builtin(dir.path(), &[]) else {
        panic!("it starts");
    };
    // Nothing is lost.
    assert_eq!(std::fs::read(&file).expect("still there"), contents);
    let text = error.to_string();
    assert!(text.contains("dump.rdb: "), "{text}");
    text
}

#[test]
fn a_file_that_is_no_whole_snapshot_is_named_and_left_alone() {
    let dir = temp();
    {
        let server = builtin(dir.path(), &[NO_SAVE]);
        let mut wire = server.connect();
        run(&mut wire, "SET k hello");
        run(&mut wire, "SAVE");
    }
    let good = std::fs::read(dir.path().join("dump.rdb")).expect("a snapshot");
    assert!(refusal(b"").contains("empty"));
    assert!(refusal(b"hello, world").contains("no snapshot"));
    assert!(refusal(b"REDIS0099").contains("newer"));
    assert!(refusal(&good[..good.len() - 4]).contains("cut off"));
    let mut damaged = good.clone();
    let at = good.len() - 12;
    damaged[at] ^= 1;
    assert!(refusal(&damaged).contains("damaged"));
    if let Some(program) = needs::fetched("a module's data", "redis-8.0") {
        let dir = temp();
        let real = Real::start(&program, dir.path(), &[]);
        let mut wire = real.connect();
        if !call(&mut wire, "VADD v VALUES 2 1 2 one").is_error() {
            run(&mut wire, "SAVE");
            let bytes = std::fs::read(dir.path().join("dump.rdb")).expect("a snapshot");
            assert!(refusal(&bytes).contains("vectorset"));
        }
    }
}

#[test]
fn save_points_are_honoured() {
    let dir = temp();
    {
        let server = builtin(dir.path(), &[("save", "1 3")]);
        let mut wire = server.connect();
        run(&mut wire, "SET a 1");
        run(&mut wire, "SET b 1");
        assert_eq!(info(&mut wire, "rdb_changes_since_last_save"), "2");
        run(&mut wire, "SET c 1");
        wait_for(&mut wire, "rdb_changes_since_last_save", "0");
        assert_eq!(info(&mut wire, "rdb_saves"), "1");
    }
    assert_eq!(read_back(dir.path(), &[]).len(), 4);
    // What is emptied does not come back after a crash.
    {
        let server = builtin(dir.path(), &[]);
        run(&mut server.connect(), "FLUSHALL");
    }
    assert_eq!(read_back(dir.path(), &[]).len(), 1);
}

#[test]
fn a_failed_save_is_remembered_and_leaves_nothing_behind() {
    let dir = temp();
    let server = builtin(dir.path(), &[("save", "3600 1")]);
    let mut wire = server.connect();
    run(&mut wire, "SET k v");
    // A directory that is not empty cannot be replaced.
    let obstacle = dir.path().join("dump.rdb");
    std::fs::create_dir(&obstacle).expect("made");
    std::fs::write(obstacle.join("x"), "").expect("made");
    assert!(call(&mut wire, "SAVE").is_error());
    run(&mut wire, "SET k still");
    run(&mut wire, "BGSAVE");
    wait_for(&mut wire, "rdb_last_bgsave_status", "err");
    assert_eq!(names(dir.path()), ["dump.rdb"]);
    for refused in [
        "SET k w",
        "PING",
        "EVAL \"return redis.call('set','k','w')\" 0",
    ] {
        let reply = call(&mut wire, refused);
        assert!(
            matches!(&reply, Reply::Error(text) if text.contains("MISCONF Redis is configured")),
            "{refused}: {reply:?}"
        );
    }
    assert_eq!(run(&mut wire, "GET k"), Reply::Bulk(b"still".to_vec()));
    run(&mut wire, "CONFIG SET stop-writes-on-bgsave-error no");
    run(&mut wire, "SET k x");
    run(&mut wire, "CONFIG SET stop-writes-on-bgsave-error yes");
    let reply = call(&mut wire, "SHUTDOWN");
    assert!(matches!(&reply, Reply::Error(text) if text.contains("Errors trying to SHUTDOWN")));
    std::fs::remove_dir_all(&obstacle).expect("removed");
    run(&mut wire, "SAVE");
    assert_eq!(info(&mut wire, "rdb_last_bgsave_status"), "ok");
    run(&mut wire, "SET k y");
    wire.send(&["SHUTDOWN"]);
    assert_eq!(wire.receive().reply, None);
    drop(server);
    let server = builtin(dir.path(), &[]);
    assert_eq!(
        run(&mut server.connect(), "GET k"),
        Reply::Bulk(b"y".to_vec())
    );
}

#[test]
fn without_a_directory_nothing_is_saved_and_shutdown_save_refuses() {
    let place = temp();
    let socket = place.path().join("s");
    let _server = server::start(server::Config {
        unixsocket: Some(socket.clone()),
        ..server::Config::default()
    })
    .expect("it starts");
    let mut wire = Wire::connect(&socket);
    for refused in ["SAVE", "BGSAVE", "BGREWRITEAOF", "SHUTDOWN SAVE"] {
        let reply = call(&mut wire, refused);
        assert!(
            matches!(&reply, Reply::Error(text) if text.contains("serve --dir")),
            "{refused}: {reply:?}"
        );
    }
    assert!(call(&mut wire, "CONFIG SET appendonly yes").is_error());
    assert_eq!(
        run(&mut wire, "CONFIG GET appendonly"),
        Reply::Array(vec![
            Reply::Bulk("appendonly".into()),
            Reply::Bulk("no".into())
        ])
    );
    run(&mut wire, "PING");
    wire.send(&["SHUTDOWN"]);
    assert_eq!(wire.receive().reply, None);
}

#[test]
fn where_the_files_are_can_be_changed_only_if_it_was_allowed() {
    let (dir, other) = (temp(), temp());
    let server = builtin(dir.path(), &[]);
    let mut wire = server.connect();
    let to_other = format!(
        "CONFIG SET dir {} dbfilename other.rdb",
        other.path().display()
    );
    let reply = call(&mut wire, &to_other);
    assert!(matches!(&reply, Reply::Error(text) if text.contains("can't set protected config")));
    let place = temp();
    let socket = place.path().join("s");
    let _server = server::start(server::Config {
        unixsocket: Some(socket.clone()),
        dir: Some(dir.path().to_owned()),
        protected_configs: true,
        ..server::Config::default()
    })
    .expect("it starts");
    let mut wire = Wire::connect(&socket);
    run(&mut wire, "SET k v");
    assert!(call(&mut wire, "CONFIG SET dir /nowhere/at/all").is_error());
    assert!(call(&mut wire, "CONFIG SET dbfilename ../x").is_error());
    run(&mut wire, &to_other);
    run(&mut wire, "SAVE");
    assert_eq!(names(other.path()), ["other.rdb"]);
    assert!(names(dir.path()).is_empty());
}

/// What is there is what is read again, all at once.
#[test]
fn a_reload_changes_nothing() {
    let (dir, place) = (temp(), temp());
    let socket = place.path().join("s");
    let _server = server::start(server::Config {
        unixsocket: Some(socket.clone()),
        dir: Some(dir.path().to_owned()),
        parameters: vec![("appendonly".into(), "yes".into())],
        debug_commands: true,
        ..server::Config::default()
    })
    .expect("it starts");
    let mut wire = Wire::connect(&socket);
    state::fill(&mut wire, ALL);
    let before = state::of(&mut wire, ALL);
    for how in ["DEBUG RELOAD", "DEBUG LOADAOF"] {
        run(&mut wire, how);
        assert_eq!(state::of(&mut wire, ALL), before, "{how}");
    }
    // Reading it does not turn it on.
    run(&mut wire, "CONFIG SET appendonly no");
    run(&mut wire, "DEBUG LOADAOF");
    run(&mut wire, "SET not written");
    run(&mut wire, "DEBUG LOADAOF");
    assert_eq!(state::of(&mut wire, ALL), before);
    drop(wire);
    drop(_server);
    assert_eq!(read_back(dir.path(), &[("appendonly", "yes")]), before);
}
