//! The binary as its users run it: one fluent builder for whole-binary tests,
//! and servers of our own to run it against.

#![allow(dead_code, reason = "each test file uses its own part of this")]

use crate::needs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

/// A run of the binary.
pub struct Lab {
    command: Command,
    stdin: Option<Vec<u8>>,
}

/// What came of it.
pub struct Outcome {
    pub stdout: String,
    pub stderr: String,
    pub code: Option<i32>,
}

impl Lab {
    /// `redis-lab ARGS`, in English, without a URL, whatever the environment.
    pub fn new(args: &[&str]) -> Lab {
        let mut command = needs::redis_lab();
        command.args(args);
        Lab {
            command,
            stdin: None,
        }
    }

    pub fn env(mut self, name: &str, value: impl AsRef<std::ffi::OsStr>) -> Lab {
        self.command.env(name, value);
        self
    }

    pub fn stdin(mut self, input: impl Into<Vec<u8>>) -> Lab {
        self.stdin = Some(input.into());
        self
    }

    /// Starts it and leaves it running, with its output piped.
    pub fn spawn(mut self) -> Child {
        self.command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts")
    }

    /// Runs it to its end.
    pub fn run(mut self) -> Outcome {
        self.command
            .stdin(match self.stdin {
                Some(_) => Stdio::piped(),
                None => Stdio::null(),
            })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.command.spawn().expect("the binary starts");
        if let Some(input) = self.stdin {
            let mut stdin = child.stdin.take().expect("piped");
            std::thread::spawn(move || {
                // The program may end before it has read everything.
                let _ = stdin.write_all(&input);
            });
        }
        let output: Output = child.wait_with_output().expect("the binary ends");
        Outcome {
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            code: output.status.code(),
        }
    }
}

impl Outcome {
    /// Asserts the exit code, showing everything when it is another.
    #[track_caller]
    pub fn exits(self, code: i32) -> Outcome {
        assert_eq!(
            self.code,
            Some(code),
            "stdout:\n{}\nstderr:\n{}",
            self.stdout,
            self.stderr
        );
        self
    }

    #[track_caller]
    pub fn says(self, text: &str) -> Outcome {
        assert!(
            self.stdout.contains(text),
            "stdout lacks {text:?}:\n{}",
            self.stdout
        );
        self
    }

    #[track_caller]
    pub fn complains(self, text: &str) -> Outcome {
        assert!(
            self.stderr.contains(text),
            "stderr lacks {text:?}:\n{}",
            self.stderr
        );
        assert!(!self.stderr.contains("panicked"), "{}", self.stderr);
        self
    }
}

/// A server that is not redis-lab's own: a real one where one is installed
/// (always, with `REDIS_LAB_REQUIRE_REAL=1`), otherwise `redis-lab serve`.
pub struct ForeignServer {
    child: Child,
    dir: tempfile::TempDir,
}

impl ForeignServer {
    pub fn start() -> ForeignServer {
        ForeignServer::with(&[])
    }

    /// The server that `tests/servers.sh` has fetched under this name
    /// (`redis-6.2`). Without it, one line says that `what` was left out.
    pub fn fetched(what: &str, server: &str) -> Option<ForeignServer> {
        ForeignServer::fetched_with(what, server, &[])
    }

    /// The same with further options.
    pub fn fetched_with(what: &str, server: &str, options: &[&str]) -> Option<ForeignServer> {
        let program = needs::fetched(what, server)?;
        Some(ForeignServer::of(Some(program), options))
    }

    /// A server with further options, `--requirepass x` for example.
    pub fn with(options: &[&str]) -> ForeignServer {
        ForeignServer::of(program(), options)
    }

    fn of(program: Option<PathBuf>, options: &[&str]) -> ForeignServer {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let socket = dir.path().join("s");
        let mut command = match program {
            Some(program) => {
                let mut command = Command::new(program);
                // Where LANG names a locale that is not there.
                command.env("LC_ALL", "C");
                command.args(["--port", "0", "--save", "", "--dir"]);
                command.arg(dir.path());
                command
            }
            None => {
                let mut command = needs::redis_lab();
                command.args(["serve", "--port", "0"]);
                command
            }
        };
        let child = command
            .arg("--unixsocket")
            .arg(&socket)
            .args(options)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("a server starts");
        let server = ForeignServer { child, dir };
        wait_for("the server's socket", || {
            std::os::unix::net::UnixStream::connect(server.socket()).is_ok()
        });
        server
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("s")
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn connection(&self) -> redis::Connection {
        redis::Client::open(self.url())
            .and_then(|client| client.get_connection())
            .expect("a connection")
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for ForeignServer {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The real server on PATH.
pub fn program() -> Option<PathBuf> {
    needs::find("redis-server")
}

/// Waits until something holds; fails after 20 seconds.
#[track_caller]
pub fn wait_for(what: &str, mut holds: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !holds() {
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Whether a process is still there.
pub fn is_running(pid: u32) -> bool {
    Path::new(&format!("/proc/{pid}")).exists()
}
