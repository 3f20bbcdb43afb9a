//! The hash table under the keyspace, large hashes and sets.
//!
//! Redis's SCAN needs a table whose buckets can be visited by a stateless
//! cursor while the table grows and shrinks between calls. `std`'s map has no
//! such thing, so this one is ours: chained buckets of indices into a dense
//! array of slots. Dense slots make a uniformly random entry (RANDOMKEY,
//! SPOP) one array access, and buckets of `u32` make growing cheap.
//!
//! A table that grows or shrinks does so a few buckets with every change, so that
//! none takes long; until then there are two lists of buckets.
//!
//! The cursor is the bucket number counted with its bits reversed: when the
//! table doubles, the buckets a visited one is split into have all been
//! visited; when it halves, a bucket may be seen twice but none is missed.

use super::bytes::ByteString;
use rand::RngExt as _;
use std::hash::{BuildHasher, Hasher};
use std::sync::LazyLock;

/// Seeded once per process, so that nobody outside can choose keys that all
/// fall into one bucket.
static HASHER: LazyLock<foldhash::fast::RandomState> =
    LazyLock::new(foldhash::fast::RandomState::default);

/// Slots are allocated in chunks of this many, so that growing never copies
/// more than one chunk.
const CHUNK_BITS: u32 = 12;
const CHUNK: usize = 1 << CHUNK_BITS;

/// How many buckets are moved with every change, and how many of them may hold
/// something: a table that shrinks has eight times as many as entries.
const STEP: (usize, usize) = (32, 2);

/// Where a chain goes on: the number of a slot, counted from one, or 0 at its
/// end. So new buckets are memory that nobody has written to.
type Link = u32;
const NONE: Link = 0;
const MIN_BUCKETS: usize = 4;

#[derive(Debug, Clone)]
struct Slot<V> {
    key: ByteString,
    value: V,
    hash: u32,
    next: Link,
}

/// The buckets of a table that is growing or shrinking which it had before.
#[derive(Debug, Clone)]
struct Former {
    buckets: Vec<Link>,
    /// The first that has not been moved; those before it are empty.
    next: usize,
}

/// A hash table from byte strings to `V`.
#[derive(Debug, Clone)]
pub struct Dict<V> {
    buckets: Vec<Link>,
    /// While it grows or shrinks.
    former: Option<Box<Former>>,
    chunks: Vec<Vec<Slot<V>>>,
    len: u32,
    /// Not to grow before it has to.
    held: bool,
}

impl<V> Default for Dict<V> {
    fn default() -> Self {
        Dict {
            buckets: Vec::new(),
            former: None,
            chunks: Vec::new(),
            len: 0,
            held: false,
        }
    }
}

#[inline]
fn hash_of(key: &[u8]) -> u32 {
    let mut hasher = HASHER.build_hasher();
    hasher.write(key);
    hasher.finish() as u32
}

#[inline]
fn slot_in<V>(chunks: &mut [Vec<Slot<V>>], index: u32) -> &mut Slot<V> {
    &mut chunks[(index >> CHUNK_BITS) as usize][index as usize & (CHUNK - 1)]
}

impl<V> Dict<V> {
    /// The bytes an entry takes, with its place in the buckets.
    pub const SLOT_SIZE: usize = size_of::<Slot<V>>() + size_of::<u32>();

    /// An empty table; allocates nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// The number of entries.
    #[inline]
    pub fn len(&self) -> usize {
        self.len as usize
    }

    /// Whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The bytes reserved for entries still to come, or left by entries that
    /// are gone.
    pub fn spare_bytes(&self) -> usize {
        // Only the last chunk may be partly empty.
        let slots = self.chunks.last().map_or(0, |c| c.capacity() - c.len());
        slots * size_of::<Slot<V>>()
    }

    /// The bytes of its buckets, and what they grow by when it does.
    pub fn bucket_bytes(&self) -> usize {
        size_of_val(self.buckets.as_slice()) + self.former_bytes()
    }

    /// Of them, those it has left only in part: 0 unless it is growing or
    /// shrinking.
    pub fn former_bytes(&self) -> usize {
        let former = self.former.as_ref();
        former.map_or(0, |former| size_of_val(former.buckets.as_slice()))
    }

    /// Whether it is not to grow, for there is no memory for that, before
    /// every second bucket has two entries.
    #[inline]
    pub fn hold(&mut self, held: bool) {
        self.held = held;
    }

    #[inline]
    fn slot(&self, index: u32) -> &Slot<V> {
        &self.chunks[(index >> CHUNK_BITS) as usize][index as usize & (CHUNK - 1)]
    }

    #[inline]
    fn slot_mut(&mut self, index: u32) -> &mut Slot<V> {
        slot_in(&mut self.chunks, index)
    }

    /// Where the chain of a hash begins.
    #[inline]
    fn head(&self, hash: u32) -> Link {
        if let Some(former) = &self.former {
            let bucket = hash as usize & (former.buckets.len() - 1);
            if bucket >= former.next {
                return former.buckets[bucket];
            }
        }
        self.buckets[hash as usize & (self.buckets.len() - 1)]
    }

    #[inline]
    fn head_mut(&mut self, hash: u32) -> &mut Link {
        if let Some(former) = &mut self.former {
            let bucket = hash as usize & (former.buckets.len() - 1);
            if bucket >= former.next {
                return &mut former.buckets[bucket];
            }
        }
        let bucket = hash as usize & (self.buckets.len() - 1);
        &mut self.buckets[bucket]
    }

    #[inline]
    fn find(&self, key: &[u8], hash: u32) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let mut link = self.head(hash);
        while link != NONE {
            let slot = self.slot(link - 1);
            if slot.hash == hash && slot.key.as_slice() == key {
                return Some(link - 1);
            }
            link = slot.next;
        }
        None
    }

    /// The value of `key`.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&V> {
        let index = self.find(key, hash_of(key))?;
        Some(&self.slot(index).value)
    }

    /// The value of `key`, to change.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut V> {
        let index = self.find(key, hash_of(key))?;
        Some(&mut self.slot_mut(index).value)
    }

    /// Where `key` lies, for [`Dict::value_mut_at`]; valid until the next
    /// change of the table.
    #[inline]
    pub fn position(&self, key: &[u8]) -> Option<u32> {
        self.find(key, hash_of(key))
    }

    /// The value at a position that [`Dict::position`] gave.
    #[inline]
    pub fn value_mut_at(&mut self, position: u32) -> &mut V {
        &mut self.slot_mut(position).value
    }

    /// Whether `key` is there.
    pub fn contains(&self, key: &[u8]) -> bool {
        self.find(key, hash_of(key)).is_some()
    }

    /// Sets `key` to `value`; the value it had.
    pub fn insert(&mut self, key: &[u8], value: V) -> Option<V> {
        let hash = hash_of(key);
        if let Some(index) = self.find(key, hash) {
            return Some(std::mem::replace(&mut self.slot_mut(index).value, value));
        }
        self.push(ByteString::new(key), hash, value);
        None
    }

    /// The value of `key`, made by `make` when it is not there, and whether
    /// it was made.
    pub fn get_or_insert_with(&mut self, key: &[u8], make: impl FnOnce() -> V) -> (&mut V, bool) {
        let hash = hash_of(key);
        match self.find(key, hash) {
            Some(index) => (&mut self.slot_mut(index).value, false),
            None => {
                let index = self.push(ByteString::new(key), hash, make());
                (&mut self.slot_mut(index).value, true)
            }
        }
    }

    fn push(&mut self, key: ByteString, hash: u32, value: V) -> u32 {
        let buckets = self.buckets.len();
        if self.len() >= buckets && !(self.held && self.len() < buckets + buckets / 2) {
            self.resize((self.len() + 1).next_power_of_two().max(MIN_BUCKETS));
        }
        self.move_some(STEP);
        let index = self.len;
        let next = std::mem::replace(self.head_mut(hash), index + 1);
        let slot = Slot {
            key,
            value,
            hash,
            next,
        };
        let chunk = self.len() >> CHUNK_BITS;
        if chunk == self.chunks.len() {
            // The first chunk grows with a small table; later ones are whole.
            let capacity = if chunk == 0 { MIN_BUCKETS } else { CHUNK };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        self.chunks[chunk].push(slot);
        self.len += 1;
        index
    }

    /// Removes `key`; what was there.
    pub fn remove(&mut self, key: &[u8]) -> Option<(ByteString, V)> {
        let hash = hash_of(key);
        let index = self.find(key, hash)?;
        let next = self.slot(index).next;
        self.relink(hash, index + 1, next);
        // The last slot moves into the hole, so that slots stay dense.
        let last = self.len - 1;
        let chunk = (last >> CHUNK_BITS) as usize;
        let moved = self.chunks[chunk].pop()?;
        if self.chunks[chunk].is_empty() && chunk > 0 {
            self.chunks.pop();
        }
        self.len -= 1;
        let removed = if index == last {
            moved
        } else {
            self.relink(moved.hash, last + 1, index + 1);
            std::mem::replace(self.slot_mut(index), moved)
        };
        if self.buckets.len() > MIN_BUCKETS && self.len() * 8 < self.buckets.len() {
            self.resize(self.len().next_power_of_two().max(MIN_BUCKETS));
        }
        self.move_some(STEP);
        Some((removed.key, removed.value))
    }

    /// Makes whatever in `hash`'s chain is `from` be `to`.
    fn relink(&mut self, hash: u32, from: Link, to: Link) {
        let head = self.head_mut(hash);
        if *head == from {
            *head = to;
            return;
        }
        let mut link = *head;
        while link != NONE {
            let slot = self.slot_mut(link - 1);
            if slot.next == from {
                slot.next = to;
                return;
            }
            link = slot.next;
        }
    }

    /// Begins to have so many buckets.
    fn resize(&mut self, buckets: usize) {
        self.move_some((usize::MAX, usize::MAX));
        let buckets = std::mem::replace(&mut self.buckets, vec![NONE; buckets]);
        if self.len > 0 {
            self.former = Some(Box::new(Former { buckets, next: 0 }));
        }
    }

    /// Goes on growing or shrinking, should it do so: moves at most so many buckets,
    /// of which so many may hold something.
    #[inline]
    pub fn move_some(&mut self, most: (usize, usize)) {
        if let Some(former) = self.former.take() {
            self.move_from(former, most);
        }
    }

    #[cold]
    fn move_from(&mut self, mut former: Box<Former>, (mut buckets, mut filled): (usize, usize)) {
        let mask = self.buckets.len() - 1;
        while former.next < former.buckets.len() {
            if buckets == 0 || filled == 0 {
                self.former = Some(former);
                return;
            }
            let mut link = std::mem::replace(&mut former.buckets[former.next], NONE);
            filled -= usize::from(link != NONE);
            buckets -= 1;
            former.next += 1;
            while link != NONE {
                let slot = slot_in(&mut self.chunks, link - 1);
                let head = &mut self.buckets[slot.hash as usize & mask];
                let next = std::mem::replace(&mut slot.next, *head);
                *head = link;
                link = next;
            }
        }
    }

    /// Every entry, in no promised order.
    pub fn iter(&self) -> impl Iterator<Item = (&ByteString, &V)> {
        self.chunks
            .iter()
            .flatten()
            .map(|slot| (&slot.key, &slot.value))
    }

    /// The entry at `position` of the iteration order, `0..len`.
    pub fn at(&self, position: usize) -> Option<(&ByteString, &V)> {
        if position >= self.len() {
            return None;
        }
        let slot = self.slot(position as u32);
        Some((&slot.key, &slot.value))
    }

    /// An entry chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(&ByteString, &V)> {
        if self.len == 0 {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }

    /// Visits the entries of one bucket and returns the cursor of the next;
    /// 0 begins a scan and 0 ends it. An entry present during the whole scan
    /// is visited at least once, whatever is added or removed meanwhile.
    pub fn scan<'a>(&'a self, cursor: u64, mut visit: impl FnMut(&'a ByteString, &'a V)) -> u64 {
        if self.len == 0 {
            return 0;
        }
        let former = self.former.as_ref().map(|former| &former.buckets);
        let tables = [Some(&self.buckets), former];
        let tables = || tables.into_iter().flatten();
        let smaller = tables().map(Vec::len).min().unwrap_or_default();
        let mask = smaller as u64 - 1;
        // What one bucket of the smaller list has, several of the larger may have.
        for table in tables() {
            for head in table[(cursor & mask) as usize..].iter().step_by(smaller) {
                let mut link = *head;
                while link != NONE {
                    let slot = self.slot(link - 1);
                    visit(&slot.key, &slot.value);
                    link = slot.next;
                }
            }
        }
        // Add one to the reversed bucket number: carry from the high end.
        (cursor | !mask)
            .reverse_bits()
            .wrapping_add(1)
            .reverse_bits()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::{HashMap, HashSet};

    fn key(n: u32) -> Vec<u8> {
        format!("key:{n}").into_bytes()
    }

    #[test]
    fn it_behaves_as_a_map_through_growth_and_removal() {
        let mut dict = Dict::new();
        let mut model = HashMap::new();
        let mut state = 1_u32;
        for _ in 0..60_000 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let k = key((state >> 8) % 9_000);
            if state & 0b1100_0000 == 0 {
                assert_eq!(dict.remove(&k).map(|(_, v)| v), model.remove(&k));
            } else {
                assert_eq!(dict.insert(&k, state), model.insert(k, state));
            }
            assert_eq!(dict.len(), model.len());
        }
        for (k, v) in &model {
            assert_eq!(dict.get(k), Some(v));
        }
        let seen: HashSet<_> = dict.iter().map(|(k, _)| k.to_vec()).collect();
        assert_eq!(seen.len(), model.len());
        for k in model.keys() {
            assert!(dict.remove(k).is_some());
        }
        assert!(dict.is_empty());
        assert!(dict.buckets.len() <= MIN_BUCKETS);
    }

    #[test]
    fn a_table_that_is_held_grows_later() {
        let mut dict = Dict::new();
        let buckets = |dict: &mut Dict<u32>, len: u32| {
            for n in dict.len() as u32..len {
                dict.insert(&key(n), n);
            }
            dict.buckets.len()
        };
        assert_eq!(buckets(&mut dict, 16), 16);
        dict.hold(true);
        assert_eq!(buckets(&mut dict, 24), 16);
        assert!((0..24).all(|n| dict.get(&key(n)) == Some(&n)));
        assert_eq!(buckets(&mut dict, 25), 32);
        assert_eq!(buckets(&mut dict, 40), 32);
        dict.hold(false);
        assert_eq!(buckets(&mut dict, 41), 64);
    }

    #[test]
    fn a_table_grows_and_shrinks_a_little_with_every_change() {
        let mut dict = Dict::new();
        let found = |dict: &Dict<u32>, keys: std::ops::Range<u32>| {
            keys.into_iter().all(|n| dict.get(&key(n)) == Some(&n))
        };
        for n in 0..=4096 {
            dict.insert(&key(n), n);
        }
        assert_eq!(dict.former_bytes(), 4096 * size_of::<u32>());
        assert!(found(&dict, 0..4097));
        for n in 4097..6500 {
            dict.insert(&key(n), n);
        }
        assert_eq!(dict.former_bytes(), 0);
        for n in 0..5500 {
            dict.remove(&key(n));
        }
        assert!(dict.former_bytes() > 0);
        assert!(found(&dict, 5500..6500));
        dict.move_some((usize::MAX, usize::MAX));
        assert_eq!(dict.former_bytes(), 0);
        assert_eq!(dict.buckets.len(), 1024);
        assert!(found(&dict, 5500..6500));
        assert!((0..5500).all(|n| !dict.contains(&key(n))));
    }

    #[test]
    fn a_scan_sees_every_entry_that_stays_while_the_table_changes_size() {
        for (start, end) in [(100, 9_000), (9_000, 100)] {
            let mut dict = Dict::new();
            for n in 0..start.max(100) {
                dict.insert(&key(n), ());
            }
            let mut seen = HashSet::new();
            let mut cursor = 0;
            let mut step = 0;
            loop {
                cursor = dict.scan(cursor, |k, ()| {
                    seen.insert(k.to_vec());
                });
                step += 1;
                if step == 20 {
                    for n in start.min(end)..start.max(end) {
                        if end > start {
                            dict.insert(&key(n), ());
                        } else {
                            dict.remove(&key(n));
                        }
                    }
                }
                if cursor == 0 {
                    break;
                }
            }
            for n in 0..start.min(end) {
                assert!(seen.contains(&key(n)), "key {n} was missed");
            }
        }
    }
}
