//! What a learner has achieved, as data: pure, versioned, written as JSON.
//!
//! Practice never writes a whole picture of its own making; it applies a
//! [`Change`] to whatever the file holds by then. So two practices at once add
//! up, whichever comes last.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// The version of the file this program writes.
pub const VERSION: u64 = 1;

/// So many commands of one attempt are recorded; nobody types more by hand.
const MOST_COMMANDS: usize = 500;

/// A learner's progress.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    version: u64,
    /// The section practised last.
    #[serde(default)]
    pub section: Option<String>,
    /// The exercise shown last, of every section.
    #[serde(default)]
    pub positions: BTreeMap<String, String>,
    /// What is known of each exercise, by its id. Those that the lessons do
    /// not have (any more) are kept.
    #[serde(default)]
    pub exercises: BTreeMap<String, Record>,
    /// The tasks that were done, by their id.
    #[serde(default)]
    pub tasks: BTreeMap<String, TaskDone>,
    /// How far each lesson was read, by its id.
    #[serde(default)]
    pub lessons: BTreeMap<String, Place>,
}

/// A task of a lesson that was done.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TaskDone {
    /// The section it belongs to.
    pub section: String,
    /// By the learner; otherwise the answer was shown.
    pub solved: bool,
}

/// How far a lesson was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// The index of the step that was open last.
    pub step: usize,
    /// It was read to its end once.
    pub finished: bool,
}

impl Default for Progress {
    fn default() -> Self {
        Progress {
            version: VERSION,
            section: None,
            positions: BTreeMap::new(),
            exercises: BTreeMap::new(),
            tasks: BTreeMap::new(),
            lessons: BTreeMap::new(),
        }
    }
}

/// What is known of one exercise.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Record {
    /// The section it belongs to.
    pub section: String,
    /// Solved.
    pub done: bool,
    /// Put off with `:skip`, and not solved since.
    pub skipped: bool,
    /// How often it was begun, counted from the first command on.
    pub attempts: u64,
    /// How many of its hints were read.
    pub hints: usize,
    /// The solution was read before it was solved.
    pub solution_read: bool,
    /// Commands submitted, over all attempts.
    pub submitted: u64,
    /// The accepted submission, or the latest one: commands in redis-cli's
    /// quoting.
    pub commands: Vec<String>,
    /// The time spent on it, in seconds; long pauses do not count.
    pub seconds: f64,
    /// The submission cannot be repeated from `commands` alone: it was too
    /// long, or something was taken back with `:undo`.
    pub incomplete: bool,
}

/// How far an exercise is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Solved.
    Done,
    /// Put off.
    Skipped,
    /// Begun, not solved.
    Begun,
    /// Not begun.
    Open,
}

impl State {
    /// The word for it in JSON.
    pub fn word(self) -> &'static str {
        match self {
            State::Done => "done",
            State::Skipped => "skipped",
            State::Begun => "begun",
            State::Open => "open",
        }
    }
}

/// Something that happened to an exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The exercise's section.
    pub section: String,
    /// The exercise.
    pub id: String,
    /// What happened.
    pub event: ChangeEvent,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChangeEvent {
    /// It was shown.
    Shown,
    /// A command was submitted.
    Submitted {
        /// The commands of this attempt so far, this one included.
        commands: Vec<String>,
        /// See [`Record::incomplete`].
        incomplete: bool,
        /// It is solved now.
        solved: bool,
        /// The time since the command before it, or since the start.
        took: Duration,
        /// What went wrong, in a line: for a teacher, and not kept.
        error: Option<String>,
    },
    /// So many of its hints have been read.
    Hint(usize),
    /// The solution was read before it was solved.
    SolutionRead,
    /// It was put off.
    Skipped,
    /// A task was done: solved, or its answer was shown.
    Task {
        /// By the learner.
        solved: bool,
    },
    /// The lesson itself was read so far; it concerns no exercise.
    Read(Place),
}

/// Why a file cannot be read as progress.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unreadable {
    /// It is damaged: the reason.
    Damaged(String),
    /// A newer redis-lab has written it.
    Newer(u64),
}

impl Progress {
    /// Reads the JSON text of a file.
    ///
    /// # Errors
    /// When it is damaged or newer than this program.
    pub fn parse(text: &[u8]) -> Result<Progress, Unreadable> {
        let damaged = |error: serde_json::Error| Unreadable::Damaged(error.to_string());
        let value: serde_json::Value = serde_json::from_slice(text).map_err(damaged)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(VERSION) => serde_json::from_value(value).map_err(damaged),
            Some(newer) if newer > VERSION => Err(Unreadable::Newer(newer)),
            _ => Err(Unreadable::Damaged("it has no known version".to_owned())),
        }
    }

    /// The JSON text for the file.
    ///
    /// # Errors
    /// When JSON cannot be written, which numbers and strings always can.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// How far an exercise is.
    pub fn state(&self, id: &str) -> State {
        match self.exercises.get(id) {
            Some(record) if record.done => State::Done,
            Some(record) if record.skipped => State::Skipped,
            Some(record) if record.attempts > 0 => State::Begun,
            _ => State::Open,
        }
    }

    /// Whether an exercise is solved.
    pub fn is_done(&self, id: &str) -> bool {
        self.state(id) == State::Done
    }

    /// Applies what happened.
    pub fn apply(&mut self, change: &Change) {
        let (section, id) = (&change.section, &change.id);
        if change.event == ChangeEvent::Shown {
            self.section = Some(section.clone());
            self.positions.insert(section.clone(), id.clone());
            return;
        }
        if let ChangeEvent::Read(place) = change.event {
            let known = self.lessons.entry(section.clone()).or_default();
            known.step = place.step;
            known.finished |= place.finished;
            return;
        }
        if let ChangeEvent::Task { solved } = change.event {
            let known = self.tasks.entry(id.clone()).or_default();
            known.section.clone_from(section);
            known.solved |= solved;
            return;
        }
        let record = self.exercises.entry(id.clone()).or_default();
        record.section.clone_from(section);
        match &change.event {
            ChangeEvent::Shown | ChangeEvent::Read(_) | ChangeEvent::Task { .. } => {}
            ChangeEvent::Submitted {
                commands,
                incomplete,
                solved,
                took,
                ..
            } => {
                record.submitted += 1;
                if !record.done {
                    record.seconds += took.as_secs_f64();
                }
                record.attempts += u64::from(commands.len() == 1);
                // What was accepted stays until another answer is accepted.
                if *solved || !record.done {
                    record.commands = commands.iter().take(MOST_COMMANDS).cloned().collect();
                    record.incomplete = *incomplete || commands.len() > MOST_COMMANDS;
                }
                if *solved {
                    record.done = true;
                    record.skipped = false;
                }
            }
            ChangeEvent::Hint(count) => record.hints = record.hints.max(*count),
            ChangeEvent::SolutionRead => record.solution_read |= !record.done,
            ChangeEvent::Skipped => record.skipped = !record.done,
        }
    }

    /// Adds what another file holds: what was achieved in either is achieved.
    pub fn merge(&mut self, other: Progress) {
        for (id, theirs) in other.exercises {
            let own = self.exercises.entry(id).or_default();
            let (hints, read) = (own.hints.max(theirs.hints), own.solution_read);
            if (theirs.done, theirs.submitted) > (own.done, own.submitted) {
                *own = theirs;
            }
            own.hints = hints;
            own.solution_read |= read;
        }
        for (id, theirs) in other.tasks {
            let own = self.tasks.entry(id).or_default();
            own.section = theirs.section;
            own.solved |= theirs.solved;
        }
        for (id, theirs) in other.lessons {
            let own = self.lessons.entry(id).or_default();
            own.step = own.step.max(theirs.step);
            own.finished |= theirs.finished;
        }
        for (section, id) in other.positions {
            self.positions.entry(section).or_insert(id);
        }
        self.section = self.section.take().or(other.section);
    }

    /// Forgets a section, or everything; gives how many exercises were known.
    pub fn reset(&mut self, section: Option<&str>) -> usize {
        let Some(section) = section else {
            let known = self.exercises.len();
            *self = Progress::default();
            return known;
        };
        let before = self.exercises.len();
        self.exercises.retain(|_, record| record.section != section);
        self.tasks.retain(|_, task| task.section != section);
        self.positions.remove(section);
        self.lessons.remove(section);
        if self.section.as_deref() == Some(section) {
            self.section = None;
        }
        before - self.exercises.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(id: &str, event: ChangeEvent) -> Change {
        Change {
            section: "lists".to_owned(),
            id: id.to_owned(),
            event,
        }
    }

    fn submitted(commands: &[&str], solved: bool) -> ChangeEvent {
        ChangeEvent::Submitted {
            commands: commands.iter().map(|text| (*text).to_owned()).collect(),
            incomplete: false,
            solved,
            took: Duration::from_secs(2),
            error: None,
        }
    }

    #[test]
    fn what_was_accepted_stays() {
        let mut progress = Progress::default();
        progress.apply(&change("a", submitted(&["LPOP lab:q"], false)));
        assert_eq!(progress.state("a"), State::Begun);
        progress.apply(&change("a", ChangeEvent::Skipped));
        assert_eq!(progress.state("a"), State::Skipped);
        progress.apply(&change("a", submitted(&["LPOP lab:q", "PING"], true)));
        progress.apply(&change("a", submitted(&["GET x"], false)));
        progress.apply(&change("a", ChangeEvent::Skipped));
        progress.apply(&change("a", ChangeEvent::SolutionRead));
        let record = &progress.exercises["a"];
        assert_eq!(progress.state("a"), State::Done);
        assert_eq!(record.commands, ["LPOP lab:q", "PING"]);
        assert_eq!((record.attempts, record.submitted), (2, 3));
        assert!(!record.solution_read);
    }

    #[test]
    fn text_and_back() {
        let mut progress = Progress::default();
        progress.apply(&change("a", ChangeEvent::Shown));
        progress.apply(&change("a", submitted(&["SET lab:a \"\\x00\""], true)));
        let text = progress.to_json().unwrap();
        assert_eq!(Progress::parse(text.as_bytes()), Ok(progress));
    }

    #[test]
    fn damaged_and_newer_files_are_told_apart() {
        assert_eq!(
            Progress::parse(br#"{"version": 2, "exercises": 7}"#),
            Err(Unreadable::Newer(2))
        );
        for text in ["", "{", "[]", "{}", r#"{"version":1,"exercises":3}"#] {
            let read = Progress::parse(text.as_bytes());
            assert!(matches!(read, Err(Unreadable::Damaged(_))), "{text}");
        }
    }

    #[test]
    fn a_section_is_forgotten_alone() {
        let mut progress = Progress::default();
        progress.apply(&change("a", submitted(&["PING"], true)));
        let mut other = change("b", submitted(&["PING"], true));
        other.section = "lua".to_owned();
        progress.apply(&other);
        assert_eq!(progress.reset(Some("lists")), 1);
        assert_eq!(progress.state("b"), State::Done);
        assert_eq!(progress.reset(None), 1);
        assert_eq!(progress, Progress::default());
    }

    #[test]
    fn what_was_achieved_in_either_is_achieved() {
        let (mut own, mut other) = (Progress::default(), Progress::default());
        own.apply(&change("a", submitted(&["PING"], true)));
        own.apply(&change("b", submitted(&["GET x"], false)));
        own.apply(&change(
            "",
            ChangeEvent::Read(Place {
                step: 3,
                finished: false,
            }),
        ));
        other.apply(&change("a", submitted(&["GET x"], false)));
        other.apply(&change("b", submitted(&["SET x 1"], true)));
        other.apply(&change("t", ChangeEvent::Task { solved: true }));
        other.apply(&change(
            "",
            ChangeEvent::Read(Place {
                step: 1,
                finished: true,
            }),
        ));
        own.merge(other.clone());
        assert!(own.is_done("a") && own.is_done("b"));
        assert_eq!(own.exercises["a"].commands, ["PING"]);
        assert_eq!(own.exercises["b"].commands, ["SET x 1"]);
        assert!(own.tasks["t"].solved);
        assert_eq!(
            own.lessons["lists"],
            Place {
                step: 3,
                finished: true
            }
        );
        let once = own.clone();
        own.merge(other);
        assert_eq!(own, once, "twice adds nothing");
    }

    #[test]
    fn endless_submissions_are_cut_and_say_so() {
        let mut progress = Progress::default();
        let commands = vec!["PING".to_owned(); MOST_COMMANDS + 1];
        let event = ChangeEvent::Submitted {
            commands,
            incomplete: false,
            solved: false,
            took: Duration::ZERO,
            error: None,
        };
        progress.apply(&change("a", event));
        let record = &progress.exercises["a"];
        assert_eq!(record.commands.len(), MOST_COMMANDS);
        assert!(record.incomplete);
    }
}
