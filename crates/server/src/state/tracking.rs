//! CLIENT TRACKING: which client has read which key, and telling it when the
//! key changes, so that it can keep copies of what it has read.
//!
//! In the default mode the server remembers who read what and tells each
//! reader once. In broadcasting mode it remembers nothing and tells everyone
//! who asked for a prefix, at the end of the event loop's turn.

use crate::state::ClientId;
use crate::state::FastMap;
use crate::store::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// What CLIENT TRACKING has set for one client.
#[derive(Debug, Default)]
pub struct ClientTracking {
    /// BCAST.
    pub broadcast: bool,
    /// The prefixes of BCAST; an empty one means every key.
    pub prefixes: Vec<ByteString>,
    /// OPTIN: keys are remembered only after CLIENT CACHING YES.
    pub opt_in: bool,
    /// OPTOUT: keys are not remembered after CLIENT CACHING NO.
    pub opt_out: bool,
    /// NOLOOP: not told of its own changes.
    pub no_loop: bool,
    /// REDIRECT: who is told instead.
    pub redirect: Option<ClientId>,
    /// The client of REDIRECT has gone.
    pub broken: bool,
    /// CLIENT CACHING was given for the next command.
    pub caching: bool,
    /// What is sent once the command being executed has replied.
    pub held: Vec<What>,
}

/// What an invalidation is about.
#[derive(Debug, Clone)]
pub enum What {
    /// These keys.
    Keys(Vec<ByteString>),
    /// All keys.
    Everything,
}

/// Which clients have read which keys.
#[derive(Debug, Default)]
pub struct Tracking {
    /// How many clients have tracking on.
    pub clients: usize,
    /// The readers of each key, whatever its database.
    pub readers: FastMap<ByteString, BTreeSet<ClientId>>,
    /// The broadcasting clients of each prefix.
    pub prefixes: BTreeMap<ByteString, Prefix>,
}

#[derive(Debug, Default)]
/// Who broadcasts a prefix, and what is to be told.
pub struct Prefix {
    /// The clients that asked for it.
    pub clients: BTreeSet<ClientId>,
    /// The keys changed in this turn of the event loop, and by whom last.
    pub changed: BTreeMap<ByteString, Option<ClientId>>,
}

impl Tracking {
    /// Whether a change of a key is of interest: somebody tracks keys, or has
    /// read some and may do so again.
    #[inline]
    pub fn is_in_use(&self) -> bool {
        self.clients > 0 || !self.readers.is_empty()
    }

    /// How many keys, how many readers of keys, and how many prefixes are
    /// remembered.
    pub fn figures(&self) -> (usize, usize, usize) {
        let items = self.readers.values().map(BTreeSet::len).sum();
        (self.readers.len(), items, self.prefixes.len())
    }
}
