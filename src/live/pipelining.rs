//! Pipelining measured: N commands in N round trips, then in one.

use super::scene::Scene;
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;
use std::time::Instant;

const KEY: &str = "lab:demo:hits";
const COMMANDS: usize = 1000;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    connection.ask(&["DEL", KEY]).await?;
    let begun = Instant::now();
    for _ in 0..COMMANDS {
        connection.ask(&["INCR", KEY]).await?;
    }
    let one_by_one = begun.elapsed().as_secs_f64() * 1e3;
    let begun = Instant::now();
    connection.pipeline(&["INCR", KEY], COMMANDS).await?;
    let at_once = begun.elapsed().as_secs_f64() * 1e3;
    let end = connection.number(&["GET", KEY]).await?;
    connection.ask(&["DEL", KEY]).await?;
    let millis = |value| lang.decimal(value, 1);
    let (slow, quick) = (millis(one_by_one), millis(at_once));
    let bar = |label: &str, value, text| Bar {
        label: label.to_owned(),
        value,
        text: format!("{text} ms"),
    };
    scene.draw(
        text!(
            lang,
            "{COMMANDS} × INCR: {COMMANDS} round trips one by one, 1 for the pipeline",
            "{COMMANDS} × INCR: po kolei {COMMANDS} podróży do serwera, przez pipeline 1"
        ),
        Shape::Bars {
            bars: vec![
                bar(lang.pick("one by one", "po kolei"), one_by_one, slow),
                bar("pipeline", at_once, quick),
            ],
        },
    )?;
    let ratio = one_by_one / at_once;
    scene.tell(text!(
lang,
"The pipeline was {ratio:.0} times faster, here, without any network in between. The counter stands at {end}.",
"Pipeline był {ratio:.0} razy szybszy, i to bez żadnej sieci po drodze. Licznik: {end}."
))
}
