//! What is told to the page: the session's events and the lesson's, as JSON, in
//! the order in which they happened.

use crate::tab::COLUMNS;
use catalog::lang::Lang;
use redis_lab::render::Painter;
use redis_lab::render::harmless::foreign;
use redis_lab::render::html::{escape, inline, prose};
use redis_lab::render::picture::sentence;
use redis_lab::render::style::Style;
use redis_lab::runner;
use redis_lab::session::output::Output;
use redis_lab::session::{Event, Out};
use resp::Reply;
use serde_json::{Value, json};
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::Ordering;
use tokio::sync::mpsc::UnboundedReceiver;

/// A reply is shown up to so many bytes of text: a page with more is no use to
/// anybody.
const MOST_SHOWN: usize = 200_000;

/// Events on their way to the page. Clones are the same way.
#[derive(Debug, Clone)]
pub(crate) struct Told(Rc<RefCell<Way>>);

#[derive(Debug, Default)]
struct Way {
    /// What the session says.
    session: Option<UnboundedReceiver<Event>>,
    events: Vec<Value>,
}

impl Told {
    pub(crate) fn new() -> Told {
        Told(Rc::default())
    }

    /// A way out for a session.
    pub(crate) fn open(&self) -> Out {
        let (out, events) = Out::new();
        self.0.borrow_mut().session = Some(events);
        out
    }

    /// Tells an event, after what the session has said so far.
    pub(crate) fn tell(&self, event: Value) {
        let way = &mut *self.0.borrow_mut();
        way.drain();
        way.events.push(event);
    }

    /// Tells a text for a person.
    pub(crate) fn text(&self, text: String) {
        self.tell(json!({"type": "text", "text": text}));
    }

    /// Tells an event of the lesson.
    pub(crate) fn lesson(&self, event: &runner::Event, lang: Lang) {
        self.tell(as_json(event, lang));
    }

    /// What was told since the last time.
    pub(crate) fn take(&self) -> Vec<Value> {
        let way = &mut *self.0.borrow_mut();
        way.drain();
        std::mem::take(&mut way.events)
    }
}

impl Way {
    fn drain(&mut self) {
        let Some(session) = &mut self.session else {
            return;
        };
        while let Ok(event) = session.try_recv() {
            match event {
                Event::Text(text) => self.events.push(json!({"type": "text", "text": text})),
                Event::Refused(text) => self.events.push(json!({"type": "refused", "text": text})),
                Event::Message(message) => self.events.push(message_json(&message)),
                Event::Question(text) => {
                    self.events.push(json!({"type": "question", "text": text}));
                }
                Event::Replies { argv, replies } => {
                    let replies = replies.iter().map(|reply| reply_json(&argv, reply));
                    self.events.extend(replies);
                }
            }
        }
    }
}

/// A lesson's event; its prose as HTML, too.
fn as_json(event: &runner::Event, lang: Lang) -> Value {
    let mut value = event.to_json();
    match event {
        runner::Event::Prose(part) => {
            let mut html = String::new();
            prose(part, &mut html);
            value["html"] = json!(html);
        }
        runner::Event::Task { prompt, .. } => value["html"] = json!(inline(prompt)),
        runner::Event::StepBegan { heading, .. } => value["html"] = json!(escape(heading)),
        runner::Event::Picture(picture) => {
            // Drawn for those who see it, told to those who hear it.
            value["drawn"] = json!(painted(event, lang));
            value["words"] = json!(sentence(picture, lang));
        }
        runner::Event::Server { .. } => value["text"] = json!(painted(event, lang)),
        _ => {}
    }
    value
}

/// An event as a terminal shows it.
fn painted(event: &runner::Event, lang: Lang) -> String {
    let columns = COLUMNS.load(Ordering::Relaxed);
    Painter::new(Style::new(true), columns, lang).paint(event)
}

fn reply_json(argv: &[Vec<u8>], reply: &Reply) -> Value {
    let mut text = Vec::new();
    // Writing into memory cannot fail.
    let _ = Output::Pretty.reply(argv, reply, &mut text, None);
    let text = String::from_utf8_lossy(&text);
    json!({"type": "reply", "text": shown(&text)})
}

fn message_json(message: &Reply) -> Value {
    let mut text = Vec::new();
    match message {
        Reply::Status(line) => text.extend_from_slice(format!("{line}\n").as_bytes()),
        _ => drop(Output::Pretty.message(message, &mut text)),
    }
    let text = String::from_utf8_lossy(&text);
    json!({"type": "message", "text": shown(&text)})
}

/// As much of a server's text as is shown, without what a screen would obey.
fn shown(text: &str) -> String {
    let mut end = text.len().min(MOST_SHOWN);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let cut = if end < text.len() { "\n...\n" } else { "" };
    format!("{}{cut}", foreign(&text[..end]))
}
