//! A real redis-server and the built-in one, each on a Unix socket.

use super::wire::Wire;
use crate::needs;
use server::{Config, Handle};
use std::io::{BufRead as _, BufReader};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running server; it ends with this value.
pub struct Server {
    socket: PathBuf,
    child: Option<Child>,
    _builtin: Option<Handle>,
    _dir: tempfile::TempDir,
}

impl Server {
    /// The built-in server.
    pub fn builtin() -> Server {
        Server::builtin_with(true)
    }

    /// The built-in server, with or without DEBUG.
    pub fn builtin_with(debug_commands: bool) -> Server {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s");
        let handle = server::start(Config {
            unixsocket: Some(socket.clone()),
            dir: Some(dir.path().to_owned()),
            parameters: vec![("save".into(), String::new())],
            debug_commands,
            allocator: Some(redis_lab::ALLOCATOR),
            ..Config::default()
        })
        .expect("the built-in server starts");
        Server {
            socket,
            child: None,
            _builtin: Some(handle),
            _dir: dir,
        }
    }

    /// A real one of a program, if it starts.
    pub fn of(program: &Path) -> Option<Server> {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s");
        let child = Command::new(program)
            .env("LC_ALL", "C")
            .args(["--port", "0", "--unixsocket"])
            .arg(&socket)
            .args(["--save", "", "--appendonly", "no", "--dir"])
            .arg(dir.path())
            .args(["--enable-debug-command", "yes"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut server = Server {
            socket,
            child: Some(child),
            _builtin: None,
            _dir: dir,
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while UnixStream::connect(&server.socket).is_err() {
            assert!(
                Instant::now() < deadline,
                "redis-server does not answer within 10 s"
            );
            if let Some(child) = &mut server.child
                && let Ok(Some(status)) = child.try_wait()
            {
                panic!("redis-server ended at once: {status}");
            }
            std::thread::yield_now();
        }
        Some(server)
    }

    /// The page's server: its module run by node, or, where `browser` names one,
    /// in the page at that URL.
    pub fn page(module: &Path, browser: Option<&str>) -> Server {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/browser/wire.js");
        let mut child = Command::new("node")
            .arg(script)
            .arg(module)
            .arg(&socket)
            .args(browser)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node starts");
        let mut said = String::new();
        let output = child.stdout.take().expect("its output");
        BufReader::new(output)
            .read_line(&mut said)
            .expect("what it says");
        assert_eq!(said, "ready\n");
        Server {
            socket,
            child: Some(child),
            _builtin: None,
            _dir: dir,
        }
    }

    /// A new connection.
    pub fn connect(&self) -> Wire {
        Wire::connect(&self.socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            // What is ended by the end of its input has a browser to close.
            match child.stdin.take() {
                Some(input) => drop(input),
                None => drop(child.kill()),
            }
            let _ = child.wait();
        }
    }
}

/// Both servers, or `None` where there is no Redis 8.0 to compare with.
pub fn both(what: &str) -> Option<(Server, Server)> {
    let program = needs::fetched(what, "redis-8.0")?;
    Some((Server::of(&program)?, Server::builtin()))
}
