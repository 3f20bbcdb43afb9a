//! What the server remembers beside the data: clients, parameters, figures,
//! and what each feature knows. Plain values: what is done with them is in
//! [`crate::engine`].

pub mod access;
pub mod backlog;
pub mod blocking;
pub mod client;
pub mod clients;
pub mod clock;
pub mod eviction;
pub mod figures;
pub mod interest;
pub mod latency;
pub mod lazyfree;
pub mod memory;
pub mod notify;
pub mod oom_score;
pub mod peers;
pub mod persistence;
pub mod pubsub;
pub mod rates;
pub mod running;
pub mod settings;
pub mod slowlog;
pub mod starting;
pub mod tracking;
pub mod transaction;

use std::collections::HashMap;

/// A client's number, as CLIENT ID gives it; never used twice.
pub type ClientId = u64;

/// A command's place in the table of commands.
pub type CommandIndex = usize;

/// A map with a quick hasher.
pub type FastMap<K, V> = HashMap<K, V, foldhash::fast::RandomState>;
