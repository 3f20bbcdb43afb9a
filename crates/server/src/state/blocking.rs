//! What a blocked client waits for.

use crate::state::transaction::Queued;
use crate::store::{ByteString, Value};

/// What a blocked client waits for a key to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wait {
    /// A list with an element.
    List,
    /// A sorted set with a member.
    SortedSet,
    /// A stream with a new entry.
    Stream,
    /// No key at all: acknowledgements of replicas, which never come (WAIT).
    Replicas,
}

impl Wait {
    /// Whether a value is of the type waited for.
    pub fn matches(self, value: &Value) -> bool {
        value.type_name()
            == match self {
                Wait::List => "list",
                Wait::SortedSet => "zset",
                Wait::Stream => "stream",
                Wait::Replicas => return false,
            }
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
