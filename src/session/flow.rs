//! How a session goes on after a line, and what it hands on to a terminal.

use super::words::OnTerminal;
use catalog::lang::{Lang, Text};
use catalog::text;

/// Whether the session goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flow {
    /// With the next line.
    Stay,
    /// It is left.
    Leave,
    /// With the next line, once the front end has done this, or refused it.
    Wish(Wish),
}

/// What only a person's own terminal may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// A word, with what stands behind it.
    Word(OnTerminal, Vec<String>),
    /// `clear`.
    Clear,
    /// `connect HOST PORT`.
    Connect(String, u16),
    /// `COMMAND | PROGRAM`.
    Program,
}

impl Wish {
    /// What a front end that cannot do it says.
    pub fn refusal(&self) -> Text {
        Text::in_each(|lang| self.refusal_in(lang))
    }

    fn refusal_in(&self, lang: Lang) -> String {
        let what = match self {
            Wish::Word(what, _) => format!(":{}", what.word()),
            Wish::Clear => "clear".to_owned(),
            Wish::Connect(..) => "connect".to_owned(),
            Wish::Program => lang
                .pick("a pipe to a program", "potok do programu")
                .to_owned(),
        };
        text!(
            lang,
            "{what} works in the interactive shell only",
            "{what} działa tylko w powłoce interaktywnej",
        )
    }
}
