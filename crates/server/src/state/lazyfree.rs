//! Freeing large values in another thread: what UNLINK and FLUSHALL ASYNC are
//! for.
//!
//! The key is gone at once; only giving back the memory of many small pieces
//! takes time, and nobody has to wait for that. The thread is started when
//! there is first something for it.

use crate::store::{Db, Value};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Sender, channel};

/// A value of at most so many parts is freed at once: handing it over would
/// take longer.
pub const FEW: usize = 64;

/// What is to be freed, and how many keys that is.
#[derive(Debug)]
struct Garbage {
    keys: u64,
    _contents: Contents,
}

#[derive(Debug)]
enum Contents {
    Value(#[expect(dead_code, reason = "only dropped")] Value),
    Db(#[expect(dead_code, reason = "only dropped")] Box<Db>),
}

/// The figures both threads see.
#[derive(Debug, Default)]
struct Figures {
    pending: AtomicU64,
    freed: AtomicU64,
    /// A database has been freed since it was last asked.
    emptied: AtomicBool,
}

/// The way to the other thread.
#[derive(Debug, Default)]
pub struct LazyFree {
    sender: Option<Sender<Garbage>>,
    figures: Arc<Figures>,
}

/// How much work freeing a value is: about the number of allocations Redis
/// has for it.
fn parts(value: &Value) -> usize {
    match value {
        Value::String(_) => 1,
        // A node of a quicklist holds about so many.
        Value::List(list) => list.len() / 128,
        Value::Set(set) if set.encoding() == "hashtable" => set.len(),
        Value::Hash(hash) if hash.encoding() == "hashtable" => hash.len(),
        Value::SortedSet(zset) if zset.encoding() == "skiplist" => zset.len(),
        Value::Set(_) | Value::Hash(_) | Value::SortedSet(_) => 1,
        Value::Stream(stream) => {
            let pending = stream.groups.values().map(|group| 1 + group.pending.len());
            stream.nodes.len() + pending.sum::<usize>()
        }
    }
}

impl LazyFree {
    /// Frees a value, in the other thread if it is large.
    pub fn value(&mut self, value: Value) {
        if parts(&value) > FEW {
            self.hand_over(1, Contents::Value(value));
        }
    }

    /// Frees all keys of a database in the other thread.
    pub fn db(&mut self, db: Db) {
        if !db.is_empty() {
            self.hand_over(db.len() as u64, Contents::Db(Box::new(db)));
        }
    }

    /// Keys not yet freed.
    pub fn pending(&self) -> u64 {
        self.figures.pending.load(Ordering::Relaxed)
    }

    /// Keys freed in the other thread so far.
    pub fn freed(&self) -> u64 {
        self.figures.freed.load(Ordering::Relaxed)
    }

    /// Whether a database has been freed since this was last asked.
    pub fn take_emptied(&mut self) -> bool {
        self.figures.emptied.load(Ordering::Relaxed)
            && self.figures.emptied.swap(false, Ordering::Relaxed)
    }

    /// Counts what Redis frees in its other thread and what is freed at once
    /// here, while the client waits in either case.
    pub fn count(&mut self, freed: u64) {
        self.figures.freed.fetch_add(freed, Ordering::Relaxed);
    }

    /// Counts from zero again (CONFIG RESETSTAT).
    pub fn reset(&mut self) {
        self.figures.freed.store(0, Ordering::Relaxed);
    }

    fn hand_over(&mut self, keys: u64, contents: Contents) {
        if self.sender.is_none() {
            self.start();
        }
        self.figures.pending.fetch_add(keys, Ordering::Relaxed);
        let garbage = Garbage {
            keys,
            _contents: contents,
        };
        let unsent = match &self.sender {
            Some(sender) => sender.send(garbage).err().map(|unsent| unsent.0),
            None => Some(garbage),
        };
        // Where there is no thread it is freed here, and counts the same.
        if let Some(garbage) = unsent {
            free(garbage, &self.figures);
            self.sender = None;
        }
    }

    /// The thread ends when the server, and with it the sender, is gone.
    fn start(&mut self) {
        let (sender, receiver) = channel::<Garbage>();
        let figures = Arc::clone(&self.figures);
        let thread = std::thread::Builder::new().name("lazyfree".into());
        let started = thread.spawn(move || {
            for garbage in receiver {
                free(garbage, &figures);
            }
        });
        self.sender = started.is_ok().then_some(sender);
    }
}

fn free(garbage: Garbage, figures: &Figures) {
    let keys = garbage.keys;
    let is_db = matches!(garbage._contents, Contents::Db(_));
    drop(garbage);
    figures.emptied.fetch_or(is_db, Ordering::Relaxed);
    figures.freed.fetch_add(keys, Ordering::Relaxed);
    figures.pending.fetch_sub(keys, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::list::End;
    use crate::store::{Limits, List, StringValue};

    #[test]
    fn only_large_values_are_handed_over() {
        let mut lazy = LazyFree::default();
        lazy.value(Value::String(StringValue::raw(vec![0; 10_000])));
        assert!(lazy.sender.is_none());
        let mut list = List::default();
        for _ in 0..10_000 {
            list.push(End::Tail, &[b"x"], &Limits::default());
        }
        lazy.value(Value::List(list));
        while lazy.pending() > 0 {
            std::thread::yield_now();
        }
        assert_eq!(lazy.freed(), 1);
        lazy.reset();
        assert_eq!(lazy.freed(), 0);
    }
}
