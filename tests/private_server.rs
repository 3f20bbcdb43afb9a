//! The private server of a learner's machine: which program it is, what happens
//! when that does not start, and that nothing stays behind.

#![cfg(unix)]

mod lab;
mod needs;

use lab::{Lab, wait_for};
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// One PING in the shell.
fn ping(more: &[&str]) -> Lab {
    Lab::new(&[&["repl"], more].concat()).stdin("PING\n")
}

/// A folder of scripts that stand for servers.
struct Programs(tempfile::TempDir);

impl Programs {
    fn new() -> Programs {
        Programs(tempfile::tempdir().expect("a temporary directory"))
    }

    /// A program in its own folder under this one.
    fn put(&self, folder: &str, name: &str, script: &str) -> PathBuf {
        let folder = self.0.path().join(folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let file = folder.join(name);
        std::fs::write(&file, format!("#!/bin/sh\n{script}\n")).expect("a script");
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).expect("a mode");
        file
    }

    /// These folders in front of the PATH of the tests.
    fn path(&self, folders: &[&str]) -> std::ffi::OsString {
        let own = folders.iter().map(|name| self.0.path().join(name));
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::env::join_paths(own.chain(std::env::split_paths(&path))).expect("a PATH")
    }
}

/// A command that starts the real server of this machine, if it has one.
fn real(test: &str) -> Option<String> {
    needs::installed(test, &["redis-server"]).then(|| {
        let program = lab::program().expect("installed");
        format!("exec {} \"$@\"", program.display())
    })
}

#[test]
fn every_server_starts_where_the_locale_is_not_generated() {
    for server in ["redis-6.2", "redis-7.0", "redis-8.0", "valkey-9"] {
        let Some(program) = needs::fetched("a locale that is not generated", server) else {
            continue;
        };
        let name = program.to_str().expect("a path in UTF-8");
        Lab::new(&["strings", "--no-pause", "--verbose", "--server", name])
            .env("LANG", "pl_PL.UTF-8")
            .env("LC_ALL", "xx_YY.UTF-8")
            .run()
            .exits(0)
            .complains(&format!("private, started from {name}"));
    }
}

#[test]
fn a_log_that_says_failed_is_no_failure() {
    let programs = Programs::new();
    let Some(real) = real("a log that says Failed") else {
        return;
    };
    let noisy = format!("echo 'Failed to find FATAL things'\n{real}");
    let program = programs.put("noisy", "my-server", &noisy);
    ping(&["--server", program.to_str().unwrap()])
        .run()
        .exits(0)
        .says("PONG");
}

#[test]
fn one_that_does_not_start_gives_way_to_the_builtin_one_in_one_line() {
    let programs = Programs::new();
    let script = "echo '77:M 29 Nov 2026 03:28:11.931 # No luck \x1b[2Jtoday.'\necho >&2\nexit 1";
    programs.put("bad", "redis-server", script);
    let path = programs.path(&["bad"]);
    let outcome = ping(&[]).env("PATH", &path).run().exits(0);
    let line = outcome.stderr.trim_end();
    assert_eq!(line.lines().count(), 1, "{line}");
    assert!(
        line.ends_with(
            "bad/redis-server did not start: No luck [2Jtoday.; the built-in server is used"
        ),
        "{line}"
    );
    ping(&["--lang", "pl"])
        .env("PATH", &path)
        .run()
        .exits(0)
        .complains("nie wystartował: No luck [2Jtoday.; użyty zostaje serwer wbudowany");
    ping(&["--server", "spawn"])
        .env("PATH", &path)
        .run()
        .exits(4)
        .complains("did not start: No luck")
        .complains("--server builtin");
    Lab::new(&["doctor"])
        .env("PATH", &path)
        .run()
        .exits(0)
        .says("the built-in server")
        .complains("did not start");
    // One that says nothing at all.
    programs.put("mute", "redis-server", "exit 3");
    ping(&[])
        .env("PATH", programs.path(&["mute"]))
        .run()
        .exits(0)
        .complains("did not start: it ended at once");
}

#[test]
fn the_first_folder_of_path_decides() {
    let programs = Programs::new();
    let Some(real) = real("the first folder of PATH") else {
        return;
    };
    programs.put("first", "valkey-server", &real);
    programs.put("second", "redis-server", &real);
    Lab::new(&["doctor"])
        .env("PATH", programs.path(&["first", "second"]))
        .run()
        .exits(0)
        .says("PATH has")
        .says("first/valkey-server");
    Lab::new(&["doctor"])
        .env("PATH", programs.path(&["second", "first"]))
        .run()
        .exits(0)
        .says("second/redis-server");
}

#[test]
#[cfg(target_os = "linux")]
fn doctor_says_what_will_look_wrong_or_not_be_kept() {
    let doctor = || Lab::new(&["doctor", "--server", "builtin"]);
    doctor()
        .env("LC_ALL", "C.UTF-8")
        .run()
        .exits(0)
        .says("UTF-8 (LC_ALL=C.UTF-8)");
    doctor()
        .env("LC_ALL", "pl_PL.ISO-8859-2")
        .env("REDIS_LAB_STATE_DIR", "/proc/redis-lab")
        .run()
        .exits(0)
        .says("LC_ALL=pl_PL.ISO-8859-2: jeśli ł wygląda źle")
        .says("/proc/redis-lab: nie można tam zapisywać");
}

#[test]
fn a_program_can_be_named() {
    let programs = Programs::new();
    let Some(real) = real("a named program") else {
        return;
    };
    let program = programs.put("mine", "my-server", &real);
    let name = program.to_str().unwrap();
    let path = programs.path(&["mine"]);
    let says = format!("started from {name}");
    Lab::new(&["doctor", "--server", name])
        .run()
        .exits(0)
        .says(&says);
    Lab::new(&["doctor", "--server", "my-server"])
        .env("PATH", &path)
        .run()
        .exits(0)
        .says(&says);
    Lab::new(&["doctor"])
        .env("REDIS_LAB_SERVER", name)
        .run()
        .exits(0)
        .says(&says);
    // The command line is nearer than the environment.
    Lab::new(&["doctor", "--server", "builtin"])
        .env("REDIS_LAB_SERVER", name)
        .run()
        .exits(0)
        .says("the built-in server");
    for (wrong, complaint) in [
        ("./no/such", "./no/such is not a program"),
        ("no-such-server", "there is no no-such-server on PATH"),
    ] {
        ping(&["--server", wrong])
            .run()
            .exits(4)
            .complains(complaint);
    }
    Lab::new(&["doctor", "--server", "bultin"])
        .run()
        .exits(2)
        .complains("auto, spawn, builtin");
}

#[test]
fn every_command_can_say_which_server_it_is_on() {
    for args in [
        &["lists", "--no-pause"][..],
        &["repl"],
        &["pubsub", "--publish", "news", "hello"],
        &["check", "lessons/en/lists.md"],
        &["practice", "verify"],
        &["walkthrough", "lists", "--rehearse"],
    ] {
        let state = tempfile::tempdir().expect("a temporary directory");
        let args = [args, &["--server", "builtin", "--verbose"]].concat();
        Lab::new(&args)
            .env("XDG_DATA_HOME", state.path())
            .env("XDG_STATE_HOME", state.path())
            .run()
            .exits(0)
            .complains("redis-lab: the built-in server (compatible with Redis");
    }
}

/// What redis-lab has in a folder for temporary files.
fn leftovers(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.flatten().map(|entry| entry.path()).collect()
}

/// A section in the middle of its run, its temporary files in a folder.
fn running(temporary: &Path, server: &str) -> std::process::Child {
    let args = ["all", "--no-pause", "--server", server];
    let mut child = Lab::new(&args).env("TMPDIR", temporary).spawn();
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().expect("piped"));
    stdout.read_line(&mut line).expect("a line");
    assert!(!leftovers(temporary).is_empty(), "{line}");
    // Read on, so that it is never blocked.
    std::thread::spawn(move || std::io::copy(&mut stdout, &mut std::io::sink()));
    child
}

fn signal(child: &std::process::Child, signal: Signal) {
    let pid = Pid::from_child(child);
    kill_process(pid, signal).expect("it runs");
}

#[test]
fn signals_during_a_section_leave_no_folder_behind() {
    for server in ["builtin", "auto"] {
        for name in needs::ending_signals() {
            let kind = match name {
                "HUP" => Signal::HUP,
                "INT" => Signal::INT,
                _ => Signal::TERM,
            };
            let temporary = tempfile::tempdir().expect("a temporary directory");
            let mut child = running(temporary.path(), server);
            signal(&child, kind);
            assert_eq!(child.wait().unwrap().code(), Some(130), "{server} {kind:?}");
            let left = leftovers(temporary.path());
            assert!(left.is_empty(), "{server} {kind:?}: {left:?}");
        }
    }
}

#[test]
fn what_a_killed_run_left_is_swept_at_the_next_start_and_nothing_else() {
    let temporary = tempfile::tempdir().expect("a temporary directory");
    let somebodys = temporary.path().join("redis-lab-notes");
    std::fs::create_dir(&somebodys).unwrap();
    let mut alive = running(temporary.path(), "builtin");
    let before = leftovers(temporary.path());
    let mut killed = running(temporary.path(), "builtin");
    killed.kill().unwrap();
    killed.wait().unwrap();
    let left = leftovers(temporary.path()).len();
    assert_eq!(left, before.len() + 1, "a killed run cannot clean up");
    wait_for("the sweep", || {
        ping(&["--server", "builtin"])
            .env("TMPDIR", temporary.path())
            .run()
            .exits(0);
        leftovers(temporary.path()).len() == before.len()
    });
    assert!(before.iter().all(|folder| folder.exists()));
    alive.kill().unwrap();
    alive.wait().unwrap();
}
