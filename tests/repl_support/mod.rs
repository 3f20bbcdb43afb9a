//! What the shell's tests share: a server, and programs on a pseudo-terminal whose screen can be read.
#![allow(dead_code, reason = "each test file uses a part of it")]

use crate::needs;
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

pub use crate::needs::LAB;
const PATIENCE: Duration = Duration::from_secs(30);

/// Whether the real programs, to compare with, are installed.
pub fn real_programs(test: &str) -> bool {
    needs::installed(test, &["redis-server", "redis-cli"])
}

/// A server on a port of its own: a redis-server where one is installed,
/// otherwise the built-in one, as a process too.
pub struct TestServer {
    child: std::process::Child,
    pub port: u16,
    _folder: tempfile::TempDir,
}

impl TestServer {
    pub fn start() -> TestServer {
        TestServer::start_on(needs::free_port())
    }

    pub fn start_on(port: u16) -> TestServer {
        TestServer::of(needs::find("redis-server"), port)
    }

    /// One of the matrix, `redis-8.0` or another; `None` where it was not
    /// fetched, which is said.
    pub fn fetched(test: &str, name: &str) -> Option<TestServer> {
        let program = needs::fetched(test, name)?;
        Some(TestServer::of(Some(program), needs::free_port()))
    }

    fn of(program: Option<PathBuf>, port: u16) -> TestServer {
        let folder = tempfile::tempdir().unwrap();
        let mut command = match program {
            Some(program) => {
                let mut command = Command::new(program);
                command
                    // Where LANG names a locale that is not there.
                    .env("LC_ALL", "C")
                    .args(["--save", "", "--appendonly", "no"])
                    .args(["--enable-debug-command", "yes", "--dir"])
                    .arg(folder.path());
                command
            }
            None => {
                let mut command = needs::redis_lab();
                command.args(["serve", "--enable-debug-command"]);
                command
            }
        };
        let child = command
            .args(["--port", &port.to_string(), "--bind", "127.0.0.1"])
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let server = TestServer {
            child,
            port,
            _folder: folder,
        };
        wait_for("the server", || {
            TcpStream::connect(("127.0.0.1", port))
                .ok()
                .and_then(|mut stream| {
                    stream.write_all(b"PING\r\n").ok()?;
                    let mut reply = [0; 7];
                    stream.read_exact(&mut reply).ok()?;
                    (&reply == b"+PONG\r\n").then_some(())
                })
        });
        server
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    /// Runs one inline command and gives the raw bytes of its reply's first
    /// line.
    pub fn inline(&self, command: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream
            .write_all(format!("{command}\r\nQUIT\r\n").as_bytes())
            .unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    pub fn flush(&self) {
        self.inline("FLUSHALL");
        self.inline("SCRIPT FLUSH");
    }

    /// Sends the server a signal, such as `STOP`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.expect("kill runs").success());
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `ready` gives something.
pub fn wait_for<T>(what: &str, mut ready: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + PATIENCE;
    loop {
        if let Some(value) = ready() {
            return value;
        }
        assert!(Instant::now() < deadline, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// A program on a pseudo-terminal.
pub struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    /// The window, while it is open.
    master: Option<Box<dyn MasterPty + Send>>,
    writer: Option<Box<dyn Write + Send>>,
    bytes: Arc<Mutex<Vec<u8>>>,
    reader: Option<std::thread::JoinHandle<()>>,
    closes: Arc<AtomicBool>,
    size: (u16, u16),
}

impl Terminal {
    pub fn start(command: CommandBuilder, rows: u16, cols: u16) -> Terminal {
        let pty = native_pty_system()
            .openpty(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
        let child = pty.slave.spawn_command(command).unwrap();
        drop(pty.slave);
        let mut reader = pty.master.try_clone_reader().unwrap();
        let writer = pty.master.take_writer().unwrap();
        let bytes = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&bytes);
        let closes = Arc::new(AtomicBool::new(false));
        let closed = Arc::clone(&closes);
        let reader = std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(n) = reader.read(&mut chunk) {
                if n == 0 || closed.load(Ordering::Relaxed) {
                    return;
                }
                sink.lock().unwrap().extend_from_slice(&chunk[..n]);
            }
        });
        Terminal {
            child,
            master: Some(pty.master),
            writer: Some(writer),
            bytes,
            reader: Some(reader),
            closes,
            size: (rows, cols),
        }
    }

    pub fn send(&mut self, keys: &str) {
        let writer = self.writer.as_mut().unwrap();
        writer.write_all(keys.as_bytes()).unwrap();
        writer.flush().unwrap();
    }

    /// Everything written so far, escape sequences included.
    pub fn raw(&self) -> String {
        String::from_utf8_lossy(&self.bytes.lock().unwrap()).into_owned()
    }

    pub fn clear_raw(&self) {
        self.bytes.lock().unwrap().clear();
    }

    /// The screen with its history, as a person would read it, without
    /// trailing blanks.
    pub fn screen(&self) -> String {
        let (rows, cols) = self.size;
        let mut parser = vt100::Parser::new(rows.max(400), cols, 0);
        parser.process(&self.bytes.lock().unwrap());
        let text: Vec<String> = parser
            .screen()
            .rows(0, cols)
            .map(|row| row.trim_end().to_owned())
            .collect();
        text.join("\n").trim_end().to_owned()
    }

    pub fn expect(&self, text: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if screen.contains(text) {
                return screen;
            }
            assert!(
                Instant::now() < deadline,
                "waited in vain for {text:?}; the screen is:\n{screen}\n---\n{:?}",
                self.raw()
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Waits until the last line of the screen satisfies the condition.
    pub fn expect_last(&self, what: &str, ready: impl Fn(&str) -> bool) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let screen = self.screen();
            if ready(screen.lines().last().unwrap_or_default()) {
                return screen;
            }
            assert!(
                Instant::now() < deadline,
                "waited in vain for {what}; the screen is:\n{screen}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    pub fn resize(&mut self, rows: u16, cols: u16) {
        self.size = (rows, cols);
        let master = self.master.as_ref().unwrap();
        master
            .resize(PtySize {
                rows,
                cols,
                pixel_width: 0,
                pixel_height: 0,
            })
            .unwrap();
    }

    /// Waits for the program's end and gives its exit code.
    pub fn wait(&mut self) -> u32 {
        wait_for("the program's end", || self.child.try_wait().unwrap()).exit_code()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Closes the window: the program cannot read it any more, and is sent
    /// SIGHUP. Gives its exit code.
    pub fn close(mut self) -> u32 {
        self.closes.store(true, Ordering::Relaxed);
        // Is echoed, so that the reader looks up.
        self.send(" ");
        self.reader.take().unwrap().join().unwrap();
        (self.writer, self.master) = (None, None);
        self.wait()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// `redis-lab repl` on a terminal, with a home of its own.
pub fn lab_terminal(args: &[&str], home: &Path, rows: u16, cols: u16) -> Terminal {
    program_terminal(&[&["repl"], args].concat(), home, rows, cols)
}

/// redis-lab on a terminal, with a home of its own.
pub fn program_terminal(args: &[&str], home: &Path, rows: u16, cols: u16) -> Terminal {
    let mut command = home_command(LAB, home);
    command.args(args);
    Terminal::start(command, rows, cols)
}

/// redis-lab as the job of a shell, which can be asked for the terminal's
/// modes before and after. `words` are as typed; the shell works in `home`,
/// where it writes the `pid` of redis-lab. It stays, as a person's does: with
/// its end the terminal would be gone, and what is still to be put back with it.
pub fn job(words: &str, home: &Path) -> Terminal {
    let script = format!(
        "stty -a >before; {LAB} {words} & echo $! >pid; fg >/dev/null; echo ended $?; \
         until stty -a >after && cmp -s before after; do sleep 0.02; done; echo as before; read -r"
    );
    let mut command = home_command("bash", home);
    command.args(["-mc", &script]);
    command.cwd(home);
    Terminal::start(command, 24, 80)
}

/// Sends a signal to the redis-lab of [`job`].
pub fn signal_job(home: &Path, name: &str) {
    let pid = std::fs::read_to_string(home.join("pid")).expect("a pid");
    let sent = Command::new("kill").args(["-s", name, pid.trim()]).status();
    assert!(sent.expect("kill runs").success());
}

/// Waits for the end of a [`job`], and for a terminal as it was found.
pub fn expect_job_end(terminal: &Terminal, code: u8) {
    // In the raw text: the screen it was written on may have been left.
    for words in [&format!("ended {code}"), "as before"] {
        wait_for(words, || terminal.raw().contains(words).then_some(()));
    }
}

/// A program in an environment of nothing but a home.
pub fn home_command(program: &str, home: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.env("PATH", std::env::var("PATH").unwrap_or_default());
    command.env("HOME", home);
    command.env("XDG_RUNTIME_DIR", home);
    command.env("XDG_STATE_HOME", home.join("state"));
    command.env("XDG_CONFIG_HOME", home.join("config"));
    command.env("TERM", "xterm-256color");
    // Nobody is there to leave a real one.
    command.env("EDITOR", "true");
    command.env("LANG", "en_US.UTF-8");
    command
}

/// What redis-lab answers to lines from a pipe.
pub fn pipe(args: &[&str], input: &[u8]) -> (Vec<u8>, String, i32) {
    let mut child = needs::redis_lab()
        .arg("repl")
        .args(args)
        .env("LANG", "en_US.UTF-8")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // The shell may leave before it has read everything.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    (
        output.stdout,
        String::from_utf8_lossy(&output.stderr).into_owned(),
        output.status.code().unwrap_or(-1),
    )
}
