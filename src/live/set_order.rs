//! A set printed from several runs: two different reasons for another order.
//!
//! A Python program that prints `r.smembers(...)` shows a Python `set`, and
//! Python seeds its string hashing anew in every process (PYTHONHASHSEED). The
//! server's own order is unspecified too. Both are shown for real.

// WebAssembly has no processes: there the runs are those of a recording.
#[cfg_attr(target_family = "wasm", path = "set_order/recorded_runs.rs")]
mod runs;

pub(super) use runs::Runs;

use super::scene::{Scene, strings};
use crate::error::Result;
use catalog::text;
use std::collections::HashSet;

const MEMBERS: [&str; 5] = ["python", "redis", "django", "celery", "pillow"];

/// How often the program that prints the set is run.
const RUNS: usize = 3;

pub(super) async fn play(scene: &mut Scene<'_>, mut runs: Runs) -> Result<()> {
    let lang = scene.lang;
    let mut with_python = true;
    if let Some(why) = runs.excuse() {
        scene.tell(why.pick(lang))?;
    }
    for run in 1..=RUNS {
        let text = match runs.next().await {
            Some(printed) => printed,
            // No Python here: Rust's HashSet is seeded at random as well.
            None => {
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
    let mut connection = scene.actor().await?;
    for (name, reversed) in [("lab:demo:set:1", false), ("lab:demo:set:2", true)] {
        let mut members = MEMBERS;
        if reversed {
            members.reverse();
        }
        let add = [&["SADD", name], &members[..]].concat();
        connection.ask(&add).await?;
        let order = strings(&connection.ask(&["SMEMBERS", name]).await?);
        connection.ask(&["DEL", name]).await?;
        scene.say("SMEMBERS", order.join(" "))?;
    }
    scene.tell(lang.pick(
        "And that was the server: whatever order it finds. Never rely on either; SORT or sort in the client.",
        "A to był serwer: taka kolejność, jaką akurat ma. Nie polegaj na żadnej; użyj SORT albo sortuj u klienta.",
    ))
}
