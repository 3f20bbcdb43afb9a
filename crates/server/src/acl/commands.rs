//! The commands as rules see them: a number for each command and subcommand
//! of the catalogue, and the categories they belong to.

use crate::command;
use catalog;
use std::collections::HashMap;
use std::sync::LazyLock;

/// The categories in the order Redis lists them; a category's number is its
/// place here.
pub const CATEGORIES: [&str; 21] = [
    "keyspace",
    "read",
    "write",
    "set",
    "sortedset",
    "list",
    "hash",
    "string",
    "bitmap",
    "hyperloglog",
    "geo",
    "stream",
    "pubsub",
    "admin",
    "fast",
    "slow",
    "blocking",
    "dangerous",
    "connection",
    "transaction",
    "scripting",
];

/// The number of a category, named in any letter case.
pub fn category(name: &[u8]) -> Option<usize> {
    CATEGORIES
        .iter()
        .position(|category| name.eq_ignore_ascii_case(category.as_bytes()))
}

/// The number of a command or subcommand.
pub(super) type Id = usize;

/// A command or subcommand of the catalogue.
pub(super) struct Entry {
    /// What it is.
    pub(super) described: &'static catalog::Command,
    /// The numbers of its subcommands, which follow it.
    pub(super) subcommands: std::ops::Range<Id>,
    /// Whether it is one itself.
    pub(super) is_subcommand: bool,
    categories: u32,
}

impl Entry {
    /// Whether it belongs to the category of this number.
    pub(super) fn is_in(&self, category: usize) -> bool {
        self.categories & 1 << category != 0
    }
}

struct Table {
    entries: Vec<Entry>,
    by_name: HashMap<&'static str, Id>,
    /// By the index of [`command::all`].
    by_index: Vec<Option<Id>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let mut entries = Vec::new();
    for command in catalog::all() {
        let first = entries.len() + 1;
        let subcommands = first..first + command.subcommands.len();
        entries.push(entry(command, subcommands, false));
        for sub in &command.subcommands {
            entries.push(entry(sub, 0..0, true));
        }
    }
    let by_name: HashMap<_, _> = entries
        .iter()
        .enumerate()
        .map(|(id, entry)| (entry.described.name, id))
        .collect();
    let by_index = command::all()
        .iter()
        .map(|command| by_name.get(command.name).copied())
        .collect();
    Table {
        entries,
        by_name,
        by_index,
    }
});

fn entry(
    described: &'static catalog::Command,
    subcommands: std::ops::Range<Id>,
    is_subcommand: bool,
) -> Entry {
    let categories = described
        .acl_categories
        .iter()
        .filter_map(|name| category(name.as_bytes()))
        .fold(0, |mask, category| mask | 1 << category);
    Entry {
        described,
        subcommands,
        is_subcommand,
        categories,
    }
}

/// All commands and subcommands; the index is the number.
pub(super) fn entries() -> &'static [Entry] {
    &TABLE.entries
}

/// The command of a full name (`get`, `client|list`) in any letter case.
pub(super) fn by_name(name: &[u8]) -> Option<Id> {
    let name = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
    TABLE.by_name.get(name.as_str()).copied()
}

/// The number of one of our commands; none for what is no command of Redis.
pub(super) fn by_index(index: usize) -> Option<Id> {
    TABLE.by_index[index]
}

const WORDS: usize = 8;

/// Commands Redis might have in future (or in modules): in the set of those
/// who were allowed all.
const FUTURE: Id = WORDS * 64 - 1;

/// A set of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandSet([u64; WORDS]);

impl CommandSet {
    /// No command.
    pub(super) const NONE: CommandSet = CommandSet([0; WORDS]);
    /// All commands, those of the future included.
    pub(super) const ALL: CommandSet = CommandSet([u64::MAX; WORDS]);

    pub(super) fn contains(&self, id: Id) -> bool {
        self.0[id / 64] & 1 << (id % 64) != 0
    }

    /// Whether it was once all commands, and not cleared since.
    pub(super) fn has_future(&self) -> bool {
        self.contains(FUTURE)
    }

    fn set(&mut self, id: Id, on: bool) {
        let bit = 1 << (id % 64);
        if on {
            self.0[id / 64] |= bit;
        } else {
            self.0[id / 64] &= !bit;
        }
    }

    /// Puts in (or takes out) a command with its subcommands.
    pub(super) fn set_command(&mut self, id: Id, on: bool) {
        self.set(id, on);
        for sub in entries()[id].subcommands.clone() {
            self.set(sub, on);
        }
    }

    /// The same with all commands of a category. A command brings its
    /// subcommands along, whatever their own categories.
    pub(super) fn set_category(&mut self, category: usize, on: bool) {
        for (id, entry) in entries().iter().enumerate() {
            if entry.is_in(category) {
                self.set_command(id, on);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_command_of_the_catalogue_has_a_bit_below_the_last() {
        assert!(entries().len() <= FUTURE);
        for (id, entry) in entries().iter().enumerate() {
            let named: Vec<_> = CATEGORIES
                .iter()
                .enumerate()
                .filter(|(category, _)| entry.is_in(*category))
                .map(|(_, name)| *name)
                .collect();
            let name = entry.described.name;
            assert_eq!(named.len(), entry.described.acl_categories.len(), "{name}");
            assert_eq!(by_name(name.as_bytes()), Some(id));
        }
    }

    #[test]
    fn a_command_brings_its_subcommands() {
        let mut set = CommandSet::NONE;
        let config = by_name(b"CONFIG").expect("a command");
        let get = by_name(b"config|GET").expect("a subcommand");
        set.set_command(config, true);
        assert!(set.contains(config) && set.contains(get));
        set.set_command(get, false);
        assert!(set.contains(config) && !set.contains(get));
        assert!(!set.has_future() && CommandSet::ALL.has_future());
    }
}
