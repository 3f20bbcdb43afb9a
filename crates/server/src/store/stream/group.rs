//! Consumer groups: who was given which entry and has not acknowledged it.

use super::StreamId;
use crate::store::ByteString;
use std::collections::{BTreeMap, BTreeSet};

/// A consumer group.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// The last entry handed out; the next reader gets what follows.
    pub last_id: StreamId,
    /// How many entries of the stream's history were read, where that can
    /// be known.
    pub entries_read: Option<u64>,
    /// The pending entries list.
    pub pending: BTreeMap<StreamId, Pending>,
    /// The consumers by name.
    pub consumers: BTreeMap<ByteString, Consumer>,
}

/// A pending entry.
#[derive(Debug, Clone)]
pub struct Pending {
    /// Who was given it.
    pub consumer: ByteString,
    /// When it was given last, milliseconds since 1970.
    pub delivered: i64,
    /// How often.
    pub count: u64,
}

/// A consumer of a group.
#[derive(Debug, Clone, Default)]
pub struct Consumer {
    /// When it last tried something, milliseconds since 1970.
    pub seen: i64,
    /// When it was last given something; `None` for never.
    pub active: Option<i64>,
    /// What it was given and has not acknowledged.
    pub pending: BTreeSet<StreamId>,
}

impl Group {
    /// A group that has read up to `last_id`.
    pub fn new(last_id: StreamId, entries_read: Option<u64>) -> Self {
        Group {
            last_id,
            entries_read,
            ..Group::default()
        }
    }

    /// Adds a consumer; whether it is new.
    pub fn add_consumer(&mut self, name: &[u8], now: i64) -> bool {
        if self.consumers.contains_key(name) {
            return false;
        }
        let consumer = Consumer {
            seen: now,
            ..Consumer::default()
        };
        self.consumers.insert(name.into(), consumer);
        true
    }

    /// Notes that a consumer is active; it is made if there is none.
    /// Returns whether it was made.
    pub fn touch_consumer(&mut self, name: &[u8], now: i64) -> bool {
        match self.consumers.get_mut(name) {
            Some(consumer) => {
                consumer.seen = now;
                false
            }
            None => self.add_consumer(name, now),
        }
    }

    /// Notes that a consumer was given something.
    pub fn gave(&mut self, name: &[u8], now: i64) {
        if let Some(consumer) = self.consumers.get_mut(name) {
            consumer.active = Some(now);
        }
    }

    /// Removes a consumer and forgets what it was given; how many entries
    /// that were. `None` when there is no such consumer.
    pub fn remove_consumer(&mut self, name: &[u8]) -> Option<usize> {
        let consumer = self.consumers.remove(name)?;
        for id in &consumer.pending {
            self.pending.remove(id);
        }
        Some(consumer.pending.len())
    }

    /// Puts an entry on a consumer's pending list, taking it from whoever
    /// had it; the consumer must exist.
    pub fn assign(&mut self, id: StreamId, consumer: &[u8], delivered: i64, count: u64) {
        if let Some(old) = self.pending.get_mut(&id) {
            old.delivered = delivered;
            old.count = count;
            if old.consumer == *consumer {
                return;
            }
            let before = std::mem::replace(&mut old.consumer, consumer.into());
            if let Some(before) = self.consumers.get_mut(&before) {
                before.pending.remove(&id);
            }
        } else {
            self.pending.insert(
                id,
                Pending {
                    consumer: consumer.into(),
                    delivered,
                    count,
                },
            );
        }
        if let Some(consumer) = self.consumers.get_mut(consumer) {
            consumer.pending.insert(id);
        }
    }

    /// Takes an entry off the pending list; whether it was there.
    pub fn acknowledge(&mut self, id: StreamId) -> bool {
        let Some(pending) = self.pending.remove(&id) else {
            return false;
        };
        if let Some(consumer) = self.consumers.get_mut(&pending.consumer) {
            consumer.pending.remove(&id);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_pending_for_one_consumer_at_a_time() {
        let mut group = Group::default();
        assert!(group.touch_consumer(b"ala", 1) && !group.touch_consumer(b"ala", 2));
        group.touch_consumer(b"ola", 2);
        let id = StreamId::new(1, 1);
        group.assign(id, b"ala", 10, 1);
        group.assign(id, b"ola", 20, 2);
        assert!(group.consumers[&b"ala"[..]].pending.is_empty());
        assert_eq!(group.pending[&id].count, 2);
        assert_eq!(group.remove_consumer(b"ola"), Some(1));
        assert!(group.pending.is_empty() && !group.acknowledge(id));
        group.assign(id, b"ala", 30, 1);
        assert!(group.acknowledge(id));
        assert!(group.consumers[&b"ala"[..]].pending.is_empty());
    }
}
