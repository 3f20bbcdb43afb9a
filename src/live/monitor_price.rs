//! What MONITOR costs: the same commands with nobody watching, with one, and
//! with three, measured in turns.

use super::scene::{Actor, Scene, joined};
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;
use std::time::Instant;

const KEY: &str = "lab:demo:monitored";
const COMMANDS: usize = 1000;
const WATCHERS: [usize; 3] = [0, 1, 3];

/// Rounds, of which the quickest counts: what else the machine did in the
/// others is not MONITOR's price.
const ROUNDS: usize = 3;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let mut best = [f64::INFINITY; WATCHERS.len()];
    let mut seen = None;
    for _ in 0..ROUNDS {
        for (best, watchers) in best.iter_mut().zip(WATCHERS) {
            let (seconds, line) = measure(scene, &mut connection, watchers).await?;
            *best = best.min(seconds);
            seen = seen.or(line);
        }
    }
    connection.ask(&["DEL", KEY]).await?;
    if let Some(line) = seen {
        scene.say("MONITOR", line)?;
    }
    let bars = best.into_iter().zip(WATCHERS).map(|(seconds, watchers)| {
        let rate = COMMANDS as f64 / seconds / 1e3;
        Bar {
            label: text!(lang, "{watchers} watching", "patrzących: {watchers}"),
            value: rate,
            text: text!(lang, "{} thousand/s", "{} tys./s", lang.decimal(rate, 0)),
        }
    });
    scene.draw(
        lang.pick(
            "Commands that the server carries out",
            "Polecenia, które wykonuje serwer",
        ),
        Shape::Bars {
            bars: bars.collect(),
        },
    )?;
    let factor = lang.decimal(best[2] / best[0], 1);
    scene.tell(text!(
        lang,
        "With three watching, the same commands took {factor} times as long.",
        "Gdy patrzy trzech, te same polecenia trwały {factor} raza dłużej."
    ))
}

/// How long the commands take while so many watch, and the last line they saw.
async fn measure(
    scene: &Scene<'_>,
    connection: &mut Actor,
    watchers: usize,
) -> Result<(f64, Option<String>)> {
    let mut watching = Vec::new();
    for _ in 0..watchers {
        let mut watcher = scene.actor().await?;
        watcher.ask(&["MONITOR"]).await?;
        watching.push(tokio::spawn(async move {
            let mut last = None;
            for _ in 0..COMMANDS {
                last = watcher.next().await?.as_str().map(str::to_owned);
            }
            Ok(last)
        }));
    }
    let begun = Instant::now();
    connection.pipeline(&["SET", KEY, "tea"], COMMANDS).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let mut seen = None;
    for watcher in watching {
        seen = seen.or(joined(watcher.await)?);
    }
    Ok((seconds, seen))
}
