//! Memory that does not come back: half of the values are deleted, and the
//! process stays as big as it was.

use super::info::Info;
use super::scene::{Actor, Scene};
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;
use std::time::Duration;

const PREFIX: &str = "lab:demo:fragment:";
const VALUES: usize = 20_000;

/// The server looks at its own size every 100 ms (`cron_malloc_stats` in
/// Redis's `server.c`).
const SAMPLED: Duration = Duration::from_millis(250);

/// Values of different lengths; every other one is deleted.
const FILL: &str =
    "for i = 1, ARGV[1] do redis.call('SET', KEYS[1] .. i, string.rep('x', 400 + i % 200)) end";
const THIN: &str = "for i = ARGV[2], ARGV[1], 2 do redis.call('DEL', KEYS[1] .. i) end";

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let empty = size(&mut connection).await?;
    run(&mut connection, FILL, 0).await?;
    let full = size(&mut connection).await?;
    run(&mut connection, THIN, 1).await?;
    let thinned = size(&mut connection).await?;
    run(&mut connection, THIN, 2).await?;
    let rows = [
        (lang.pick("empty", "pusty"), &empty),
        (lang.pick("filled", "pełny"), &full),
        (lang.pick("half deleted", "połowa usunięta"), &thinned),
    ];
    let bars = rows.into_iter().flat_map(|(name, info)| {
        let sizes = [
            (lang.pick("data", "dane"), "used_memory"),
            (lang.pick("process", "proces"), "used_memory_rss"),
        ];
        sizes.map(|(whose, line)| {
            let megabytes = info.number(line) as f64 / 1e6;
            Bar {
                label: format!("{name}: {whose}"),
                value: megabytes,
                text: format!("{} MB", lang.decimal(megabytes, 1)),
            }
        })
    });
    scene.draw(
        lang.pick(
            "What the data need, and what the process has",
            "Ile potrzebują dane, a ile ma proces",
        ),
        Shape::Bars {
            bars: bars.collect(),
        },
    )?;
    let ratio = |info: &Info| {
        let given = info.number("used_memory_rss") as f64;
        lang.decimal(given / (info.number("used_memory") as f64).max(1.0), 2)
    };
    let (before, after) = (ratio(&full), ratio(&thinned));
    scene.tell(text!(
        lang,
        "Fragmentation ratio: filled {before}, half deleted {after}.",
        "Współczynnik fragmentacji: pełny {before}, połowa usunięta {after}."
    ))
}

async fn run(connection: &mut Actor, script: &str, first: usize) -> Result<()> {
    let (values, first) = (VALUES.to_string(), first.to_string());
    let call = ["EVAL", script, "1", PREFIX, &values, &first];
    connection.ask(&call).await.map(drop)
}

/// What the server says of its size, once it has looked.
async fn size(connection: &mut Actor) -> Result<Info> {
    tokio::time::sleep(SAMPLED).await;
    Info::of(connection).await
}
