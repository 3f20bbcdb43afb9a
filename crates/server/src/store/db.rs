//! One database: keys with their values, expiry and last access.

use super::{ByteString, Dict, Value};
use rand::RngExt as _;
use std::collections::BTreeSet;

/// The value stored in [`Entry::expire`] for a key that does not expire.
const NEVER: i64 = -1;

/// How often a key that expires is looked for at random.
const DRAWS: usize = 32;

/// Whether a value is used by anything but its key, which OBJECT REFCOUNT
/// shows. Here every key has a value of its own; but what Redis would say
/// follows from where the value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sharing(u32);

impl Sharing {
    /// Nothing in particular: a small integer is the one that all keys share,
    /// any other value belongs to its key alone.
    pub const USUAL: Sharing = Sharing(0);
    /// A copy: even a small integer is one of its own.
    pub const COPY: Sharing = Sharing(1);

    /// The value is an argument of a command of this transaction, whose queue
    /// holds it too until EXEC is done.
    pub fn with_queue(transaction: u32) -> Sharing {
        Sharing(transaction.saturating_add(2))
    }
}

/// A key's value and what the server knows of the key.
#[derive(Debug, Clone)]
pub struct Entry {
    /// The value.
    pub value: Value,
    /// When the key expires, milliseconds since 1970, or [`NEVER`].
    pub expire: i64,
    /// When or how often the key was used, as [`crate::state::access`] keeps it.
    pub access: u32,
    /// What else uses the value.
    pub sharing: Sharing,
}

impl Entry {
    /// Whether the key's time is over.
    #[inline]
    pub fn is_expired(&self, now: i64) -> bool {
        self.expire != NEVER && self.expire < now
    }

    /// When the key expires, milliseconds since 1970.
    pub fn expire_at(&self) -> Option<i64> {
        (self.expire != NEVER).then_some(self.expire)
    }
}

/// A numbered database (SELECT).
#[derive(Debug, Default, Clone)]
pub struct Db {
    /// The keys.
    pub keys: Dict<Entry>,
    /// Keys that expire, soonest first, so that active expiry needs no
    /// sampling and an idle server no timer.
    volatile: BTreeSet<(i64, ByteString)>,
    /// Hashes whose fields expire, likewise. A hash may stand here too early:
    /// a field that was to expire may not be there any more.
    timed_hashes: BTreeSet<(i64, ByteString)>,
}

impl Db {
    /// The number of keys, including those expired but not yet removed.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether there are no keys.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The number of keys with an expiry.
    pub fn volatile_len(&self) -> usize {
        self.volatile.len()
    }

    /// The mean time to live in milliseconds of up to the first 100 keys
    /// that expire, for INFO.
    pub fn average_ttl(&self, now: i64) -> i64 {
        let (sum, n) = self
            .volatile
            .iter()
            .take(100)
            .fold((0, 0), |(sum, n), (when, _)| {
                (sum + (when - now).max(0), n + 1)
            });
        if n == 0 { 0 } else { sum / n }
    }

    /// The value of `key`, expired or not.
    #[inline]
    pub fn get(&self, key: &[u8]) -> Option<&Value> {
        self.keys.get(key).map(|entry| &entry.value)
    }

    /// The value of `key` to change, expired or not.
    #[inline]
    pub fn get_mut(&mut self, key: &[u8]) -> Option<&mut Value> {
        self.keys.get_mut(key).map(|entry| &mut entry.value)
    }

    /// Sets a key, keeping no expiry.
    pub fn insert(&mut self, key: &[u8], value: Value, access: u32) {
        let entry = Entry {
            value,
            expire: NEVER,
            access,
            sharing: Sharing::USUAL,
        };
        let is_timed = matches!(&entry.value, Value::Hash(hash) if hash.is_timed());
        if let Some(mut old) = self.keys.insert(key, entry) {
            if old.expire != NEVER {
                self.volatile.remove(&(old.expire, ByteString::new(key)));
            }
            self.forget_fields(key, &mut old.value);
        }
        if is_timed {
            if let Some(Value::Hash(hash)) = self.get_mut(key) {
                hash.set_indexed(None);
            }
            self.index_fields(key);
        }
    }

    fn forget_fields(&mut self, key: &[u8], value: &mut Value) {
        if let Value::Hash(hash) = value
            && let Some(when) = hash.set_indexed(None)
        {
            self.timed_hashes.remove(&(when, ByteString::new(key)));
        }
    }

    /// To be called when fields of a hash have been given other times.
    pub fn index_fields(&mut self, key: &[u8]) {
        let Some(Value::Hash(hash)) = self.get_mut(key) else {
            return;
        };
        let next = hash.next_expiry();
        let old = hash.set_indexed(next);
        if old != next {
            let key = ByteString::new(key);
            if let Some(when) = old {
                self.timed_hashes.remove(&(when, key.clone()));
            }
            if let Some(when) = next {
                self.timed_hashes.insert((when, key));
            }
        }
    }

    /// The hash whose field expires first, and when; it may be too early.
    pub fn soonest_hash(&self) -> Option<(i64, &ByteString)> {
        self.timed_hashes.first().map(|(when, key)| (*when, key))
    }

    /// The number of hashes with fields that expire.
    pub fn timed_hashes(&self) -> usize {
        self.timed_hashes.len()
    }

    /// Removes a key.
    pub fn remove(&mut self, key: &[u8]) -> Option<Entry> {
        let (key, mut entry) = self.keys.remove(key)?;
        self.forget_fields(&key, &mut entry.value);
        if entry.expire != NEVER {
            self.volatile.remove(&(entry.expire, key));
        }
        Some(entry)
    }

    /// When `key` expires, milliseconds since 1970.
    pub fn expire(&self, key: &[u8]) -> Option<i64> {
        self.keys
            .get(key)
            .map(|entry| entry.expire)
            .filter(|when| *when != NEVER)
    }

    /// Sets or removes the expiry of a key that exists.
    pub fn set_expire(&mut self, key: &[u8], when: Option<i64>) {
        let Some(entry) = self.keys.get_mut(key) else {
            return;
        };
        let old = std::mem::replace(&mut entry.expire, when.unwrap_or(NEVER));
        if old != NEVER {
            self.volatile.remove(&(old, ByteString::new(key)));
        }
        if let Some(when) = when {
            self.volatile.insert((when, ByteString::new(key)));
        }
    }

    /// A random key; of those that expire if `volatile`.
    pub fn random(
        &self,
        volatile: bool,
        rng: &mut impl rand::Rng,
    ) -> Option<(&ByteString, &Entry)> {
        if !volatile {
            return self.keys.random(rng);
        }
        let (first, last) = (self.volatile.first()?.0, self.volatile.last()?.0);
        for _ in 0..DRAWS {
            let drawn = self.keys.random(rng);
            if let Some((_, entry)) = drawn
                && entry.expire != NEVER
            {
                return drawn;
            }
        }
        // Few keys expire. The one behind a random moment is any of them,
        // though not each with the same chance.
        let moment = rng.random_range(first..=last);
        let (_, key) = self
            .volatile
            .range((moment, ByteString::default())..)
            .next()?;
        self.keys.get(key).map(|entry| (key, entry))
    }

    /// The key that expires first, and when.
    pub fn soonest(&self) -> Option<(i64, &ByteString)> {
        self.volatile.first().map(|(when, key)| (*when, key))
    }
}
