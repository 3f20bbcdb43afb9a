//! `redis-lab thumbnail` as processes of their own.

use super::Redis;
use crate::needs;
use serde_json::Value;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// `redis-lab thumbnail ARGS...` on this Redis.
pub fn lab(redis: &Redis, args: &[&str]) -> Command {
    lab_at(&redis.url(), args)
}

/// The same on the Redis at this address.
pub fn lab_at(url: &str, args: &[&str]) -> Command {
    let mut command = needs::redis_lab();
    command
        .args(["--lang", "en", "--url", url, "thumbnail"])
        .args(args)
        .stdin(Stdio::null());
    command
}

pub fn run(redis: &Redis, args: &[&str]) -> Output {
    lab(redis, args).output().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Every line of a command's output as JSON.
pub fn json_lines(output: &Output) -> Vec<Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// A background process, killed with the test.
pub struct Process(pub Child);

impl Process {
    /// The most memory it has had, in kB.
    #[cfg(target_os = "linux")]
    pub fn peak(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:"));
        let number = line.unwrap().split_whitespace().nth(1);
        number.unwrap().parse().unwrap()
    }

    /// Starts one and waits for its first line.
    pub fn start(redis: &Redis, args: &[&str]) -> Process {
        Process::spawn(&mut lab(redis, args)).0
    }

    /// The same with a command of the caller's; also gives the first line.
    pub fn spawn(command: &mut Command) -> (Process, String) {
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        out.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "{command:?} ended at once");
        // Somebody must read, or the process would wait for us.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        (Process(child), line)
    }

    pub fn kill(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }

    /// Ctrl-C.
    pub fn interrupt(&self) {
        self.signal("-INT");
    }

    /// Sends the signal that `kill` knows by this option.
    pub fn signal(&self, signal: &str) {
        let pid = self.0.id().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().unwrap();
        assert!(sent.success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The names in a zip, after reading every byte of it (which checks the CRCs).
pub fn names_in_zip(path: &Path) -> Vec<String> {
    let mut zip = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut names = Vec::new();
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        file.read_to_end(&mut Vec::new()).unwrap();
        names.push(file.name().unwrap().into_owned());
    }
    names
}
