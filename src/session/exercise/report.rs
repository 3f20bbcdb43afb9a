//! What a class is told of what a learner does: each change as an event of a
//! report, for the page in a browser and for a terminal that has joined.

use super::progress::{Change, ChangeEvent, Progress};
use serde_json::{Value, json};

/// As many characters of a typed line are told.
const LONGEST_LINE: usize = 2000;

/// As many bytes of an answer are told; a longer one is told without its lines.
const LONGEST_ANSWER: usize = 30_000;

/// A change as an event of a report, given the progress that holds it already;
/// `None` for what is the learner's own business.
///
/// | `what` | fields |
/// |---|---|
/// | `at` | `section`, `step` from 1; `exercise` where one was put to the learner |
/// | `try` | `exercise`, `line`; `error` where something went wrong |
/// | `hint` | `exercise` |
/// | `solved` | `exercise`, `lines`, `ms` spent, `tries` and `hints` it took |
/// | `task` | `task` |
pub fn report(change: &Change, progress: &Progress) -> Option<Value> {
    let Change { section, id, event } = change;
    let step = || progress.lessons.get(section).map_or(0, |place| place.step) + 1;
    Some(match event {
        ChangeEvent::Read(place) if place.finished => return None,
        ChangeEvent::Read(_) => json!({"what": "at", "section": section, "step": step()}),
        ChangeEvent::Shown => {
            json!({"what": "at", "section": section, "step": step(), "exercise": id})
        }
        ChangeEvent::Submitted {
            commands,
            solved: true,
            ..
        } => {
            let record = progress.exercises.get(id)?;
            let size: usize = commands.iter().map(String::len).sum();
            let lines = if size > LONGEST_ANSWER {
                &[]
            } else {
                commands.as_slice()
            };
            json!({"what": "solved", "exercise": id, "lines": lines,
                "ms": (record.seconds * 1000.0).round() as u64,
                "tries": record.submitted, "hints": record.hints})
        }
        ChangeEvent::Submitted {
            commands, error, ..
        } => {
            let line = commands.last().map(|line| clipped(line));
            let mut event =
                json!({"what": "try", "exercise": id, "line": line.unwrap_or_default()});
            if let Some(error) = error {
                event["error"] = json!(clipped(error.lines().next().unwrap_or_default()));
            }
            event
        }
        ChangeEvent::Hint(_) => json!({"what": "hint", "exercise": id}),
        ChangeEvent::Task { solved: true } => json!({"what": "task", "task": id}),
        ChangeEvent::Task { solved: false } | ChangeEvent::SolutionRead | ChangeEvent::Skipped => {
            return None;
        }
    })
}

fn clipped(text: &str) -> String {
    match text.char_indices().nth(LONGEST_LINE) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::exercise::Place;
    use std::time::Duration;

    /// What is told of changes, one after the other.
    fn told(events: &[(&str, ChangeEvent)]) -> Vec<Value> {
        let mut progress = Progress::default();
        let mut told = Vec::new();
        for (id, event) in events {
            let change = Change {
                section: "lists".to_owned(),
                id: (*id).to_owned(),
                event: event.clone(),
            };
            progress.apply(&change);
            told.extend(report(&change, &progress));
        }
        told
    }

    fn submitted(commands: &[&str], solved: bool, error: Option<&str>) -> ChangeEvent {
        ChangeEvent::Submitted {
            commands: commands.iter().map(|text| (*text).to_owned()).collect(),
            incomplete: false,
            solved,
            took: Duration::from_millis(1500),
            error: error.map(str::to_owned),
        }
    }

    #[test]
    fn a_class_is_told_of_places_tries_hints_and_answers() {
        let place = |step, finished| ChangeEvent::Read(Place { step, finished });
        let events = [
            ("", place(3, false)),
            ("queue", ChangeEvent::Shown),
            (
                "queue",
                submitted(&["LPUSH q a"], false, Some("WRONGTYPE no\nlist")),
            ),
            ("queue", ChangeEvent::Hint(1)),
            ("queue", ChangeEvent::SolutionRead),
            ("queue", submitted(&["LPUSH q a", "RPUSH q b"], true, None)),
            ("first", ChangeEvent::Task { solved: true }),
            ("second", ChangeEvent::Task { solved: false }),
            ("", place(0, true)),
        ];
        assert_eq!(
            told(&events),
            [
                json!({"what": "at", "section": "lists", "step": 4}),
                json!({"what": "at", "section": "lists", "step": 4, "exercise": "queue"}),
                json!({"what": "try", "exercise": "queue", "line": "LPUSH q a", "error": "WRONGTYPE no"}),
                json!({"what": "hint", "exercise": "queue"}),
                json!({"what": "solved", "exercise": "queue", "lines": ["LPUSH q a", "RPUSH q b"],
                    "ms": 3000, "tries": 2, "hints": 1}),
                json!({"what": "task", "task": "first"}),
            ]
        );
    }

    #[test]
    fn what_is_told_is_bounded() {
        let long = "ż".repeat(50_000);
        let told = told(&[
            ("a", submitted(&[&long], false, Some(&long))),
            ("a", submitted(&[&long], true, None)),
        ]);
        let characters = |value: &Value| value.as_str().unwrap_or_default().chars().count();
        assert_eq!(characters(&told[0]["line"]), LONGEST_LINE + 1);
        assert_eq!(characters(&told[0]["error"]), LONGEST_LINE + 1);
        assert_eq!(told[1]["lines"], json!([]));
    }
}
