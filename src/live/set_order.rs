//! A set printed from several runs: two different reasons for another order.
//!
//! A Python program that prints `r.smembers(...)` shows a Python `set`, and
//! Python seeds its string hashing anew in every process (PYTHONHASHSEED). The
//! server's own order is unspecified too. Both are shown for real.

use super::scene::{Scene, lost};
use crate::error::Result;
use catalog::text;
use redis::AsyncCommands as _;
use std::collections::HashSet;
use std::io;
use std::process::{Output, Stdio};
use tokio::process::Command;
use tokio::task::JoinHandle;

const MEMBERS: [&str; 5] = ["python", "redis", "django", "celery", "pillow"];

/// How often the program that prints the set is run.
const RUNS: usize = 3;

/// The runs of the Python program, at work in the background. An interpreter
/// may take long to start; nobody has to wait for it who began early.
#[derive(Debug)]
pub(super) struct Runs(Vec<JoinHandle<io::Result<Output>>>);

impl Runs {
    /// Starts all runs at once: each is a process with a seed of its own.
    pub(super) fn begin() -> Runs {
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
}

impl Drop for Runs {
    /// What is still running when the lesson is left goes with it.
    fn drop(&mut self) {
        for run in &self.0 {
            run.abort();
        }
    }
}

pub(super) async fn play(scene: &mut Scene<'_>, mut runs: Runs) -> Result<()> {
    let lang = scene.lang;
    let mut with_python = true;
    for (run, output) in (1..).zip(&mut runs.0) {
        let text = match output.await {
            Ok(Ok(output)) if output.status.success() => {
                String::from_utf8_lossy(&output.stdout).trim().to_owned()
            }
            // No Python here: Rust's HashSet is seeded at random as well.
            _ => {
                with_python = false;
                format!("{:?}", MEMBERS.into_iter().collect::<HashSet<_>>())
            }
        };
        scene.say(
            lang.pick(&format!("run {run}"), &format!("uruchomienie {run}")),
            text,
        )?;
    }
    let who = if with_python { "Python" } else { "Rust" };
    scene.tell(text!(
lang,
"That was {who}'s own set: its string hashing is seeded anew each time. No server was asked.",
"To był zbiór języka {who}: ziarno haszowania napisów jest za każdym razem inne. Serwera nikt nie pytał."
))?;
    let mut connection = scene.connect().await?;
    for (name, reversed) in [("lab:demo:set:1", false), ("lab:demo:set:2", true)] {
        let mut members = MEMBERS;
        if reversed {
            members.reverse();
        }
        let _: usize = connection.sadd(name, &members).await.map_err(lost)?;
        let order: Vec<String> = connection.smembers(name).await.map_err(lost)?;
        let () = connection.del(name).await.map_err(lost)?;
        scene.say("SMEMBERS", order.join(" "))?;
    }
    scene.tell(lang.pick(
        "And that was the server: whatever order it finds. Never rely on either; SORT or sort in the client.",
        "A to był serwer: taka kolejność, jaką akurat ma. Nie polegaj na żadnej; użyj SORT albo sortuj u klienta.",
    ))
}
