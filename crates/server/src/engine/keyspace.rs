//! Reading and changing keys, with all that must happen besides: expiry,
//! signals to watchers and waiting clients, notifications, statistics.

use crate::engine::ctx::{Ctx, Mode};
use crate::engine::server::Server;
use crate::state::latency::event;
use crate::state::notify;
use crate::store::{Entry, Sharing, Value};
use std::ops::Range;

impl Ctx<'_> {
    /// The value of a key for reading. An expired key is removed first; a
    /// hit or miss is counted.
    #[inline]
    pub fn read(&mut self, key: &[u8]) -> Option<&Value> {
        match self.position(key) {
            Some(at) => {
                let server = &mut *self.server;
                server.figures.hits += 1;
                let entry = server.dbs[self.db].keys.value_mut_at(at);
                entry.access = server.access.touched(entry.access);
                Some(&entry.value)
            }
            None => {
                self.server.figures.misses += 1;
                self.server
                    .notify(self.db, notify::KEY_MISS, "keymiss", key);
                None
            }
        }
    }

    /// Like [`Ctx::read`], but the key does not count as used (TTL, TYPE).
    pub fn read_untouched(&mut self, key: &[u8]) -> Option<&Value> {
        match self.position(key) {
            Some(at) => {
                self.server.figures.hits += 1;
                Some(&self.server.dbs[self.db].keys.value_mut_at(at).value)
            }
            None => {
                self.server.figures.misses += 1;
                self.server
                    .notify(self.db, notify::KEY_MISS, "keymiss", key);
                None
            }
        }
    }

    /// Where a key that is not expired stands.
    #[inline]
    fn position(&mut self, key: &[u8]) -> Option<u32> {
        if self.expire_or_hide(key) {
            None
        } else {
            self.server.dbs[self.db].keys.position(key)
        }
    }

    /// The value of a key for changing. Call [`Ctx::changed`] after a change.
    #[inline]
    pub fn write(&mut self, key: &[u8]) -> Option<&mut Value> {
        self.write_entry(key).map(|entry| &mut entry.value)
    }

    /// The whole entry, likewise.
    #[inline]
    pub fn write_entry(&mut self, key: &[u8]) -> Option<&mut Entry> {
        self.expire_if_due(key);
        let server = &mut *self.server;
        let entry = server.dbs[self.db].keys.get_mut(key)?;
        entry.access = server.access.touched(entry.access);
        Some(entry)
    }

    /// Notes that a key's value is an argument of the command being executed,
    /// which a transaction's queue keeps.
    #[inline]
    pub fn shares_with_queue(&mut self, key: &[u8]) {
        if self.mode == Mode::Exec {
            let sharing = Sharing::with_queue(self.server.transactions.begun());
            if let Some(entry) = self.db_mut().keys.get_mut(key) {
                entry.sharing = sharing;
            }
        }
    }

    /// Notes that a key's value was changed in place, for which Redis makes
    /// one that nothing else uses.
    #[inline]
    pub fn shares_no_more(&mut self, key: &[u8]) {
        if self.server.transactions.is_executing()
            && let Some(entry) = self.db_mut().keys.get_mut(key)
        {
            entry.sharing = Sharing::USUAL;
        }
    }

    /// The value of a key without touching anything but expiry: no last
    /// access, no statistics (OBJECT, TTL, DUMP).
    pub fn peek(&mut self, key: &[u8]) -> Option<&Value> {
        self.peek_entry(key).map(|entry| &entry.value)
    }

    /// The whole entry, likewise.
    pub fn peek_entry(&mut self, key: &[u8]) -> Option<&Entry> {
        if self.expire_or_hide(key) {
            return None;
        }
        self.server.dbs[self.db].keys.get(key)
    }

    /// Whether a key exists.
    pub fn exists(&mut self, key: &[u8]) -> bool {
        self.peek(key).is_some()
    }

    /// Adds a key that does not exist. Waiting clients are told; a change
    /// must still be signalled with [`Ctx::changed`].
    pub fn add(&mut self, key: &[u8], value: Value) {
        let access = self.server.access.fresh();
        self.server.dbs[self.db].insert(key, value, access);
        self.signal_ready(key);
        self.notify(notify::NEW, "new", key);
    }

    /// Adds a key that does not exist with what is known of it under another
    /// name or in another database; to its last access, it is new.
    pub fn put(&mut self, key: &[u8], entry: Entry) {
        let (expire, sharing) = (entry.expire_at(), entry.sharing);
        self.add(key, entry.value);
        self.set_expire(key, expire);
        if let Some(added) = self.db_mut().keys.get_mut(key) {
            added.sharing = sharing;
        }
    }

    /// Sets a key to a value whatever was there, removes its expiry and
    /// signals the change (SET, the STORE commands).
    pub fn set(&mut self, key: &[u8], value: Value) {
        self.expire_if_due(key);
        let server = &mut *self.server;
        let old = server.dbs[self.db].keys.get(key);
        let access = match old {
            Some(old) => server.access.touched(old.access),
            None => server.access.fresh(),
        };
        let (new, was_stream) = match old {
            None => (true, false),
            Some(old) => (false, matches!(old.value, Value::Stream(_))),
        };
        self.server.dbs[self.db].insert(key, value, access);
        if new || was_stream {
            self.signal_ready(key);
        }
        if new {
            self.notify(notify::NEW, "new", key);
        }
        self.changed(key);
    }

    /// Removes a key; whether it was there. No signal, no notification.
    pub fn remove(&mut self, key: &[u8]) -> Option<Entry> {
        self.server.remove(self.db, key)
    }

    /// Removes a key, signals the change and notifies `del`; whether the key
    /// was there.
    pub fn delete(&mut self, key: &[u8]) -> bool {
        if self.remove(key).is_none() {
            return false;
        }
        self.changed(key);
        self.notify(notify::GENERIC, "del", key);
        true
    }

    /// Removes a key whose list, set, hash or sorted set has become empty,
    /// and notifies `del`; whether it was empty.
    pub fn remove_if_empty(&mut self, key: &[u8]) -> bool {
        let empty = match self.db().get(key) {
            Some(Value::List(list)) => list.is_empty(),
            Some(Value::Set(set)) => set.is_empty(),
            Some(Value::Hash(hash)) => hash.is_empty(),
            Some(Value::SortedSet(zset)) => zset.is_empty(),
            Some(Value::String(_) | Value::Stream(_)) | None => false,
        };
        if empty {
            self.remove(key);
            self.notify(notify::GENERIC, "del", key);
        }
        empty
    }

    /// Signals that a key was changed: transactions that watch it fail,
    /// clients that cached it are told, `dirty` grows by one.
    #[inline]
    pub fn changed(&mut self, key: &[u8]) {
        self.server.changed(self.db, key, Some(self.id));
    }

    /// Makes the change that was signalled last count as this many: elements,
    /// fields, members, as Redis counts towards the save points.
    #[inline]
    pub fn counts_as(&mut self, changes: usize) {
        self.server.dirty = (self.server.dirty - 1) + changes as u64;
    }

    /// Signals that a key was changed, and notifies of it.
    #[inline]
    pub fn wrote(&mut self, key: &[u8], class: u32, event: &str) {
        if class == notify::HASH && self.db().timed_hashes() > 0 {
            // The field that was to expire first may be gone, or no longer expire.
            self.server.dbs[self.db].index_fields(key);
        }
        self.changed(key);
        self.notify(class, event, key);
    }

    /// The same after something was taken out, which may leave it empty: then
    /// the key goes.
    pub fn took(&mut self, key: &[u8], class: u32, event: &str) {
        self.wrote(key, class, event);
        self.remove_if_empty(key);
    }

    /// Like [`Ctx::took`] in the order of Redis's pops: the change is
    /// signalled last.
    pub fn popped(&mut self, key: &[u8], class: u32, event: &str) {
        self.notify(class, event, key);
        self.remove_if_empty(key);
        self.changed(key);
    }

    /// When a key expires, milliseconds since 1970.
    pub fn expire_time(&mut self, key: &[u8]) -> Option<i64> {
        if self.expire_or_hide(key) {
            return None;
        }
        self.db().expire(key)
    }

    /// Sets or removes a key's expiry. No signal.
    pub fn set_expire(&mut self, key: &[u8], when: Option<i64>) {
        self.db_mut().set_expire(key, when);
    }

    /// Whether the key's time is over.
    #[inline]
    fn is_due(&self, key: &[u8]) -> bool {
        let (db, now) = (self.db(), self.server.clock.now());
        !self.server.loading
            && db.volatile_len() > 0
            && db.expire(key).is_some_and(|when| when < now)
    }

    /// Removes the key if its time is over.
    #[inline]
    pub fn expire_if_due(&mut self, key: &[u8]) {
        if self.db().timed_hashes() > 0 {
            self.server.expire_fields(self.db, key);
        }
        if self.is_due(key) {
            self.server.expire_key(self.db, key);
        }
    }

    /// Removes the key if its time is over, unless clients are paused: data
    /// stay as they are then. Whether it is to be taken for absent.
    #[inline]
    pub fn expire_or_hide(&mut self, key: &[u8]) -> bool {
        if self.db().timed_hashes() > 0 {
            self.server.expire_fields(self.db, key);
        }
        let due = self.is_due(key);
        if due && !self.server.is_paused() {
            self.server.expire_key(self.db, key);
        }
        due
    }
}

impl Server {
    /// See [`Ctx::changed`].
    #[inline]
    pub(crate) fn changed(&mut self, db: usize, key: &[u8], by: Option<u64>) {
        // What nobody has done is no change that would be lost.
        self.dirty += u64::from(by.is_some());
        self.touch_watched(db, key);
        if self.tracking.is_in_use() {
            self.tracking_on_change(key, by);
        }
    }

    /// Removes a key. The readers of a stream's group are told that it is
    /// gone.
    pub(crate) fn remove(&mut self, db: usize, key: &[u8]) -> Option<Entry> {
        let entry = self.dbs[db].remove(key)?;
        if matches!(entry.value, Value::Stream(_)) {
            self.waiting.signal(db, key);
        }
        Some(entry)
    }

    /// Whether CLIENT PAUSE is in force.
    pub(crate) fn is_paused(&self) -> bool {
        let pause = self.clients.pausing();
        pause.is_some_and(|pause| pause.until > self.clock.now())
    }

    /// Removes an expired key and says so.
    pub(crate) fn expire_key(&mut self, db: usize, key: &[u8]) {
        let start = self.latency_start();
        let Some(entry) = self.remove(db, key) else {
            return;
        };
        if self.settings.lazy.expire {
            self.lazy_free.value(entry.value);
        } else {
            drop(entry);
        }
        self.latency_end(event::EXPIRE_DEL, start);
        self.log_removal(db, key, self.settings.lazy.expire);
        self.figures.expired += 1;
        self.notify(db, notify::EXPIRED, "expired", key);
        self.changed(db, key, None);
    }

    /// Removes the fields of a hash whose time is over and says so; a hash
    /// without fields goes too.
    pub(crate) fn expire_fields(&mut self, db: usize, key: &[u8]) {
        let now = self.clock.now();
        if self.loading {
            return;
        }
        let Some(Value::Hash(hash)) = self.dbs[db].get_mut(key) else {
            return;
        };
        let removed = hash.remove_due(now);
        if removed.is_empty() {
            return;
        }
        let is_empty = hash.is_empty();
        for field in &removed {
            self.log_effect(db, &[b"HDEL", key, field]);
        }
        let removed = removed.len();
        self.dbs[db].index_fields(key);
        self.figures.expired_fields += removed as u64;
        self.notify(db, notify::HASH, "hexpired", key);
        if is_empty {
            self.remove(db, key);
            self.notify(db, notify::GENERIC, "del", key);
        }
        self.changed(db, key, None);
    }

    /// Removes keys whose time is over, at most `most` of them, so that a
    /// burst does not stop the server.
    pub(crate) fn expire_due_keys(&mut self, most: usize) {
        if !self.settings.active_expire || self.is_paused() {
            return;
        }
        let start = self.latency_start();
        for db in 0..self.dbs.len() {
            for _ in 0..most {
                let Some((when, key)) = self.dbs[db].soonest() else {
                    break;
                };
                if when >= self.clock.now() {
                    break;
                }
                let key = key.clone();
                self.expire_key(db, &key);
            }
            for _ in 0..most {
                let Some((when, key)) = self.dbs[db].soonest_hash() else {
                    break;
                };
                if when >= self.clock.now() {
                    break;
                }
                let key = key.clone();
                self.expire_fields(db, &key);
                self.dbs[db].index_fields(&key);
            }
        }
        self.latency_end(event::EXPIRE_CYCLE, start);
    }

    /// When the next key expires, milliseconds since 1970.
    pub(crate) fn next_expiry(&self) -> Option<i64> {
        if !self.settings.active_expire || self.is_paused() {
            return None;
        }
        self.dbs
            .iter()
            .flat_map(|db| [db.soonest(), db.soonest_hash()])
            .filter_map(|soonest| soonest.map(|(when, _)| when))
            .min()
    }

    /// Empties databases, with the signals that belong to it. The system gets
    /// their memory back.
    pub(crate) fn empty(&mut self, dbs: Range<usize>, lazily: bool) {
        let keys = self.dirty;
        for db in dbs {
            self.empty_db(db, lazily);
        }
        if self.dirty > keys && !lazily {
            (self.settings.allocator.give_back)();
        }
    }

    fn empty_db(&mut self, db: usize, lazily: bool) {
        self.touch_watched_db(db, None);
        // The readers of a stream's group must hear that it is gone.
        self.signal_ready_db(db);
        self.dirty += self.dbs[db].len() as u64;
        let old = std::mem::take(&mut self.dbs[db]);
        if lazily {
            self.lazy_free.db(old);
        }
    }
}
