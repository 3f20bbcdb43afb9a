//! Eviction: which keys go when memory has reached `maxmemory`.
//!
//! As in Redis, nothing keeps the keys in order of their use. A few keys are
//! drawn at random, the best candidates are remembered in a small pool from
//! one eviction to the next, and the best of the pool goes. Only the keys
//! with the shortest time to live are known exactly.

use crate::engine::server::Server;
use crate::state::eviction::{Candidate, Order, Policy};
use crate::state::latency::event;
use crate::state::notify;
use crate::store::{ByteString, Db};
use std::time::{Duration, Instant};

/// Every so many evicted keys the clock is looked at.
const KEYS_PER_LOOK: usize = 16;

/// How long eviction may keep a command waiting, by
/// `maxmemory-eviction-tenacity`; `None` for as long as it takes.
fn time_limit(tenacity: i64) -> Option<Duration> {
    let micros = match tenacity {
        0..=10 => 50.0 * tenacity as f64,
        11..100 => 500.0 * 1.15_f64.powi(tenacity as i32 - 10),
        _ => return None,
    };
    Some(Duration::from_micros(micros as u64))
}

impl Server {
    /// The bytes in use, as far as they count for `maxmemory`. Room that
    /// removed keys have left in the keyspace is free: new keys go there.
    pub(crate) fn used_memory(&self) -> u64 {
        let spare: usize = self.dbs.iter().map(|db| db.keys.spare_bytes()).sum();
        (self.settings.allocator.allocated)().saturating_sub(spare) as u64
    }

    /// Whether the command being executed was begun without free memory.
    pub(crate) fn out_of_memory(&self) -> bool {
        self.settings.maxmemory > 0 && self.eviction.failed
    }

    /// Evicts keys until memory is below `maxmemory`, or time is up; then the
    /// event loop goes on with it. [`Server::out_of_memory`] says whether
    /// nothing was left that could be evicted.
    pub(crate) fn make_room(&mut self) {
        self.eviction.unfinished = false;
        self.eviction.failed = false;
        // While clients are paused, or a script is half-way, data stays as it is.
        if self.settings.maxmemory == 0 || self.is_paused() || self.busy_script.is_some() {
            return;
        }
        let used = self.used_memory().saturating_sub(self.told_of_changes());
        // No key is to go because the table of the keys grows.
        for db in &mut self.dbs {
            let grown = used + db.keys.bucket_bytes() as u64;
            db.keys.hold(grown > self.settings.maxmemory);
        }
        let over = used.saturating_sub(self.settings.maxmemory) as i64;
        if over > 0 {
            let start = self.latency_start();
            self.evict(over);
            self.latency_end(event::EVICTION_CYCLE, start);
        }
    }

    /// The bytes of what waits to be sent to clients that are told of changed
    /// keys. Were it counted, telling them that a key was evicted would evict
    /// the next one, until none is left.
    fn told_of_changes(&self) -> u64 {
        if self.tracking.clients == 0 {
            return 0;
        }
        let told = self
            .clients
            .iter()
            .filter(|c| c.tracking.is_some() || c.is_subscriber());
        told.map(|c| c.output_memory() as u64).sum()
    }

    /// Evicts keys until so many bytes are free.
    fn evict(&mut self, over: i64) {
        let (started, limit) = (Instant::now(), time_limit(self.settings.eviction_tenacity));
        let (mut freed, mut keys) = (0, 0);
        while freed < over {
            let Some((db, key)) = self.victim() else {
                self.eviction.failed = true;
                return;
            };
            // What notifications and the like take is not counted, or a
            // growing output buffer would evict everything.
            let before = self.used_memory() as i64;
            let start = self.latency_start();
            if let Some(entry) = self.remove(db, &key)
                && self.settings.lazy.eviction
            {
                self.lazy_free.value(entry.value);
            }
            self.latency_end(event::EVICTION_DEL, start);
            freed += before - self.used_memory() as i64;
            self.figures.evicted += 1;
            self.log_removal(db, &key, self.settings.lazy.eviction);
            self.changed(db, &key, None);
            self.notify(db, notify::EVICTED, "evicted", &key);
            keys += 1;
            if keys % KEYS_PER_LOOK == 0 && limit.is_some_and(|limit| started.elapsed() > limit) {
                self.eviction.unfinished = true;
                return;
            }
        }
    }

    /// The key to go next.
    fn victim(&mut self) -> Option<(usize, ByteString)> {
        match self.settings.maxmemory_policy {
            Policy::None => None,
            Policy::AllKeys(Order::Random) => self.random_victim(false),
            Policy::Volatile(Order::Random) => self.random_victim(true),
            Policy::AllKeys(Order::TimeToLive) | Policy::Volatile(Order::TimeToLive) => {
                let soonest = self.dbs.iter().enumerate();
                let soonest = soonest.filter_map(|(i, db)| db.soonest().map(|s| (s, i)));
                soonest
                    .min_by_key(|((when, _), _)| *when)
                    .map(|((_, key), i)| (i, key.clone()))
            }
            Policy::AllKeys(_) => self.pooled_victim(false),
            Policy::Volatile(_) => self.pooled_victim(true),
        }
    }

    /// A random key of the next database that has one.
    fn random_victim(&mut self, volatile: bool) -> Option<(usize, ByteString)> {
        for _ in 0..self.dbs.len() {
            self.eviction.last_db = (self.eviction.last_db + 1) % self.dbs.len();
            let db = self.eviction.last_db;
            if let Some((key, _)) = self.dbs[db].random(volatile, &mut self.rng) {
                return Some((db, key.clone()));
            }
        }
        None
    }

    /// The best candidate of the pool, after new ones of every database had
    /// their chance.
    fn pooled_victim(&mut self, volatile: bool) -> Option<(usize, ByteString)> {
        loop {
            let mut found = false;
            for (i, db) in self.dbs.iter().enumerate() {
                for _ in 0..self.settings.maxmemory_samples {
                    let Some((key, entry)) = db.random(volatile, &mut self.rng) else {
                        break;
                    };
                    found = true;
                    self.eviction.offer(Candidate {
                        dispensable: self.access.dispensable(entry.access),
                        db: i,
                        key: key.clone(),
                    });
                }
            }
            if !found {
                return None;
            }
            // It may have been deleted, or made to last, since it was drawn.
            while let Some(Candidate { db, key, .. }) = self.eviction.pool.pop() {
                let there = |db: &Db| {
                    if volatile {
                        db.expire(&key).is_some()
                    } else {
                        db.get(&key).is_some()
                    }
                };
                if self.dbs.get(db).is_some_and(there) {
                    return Some((db, key));
                }
            }
        }
    }
}
