//! A cache beside a slow "database": what it saves, what happens at the moment
//! when everybody misses, and three cures for that.

use super::scene::{Actor, Scene, joined};
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;
use resp::Reply;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// A database that takes its time and counts its queries.
#[derive(Debug, Clone)]
struct Database {
    takes: Duration,
    queries: Arc<AtomicUsize>,
}

impl Database {
    fn new(takes: Duration) -> Database {
        Database {
            takes,
            queries: Arc::default(),
        }
    }

    async fn query(&self) -> &'static str {
        self.queries.fetch_add(1, Ordering::Relaxed);
        tokio::time::sleep(self.takes).await;
        "tea, 12 PLN"
    }

    fn queries(&self) -> usize {
        self.queries.load(Ordering::Relaxed)
    }
}

fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

const VISITS: usize = 60;
const PRODUCTS: usize = 12;

/// Which product a visitor wants: a few are asked for most of the time.
fn wanted(visit: usize) -> usize {
    let spread = visit * 37 % 97;
    PRODUCTS * spread * spread / (97 * 97)
}

/// The same visitors with the database alone, and with a cache beside it.
pub(super) async fn aside(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    let takes = Duration::from_millis(3);
    let (mut times, mut bars) = (Vec::new(), Vec::new());
    let name = [
        lang.pick("database alone", "sama baza"),
        lang.pick("with a cache", "z cache'em"),
    ];
    for (cached, name) in [false, true].into_iter().zip(name) {
        let database = Database::new(takes);
        let begun = Instant::now();
        let mut hits = 0;
        for visit in 0..VISITS {
            let key = format!("lab:demo:product:{}", wanted(visit));
            if cached && connection.ask(&["GET", &key]).await? != Reply::Nil {
                hits += 1;
                continue;
            }
            let product = database.query().await;
            if cached {
                connection.ask(&["SETEX", &key, "60", product]).await?;
            }
        }
        let (queries, took) = (database.queries(), millis(begun.elapsed()));
        times.push(took);
        bars.push(Bar {
            label: name.to_owned(),
            value: queries as f64,
            text: text!(
                lang,
                "{queries} queries, {hits} hits, {} ms",
                "zapytania: {queries}, trafienia: {hits}, {} ms",
                lang.decimal(took, 0)
            ),
        });
    }
    scene.draw(
        text!(
            lang,
            "{VISITS} visits to {PRODUCTS} products, and the queries to the database",
            "{VISITS} wizyt, {PRODUCTS} produktów i zapytania do bazy"
        ),
        Shape::Bars { bars },
    )?;
    for product in 0..PRODUCTS {
        let key = format!("lab:demo:product:{product}");
        connection.ask(&["DEL", &key]).await?;
    }
    let ratio = lang.decimal(times[0] / times[1].max(0.1), 1);
    scene.tell(text!(
        lang,
        "The same visitors, {ratio} times as fast: only the first one to want a product waits.",
        "Ci sami odwiedzający, {ratio} razy szybciej: czeka tylko ten, kto pierwszy chce danego produktu."
    ))
}

/// How a visitor gets a value that is about to expire for everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cure {
    /// Whoever misses asks the database.
    Nothing,
    /// Whoever gets the lock asks; the others look again a little later.
    Lock,
    /// The old value is served for a while, and one visitor fetches the new one.
    Stale,
    /// The nearer the end, the likelier a visitor renews it before.
    Early,
}

const KEY: &str = "lab:demo:front-page";
const LOCK: &str = "lab:demo:lock";
const CROWD: usize = 90;

/// The value expires so long after the first visitor...
const EXPIRES: Duration = Duration::from_millis(55);

/// ...and a visitor comes every so often.
const GAP: Duration = Duration::from_millis(1);

/// So long the database takes.
const QUERY: Duration = Duration::from_millis(15);

/// One visitor's connection and cure.
struct Visitor {
    connection: Actor,
    database: Database,
    cure: Cure,
}

impl Visitor {
    /// Gets the value; how long that took.
    async fn visit(&mut self, chance: f64) -> Result<Duration> {
        let begun = Instant::now();
        let mut has_lock = false;
        loop {
            let asked = [["GET", KEY], ["PTTL", KEY]];
            let replies = self.connection.batch(&asked).await?;
            let is_there = replies[0] != Reply::Nil;
            let left = replies[1].as_int().unwrap_or(0);
            let renews = match self.cure {
                Cure::Nothing | Cure::Lock => !is_there,
                // The key outlives what it holds by a second.
                Cure::Stale => left < 1000,
                // XFetch: Vattani, Chierichetti, Lowenstein (VLDB 2015).
                Cure::Early => millis(QUERY) * -chance.ln() >= left as f64,
            };
            if !renews {
                // Somebody was quicker, just before we got the lock.
                if has_lock {
                    self.connection.ask(&["DEL", LOCK]).await?;
                }
                break;
            }
            if has_lock || matches!(self.cure, Cure::Nothing | Cure::Early) {
                self.renew().await?;
                break;
            }
            has_lock = self.lock().await?;
            if has_lock {
                continue;
            }
            if is_there {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(begun.elapsed())
    }

    async fn lock(&mut self) -> Result<bool> {
        let asked = ["SET", LOCK, "me", "NX", "PX", "1000"];
        Ok(self.connection.ask(&asked).await? != Reply::Nil)
    }

    async fn renew(&mut self) -> Result<()> {
        let value = self.database.query().await;
        let asked = [&["PSETEX", KEY, "5000", value][..], &["DEL", LOCK]];
        self.connection.batch(&asked).await.map(drop)
    }
}

/// A crowd comes while a value expires, with each cure in turn.
pub(super) async fn stampede(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut crowd = Vec::new();
    for _ in 0..CROWD {
        crowd.push(scene.actor().await?);
    }
    scene.tell(text!(
        lang,
        "{CROWD} visitors, one every millisecond; the value expires among them, and a query takes {} ms.",
        "{CROWD} odwiedzających, co milisekundę jeden; w tym czasie wartość wygasa, a zapytanie trwa {} ms.",
        QUERY.as_millis()
    ))?;
    let mut bars = Vec::new();
    let cures = [
        (Cure::Nothing, lang.pick("no cure", "bez ochrony")),
        (Cure::Lock, lang.pick("lock", "blokada")),
        (
            Cure::Stale,
            lang.pick("old value meanwhile", "tymczasem stara wartość"),
        ),
        (Cure::Early, lang.pick("early", "wcześniej")),
    ];
    for (cure, name) in cures {
        let life = EXPIRES + Duration::from_millis(if cure == Cure::Stale { 1000 } else { 0 });
        let life = life.as_millis().to_string();
        let begins = [&["DEL", LOCK][..], &["PSETEX", KEY, &life, "tea, 11 PLN"]];
        crowd[0].batch(&begins).await?;
        let database = Database::new(QUERY);
        let began = tokio::time::Instant::now();
        let mut visitors = Vec::new();
        for (number, connection) in crowd.drain(..).enumerate() {
            let mut visitor = Visitor {
                connection,
                database: database.clone(),
                cure,
            };
            // Spread evenly instead of drawn: the same every time.
            let chance = (number * 53 % CROWD + 1) as f64 / (CROWD + 1) as f64;
            let comes = began + GAP * number as u32;
            visitors.push(tokio::spawn(async move {
                tokio::time::sleep_until(comes).await;
                let took = visitor.visit(chance).await?;
                Ok((took, visitor.connection))
            }));
        }
        let (mut slowest, mut waited) = (Duration::ZERO, 0);
        for visitor in visitors {
            let (took, connection) = joined(visitor.await)?;
            crowd.push(connection);
            slowest = slowest.max(took);
            waited += usize::from(took >= QUERY / 3);
        }
        let queries = database.queries();
        bars.push(Bar {
            label: name.to_owned(),
            value: queries as f64,
            text: text!(
                lang,
                "{queries}; {waited} waited, up to {} ms",
                "{queries}; czekało: {waited}, do {} ms",
                lang.decimal(millis(slowest), 0)
            ),
        });
    }
    scene.draw(
        lang.pick(
            "Queries to the database, and visitors who waited for one",
            "Zapytania do bazy i ci, którzy na nie czekali",
        ),
        Shape::Bars { bars },
    )?;
    crowd[0].ask(&["DEL", KEY, LOCK]).await.map(drop)
}
