//! One error type for people: what went wrong, how to mend it, and the
//! process's exit code. Modules with callers that branch have enums of their
//! own and convert into this one at the edge.

use std::fmt;

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
    /// What went wrong, one sentence or a located report.
    pub message: String,
    /// How to mend it, when we know.
    pub hint: Option<String>,
    /// The process's exit code when this error ends it.
    pub exit: ExitCode,
}

impl Error {
    /// An error with a message and an exit code.
    pub fn new(exit: ExitCode, message: impl Into<String>) -> Self {
        Error {
            message: message.into(),
            hint: None,
            exit,
        }
    }

    /// A wrong command line (exit code 2).
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, message)
    }

    /// A wrong lesson file (exit code 3).
    pub fn lesson(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Lesson, message)
    }

    /// No server, or a lost one (exit code 4).
    pub fn server(message: impl Into<String>) -> Self {
        Self::new(ExitCode::Server, message)
    }

    /// A failed check (exit code 1).
    pub fn check(message: impl Into<String>) -> Self {
        Self::new(ExitCode::CheckFailed, message)
    }

    /// The person pressed Ctrl-C (exit code 130); shown without a message.
    pub fn interrupted() -> Self {
        Self::new(ExitCode::Interrupted, "")
    }

    /// Adds advice on how to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
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
