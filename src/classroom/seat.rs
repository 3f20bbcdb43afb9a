//! A seat as its hash tells it: who sits there, and how far.

use crate::conn::link::fields;
use resp::Reply;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

/// A student's seat.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Seat {
    /// Its ID.
    pub id: String,
    /// What the student is called.
    pub name: String,
    /// The student's language, as a code.
    pub lang: String,
    /// When it was taken, in ms since 1970 by the clock of Redis.
    pub joined: u64,
    /// When it was last heard of, likewise.
    pub seen: u64,
    /// The section and the step (from 1) that the student is at.
    pub section: String,
    /// See `section`.
    pub step: u32,
    /// The exercise that is being tried; empty when none is.
    pub exercise: String,
    /// How often it was tried since then.
    pub tries: u32,
    /// Since when, in ms.
    pub since: u64,
    /// The last try's error, if it had one.
    pub error: String,
    /// How often in a row it was the same.
    pub same: u32,
    /// When the hand was raised, in ms.
    pub hand: Option<u64>,
    /// Whether the teacher looks over the student's shoulder.
    pub looked: bool,
    /// How many exercises are solved.
    pub solved: u32,
    /// What is known of each exercise that was begun.
    pub exercises: BTreeMap<String, Exercise>,
}

/// How far a student is with an exercise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Exercise {
    /// Lines that were tried.
    pub tries: u32,
    /// Hints that were read.
    pub hints: u32,
    /// How long it took, in ms, as the student's page says.
    pub ms: u64,
    /// When it was solved, in ms since 1970; `None` while it is not.
    pub solved: Option<u64>,
}

impl Exercise {
    /// Reads `tries hints ms solved_at`; what is missing is 0, or open.
    pub(super) fn read(text: &str) -> Exercise {
        let mut words = text.split(' ');
        let mut number = || words.next().and_then(|word| word.parse().ok());
        Exercise {
            tries: number().unwrap_or(0) as u32,
            hints: number().unwrap_or(0) as u32,
            ms: number().unwrap_or(0),
            solved: number(),
        }
    }
}

impl Seat {
    /// Reads the hash of a seat; `None` where it is not there.
    pub(super) fn read(id: &str, reply: &Reply) -> Option<Seat> {
        let fields = fields(reply);
        let text = |name: &str| fields.get(name).cloned().unwrap_or_default();
        let name = fields.get("name")?.clone();
        Some(Seat {
            id: id.to_owned(),
            name,
            lang: text("lang"),
            joined: number(&fields, "joined").unwrap_or(0),
            seen: number(&fields, "seen").unwrap_or(0),
            section: text("section"),
            step: number(&fields, "step").unwrap_or(0) as u32,
            exercise: text("exercise"),
            tries: number(&fields, "tries").unwrap_or(0) as u32,
            since: number(&fields, "since").unwrap_or(0),
            error: text("error"),
            same: number(&fields, "same").unwrap_or(0) as u32,
            hand: number(&fields, "hand"),
            looked: text("looked") == "1",
            solved: number(&fields, "solved").unwrap_or(0) as u32,
            exercises: fields
                .iter()
                .filter_map(|(field, value)| {
                    let exercise = field.strip_prefix("x:")?;
                    Some((exercise.to_owned(), Exercise::read(value)))
                })
                .collect(),
        })
    }
}

fn number(fields: &HashMap<String, String>, name: &str) -> Option<u64> {
    fields.get(name)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seat_is_read_from_its_hash() {
        let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
        let hash = [
            "name",
            "Ala",
            "joined",
            "5",
            "hand",
            "",
            "x:push",
            "2 1 900 77",
            "x:pop",
            "1 0 0 ",
            "solved",
            "1",
        ];
        let seat = Seat::read("s1", &Reply::Array(hash.map(bulk).to_vec())).unwrap();
        assert_eq!(
            (seat.name.as_str(), seat.joined, seat.hand),
            ("Ala", 5, None)
        );
        let push = Exercise {
            tries: 2,
            hints: 1,
            ms: 900,
            solved: Some(77),
        };
        assert_eq!(seat.exercises["push"], push);
        assert_eq!(seat.exercises["pop"].solved, None);
        assert!(Seat::read("s1", &Reply::Array(Vec::new())).is_none());
    }
}
