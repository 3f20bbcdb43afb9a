//! What the presenter tells the notes: where the show is, over pub/sub of the
//! lab server itself.

use super::show::Show;
use serde::{Deserialize, Serialize};

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
    pub fn goodbye() -> News {
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
