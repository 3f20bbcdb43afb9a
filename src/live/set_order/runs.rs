//! Runs of a Python program that prints a set.

use super::{MEMBERS, RUNS};
use catalog::lang::Text;
use std::collections::VecDeque;
use std::io;
use std::process::{Output, Stdio};
use tokio::process::Command;
use tokio::task::JoinHandle;

/// The runs of the Python program, at work in the background. An interpreter
/// may take long to start; nobody has to wait for it who began early.
#[derive(Debug)]
pub(in crate::live) struct Runs(VecDeque<JoinHandle<io::Result<Output>>>);

impl Runs {
    /// Starts all runs at once: each is a process with a seed of its own.
    pub(in crate::live) fn begin() -> Runs {
        let program = format!(
            "print({{{}}})",
            MEMBERS.map(|m| format!("'{m}'")).join(", ")
        );
        let run = |_| {
            let child = Command::new("python3")
                .args(["-c", &program])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::null())
                .kill_on_drop(true)
                .spawn();
            tokio::spawn(async { child?.wait_with_output().await })
        };
        Runs((0..RUNS).map(run).collect())
    }

    /// What the next run printed; `None` where there is no Python.
    pub(super) async fn next(&mut self) -> Option<String> {
        // Borrowed until it has ended: dropped, it would go on alone.
        let output = self.0.front_mut()?.await;
        self.0.pop_front();
        let output = output.ok()?.ok()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        output.status.success().then(|| printed.trim().to_owned())
    }

    /// They are real.
    pub(super) fn excuse(&self) -> Option<Text> {
        None
    }
}

impl Drop for Runs {
    /// What is still running when the lesson is left goes with it.
    fn drop(&mut self) {
        for run in &self.0 {
            run.abort();
        }
    }
}
