//! A step as beats: what a teacher shows with one press of a key.

use crate::lesson::{Item, SessionName, Step};
use crate::runner::{Event, Spot};
use std::ops::Range;
use std::time::Duration;

/// One thing that is shown or done. Items are named by their index in the
/// step, so that a beat stays small.
#[derive(Debug, Clone, PartialEq)]
pub enum Beat {
    /// Prose and code that stand together.
    Text(Vec<Event>),
    /// Commands run at one press: one, or the whole of a preparation.
    Command {
        /// The block.
        item: usize,
        /// Which of its commands.
        lines: Range<usize>,
        /// On which connection.
        session: SessionName,
        /// As typed.
        text: String,
        /// The block's beginning, with the first of its commands.
        opens: Option<Box<Event>>,
    },
    /// What arrives by itself.
    Await {
        /// The expectation.
        item: usize,
        /// On which connection.
        session: SessionName,
    },
    /// A live demo, or what happens to a server of the lesson's own.
    Live {
        /// The demo, or the deed.
        item: usize,
        /// What it is called.
        demo: String,
    },
    /// A picture of a reply.
    Picture {
        /// The item that asks for it.
        item: usize,
    },
    /// Time passes.
    Wait(Duration),
    /// The server gets what the step's exercise begins with.
    SetUp,
}

impl Beat {
    /// The place in the lesson that it runs, when it can be run once more.
    pub(super) fn spot(&self, step: usize) -> Option<Spot> {
        let (item, line) = match self {
            Beat::Command { item, lines, .. } => (*item, lines.start),
            Beat::Await { item, .. } | Beat::Picture { item } => (*item, 0),
            Beat::Text(_) | Beat::Live { .. } | Beat::Wait(_) | Beat::SetUp => return None,
        };
        Some(Spot { step, item, line })
    }
}

/// The beats of a step. Pauses and notes make none: the teacher decides when
/// to go on anyway.
pub(super) fn beats(step: &Step) -> Vec<Beat> {
    let mut beats = Vec::new();
    for (item, content) in step.items.iter().enumerate() {
        match content {
            Item::Prose(_) | Item::Code { .. } | Item::Task(_) => {
                if let Some(event) = Event::to_read(content) {
                    add_text(&mut beats, event);
                }
            }
            Item::Run(block) => {
                let count = block.lines.len();
                let at_once = if block.setup { count.max(1) } else { 1 };
                for first in (0..count).step_by(at_once) {
                    let lines = first..(first + at_once).min(count);
                    let texts: Vec<&str> = block.lines[lines.clone()]
                        .iter()
                        .map(|line| line.text.as_str())
                        .collect();
                    beats.push(Beat::Command {
                        item,
                        lines,
                        session: block.session.clone(),
                        text: texts.join("\n"),
                        opens: (first == 0).then(|| Box::new(Event::block_began(block))),
                    });
                }
            }
            Item::Await(later) => beats.push(Beat::Await {
                item,
                session: later.session.clone(),
            }),
            Item::Live { demo, .. } => beats.push(Beat::Live {
                item,
                demo: demo.clone(),
            }),
            Item::Server { name, act, .. } => beats.push(Beat::Live {
                item,
                demo: format!("{name}: {}", act.word()),
            }),
            Item::Picture(_) => beats.push(Beat::Picture { item }),
            Item::Wait(duration) => beats.push(Beat::Wait(*duration)),
            Item::Pause | Item::Note(_) => {}
        }
    }
    if step.exercise.is_some() {
        beats.push(Beat::SetUp);
    }
    beats
}

fn add_text(beats: &mut Vec<Beat>, event: Event) {
    match beats.last_mut() {
        Some(Beat::Text(events)) => events.push(event),
        _ => beats.push(Beat::Text(vec![event])),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::parse;

    #[test]
    fn text_stands_together_and_a_preparation_runs_at_once() {
        let text = "# T\n\nOne.\n\n<!-- pause -->\n\n<!-- note: Ask. (1 min) -->\n\nTwo.\n\n```redis setup\nDEL lab:a\nDEL lab:b\n```\n\n```redis @ala Ala\nPING\nPING\n```\n\n```text expect\nPONG\nPONG\n```\n";
        let lesson = parse("t", "t.md", text).expect("a good lesson");
        let found = beats(&lesson.steps[0]);
        let kinds: Vec<String> = found
            .iter()
            .map(|beat| match beat {
                Beat::Text(events) => format!("text {}", events.len()),
                Beat::Command { lines, opens, .. } => {
                    format!("{} of them, opens {}", lines.len(), opens.is_some())
                }
                other => format!("{other:?}"),
            })
            .collect();
        assert_eq!(
            kinds,
            [
                "text 2",
                "2 of them, opens true",
                "1 of them, opens true",
                "1 of them, opens false"
            ]
        );
    }
}
