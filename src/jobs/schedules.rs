//! Schedules that people add: kept in Redis, so that every scheduler of this
//! queue has them.
//!
//! Each is a field of the hash `schedules`, by its name:
//! `{"spec": "NAME TASK every 10s", "zone": "Europe/Warsaw", "args": {...}}`.

use super::queue::Queue;
use super::schedule::{self, Entry};
use super::tasks;
use crate::conn::link::{LinkError, fields};
use crate::error::{Error, Result};
use catalog::text;
use serde_json::{Value, json};

/// A schedule as it is kept.
#[derive(Debug, Clone)]
pub struct Added {
    /// What runs when.
    pub entry: Entry,
    kept: String,
}

impl Added {
    /// Reads `NAME TASK every 10s` or `NAME TASK cron 5 15 * * *`, the name of a
    /// time zone (the system's when there is none) and the task's arguments as
    /// JSON.
    ///
    /// # Errors
    /// A usage error that says what is wrong.
    pub fn new(spec: &str, zone: Option<&str>, args: Option<&str>) -> Result<Added> {
        let timezone = schedule::time_zone(zone)?;
        let mut entry = Entry::parse(spec, &timezone)?;
        let plain = |c: char| c.is_alphanumeric() || "-_.".contains(c);
        if entry.name.chars().count() > 64 || !entry.name.chars().all(plain) {
            return Err(Error::usage(text!(
                "the name of a schedule has at most 64 letters, digits, - _ or .",
                "nazwa harmonogramu ma najwyżej 64 litery, cyfry, - _ lub ."
            )));
        }
        if schedule::lab(&timezone)
            .iter()
            .any(|own| own.name == entry.name)
        {
            return Err(Error::usage(text!(
                "\"{}\" is built in; choose another name",
                "„{}” jest wbudowany; wybierz inną nazwę",
                entry.name
            )));
        }
        if !tasks::ALL.contains(&&*entry.task) {
            return Err(Error::usage(text!(
                "no worker knows a task \"{}\"",
                "żaden worker nie zna zadania „{}”",
                entry.task.escape_debug()
            ))
            .hint(text!("tasks: {}", "zadania: {}", tasks::ALL.join(", "))));
        }
        let args: Value = match args {
            None => json!({}),
            Some(args) => serde_json::from_str(args).map_err(|error| {
                Error::usage(text!(
                    "--args is not JSON: {error}",
                    "--args to nie JSON: {error}"
                ))
            })?,
        };
        // Whoever fires it may live elsewhere.
        let zone = timezone.iana_name().unwrap_or("UTC");
        entry.args = args.to_string();
        let kept = json!({ "spec": spec, "zone": zone, "args": args }).to_string();
        Ok(Added { entry, kept })
    }
}

/// Reads what is kept; nothing, when somebody else wrote something else.
fn kept(text: &str) -> Option<Entry> {
    let kept: Value = serde_json::from_str(text).ok()?;
    let zone = schedule::time_zone(kept["zone"].as_str()).ok()?;
    let mut entry = Entry::parse(kept["spec"].as_str()?, &zone).ok()?;
    entry.args = kept["args"].to_string();
    Some(entry)
}

impl Queue {
    /// Keeps a schedule, in the place of another one of its name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn add_schedule(&self, added: &Added) -> Result<(), LinkError> {
        let mut cmd = redis::cmd("HSET");
        cmd.arg(self.keys().schedules());
        cmd.arg(&added.entry.name).arg(&added.kept);
        self.link().call(&cmd).await.map(drop)
    }

    /// Forgets a schedule; `false` when there was none of this name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn remove_schedule(&self, name: &str) -> Result<bool, LinkError> {
        let forget = |key: String| {
            let mut cmd = redis::cmd("HDEL");
            cmd.arg(key).arg(name);
            cmd
        };
        let (schedules, last) = (self.keys().schedules(), self.keys().schedule());
        let was = self.link().call(&forget(schedules)).await?.as_int() == Some(1);
        if was {
            self.link().call(&forget(last)).await?;
        }
        Ok(was)
    }

    /// The schedules that were added, by name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn schedules(&self) -> Result<Vec<Entry>, LinkError> {
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(self.keys().schedules());
        let reply = self.link().call(&cmd).await?;
        let mut entries: Vec<Entry> = fields(&reply)
            .values()
            .filter_map(|text| kept(text))
            .collect();
        entries.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_what_was_added() {
        let spec = "tidy sleep cron 5 15 * * *";
        let added = Added::new(spec, Some("Asia/Tokyo"), Some(r#"{"ms": 5}"#)).unwrap();
        let read = kept(&added.kept).unwrap();
        assert_eq!((read.name.as_str(), read.task.as_str()), ("tidy", "sleep"));
        assert_eq!(read.args, r#"{"ms":5}"#);
        assert_eq!(read.next_after(0), added.entry.next_after(0));
        assert!(kept("hello").is_none() && kept("{}").is_none());
    }

    #[test]
    fn what_cannot_run_is_refused() {
        for (spec, zone, args) in [
            ("a noop sometimes", None, None),
            ("a b every 10s", None, None),
            ("summary noop every 10s", None, None),
            ("a\u{1b}b noop every 10s", None, None),
            ("a noop every 10s", Some("Europe/Nowhere"), None),
            ("a noop every 10s", None, Some("{")),
        ] {
            let error = Added::new(spec, zone, args).unwrap_err();
            assert_eq!(error.exit.code(), 2, "{spec}");
        }
    }
}
