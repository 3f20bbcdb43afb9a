//! Sets of names that Redis gives its commands and their keys: flags, ACL
//! categories, and what is done to a key. A bit each, so that a server can ask
//! for them at every command.

macro_rules! set {
    ($(#[doc = $about:literal])* $set:ident: $bits:ty { $($constant:ident $name:literal $doc:literal)* }) => {
        $(#[doc = $about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
        pub struct $set($bits);

        impl $set {
            /// Every name, in the server's order, with the set that holds it alone.
            pub const NAMES: &'static [($set, &'static str)] = &[$(($set::$constant, $name)),*];
            set!(@constants $set, 0; $($constant $doc)*);

            /// The set of one name.
            pub fn from_name(name: &str) -> Option<$set> {
                let found = $set::NAMES.iter().find(|(_, own)| *own == name)?;
                Some(found.0)
            }

            /// All that is in one of these sets.
            pub const fn of(sets: &[$set]) -> $set {
                let mut all = 0;
                let mut i = 0;
                while i < sets.len() {
                    all |= sets[i].0;
                    i += 1;
                }
                $set(all)
            }

            /// Whether all of `other` is in this set.
            #[inline]
            pub const fn contains(self, other: $set) -> bool {
                self.0 & other.0 == other.0
            }

            /// Whether some of `other` is in this set.
            #[inline]
            pub const fn has_any(self, other: $set) -> bool {
                self.0 & other.0 != 0
            }

            /// What is in one of both sets.
            #[must_use]
            pub const fn with(self, other: $set) -> $set {
                $set(self.0 | other.0)
            }

            /// The names in the server's order.
            pub fn names(self) -> impl Iterator<Item = &'static str> + Clone {
                $set::NAMES
                    .iter()
                    .filter(move |(one, _)| self.contains(*one))
                    .map(|(_, name)| *name)
            }
        }
    };
    (@constants $set:ident, $bit:expr; $constant:ident $doc:literal $($rest:tt)*) => {
        #[doc = $doc]
        pub const $constant: $set = $set(1 << ($bit));
        set!(@constants $set, $bit + 1; $($rest)*);
    };
    (@constants $set:ident, $bit:expr;) => {};
}

set! {
    /// A set of the flags of COMMAND INFO.
    Flags: u32 {
        WRITE "write" "May change data."
        READONLY "readonly" "Reads data and never changes it."
        DENYOOM "denyoom" "Refused when memory is used up (`maxmemory`)."
        MODULE "module" "Belongs to a module."
        ADMIN "admin" "For administrators."
        PUBSUB "pubsub" "Belongs to publish and subscribe."
        NOSCRIPT "noscript" "Not allowed in scripts."
        BLOCKING "blocking" "May wait for something to happen."
        LOADING "loading" "Allowed while the server loads its data."
        STALE "stale" "Allowed on a replica with stale data."
        SKIP_MONITOR "skip_monitor" "Not shown by MONITOR."
        SKIP_SLOWLOG "skip_slowlog" "Not recorded in the slow log."
        ASKING "asking" "Accepted by a cluster node that is importing the slot."
        FAST "fast" "Constant or logarithmic time."
        NO_AUTH "no_auth" "Allowed before logging in."
        NO_MANDATORY_KEYS "no_mandatory_keys" "Its keys may be left out."
        NO_ASYNC_LOADING "no_async_loading" "Refused during diskless loading."
        NO_MULTI "no_multi" "Not allowed in a transaction."
        MOVABLEKEYS "movablekeys" "The positions of its keys vary."
        ALLOW_BUSY "allow_busy" "Allowed while a script runs for too long."
    }
}

set! {
    /// A set of ACL categories; their names are without the `@`.
    Categories: u32 {
        KEYSPACE "keyspace" "Keys of any type."
        READ "read" "Reads keys."
        WRITE "write" "Writes keys."
        SET "set" "Sets."
        SORTEDSET "sortedset" "Sorted sets."
        LIST "list" "Lists."
        HASH "hash" "Hashes."
        STRING "string" "Strings."
        BITMAP "bitmap" "Strings as bits."
        HYPERLOGLOG "hyperloglog" "HyperLogLogs."
        GEO "geo" "Places on the Earth."
        STREAM "stream" "Streams."
        PUBSUB "pubsub" "Publish and subscribe."
        ADMIN "admin" "For administrators."
        FAST "fast" "Constant or logarithmic time."
        SLOW "slow" "All that is not fast."
        BLOCKING "blocking" "May wait for something to happen."
        DANGEROUS "dangerous" "To be allowed with care."
        CONNECTION "connection" "The connection itself."
        TRANSACTION "transaction" "MULTI and its companions."
        SCRIPTING "scripting" "Scripts and functions."
    }
}

set! {
    /// What is done to a key, in the words of COMMAND INFO.
    KeyFlags: u16 {
        RO "RO" "Only read."
        RW "RW" "Changed, depending on what it holds."
        OW "OW" "Written whatever it holds."
        RM "RM" "Removed."
        ACCESS "access" "What it holds is told, copied or decides something."
        UPDATE "update" "What it holds is replaced."
        INSERT "insert" "Something is added to it."
        DELETE "delete" "Something, or all, is taken out of it."
        NOT_KEY "not_key" "It is described like a key, but is none."
        INCOMPLETE "incomplete" "There may be keys that the specification does not find."
        VARIABLE_FLAGS "variable_flags" "The options decide what is done to it."
    }
}
