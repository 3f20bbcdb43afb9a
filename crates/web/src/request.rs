//! What the page may ask for.

use catalog::lang::Lang;
use serde::Deserialize;

/// A request of the page.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase")]
pub(crate) enum Request {
    /// The sections, with what was achieved of them.
    Course {
        lang: Code,
        #[serde(default)]
        progress: String,
    },
    /// Plays a section or practises, or without either opens the shell.
    Start(Start),
    /// A line, typed at the prompt.
    Line { text: String },
    /// What keeps the learner waiting shall end.
    Stop,
    /// Time has passed.
    Tick,
    /// What may stand at the end of this text.
    Complete { text: String },
    /// What is still to come behind this text.
    Hint { text: String },
    /// The log is so many columns wide from now on.
    Columns { columns: usize },
    /// What two progress files hold together.
    Merge { progress: String, other: String },
    /// Bytes of a client that speaks RESP itself.
    Wire { client: u32, bytes: String },
    /// That client goes.
    Hangup { client: u32 },
}

/// How a section or the shell begins.
#[derive(Debug, Deserialize)]
pub(crate) struct Start {
    pub(crate) lang: Code,
    pub(crate) section: Option<String>,
    /// The exercises only: the section's, or all.
    #[serde(default)]
    pub(crate) practice: bool,
    /// The step to begin with, from 1.
    pub(crate) from: Option<usize>,
    /// The progress file, or nothing.
    #[serde(default)]
    pub(crate) progress: String,
    pub(crate) columns: usize,
}

/// A language by its code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Code {
    En,
    Pl,
}

impl Code {
    pub(crate) fn lang(self) -> Lang {
        match self {
            Code::En => Lang::En,
            Code::Pl => Lang::Pl,
        }
    }
}
