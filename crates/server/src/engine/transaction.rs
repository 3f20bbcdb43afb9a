//! WATCH: which transactions a change makes fail.

use crate::engine::server::Server;
use crate::state::ClientId;
use crate::state::transaction::{Transaction, Watched};

impl Server {
    /// Starts watching a key.
    pub(crate) fn watch(&mut self, id: ClientId, db: usize, key: &[u8], was_expired: bool) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        let watched = &mut client.transaction.watched;
        if watched.iter().any(|w| w.db == db && w.key == *key) {
            return;
        }
        watched.push(Watched {
            db,
            key: key.into(),
            was_expired,
        });
        self.transactions.watch(id, db, key);
    }

    /// Stops watching everything.
    pub(crate) fn unwatch_all(&mut self, id: ClientId) {
        let Some(client) = self.clients.get_mut(id) else {
            return;
        };
        for watched in std::mem::take(&mut client.transaction.watched) {
            self.transactions.unwatch(id, &watched);
        }
    }

    /// Ends a transaction: nothing queued, nothing watched.
    pub(crate) fn discard(&mut self, id: ClientId) {
        self.unwatch_all(id);
        if let Some(client) = self.clients.get_mut(id) {
            client.transaction = Transaction::default();
        }
    }

    /// A key was changed: the transactions that watch it will not run.
    #[inline]
    pub(crate) fn touch_watched(&mut self, db: usize, key: &[u8]) {
        let ids = self.transactions.watchers(db, key);
        if ids.is_empty() {
            return;
        }
        let gone = !self.dbs[db].keys.contains(key);
        for id in ids {
            if let Some(client) = self.clients.get_mut(*id) {
                let transaction = &mut client.transaction;
                if let Some(watched) = transaction
                    .watched
                    .iter_mut()
                    .find(|w| w.db == db && w.key == *key)
                    && watched.was_expired
                {
                    watched.was_expired = false;
                    if gone {
                        continue;
                    }
                }
                transaction.touched = true;
            }
        }
    }

    /// A whole database is about to be emptied (or swapped with `other`):
    /// watched keys that exist in either are touched.
    pub(crate) fn touch_watched_db(&mut self, db: usize, other: Option<usize>) {
        let now = self.clock.now();
        for id in self.transactions.watchers_in(db) {
            let Some(client) = self.clients.get_mut(id) else {
                continue;
            };
            for watched in &mut client.transaction.watched {
                if watched.db != db {
                    continue;
                }
                let exists = self.dbs[db].keys.contains(&watched.key);
                let there = other.and_then(|other| self.dbs[other].keys.get(&watched.key));
                let is_stale_there = there.is_some_and(|entry| entry.is_expired(now));
                let is_change = if watched.was_expired {
                    // An expired key that goes away, or stays expired, is no change.
                    watched.was_expired = is_stale_there;
                    there.is_some() && !is_stale_there
                } else if !exists && is_stale_there {
                    watched.was_expired = true;
                    false
                } else {
                    exists || there.is_some()
                };
                client.transaction.touched |= is_change;
            }
        }
    }
}
