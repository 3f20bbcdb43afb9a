//! Which keys go when the memory is full: the policies on the same keys, and
//! LRU against LFU on the same reads. It sets the server's limit and policy,
//! and takes both back.

use super::info::Info;
use super::scene::{Actor, Scene};
use crate::error::{Error, Result};
use crate::runner::{Bar, Shape};
use catalog::lang::Text;
use catalog::text;
use resp::Reply;
use std::time::Duration;

/// A value's size in bytes: much more than what a key costs besides.
const SIZE: usize = 2000;

/// LRU and `OBJECT IDLETIME` tell seconds apart, no less (`LRU_CLOCK_RESOLUTION`
/// in Redis's `server.h`).
const TICK: Duration = Duration::from_millis(1050);

/// The connection, with the commands of both demos.
struct Cache {
    connection: Actor,
    value: String,
    /// What was there before, which the policies evict as well: the commands
    /// that restore it.
    before: Vec<[Vec<u8>; 5]>,
}

impl Cache {
    async fn open(scene: &Scene<'_>) -> Result<Cache> {
        let mut connection = scene.actor().await?;
        let mut before = Vec::new();
        let names = connection.ask(&["KEYS", "*"]).await?;
        for name in names.as_slice().unwrap_or_default() {
            let name = name.as_bytes().unwrap_or_default();
            let asked = [[&b"DUMP"[..], name], [b"PTTL", name]];
            let replies = connection.batch(&asked).await?;
            // One that expires at this moment has no payload any more.
            if let Some(payload) = replies[0].as_bytes() {
                let left = replies[1].as_int().unwrap_or(0).max(0).to_string();
                let restore = [&b"RESTORE"[..], name, left.as_bytes(), payload, b"REPLACE"];
                before.push(restore.map(<[u8]>::to_vec));
            }
        }
        Ok(Cache {
            connection,
            value: "x".repeat(SIZE),
            before,
        })
    }

    /// Leaves the server as it was before the demo.
    async fn leave(mut self, groups: &[&[String]]) -> Result<()> {
        self.empty(groups).await?;
        self.connection.batch(&self.before).await.map(drop)
    }

    /// Sets the policy and, as the limit, what is in use now.
    async fn limit(&mut self, policy: &str) -> Result<()> {
        let used = Info::of(&mut self.connection).await?.number("used_memory");
        self.configure(&used.to_string(), policy).await
    }

    async fn configure(&mut self, limit: &str, policy: &str) -> Result<()> {
        for (name, value) in [("maxmemory-policy", policy), ("maxmemory", limit)] {
            self.connection.ask(&["CONFIG", "SET", name, value]).await?;
        }
        Ok(())
    }

    /// Writes keys; how many the server refused.
    async fn write(&mut self, keys: &[String], seconds: Option<u64>) -> Result<usize> {
        let seconds = seconds.map(|seconds| seconds.to_string());
        let mut refused = 0;
        // One at a time: what does not fit is an answer here, not a failure.
        for key in keys {
            let mut command = vec!["SET", key, &self.value];
            command.extend(seconds.iter().flat_map(|seconds| ["EX", seconds]));
            match self.connection.reply(&command).await? {
                Reply::Error(text) if text.starts_with("OOM ") => refused += 1,
                Reply::Error(text) => return Err(Error::server(Text::same(text))),
                _ => {}
            }
        }
        Ok(refused)
    }

    /// Reads keys as a cache is read: what is missing is fetched and written.
    /// How many were there.
    async fn read(&mut self, keys: &[String]) -> Result<usize> {
        let mut hits = 0;
        for some in keys.chunks(10) {
            let asked: Vec<[&str; 2]> = some.iter().map(|key| ["STRLEN", key]).collect();
            let lengths = self.connection.batch(&asked).await?;
            let missing = some
                .iter()
                .zip(&lengths)
                .filter(|(_, length)| length.as_int() == Some(0));
            let missing: Vec<String> = missing.map(|(key, _)| key.clone()).collect();
            hits += some.len() - missing.len();
            self.write(&missing, None).await?;
        }
        Ok(hits)
    }

    /// How many of these keys are there.
    async fn count(&mut self, keys: &[String]) -> Result<i64> {
        self.connection.number(&with("EXISTS", keys)).await
    }

    /// An empty cache without a limit.
    async fn empty(&mut self, groups: &[&[String]]) -> Result<()> {
        self.configure("0", "noeviction").await?;
        self.delete(groups).await
    }

    async fn delete(&mut self, groups: &[&[String]]) -> Result<()> {
        for keys in groups {
            self.connection.ask(&with("DEL", keys)).await?;
        }
        Ok(())
    }
}

/// A command about all of these keys.
fn with<'a>(command: &'a str, keys: &'a [String]) -> Vec<&'a str> {
    let keys = keys.iter().map(String::as_str);
    std::iter::once(command).chain(keys).collect()
}

fn keys(kind: &str, count: usize) -> Vec<String> {
    let numbers = 1..=count;
    numbers
        .map(|number| format!("lab:demo:{kind}:{number}"))
        .collect()
}

const EACH: usize = 50;

/// Three kinds of keys fill the memory; then more is written, under each policy.
pub(super) async fn policies(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut cache = Cache::open(scene).await?;
    let (lasting, hour, minute) = (
        keys("forever", EACH),
        keys("hour", EACH),
        keys("minute", EACH),
    );
    let more = keys("new", EACH);
    scene.tell(text!(
        lang,
        "{EACH} keys without an expiry, {EACH} that expire in an hour, {EACH} in a minute: full. Then {EACH} more:",
        "{EACH} kluczy bez czasu życia, {EACH} na godzinę, {EACH} na minutę: pełno. I jeszcze {EACH} nowych:"
    ))?;
    for policy in [
        "noeviction",
        "allkeys-random",
        "volatile-random",
        "volatile-ttl",
    ] {
        cache.empty(&[&lasting, &hour, &minute, &more]).await?;
        cache.write(&lasting, None).await?;
        cache.write(&hour, Some(3600)).await?;
        cache.write(&minute, Some(60)).await?;
        cache.limit(policy).await?;
        let refused = cache.write(&more, Some(3600)).await?;
        let left = [
            cache.count(&lasting).await?,
            cache.count(&hour).await?,
            cache.count(&minute).await?,
            cache.count(&more).await?,
        ];
        let names = lang.pick(
            ["no expiry", "an hour", "a minute", "new"],
            ["bez czasu życia", "godzina", "minuta", "nowe"],
        );
        let bars = names.into_iter().zip(left).map(|(name, count)| Bar {
            label: name.to_owned(),
            value: count as f64,
            text: count.to_string(),
        });
        let caption = text!(
            lang,
            "{policy}: keys that are left; refused: {refused}",
            "{policy}: zostało kluczy; odmowy zapisu: {refused}"
        );
        scene.draw(
            caption,
            Shape::Bars {
                bars: bars.collect(),
            },
        )?;
    }
    cache.leave(&[&lasting, &hour, &minute, &more]).await
}

/// So many keys fit.
const ROOM: usize = 200;
const FAVOURITES: usize = 150;
const EXPORTED: usize = 300;
const READS: usize = 10;

/// The same reads with LRU and with LFU: once a night export comes in between,
/// once the taste changes.
pub(super) async fn lru_lfu(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut cache = Cache::open(scene).await?;
    let (room, old) = (keys("room", ROOM), keys("old", FAVOURITES));
    let (new, export) = (keys("new", FAVOURITES), keys("export", EXPORTED));
    scene.tell(text!(
        lang,
        "Room for {ROOM} articles; {FAVOURITES} favourites, each read {READS} times. LRU's clock ticks in seconds, so we wait for one; then the story goes on.",
        "Miejsca na {ROOM} artykułów; {FAVOURITES} ulubionych, każdy czytany {READS} razy. Zegar LRU chodzi co sekundę, więc ją odczekamy, a potem ciąg dalszy."
    ))?;
    let (mut after_export, mut after_change) = (Vec::new(), Vec::new());
    for policy in ["allkeys-lru", "allkeys-lfu"] {
        let mut hits = Vec::new();
        for taste_changes in [false, true] {
            cache.empty(&[&room, &old, &new, &export]).await?;
            cache.write(&room, None).await?;
            cache.limit(policy).await?;
            cache.delete(&[&room]).await?;
            for _ in 0..=READS {
                cache.read(&old).await?;
            }
            tokio::time::sleep(TICK).await;
            hits.push(if taste_changes {
                cache.read(&new).await?;
                cache.read(&new).await?;
                cache.read(&new).await?
            } else {
                cache.read(&export).await?;
                cache.read(&old).await?
            });
        }
        let bar = |count: usize| Bar {
            label: policy.to_owned(),
            value: count as f64,
            text: text!(lang, "{count} of {FAVOURITES}", "{count} z {FAVOURITES}"),
        };
        after_export.push(bar(hits[0]));
        after_change.push(bar(hits[1]));
    }
    scene.draw(
        text!(
            lang,
            "After an export of {EXPORTED} other articles: favourites still there",
            "Po eksporcie {EXPORTED} innych artykułów: ile ulubionych zostało"
        ),
        Shape::Bars { bars: after_export },
    )?;
    scene.draw(
        lang.pick(
            "After a change of taste: hits at the third visit to the new favourites",
            "Po zmianie gustu: trafienia przy trzeciej wizycie u nowych ulubionych",
        ),
        Shape::Bars { bars: after_change },
    )?;
    cache.leave(&[&room, &old, &new, &export]).await
}
