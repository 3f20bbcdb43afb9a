//! A worker: claims jobs, runs them, keeps their leases, and lets go of them.
//!
//! Three loops share one [`Consumer`]:
//!
//! - **fetch** takes as many entries as there are free slots, first what dead
//!   workers held, then what is new; with nothing to do it blocks in Redis;
//! - **keep** renews the leases of running jobs, moves delayed jobs that are
//!   due, and says that the worker lives. CPU work runs on other threads, so
//!   nothing can keep it from renewing;
//! - **settle** sends outcomes, as many as are ready in one round trip.
//!
//! Each of them lives through a Redis that goes away and comes back.

mod fetch;
mod keep;
mod settle;

use super::consumer::{Consumer, Lease, Outcome};
use super::tasks::{Run, TaskError, Tasks};
use crate::conn::link::LinkError;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

/// The longest pause between attempts to reach Redis.
const MAX_RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// How a worker behaves.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many jobs run at once.
    pub concurrency: usize,
    /// How long a job stays ours without a renewal.
    pub lease: Duration,
    /// How long running jobs may go on after the worker was told to stop.
    pub grace: Duration,
    /// How often a job that fails is started in all.
    pub max_attempts: u32,
    /// The wait before the first retry; doubled for each further one.
    pub backoff: Duration,
}

/// How often an entry may be delivered: a job that has taken three workers
/// with it gets no fourth.
pub const MAX_DELIVERIES: u32 = 3;

impl Default for Config {
    fn default() -> Self {
        Config {
            concurrency: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
            lease: Duration::from_secs(5),
            grace: Duration::from_secs(10),
            max_attempts: 3,
            backoff: Duration::from_secs(1),
        }
    }
}

/// What a worker tells whoever watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// It is connected and takes jobs.
    Ready,
    /// It started a job.
    Started {
        /// The job.
        id: String,
        /// Its task.
        task: String,
        /// Which start this is, from 1.
        attempt: u32,
    },
    /// A job is done.
    Succeeded {
        /// The job.
        id: String,
        /// Its task.
        task: String,
        /// The result as JSON.
        result: String,
        /// How long it took.
        took: Duration,
    },
    /// A job failed; it is tried again after the given time, if any.
    Failed {
        /// The job.
        id: String,
        /// Its task.
        task: String,
        /// Why.
        error: TaskError,
        /// When it is tried again.
        retry: Option<Duration>,
        /// How long it took.
        took: Duration,
    },
    /// Jobs of a dead worker were taken over.
    Recovered(usize),
    /// A poison job went to the dead letters.
    Poisoned(String),
    /// Another worker took a job over, because we did not renew in time.
    LostLease(String),
    /// Redis knows nothing of a job any more that ran: it was emptied.
    Forgotten(String),
    /// A running job was cancelled.
    Cancelled(String),
    /// A job was given back at shutdown.
    HandedBack(String),
    /// Redis is gone, or takes nothing.
    Disconnected(LinkError),
    /// Redis is back.
    Reconnected,
    /// It stops taking jobs; this many still run.
    Stopping(usize),
}

/// Sees a worker's events.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// Tells a worker to stop: softly (running jobs get the grace period), and
/// hard (they are handed back at once).
#[derive(Debug, Clone, Default)]
pub struct Stop {
    /// Take no more jobs.
    pub soft: CancellationToken,
    /// Wait for nothing.
    pub hard: CancellationToken,
}

/// How long whoever stops waits for a Redis that does not answer.
pub const LINGER: Duration = Duration::from_secs(1);

impl Stop {
    /// Waits until a Redis that does not answer is waited for no longer: a
    /// little after the soft stop, or at the hard one.
    pub async fn lingered(&self) {
        self.lingered_for(LINGER).await;
    }

    /// The same, where an answer may take this long.
    pub async fn lingered_for(&self, longest: Duration) {
        self.soft.cancelled().await;
        tokio::select! {
            () = tokio::time::sleep(longest) => {}
            () = self.hard.cancelled() => {}
        }
    }
}

/// What a worker did, at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Jobs whose outcome was taken, failures included.
    pub done: u64,
    /// Those that failed for good.
    pub failed: u64,
}

struct Running {
    lease: Lease,
    run: Arc<Run>,
    /// The progress that was noted last.
    reported: Option<(u32, u32)>,
}

struct Finished {
    lease: Lease,
    task: String,
    outcome: Outcome,
    took: Duration,
}

struct Shared {
    consumer: Consumer,
    tasks: Arc<Tasks>,
    config: Config,
    observer: Observer,
    running: Mutex<HashMap<String, Running>>,
    slots: Semaphore,
    freed: Notify,
    finished: mpsc::UnboundedSender<Finished>,
    done: AtomicU64,
    failed: AtomicU64,
    /// Whether the last thing said about the connection was that it is lost.
    is_lost: AtomicBool,
    /// Nothing is taken over before this moment; see [`Shared::reached`].
    recover_from: Mutex<Instant>,
}

/// Runs a worker until it is told to stop and its jobs are done or given back.
///
/// # Errors
/// When Redis cannot be reached at the start. Later losses are survived.
pub async fn run(
    consumer: Consumer,
    tasks: Arc<Tasks>,
    config: Config,
    observer: Observer,
    stop: Stop,
) -> Result<Totals, LinkError> {
    consumer.create_groups().await?;
    let (finished, outcomes) = mpsc::unbounded_channel();
    let shared = Arc::new(Shared {
        consumer,
        tasks,
        slots: Semaphore::new(config.concurrency),
        // A job's lease is over `lease` after its worker died, never sooner,
        // so a worker that has just been started may take over at once.
        recover_from: Mutex::new(Instant::now()),
        config,
        observer,
        running: Mutex::default(),
        freed: Notify::new(),
        finished,
        done: AtomicU64::new(0),
        failed: AtomicU64::new(0),
        is_lost: AtomicBool::new(false),
    });
    shared.beat().await?;
    (shared.observer)(Event::Ready);

    let background = CancellationToken::new();
    let settle = tokio::spawn(shared.clone().settle(outcomes, stop.hard.clone()));
    let keep = tokio::spawn(
        background
            .clone()
            .run_until_cancelled_owned(shared.clone().keep()),
    );
    let promote = tokio::spawn(
        background
            .clone()
            .run_until_cancelled_owned(shared.clone().promote()),
    );
    // What was delivered and not started meanwhile is taken over by others.
    tokio::select! {
        () = shared.clone().fetch(&stop.soft) => {}
        () = stop.lingered() => {}
    }
    shared.drain(&stop.hard).await;
    background.cancel();
    settle.abort();
    for task in [keep, promote] {
        // Both end at once when cancelled; neither panics by design.
        let _ = task.await;
    }
    let _ = settle.await;
    // The worker's entry expires by itself when Redis is gone.
    let _ = timeout(LINGER, shared.consumer.farewell()).await;
    Ok(Totals {
        done: shared.done.load(Ordering::Relaxed),
        failed: shared.failed.load(Ordering::Relaxed),
    })
}

/// A lock that a panicking job cannot break: the data are whole at all times.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn key(lease: &Lease) -> String {
    format!("{}/{}", lease.lane.name(), lease.entry)
}

impl Shared {
    fn emit(&self, event: Event) {
        (self.observer)(event);
    }

    fn free_slots(&self) -> usize {
        self.config
            .concurrency
            .saturating_sub(lock(&self.running).len())
    }

    /// Notes that Redis answered. After an outage every worker has one lease
    /// time to renew before anyone takes over: nobody could renew while Redis
    /// was gone, and their jobs are still running.
    fn reached(&self) {
        if self.is_lost.swap(false, Ordering::Relaxed) {
            *lock(&self.recover_from) = Instant::now() + self.config.lease;
            self.emit(Event::Reconnected);
        }
    }

    /// Notes that Redis did not answer.
    fn lost(&self, error: &LinkError) {
        if !self.is_lost.swap(true, Ordering::Relaxed) {
            self.emit(Event::Disconnected(error.clone()));
        }
    }

    /// After an error: makes the groups again when somebody deleted them, and
    /// otherwise sees that the next attempt connects anew, a little later.
    async fn trouble(&self, error: LinkError, pause: &mut Duration) {
        match &error {
            LinkError::Refused(text) if text.contains("NOGROUP") => {
                // Deleted streams, or a Redis that came back empty.
                if self.consumer.create_groups().await.is_ok() {
                    return;
                }
            }
            LinkError::Lost(_) => self.consumer.reset().await,
            // LOADING after a restart, READONLY during a failover: wait.
            LinkError::Refused(_) => {}
        }
        self.lost(&error);
        *pause = (*pause * 2).min(MAX_RECONNECT_PAUSE);
    }
}
