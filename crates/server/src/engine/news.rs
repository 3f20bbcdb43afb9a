//! What a server has to tell whoever runs it.

/// Something that whoever runs a server should know.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// It goes on though it was asked to stop: why.
    NotStopped(String),
    /// It stops by itself, for this could not be written.
    Failed(String),
    /// A snapshot could not be written in the background.
    NotSaved(String),
    /// The append-only file could not be rewritten.
    NotRewritten(String),
    /// Since that has happened several times, the next rewrite waits.
    RewriteWaits {
        /// For so long.
        minutes: i64,
    },
    /// The snapshot that was being written is not wanted any more.
    SnapshotGivenUp,
    /// The rewrite of the append-only file is not wanted any more.
    RewriteGivenUp,
    /// What an append-only file was to begin with was not written, so what it
    /// has collected meanwhile goes, too.
    NotBegun,
    /// A script has been running for so many milliseconds, and still is.
    SlowScript {
        /// `busy-reply-threshold`.
        after: i64,
    },
    /// It listens elsewhere now.
    Moved,
}
