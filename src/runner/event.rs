//! What happens while a lesson runs, as data: rendered as text, printed as
//! JSON (`--json`), shown by the walkthrough, compared by tests.

use super::{Picture, TooOld};
use crate::lesson::{Block, Inline, Item, Note, Prose, ServerAct, SessionName, plain_text};
use catalog::lang::Lang;
use resp::{Reply, format};
use serde_json::{Value, json};
use std::time::Duration;

/// The version of the JSON form; it grows when a field changes its meaning or
/// goes away, not when one is added.
pub const EVENTS_VERSION: u32 = 1;

/// Something that happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Event {
    /// A lesson begins.
    LessonBegan {
        /// The section's id.
        id: String,
        /// Its title.
        title: String,
        /// The language's code.
        lang: &'static str,
        /// How many steps it has.
        steps: usize,
        /// The server, described in one line.
        server: String,
    },
    /// A step begins.
    StepBegan {
        /// Counted from 1.
        number: usize,
        /// How many there are.
        of: usize,
        /// Its heading, empty for the introduction.
        heading: String,
    },
    /// Text to read.
    Prose(Prose),
    /// Code to read.
    Code {
        /// Its language.
        language: String,
        /// The code.
        text: String,
    },
    /// A note for the teacher.
    Note(Note),
    /// A block of commands begins.
    BlockBegan {
        /// On which connection.
        session: SessionName,
        /// What it shows, may be empty.
        title: String,
        /// Preparation.
        setup: bool,
    },
    /// A command was sent.
    Command {
        /// On which connection.
        session: SessionName,
        /// As typed.
        text: String,
    },
    /// A reply or message arrived.
    Reply {
        /// On which connection.
        session: SessionName,
        /// What arrived; `None` when nothing did in time.
        reply: Option<Reply>,
        /// Whether it is as the lesson says.
        verdict: Verdict,
        /// How long it took.
        took: Duration,
    },
    /// The command just sent waits in the server, as it should.
    Blocked {
        /// On which connection.
        session: SessionName,
    },
    /// Something has happened to one of the lesson's own servers.
    Server {
        /// Its name.
        name: String,
        /// What.
        act: ServerAct,
    },
    /// The lesson waits for time to pass.
    Wait(Duration),
    /// A live demo begins.
    DemoBegan {
        /// Its name.
        name: String,
    },
    /// A live demo says something.
    Demo {
        /// Who: a worker, a listener; empty for the narrator.
        actor: String,
        /// What.
        text: String,
    },
    /// A picture of a reply, or of what a demo measured.
    Picture(Picture),
    /// Something to try at once.
    Task {
        /// Its id.
        id: String,
        /// What to do.
        prompt: Vec<Inline>,
    },
    /// An exercise's prompt is over; its answer is for `practice`.
    Exercise {
        /// Its id.
        id: String,
    },
    /// A step is over.
    StepEnded {
        /// How long its commands took together.
        took: Duration,
        /// Commands sent one by one, each a round trip.
        round_trips: usize,
    },
    /// The lesson is over.
    LessonEnded {
        /// The section's id.
        id: String,
        /// Commands sent.
        commands: usize,
        /// Replies that were not as expected.
        surprises: usize,
        /// How long it all took.
        took: Duration,
    },
}

/// Whether a reply is as the lesson says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The lesson says nothing of it.
    Unchecked,
    /// It is.
    AsExpected,
    /// It is not.
    Differs {
        /// What the lesson says.
        expected: String,
        /// Where: `lessons/en/lists.md:12`.
        place: String,
        /// Set when it is because the server is too old.
        too_old: Option<Box<TooOld>>,
    },
}

impl Verdict {
    /// Whether the reply was not as expected.
    pub fn is_surprise(&self) -> bool {
        matches!(self, Verdict::Differs { .. })
    }
}

impl Event {
    /// What there is to read in an item; `None` for one that does something.
    pub fn to_read(item: &Item) -> Option<Event> {
        match item {
            Item::Prose(prose) => Some(Event::Prose(prose.clone())),
            Item::Code { language, text, .. } => Some(Event::Code {
                language: language.clone(),
                text: text.clone(),
            }),
            Item::Note(note) => Some(Event::Note(note.clone())),
            Item::Task(task) => Some(Event::Task {
                id: task.id.clone(),
                prompt: task.prompt.clone(),
            }),
            Item::Run(_)
            | Item::Await(_)
            | Item::Wait(_)
            | Item::Live { .. }
            | Item::Server { .. }
            | Item::Picture(_)
            | Item::Pause => None,
        }
    }

    /// A block of commands begins.
    pub fn block_began(block: &Block) -> Event {
        Event::BlockBegan {
            session: block.session.clone(),
            title: block.title.clone(),
            setup: block.setup,
        }
    }

    /// Whether it is a reply that is not as the lesson says, which may be because
    /// somebody has taken time to read: keys have expired, a wait is over.
    pub fn may_be_late(&self) -> bool {
        matches!(
            self,
            Event::Reply {
                verdict: Verdict::Differs { too_old: None, .. },
                ..
            }
        )
    }

    /// The event as one JSON object with a `type`.
    pub fn to_json(&self) -> Value {
        match self {
            Event::LessonBegan {
                id,
                title,
                lang,
                steps,
                server,
            } => json!({"type": "lesson", "version": EVENTS_VERSION, "id": id, "title": title,
                "lang": lang, "steps": steps, "server": server}),
            Event::StepBegan {
                number,
                of,
                heading,
            } => json!({"type": "step", "number": number, "of": of, "heading": heading}),
            Event::Prose(prose) => json!({"type": "prose", "text": prose_text(prose)}),
            Event::Code { language, text } => {
                json!({"type": "code", "language": language, "text": text})
            }
            Event::Note(note) => {
                json!({"type": "note", "text": note.text, "minutes": note.minutes})
            }
            Event::BlockBegan {
                session,
                title,
                setup,
            } => json!({"type": "block", "session": session, "title": title, "setup": setup}),
            Event::Command { session, text } => {
                json!({"type": "command", "session": session, "text": text})
            }
            Event::Reply {
                session,
                reply,
                verdict,
                took,
            } => {
                let text = reply.as_ref().map(format::to_tty);
                let value: Option<Value> = reply
                    .as_ref()
                    .and_then(|reply| serde_json::from_str(&format::to_json(reply)).ok());
                let mut event = json!({"type": "reply", "session": session, "text": text,
                    "value": value, "us": micros(*took)});
                match verdict {
                    Verdict::Unchecked => {}
                    Verdict::AsExpected => event["ok"] = json!(true),
                    Verdict::Differs {
                        expected,
                        place,
                        too_old,
                    } => {
                        event["ok"] = json!(false);
                        event["expected"] = json!(expected);
                        event["place"] = json!(place);
                        if let Some(reason) = too_old {
                            event["too_old"] = json!({"needs": reason.needs.to_string(), "has": reason.has,
                                "why": reason.sentence(Lang::En)});
                        }
                    }
                }
                event
            }
            Event::Blocked { session } => json!({"type": "blocked", "session": session}),
            Event::Server { name, act } => {
                json!({"type": "server", "name": name, "act": act.word()})
            }
            Event::Wait(duration) => json!({"type": "wait", "us": micros(*duration)}),
            Event::DemoBegan { name } => json!({"type": "demo", "name": name}),
            Event::Demo { actor, text } => {
                json!({"type": "demo_line", "actor": actor, "text": text})
            }
            Event::Picture(picture) => {
                let mut event = json!(picture);
                event["type"] = json!("picture");
                event
            }
            Event::Task { id, prompt } => {
                json!({"type": "task", "id": id, "text": plain_text(prompt)})
            }
            Event::Exercise { id } => json!({"type": "exercise", "id": id}),
            Event::StepEnded { took, round_trips } => {
                json!({"type": "step_end", "us": micros(*took), "round_trips": round_trips})
            }
            Event::LessonEnded {
                id,
                commands,
                surprises,
                took,
            } => json!({"type": "lesson_end", "id": id, "commands": commands,
                "surprises": surprises, "us": micros(*took)}),
        }
    }
}

fn micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}

/// The words of a piece of prose, one line an item or row.
fn prose_text(prose: &Prose) -> String {
    let join = |parts: &[Prose]| parts.iter().map(prose_text).collect::<Vec<_>>().join("\n");
    match prose {
        Prose::Paragraph(inlines) | Prose::Heading(inlines) => plain_text(inlines),
        Prose::Quote(parts) => join(parts),
        Prose::List { items, .. } => items
            .iter()
            .map(|item| join(item))
            .collect::<Vec<_>>()
            .join("\n"),
        Prose::Table(rows) => rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|cell| plain_text(cell))
                    .collect::<Vec<_>>()
                    .join("\t")
            })
            .collect::<Vec<_>>()
            .join("\n"),
    }
}
