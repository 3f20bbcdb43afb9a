//! What a server has to tell whoever runs it.

use std::fmt;

/// A file that could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileFault {
    /// The file or folder; empty where there is no place for any.
    pub file: String,
    /// What the system says.
    pub error: String,
}

impl fmt::Display for FileFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            write!(f, "cannot write {}: ", self.file)?;
        }
        f.write_str(&self.error)
    }
}

/// Why a server does not stop though it was asked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Obstacle {
    /// What was to be saved could not be.
    File(FileFault),
    /// The append-only file is not there yet.
    LogBegins,
    /// SHUTDOWN ABORT.
    Aborted,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Obstacle::File(fault) => fault.fmt(f),
            Obstacle::LogBegins => f.write_str("the append-only file is being begun"),
            Obstacle::Aborted => f.write_str("SHUTDOWN ABORT"),
        }
    }
}

/// Something that whoever runs a server should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It goes on though it was asked to stop: why.
    NotStopped(Obstacle),
    /// It stops by itself, for this could not be written.
    Failed(FileFault),
    /// A snapshot could not be written in the background.
    NotSaved(FileFault),
    /// The append-only file could not be rewritten.
    NotRewritten(FileFault),
    /// Since that has happened several times, the next rewrite waits.
    RewriteWaits {
        /// For so long.
        minutes: i64,
    },
    /// The snapshot that was being written is not wanted any more.
    SnapshotGivenUp,
    /// The rewrite of the append-only file is not wanted any more.
    RewriteGivenUp,
    /// The append-only file that was asked for is begun later, when what runs now
    /// is over.
    BeginsLater,
    /// What an append-only file was to begin with was not written, so what it
    /// has collected meanwhile goes, too.
    NotBegun,
    /// A script has been running for so many milliseconds, and still is.
    SlowScript {
        /// `busy-reply-threshold`.
        after: i64,
    },
    /// Errors had so many codes that they are counted by code no longer, until
    /// CONFIG RESETSTAT.
    TooManyCodes {
        /// What they were; a script may have made them up.
        codes: Vec<String>,
    },
    /// A client wants this to be told (DEBUG LOG).
    Remark {
        /// Its text, control characters escaped.
        text: String,
    },
    /// `oom-score-adj` could not be set.
    NotAdjusted(FileFault),
    /// It listens elsewhere now.
    Moved,
}
