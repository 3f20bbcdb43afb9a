//! How far a piece of work has come, for those who watch it.

use std::sync::atomic::{AtomicU32, Ordering};

/// Steps done of all; nothing is known before [`begin`](Progress::begin).
#[derive(Debug, Default)]
pub struct Progress {
    done: AtomicU32,
    all: AtomicU32,
}

impl Progress {
    /// Says how many steps there will be.
    pub fn begin(&self, all: u32) {
        self.done.store(0, Ordering::Relaxed);
        self.all.store(all, Ordering::Relaxed);
    }

    /// One more step is done.
    pub fn step(&self) {
        self.done.fetch_add(1, Ordering::Relaxed);
    }

    /// Steps done, and all of them; `None` before the beginning.
    pub fn steps(&self) -> Option<(u32, u32)> {
        let all = self.all.load(Ordering::Relaxed);
        (all > 0).then(|| (self.done.load(Ordering::Relaxed).min(all), all))
    }
}
