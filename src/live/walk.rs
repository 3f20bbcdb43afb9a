//! What a command costs that walks over everything: KEYS against SCAN for
//! everybody else, and the time of a command as the data grow.

use super::scene::{Actor, Scene, joined};
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::lang::Lang;
use catalog::text;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn bar(label: impl Into<String>, took: Duration, lang: Lang) -> Bar {
    let value = took.as_secs_f64() * 1e3;
    Bar {
        label: label.into(),
        value,
        text: format!("{} ms", lang.decimal(value, 2)),
    }
}

/// So many keys are walked over.
const KEYS: usize = 100_000;

/// A few of them, wherever they lie.
const PATTERN: &str = "lab:demo:user:4711?";

/// Somebody who asks the server again and again until told to stop.
#[derive(Debug, Clone, Default)]
struct Bystander {
    answers: Arc<AtomicUsize>,
    over: Arc<AtomicBool>,
}

impl Bystander {
    async fn ask(self, mut connection: Actor) -> Result<()> {
        while !self.over.load(Ordering::Relaxed) {
            connection.ask(&["PING"]).await?;
            self.answers.fetch_add(1, Ordering::Relaxed);
        }
        Ok(())
    }

    fn answers(&self) -> usize {
        self.answers.load(Ordering::Relaxed)
    }
}

/// A connection to a database of the demo's own: the lesson's keeps the size
/// it has, which its SCAN shows.
async fn elsewhere(scene: &Scene<'_>) -> Result<Actor> {
    let mut connection = scene.actor().await?;
    connection.ask(&["SELECT", "9"]).await?;
    Ok(connection)
}

/// Somebody looks for a few keys among many, while somebody else only asks PING.
pub(super) async fn keys_scan(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = elsewhere(scene).await?;
    for from in (0..KEYS).step_by(10_000) {
        let mut mset = vec!["MSET".to_owned()];
        for number in from..from + 10_000 {
            mset.extend([format!("lab:demo:user:{number}"), "x".to_owned()]);
        }
        connection.ask(&mset).await?;
    }
    let (mut walks, mut answers) = (Vec::new(), Vec::new());
    for name in ["KEYS", "SCAN"] {
        let other = Bystander::default();
        let asking = tokio::spawn(other.clone().ask(elsewhere(scene).await?));
        while other.answers() == 0 && !asking.is_finished() {
            tokio::task::yield_now().await;
        }
        let (begun, before) = (Instant::now(), other.answers());
        let found = match name {
            "KEYS" => {
                let found = connection.ask(&["KEYS", PATTERN]).await?;
                found.as_slice().unwrap_or_default().len()
            }
            _ => scan(&mut connection).await?,
        };
        let (took, served) = (begun.elapsed(), other.answers() - before);
        other.over.store(true, Ordering::Relaxed);
        joined(asking.await)?;
        answers.push(Bar {
            label: name.to_owned(),
            value: served as f64,
            text: served.to_string(),
        });
        let label = text!(lang, "{name}, {found} found", "{name}, znalezione: {found}");
        walks.push(bar(label, took, lang));
    }
    for from in (0..KEYS).step_by(10_000) {
        let mut unlink = vec!["UNLINK".to_owned()];
        unlink.extend((from..from + 10_000).map(|number| format!("lab:demo:user:{number}")));
        connection.ask(&unlink).await?;
    }
    scene.draw(
        text!(
            lang,
            "Looking for {PATTERN} among {KEYS} keys",
            "Szukanie {PATTERN} wśród {KEYS} kluczy"
        ),
        Shape::Bars { bars: walks },
    )?;
    scene.draw(
        lang.pick(
            "Meanwhile somebody else: answers to PING",
            "A w tym czasie ktoś inny: odpowiedzi na PING",
        ),
        Shape::Bars { bars: answers },
    )
}

/// The whole keyspace page by page; how many keys match.
async fn scan(connection: &mut Actor) -> Result<usize> {
    let (mut cursor, mut found) = ("0".to_owned(), 0);
    loop {
        let command = ["SCAN", &cursor, "MATCH", PATTERN, "COUNT", "500"];
        let reply = connection.ask(&command).await?;
        // The next cursor, and a page.
        let [next, page] = reply.as_slice().unwrap_or_default() else {
            return Ok(found);
        };
        found += page.as_slice().unwrap_or_default().len();
        match next.as_str() {
            None | Some("0") => return Ok(found),
            Some(next) => cursor = next.to_owned(),
        }
    }
}

const SIZES: [usize; 3] = [1_000, 10_000, 100_000];
const ROUNDS: usize = 9;

/// Three commands on data that grow tenfold, twice.
pub(super) async fn growth(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let [hash, ranks, list] = ["lab:demo:hash", "lab:demo:ranks", "lab:demo:list"];
    let mut bars: [Vec<Bar>; 3] = Default::default();
    let mut filled = 0;
    for size in SIZES {
        while filled < size {
            let until = size.min(filled + 5_000);
            let [mut hset, mut zadd, mut rpush] =
                [["HSET", hash], ["ZADD", ranks], ["RPUSH", list]]
                    .map(|[command, key]| vec![command.to_owned(), key.to_owned()]);
            for number in (filled..until).map(|number| number.to_string()) {
                hset.extend([number.clone(), "x".to_owned()]);
                zadd.extend([number.clone(), number.clone()]);
                rpush.push(number);
            }
            connection.batch(&[hset, zadd, rpush]).await?;
            filled = until;
        }
        let last = (size - 1).to_string();
        let commands = [
            ["HGET", hash, last.as_str()],
            ["ZRANK", ranks, last.as_str()],
            ["LPOS", list, last.as_str()],
        ];
        for (bars, command) in bars.iter_mut().zip(commands) {
            let took = median(&mut connection, &command).await?;
            let label = format!("{} {}", command[0], grouped(size, lang));
            bars.push(bar(label, took, lang));
        }
    }
    connection.ask(&["UNLINK", hash, ranks, list]).await?;
    scene.draw(
        lang.pick(
            "One command on so many elements: HGET is O(1), ZRANK O(log N), LPOS O(N)",
            "Jedno polecenie na tylu elementach: HGET to O(1), ZRANK O(log N), LPOS O(N)",
        ),
        Shape::Bars {
            bars: bars.concat(),
        },
    )
}

/// How long a command takes, the middle one of several times.
async fn median(connection: &mut Actor, command: &[&str]) -> Result<Duration> {
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        let begun = Instant::now();
        connection.ask(command).await?;
        times.push(begun.elapsed());
    }
    times.sort();
    Ok(times[ROUNDS / 2])
}

/// A number with its thousands apart.
fn grouped(number: usize, lang: Lang) -> String {
    let (thousands, rest) = (number / 1000, number % 1000);
    match thousands {
        0 => rest.to_string(),
        _ => format!("{thousands}{}{rest:03}", lang.pick(",", " ")),
    }
}
