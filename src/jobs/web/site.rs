//! What the handlers of the page share, and how the page behaves.

use super::usage::Usage;
use crate::jobs::events::Feed;
use crate::jobs::metrics::Metrics;
use crate::jobs::queue::Queue;
use crate::jobs::schedule;
use crate::jobs::store::Stores;
use catalog::lang::Lang;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use thumbnailer::Limits;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

/// How the page behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// Language of a visitor who asks for none.
    pub lang: Lang,
    /// What one image may cost.
    pub limits: Limits,
    /// How many images one upload may have.
    pub max_files: usize,
    /// How many bytes one upload may have.
    pub max_upload: usize,
    /// How many uploads may arrive at the same time.
    pub max_uploads: usize,
    /// How long an upload waits for its turn when that many arrive.
    pub patience: Duration,
    /// How long nothing may arrive in the middle of an upload.
    pub stall: Duration,
    /// How long a client may take nothing of what is sent to it.
    pub unread: Duration,
    /// How many bytes a second an upload brings at least, on the whole.
    pub least_rate: u64,
    /// How many thumbnails may be made of one image.
    pub max_sizes: usize,
    /// How many pixels wide or high a thumbnail may be.
    pub max_side: u32,
    /// How many bytes the media directory may hold.
    pub quota: u64,
    /// Names under which the page is reached besides those of this machine.
    pub allow_hosts: Vec<String>,
    /// What visitors have to know.
    pub password: Option<String>,
    /// What a worker in this process counts.
    pub metrics: Arc<Metrics>,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            lang: Lang::En,
            limits: Limits::default(),
            max_files: 20,
            max_upload: 256 << 20,
            max_uploads: 64,
            patience: Duration::from_secs(60),
            stall: Duration::from_secs(10),
            unread: Duration::from_secs(30),
            least_rate: 8 << 10,
            max_sizes: 8,
            max_side: 2048,
            quota: 10 << 30,
            allow_hosts: Vec::new(),
            password: None,
            metrics: Arc::default(),
        }
    }
}

/// What the handlers share.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) queue: Arc<Queue>,
    pub(super) stores: Arc<Stores>,
    pub(super) feed: Feed,
    pub(super) schedule: Vec<schedule::Entry>,
    pub(super) config: Config,
    pub(super) uploads: Semaphore,
    /// Only one upload at a time is read whole, for what its first part does
    /// not tell.
    pub(super) whole: Semaphore,
    pub(super) usage: Usage,
    /// Wrong passwords by address: how many, and since when.
    pub(super) wrong_passwords: Mutex<HashMap<IpAddr, (u32, Instant)>>,
    pub(super) counters: Counters,
    pub(super) stop: CancellationToken,
}

/// What `/metrics` counts.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) requests: AtomicU64,
    pub(super) uploads: AtomicU64,
    pub(super) uploaded_bytes: AtomicU64,
    pub(super) refused: AtomicU64,
}
