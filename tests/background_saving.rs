//! What the built-in server writes while it serves: how far it is, that it can
//! be given up, what waits for what, and what happens when it fails.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod persistence_support;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use persistence_support::real::Real;
use persistence_support::{Builtin, PATIENCE, builtin, call, info, names, run, wait_for};
use resp::Reply;
use server::{News, Obstacle, Signal};
use std::fs;
use std::path::Path;
use std::time::Instant;
use wire::Wire;

const NO_SAVE: (&str, &str) = ("save", "");
/// A key takes longer than any test.
const SLOW: &str = "CONFIG SET rdb-key-save-delay 600000000";
const FAST: &str = "CONFIG SET rdb-key-save-delay 0";
const FOLDER: &str = "appendonlydir";

fn temp() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

/// A server that takes long to write, with three keys.
fn slow(dir: &Path, parameters: &[(&str, &str)]) -> (Builtin, Wire) {
    let server = builtin(dir, parameters);
    let mut wire = server.connect();
    run(&mut wire, "MSET a 1 b 2 c 3");
    run(&mut wire, SLOW);
    (server, wire)
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime")
}

/// What the server tells next.
fn news(server: &mut Builtin) -> Option<News> {
    let news = server.handle.news();
    let news = runtime().block_on(async { tokio::time::timeout(PATIENCE, news).await });
    news.expect("it tells something")
}

/// Waits until it has stopped; what it has told by then.
fn all_news(mut server: Builtin) -> Vec<News> {
    std::iter::from_fn(|| news(&mut server)).collect()
}

/// Has what is being written fail.
fn fail(wire: &mut Wire) {
    run(wire, &format!("DEBUG FAIL-SAVE {}", i64::MAX));
}

fn wait_for_names(dir: &Path, wanted: &[&str]) {
    let deadline = Instant::now() + PATIENCE;
    while names(dir) != wanted {
        assert!(Instant::now() < deadline, "{:?}", names(dir));
        std::thread::yield_now();
    }
}

fn manifest(dir: &Path) -> String {
    fs::read_to_string(dir.join(FOLDER).join("appendonly.aof.manifest")).expect("a manifest")
}

#[test]
fn flushall_gives_up_a_snapshot() {
    let dir = temp();
    let (mut server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, "BGSAVE");
    assert_eq!(info(&mut wire, "rdb_bgsave_in_progress"), "1");
    assert_eq!(info(&mut wire, "current_save_keys_total"), "3");
    // One key is written, and now it waits.
    wait_for(&mut wire, "current_save_keys_processed", "1");
    assert_eq!(info(&mut wire, "current_fork_perc"), "33.33");
    let temporary = format!("temp-{}.rdb", std::process::id());
    wait_for_names(dir.path(), &[&temporary]);
    assert!(call(&mut wire, "BGSAVE").is_error());
    run(&mut wire, "FLUSHALL");
    assert_eq!(news(&mut server), Some(News::SnapshotGivenUp));
    wait_for(&mut wire, "rdb_bgsave_in_progress", "0");
    assert_eq!(info(&mut wire, "rdb_last_bgsave_status"), "ok");
    assert_eq!(info(&mut wire, "rdb_saves"), "0");
    assert_eq!(info(&mut wire, "rdb_changes_since_last_save"), "6");
    assert!(names(dir.path()).is_empty());

    // One that fails is something else.
    run(&mut wire, "MSET a 1 b 2");
    run(&mut wire, "BGSAVE");
    fail(&mut wire);
    let Some(News::NotSaved(why)) = news(&mut server) else {
        panic!("it is told");
    };
    assert!(why.to_string().contains("cannot write"), "{why}");
    assert_eq!(info(&mut wire, "rdb_last_bgsave_status"), "err");
    assert!(names(dir.path()).is_empty());
    run(&mut wire, FAST);
    run(&mut wire, "BGSAVE");
    wait_for(&mut wire, "rdb_saves", "1");
    assert_eq!(info(&mut wire, "rdb_changes_since_last_save"), "0");
    assert_eq!(names(dir.path()), ["dump.rdb"]);
}

#[test]
fn whoever_stops_waits_for_no_snapshot() {
    let dir = temp();
    let (server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, "BGSAVE");
    wire.send(&[b"SHUTDOWN"]);
    assert_eq!(all_news(server), [News::SnapshotGivenUp]);
    assert!(names(dir.path()).is_empty());

    // In the midst of the snapshot that is taken at the end, too.
    let (server, _wire) = slow(dir.path(), &[("save", "3600 1")]);
    server.handle.ask_to_stop();
    let temporary = format!("temp-{}.rdb", std::process::id());
    wait_for_names(dir.path(), &[&temporary]);
    drop(server);
    assert!(names(dir.path()).is_empty());
}

#[test]
fn signals_end_it_as_they_are_told_to() {
    let dir = temp();
    let ends = |signal: Signal, how: &str| {
        let server = builtin(dir.path(), &[("save", "3600 1")]);
        let mut wire = server.connect();
        run(&mut wire, "SET k v");
        run(&mut wire, how);
        server.handle.signal(signal);
        all_news(server)
    };
    let how = "CONFIG SET shutdown-on-sigterm nosave shutdown-on-sigint default";
    assert!(ends(Signal::Terminate, how).is_empty());
    assert!(names(dir.path()).is_empty());
    let how = "CONFIG SET shutdown-on-sigterm nosave shutdown-on-sigint \"SAVE now\" save \"\"";
    assert!(ends(Signal::Interrupt, how).is_empty());
    assert_eq!(names(dir.path()), ["dump.rdb"]);

    fs::remove_file(dir.path().join("dump.rdb")).expect("it is there");
    let mut server = builtin(dir.path(), &[("save", "3600 1")]);
    fs::create_dir_all(dir.path().join("dump.rdb/x")).expect("made");
    let mut wire = server.connect();
    run(&mut wire, "SET k v");
    server.handle.signal(Signal::Terminate);
    let Some(News::NotStopped(why)) = news(&mut server) else {
        panic!("it stopped");
    };
    assert!(why.to_string().contains("cannot write"), "{why}");
    run(&mut wire, "CONFIG SET shutdown-on-sigterm force");
    server.handle.signal(Signal::Terminate);
    assert!(all_news(server).is_empty());
    assert_eq!(names(dir.path()), ["dump.rdb"]);
}

#[test]
fn a_rewrite_waits_for_a_snapshot_and_is_given_up_with_the_log() {
    let dir = temp();
    let (mut server, mut wire) = slow(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    run(&mut wire, "BGSAVE");
    let reply = run(&mut wire, "BGREWRITEAOF");
    assert!(matches!(reply, Reply::Status(text) if text.ends_with("scheduled")));
    assert_eq!(info(&mut wire, "aof_rewrite_scheduled"), "1");
    run(&mut wire, FAST);
    fail(&mut wire);
    assert!(matches!(news(&mut server), Some(News::NotSaved(_))));
    wait_for(&mut wire, "aof_rewrites", "1");

    run(&mut wire, SLOW);
    run(&mut wire, "BGREWRITEAOF");
    assert_eq!(info(&mut wire, "aof_rewrite_in_progress"), "1");
    run(&mut wire, "CONFIG SET appendonly no");
    assert_eq!(news(&mut server), Some(News::RewriteGivenUp));
    wait_for(&mut wire, "aof_rewrite_in_progress", "0");
    assert_eq!(info(&mut wire, "aof_last_bgrewrite_status"), "ok");
    // The file for the commands since stays; the base does not come.
    let left = names(&dir.path().join(FOLDER));
    let log = |n| format!("appendonly.aof.{n}.incr.aof");
    let base = "appendonly.aof.2.base.rdb".to_owned();
    let wanted = [base, log(2), log(3), "appendonly.aof.manifest".into()];
    assert_eq!(left, wanted);
}

#[test]
fn a_log_is_begun_while_clients_are_served() {
    let dir = temp();
    let folder = dir.path().join(FOLDER);
    let (mut server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, "CONFIG SET appendonly yes");
    assert_eq!(info(&mut wire, "aof_enabled"), "1");
    assert_eq!(info(&mut wire, "aof_rewrite_in_progress"), "1");
    assert!(!folder.join("appendonly.aof.manifest").exists());
    assert!(folder.join("temp-appendonly.aof.incr").exists());
    run(&mut wire, "INCR a");
    // Whoever stopped now would lose everything.
    let Reply::Error(why) = call(&mut wire, "SHUTDOWN") else {
        panic!("it stops");
    };
    assert!(why.contains("Errors trying to SHUTDOWN"), "{why}");
    // It is begun again when that has failed.
    run(&mut wire, FAST);
    fail(&mut wire);
    assert_eq!(news(&mut server), Some(News::NotBegun));
    wait_for(&mut wire, "aof_rewrites", "1");
    let wanted = [
        "appendonly.aof.1.base.rdb",
        "appendonly.aof.1.incr.aof",
        "appendonly.aof.manifest",
    ];
    assert_eq!(names(&folder), wanted);
    // One turn of the server: the base is that of its beginning.
    run(&mut wire, "CONFIG SET appendonly no");
    wire.send_raw(b"CONFIG SET appendonly yes\r\nINCR a\r\nINCR a\r\n");
    for _ in 0..3 {
        wire.receive();
    }
    wait_for(&mut wire, "aof_rewrites", "2");
    run(&mut wire, "INCR a");
    let log = fs::read_to_string(folder.join("appendonly.aof.2.incr.aof")).expect("a log");
    assert_eq!(log.matches("INCR").count(), 3, "{log}");
    drop(server);
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    let mut wire = server.connect();
    assert_eq!(run(&mut wire, "GET a"), Reply::Bulk(b"5".to_vec()));
    assert_eq!(run(&mut wire, "GET c"), Reply::Bulk(b"3".to_vec()));
}

#[test]
fn a_log_that_is_turned_off_before_it_is_there_leaves_nothing() {
    let dir = temp();
    let (mut server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, "CONFIG SET appendonly yes");
    run(&mut wire, "CONFIG SET appendonly no");
    assert_eq!(news(&mut server), Some(News::RewriteGivenUp));
    wait_for(&mut wire, "aof_rewrite_in_progress", "0");
    assert!(names(&dir.path().join(FOLDER)).is_empty());
    // And on again before the writing has ended: then from the beginning.
    run(&mut wire, "CONFIG SET appendonly yes");
    run(&mut wire, FAST);
    run(&mut wire, "CONFIG SET appendonly no");
    run(&mut wire, "CONFIG SET appendonly yes");
    wait_for(&mut wire, "aof_rewrites", "1");
    run(&mut wire, "DEL a b");
    drop(server);
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(1));
}

#[test]
fn whoever_insists_stops_although_a_log_is_being_begun() {
    let dir = temp();
    let (server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, "CONFIG SET appendonly yes");
    wire.send(&["SHUTDOWN", "FORCE"]);
    assert_eq!(all_news(server), [News::RewriteGivenUp]);
    assert!(names(&dir.path().join(FOLDER)).is_empty());
}

/// In the midst of a transaction the data are half-way.
#[test]
fn a_log_begun_in_a_transaction_has_each_change_once() {
    let dir = temp();
    {
        let mut server = builtin(dir.path(), &[NO_SAVE]);
        let mut wire = server.connect();
        for line in [
            "MULTI",
            "INCR n",
            "CONFIG SET appendonly yes",
            "INCR n",
            "EXEC",
        ] {
            run(&mut wire, line);
        }
        assert_eq!(news(&mut server), Some(News::BeginsLater));
        wait_for(&mut wire, "aof_rewrites", "1");
    }
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    let mut wire = server.connect();
    assert_eq!(run(&mut wire, "GET n"), Reply::Bulk(b"2".to_vec()));
}

/// WAITAOF promises nothing that is not there.
#[test]
fn waitaof_has_the_log_begun() {
    let dir = temp();
    let (server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, FAST);
    run(&mut wire, "CONFIG SET appendonly yes");
    let reply = run(&mut wire, "WAITAOF 1 0 0");
    assert_eq!(reply, Reply::Array(vec![Reply::Int(1), Reply::Int(0)]));
    assert!(manifest(dir.path()).contains("type b"));
    drop(server);
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(3));
}

#[test]
fn a_rewrite_that_fails_is_told_and_tried_again_ever_later() {
    let dir = temp();
    // A base cannot take its place.
    let folder = dir.path().join(FOLDER);
    let obstacle = folder.join("appendonly.aof.1.base.rdb");
    fs::create_dir_all(obstacle.join("x")).expect("made");
    let (mut server, mut wire) = slow(dir.path(), &[NO_SAVE]);
    run(&mut wire, FAST);
    run(&mut wire, "CONFIG SET appendonly yes");
    for _ in 0..3 {
        assert_eq!(news(&mut server), Some(News::NotBegun));
        let Some(News::NotRewritten(why)) = news(&mut server) else {
            panic!("it is told");
        };
        assert!(why.to_string().contains("cannot write"), "{why}");
    }
    let told = news(&mut server);
    assert_eq!(told, Some(News::RewriteWaits { minutes: 1 }));
    assert_eq!(info(&mut wire, "aof_rewrites_consecutive_failures"), "3");
    assert_eq!(info(&mut wire, "aof_last_bgrewrite_status"), "err");
    assert_eq!(info(&mut wire, "aof_rewrite_scheduled"), "1");
    assert_eq!(names(&folder), ["appendonly.aof.1.base.rdb"]);
    // Somebody asks: there is no waiting then.
    fs::remove_dir_all(&obstacle).expect("removed");
    run(&mut wire, "BGREWRITEAOF");
    wait_for(&mut wire, "aof_rewrites", "1");
    assert_eq!(info(&mut wire, "aof_rewrites_consecutive_failures"), "0");
    assert!(obstacle.is_file());
}

/// In a transaction the data are half-way: both are written once it is over.
#[test]
fn what_a_transaction_asks_for_is_written_after_it() {
    let dir = temp();
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    let mut wire = server.connect();
    for (command, told, figure) in [
        (
            "BGREWRITEAOF",
            "Background append only file rewriting scheduled",
            "aof_rewrites",
        ),
        ("BGSAVE", "Background saving scheduled", "rdb_saves"),
    ] {
        run(&mut wire, "MULTI");
        run(&mut wire, "SET k v");
        run(&mut wire, command);
        run(&mut wire, "SET k w");
        let ok = || Reply::Status("OK".to_owned());
        let expected = [ok(), Reply::Status(told.to_owned()), ok()];
        assert_eq!(call(&mut wire, "EXEC"), Reply::Array(expected.into()));
        wait_for(&mut wire, figure, "1");
    }
    let snapshot = fs::read(dir.path().join("dump.rdb")).expect("a snapshot");
    assert!(snapshot.windows(4).any(|bytes| bytes == b"\x01k\x01w"));
}

#[test]
fn a_log_may_have_another_name_and_keep_what_is_replaced() {
    let dir = temp();
    let parameters = [
        NO_SAVE,
        ("appendonly", "yes"),
        ("appendfilename", " my log\n"),
        ("appenddirname", "logs"),
        ("aof-disable-auto-gc", "yes"),
    ];
    {
        let server = builtin(dir.path(), &parameters);
        let mut wire = server.connect();
        run(&mut wire, "SET k v");
        assert!(call(&mut wire, "CONFIG SET appendfilename other").is_error());
        run(&mut wire, "BGREWRITEAOF");
        wait_for(&mut wire, "aof_rewrites", "1");
        let path = dir.path().join("logs/ my log\n.manifest");
        let kinds = || {
            let text = fs::read_to_string(&path).expect("a manifest");
            let kind = |line: &str| line.split(" type ").nth(1)?.chars().next();
            text.lines().filter_map(kind).collect::<String>()
        };
        assert_eq!(kinds(), "bhhi");
        run(&mut wire, "CONFIG SET aof-disable-auto-gc no");
        assert_eq!(kinds(), "bi");
        run(&mut wire, "SET l w");
    }
    let kept = names(&dir.path().join("logs"));
    assert_eq!(kept.len(), 3, "{kept:?}");
    let server = builtin(dir.path(), &parameters);
    assert_eq!(run(&mut server.connect(), "DBSIZE"), Reply::Int(2));
    drop(server);
    for name in ["appendfilename", "appenddirname"] {
        for wrong in ["", "a/b", ".."] {
            let started = persistence_support::try_builtin(dir.path(), &[(name, wrong)]);
            assert!(started.is_err(), "{name} {wrong:?}");
        }
    }
    let Some(program) = needs::fetched("a log of another name", "redis-8.0") else {
        return;
    };
    let arguments = ["--appendonly", "yes", "--appenddirname", "logs"];
    let name = ["--appendfilename", " my log\n"];
    let real = Real::start(&program, dir.path(), &[&arguments[..], &name].concat());
    assert_eq!(
        run(&mut real.connect(), "GET l"),
        Reply::Bulk(b"w".to_vec())
    );
}

/// Redis writes the manifest before it moves the one file of older versions.
#[test]
fn taking_over_an_old_log_goes_on_where_it_ended() {
    let dir = temp();
    fs::create_dir(dir.path().join(FOLDER)).expect("made");
    let line = "file appendonly.aof seq 1 type b\n";
    fs::write(
        dir.path().join(FOLDER).join("appendonly.aof.manifest"),
        line,
    )
    .expect("written");
    let log = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1\r\nv\r\n";
    fs::write(dir.path().join("appendonly.aof"), log).expect("written");
    let server = builtin(dir.path(), &[NO_SAVE, ("appendonly", "yes")]);
    assert_eq!(
        run(&mut server.connect(), "GET k"),
        Reply::Bulk(b"v".to_vec())
    );
    assert_eq!(names(dir.path()), [FOLDER]);
    assert!(manifest(dir.path()).starts_with(line));
}

/// SHUTDOWN ABORT takes back what a signal has asked for, as long as that is
/// not being done.
#[test]
fn a_shutdown_that_waits_can_be_aborted() {
    let dir = temp();
    let mut server = builtin(dir.path(), &[NO_SAVE]);
    let mut wire = server.connect();
    assert!(call(&mut wire, "SHUTDOWN ABORT").is_error());
    run(&mut wire, "DEBUG PAUSE-CRON 1");
    server.handle.signal(Signal::Terminate);
    run(&mut wire, "SHUTDOWN ABORT");
    let told = news(&mut server);
    assert_eq!(told, Some(News::NotStopped(Obstacle::Aborted)));
    run(&mut wire, "DEBUG PAUSE-CRON 0");
    run(&mut wire, "PING");
    server.handle.signal(Signal::Terminate);
    assert!(all_news(server).is_empty());
}

#[test]
fn it_is_told_once_that_errors_have_too_many_codes() {
    let dir = temp();
    let mut server = builtin(dir.path(), &[NO_SAVE]);
    let mut wire = server.connect();
    for code in 100..300 {
        let script = format!("return redis.error_reply('{code}# of a script')");
        wire.send(&["EVAL", &script, "0"]);
        let reply = wire.receive().reply.expect("it is open");
        assert!(reply.is_error(), "{reply:?}");
    }
    let codes = (100..228).map(|code| format!("{code}_")).collect();
    assert_eq!(news(&mut server), Some(News::TooManyCodes { codes }));
    assert_eq!(info(&mut wire, "lazyfreed_objects"), "128");
    assert_eq!(info(&mut wire, "errorstat_ERRORSTATS_DISABLED"), "count=1");
    server.handle.signal(Signal::Terminate);
    assert!(all_news(server).is_empty());
}

#[test]
fn others_are_told_that_a_script_of_the_log_is_being_loaded() {
    let dir = temp();
    let folder = dir.path().join(FOLDER);
    fs::create_dir(&folder).expect("made");
    let on = [
        NO_SAVE,
        ("appendonly", "yes"),
        ("busy-reply-threshold", "1"),
    ];
    let mut server = builtin(dir.path(), &on);
    let script = "redis.call('set','k','v') local n=0 for i=1,5e7 do n=n+i end return n";
    let log = format!(
        "*3\r\n$4\r\nEVAL\r\n${}\r\n{script}\r\n$1\r\n0\r\n",
        script.len()
    );
    fs::write(folder.join("appendonly.aof.1.incr.aof"), log).expect("written");
    let mut loads = server.connect();
    let mut other = server.connect();
    loads.send(&["DEBUG", "LOADAOF"]);
    assert_eq!(news(&mut server), Some(News::SlowScript { after: 1 }));
    let Reply::Error(why) = call(&mut other, "PING") else {
        panic!("it was over too soon");
    };
    assert!(why.starts_with("LOADING "), "{why}");
    let loaded = loads.receive().reply.expect("it is open");
    assert!(!loaded.is_error(), "{loaded:?}");
    assert_eq!(run(&mut other, "GET k"), Reply::Bulk(b"v".to_vec()));
    assert_eq!(info(&mut other, "rdb_changes_since_last_save"), "0");
}
