//! What the tests of the job system share: a server of their own, and waiting
//! for conditions.

// Each test file uses its own part of this.
#![allow(dead_code)]

#[path = "../clock/mod.rs"]
pub mod clock;
#[cfg(unix)]
pub mod failover;
pub mod process;
pub mod prometheus;
pub mod site;

use crate::needs;
use clock::Clock;
use redis_lab::conn::Target;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A server on a Unix socket in a directory of its own: a redis-server where
/// one is installed, otherwise the built-in one, as a process too.
pub struct Redis {
    child: Child,
    dir: tempfile::TempDir,
    options: Vec<String>,
    env: Vec<(String, String)>,
    clock: Option<Clock>,
}

impl Redis {
    /// Starts one without persistence.
    pub fn start() -> Redis {
        Redis::start_with(&[])
    }

    /// Starts a redis-server with options of the test's own.
    pub fn start_with(options: &[&str]) -> Redis {
        Redis::launch(tempfile::tempdir().unwrap(), options, Vec::new())
    }

    /// Starts one that keeps every write (`appendfsync always`), which the
    /// built-in server does not offer: without a redis-server `test` is left
    /// out.
    pub fn start_persistent(test: &str) -> Option<Redis> {
        needs::installed(test, &["redis-server"])
            .then(|| Redis::start_with(&["--appendonly", "yes"]))
    }

    /// Starts a redis-server whose clock the test sets ([`Redis::set_clock`]);
    /// without a redis-server and a C compiler `test` is left out.
    pub fn start_with_clock(test: &str) -> Option<Redis> {
        if !needs::installed(test, &["redis-server"]) {
            return None;
        }
        let clock = Clock::new(test)?;
        let dir = tempfile::tempdir().unwrap();
        let mut redis = Redis::launch(dir, &[], clock.env());
        redis.clock = Some(clock);
        Some(redis)
    }

    /// Sets the clock that many seconds ahead of the true time.
    pub fn set_clock(&self, ahead: u64) {
        self.clock.as_ref().unwrap().set(ahead);
    }

    fn launch(dir: tempfile::TempDir, options: &[&str], env: Vec<(String, String)>) -> Redis {
        let options: Vec<String> = options.iter().map(|&option| option.into()).collect();
        let child = spawn(dir.path(), &options, &env);
        let redis = Redis {
            child,
            dir,
            options,
            env,
            clock: None,
        };
        redis.await_ready();
        redis
    }

    fn await_ready(&self) {
        let client = self.target().client().unwrap();
        wait_until("the server answers", || {
            client
                .get_connection()
                .and_then(|mut c| redis::cmd("PING").query::<String>(&mut c))
                .is_ok()
        });
    }

    pub fn socket(&self) -> PathBuf {
        self.dir.path().join("redis.sock")
    }

    pub fn url(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    pub fn target(&self) -> Target {
        Target::unix(&self.socket()).unwrap()
    }

    pub fn connection(&self) -> redis::Connection {
        self.target().client().unwrap().get_connection().unwrap()
    }

    /// Kills it with SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Starts it again with the same data.
    pub fn start_again(&mut self) {
        self.child = spawn(self.dir.path(), &self.options, &self.env);
        self.await_ready();
    }
}

fn spawn(dir: &Path, options: &[String], env: &[(String, String)]) -> Child {
    let _ = std::fs::remove_file(dir.join("redis.sock"));
    let Some(program) = needs::find("redis-server") else {
        return needs::redis_lab()
            .args(["serve", "--port", "0", "--unixsocket"])
            .arg(dir.join("redis.sock"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the built-in server starts");
    };
    Command::new(program)
        .args(["--port", "0", "--save", "", "--daemonize", "no"])
        .args(["--appendfsync", "always"])
        .arg("--unixsocket")
        .arg(dir.join("redis.sock"))
        .arg("--dir")
        .arg(dir)
        .args(options)
        .envs(env.iter().cloned())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("redis-server starts")
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits for a condition; fails after half a minute.
pub fn wait_until(what: &str, mut condition: impl FnMut() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition() {
        assert!(Instant::now() < end, "waited in vain until {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The same for async code.
pub async fn eventually<F: Future<Output = bool>>(what: &str, mut condition: impl FnMut() -> F) {
    let end = Instant::now() + Duration::from_secs(30);
    while !condition().await {
        assert!(Instant::now() < end, "waited in vain until {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
