//! The same visitors in a set, a bitmap and a HyperLogLog: how far off is the
//! guess, and what does each of them cost?

use super::scene::Scene;
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;

const SET: &str = "lab:demo:set";
const BITMAP: &str = "lab:demo:bitmap";
const GUESS: &str = "lab:demo:hll";

/// When it is looked at how many there are.
const LOOKS: [usize; 3] = [100, 1_000, 10_000];

/// So many visitors come with one command.
const AT_ONCE: usize = 500;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    connection.ask(&["DEL", SET, BITMAP, GUESS]).await?;
    // Other visitors on each run: another guess, another error.
    let time = connection.ask(&["TIME"]).await?;
    let micros = time.as_slice().and_then(|parts| parts.get(1)?.as_str());
    let run = micros.unwrap_or_default();
    let mut come = 0;
    for look in LOOKS {
        while come < look {
            let next = come..(come + AT_ONCE).min(look);
            let names: Vec<String> = next.clone().map(|n| format!("visitor-{run}-{n}")).collect();
            let numbers: Vec<String> = next.clone().map(|n| n.to_string()).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            connection
                .ask(&[&["SADD", SET], &names[..]].concat())
                .await?;
            connection
                .ask(&[&["PFADD", GUESS], &names[..]].concat())
                .await?;
            let set_bit = |number| ["SET", "u1", number, "1"];
            let bits: Vec<&str> = numbers.iter().flat_map(|n| set_bit(n.as_str())).collect();
            connection
                .ask(&[&["BITFIELD", BITMAP], &bits[..]].concat())
                .await?;
            come = next.end;
        }
        let truth = connection.number(&["SCARD", SET]).await?;
        let guess = connection.number(&["PFCOUNT", GUESS]).await?;
        let off = guess.abs_diff(truth) as f64 / truth as f64 * 100.0;
        let off = lang.decimal(off, 2);
        scene.tell(text!(
            lang,
            "{truth} visitors, guessed {guess}: {off} % off",
            "Osób: {truth}, oszacowanie: {guess}, błąd: {off}%"
        ))?;
    }
    let mut sizes = Vec::new();
    for key in [SET, BITMAP, GUESS] {
        sizes.push(connection.number(&["MEMORY", "USAGE", key]).await? as f64);
    }
    connection.ask(&["DEL", SET, BITMAP, GUESS]).await?;
    let names = [
        lang.pick("set", "zbiór"),
        lang.pick("bitmap", "bitmapa"),
        "HyperLogLog",
    ];
    let bars = names.iter().zip(sizes).map(|(name, bytes)| Bar {
        label: (*name).to_owned(),
        value: bytes,
        text: format!("{} kB", lang.decimal(bytes / 1000.0, 1)),
    });
    scene.draw(
        text!(lang, "Memory for {come} visitors", "Pamięć na {come} osób"),
        Shape::Bars {
            bars: bars.collect(),
        },
    )
}
