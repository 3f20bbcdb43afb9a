//! The groups commands belong to, as the documentation of Redis orders them.

use crate::lang::Lang;
use std::fmt;

/// A group of commands, by what they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Group {
    /// Any key, whatever its type.
    Generic,
    /// Strings, also as numbers.
    String,
    /// Lists.
    List,
    /// Sets.
    Set,
    /// Sorted sets.
    SortedSet,
    /// Hashes.
    Hash,
    /// Publish and subscribe.
    Pubsub,
    /// MULTI and its companions.
    Transactions,
    /// The connection itself.
    Connection,
    /// Running and inspecting the server.
    Server,
    /// Lua scripts and functions.
    Scripting,
    /// HyperLogLog.
    Hyperloglog,
    /// Redis Cluster.
    Cluster,
    /// Places on the Earth.
    Geo,
    /// Streams.
    Stream,
    /// Strings as bits.
    Bitmap,
    /// Vector sets.
    VectorSet,
    /// What a module brings, as the server tells it; none of the catalogue.
    Module,
}

impl Group {
    /// All groups of the catalogue, the ones a learner meets first in front.
    pub const ALL: [Group; 17] = [
        Group::String,
        Group::List,
        Group::Set,
        Group::SortedSet,
        Group::Hash,
        Group::Stream,
        Group::Generic,
        Group::Pubsub,
        Group::Transactions,
        Group::Scripting,
        Group::Bitmap,
        Group::Hyperloglog,
        Group::Geo,
        Group::VectorSet,
        Group::Connection,
        Group::Server,
        Group::Cluster,
    ];

    /// The name COMMAND DOCS uses, such as `sorted-set`.
    pub fn id(self) -> &'static str {
        match self {
            Group::Generic => "generic",
            Group::String => "string",
            Group::List => "list",
            Group::Set => "set",
            Group::SortedSet => "sorted-set",
            Group::Hash => "hash",
            Group::Pubsub => "pubsub",
            Group::Transactions => "transactions",
            Group::Connection => "connection",
            Group::Server => "server",
            Group::Scripting => "scripting",
            Group::Hyperloglog => "hyperloglog",
            Group::Cluster => "cluster",
            Group::Geo => "geo",
            Group::Stream => "stream",
            Group::Bitmap => "bitmap",
            Group::VectorSet => "vector-set",
            Group::Module => "module",
        }
    }

    /// The group of a COMMAND DOCS name, in any letter case and also as people
    /// write it (`sorted_set`, `sortedset`, `strings`).
    pub fn from_id(id: &str) -> Option<Group> {
        let plain = |text: &str| text.to_ascii_lowercase().replace(['-', '_', ' '], "");
        let wanted = plain(id);
        Group::ALL.into_iter().find(|group| {
            let own = plain(group.id());
            wanted == own || wanted.strip_suffix('s') == Some(&own)
        })
    }

    /// The name for people.
    pub fn name(self, lang: Lang) -> &'static str {
        match self {
            Group::Generic => lang.pick("Keys", "Klucze"),
            Group::String => lang.pick("Strings", "Napisy"),
            Group::List => lang.pick("Lists", "Listy"),
            Group::Set => lang.pick("Sets", "Zbiory"),
            Group::SortedSet => lang.pick("Sorted sets", "Zbiory uporządkowane"),
            Group::Hash => lang.pick("Hashes", "Hashe"),
            Group::Pubsub => lang.pick("Publish and subscribe", "Publikowanie i subskrypcje"),
            Group::Transactions => lang.pick("Transactions", "Transakcje"),
            Group::Connection => lang.pick("Connection", "Połączenie"),
            Group::Server => lang.pick("Server", "Serwer"),
            Group::Scripting => lang.pick("Scripts and functions", "Skrypty i funkcje"),
            Group::Hyperloglog => "HyperLogLog",
            Group::Cluster => lang.pick("Cluster", "Klaster"),
            Group::Geo => lang.pick("Places on the Earth", "Miejsca na Ziemi"),
            Group::Stream => lang.pick("Streams", "Streamy"),
            Group::Bitmap => lang.pick("Bits", "Bity"),
            Group::VectorSet => lang.pick("Vector sets", "Zbiory wektorów"),
            Group::Module => lang.pick("Modules", "Moduły"),
        }
    }

    /// The group's commands in alphabetical order, without subcommands.
    pub fn commands(self) -> impl Iterator<Item = &'static super::Command> {
        super::all()
            .iter()
            .filter(move |command| command.group == self)
    }
}

impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_round_trip_and_people_may_be_sloppy() {
        for group in Group::ALL {
            assert_eq!(Group::from_id(group.id()), Some(group));
            assert!(group.commands().next().is_some(), "{group} is empty");
        }
        assert_eq!(Group::from_id("Strings"), Some(Group::String));
        assert_eq!(Group::from_id("sorted_set"), Some(Group::SortedSet));
        assert_eq!(Group::from_id("nothing"), None);
    }
}
