//! A private real server as a child process that cannot outlive us.
//!
//! Between us and the server stands a small shell that waits for its standard
//! input to end: a pipe whose other end only we hold. However we go, SIGKILL
//! included, the operating system closes our end; the shell then kills the
//! server and removes its directory. This needs no platform-specific call,
//! and works from any thread (Linux's parent-death signal follows the thread
//! that forked, not the process).
//!
//! The server inherits the shell's standard output and nobody else keeps it, so
//! the end of that pipe says that the server has exited. A line on the shell's
//! standard input instead of its end lets it kill the server and leave the
//! directory: a lesson starts that server again.

use super::folder::PrivateFolder;
use crate::conn::{Connection, Target};
use crate::error::{Error, Result};
use catalog::text;
use resp::Reply;
use std::ffi::OsStr;
use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt as _;

const WATCHDOG: &str = r#"dir=$1; shift
"$@" 3>&1 >"$dir/log" 2>&1 </dev/null &
server=$!
exec >/dev/null
read -r keep
kill -9 "$server" 2>/dev/null
wait "$server" 2>/dev/null
[ "$keep" ] || rm -rf "$dir""#;

/// How long a server may take to answer; it usually needs about 10 ms.
const START_TIMEOUT: Duration = Duration::from_secs(10);

/// A running private server.
#[derive(Debug)]
pub(super) struct Child {
    watchdog: std::process::Child,
    stdin: Option<ChildStdin>,
    /// `None` once the server was killed to be started again.
    dir: Option<PrivateFolder>,
    socket: PathBuf,
}

impl Child {
    /// Starts `program` on a Unix socket in a fresh private directory, without
    /// persistence and without any TCP port, and waits until it answers.
    pub(super) async fn start(program: &Path) -> Result<Child> {
        Child::start_in(PrivateFolder::new()?, program, &["--port", "0"]).await
    }

    /// Kills it, and starts another one on the same socket, with nothing of
    /// what it has kept.
    pub(super) async fn renew(self, program: &Path) -> Result<Child> {
        let Some(dir) = self.kill() else {
            return Child::start(program).await;
        };
        dir.empty();
        Child::start_in(dir, program, &["--port", "0"]).await
    }

    /// The same in a private directory that is there already, with more options.
    pub(super) async fn start_in<S: AsRef<OsStr>>(
        dir: PrivateFolder,
        program: &Path,
        options: &[S],
    ) -> Result<Child> {
        let nothing_kept = ["--save", "", "--appendonly", "no"];
        Child::launch(dir, program, options, &nothing_kept).await
    }

    /// The same with what it is to keep: it finds the files in the directory,
    /// and is ready when it has read them.
    pub(super) async fn start_keeping<S: AsRef<OsStr>>(
        dir: PrivateFolder,
        program: &Path,
        options: &[S],
    ) -> Result<Child> {
        let first = ["--port", "0", "--save", ""];
        let child = Child::launch(dir, program, &first, options).await?;
        let target = child.target()?;
        let begun = Instant::now();
        loop {
            let answered = match Connection::connect(&target).await {
                Ok(mut connection) => connection.call(&["PING"]).await,
                Err(error) => Err(error),
            };
            match answered {
                Ok(Reply::Error(text))
                    if text.starts_with("LOADING") && begun.elapsed() < START_TIMEOUT =>
                {
                    tokio::time::sleep(Duration::from_millis(2)).await;
                }
                Ok(_) => return Ok(child),
                // It does not like its files, and has ended.
                Err(_) => {
                    let said = child.last_words();
                    return Err(Error::server(text!(
                        "the server has stopped: {said}",
                        "serwer się zatrzymał: {said}"
                    )));
                }
            }
        }
    }

    async fn launch(
        dir: PrivateFolder,
        program: &Path,
        first: &[impl AsRef<OsStr>],
        last: &[impl AsRef<OsStr>],
    ) -> Result<Child> {
        let socket = dir.path().join("s");
        // That of a server that was killed; a connection to it is no answer.
        let _ = std::fs::remove_file(&socket);
        let mut watchdog = Command::new("/bin/sh")
            .args(["-c", WATCHDOG, "redis-lab-server"])
            .arg(dir.path())
            .arg(program)
            .args(first)
            .arg("--unixsocket")
            .arg(&socket)
            .args(["--unixsocketperm", "700"])
            .args(["--daemonize", "no", "--loglevel", "warning", "--dir"])
            .arg(dir.path())
            .args(last)
            // Redis 7.2 and newer exits where LANG names a locale that this
            // system has not generated.
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // A group of its own: Ctrl-C is for us, not for the server.
            .process_group(0)
            .spawn()
            .map_err(|error| {
                let program = program.display();
                Error::server(text!(
                    "cannot start {program}",
                    "nie można uruchomić {program}"
                ))
                .because(&error)
            })?;
        let stdin = watchdog.stdin.take();
        let exit = watchdog.stdout.take();
        let child = Child {
            watchdog,
            stdin,
            dir: Some(dir),
            socket,
        };
        child.wait_until_ready(program, exit).await?;
        Ok(child)
    }

    /// Kills the server as kill -9 does. Its directory stays as it is, and is
    /// there for the next start.
    pub(super) fn kill(mut self) -> Option<PrivateFolder> {
        if let Some(stdin) = &mut self.stdin {
            // Where the watchdog is gone, so is the server.
            let _ = stdin.write_all(b"keep\n");
        }
        let _ = self.watchdog.wait();
        self.dir.take()
    }

    /// Whether somebody listens on the socket; a server that is busy does.
    pub(super) fn listens(&self) -> bool {
        use std::io::ErrorKind::{ConnectionRefused, NotFound};
        let connected = std::os::unix::net::UnixStream::connect(&self.socket);
        connected.map_or_else(
            |error| !matches!(error.kind(), ConnectionRefused | NotFound),
            |_| true,
        )
    }

    /// Where it is.
    pub(super) fn target(&self) -> Result<Target> {
        Target::unix(&self.socket)
    }

    async fn wait_until_ready(&self, program: &Path, exit: Option<ChildStdout>) -> Result<()> {
        let begun = Instant::now();
        let exited = async {
            // What it writes goes to the log: this is its end, or never.
            match exit.map(tokio::process::ChildStdout::from_std) {
                Some(Ok(mut pipe)) => drop(pipe.read(&mut [0]).await),
                _ => std::future::pending().await,
            }
        };
        let answers = async {
            // The socket accepts as soon as it exists: a connection is proof enough.
            while begun.elapsed() < START_TIMEOUT {
                if tokio::net::UnixStream::connect(&self.socket).await.is_ok() {
                    return true;
                }
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            false
        };
        let (program, seconds) = (program.display(), START_TIMEOUT.as_secs());
        let error = tokio::select! {
            answered = answers => if answered { return Ok(()) } else { text!(
                    "{program} did not answer within {seconds} s",
                    "{program} nie odpowiedział w ciągu {seconds} s",
                ) },
            () = exited => match self.last_words().as_str() {
                "" => text!(
                    "{program} did not start: it ended at once",
                    "{program} nie wystartował: od razu się zakończył",
                ),
                said => text!(
                    "{program} did not start: {said}",
                    "{program} nie wystartował: {said}",
                ),
            },
        };
        Err(Error::server(error).hint(text!(
            "mend its installation, or use the built-in server: --server builtin",
            "napraw jego instalację albo użyj wbudowanego: --server builtin"
        )))
    }

    /// The last line of the server's log, without its time.
    fn last_words(&self) -> String {
        let log = self.dir.as_ref().map(|dir| dir.path().join("log"));
        let log = log.and_then(|log| std::fs::read(log).ok());
        let log = log.unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let last = log.lines().rev().find(|line| !line.trim().is_empty());
        let last = last.unwrap_or_default();
        let said = last.split_once(" # ").map_or(last, |(_, said)| said);
        // What another program wrote must not reach the terminal as it is.
        said.chars().filter(|c| !c.is_control()).collect()
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // The watchdog kills a server that saves nothing: this takes milliseconds.
        let _ = self.watchdog.wait();
    }
}
