//! How far a server is that reads its files when it starts.

use crate::state::figures::Figures;

/// How far it is.
#[derive(Debug)]
pub struct Starting {
    /// When it began, milliseconds since 1970.
    since: i64,
    /// The bytes of the files that have been opened.
    total: u64,
    /// The bytes of those that are done.
    done: u64,
    /// The bytes that were read when clients were last served.
    served: u64,
    /// What the clients have done: what the loading executes is nobody's
    /// request.
    pub figures: Figures,
    /// The bytes that the data took in the server that wrote them, 0 where
    /// that is not known.
    pub used_memory: u64,
}

/// What INFO tells of it.
pub struct Progress {
    /// When it began, seconds since 1970.
    pub since: i64,
    /// The bytes of the files.
    pub total: u64,
    /// How many of them have been read.
    pub read: u64,
    /// How long the rest will take, seconds.
    pub rest: i64,
    /// [`Starting::used_memory`].
    pub used_memory: u64,
}

impl Starting {
    /// It begins now, milliseconds since 1970; clients have done this so far.
    pub fn new(now: i64, figures: Figures) -> Starting {
        Starting {
            since: now,
            total: 0,
            done: 0,
            served: 0,
            figures,
            used_memory: 0,
        }
    }

    /// A file of so many bytes is about to be read.
    pub fn begins_file(&mut self, len: usize) {
        self.done = self.total;
        self.total += len as u64;
    }

    /// The file has been read up to this byte: whether clients are to be
    /// served, which they are after every `interval` bytes.
    #[inline]
    pub fn serves_at(&mut self, at: usize, interval: u64) -> bool {
        let read = self.done + at as u64;
        let due = read - self.served >= interval;
        if due {
            self.served = read;
        }
        due
    }

    /// How far it is, for INFO.
    pub fn progress(&self, now: i64) -> Progress {
        let (total, read) = (self.total, self.served);
        let took = (now - self.since) / 1000;
        let rest = match took {
            0 => 1,
            _ => took * total.saturating_sub(read) as i64 / (read as i64 + 1),
        };
        Progress {
            since: self.since / 1000,
            total,
            read,
            rest,
            used_memory: self.used_memory,
        }
    }
}
