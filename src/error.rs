//! One error type for people: what went wrong, how to mend it, and the
//! process's exit code. Modules with callers that branch have enums of their
//! own and convert into this one at the edge.

use catalog::lang::Lang;
use std::{fmt, io};

/// The documented exit codes of the binary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitCode {
    /// 0: all went well (a closed pipe counts as well).
    Ok,
    /// 1: a check failed or a reply was not as expected.
    CheckFailed,
    /// 2: the command line was wrong, or a terminal is needed and there is none.
    Usage,
    /// 3: a lesson file is wrong.
    Lesson,
    /// 4: no server could be reached or started, or the connection was lost.
    Server,
    /// 130: interrupted by Ctrl-C.
    Interrupted,
}

impl ExitCode {
    /// The number given to the operating system.
    pub fn code(self) -> u8 {
        match self {
            ExitCode::Ok => 0,
            ExitCode::CheckFailed => 1,
            ExitCode::Usage => 2,
            ExitCode::Lesson => 3,
            ExitCode::Server => 4,
            ExitCode::Interrupted => 130,
        }
    }
}

/// An error as a person reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error {
    /// What went wrong, one sentence or a located report: in English, or in
    /// the learner's language where that was known.
    pub message: String,
    /// How to mend it, when we know; in the language of `message`.
    pub hint: Option<String>,
    /// The message in Polish, where it was made without knowing the language.
    polish: Option<String>,
    polish_hint: Option<String>,
    /// The process's exit code when this error ends it.
    pub exit: ExitCode,
}

impl Error {
    /// An error with a message and an exit code.
    pub fn new(exit: ExitCode, message: impl Into<Text>) -> Self {
        let Text { en, pl } = message.into();
        Error {
            message: en,
            hint: None,
            polish: pl,
            polish_hint: None,
            exit,
        }
    }

    /// A wrong command line (exit code 2).
    pub fn usage(message: impl Into<Text>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// A wrong lesson file (exit code 3).
    pub fn lesson(message: impl Into<Text>) -> Self {
        Self::new(ExitCode::Lesson, message)
    }

    /// No server, or a lost one (exit code 4).
    pub fn server(message: impl Into<Text>) -> Self {
        Self::new(ExitCode::Server, message)
    }

    /// A failed check (exit code 1).
    pub fn check(message: impl Into<Text>) -> Self {
        Self::new(ExitCode::CheckFailed, message)
    }

    /// The person pressed Ctrl-C (exit code 130); shown without a message.
    pub fn interrupted() -> Self {
        Self::new(ExitCode::Interrupted, "")
    }

    /// Output that cannot be written. Where nobody reads any more it is a
    /// quiet success: the reader of a closed pipe has seen enough.
    pub fn output(error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return Self::new(ExitCode::Ok, "");
        }
        Self::check((
            format!("cannot write: {error}"),
            format!("nie można pisać: {error}"),
        ))
    }

    /// Whether it only says that nobody reads the output any more.
    pub fn is_closed_pipe(&self) -> bool {
        self.exit == ExitCode::Ok
    }

    /// Adds advice on how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<Text>) -> Self {
        let Text { en, pl } = hint.into();
        self.hint = Some(en);
        self.polish_hint = pl;
        self
    }

    /// What went wrong, in this language as far as it is known in it.
    pub fn message_in(&self, lang: Lang) -> &str {
        match (lang, &self.polish) {
            (Lang::Pl, Some(polish)) => polish,
            _ => &self.message,
        }
    }

    /// How to mend it, in this language as far as it is known in it.
    pub fn hint_in(&self, lang: Lang) -> Option<&str> {
        match (lang, &self.polish_hint) {
            (Lang::Pl, Some(polish)) => Some(polish),
            _ => self.hint.as_deref(),
        }
    }
}

/// Words of an error: in the learner's language already, or in both languages
/// (`(english, polish)`) where the language is not known yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    en: String,
    pl: Option<String>,
}

impl Text {
    /// The words of this language as far as they are known in it.
    pub fn pick(&self, lang: Lang) -> &str {
        match (lang, &self.pl) {
            (Lang::Pl, Some(pl)) => pl,
            _ => &self.en,
        }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.en)
    }
}

impl std::error::Error for Text {}

impl From<String> for Text {
    fn from(en: String) -> Text {
        Text { en, pl: None }
    }
}

impl From<&str> for Text {
    fn from(en: &str) -> Text {
        Text::from(en.to_owned())
    }
}

impl<A: Into<String>, B: Into<String>> From<(A, B)> for Text {
    fn from((en, pl): (A, B)) -> Text {
        Text {
            en: en.into(),
            pl: Some(pl.into()),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}

/// The result of anything that can end the program with a message.
pub type Result<T, E = Error> = std::result::Result<T, E>;
