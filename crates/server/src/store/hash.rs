//! Hashes: fields with values, in two encodings.
//!
//! A small hash is a flat sequence in insertion order, as a listpack shows
//! it; a large one is a hash table, whose order is unspecified.

use super::{ByteString, Dict, Limits};
use rand::RngExt as _;

/// The value of a hash key.
#[derive(Debug, Clone)]
pub enum Hash {
    /// Few short fields, in insertion order.
    Listpack(Vec<(ByteString, ByteString)>),
    /// Many fields, or long ones.
    Table(Dict<ByteString>),
}

impl Default for Hash {
    fn default() -> Self {
        Hash::Listpack(Vec::new())
    }
}

impl Hash {
    /// The number of fields.
    pub fn len(&self) -> usize {
        match self {
            Hash::Listpack(pairs) => pairs.len(),
            Hash::Table(dict) => dict.len(),
        }
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<&ByteString> {
        match self {
            Hash::Listpack(pairs) => pairs.iter().find(|(f, _)| f == field).map(|(_, v)| v),
            Hash::Table(dict) => dict.get(field),
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
        if let Hash::Listpack(pairs) = self {
            let mut dict = Dict::new();
            for (field, value) in pairs.drain(..) {
                dict.insert(&field, value);
            }
            *self = Hash::Table(dict);
        }
    }

    /// Sets a field; whether it is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.make_room_for(field.len().max(value.len()), limits);
        let new = match self {
            Hash::Table(dict) => return dict.insert(field, value.into()).is_none(),
            Hash::Listpack(pairs) => match pairs.iter_mut().find(|(f, _)| f == field) {
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
            Hash::Listpack(pairs) => {
                let at = pairs.iter().position(|(f, _)| f == field)?;
                Some(pairs.remove(at).1)
            }
            Hash::Table(dict) => dict.remove(field).map(|(_, value)| value),
        }
    }

    /// The fields and values; in insertion order while small.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (&ByteString, &ByteString)> + '_> {
        match self {
            Hash::Listpack(pairs) => Box::new(pairs.iter().map(|(f, v)| (f, v))),
            Hash::Table(dict) => Box::new(dict.iter()),
        }
    }

    /// The pair at `position` of [`Hash::iter`].
    pub fn at(&self, position: usize) -> Option<(&ByteString, &ByteString)> {
        match self {
            Hash::Listpack(pairs) => pairs.get(position).map(|(f, v)| (f, v)),
            Hash::Table(dict) => dict.at(position),
        }
    }

    /// A pair chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(&ByteString, &ByteString)> {
        if self.is_empty() {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match self {
            Hash::Listpack(_) => "listpack",
            Hash::Table(_) => "hashtable",
        }
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
    fn a_long_value_makes_a_table() {
        let mut hash = Hash::default();
        hash.insert(b"f", &[b'x'; 64], &Limits::default());
        assert_eq!(hash.encoding(), "listpack");
        hash.insert(b"f", &[b'x'; 65], &Limits::default());
        assert_eq!(hash.encoding(), "hashtable");
    }
}
