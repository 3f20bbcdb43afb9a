//! The slow log: the latest commands that took longer than
//! `slowlog-log-slower-than`.

use crate::store::ByteString;
use std::collections::VecDeque;

/// A command that was slow, for SLOWLOG.
#[derive(Debug, Clone)]
pub struct SlowEntry {
    /// Its number, given by [`SlowLog::add`].
    pub id: u64,
    /// When it ran, seconds since 1970.
    pub time: i64,
    /// How long it took, microseconds.
    pub micros: u64,
    /// Its arguments, long ones cut.
    pub argv: Vec<Vec<u8>>,
    /// The client's address.
    pub addr: String,
    /// The client's name.
    pub name: ByteString,
}

/// The entries, newest first.
#[derive(Debug, Default)]
pub struct SlowLog {
    entries: VecDeque<SlowEntry>,
    /// The number of the next one.
    next: u64,
}

impl SlowLog {
    /// Adds a command, which is given a number; `most` of them are kept.
    pub fn add(&mut self, entry: SlowEntry, most: usize) {
        let id = self.next;
        self.next += 1;
        self.entries.push_front(SlowEntry { id, ..entry });
        self.entries.truncate(most);
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Those kept, newest first.
    pub fn iter(&self) -> impl Iterator<Item = &SlowEntry> {
        self.entries.iter()
    }

    /// Forgets them; the numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
    }
}
