//! The ACL file: the built-in server and a real one, given the same file, say
//! the same of it, have the same users then, and write the same.

#![cfg(unix)]
#![allow(missing_docs, reason = "a test has no readers of its documentation")]

mod needs;
mod persistence_support;
#[allow(dead_code, reason = "shared with the differential tests")]
#[path = "support/wire.rs"]
mod wire;

use persistence_support::real::Real;
use persistence_support::{builtin, call, try_builtin};
use resp::Reply;
use server::{LoadCause, LoadError};
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use wire::Wire;

const FILE: &str = "users.acl";

const USERS: &str = "user alice on >alice +@all ~* &*\n\
                     user doug on nopass +@all ~* resetchannels &test\n\
                     user default on nopass +@all ~* &*\n";

fn folder(text: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a temporary directory");
    fs::write(dir.path().join(FILE), text).expect("a file");
    dir
}

/// What ACL LOAD makes of a file, and what ACL SAVE writes then.
fn outcome(dir: &Path, contents: &str, wire: &mut Wire) -> (Reply, Reply, Reply, String) {
    fs::write(dir.join(FILE), contents).expect("a file");
    let loaded = call(wire, "ACL LOAD");
    let users = call(wire, "ACL LIST");
    let saved = call(wire, "ACL SAVE");
    let written = fs::read_to_string(dir.join(FILE)).expect("it is there");
    (loaded, users, saved, written)
}

#[test]
fn a_file_is_read_and_written_as_redis_does() {
    let Some(program) = needs::fetched("acl_file", "redis-8.0") else {
        return;
    };
    let (ours, theirs) = (folder(USERS), folder(USERS));
    let server = builtin(ours.path(), &[("aclfile", FILE)]);
    let real = Real::start(&program, theirs.path(), &["--aclfile", FILE]);
    let (mut ours_wire, mut theirs_wire) = (server.connect(), real.connect());
    for contents in [
        USERS,
        "",
        "\n  user a on >p (+get ~a*) (%R~b +@read)\t\r\n\nuser b\n",
        "user a on\nuser a off\nuser default off\nuser default on",
        "user default on nopass +@all ~* &*\nusr b\nuser\nuser c (+get ~x",
        "user a wrong wronger\nuser b\tc on\nuser d +nothing also -@nobody\n",
        "user  on\n",
        "user default on nopass +@all ~* &* ~more\n",
    ] {
        let expected = outcome(theirs.path(), contents, &mut theirs_wire);
        let found = outcome(ours.path(), contents, &mut ours_wire);
        assert_eq!(found, expected, "{contents:?}");
    }
    for dir in [&ours, &theirs] {
        fs::remove_file(dir.path().join(FILE)).expect("removed");
    }
    for line in ["ACL LOAD", "CONFIG GET aclfile", "CONFIG SET aclfile x"] {
        let expected = call(&mut theirs_wire, line);
        assert_eq!(call(&mut ours_wire, line), expected, "{line}");
    }
}

#[test]
fn who_is_gone_or_may_hear_less_is_disconnected() {
    let dir = folder(USERS);
    let server = builtin(dir.path(), &[("aclfile", FILE)]);
    let mut admin = server.connect();
    call(&mut admin, "ACL SETUSER doug &test*");
    call(&mut admin, "ACL SETUSER mortimer on nopass +@all ~* &*");
    let subscribed = |name: &str, channel: &str| {
        let mut wire = server.connect();
        call(&mut wire, &format!("AUTH {name} {name}"));
        call(&mut wire, &format!("SUBSCRIBE {channel}"));
        wire
    };
    let mut stays = [subscribed("alice", "test1"), subscribed("doug", "test")];
    let mut goes = [subscribed("doug", "test1"), subscribed("mortimer", "test")];
    let mut asks = server.connect();
    call(&mut asks, "AUTH mortimer x");
    assert_eq!(call(&mut asks, "ACL LOAD"), Reply::Status("OK".into()));
    assert_eq!(
        asks.receive().reply,
        None,
        "the one that asks is closed last"
    );
    for wire in &mut goes {
        assert_eq!(wire.receive().reply, None);
    }
    call(&mut admin, "PUBLISH test1 news");
    call(&mut admin, "PUBLISH test news");
    for wire in &mut stays {
        assert!(wire.receive().raw.ends_with(b"news\r\n"));
    }
}

/// A file that only its owner may read stays so, and one that cannot be
/// written is untouched.
#[test]
fn saving_replaces_the_file_as_a_whole() {
    let dir = folder(USERS);
    let file = dir.path().join(FILE);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).expect("its mode");
    let server = builtin(dir.path(), &[("aclfile", FILE)]);
    let mut wire = server.connect();
    call(&mut wire, "ACL SETUSER new on");
    assert_eq!(call(&mut wire, "ACL SAVE"), Reply::Status("OK".into()));
    let written = fs::read_to_string(&file).expect("it is there");
    assert!(written.contains("user new on "), "{written}");
    let mode = fs::metadata(&file)
        .expect("it is there")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o600);

    let taken = dir.path().join("taken.acl");
    let server = {
        fs::write(&taken, USERS).expect("a file");
        let path = taken.display().to_string();
        builtin(dir.path(), &[("aclfile", path.as_str())])
    };
    fs::remove_file(&taken).expect("removed");
    fs::create_dir_all(taken.join("in the way")).expect("a directory");
    let refused = call(&mut server.connect(), "ACL SAVE");
    assert!(refused.is_error(), "{refused:?}");
    let names: Vec<_> = fs::read_dir(dir.path())
        .expect("a directory")
        .map(|entry| entry.expect("an entry").file_name())
        .collect();
    assert_eq!(names.len(), 2, "{names:?}");
}

#[test]
fn a_server_does_not_start_with_a_file_that_is_wrong() {
    let cause = |dir: &Path| {
        let error = try_builtin(dir, &[("aclfile", FILE)])
            .err()
            .expect("refused");
        let error = error.into_inner().expect("a cause");
        error.downcast::<LoadError>().expect("what is wrong").cause
    };
    let dir = folder("user a on\nuser a off\n");
    let LoadCause::Users(why) = cause(dir.path()) else {
        panic!("another cause");
    };
    assert!(why.starts_with("WARNING: Duplicate user 'a' found on line 2. "));
    fs::remove_file(dir.path().join(FILE)).expect("removed");
    let LoadCause::Users(why) = cause(dir.path()) else {
        panic!("another cause");
    };
    assert_eq!(
        why,
        "Error loading ACLs, opening file 'users.acl': No such file or directory"
    );
}

/// As a user starts it: without `--dir` the file is looked for where one is,
/// and it may not open a server to others that a password would have closed.
#[test]
fn the_program_refuses_a_file_that_lets_in_everybody() {
    let dir = folder("user alice on >alice +@all ~* &*\n");
    let refused = |lang: &str| {
        let output = needs::redis_lab()
            .current_dir(dir.path())
            .args(["serve", "--port", "0", "--bind", "0.0.0.0"])
            .args(["--requirepass", "x", "--set", "aclfile=users.acl"])
            .args(["--lang", lang])
            .stdin(Stdio::null())
            .output()
            .expect("it runs");
        assert_eq!(output.status.code(), Some(4));
        String::from_utf8(output.stderr).expect("text")
    };
    assert!(refused("en").contains("users.acl: an address that others can reach"));
    assert!(refused("pl").contains("user default off"));
}
