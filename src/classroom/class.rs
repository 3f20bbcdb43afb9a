//! A class: begun, gone on with, and what is known of it. All of it is in Redis;
//! this value only knows where.

use super::keys::{CLASSES, Keys};
use super::names;
use super::news::{self, Change, Feed, Id};
use super::outline::Outline;
use super::scripts;
use super::seat::Seat;
use super::secret;
use crate::conn::Target;
use crate::conn::link::{Link, LinkError, ScriptCall, fields, unexpected};
use crate::error::{Error, Result};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use std::collections::{BTreeMap, HashMap};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// The version of the keys; a class of another one is left alone.
const VERSION: &str = "1";

/// How many seats are read at once: a large class takes no more memory than that.
pub(super) const PAGE: usize = 32;

/// How students are called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Names {
    /// By a nickname that is made for them.
    #[default]
    Generated,
    /// As they like.
    Free,
}

impl Names {
    /// The word for it in Redis and JSON.
    pub fn word(self) -> &'static str {
        match self {
            Names::Generated => "generated",
            Names::Free => "free",
        }
    }
}

/// A class.
#[derive(Debug)]
pub struct Class {
    code: String,
    /// The sections it is about; empty for all.
    sections: Vec<String>,
    names: Names,
    /// Of PINs and of what guessers are remembered by.
    pub(super) salt: String,
    pub(super) outline: Outline,
    pub(super) keys: Keys,
    pub(super) link: Link,
    feed: Feed,
}

/// What is known of a class before anything of it is used.
#[derive(Debug)]
pub struct Found {
    /// Its code.
    pub code: String,
    /// The sections it is about; empty for all.
    pub sections: Vec<String>,
    names: Names,
    salt: String,
    /// It is over.
    pub ended: bool,
}

impl Class {
    /// Begins a class with a new code.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn create(
        target: &Target,
        outline: Outline,
        sections: Vec<String>,
        names: Names,
        lang: Lang,
    ) -> Result<Class> {
        let link = link(target);
        let salt = secret::random();
        loop {
            let code = names::code(lang);
            let keys = Keys::new(&code);
            let mut call = ScriptCall::new([keys.class(), CLASSES.to_owned(), keys.log()]);
            call.arg(&code).arg(VERSION).arg(sections.join(" "));
            call.arg(names.word()).arg(&salt);
            if link.script(&scripts::CREATE, &call).await?.as_int() == Some(1) {
                return Ok(Class {
                    code,
                    sections,
                    names,
                    salt,
                    outline,
                    keys,
                    link,
                    feed: Feed::new(),
                });
            }
        }
    }

    /// The class with this code.
    ///
    /// # Errors
    /// When there is none, another version began it, or Redis fails.
    pub async fn find(target: &Target, code: &str) -> Result<Found> {
        let link = link(target);
        let code = names::folded_code(code);
        match look(&link, &code).await? {
            Some(found) => Ok(found),
            None => Err(Error::usage(text!(
                "there is no class {code} on {target}",
                "na {target} nie ma klasy {code}"
            ))
            .hint(text!(
                "leave out --code, and a new class begins",
                "pomiń --code, a zacznie się nowa klasa"
            ))),
        }
    }

    /// The newest class on a server that has not ended.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn newest(target: &Target) -> Result<Option<Found>> {
        let link = link(target);
        let mut ask = redis::cmd("ZREVRANGE");
        ask.arg(CLASSES).arg(0).arg(-1);
        let codes = link.call(&ask).await?;
        for code in codes.as_slice().unwrap_or_default() {
            let code = code.as_str().unwrap_or_default();
            if let Some(found) = look(&link, code).await?
                && !found.ended
            {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// Goes on with a class; `outline` is that of its sections.
    pub fn open(target: &Target, found: Found, outline: Outline) -> Class {
        Class {
            keys: Keys::new(&found.code),
            code: found.code,
            sections: found.sections,
            names: found.names,
            salt: found.salt,
            outline,
            link: link(target),
            feed: Feed::new(),
        }
    }

    /// Its code.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// The sections it is about; empty for all.
    pub fn sections(&self) -> &[String] {
        &self.sections
    }

    /// How its students are called.
    pub fn names(&self) -> Names {
        self.names
    }

    /// What there is to do in it.
    pub fn outline(&self) -> &Outline {
        &self.outline
    }

    /// The names of its keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The connection to its Redis.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// News and changes as they come, while [`Class::listen`] runs.
    pub fn feed(&self) -> &Feed {
        &self.feed
    }

    /// Changes from now on, while [`Class::listen`] runs.
    pub fn changes(&self) -> broadcast::Receiver<Change> {
        self.feed.changes()
    }

    /// Has a Redis that is the class's own take no more than so many bytes.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn bound(&self, bytes: u64) -> Result<(), LinkError> {
        let mut ask = redis::cmd("CONFIG");
        ask.arg("SET").arg("maxmemory").arg(bytes);
        self.link.call(&ask).await.map(drop)
    }

    /// Hears what is new until `stop`.
    pub async fn listen(&self, stop: &CancellationToken) {
        self.feed.run(&self.link, &self.keys, stop).await;
    }

    /// All seats, in the order in which they were taken.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn seats(&self) -> Result<Vec<Seat>, LinkError> {
        let mut ask = redis::cmd("ZRANGE");
        ask.arg(self.keys.seats()).arg(0).arg(-1);
        let reply = self.link.call(&ask).await?;
        let ids = reply.as_slice().unwrap_or_default().iter();
        let ids: Vec<String> = ids.filter_map(Reply::as_str).map(str::to_owned).collect();
        self.these(&ids).await
    }

    /// These seats, as far as they are there.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn these(&self, ids: &[String]) -> Result<Vec<Seat>, LinkError> {
        let mut seats = Vec::with_capacity(ids.len());
        for ids in ids.chunks(PAGE) {
            let ask = |id: &String| {
                let mut ask = redis::cmd("HGETALL");
                ask.arg(self.keys.seat(id));
                ask
            };
            let replies = self.link.pipeline(ids.iter().map(ask).collect()).await?;
            let known = ids.iter().zip(&replies);
            seats.extend(known.filter_map(|(id, reply)| Seat::read(id, reply)));
        }
        Ok(seats)
    }

    /// One seat.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn seat(&self, id: &str) -> Result<Option<Seat>, LinkError> {
        if !secret::is_id(id) {
            return Ok(None);
        }
        Ok(self.these(&[id.to_owned()]).await?.pop())
    }

    /// What a seat's screen shows, if the teacher looks and it has told.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn screen(&self, id: &str) -> Result<Option<String>, LinkError> {
        let mut ask = redis::cmd("GET");
        ask.arg(self.keys.screen(id));
        Ok(self.link.call(&ask).await?.as_str().map(str::to_owned))
    }

    /// The lines that a seat has solved an exercise with.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn answer(&self, id: &str, exercise: &str) -> Result<Vec<String>, LinkError> {
        let mut ask = redis::cmd("HGET");
        ask.arg(self.keys.answers(id)).arg(exercise);
        let reply = self.link.call(&ask).await?;
        let lines = reply.as_str().map(serde_json::from_str);
        Ok(lines.and_then(std::result::Result::ok).unwrap_or_default())
    }

    /// The median of the times that each of these exercises took those who solved
    /// it, in ms, and how many that are; none where nobody has.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn medians(&self, ids: Vec<&str>) -> Result<BTreeMap<String, (u64, u64)>, LinkError> {
        let count = |id: &&str| {
            let mut ask = redis::cmd("ZCARD");
            ask.arg(self.keys.time(id));
            ask
        };
        let counts = self.link.pipeline(ids.iter().map(count).collect()).await?;
        let counts = counts.iter().map(|reply| reply.as_int().unwrap_or(0));
        let counted: Vec<(&str, i64)> = ids
            .into_iter()
            .zip(counts)
            .filter(|(_, count)| *count > 0)
            .collect();
        let middle = |(id, count): &(&str, i64)| {
            let mut ask = redis::cmd("ZRANGE");
            let (from, to) = ((count - 1) / 2, count / 2);
            ask.arg(self.keys.time(id)).arg(from).arg(to);
            ask.arg("WITHSCORES");
            ask
        };
        let asked = counted.iter().map(middle).collect();
        let replies = self.link.pipeline(asked).await?;
        let medians = counted
            .into_iter()
            .zip(&replies)
            .map(|((id, count), reply)| {
                let scores = reply
                    .as_slice()
                    .unwrap_or_default()
                    .iter()
                    .skip(1)
                    .step_by(2);
                let scores: Vec<f64> = scores
                    .filter_map(|score| score.as_str()?.parse().ok())
                    .collect();
                let median = scores.iter().sum::<f64>() / scores.len().max(1) as f64;
                (id.to_owned(), (median as u64, count as u64))
            });
        Ok(medians.collect())
    }

    /// The class's own fields: `created`, `follow`, `ended`, ...
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn facts(&self) -> Result<HashMap<String, String>, LinkError> {
        let mut ask = redis::cmd("HGETALL");
        ask.arg(self.keys.class());
        Ok(fields(&self.link.call(&ask).await?))
    }

    /// The time by the clock of Redis, in ms since 1970.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn now(&self) -> Result<u64, LinkError> {
        let reply = self.link.call(&redis::cmd("TIME")).await?;
        let part =
            |place: usize| -> Option<u64> { reply.as_slice()?.get(place)?.as_str()?.parse().ok() };
        let (seconds, micros) = (part(0), part(1));
        let both = seconds.zip(micros).ok_or_else(|| unexpected("TIME"))?;
        Ok(both.0 * 1000 + both.1 / 1000)
    }

    /// The place of the newest news.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn latest(&self) -> Result<Id, LinkError> {
        news::latest(&self.link, &self.keys).await
    }
}

fn link(target: &Target) -> Link {
    Link::new(target.clone(), None).with_scripts(scripts::all())
}

/// What is kept of the class with this code.
async fn look(link: &Link, code: &str) -> Result<Option<Found>> {
    let mut ask = redis::cmd("HGETALL");
    ask.arg(Keys::new(code).class());
    let mut known = fields(&link.call(&ask).await?);
    let Some(version) = known.remove("version") else {
        return Ok(None);
    };
    if version != VERSION {
        return Err(Error::usage(text!(
            "another version of redis-lab began the class {code} (version {version} of its keys)",
            "klasę {code} zaczęła inna wersja redis-lab (wersja {version} jej kluczy)"
        ))
        .hint(text!(
            "go on with it there, or begin a new one",
            "prowadź ją tamtą wersją albo zacznij nową"
        )));
    }
    let sections = known.remove("sections").unwrap_or_default();
    Ok(Some(Found {
        code: code.to_owned(),
        sections: sections.split_whitespace().map(str::to_owned).collect(),
        names: match known.get("names").map(String::as_str) {
            Some("free") => Names::Free,
            _ => Names::Generated,
        },
        salt: known.remove("salt").unwrap_or_default(),
        ended: known.contains_key("ended"),
    }))
}
