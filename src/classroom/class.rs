//! A class, as its teacher has it: begun, gone on with, told something, ended.
//! All of it is in Redis; this value only knows where.

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
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// The version of the keys; a class of another one is left alone.
const VERSION: &str = "1";

/// How long the keys of a class that has ended stay, in seconds: a week.
const KEPT: u64 = 7 * 86_400;

/// How long something said may be, in characters.
const SAID: usize = 1_000;

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
        let ask = |id: &String| {
            let mut ask = redis::cmd("HGETALL");
            ask.arg(self.keys.seat(id));
            ask
        };
        let replies = self.link.pipeline(ids.iter().map(ask).collect()).await?;
        let seats = ids.iter().zip(&replies);
        Ok(seats
            .filter_map(|(id, reply)| Seat::read(id, reply))
            .collect())
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

    /// Says something to one seat, or to all (`*`). Whether anybody was there.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn say(&self, to: &str, text: &str) -> Result<bool, LinkError> {
        let text: String = text.chars().take(SAID).collect();
        let news = json!({ "what": "say", "text": text, "one": to != "*" });
        self.tell(to, &news, None).await
    }

    /// Gives one seat, or all, a hint to an exercise.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn hint(&self, to: &str, exercise: &str, text: &str) -> Result<bool, LinkError> {
        let news = json!({ "what": "hint", "exercise": exercise, "text": text });
        self.tell(to, &news, None).await
    }

    /// Has every page go to a step (from 0) of a section.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn follow(&self, section: &str, step: usize) -> Result<bool, LinkError> {
        let news = json!({ "what": "follow", "section": section, "step": step });
        let place = format!("{section} {step}");
        self.tell("*", &news, Some(("follow", &place))).await
    }

    /// Lets everybody go where they like.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn unfollow(&self) -> Result<bool, LinkError> {
        let news = json!({ "what": "follow", "section": null });
        self.tell("*", &news, Some(("follow", ""))).await
    }

    /// Looks over a student's shoulder, or stops it; the student is told.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn look(&self, seat: &str, on: bool) -> Result<bool, LinkError> {
        let news = json!({ "what": "look", "on": on });
        let looked = if on { "1" } else { "" };
        self.tell(seat, &news, Some(("looked", looked))).await
    }

    /// Lowers a student's hand: somebody was there.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn lower(&self, seat: &str) -> Result<bool, LinkError> {
        let news = json!({ "what": "hand", "up": false });
        self.tell(seat, &news, Some(("hand", ""))).await
    }

    /// Ends the class: nothing more is taken in, and its keys are deleted after a week.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn end(&self) -> Result<bool, LinkError> {
        let news = json!({ "what": "ended" });
        let ended = self.tell("*", &news, Some(("ended", ""))).await?;
        let mut cursor = "0".to_owned();
        loop {
            let mut ask = redis::cmd("SCAN");
            ask.arg(&cursor).arg("MATCH");
            // A code has no characters that a pattern would take for its own.
            ask.arg(format!("{}*", self.keys.class()))
                .arg("COUNT")
                .arg(500);
            let reply = self.link.call(&ask).await?;
            let parts = reply.as_slice().unwrap_or_default();
            let found = parts.get(1).and_then(Reply::as_slice).unwrap_or_default();
            let expire = |key: &Reply| {
                let mut ask = redis::cmd("EXPIRE");
                ask.arg(key.as_bytes().unwrap_or_default()).arg(KEPT);
                ask
            };
            self.link
                .pipeline(found.iter().map(expire).collect())
                .await?;
            match parts.first().and_then(Reply::as_str) {
                None | Some("0") => return Ok(ended),
                Some(next) => cursor = next.to_owned(),
            }
        }
    }

    /// Gives a seat another name, if it can be one and is free.
    ///
    /// # Errors
    /// Why it is not given.
    pub async fn rename(&self, seat: &str, name: &str) -> Result<()> {
        let name = names::own(name).map_err(Error::usage)?;
        let Some(known) = self.seat(seat).await? else {
            return Err(gone());
        };
        let mut call = ScriptCall::new([self.keys.names(), self.keys.seat(seat), self.keys.news()]);
        call.arg(seat).arg(names::folded(&known.name));
        call.arg(names::folded(&name)).arg(&name);
        call.arg(json!({ "what": "name", "name": name }).to_string());
        call.number(news::MOST).arg(self.keys.wake());
        match self.link.script(&scripts::RENAME, &call).await?.as_int() {
            Some(1) => Ok(()),
            Some(0) => Err(Error::usage(text!(
                "another student has the name {name}",
                "inny uczestnik ma nazwę {name}"
            ))),
            _ => Err(gone()),
        }
    }

    /// Frees a seat and forgets what is known of it. Whether it was there.
    ///
    /// # Errors
    /// When Redis fails.
    pub async fn remove(&self, seat: &str) -> Result<bool, LinkError> {
        let Some(known) = self.seat(seat).await? else {
            return Ok(false);
        };
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.names(),
            keys.seats(),
            keys.progress(),
            keys.hands(),
            keys.news(),
            keys.csv(),
            keys.seat(seat),
            keys.devices(seat),
            keys.answers(seat),
            keys.saved(seat),
            keys.screen(seat),
            keys.lines(seat),
        ]);
        call.arg(seat).arg(names::folded(&known.name));
        call.arg(keys.time(""))
            .arg(json!({ "what": "removed" }).to_string());
        call.number(news::MOST).arg(keys.wake());
        let removed = self.link.script(&scripts::REMOVE, &call).await?;
        Ok(removed.as_int() == Some(1))
    }

    /// Sends news; `note` is kept with the seat, or with the class for all.
    async fn tell(
        &self,
        to: &str,
        news: &Value,
        note: Option<(&str, &str)>,
    ) -> Result<bool, LinkError> {
        let keys = &self.keys;
        let about = match to {
            "*" => keys.class(),
            seat if secret::is_id(seat) => keys.seat(seat),
            _ => return Ok(false),
        };
        let mut call = ScriptCall::new([keys.news(), keys.class(), about, keys.hands()]);
        let what = news["what"].as_str().unwrap_or_default();
        call.arg(keys.wake())
            .arg(to)
            .arg(what)
            .arg(news.to_string());
        let (field, value) = note.unwrap_or_default();
        call.number(news::MOST).arg(field).arg(value);
        let told = self.link.script(&scripts::TELL, &call).await?;
        Ok(told.as_int() == Some(1))
    }
}

fn link(target: &Target) -> Link {
    Link::new(target.clone(), None).with_scripts(scripts::all())
}

fn gone() -> Error {
    Error::usage(text!("there is no such seat", "nie ma takiego miejsca"))
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
