//! The sections that start several servers of their own: on real servers, from
//! their recording, and that nothing stays behind, whoever is killed.

#![cfg(unix)]

mod lab;
mod needs;
mod repl_support;

use lab::{ForeignServer, Lab, wait_for};
use repl_support::{LAB, Terminal, home_command};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::Child;

/// The sections, with what each says of the servers that it starts.
const SECTIONS: [(&str, &str); 2] = [
    ("replication", "sentinel :"),
    ("cluster", "for this lesson a :"),
];

/// Text without its line breaks.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// A real server's program, and whether there is one.
fn real(test: &str) -> Option<PathBuf> {
    needs::installed(test, &["redis-server"])
        .then(lab::program)
        .flatten()
}

#[test]
fn each_plays_on_real_servers_and_keeps_apart_from_another_run() {
    let Some(program) = real("several servers") else {
        return;
    };
    let program = program.to_str().expect("a path in UTF-8");
    for (section, says) in SECTIONS {
        let start = || Lab::new(&[section, "--no-pause", "--server", program]).spawn();
        let (first, second) = (start(), start());
        for run in [first, second] {
            let output = run.wait_with_output().expect("it ends");
            let text = String::from_utf8_lossy(&output.stdout);
            assert_eq!(output.status.code(), Some(0), "{section}: {text}");
            assert!(unwrapped(&text).contains(says), "{section}: {text}");
        }
    }
}

#[test]
fn without_a_real_server_a_recording_is_played_which_is_said_in_one_line() {
    for (section, shows) in [("replication", "READONLY"), ("cluster", "MOVED 9523")] {
        let run = Lab::new(&[section, "--no-pause", "--server", "builtin"])
            .run()
            .exits(0)
            .says(shows);
        let said = unwrapped(&run.stdout);
        let line = "a recording, for there is no redis-server or valkey-server here";
        assert_eq!(said.matches(line).count(), 1, "{}", run.stdout);
        Lab::new(&[section, "--no-pause", "--server", "builtin", "--lang", "pl"])
            .run()
            .exits(0)
            .says("nagranie");
    }
}

#[test]
fn beside_a_server_that_is_not_ours_they_start_their_own() {
    if real("several servers beside another").is_none() {
        return;
    }
    let server = ForeignServer::start();
    let size = || {
        let mut connection = server.connection();
        let asked: redis::RedisResult<i64> = redis::cmd("DBSIZE").query(&mut connection);
        asked.expect("a number")
    };
    let before = size();
    for (section, says) in SECTIONS {
        let run = Lab::new(&[section, "--no-pause", "--url", &server.url()])
            .run()
            .exits(0);
        assert!(unwrapped(&run.stdout).contains(says), "{}", run.stdout);
    }
    assert_eq!(size(), before);
}

/// The processes of a run with its temporary files in this folder: servers
/// work in a folder under it, and all others have it in their environment.
#[cfg(target_os = "linux")]
fn processes(folder: &Path) -> Vec<(i32, String)> {
    let mark = format!("TMPDIR={}", folder.display());
    let entries = std::fs::read_dir("/proc").expect("Linux");
    let found = entries.flatten().filter_map(|entry| {
        let pid = entry.file_name().to_str()?.parse().ok()?;
        let own = entry.path();
        let name = std::fs::read_to_string(own.join("comm")).ok()?;
        let current = std::fs::read_link(own.join("cwd"));
        let environment = std::fs::read(own.join("environ")).unwrap_or_default();
        let is_here = current.is_ok_and(|current| current.starts_with(folder))
            || environment
                .split(|byte| *byte == 0)
                .any(|text| text == mark.as_bytes());
        is_here.then(|| (pid, name.trim().to_owned()))
    });
    found.collect()
}

/// Ctrl-C leads back and out while every server of the section is stopped.
#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_leads_out_where_the_lessons_own_servers_are_stopped() {
    let Some(program) = real("stopping several servers") else {
        return;
    };
    let program = program.to_str().expect("a path in UTF-8");
    for (section, asks) in [("replication", "> ROLE"), ("cluster", "> CLUSTER MEET")] {
        let home = tempfile::tempdir().expect("a home");
        let mut command = home_command(LAB, home.path());
        command.env("TMPDIR", home.path());
        command.args([section, "--lang", "en", "--server", program]);
        let mut terminal = Terminal::start(command, 24, 80);
        terminal.expect("(Enter: ");
        wait_for("a command for one of them", || {
            terminal.send("\r");
            std::thread::sleep(std::time::Duration::from_millis(300));
            terminal
                .screen()
                .trim_end()
                .lines()
                .last()
                .is_some_and(|line| line.contains(asks))
        });
        let stop = |signal: &str| {
            for (pid, name) in processes(home.path()) {
                if name.starts_with("redis-server") || name.starts_with("redis-sentinel") {
                    let arguments = [signal, &pid.to_string()];
                    let sent = std::process::Command::new("kill").args(arguments).status();
                    assert!(sent.expect("kill").success());
                }
            }
        };
        stop("-STOP");
        terminal.send("\r");
        terminal.expect("no answer from");
        terminal.send("\x03");
        terminal.expect("given up");
        terminal.expect_last("a prompt", |last| last.contains("> "));
        terminal.send("\x03");
        terminal.expect("Ctrl-C again leaves");
        terminal.expect_last("the next prompt", |last| last.contains("> "));
        terminal.send("\x03");
        terminal.wait();
        wait_for("nothing is left", || processes(home.path()).is_empty());
    }
}

/// A section that has come so far in its output; what comes behind is read on.
#[cfg(target_os = "linux")]
fn played_to(section: &str, program: &Path, temporary: &Path, line: &str) -> Child {
    let program = program.to_str().expect("a path in UTF-8");
    let mut child = Lab::new(&[section, "--no-pause", "--server", program])
        .env("TMPDIR", temporary)
        .spawn();
    let mut output = BufReader::new(child.stdout.take().expect("piped"));
    let mut read = String::new();
    while !read.contains(line) {
        let more = output.read_line(&mut read).expect("text");
        assert!(more > 0, "{section} ended before {line:?}:\n{read}");
    }
    std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
    child
}

#[cfg(target_os = "linux")]
const MOMENTS: [(&str, &str); 8] = [
    ("replication", "redis-lab"),
    ("replication", "REPLICAOF 127.0.0.1"),
    ("replication", "killed (kill -9)"),
    ("replication", "SENTINEL MONITOR"),
    ("cluster", "redis-lab"),
    ("cluster", "CLUSTER MEET"),
    ("cluster", "IMPORTING"),
    ("cluster", "killed (kill -9)"),
];

#[test]
#[cfg(target_os = "linux")]
fn a_killed_run_leaves_nothing_running() {
    let Some(program) = real("killed runs with several servers") else {
        return;
    };
    for (section, moment) in MOMENTS {
        let temporary = tempfile::tempdir().expect("a temporary directory");
        let folder = temporary.path().canonicalize().expect("a folder");
        let mut child = played_to(section, &program, &folder, moment);
        let running = processes(&folder);
        // Itself, four servers or three, and what watches each.
        assert!(running.len() >= 7, "{section} at {moment}: {running:?}");
        child.kill().expect("it runs");
        child.wait().expect("it ends");
        wait_for("the end of its servers", || processes(&folder).is_empty());
    }
}

#[test]
#[cfg(target_os = "linux")]
fn whichever_server_is_killed_nothing_is_left_running() {
    use rustix::process::{Pid, Signal, kill_process};
    let Some(program) = real("killed servers of several") else {
        return;
    };
    for (section, moment) in [
        ("replication", "REPLICAOF 127.0.0.1"),
        ("cluster", "CLUSTER MEET"),
    ] {
        for index in 0..4 {
            let temporary = tempfile::tempdir().expect("a temporary directory");
            let folder = temporary.path().canonicalize().expect("a folder");
            let mut child = played_to(section, &program, &folder, moment);
            let mut servers = processes(&folder);
            servers.retain(|(_, name)| name == "redis-server");
            let (pid, _) = servers[index % servers.len()];
            let pid = Pid::from_raw(pid).expect("a process");
            // It may be one that the lesson has just killed itself.
            let _ = kill_process(pid, Signal::KILL);
            let code = child.wait().expect("it ends").code();
            // It may also be one that the lesson has no more use for.
            assert!(matches!(code, Some(0 | 1 | 4)), "{section}: {code:?}");
            wait_for("the end of its servers", || processes(&folder).is_empty());
            let left = std::fs::read_dir(&folder).expect("a folder").count();
            assert_eq!(left, 0, "{section}: folders are left");
        }
    }
}

#[test]
fn bless_writes_the_ports_that_the_file_has() {
    let Some(program) = real("bless with several servers") else {
        return;
    };
    let folder = tempfile::tempdir().expect("a temporary directory");
    let file = folder.path().join("copies.md");
    let lesson = |replies: &str| {
        format!(
            "# Copies\n<!-- servers: one 7001, two 7002 -->\n\n## A copy\n\n```redis @two\n\
             CONFIG GET port\nREPLICAOF 127.0.0.1 7001\nCONFIG GET replicaof\n```\n{replies}"
        )
    };
    std::fs::write(&file, lesson("")).expect("a file");
    let name = file.to_str().expect("a path in UTF-8");
    let program = program.to_str().expect("a path in UTF-8");
    Lab::new(&["check", "--bless", "--server", program, name])
        .run()
        .exits(0);
    let blessed = std::fs::read_to_string(&file).expect("a file");
    let replies = "\n```text expect\n1) \"port\"\n2) \"7002\"\nOK\n1) \"replicaof\"\n\
                   2) \"127.0.0.1 7001\"\n```\n";
    assert_eq!(blessed, lesson(replies));
    Lab::new(&["check", "--server", program, name])
        .run()
        .exits(0);
}
