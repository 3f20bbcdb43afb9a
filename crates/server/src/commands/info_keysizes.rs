//! INFO KEYSIZES: of each type, how many keys are how large.

use super::info::line;
use crate::engine::server::Server;
use crate::store::{Db, Value};

/// With more keys than this, they are counted only for those who ask for the
/// section by its name, or for all: others do not wait for it.
const MOST_UNASKED: usize = 100_000;

/// What is counted, in the order in which it is shown.
const COUNTED: [&str; 5] = [
    "strings_sizes",
    "lists_items",
    "sets_items",
    "zsets_items",
    "hashes_items",
];

/// A size is one of 0, 1, 2 to 3, 4 to 7, ...
const SIZES: usize = usize::BITS as usize + 1;

/// Whether the keys may be counted for somebody who has not asked for it.
pub(super) fn is_quick(server: &Server) -> bool {
    server.dbs.iter().map(Db::len).sum::<usize>() <= MOST_UNASKED
}

/// Writes the section.
pub(super) fn section(server: &mut Server, text: &mut String) {
    for (i, db) in server.dbs.iter().enumerate() {
        for (name, sizes) in COUNTED.iter().zip(count(db)) {
            let sizes = sizes.iter().enumerate().filter(|(_, keys)| **keys > 0);
            let sizes: Vec<String> = sizes
                .map(|(place, keys)| format!("{}={keys}", label(place)))
                .collect();
            if !sizes.is_empty() {
                line(text, &format!("db{i}_distrib_{name}"), sizes.join(","));
            }
        }
    }
}

/// How many keys of each type there are of each size.
fn count(db: &Db) -> [[u64; SIZES]; COUNTED.len()] {
    let mut all = [[0; SIZES]; COUNTED.len()];
    for (_, entry) in db.keys.iter() {
        let (kind, size) = match &entry.value {
            Value::String(string) => (0, string.len()),
            Value::List(list) => (1, list.len()),
            Value::Set(set) => (2, set.len()),
            Value::SortedSet(zset) => (3, zset.len()),
            Value::Hash(hash) => (4, hash.len()),
            Value::Stream(_) => continue,
        };
        all[kind][size.checked_ilog2().map_or(0, |log| log as usize + 1)] += 1;
    }
    all
}

/// The least size of a place, for people: 0, 1, 2, ... 512, 1K, ...
fn label(place: usize) -> String {
    let Some(log) = place.checked_sub(1) else {
        return "0".to_owned();
    };
    let unit = ["", "K", "M", "G", "T", "P", "E"][log / 10];
    format!("{}{unit}", 1 << (log % 10))
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn sizes_are_powers_of_two() {
        let labels = [0, 1, 2, 10, 11, 20, 21, 64].map(label);
        assert_eq!(labels, ["0", "1", "2", "512", "1K", "512K", "1M", "8E"]);
    }
}
