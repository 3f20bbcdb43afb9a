//! A real redis-server and the built-in one, each on a Unix socket.

use super::wire::Wire;
use crate::needs;
use server::{Config, Handle};
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
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s");
        let handle = server::start(Config {
            unixsocket: Some(socket.clone()),
            dir: Some(dir.path().to_owned()),
            parameters: vec![("save".into(), String::new())],
            debug_commands: true,
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

    /// A new connection.
    pub fn connect(&self) -> Wire {
        Wire::connect(&self.socket)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// Both servers, or `None` where there is no Redis 8.0 to compare with.
pub fn both(what: &str) -> Option<(Server, Server)> {
    let program = needs::fetched(what, "redis-8.0")?;
    Some((Server::of(&program)?, Server::builtin()))
}
