//! What is remembered of saving: when, how it went, and what is under way.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// `appendfsync`: when the append-only file is on the disk for certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sync {
    /// Before a client is answered.
    Always,
    /// A second later at most.
    #[default]
    EverySecond,
    /// When the system finds time.
    Never,
}

/// The names of [`Sync`], as CONFIG has them.
pub const SYNCS: &[&str] = &["everysec", "always", "no"];

impl Sync {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Sync::Always => "always",
            Sync::EverySecond => "everysec",
            Sync::Never => "no",
        }
    }

    /// The one of this name.
    pub fn named(name: &str) -> Sync {
        match name {
            "always" => Sync::Always,
            "no" => Sync::Never,
            _ => Sync::EverySecond,
        }
    }
}

/// A save point: a snapshot is taken when so many changes were made and so
/// much time has gone by since the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SavePoint {
    /// Seconds.
    pub seconds: i64,
    /// Changes.
    pub changes: u64,
}

/// Redis's own save points, which hold where there is a directory.
pub const SAVE_POINTS: [SavePoint; 3] = [
    SavePoint {
        seconds: 3600,
        changes: 1,
    },
    SavePoint {
        seconds: 300,
        changes: 100,
    },
    SavePoint {
        seconds: 60,
        changes: 10_000,
    },
];

/// How an append-only file is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogName {
    /// `appenddirname`: the folder of its files.
    pub folder: String,
    /// `appendfilename`: what their names begin with.
    pub stem: String,
}

impl Default for LogName {
    fn default() -> Self {
        LogName {
            folder: "appendonlydir".into(),
            stem: "appendonly.aof".into(),
        }
    }
}

impl LogName {
    /// The manifest, with the folder.
    pub fn manifest(&self) -> String {
        self.path(&format!("{}.manifest", self.stem))
    }

    /// What collects commands until there is a base for them, with the folder.
    pub fn beginning(&self) -> String {
        self.path(&format!("temp-{}.incr", self.stem))
    }

    /// A file of the folder, with the folder.
    pub fn path(&self, file: &str) -> String {
        format!("{}/{file}", self.folder)
    }
}

/// How far the writing of a file has come, and whether it is to end: shared
/// with the thread that writes.
#[derive(Debug, Default)]
pub struct Progress {
    keys: AtomicUsize,
    cancelled: AtomicBool,
    broken: AtomicBool,
}

impl Progress {
    /// So many more keys have been written.
    pub fn wrote(&self, keys: usize) {
        self.keys.fetch_add(keys, Ordering::Relaxed);
    }

    /// The keys that have been written.
    pub fn keys(&self) -> usize {
        self.keys.load(Ordering::Relaxed)
    }

    /// Nobody wants the file any more.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    /// It fails as at a fault of the disk (DEBUG FAIL-SAVE).
    pub fn fail(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Whether that is so.
    pub fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }
}

/// What is written while clients are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// A snapshot.
    Snapshot {
        /// The changes that were counted when it began.
        changes: u64,
    },
    /// A new base of the append-only file.
    Rewrite {
        /// Its length, bytes.
        len: u64,
    },
}

/// A file that is being written while clients are served. Dropped, it is given
/// up.
#[derive(Debug)]
pub struct Job {
    /// What is written.
    pub what: Writing,
    /// When it began, milliseconds since 1970.
    pub since: i64,
    /// The keys it is to hold.
    pub keys: usize,
    /// How far it has come.
    pub progress: Arc<Progress>,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.progress.cancel();
    }
}

/// How writing files went.
#[derive(Debug)]
pub struct Persistence {
    /// What is being written.
    pub job: Option<Job>,
    /// When the last snapshot was written (at first: the start), seconds
    /// since 1970.
    pub last_save: i64,
    /// When one was last begun that did not end well, seconds since 1970.
    pub last_try: i64,
    /// The last snapshot in the background could not be written.
    pub save_failed: bool,
    /// How long it took, seconds.
    pub save_took: Option<i64>,
    /// Snapshots written.
    pub saves: u64,
    /// A snapshot is to be taken when the job is done.
    pub save_scheduled: bool,
    /// The last rewrite of the append-only file did not end well.
    pub rewrite_failed: bool,
    /// How long it took, seconds.
    pub rewrite_took: Option<i64>,
    /// Rewrites of the append-only file.
    pub rewrites: u64,
    /// How many failed in a row.
    pub rewrite_failures: u32,
    /// None is begun by itself before this, milliseconds since 1970; 0 where
    /// that is not settled.
    pub rewrite_not_before: i64,
    /// A rewrite is to be done when the job is.
    pub rewrite_scheduled: bool,
    /// Files that were begun in the background.
    pub begun: u64,
    /// Keys read from a snapshot at the start.
    pub keys_loaded: u64,
    /// Keys of it whose time was over.
    pub keys_expired: u64,
}

impl Persistence {
    /// When something is to be written that waits for nothing else,
    /// milliseconds since 1970.
    pub fn scheduled(&self) -> Option<i64> {
        if self.job.is_some() {
            return None;
        }
        let rewrite = self.rewrite_scheduled.then_some(self.rewrite_not_before);
        self.save_scheduled.then_some(0).or(rewrite)
    }

    /// What is being written, unless nobody wants it any more.
    pub fn writing(&self) -> Option<Writing> {
        let job = self.job.as_ref();
        job.filter(|job| !job.progress.is_cancelled())
            .map(|job| job.what)
    }

    /// Whether a rewrite that nobody has asked for just now may begin. After
    /// three failures in a row it waits, as in Redis: for a minute, then two,
    /// up to an hour.
    ///
    /// # Errors
    /// It may not; for how many minutes from now, where that is news.
    pub fn may_rewrite(&mut self, now: i64) -> Result<(), Option<i64>> {
        const FREE: u32 = 3;
        const MOST: i64 = 60;
        let Some(more) = self.rewrite_failures.checked_sub(FREE) else {
            return Ok(());
        };
        if self.rewrite_not_before == 0 {
            let minutes = (1 << more.min(6)).min(MOST);
            self.rewrite_not_before = now + minutes * 60_000;
            return Err(Some(minutes));
        }
        if now < self.rewrite_not_before {
            return Err(None);
        }
        self.rewrite_not_before = 0;
        Ok(())
    }

    /// Rewrites need not wait any more.
    pub fn forget_failures(&mut self) {
        self.rewrite_failures = 0;
        self.rewrite_not_before = 0;
    }

    /// At the start.
    pub fn new(now: i64) -> Persistence {
        Persistence {
            job: None,
            last_save: now / 1000,
            last_try: 0,
            save_failed: false,
            save_took: None,
            saves: 0,
            save_scheduled: false,
            rewrite_failed: false,
            rewrite_took: None,
            rewrites: 0,
            rewrite_failures: 0,
            rewrite_not_before: 0,
            rewrite_scheduled: false,
            begun: 0,
            keys_loaded: 0,
            keys_expired: 0,
        }
    }
}

/// What a server found when it started, and what it keeps from then on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Kept {
    /// How many keys there are.
    pub keys: usize,
    /// Where they came from; empty when there was nothing.
    pub file: String,
    /// The end of the append-only file was incomplete: so many bytes were cut
    /// off.
    pub cut_off: u64,
    /// There is an append-only file, which was not read (`appendonly no`).
    pub unread_log: bool,
    /// The file of its snapshots; empty where it keeps nothing.
    pub snapshot: String,
    /// `save`: after so many seconds with so many changes. Where there is
    /// none, only SAVE and BGSAVE write a snapshot.
    pub save: Vec<SavePoint>,
    /// The folder of its append-only file, and `appendfsync`.
    pub log: Option<(String, Sync)>,
}
