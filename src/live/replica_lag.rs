//! How late a busy replica is: large writes by the batch, and after each `OK`
//! the last one is asked of the replica, until it is there.

use super::scene::{Scene, connect, lost};
use crate::error::{Error, Result};
use catalog::text;
use redis::AsyncCommands as _;
use std::time::{Duration, Instant};

const KEY: &str = "lab:demo:lag";
const BATCHES: u32 = 30;

/// A batch has so many values, of so many bytes each.
const VALUES: usize = 40;
const BYTES: usize = 16_000;

/// A replica that has not caught up after so long has lost its primary.
const LIMIT: Duration = Duration::from_secs(5);

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut writer = connect(&scene.own("primary")?).await?;
    let mut reader = connect(&scene.own("replica1")?).await?;
    let load = vec![b'x'; BYTES];
    let (mut stale, mut latest, mut total) = (0_u32, Duration::ZERO, Duration::ZERO);
    for number in 1..=BATCHES {
        let mut batch = redis::pipe();
        for _ in 0..VALUES {
            batch.set(format!("{KEY}:load"), &load).ignore();
        }
        batch.set(KEY, number).ignore();
        let () = batch.query_async(&mut writer).await.map_err(lost)?;
        let written = Instant::now();
        let mut is_first = true;
        loop {
            let seen: Option<u32> = reader.get(KEY).await.map_err(lost)?;
            if seen == Some(number) {
                break;
            }
            stale += u32::from(is_first);
            is_first = false;
            if written.elapsed() > LIMIT {
                return Err(Error::server(text!(
                    "the replica does not follow its primary",
                    "replika nie nadąża za serwerem głównym"
                )));
            }
        }
        let late = written.elapsed();
        latest = latest.max(late);
        total += late;
    }
    let load = format!("{KEY}:load");
    let () = writer.del(&[KEY, &load]).await.map_err(lost)?;
    let millis = |time: Duration| lang.decimal(time.as_secs_f64() * 1e3, 1);
    let (mean, latest) = (millis(total / BATCHES), millis(latest));
    let kilobytes = VALUES * BYTES / 1000;
    scene.say(
        lang.pick("writer", "piszący"),
        text!(
            lang,
            "{BATCHES} batches of {kilobytes} kB to the primary, OK after each",
            "{BATCHES} porcji po {kilobytes} kB na serwer główny, po każdej OK"
        ),
    )?;
    scene.say(
        lang.pick("reader", "czytający"),
        text!(
            lang,
            "asked replica1 after each OK: {stale} of {BATCHES} answers were stale",
            "po każdym OK pytał replica1: nieaktualne odpowiedzi: {stale} z {BATCHES}"
        ),
    )?;
    scene.tell(text!(
        lang,
        "replica1 had what was new after {mean} ms on average, {latest} ms at the latest.",
        "replica1 miała nowe dane średnio po {mean} ms, najpóźniej po {latest} ms."
    ))
}
