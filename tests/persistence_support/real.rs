//! Real servers, and the programs that check their files.

use super::PATIENCE;
use crate::wire::Wire;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

/// A real server with a directory; it is killed with this value.
pub struct Real {
    child: Child,
    socket: PathBuf,
    _place: tempfile::TempDir,
}

impl Real {
    /// Starts a program on a directory.
    pub fn start(program: &Path, dir: &Path, more: &[&str]) -> Real {
        let place = tempfile::tempdir().expect("a temporary directory");
        let socket = place.path().join("s");
        let child = Command::new(program)
            .env("LC_ALL", "C")
            .args(["--port", "0", "--save", "", "--unixsocket"])
            .arg(&socket)
            .arg("--dir")
            .arg(dir)
            .args(more)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it is a program");
        let mut real = Real {
            child,
            socket,
            _place: place,
        };
        let deadline = Instant::now() + PATIENCE;
        while UnixStream::connect(&real.socket).is_err() {
            assert!(Instant::now() < deadline, "it does not answer");
            let ended = real.child.try_wait().expect("it is our child");
            assert_eq!(ended, None, "it does not start with these files");
            std::thread::yield_now();
        }
        real
    }

    pub fn connect(&self) -> Wire {
        let mut wire = Wire::connect(&self.socket);
        let deadline = Instant::now() + PATIENCE;
        // It may still be reading its files.
        while super::call(&mut wire, "PING").is_error() {
            assert!(Instant::now() < deadline, "it goes on loading");
        }
        wire
    }
}

impl Drop for Real {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Has a program beside `server` (`redis-check-rdb`) look at a file.
pub fn check(server: &Path, program: &str, file: &Path) {
    let output = Command::new(server.with_file_name(program))
        .arg(file)
        .output()
        .expect("it is there");
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{program}: {text}");
}
