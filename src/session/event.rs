//! What a session tells whoever sits in front of it: a terminal, a pipe, a
//! program that reads events.

use crate::conn::state::Argv;
use resp::Reply;
use std::sync::Arc;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// Something a session has to say.
#[derive(Debug, Clone)]
pub enum Event {
    /// Text for a person, styled, with its line ends.
    Text(String),
    /// Why a line is not carried out, in one line without its end.
    Refused(String),
    /// The replies of a command: one, or the confirmations of subscriptions.
    Replies {
        /// The command.
        argv: Argv,
        /// Its replies, shared: ten million elements are kept once.
        replies: Arc<Vec<Reply>>,
    },
    /// A message, push or line of MONITOR.
    Message(Reply),
    /// The next line is the answer to this question.
    Question(String),
}

/// Where a session's events go. A front end that is gone misses them.
#[derive(Debug, Clone)]
pub struct Out(UnboundedSender<Event>);

impl Out {
    /// A way out, and the end where the events are taken.
    pub fn new() -> (Out, UnboundedReceiver<Event>) {
        let (sender, receiver) = unbounded_channel();
        (Out(sender), receiver)
    }

    /// Tells an event.
    pub fn tell(&self, event: Event) {
        let _ = self.0.send(event);
    }

    /// Says a text, if there is any.
    pub fn say(&self, text: impl Into<String>) {
        let text = text.into();
        if !text.is_empty() {
            self.tell(Event::Text(text));
        }
    }
}
