//! MULTI and WATCH: what a client has queued and what it watches.

use crate::state::CommandIndex;
use crate::store::ByteString;

/// A queued command.
#[derive(Debug, Clone)]
pub struct Queued {
    /// The command.
    pub command: CommandIndex,
    /// Its arguments.
    pub argv: Vec<Vec<u8>>,
}

/// A client's transaction.
#[derive(Debug, Default)]
pub struct Transaction {
    /// Inside MULTI.
    pub active: bool,
    /// A command was refused while queueing: EXEC will abort.
    pub refused: bool,
    /// A watched key was touched: EXEC will reply null.
    pub touched: bool,
    /// The queued commands.
    pub queue: Vec<Queued>,
    /// The watched keys.
    pub watched: Vec<Watched>,
}

/// A watched key.
#[derive(Debug, Clone)]
pub struct Watched {
    /// Its database.
    pub db: usize,
    /// The key.
    pub key: ByteString,
    /// The key had expired (but was still stored) when WATCH was called: its
    /// removal is then not a change.
    pub was_expired: bool,
}
