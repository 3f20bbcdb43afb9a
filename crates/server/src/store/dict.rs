//! The hash table under the keyspace, large hashes and sets.
//!
//! Redis's SCAN needs a table whose buckets can be visited by a stateless
//! cursor while the table grows and shrinks between calls. `std`'s map has no
//! such thing, so this one is ours: chained buckets of indices into a dense
//! array of slots. Dense slots make a uniformly random entry (RANDOMKEY,
//! SPOP) one array access, and buckets of `u32` make growing cheap.
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

const NONE: u32 = u32::MAX;
const MIN_BUCKETS: usize = 4;

#[derive(Debug, Clone)]
struct Slot<V> {
    key: ByteString,
    value: V,
    hash: u32,
    next: u32,
}

/// A hash table from byte strings to `V`.
#[derive(Debug, Clone)]
pub struct Dict<V> {
    buckets: Vec<u32>,
    chunks: Vec<Vec<Slot<V>>>,
    len: u32,
    /// Not to grow before it has to.
    held: bool,
}

impl<V> Default for Dict<V> {
    fn default() -> Self {
        Dict {
            buckets: Vec::new(),
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
        size_of_val(self.buckets.as_slice())
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
        &mut self.chunks[(index >> CHUNK_BITS) as usize][index as usize & (CHUNK - 1)]
    }

    #[inline]
    fn find(&self, key: &[u8], hash: u32) -> Option<u32> {
        if self.len == 0 {
            return None;
        }
        let mut index = self.buckets[hash as usize & (self.buckets.len() - 1)];
        while index != NONE {
            let slot = self.slot(index);
            if slot.hash == hash && slot.key.as_slice() == key {
                return Some(index);
            }
            index = slot.next;
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
            self.rehash((self.len() + 1).next_power_of_two().max(MIN_BUCKETS));
        }
        let index = self.len;
        let bucket = hash as usize & (self.buckets.len() - 1);
        let slot = Slot {
            key,
            value,
            hash,
            next: self.buckets[bucket],
        };
        let chunk = self.len() >> CHUNK_BITS;
        if chunk == self.chunks.len() {
            // The first chunk grows with a small table; later ones are whole.
            let capacity = if chunk == 0 { MIN_BUCKETS } else { CHUNK };
            self.chunks.push(Vec::with_capacity(capacity));
        }
        self.chunks[chunk].push(slot);
        self.buckets[bucket] = index;
        self.len += 1;
        index
    }

    /// Removes `key`; what was there.
    pub fn remove(&mut self, key: &[u8]) -> Option<(ByteString, V)> {
        let hash = hash_of(key);
        let index = self.find(key, hash)?;
        let next = self.slot(index).next;
        self.relink(hash, index, next);
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
            self.relink(moved.hash, last, index);
            std::mem::replace(self.slot_mut(index), moved)
        };
        if self.buckets.len() > MIN_BUCKETS && self.len() * 8 < self.buckets.len() {
            self.rehash(self.len().next_power_of_two().max(MIN_BUCKETS));
        }
        Some((removed.key, removed.value))
    }

    /// Makes whatever points to slot `from` in `hash`'s bucket point to `to`.
    fn relink(&mut self, hash: u32, from: u32, to: u32) {
        let bucket = hash as usize & (self.buckets.len() - 1);
        if self.buckets[bucket] == from {
            self.buckets[bucket] = to;
            return;
        }
        let mut index = self.buckets[bucket];
        while index != NONE {
            let slot = self.slot_mut(index);
            if slot.next == from {
                slot.next = to;
                return;
            }
            index = slot.next;
        }
    }

    fn rehash(&mut self, buckets: usize) {
        self.buckets.clear();
        self.buckets.resize(buckets, NONE);
        self.buckets.shrink_to_fit();
        let mask = buckets - 1;
        let mut index = 0;
        for chunk in &mut self.chunks {
            for slot in chunk {
                let bucket = slot.hash as usize & mask;
                slot.next = self.buckets[bucket];
                self.buckets[bucket] = index;
                index += 1;
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
        let mask = self.buckets.len() as u64 - 1;
        let mut index = self.buckets[(cursor & mask) as usize];
        while index != NONE {
            let slot = self.slot(index);
            visit(&slot.key, &slot.value);
            index = slot.next;
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
            dict.bucket_bytes() / size_of::<u32>()
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
