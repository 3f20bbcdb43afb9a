//! A class as its teacher has it: told something, followed, looked at, ended.

use super::class::Class;
use super::{names, news, scripts, secret};
use crate::conn::link::{LinkError, ScriptCall};
use crate::error::{Error, Result};
use catalog::text;
use resp::Reply;
use serde_json::{Value, json};

/// How long the keys of a class that has ended stay, in seconds: a week.
const KEPT: u64 = 7 * 86_400;

/// How long something said may be, in characters.
const SAID: usize = 1_000;

impl Class {
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

    /// Has every page go to a step (from 1) of a section.
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
                "inny uczeń ma nazwę {name}"
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

fn gone() -> Error {
    Error::usage(text!("there is no such seat", "nie ma takiego miejsca"))
}
