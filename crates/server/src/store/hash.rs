//! Hashes: fields with values, in two encodings.
//!
//! A small hash is a listpack in insertion order; a large one is a hash
//! table, whose order is unspecified. Fields may have a time to live, which is
//! kept apart: most have none.

use super::listpack::{Element, Listpack, Place};
use super::text::Text;
use super::{ByteString, Dict, Limits};
use rand::RngExt as _;
use std::collections::{BTreeMap, BTreeSet};

/// The value of a hash key.
#[derive(Debug, Clone)]
pub struct Hash(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Few short fields that do not expire.
    Small(Listpack),
    /// Any other.
    Large(Box<Large>),
}

#[derive(Debug, Clone)]
struct Large {
    fields: Fields,
    /// Made when a field is first given a time to live.
    timing: Option<Timing>,
}

/// The fields and values.
#[derive(Debug, Clone)]
enum Fields {
    /// Few short fields, in insertion order.
    Listpack(Listpack),
    /// Many fields, or long ones.
    Table(Dict<ByteString>),
}

impl Default for Hash {
    fn default() -> Self {
        Hash(Repr::Small(Listpack::default()))
    }
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

/// Where a field and its value are in a listpack.
fn find(packed: &Listpack, field: &[u8]) -> Option<(Place, Place)> {
    let place = packed.iter().find(Element::of(field), 2)?;
    let size = packed.size_at(place.end)?;
    Some((place.clone(), place.end..place.end + size))
}

fn pairs(packed: &Listpack) -> impl Iterator<Item = (Text<'_>, Text<'_>)> {
    let mut elements = packed.iter().map(|(_, element)| element.text());
    std::iter::from_fn(move || Some((elements.next()?, elements.next()?)))
}

impl Hash {
    /// The listpack of a small one, or the hash table.
    pub(super) fn view(&self) -> Result<&Listpack, &Dict<ByteString>> {
        match &self.0 {
            Repr::Small(packed) => Ok(packed),
            Repr::Large(large) => match &large.fields {
                Fields::Listpack(packed) => Ok(packed),
                Fields::Table(dict) => Err(dict),
            },
        }
    }

    /// The same, to change.
    fn view_mut(&mut self) -> Result<&mut Listpack, &mut Dict<ByteString>> {
        match &mut self.0 {
            Repr::Small(packed) => Ok(packed),
            Repr::Large(large) => match &mut large.fields {
                Fields::Listpack(packed) => Ok(packed),
                Fields::Table(dict) => Err(dict),
            },
        }
    }

    fn timing(&self) -> Option<&Timing> {
        match &self.0 {
            Repr::Small(_) => None,
            Repr::Large(large) => large.timing.as_ref(),
        }
    }

    fn timing_mut(&mut self) -> Option<&mut Timing> {
        match &mut self.0 {
            Repr::Small(_) => None,
            Repr::Large(large) => large.timing.as_mut(),
        }
    }

    fn make_large(&mut self) -> &mut Large {
        if let Repr::Small(packed) = &mut self.0 {
            self.0 = Repr::Large(Box::new(Large {
                fields: Fields::Listpack(std::mem::take(packed)),
                timing: None,
            }));
        }
        match &mut self.0 {
            Repr::Large(large) => large,
            Repr::Small(_) => unreachable!("the line above made it large"),
        }
    }

    fn make_table(&mut self) {
        if let Ok(packed) = self.view() {
            let mut dict = Dict::new();
            for (field, value) in pairs(packed) {
                dict.insert(&field, ByteString::new(&value));
            }
            self.make_large().fields = Fields::Table(dict);
        }
    }

    /// The number of fields.
    pub fn len(&self) -> usize {
        match self.view() {
            Ok(packed) => packed.len() / 2,
            Err(dict) => dict.len(),
        }
    }

    /// Whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The value of a field.
    pub fn get(&self, field: &[u8]) -> Option<Text<'_>> {
        match self.view() {
            Ok(packed) => {
                let (_, value) = find(packed, field)?;
                packed.element_at(value.start).map(|value| value.text())
            }
            Err(dict) => dict.get(field).map(|value| Text::bytes(value)),
        }
    }

    /// Whether there is such a field.
    pub fn contains(&self, field: &[u8]) -> bool {
        match self.view() {
            Ok(packed) => packed.iter().find(Element::of(field), 2).is_some(),
            Err(dict) => dict.contains(field),
        }
    }

    /// Changes the encoding if these fields and values are too many for a
    /// listpack, or one of them too long. Redis looks at all arguments of a
    /// command before it stores the first, and takes each field for a new one.
    pub fn make_room_for(&mut self, pairs: &[&[u8]], limits: &Limits) {
        let is_long = |text: &&[u8]| text.len() > limits.hash_value;
        if pairs.len() / 2 > limits.hash_entries || pairs.iter().any(is_long) {
            self.make_table();
        }
    }

    /// Sets a field, which then does not expire; whether it is new.
    pub fn insert(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.persist(field);
        self.replace(field, value, limits)
    }

    /// Sets a field that goes on expiring when it does; whether it is new.
    pub fn replace(&mut self, field: &[u8], value: &[u8], limits: &Limits) -> bool {
        self.make_room_for(&[field, value], limits);
        let new = match self.view_mut() {
            Err(dict) => return dict.insert(field, value.into()).is_none(),
            Ok(packed) => match find(packed, field) {
                Some((_, old)) => {
                    packed.replace(old, Element::of(value));
                    false
                }
                None => {
                    let pair = [Element::of(field), Element::of(value)];
                    packed.insert(packed.end(), pair);
                    true
                }
            },
        };
        let is_full = self.view().is_ok_and(|packed| packed.is_full(2));
        if self.len() > limits.hash_entries || is_full {
            self.make_table();
        }
        new
    }

    /// Removes a field; its value.
    pub fn remove(&mut self, field: &[u8]) -> Option<ByteString> {
        self.persist(field);
        self.take(field)
    }

    fn take(&mut self, field: &[u8]) -> Option<ByteString> {
        match self.view_mut() {
            Ok(packed) => {
                let (name, value) = find(packed, field)?;
                let old = packed.element_at(value.start)?.text();
                let old = ByteString::new(&old);
                packed.remove(name.start..value.end, 2);
                Some(old)
            }
            Err(dict) => dict.remove(field).map(|(_, value)| value),
        }
    }

    /// The fields and values; in insertion order while small.
    pub fn iter(&self) -> Box<dyn Iterator<Item = (Text<'_>, Text<'_>)> + '_> {
        match self.view() {
            Ok(packed) => Box::new(pairs(packed)),
            Err(dict) => Box::new(dict.iter().map(|(f, v)| (Text::bytes(f), Text::bytes(v)))),
        }
    }

    /// The pair at `position` of [`Hash::iter`].
    pub fn at(&self, position: usize) -> Option<(Text<'_>, Text<'_>)> {
        match self.view() {
            Ok(packed) => {
                let (_, field) = packed.at(position.checked_mul(2)?)?;
                let (_, value) = packed.at(position * 2 + 1)?;
                Some((field.text(), value.text()))
            }
            Err(dict) => dict
                .at(position)
                .map(|(f, v)| (Text::bytes(f), Text::bytes(v))),
        }
    }

    /// A pair chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(Text<'_>, Text<'_>)> {
        if self.is_empty() {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }

    /// The hash table of a large one, for scans.
    pub fn dict(&self) -> Option<&Dict<ByteString>> {
        self.view().err()
    }

    /// The listpack of a small one, fields and values in turn.
    pub fn packed(&self) -> Option<&Listpack> {
        self.view().ok()
    }

    /// When a field expires.
    pub fn expire(&self, field: &[u8]) -> Option<i64> {
        self.timing()?.of.get(field).copied()
    }

    /// Gets ready for fields that expire: to the encoding it is one that has
    /// had some, though none may follow.
    pub fn make_timed(&mut self) {
        self.times();
    }

    fn times(&mut self) -> &mut Timing {
        self.make_large().timing.get_or_insert_default()
    }

    /// Sets when a field expires.
    pub fn set_expire(&mut self, field: &[u8], when: i64) {
        let timing = self.times();
        let name = ByteString::new(field);
        if let Some(old) = timing.of.insert(name.clone(), when) {
            timing.due.remove(&(old, name.clone()));
        }
        timing.due.insert((when, name));
    }

    /// Lets a field live; whether it was to expire.
    pub fn persist(&mut self, field: &[u8]) -> bool {
        let Some(timing) = self.timing_mut() else {
            return false;
        };
        let old = timing.of.remove_entry(field);
        if let Some((name, when)) = old {
            timing.due.remove(&(when, name));
            return true;
        }
        false
    }

    /// Whether a field has ever had a time to live, or was asked to.
    pub fn is_timed(&self) -> bool {
        self.timing().is_some()
    }

    /// When the next field expires.
    pub fn next_expiry(&self) -> Option<i64> {
        Some(self.timing()?.due.first()?.0)
    }

    /// Removes the fields whose time is over; which.
    pub fn remove_due(&mut self, now: i64) -> Vec<ByteString> {
        let mut removed = Vec::new();
        while let Some(timing) = self.timing_mut()
            && timing.due.first().is_some_and(|(when, _)| *when < now)
            && let Some((_, field)) = timing.due.pop_first()
        {
            timing.of.remove(&field);
            self.take(&field);
            removed.push(field);
        }
        removed
    }

    /// Replaces the moment under which the database has the hash.
    pub(super) fn set_indexed(&mut self, when: Option<i64>) -> Option<i64> {
        let timing = self.timing_mut()?;
        std::mem::replace(&mut timing.indexed, when)
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match self.view() {
            Ok(_) if self.is_timed() => "listpackex",
            Ok(_) => "listpack",
            Err(_) => "hashtable",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    /// Few different ones, some of them numbers.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => (0..30_i64).prop_map(|n| n.to_string().into_bytes()),
            2 => (0..9_usize).prop_map(|n| vec![b'x'; n]),
            1 => any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            1 => Just(vec![b'y'; 65]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_behaves_as_a_map_in_every_encoding(
            steps in proptest::collection::vec((0..6_u8, text(), text()), 0..80),
            hash_entries in 0..40_usize,
        ) {
            let limits = Limits { hash_entries, ..Limits::default() };
            let mut hash = Hash::default();
            let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (kind, field, value) in steps {
                match kind {
                    0..4 => {
                        let new = model.insert(field.clone(), value.clone()).is_none();
                        prop_assert_eq!(hash.insert(&field, &value, &limits), new);
                    }
                    4 if model.contains_key(&field) => hash.set_expire(&field, 1),
                    _ => {
                        let old = hash.remove(&field).map(|value| value.to_vec());
                        prop_assert_eq!(old, model.remove(&field));
                    }
                }
                prop_assert_eq!(hash.len(), model.len());
                prop_assert_eq!(hash.contains(&field), model.contains_key(&field));
                let value = hash.get(&field).map(|value| value.to_vec());
                prop_assert_eq!(value.as_ref(), model.get(&field));
                let all: BTreeMap<_, _> = hash.iter().map(|(f, v)| (f.to_vec(), v.to_vec())).collect();
                prop_assert_eq!(&all, &model);
                for (place, pair) in hash.iter().enumerate() {
                    prop_assert_eq!(hash.at(place), Some(pair));
                }
                prop_assert_eq!(hash.at(hash.len()), None);
            }
        }
    }
}
