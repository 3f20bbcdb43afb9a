//! The programs that tests run. redis-lab itself never sees the home of whoever
//! runs the tests, nor that of another test. Others a machine may not have:
//! without them a test is left out with one line that says so and how to
//! include it; with `REDIS_LAB_REQUIRE_REAL=1` it fails instead. And the ports that
//! servers of tests get.

// Each test file uses its own part of this.
#![allow(dead_code)]

use std::io::Write as _;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::Command;

/// The program under test.
pub const LAB: &str = env!("CARGO_BIN_EXE_redis-lab");

thread_local! {
    /// A test's thread is its own, and so is its home, which ends with it.
    static HOME: tempfile::TempDir = tempfile::tempdir().expect("a temporary folder");
}

/// The signals that end redis-lab in order. Under `nohup` SIGHUP, which it has
/// from here then, is none of them.
pub fn ending_signals() -> Vec<&'static str> {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    let mut signals = vec!["TERM", "INT"];
    if mask.is_none_or(|mask| mask & 1 == 0) {
        signals.push("HUP");
    }
    signals
}

/// redis-lab with [a home of this test's own](at_home).
pub fn redis_lab() -> Command {
    at_home(LAB)
}

/// A program with a home of this test's own, which all programs of the test
/// share, and in English, without what
/// the environment says to redis-lab and redis-cli.
pub fn at_home(program: &str) -> Command {
    let mut command = Command::new(program);
    HOME.with(|home| command.env("HOME", home.path()));
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        let home = name.starts_with("XDG_") && name.ends_with("_HOME");
        let told = ["REDIS", "LC_", "LANGUAGE", "NO_COLOR"]
            .iter()
            .any(|told| name.starts_with(told));
        if home || told {
            command.env_remove(name.as_ref());
        }
    }
    command.env("LANG", "C.UTF-8");
    command
}

/// A port of loopback that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Where a program is on PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file())
}

/// Whether the programs are installed; otherwise says that `test` is left out.
pub fn installed(test: &str, programs: &[&str]) -> bool {
    let Some(missing) = programs.iter().find(|program| find(program).is_none()) else {
        return true;
    };
    leave_out(
        test,
        &format!("there is no {missing} on PATH"),
        "apt-get install redis-server redis-tools python3",
    );
    false
}

/// The program of a server that `tests/servers.sh` has fetched: `redis-6.2`,
/// `redis-7.0`, `redis-8.0` or `valkey-9`. Without it, one line says that `test`
/// is left out on it.
pub fn fetched(test: &str, server: &str) -> Option<PathBuf> {
    let found = servers().join(server).join("bin");
    let program = ["redis-server", "valkey-server"]
        .map(|name| found.join(name))
        .into_iter()
        .find(|file| file.is_file());
    if program.is_none() {
        leave_out(
            test,
            &format!("{server} is not in {}", servers().display()),
            &format!("tests/servers.sh {server}"),
        );
    }
    program
}

/// Where the fetched servers are.
fn servers() -> PathBuf {
    std::env::var_os("REDIS_LAB_SERVERS").map_or_else(
        || PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/target/servers")),
        PathBuf::from,
    )
}

/// Says that a test is left out, why, and how to include it.
pub fn leave_out(test: &str, why: &str, how: &str) {
    let required = std::env::var_os("REDIS_LAB_REQUIRE_REAL").is_some_and(|value| value == "1");
    assert!(
        !required,
        "{test}: {why}, and REDIS_LAB_REQUIRE_REAL=1 asks for it"
    );
    // Not `eprintln!`: what a passing test prints that way is never seen.
    let line = format!("{test}: left out, {why} (to include it: {how})\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
}
