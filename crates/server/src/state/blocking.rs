//! What blocked clients wait for.

use crate::state::ClientId;
use crate::state::interest::Interest;
use crate::state::transaction::Queued;
use crate::store::{ByteString, Value};
use std::collections::BTreeSet;

/// What a blocked client waits for a key to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A list with an element.
    List,
    /// A sorted set with a member.
    SortedSet,
    /// A stream with a new entry.
    Stream,
    /// The same, for a group's consumer: one that hears, too, that the key is
    /// gone or something else.
    Group,
    /// No key at all: acknowledgements of replicas, which never come (WAIT).
    Replicas,
}

impl Wait {
    /// Whether what has become of a key is worth a try.
    pub fn matches(self, value: Option<&Value>) -> bool {
        let wanted = match self {
            Wait::List => "list",
            Wait::SortedSet => "zset",
            Wait::Stream => "stream",
            Wait::Group => return true,
            Wait::Replicas => return false,
        };
        value.is_some_and(|value| value.type_name() == wanted)
    }
}

/// A client that waits.
#[derive(Debug)]
pub struct Blocked {
    /// The type of key waited for.
    pub wait: Wait,
    /// The keys, in the order given.
    pub keys: Vec<ByteString>,
    /// Their database.
    pub db: usize,
    /// When it gives up, milliseconds since 1970; `None` for never.
    pub deadline: Option<i64>,
    /// The command to run again. The arguments may have been rewritten (`$`
    /// of XREAD becomes the ID of the moment).
    pub queued: Queued,
    /// The arguments as the client sent them, where `queued` has others.
    pub as_sent: Option<Vec<Vec<u8>>>,
    /// How long the command took before it waited, microseconds.
    pub micros: u64,
    /// The reply when time is up.
    pub on_timeout: Timeout,
}

/// What a blocking command replies when its time is up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// A null array (BLPOP).
    NullArray,
    /// The integer 0 (WAIT).
    Zero,
    /// Whether this server's file was synced, and no replica's (WAITAOF).
    Synced(bool),
}

/// The clients that wait.
#[derive(Debug)]
pub struct Waiting {
    /// For which keys, by database.
    queues: Vec<Interest>,
    /// When they give up.
    deadlines: BTreeSet<(i64, ClientId)>,
    /// Keys that may have something for them.
    ready: Vec<(usize, ByteString)>,
    /// How many there are.
    clients: usize,
}

impl Waiting {
    /// Nobody waits in any of so many databases.
    pub fn new(databases: usize) -> Self {
        Waiting {
            queues: vec![Interest::default(); databases],
            deadlines: BTreeSet::new(),
            ready: Vec::new(),
            clients: 0,
        }
    }

    /// A client waits from now on.
    pub fn add(&mut self, id: ClientId, blocked: &Blocked) {
        for key in &blocked.keys {
            self.queues[blocked.db].add(key, id);
        }
        self.deadlines
            .extend(blocked.deadline.map(|when| (when, id)));
        self.clients += 1;
    }

    /// A client waits no longer.
    pub fn remove(&mut self, id: ClientId, blocked: &Blocked) {
        for key in &blocked.keys {
            self.queues[blocked.db].remove(key, id);
        }
        if let Some(deadline) = blocked.deadline {
            self.deadlines.remove(&(deadline, id));
        }
        self.clients -= 1;
    }

    /// Who waits for a key, in order of arrival.
    #[inline]
    pub fn for_key(&self, db: usize, key: &[u8]) -> &[ClientId] {
        self.queues[db].of(key)
    }

    /// A key may have something for those who wait for it. Cheap when nobody
    /// does.
    #[inline]
    pub fn signal(&mut self, db: usize, key: &[u8]) {
        if !self.for_key(db, key).is_empty()
            && !self.ready.iter().any(|(d, k)| *d == db && k == key)
        {
            self.ready.push((db, key.into()));
        }
    }

    /// The same for all keys of a database that are waited for and exist.
    pub fn signal_all(&mut self, db: usize, exists: impl Fn(&[u8]) -> bool) {
        let keys = self.queues[db].keys().filter(|key| exists(key));
        for key in keys.cloned().collect::<Vec<_>>() {
            self.signal(db, &key);
        }
    }

    /// Whether any key may have something for somebody.
    #[inline]
    pub fn any_ready(&self) -> bool {
        !self.ready.is_empty()
    }

    /// The keys that may, with their databases, once.
    pub fn take_ready(&mut self) -> Vec<(usize, ByteString)> {
        std::mem::take(&mut self.ready)
    }

    /// Who gives up first, and when, milliseconds since 1970.
    pub fn first_deadline(&self) -> Option<(i64, ClientId)> {
        self.deadlines.first().copied()
    }

    /// How many clients wait, how many of them not for ever, and for how many
    /// keys.
    pub fn figures(&self) -> (usize, usize, usize) {
        let keys = self.queues.iter().map(|queue| queue.keys().len()).sum();
        (self.clients, self.deadlines.len(), keys)
    }
}
