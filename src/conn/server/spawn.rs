//! A private real server as a child process that cannot outlive us.
//!
//! Between us and the server stands a small shell that waits for its standard
//! input to end: a pipe whose other end only we hold. However we go, SIGKILL
//! included, the operating system closes our end; the shell then kills the
//! server and removes its directory. This needs no platform-specific call,
//! and works from any thread (Linux's parent-death signal follows the thread
//! that forked, not the process).

use crate::error::{Error, Result};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::time::{Duration, Instant};

const WATCHDOG: &str = r#"dir=$1; shift
"$@" >"$dir/log" 2>&1 </dev/null &
server=$!
read -r _
kill -9 "$server" 2>/dev/null
wait "$server" 2>/dev/null
rm -rf "$dir""#;

/// What the shell calls itself when it complains.
const WATCHDOG_NAME: &str = "redis-lab-server";

/// How long a server may take to answer; it usually needs about 10 ms.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// A running private server.
#[derive(Debug)]
pub(super) struct Child {
    watchdog: std::process::Child,
    stdin: Option<ChildStdin>,
    dir: tempfile::TempDir,
    socket: PathBuf,
}

impl Child {
    /// Starts `program` on a Unix socket in a fresh private directory, without
    /// persistence and without any TCP port, and waits until it answers.
    pub(super) async fn start(program: &Path) -> Result<Child> {
        let dir = super::private_folder()?;
        let socket = dir.path().join("s");
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, WATCHDOG_NAME])
            .arg(dir.path())
            .arg(program)
            .args(["--port", "0", "--unixsocket"])
            .arg(&socket)
            .args([
                "--unixsocketperm",
                "700",
                "--save",
                "",
                "--appendonly",
                "no",
            ])
            .args(["--daemonize", "no", "--loglevel", "warning", "--dir"])
            .arg(dir.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C is for us, not for the server.
            .process_group(0)
            .spawn()
            .map_err(|error| {
                let program = program.display();
                Error::server((
                    format!("cannot start {program}: {error}"),
                    format!("nie można uruchomić {program}: {error}"),
                ))
            })?;
        let stdin = watchdog.stdin.take();
        let child = Child {
            watchdog,
            stdin,
            dir,
            socket,
        };
        child.wait_until_ready(program).await?;
        Ok(child)
    }

    pub(super) fn socket(&self) -> &Path {
        &self.socket
    }

    async fn wait_until_ready(&self, program: &Path) -> Result<()> {
        let begun = Instant::now();
        // The socket accepts as soon as it exists: a connection is proof enough.
        while begun.elapsed() < START_TIMEOUT {
            if tokio::net::UnixStream::connect(&self.socket).await.is_ok() {
                return Ok(());
            }
            if let Some(reason) = self.failure() {
                let program = program.display();
                return Err(Error::server((
                    format!("{program} did not start: {reason}"),
                    format!("{program} nie wystartował: {reason}"),
                ))
                .hint((
                    "mend its installation, or use the built-in server: --server builtin",
                    "napraw jego instalację albo użyj wbudowanego: --server builtin",
                )));
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let (program, seconds) = (program.display(), START_TIMEOUT.as_secs());
        Err(Error::server((
            format!("{program} did not answer within {seconds} s"),
            format!("{program} nie odpowiedział w ciągu {seconds} s"),
        )))
    }

    /// The last line of the log when the server says that it gave up, or the
    /// shell (under the name we gave it) that it cannot run such a program.
    fn failure(&self) -> Option<String> {
        let log = std::fs::read_to_string(self.dir.path().join("log")).ok()?;
        let fatal =
            log.contains("FATAL") || log.contains("Failed") || log.starts_with(WATCHDOG_NAME);
        fatal.then(|| {
            log.trim_end()
                .lines()
                .next_back()
                .unwrap_or_default()
                .to_owned()
        })
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // The watchdog kills a server that saves nothing: this takes milliseconds.
        let _ = self.watchdog.wait();
    }
}
