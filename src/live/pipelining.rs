//! Pipelining measured: N commands in N round trips, then in one.

use super::scene::{Scene, lost};
use crate::error::Result;
use catalog::text;
use redis::AsyncCommands as _;
use std::time::Instant;

const KEY: &str = "lab:demo:hits";
const COMMANDS: usize = 1000;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.connect().await?;
    let () = connection.del(KEY).await.map_err(lost)?;
    let begun = Instant::now();
    for _ in 0..COMMANDS {
        let _: i64 = connection.incr(KEY, 1).await.map_err(lost)?;
    }
    let one_by_one = begun.elapsed().as_secs_f64() * 1e3;
    let mut pipeline = redis::pipe();
    for _ in 0..COMMANDS {
        pipeline.incr(KEY, 1).ignore();
    }
    let begun = Instant::now();
    let () = pipeline.query_async(&mut connection).await.map_err(lost)?;
    let at_once = begun.elapsed().as_secs_f64() * 1e3;
    let end: usize = connection.get(KEY).await.map_err(lost)?;
    let () = connection.del(KEY).await.map_err(lost)?;
    let millis = |value| lang.decimal(value, 1);
    let (slow, quick) = (millis(one_by_one), millis(at_once));
    scene.say(
        lang.pick("one by one", "po kolei"),
        text!(
            lang,
            "{COMMANDS} × INCR, {COMMANDS} round trips: {slow} ms",
            "{COMMANDS} × INCR, {COMMANDS} podróży do serwera: {slow} ms"
        ),
    )?;
    scene.say(
        lang.pick("pipeline", "potok"),
        text!(
            lang,
            "{COMMANDS} × INCR, 1 round trip: {quick} ms",
            "{COMMANDS} × INCR, 1 podróż do serwera: {quick} ms"
        ),
    )?;
    let ratio = one_by_one / at_once;
    scene.tell(text!(
lang,
"The pipeline was {ratio:.0} times faster, here, without any network in between. The counter stands at {end}.",
"Potok był {ratio:.0} razy szybszy, i to bez żadnej sieci po drodze. Licznik: {end}."
))
}
