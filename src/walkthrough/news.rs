//! What the presenter tells the notes: where the show is, over pub/sub of the
//! lab server itself.

use super::show::Show;
use crate::conn::{Connection, Target};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// The channel.
pub const CHANNEL: &str = "lab:walkthrough";

/// The form of the message; it grows when a field changes its meaning.
const VERSION: u32 = 1;

/// Where the show is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    version: u32,
    /// The show is over.
    #[serde(default)]
    pub over: bool,
    /// The lesson's title.
    #[serde(default)]
    pub title: String,
    /// The step's heading; empty for the introduction.
    #[serde(default)]
    pub heading: String,
    /// The step, counted from 1.
    #[serde(default)]
    pub step: usize,
    /// How many steps the lesson has.
    #[serde(default)]
    pub of: usize,
    /// The step's notes.
    #[serde(default)]
    pub notes: Vec<String>,
    /// The step's planned minutes.
    #[serde(default)]
    pub minutes: u32,
    /// The next step, with the lesson's title when another lesson begins.
    #[serde(default)]
    pub next: Option<String>,
    /// The command that runs next.
    #[serde(default)]
    pub command: Option<String>,
    /// Seconds since the beginning.
    #[serde(default)]
    pub elapsed: u64,
    /// Minutes planned for what lies before the current step.
    #[serde(default)]
    pub planned_so_far: u32,
    /// Minutes planned altogether.
    #[serde(default)]
    pub planned: u32,
}

impl News {
    /// What there is to tell of a show now.
    pub fn of(show: &Show) -> News {
        let step = show.step();
        let next = show.following().map(|(lesson, next)| {
            let same = lesson.id == show.lesson().id;
            match (same, next.heading.is_empty()) {
                (true, _) => next.heading.clone(),
                (false, true) => lesson.title.clone(),
                (false, false) => format!("{}: {}", lesson.title, next.heading),
            }
        });
        News {
            version: VERSION,
            over: false,
            title: show.lesson().title.clone(),
            heading: step.heading.clone(),
            step: show.step_index() + 1,
            of: show.lesson().steps.len(),
            notes: step.notes().map(|note| note.text.clone()).collect(),
            minutes: step.minutes(),
            next,
            command: show.command().map(|(_, text)| text.to_owned()),
            elapsed: show.elapsed().as_secs(),
            planned_so_far: show.planned_so_far(),
            planned: show.planned_minutes(),
        }
    }

    /// The show is over.
    fn goodbye() -> News {
        News {
            version: VERSION,
            over: true,
            ..News::default()
        }
    }

    /// As a message.
    pub fn to_json(&self) -> String {
        // A struct of strings and numbers always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From a message; `None` when it is not one of ours.
    pub fn from_json(message: &[u8]) -> Option<News> {
        let news: News = serde_json::from_slice(message).ok()?;
        (news.version == VERSION).then_some(news)
    }
}

/// How long the last news may take: whoever gives the show is leaving.
const GOODBYE: Duration = Duration::from_millis(100);

/// Publishes the news on a connection of its own, while the show goes on.
#[derive(Debug)]
pub(super) struct Publisher {
    latest: watch::Sender<String>,
    work: JoinHandle<()>,
}

impl Publisher {
    /// A publisher on a server; it connects when there is something to tell.
    pub(super) fn new(target: Target) -> Publisher {
        let (latest, news) = watch::channel(String::new());
        Publisher {
            latest,
            work: tokio::spawn(publish(target, news)),
        }
    }

    /// Tells the latest news; older ones that nobody could be told are dropped.
    pub(super) fn tell(&self, news: &News) {
        self.latest.send_replace(news.to_json());
    }

    /// Says that the show is over.
    pub(super) async fn end(self) {
        self.tell(&News::goodbye());
        drop(self.latest);
        let abort = self.work.abort_handle();
        if tokio::time::timeout(GOODBYE, self.work).await.is_err() {
            abort.abort();
        }
    }
}

/// Nobody may be listening, or the user may not publish: then it is not heard.
async fn publish(target: Target, mut news: watch::Receiver<String>) {
    let mut open: Option<Connection> = None;
    while news.changed().await.is_ok() {
        let message = news.borrow_and_update().clone();
        let mut connection = match open.take() {
            Some(connection) => connection,
            None => match Connection::connect(&target).await {
                Ok(connection) => connection,
                Err(_) => continue,
            },
        };
        if connection
            .call(&["PUBLISH", CHANNEL, &message])
            .await
            .is_ok()
        {
            open = Some(connection);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_was_told() {
        let news = News {
            version: VERSION,
            title: "Żółw".into(),
            notes: vec!["Ask \"why\".".into()],
            next: Some("Next".into()),
            elapsed: 61,
            ..News::default()
        };
        assert_eq!(News::from_json(news.to_json().as_bytes()), Some(news));
        assert_eq!(News::from_json(b"hello"), None);
        assert_eq!(News::from_json(br#"{"version": 99}"#), None);
    }
}
