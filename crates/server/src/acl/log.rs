//! What ACL LOG shows: who was refused what.

use std::collections::VecDeque;

/// Refusals that are alike are counted together when not more than this lies
/// between them, milliseconds.
const TOGETHER: i64 = 60_000;

/// How many entries are searched for one that is alike.
const SEARCHED: usize = 10;

/// What was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// A command.
    Command,
    /// A key.
    Key,
    /// A channel.
    Channel,
    /// A login.
    Auth,
}

impl Reason {
    /// Redis's word for it.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Command => "command",
            Reason::Key => "key",
            Reason::Channel => "channel",
            Reason::Auth => "auth",
        }
    }
}

/// A refusal, or several that are alike.
#[derive(Debug)]
pub struct Entry {
    /// How many.
    pub count: i64,
    /// What was refused.
    pub reason: Reason,
    /// `toplevel`, `multi` or `lua`.
    pub context: &'static str,
    /// The command, key or channel.
    pub object: Vec<u8>,
    /// The user's name.
    pub user: Vec<u8>,
    /// Its number in the log.
    pub id: u64,
    /// When it happened first and last, milliseconds since 1970.
    pub created: i64,
    pub time: i64,
    /// The client's line of CLIENT LIST.
    pub client: String,
}

impl Entry {
    fn is_like(&self, other: &Entry) -> bool {
        self.reason == other.reason
            && self.context == other.context
            && self.object == other.object
            && self.user == other.user
            && (other.time - self.time).abs() <= TOGETHER
    }
}

/// The refusals, newest first.
#[derive(Debug, Default)]
pub struct AclLog {
    entries: VecDeque<Entry>,
    next_id: u64,
}

impl AclLog {
    /// The refusals, newest first.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Adds a refusal, or counts it with one that is alike.
    pub fn add(&mut self, mut entry: Entry, most: usize) {
        let alike = self
            .entries
            .iter()
            .take(SEARCHED)
            .position(|old| old.is_like(&entry));
        if let Some(old) = alike.and_then(|at| self.entries.remove(at)) {
            entry.count += old.count;
            (entry.id, entry.created) = (old.id, old.created);
        } else {
            entry.id = self.next_id;
            self.next_id += 1;
        }
        self.entries.push_front(entry);
        self.entries.truncate(most);
    }
}
