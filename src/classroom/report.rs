//! What a student's page or terminal reports: read strictly, cut to size, and
//! only about what this class has.

use super::outline::Outline;
use serde::Deserialize;
use serde_json::{Value, json};

/// How many events a post may have.
pub const MOST_EVENTS: usize = 100;

/// How much is kept of a line or an error, in characters.
const LINE: usize = 300;

/// How much is kept of a screen.
const SCREEN: usize = 8_000;

/// How many bytes an answer may have; one that is longer is not kept.
const ANSWER: usize = 2_048;

/// As long as an exercise can take, in ms: a week.
const LONGEST: f64 = 7.0 * 86_400_000.0;

/// A report.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub struct Post {
    /// Its number; a device counts from 1.
    pub post: u64,
    /// What has happened, in order.
    pub events: Vec<Event>,
}

/// Something that a student has done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase")]
pub enum Event {
    /// Is at this step.
    At {
        /// The section's ID.
        section: String,
        /// The step, from 1.
        step: u32,
        /// The exercise that was put to the student there.
        exercise: Option<String>,
    },
    /// Has tried a line in an exercise.
    Try {
        /// The exercise's ID.
        exercise: String,
        /// The line.
        #[serde(default)]
        line: String,
        /// What was wrong with it: the server's error, or the check's sentence.
        error: Option<String>,
    },
    /// Has read a hint.
    Hint {
        /// The exercise's ID.
        exercise: String,
    },
    /// Has solved an exercise.
    Solved {
        /// The exercise's ID.
        exercise: String,
        /// The accepted lines.
        #[serde(default)]
        lines: Vec<String>,
        /// How long it took, in ms.
        #[serde(default)]
        ms: f64,
        /// Lines that were tried.
        #[serde(default)]
        tries: u32,
        /// Hints that were read.
        #[serde(default)]
        hints: u32,
    },
    /// Has done a task of a lesson.
    Task {
        /// The task's ID.
        task: String,
    },
    /// Has raised or lowered the hand.
    Hand {
        /// Raised.
        up: bool,
    },
    /// What the screen shows, for a teacher who looks.
    Screen {
        /// The text.
        text: String,
    },
}

impl Post {
    /// The events as the script takes them: every value is text. What this class
    /// does not have is left out: another version's lessons, or an invention.
    pub fn for_script(&self, outline: &Outline) -> String {
        let events = self.events.iter();
        let known: Vec<Value> = events.filter_map(|event| event.known(outline)).collect();
        Value::Array(known).to_string()
    }
}

impl Event {
    fn known(&self, outline: &Outline) -> Option<Value> {
        Some(match self {
            Event::At {
                section,
                step,
                exercise,
            } => {
                let steps = outline.section(section)?.steps.len();
                let step = (*step as usize).min(steps).to_string();
                let known = exercise.as_deref().filter(|id| outline.has(id));
                let exercise = known.unwrap_or_default();
                json!({ "what": "at", "section": section, "step": step, "exercise": exercise })
            }
            Event::Try {
                exercise,
                line,
                error,
            } => {
                outline.has(exercise).then_some(())?;
                let error = cut(error.as_deref().unwrap_or_default(), LINE);
                let line = cut(line, LINE);
                json!({ "what": "try", "exercise": exercise, "line": line, "error": error })
            }
            Event::Hint { exercise } => {
                outline.has(exercise).then_some(())?;
                json!({ "what": "hint", "exercise": exercise })
            }
            Event::Solved {
                exercise,
                lines,
                ms,
                tries,
                hints,
            } => {
                outline.has(exercise).then_some(())?;
                let lines = json!(lines).to_string();
                let fits = lines.len() <= ANSWER;
                let lines = if fits { lines } else { "[]".to_owned() };
                let ms = ms.clamp(0.0, LONGEST) as u64;
                let few = |count: u32| count.min(9_999).to_string();
                json!({
                    "what": "solved", "exercise": exercise, "lines": lines,
                    "ms": ms.to_string(), "tries": few(*tries), "hints": few(*hints),
                })
            }
            Event::Task { task } => {
                let is_id = |c: char| c.is_ascii_alphanumeric() || c == '-';
                (task.len() <= 64 && task.chars().all(is_id)).then_some(())?;
                json!({ "what": "task", "task": task })
            }
            Event::Hand { up } => {
                json!({ "what": "hand", "up": if *up { "1" } else { "0" } })
            }
            Event::Screen { text } => json!({ "what": "screen", "text": cut(text, SCREEN) }),
        })
    }
}

/// The beginning of a text, with an ellipsis where it goes on. A line stays one
/// line, and NUL, which ends strings elsewhere, is seen.
fn cut(text: &str, most: usize) -> String {
    let is_screen = most == SCREEN;
    let seen = |c: char| match c {
        '\n' if is_screen => '\n',
        c if c.is_control() => '\u{fffd}',
        c => c,
    };
    let mut cut: String = text.chars().take(most).map(seen).collect();
    if text.chars().nth(most).is_some() {
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classroom::outline::{Section, Task};

    fn outline() -> Outline {
        Outline {
            sections: vec![Section {
                id: "lists".to_owned(),
                title: "Lists".to_owned(),
                steps: vec![String::new(), "Push".to_owned()],
                exercises: vec![Task {
                    id: "push-1".to_owned(),
                    title: "push".to_owned(),
                    step: 1,
                    hints: Vec::new(),
                }],
            }],
        }
    }

    fn known(events: &str) -> Vec<Value> {
        let post = format!("{{\"post\": 1, \"events\": {events}}}");
        let post: Post = serde_json::from_str(&post).expect("a post");
        serde_json::from_str(&post.for_script(&outline())).expect("JSON")
    }

    #[test]
    fn only_what_the_class_has_is_taken() {
        assert_eq!(known("[]").len(), 0);
        let events = r#"[
            {"what": "at", "section": "lists", "step": 99, "exercise": "invented"},
            {"what": "at", "section": "lists", "step": 1, "exercise": "push-1"},
            {"what": "at", "section": "../../x", "step": 0},
            {"what": "solved", "exercise": "push-1", "ms": 1500.5, "lines": ["RPUSH a 1"]},
            {"what": "solved", "exercise": "invented", "ms": -1},
            {"what": "task", "task": "<img onerror>"}]"#;
        let taken = known(events);
        assert_eq!(taken.len(), 3, "{taken:?}");
        assert_eq!(
            (&taken[0]["step"], &taken[0]["exercise"]),
            (&json!("2"), &json!(""))
        );
        assert_eq!(taken[1]["exercise"], "push-1");
        assert_eq!(taken[2]["ms"], "1500");
        assert_eq!(taken[2]["lines"], "[\"RPUSH a 1\"]");
    }

    #[test]
    fn what_is_no_event_is_refused_and_what_is_long_is_cut() {
        let read = |text: &str| serde_json::from_str::<Post>(text);
        for wrong in [
            r#"{"post": -1, "events": []}"#,
            r#"{"post": 1}"#,
            r#"{"post": 1, "events": [{"what": "give-me-all"}]}"#,
            r#"{"post": 1, "events": [{"what": "hand", "up": "yes"}]}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
        let long = "x".repeat(5_000);
        let events = format!(
            r#"[{{"what": "try", "exercise": "push-1", "line": "{long}\u001b", "error": "a\nb"}}]"#
        );
        let taken = known(&events);
        let line = taken[0]["line"].as_str().expect("text");
        assert_eq!(line.chars().count(), LINE + 1);
        assert_eq!(taken[0]["error"], "a\u{fffd}b");
    }
}
