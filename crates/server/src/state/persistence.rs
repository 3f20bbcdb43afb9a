//! What is remembered of saving: when, how it went, and what is under way.

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

/// A file that is being written while clients are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Job {
    /// A snapshot; so many changes are in it.
    Snapshot {
        /// When it began, seconds since 1970.
        since: i64,
        /// The changes that were counted when it began.
        changes: u64,
    },
    /// A new base of the append-only file.
    Rewrite {
        /// When it began, seconds since 1970.
        since: i64,
        /// Its length, bytes.
        len: u64,
    },
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
    pub rewrite_failures: u64,
    /// A rewrite is to be done when the job is.
    pub rewrite_scheduled: bool,
    /// Keys read from a snapshot at the start.
    pub keys_loaded: u64,
    /// Keys of it whose time was over.
    pub keys_expired: u64,
}

impl Persistence {
    /// Whether something is to be written as soon as nothing else is.
    pub fn is_scheduled(&self) -> bool {
        self.save_scheduled || self.rewrite_scheduled
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
            rewrite_scheduled: false,
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
