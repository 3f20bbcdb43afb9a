//! The policies of eviction and the pool of candidates.

use crate::store::ByteString;

/// `maxmemory-policy`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Policy {
    /// Nothing is evicted: commands that need memory are refused.
    None,
    /// Any key may go.
    AllKeys(Order),
    /// Only keys that expire.
    Volatile(Order),
}

/// Which keys go first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// Those not used for the longest time (LRU).
    Recency,
    /// Those used least often (LFU).
    Frequency,
    /// Any.
    Random,
    /// Those that would expire soonest.
    TimeToLive,
}

/// The policies by name, in the order of CONFIG SET's error message.
const POLICIES: [(&str, Policy); 8] = [
    ("volatile-lru", Policy::Volatile(Order::Recency)),
    ("volatile-lfu", Policy::Volatile(Order::Frequency)),
    ("volatile-random", Policy::Volatile(Order::Random)),
    ("volatile-ttl", Policy::Volatile(Order::TimeToLive)),
    ("allkeys-lru", Policy::AllKeys(Order::Recency)),
    ("allkeys-lfu", Policy::AllKeys(Order::Frequency)),
    ("allkeys-random", Policy::AllKeys(Order::Random)),
    ("noeviction", Policy::None),
];

/// Their names.
pub const NAMES: &[&str] = &{
    let mut names = [""; POLICIES.len()];
    let mut i = 0;
    while i < names.len() {
        names[i] = POLICIES[i].0;
        i += 1;
    }
    names
};

impl Policy {
    /// Its name, as CONFIG GET shows it.
    pub fn name(self) -> &'static str {
        POLICIES
            .iter()
            .find(|(_, policy)| *policy == self)
            .map_or("noeviction", |(name, _)| name)
    }

    /// The policy of this name.
    pub fn named(name: &str) -> Option<Policy> {
        POLICIES
            .iter()
            .find(|(own, _)| *own == name)
            .map(|(_, policy)| *policy)
    }
}

/// How many candidates are remembered.
const POOL: usize = 16;

/// A key that may be evicted.
#[derive(Debug)]
pub struct Candidate {
    /// How good it is for eviction; more is better.
    pub dispensable: u32,
    /// Its database.
    pub db: usize,
    /// The key.
    pub key: ByteString,
}

/// What eviction remembers.
#[derive(Debug, Default)]
pub struct Eviction {
    /// The best last.
    pub pool: Vec<Candidate>,
    /// The database a random key was taken from last.
    pub last_db: usize,
    /// Memory is to be freed, and there was no time for all of it.
    pub unfinished: bool,
    /// Memory was short, and nothing could be evicted, when the command being
    /// executed began.
    pub failed: bool,
}

impl Eviction {
    /// Remembers a candidate if it is among the best.
    pub fn offer(&mut self, candidate: Candidate) {
        let known = |c: &Candidate| c.db == candidate.db && c.key == candidate.key;
        if self.pool.iter().any(known) {
            return;
        }
        let at = self
            .pool
            .partition_point(|c| c.dispensable < candidate.dispensable);
        if self.pool.len() < POOL {
            self.pool.insert(at, candidate);
        } else if at > 0 {
            self.pool.insert(at, candidate);
            self.pool.remove(0);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_policy_has_its_name() {
        for name in NAMES {
            assert_eq!(Policy::named(name).map(Policy::name), Some(*name));
        }
        assert_eq!(Policy::named("lru"), None);
    }

    #[test]
    fn the_pool_keeps_the_best_candidates() {
        let mut eviction = Eviction::default();
        for n in [7_u32, 3, 40, 3, 12, 1] {
            for db in 0..8 {
                eviction.offer(Candidate {
                    dispensable: n,
                    db,
                    key: ByteString::new(&n.to_be_bytes()),
                });
            }
        }
        let kept: Vec<u32> = eviction.pool.iter().map(|c| c.dispensable).collect();
        assert_eq!(kept, [[12; 8], [40; 8]].concat());
    }
}
