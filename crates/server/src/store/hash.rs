//! Hashes: fields with values, in two encodings.
//!
//! A small hash is a flat sequence in insertion order, as a listpack shows
//! it; a large one is a hash table, whose order is unspecified. Fields may have
//! a time to live, which is kept apart: most have none.

use super::{ByteString, Dict, Limits};
use rand::RngExt as _;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;

/// The value of a hash key.
#[derive(Debug, Clone, Default)]
pub struct Hash {
    fields: Fields,
    /// Made when a field is first given a time to live.
    timing: Option<Box<Timing>>,
}

/// When fields expire, milliseconds since 1970.
#[derive(Debug, Clone, Default)]
struct Timing {
    of: BTreeMap<ByteString, i64>,
    /// The same, soonest first.
    due: BTreeSet<(i64, ByteString)>,
    /// Under which moment the database has this hash among those whose fields
    /// expire.
    indexed: Option<i64>,
}

impl Deref for Hash {
    type Target = Fields;

    fn deref(&self) -> &Fields {
        &self.fields
    }
}

impl Hash {
    /// Sets a field, which then does not expire; whether it is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.persist(field);
        self.fields.insert(field, value, limits)
    }

    /// Sets a field that goes on expiring when it does; whether it is new.
    pub fn replace(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.fields.insert(field, value, limits)
    }

    /// Removes a field; its value.
    pub fn remove(&mut self, field: &[u8]) -> Option<ByteString> {
        self.persist(field);
        self.fields.remove(field)
    }

    /// See [`Fields::make_room_for`].
    pub fn make_room_for(&mut self, len: usize, limits: &Limits) {
        self.fields.make_room_for(len, limits);
    }

    /// When a field expires.
    pub fn expire(&self, field: &[u8]) -> Option<i64> {
        self.timing.as_ref()?.of.get(field).copied()
    }

    /// Sets when a field expires.
    pub fn set_expire(&mut self, field: &[u8], when: i64) {
        let timing = self.timing.get_or_insert_default();
        let name = ByteString::new(field);
        if let Some(old) = timing.of.insert(name.clone(), when) {
            timing.due.remove(&(old, name.clone()));
        }
        timing.due.insert((when, name));
    }

    /// Lets a field live; whether it was to expire.
    pub fn persist(&mut self, field: &[u8]) -> bool {
        let Some(timing) = &mut self.timing else {
            return false;
        };
        let old = timing.of.remove_entry(field);
        if let Some((name, when)) = old {
            timing.due.remove(&(when, name));
            return true;
        }
        false
    }

    /// Whether a field has ever had a time to live.
    pub fn is_timed(&self) -> bool {
        self.timing.is_some()
    }

    /// When the next field expires.
    pub fn next_expiry(&self) -> Option<i64> {
        Some(self.timing.as_ref()?.due.first()?.0)
    }

    /// Removes the fields whose time is over; which.
    pub fn remove_due(&mut self, now: i64) -> Vec<ByteString> {
        let mut removed = Vec::new();
        while let Some(timing) = &mut self.timing
            && timing.due.first().is_some_and(|(when, _)| *when < now)
            && let Some((_, field)) = timing.due.pop_first()
        {
            timing.of.remove(&field);
            self.fields.remove(&field);
            removed.push(field);
        }
        removed
    }

    /// Replaces the moment under which the database has the hash.
    pub(super) fn set_indexed(&mut self, when: Option<i64>) -> Option<i64> {
        let timing = self.timing.as_mut()?;
        std::mem::replace(&mut timing.indexed, when)
    }

    /// The fields and values.
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match &self.fields {
            Fields::Listpack(_) if self.is_timed() => "listpackex",
            Fields::Listpack(_) => "listpack",
            Fields::Table(_) => "hashtable",
        }
    }
}

/// The fields and values of a hash.
#[derive(Debug, Clone)]
pub enum Fields {
    /// Few short fields, in insertion order.
    Listpack(Vec<(ByteString, ByteString)>),
    /// Many fields, or long ones.
    Table(Dict<ByteString>),
}

impl Default for Fields {
    fn default() -> Self {
        Fields::Listpack(Vec::new())
    }
}

impl Fields {
    /// The number of fields.
    pub fn len(&self) -> usize {
        match self {
            Fields::Listpack(pairs) => pairs.len(),
            Fields::Table(dict) => dict.len(),
        }
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<&ByteString> {
        match self {
            Fields::Listpack(pairs) => pairs.iter().find(|(f, _)| f == field).map(|(_, v)| v),
            Fields::Table(dict) => dict.get(field),
        }
    }

    /// Whether there is such a field.
    pub fn contains(&self, field: &[u8]) -> bool {
        self.get(field).is_some()
    }

    /// Changes the encoding if a string of `len` bytes is about to be stored
    /// that is too long for a listpack. Redis looks at all arguments of a
    /// command before it stores the first.
    pub fn make_room_for(&mut self, len: usize, limits: &Limits) {
        if len > limits.hash_value {
            self.make_table();
        }
    }

    fn make_table(&mut self) {
        if let Fields::Listpack(pairs) = self {
            let mut dict = Dict::new();
            for (field, value) in pairs.drain(..) {
                dict.insert(&field, value);
            }
            *self = Fields::Table(dict);
        }
    }

    /// Sets a field; whether it is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.make_room_for(field.len().max(value.len()), limits);
        let new = match self {
            Fields::Table(dict) => return dict.insert(field, value.into()).is_none(),
            Fields::Listpack(pairs) => match pairs.iter_mut().find(|(f, _)| f == field) {
                Some((_, old)) => {
                    *old = value.into();
                    false
                }
                None => {
                    pairs.push((field.into(), value.into()));
                    true
                }
            },
        };
        if self.len() > limits.hash_entries {
            self.make_table();
        }
        new
    }

    /// Removes a field; its value.
    pub fn remove(&mut self, field: &[u8]) -> Option<ByteString> {
        match self {
            Fields::Listpack(pairs) => {
                let at = pairs.iter().position(|(f, _)| f == field)?;
                Some(pairs.remove(at).1)
            }
            Fields::Table(dict) => dict.remove(field).map(|(_, value)| value),
        }
    }

    /// The fields and values; in insertion order while small.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&ByteString, &ByteString)> + '_> {
        match self {
            Fields::Listpack(pairs) => Box::new(pairs.iter().map(|(f, v)| (f, v))),
            Fields::Table(dict) => Box::new(dict.iter()),
        }
    }

    /// The pair at `position` of [`Fields::iter`].
    pub fn at(&self, position: usize) -> Option<(&ByteString, &ByteString)> {
        match self {
            Fields::Listpack(pairs) => pairs.get(position).map(|(f, v)| (f, v)),
            Fields::Table(dict) => dict.at(position),
        }
    }

    /// A pair chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(&ByteString, &ByteString)> {
        if self.is_empty() {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_hashes_keep_insertion_order_and_large_ones_become_tables() {
        let limits = Limits {
            hash_entries: 4,
            ..Limits::default()
        };
        let mut hash = Hash::default();
        for field in ["b", "a", "d", "c"] {
            assert!(hash.insert(field.as_bytes(), b"1", &limits));
        }
        assert!(!hash.insert(b"a", b"2", &limits));
        let order: Vec<_> = hash.iter().map(|(f, _)| f.to_vec()).collect();
        assert_eq!(order, [b"b", b"a", b"d", b"c"]);
        assert_eq!(hash.encoding(), "listpack");
        hash.insert(b"e", b"1", &limits);
        assert_eq!((hash.encoding(), hash.len()), ("hashtable", 5));
        assert_eq!(hash.get(b"a").map(|v| v.to_vec()), Some(b"2".to_vec()));
        assert!(hash.remove(b"a").is_some() && hash.remove(b"a").is_none());
    }

    #[test]
    fn fields_go_when_their_time_is_over() {
        let limits = Limits::default();
        let mut hash = Hash::default();
        for field in ["a", "b", "c", "d"] {
            hash.insert(field.as_bytes(), b"1", &limits);
        }
        assert_eq!(hash.encoding(), "listpack");
        for (field, when) in [("a", 10), ("b", 20), ("c", 30), ("b", 5)] {
            hash.set_expire(field.as_bytes(), when);
        }
        assert_eq!(
            (hash.encoding(), hash.next_expiry()),
            ("listpackex", Some(5))
        );
        assert!(hash.remove_due(5).is_empty());
        assert_eq!(hash.remove_due(6), [ByteString::new(b"b")]);
        // A new value does not expire, one put in its place does.
        hash.insert(b"a", b"2", &limits);
        hash.replace(b"c", b"2", &limits);
        assert_eq!((hash.expire(b"a"), hash.expire(b"c")), (None, Some(30)));
        assert!(hash.persist(b"c") && !hash.persist(b"c"));
        hash.set_expire(b"d", 1);
        hash.remove(b"d");
        assert_eq!(hash.next_expiry(), None);
        assert!(hash.remove_due(99).is_empty());
        assert_eq!(hash.len(), 2);
    }

    #[test]
    fn a_long_value_makes_a_table() {
        let mut hash = Hash::default();
        hash.insert(b"f", &[b'x'; 64], &Limits::default());
        assert_eq!(hash.encoding(), "listpack");
        hash.insert(b"f", &[b'x'; 65], &Limits::default());
        assert_eq!(hash.encoding(), "hashtable");
    }
}
