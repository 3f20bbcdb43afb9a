//! How much the media directory holds: measured now and then, counted between.

use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long a measure is good.
const FRESH: Duration = Duration::from_secs(10);

/// The bytes in a directory.
#[derive(Debug, Default)]
pub(super) struct Usage(Mutex<Option<(Instant, u64)>>);

impl Usage {
    /// How many bytes the directory holds, as far as is known.
    pub(super) async fn of(&self, dir: &Path) -> u64 {
        let known = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((measured, bytes)) = known
            && measured.elapsed() < FRESH
        {
            return bytes;
        }
        let dir = dir.to_owned();
        // A directory that cannot be read is full of nothing; writing tells.
        let bytes = tokio::task::spawn_blocking(move || measure(&dir)).await;
        let bytes = bytes.unwrap_or(0);
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), bytes));
        bytes
    }

    /// Counts what was written since.
    pub(super) fn add(&self, more: u64) {
        if let Some((_, bytes)) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            *bytes += more;
        }
    }
}

/// The lengths of all files below; links are not followed.
fn measure(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries
        .filter_map(|entry| Some((entry.metadata().ok()?, entry.path())))
        .map(|(about, path)| {
            if about.is_dir() {
                measure(&path)
            } else {
                about.len()
            }
        })
        .sum()
}
