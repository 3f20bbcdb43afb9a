//! The class at one moment, as the board and the projector view are told it:
//! whole at first, and then what has changed.

use super::order::{Signs, Why};
use crate::classroom::Seat;
use crate::conn::link::LinkError;
use catalog::lang::Lang;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the board says of the class beside its students.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Facts {
    pub(super) code: String,
    /// Where students join.
    pub(super) addresses: Vec<String>,
    /// The command that opens a shell on the class's Redis.
    pub(super) shell: Option<String>,
    /// Where everybody is led.
    pub(super) follow: Option<Place>,
    /// When the class has ended, in ms.
    pub(super) ended: Option<u64>,
    /// Why nothing new is known.
    pub(super) trouble: Option<Trouble>,
}

/// What is wrong with Redis, in each language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Trouble {
    en: String,
    pl: String,
}

/// A step of a section, counted from 1.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Place {
    section: String,
    step: usize,
}

impl Place {
    /// Reads `section step`; `None` where nobody is led.
    pub(super) fn read(text: &str) -> Option<Place> {
        let (section, step) = text.split_once(' ')?;
        Some(Place {
            section: section.to_owned(),
            step: step.parse().ok()?,
        })
    }
}

/// A student's row; times are in ms, and Redis's.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(super) struct Row {
    pub(super) id: String,
    name: String,
    lang: String,
    section: String,
    step: u32,
    exercise: String,
    tries: u32,
    since: u64,
    error: String,
    same: u32,
    hand: Option<u64>,
    seen: u64,
    solved: usize,
    looked: bool,
    /// A letter for each exercise of the course: `s` solved, `h` solved with
    /// hints, `t` begun, `.` open.
    cells: String,
    why: Option<Why>,
}

/// For each exercise that somebody has solved: the median of the times, in ms,
/// and how many have.
pub(super) type Medians = BTreeMap<String, (u64, u64)>;

/// The class at one moment.
#[derive(Debug, Clone)]
pub(super) struct Snapshot {
    now: u64,
    facts: Facts,
    /// In the order in which they are shown.
    rows: Vec<Row>,
    medians: Medians,
}

impl Snapshot {
    /// What these seats are at `now`; `exercises` are those of the course, in order.
    pub(super) fn new<'s>(
        now: u64,
        facts: Facts,
        seats: impl Iterator<Item = &'s Seat>,
        medians: Medians,
        exercises: &[String],
    ) -> Snapshot {
        let mut placed: Vec<_> = seats
            .map(|seat| {
                let (signs, row) = row(seat, exercises, now);
                (signs.place(now), seat.name.to_lowercase(), row)
            })
            .collect();
        placed.sort_by(|one, other| (&one.0, &one.1).cmp(&(&other.0, &other.1)));
        Snapshot {
            now,
            facts,
            rows: placed.into_iter().map(|(_, _, row)| row).collect(),
            medians,
        }
    }

    /// The same, with what is wrong since.
    pub(super) fn in_trouble(&self, error: &LinkError) -> Snapshot {
        let mut troubled = self.clone();
        troubled.facts.trouble = Some(Trouble {
            en: error.text(Lang::En),
            pl: error.text(Lang::Pl),
        });
        troubled
    }

    /// Everything.
    pub(super) fn whole(&self) -> Value {
        let order: Vec<&str> = self.order().collect();
        let mut told = self.facts();
        told.insert("whole".to_owned(), json!(true));
        told.insert("seats".to_owned(), json!(self.rows));
        told.insert("order".to_owned(), json!(order));
        told.insert("medians".to_owned(), json!(self.medians));
        Value::Object(told)
    }

    /// What is different from before; `None` when nothing is.
    pub(super) fn since(&self, before: &Snapshot) -> Option<Value> {
        let known: HashMap<&str, &Row> = before.rows.iter().map(|row| (&*row.id, row)).collect();
        let changed: Vec<&Row> = self
            .rows
            .iter()
            .filter(|row| known.get(&*row.id) != Some(row))
            .collect();
        let here: BTreeSet<&str> = self.order().collect();
        let gone: Vec<&str> = before.order().filter(|id| !here.contains(id)).collect();
        let medians: BTreeMap<_, _> = self
            .medians
            .iter()
            .filter(|(id, median)| before.medians.get(*id) != Some(median))
            .collect();
        let moved = !self.order().eq(before.order());
        let same_facts = self.facts == before.facts;
        if changed.is_empty() && !moved && same_facts && medians.is_empty() {
            return None;
        }
        let mut told = if same_facts {
            Map::from_iter([("now".to_owned(), json!(self.now))])
        } else {
            self.facts()
        };
        told.insert("seats".to_owned(), json!(changed));
        told.insert("gone".to_owned(), json!(gone));
        if moved {
            let order: Vec<&str> = self.order().collect();
            told.insert("order".to_owned(), json!(order));
        }
        told.insert("medians".to_owned(), json!(medians));
        Some(Value::Object(told))
    }

    /// What the projector shows: numbers, and nobody's name.
    pub(super) fn view(&self) -> Value {
        let mut at: BTreeMap<&str, usize> = BTreeMap::new();
        for row in self.rows.iter().filter(|row| !row.section.is_empty()) {
            *at.entry(&row.section).or_default() += 1;
        }
        let medians = self.medians.iter();
        let solved: BTreeMap<_, _> = medians.map(|(id, (_, solved))| (id, solved)).collect();
        json!({
            "code": self.facts.code,
            "addresses": self.facts.addresses,
            "follow": self.facts.follow,
            "ended": self.facts.ended,
            "students": self.rows.len(),
            "hands": self.rows.iter().filter(|row| row.hand.is_some()).count(),
            "solved": solved,
            "at": at,
        })
    }

    fn facts(&self) -> Map<String, Value> {
        let mut told = match json!(self.facts) {
            Value::Object(told) => told,
            _ => Map::new(),
        };
        told.insert("now".to_owned(), json!(self.now));
        told
    }

    fn order(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().map(|row| row.id.as_str())
    }
}

fn row(seat: &Seat, exercises: &[String], now: u64) -> (Signs, Row) {
    let cells: String = exercises
        .iter()
        .map(|id| match seat.exercises.get(id) {
            None => '.',
            Some(work) if work.solved.is_none() => 't',
            Some(work) if work.hints > 0 => 'h',
            Some(_) => 's',
        })
        .collect();
    let solved = cells.chars().filter(|cell| "sh".contains(*cell)).count();
    let signs = Signs {
        hand: seat.hand,
        tries: seat.tries,
        since: seat.since,
        same: seat.same,
        seen: seat.seen,
        solved,
        of: exercises.len(),
    };
    let row = Row {
        id: seat.id.clone(),
        name: seat.name.clone(),
        lang: seat.lang.clone(),
        section: seat.section.clone(),
        step: seat.step,
        exercise: seat.exercise.clone(),
        tries: seat.tries,
        since: seat.since,
        error: seat.error.clone(),
        same: seat.same,
        hand: seat.hand,
        seen: seat.seen,
        solved,
        looked: seat.looked,
        cells,
        why: signs.why(now),
    };
    (signs, row)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::classroom::Exercise;

    const NOW: u64 = 1_000_000_000;

    fn seat(id: &str, solved: &[&str]) -> Seat {
        let work = |exercise: &&str| {
            let done = Exercise {
                solved: Some(NOW),
                ..Exercise::default()
            };
            ((*exercise).to_owned(), done)
        };
        Seat {
            id: id.to_owned(),
            name: format!("the {id}"),
            lang: "en".to_owned(),
            joined: NOW,
            seen: NOW,
            section: "lists".to_owned(),
            step: 1,
            exercise: String::new(),
            tries: 0,
            since: 0,
            error: String::new(),
            same: 0,
            hand: None,
            looked: false,
            solved: solved.len() as u32,
            exercises: solved.iter().map(work).collect(),
        }
    }

    fn snapshot(seats: &[Seat]) -> Snapshot {
        let facts = Facts {
            code: "blue-otter-42".to_owned(),
            addresses: Vec::new(),
            shell: None,
            follow: None,
            ended: None,
            trouble: None,
        };
        let exercises = ["one".to_owned(), "two".to_owned()];
        let medians = Medians::from([("one".to_owned(), (5, 1))]);
        Snapshot::new(NOW, facts, seats.iter(), medians, &exercises)
    }

    #[test]
    fn only_what_has_changed_is_told() {
        let (otter, lynx) = (seat("otter", &["one"]), seat("lynx", &[]));
        let before = snapshot(&[otter.clone(), lynx.clone()]);
        assert_eq!(before.whole()["order"], json!(["lynx", "otter"]));
        assert_eq!(before.whole()["seats"][1]["cells"], "s.");
        assert_eq!(
            snapshot(&[lynx.clone(), otter.clone()]).since(&before),
            None
        );

        let raised = Seat {
            hand: Some(NOW),
            ..otter.clone()
        };
        let told = snapshot(&[lynx.clone(), raised]).since(&before).unwrap();
        assert_eq!(told["seats"].as_array().unwrap().len(), 1);
        assert_eq!(told["order"], json!(["otter", "lynx"]));
        assert_eq!(
            (&told["code"], &told["medians"]),
            (&Value::Null, &json!({}))
        );

        let told = snapshot(&[otter]).since(&before).unwrap();
        assert_eq!(
            (&told["gone"], &told["seats"]),
            (&json!(["lynx"]), &json!([]))
        );
    }

    #[test]
    fn trouble_is_told_and_its_end() {
        let fine = snapshot(&[]);
        let troubled = fine.in_trouble(&LinkError::Refused("LOADING".to_owned()));
        let told = troubled.since(&fine).unwrap();
        assert!(told["trouble"]["pl"].is_string());
        assert_eq!(fine.since(&troubled).unwrap()["trouble"], Value::Null);
    }

    #[test]
    fn the_projector_hears_numbers_and_no_names() {
        let view = snapshot(&[seat("otter", &["one"]), seat("lynx", &[])]).view();
        assert_eq!(
            (&view["students"], &view["solved"]["one"]),
            (&json!(2), &json!(1))
        );
        let text = view.to_string();
        assert!(
            !text.contains("otter\"") && !text.contains("lynx"),
            "{text}"
        );
    }
}
