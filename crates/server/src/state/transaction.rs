//! MULTI and WATCH: what clients have queued and what they watch.

use crate::state::ClientId;
use crate::state::CommandIndex;
use crate::state::interest::Interest;
use crate::store::ByteString;

/// A queued command.
#[derive(Debug, Clone)]
pub struct Queued {
    /// The command.
    pub command: CommandIndex,
    /// Its arguments.
    pub argv: Vec<Vec<u8>>,
}

impl Queued {
    /// The bytes of its arguments.
    pub fn bytes(&self) -> usize {
        self.argv.iter().map(Vec::len).sum()
    }
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
    /// How many were queued, until EXEC has executed them all.
    queued: usize,
    /// The bytes of their arguments and of the pointers to these.
    bytes: usize,
    /// The watched keys.
    pub watched: Vec<Watched>,
}

/// The bytes of a pointer in Redis.
const POINTER: usize = 8;

impl Transaction {
    /// Queues a command.
    pub fn push(&mut self, queued: Queued) {
        self.bytes += queued.bytes() + queued.argv.len() * POINTER;
        self.queued += 1;
        self.queue.push(queued);
    }

    /// Takes out the queued commands, to be executed.
    pub fn take_queue(&mut self) -> Vec<Queued> {
        std::mem::take(&mut self.queue)
    }

    /// How many commands are queued, or being executed.
    pub fn len(&self) -> usize {
        self.queued
    }

    /// The bytes of the arguments of the queued commands, as Redis counts them
    /// for `multi-mem` and `client-query-buffer-limit`: with a pointer to each.
    pub fn queued_bytes(&self) -> usize {
        self.bytes
    }
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

/// What the server knows of all transactions.
#[derive(Debug)]
pub struct Transactions {
    /// Who watches which key, by database.
    watchers: Vec<Interest>,
    /// How many were begun to be executed.
    begun: u32,
    executing: bool,
}

impl Transactions {
    /// Nothing is watched in any of so many databases.
    pub fn new(databases: usize) -> Self {
        Transactions {
            watchers: vec![Interest::default(); databases],
            begun: 0,
            executing: false,
        }
    }

    /// A client watches a key from now on.
    pub fn watch(&mut self, id: ClientId, db: usize, key: &[u8]) {
        self.watchers[db].add(key, id);
    }

    /// A client no longer watches a key.
    pub fn unwatch(&mut self, id: ClientId, watched: &Watched) {
        self.watchers[watched.db].remove(&watched.key, id);
    }

    /// Who watches a key.
    #[inline]
    pub fn watchers(&self, db: usize, key: &[u8]) -> &[ClientId] {
        self.watchers[db].of(key)
    }

    /// Who watches any key of a database, once for each.
    pub fn watchers_in(&self, db: usize) -> impl Iterator<Item = ClientId> {
        self.watchers[db].clients()
    }

    /// How many keys are watched.
    pub fn watched_keys(&self) -> usize {
        self.watchers.iter().map(|keys| keys.keys().len()).sum()
    }

    /// EXEC begins to execute what was queued.
    pub fn begin(&mut self) {
        self.begun = self.begun.wrapping_add(1);
        self.executing = true;
    }

    /// It has executed it.
    pub fn end(&mut self) {
        self.executing = false;
    }

    /// How many were begun, to tell one from another.
    pub fn begun(&self) -> u32 {
        self.begun
    }

    /// Whether one is being executed.
    #[inline]
    pub fn is_executing(&self) -> bool {
        self.executing
    }
}
