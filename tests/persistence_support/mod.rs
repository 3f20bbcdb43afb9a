//! Servers that keep data in a directory, the data they are given, and what is
//! in them afterwards.

// Each test file uses its own part of this.
#![allow(dead_code)]

pub mod real;
pub mod state;

use crate::wire::Wire;
use resp::Reply;
use resp::split;
use server::{Config, Handle};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long a test waits for something to happen: a disk that still writes what a
/// build has left takes seconds for a file.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// The built-in server with a directory.
pub struct Builtin {
    pub handle: Handle,
    socket: PathBuf,
    _place: tempfile::TempDir,
}

/// Starts one that keeps its data in `dir`, with these parameters.
pub fn try_builtin(dir: &Path, parameters: &[(&str, &str)]) -> io::Result<Builtin> {
    let place = tempfile::tempdir().expect("a temporary directory");
    let socket = place.path().join("s");
    let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let handle = server::start(Config {
        unixsocket: Some(socket.clone()),
        dir: Some(dir.to_owned()),
        parameters: parameters.iter().map(own).collect(),
        allocator: Some(redis_lab::ALLOCATOR),
        debug_commands: true,
        ..Config::default()
    })?;
    Ok(Builtin {
        handle,
        socket,
        _place: place,
    })
}

/// The same where nothing can be wrong.
pub fn builtin(dir: &Path, parameters: &[(&str, &str)]) -> Builtin {
    try_builtin(dir, parameters).expect("the built-in server starts")
}

impl Builtin {
    pub fn connect(&self) -> Wire {
        Wire::connect(&self.socket)
    }
}

/// Sends a line; its reply.
pub fn call(wire: &mut Wire, line: &str) -> Reply {
    let argv = split::split(line.as_bytes()).expect("well-formed");
    wire.call(&argv).reply.expect("the connection is open")
}

/// Sends a line that must not fail.
pub fn run(wire: &mut Wire, line: &str) -> Reply {
    let reply = call(wire, line);
    assert!(!reply.is_error(), "{line}: {reply:?}");
    reply
}

/// What INFO says of a field.
pub fn info(wire: &mut Wire, field: &str) -> String {
    let Reply::Bulk(text) = run(wire, "INFO everything") else {
        panic!("INFO is text");
    };
    let text = String::from_utf8(text).expect("UTF-8");
    let value = text
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    value.unwrap_or_else(|| panic!("no {field}")).to_owned()
}

/// Waits until INFO says this of a field.
pub fn wait_for(wire: &mut Wire, field: &str, value: &str) {
    let deadline = Instant::now() + PATIENCE;
    while info(wire, field) != value {
        let is = info(wire, field);
        assert!(Instant::now() < deadline, "{field} is {is}, not {value}");
        std::thread::yield_now();
    }
}

/// The names in a directory.
pub fn names(dir: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(dir).expect("a directory");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("an entry").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}
