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

use super::consumer::{Claimed, Consumer, Lease, Outcome, Renewal, Settled, Started};
use super::link::LinkError;
use super::tasks::{TaskError, Tasks};
use rand::Rng as _;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::{Notify, Semaphore, mpsc};
use tokio_util::sync::CancellationToken;

/// How long an idle worker blocks in Redis before it looks for jobs of dead
/// workers again.
const BLOCK: Duration = Duration::from_millis(500);

/// The longest pause between attempts to reach Redis.
const MAX_RECONNECT_PAUSE: Duration = Duration::from_secs(1);

/// How often a worker says that it lives.
const BEAT: Duration = Duration::from_secs(3);

/// The longest time between looks at delayed jobs.
const PROMOTE: Duration = Duration::from_millis(250);

/// The longest wait before a retry.
const MAX_BACKOFF: Duration = Duration::from_secs(300);

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
    },
    /// Jobs of a dead worker were taken over.
    Recovered(usize),
    /// A poison job went to the dead letters.
    Poisoned(String),
    /// Another worker took a job over, because we did not renew in time.
    LostLease(String),
    /// A running job was cancelled.
    Cancelled(String),
    /// A job was given back at shutdown.
    HandedBack(String),
    /// Redis is gone; the reason.
    Disconnected(String),
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
    cancel: Arc<AtomicBool>,
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
    shared.clone().fetch(&stop.soft).await;
    shared.drain(&stop.hard).await;
    background.cancel();
    settle.abort();
    for task in [keep, promote] {
        // Both end at once when cancelled; neither panics by design.
        let _ = task.await;
    }
    let _ = settle.await;
    // The worker's entry expires by itself when Redis is gone.
    let _ = shared.consumer.farewell().await;
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
            self.emit(Event::Disconnected(error.to_string()));
        }
    }

    /// Takes jobs until told to stop.
    async fn fetch(self: Arc<Self>, stop: &CancellationToken) {
        let mut pause = Duration::from_millis(50);
        while !stop.is_cancelled() {
            let free = self.free_slots();
            if free == 0 {
                tokio::select! {
                    () = self.freed.notified() => {}
                    () = stop.cancelled() => {}
                }
                continue;
            }
            match self.fetch_once(free, stop).await {
                Ok(()) => {
                    self.reached();
                    pause = Duration::from_millis(50);
                }
                Err(error) => {
                    self.trouble(error, &mut pause).await;
                    tokio::select! {
                        () = tokio::time::sleep(pause) => {}
                        () = stop.cancelled() => {}
                    }
                }
            }
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

    async fn fetch_once(
        self: &Arc<Self>,
        free: usize,
        stop: &CancellationToken,
    ) -> Result<(), LinkError> {
        let mut claimed = Vec::new();
        if Instant::now() >= *lock(&self.recover_from) {
            claimed = self.consumer.recover(self.config.lease, free).await?;
            if claimed.is_empty() {
                *lock(&self.recover_from) = Instant::now() + BLOCK;
            } else {
                self.emit(Event::Recovered(claimed.len()));
            }
        }
        if claimed.len() < free {
            claimed.extend(self.consumer.claim(free - claimed.len()).await?);
        }
        if claimed.is_empty() {
            claimed = self.wait(stop).await?;
        }
        self.start(&claimed).await
    }

    /// Blocks in Redis until there is a job; told to stop, it unblocks itself,
    /// so that no entry is delivered to a worker that has gone.
    async fn wait(&self, stop: &CancellationToken) -> Result<Vec<Claimed>, LinkError> {
        let id = self.consumer.blocking_id().await?;
        let waiting = self.consumer.wait(BLOCK);
        tokio::pin!(waiting);
        tokio::select! {
            claimed = &mut waiting => return claimed,
            () = stop.cancelled() => {}
        }
        self.consumer.unblock(id).await?;
        waiting.await
    }

    async fn start(self: &Arc<Self>, claimed: &[Claimed]) -> Result<(), LinkError> {
        for started in self.consumer.start(claimed).await? {
            match started {
                Started::Run {
                    lease,
                    attempt,
                    task,
                    args,
                } => {
                    let cancel = Arc::new(AtomicBool::new(false));
                    let running = Running {
                        lease: lease.clone(),
                        cancel: cancel.clone(),
                    };
                    lock(&self.running).insert(key(&lease), running);
                    self.emit(Event::Started {
                        id: lease.job.clone(),
                        task: task.clone(),
                        attempt,
                    });
                    tokio::spawn(self.clone().run_one(lease, attempt, task, args, cancel));
                }
                Started::Skipped => {}
                Started::Dead(id) => self.emit(Event::Poisoned(id)),
            }
        }
        Ok(())
    }

    async fn run_one(
        self: Arc<Self>,
        lease: Lease,
        attempt: u32,
        task: String,
        args: String,
        cancel: Arc<AtomicBool>,
    ) {
        // Never closed, so this never fails.
        let Ok(_slot) = self.slots.acquire().await else {
            return;
        };
        let began = Instant::now();
        let ran = self.tasks.run(&lease.job, &task, &args, cancel).await;
        let outcome = match ran {
            Ok(result) => Outcome::Success(result),
            Err(error) if error.transient && attempt < self.config.max_attempts => {
                let delay = backoff(self.config.backoff, attempt);
                Outcome::Retry(error.kind, error.text, delay)
            }
            Err(error) => Outcome::Failure(error.kind, error.text),
        };
        // Fails only when the worker has stopped and handed the job back.
        let _ = self.finished.send(Finished {
            lease,
            task,
            outcome,
            took: began.elapsed(),
        });
    }

    /// Sends outcomes until aborted.
    async fn settle(
        self: Arc<Self>,
        mut outcomes: mpsc::UnboundedReceiver<Finished>,
        hard: CancellationToken,
    ) {
        let mut batch = Vec::new();
        while outcomes.recv_many(&mut batch, 256).await > 0 {
            let mut sent: Vec<(Lease, Outcome)> = batch
                .iter()
                .map(|finished| (finished.lease.clone(), finished.outcome.clone()))
                .collect();
            let mut pause = Duration::from_millis(50);
            let settled = loop {
                match self.consumer.finish(&sent).await {
                    Ok(settled) => break settled,
                    Err(_) if hard.is_cancelled() => return,
                    Err(LinkError::Refused(text)) if is_final_refusal(&text) => {
                        // The stream or the job is not what it was: somebody
                        // deleted it. There is nothing to finish any more.
                        break vec![Settled::Lost; sent.len()];
                    }
                    Err(error) => {
                        self.trouble(error, &mut pause).await;
                        tokio::time::sleep(pause).await;
                    }
                }
            };
            self.reached();
            sent.clear();
            for (finished, settled) in batch.drain(..).zip(settled) {
                self.settled(finished, settled);
            }
            self.freed.notify_one();
        }
    }

    fn settled(&self, finished: Finished, settled: Settled) {
        let Finished {
            lease,
            task,
            outcome,
            took,
        } = finished;
        lock(&self.running).remove(&key(&lease));
        let id = lease.job;
        match settled {
            Settled::Taken => {}
            Settled::Lost => return self.emit(Event::LostLease(id)),
            Settled::Ended(_) => return self.emit(Event::Cancelled(id)),
        }
        let failed = |kind, text, retry: Option<Duration>| Event::Failed {
            id: id.clone(),
            task: task.clone(),
            error: TaskError {
                kind,
                text,
                transient: retry.is_some(),
            },
            retry,
        };
        let event = match outcome {
            Outcome::Success(result) => {
                self.done.fetch_add(1, Ordering::Relaxed);
                Event::Succeeded {
                    id,
                    task,
                    result,
                    took,
                }
            }
            Outcome::Failure(kind, text) => {
                self.done.fetch_add(1, Ordering::Relaxed);
                self.failed.fetch_add(1, Ordering::Relaxed);
                failed(kind, text, None)
            }
            Outcome::Retry(kind, text, delay) => failed(kind, text, Some(delay)),
            Outcome::HandBack => Event::HandedBack(id),
        };
        self.emit(event);
    }

    /// Renews leases and says that the worker lives, until cancelled.
    async fn keep(self: Arc<Self>) {
        let mut renew = tokio::time::interval(self.config.lease / 3);
        let mut beat = tokio::time::interval(BEAT);
        let mut sweep = tokio::time::interval(Duration::from_secs(600));
        for timer in [&mut renew, &mut beat, &mut sweep] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            let kept = tokio::select! {
                _ = renew.tick() => self.renew().await,
                _ = beat.tick() => self.beat().await,
                _ = sweep.tick() => self.consumer.sweep().await,
            };
            if let Err(error @ LinkError::Lost(_)) = kept {
                self.lost(&error);
            }
        }
    }

    async fn renew(&self) -> Result<(), LinkError> {
        let leases: Vec<Lease> = lock(&self.running)
            .values()
            .map(|running| running.lease.clone())
            .collect();
        let renewals = self.consumer.renew(&leases).await?;
        for (lease, renewal) in leases.iter().zip(renewals) {
            if renewal != Renewal::Held
                && let Some(running) = lock(&self.running).get(&key(lease))
            {
                // Nobody wants the result: stop as soon as possible.
                running.cancel.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    async fn beat(&self) -> Result<(), LinkError> {
        let running = lock(&self.running).len();
        self.consumer
            .beat(&[
                ("pid", std::process::id().to_string()),
                ("concurrency", self.config.concurrency.to_string()),
                ("running", running.to_string()),
                ("done", self.done.load(Ordering::Relaxed).to_string()),
                ("failed", self.failed.load(Ordering::Relaxed).to_string()),
            ])
            .await
    }

    /// Moves delayed jobs that are due, until cancelled.
    async fn promote(self: Arc<Self>) {
        loop {
            let next = match self.consumer.promote().await {
                Ok((_, next)) => next,
                Err(_) => None,
            };
            tokio::time::sleep(
                next.unwrap_or(PROMOTE)
                    .clamp(Duration::from_millis(1), PROMOTE),
            )
            .await;
        }
    }

    /// Waits for running jobs for the grace period, then gives them back.
    async fn drain(&self, hard: &CancellationToken) {
        let running = lock(&self.running).len();
        self.emit(Event::Stopping(running));
        let all_done = async {
            while !lock(&self.running).is_empty() {
                self.freed.notified().await;
            }
        };
        tokio::select! {
            () = all_done => return,
            () = tokio::time::sleep(self.config.grace) => {}
            () = hard.cancelled() => {}
        }
        let rest: Vec<(Lease, Outcome)> = lock(&self.running)
            .drain()
            .map(|(_, running)| {
                running.cancel.store(true, Ordering::Relaxed);
                (running.lease, Outcome::HandBack)
            })
            .collect();
        // When Redis is gone as well, the leases run out by themselves.
        if let Ok(settled) = self.consumer.finish(&rest).await {
            for ((lease, _), settled) in rest.into_iter().zip(settled) {
                if settled == Settled::Taken {
                    self.emit(Event::HandedBack(lease.job));
                }
            }
        }
    }
}

/// Whether a refusal will be the same next time.
fn is_final_refusal(text: &str) -> bool {
    text.contains("NOGROUP") || text.contains("WRONGTYPE")
}

/// The wait before the retry after `attempt`: doubled each time, and spread
/// over half to one and a half of that, so that jobs which failed together do
/// not come back together.
fn backoff(base: Duration, attempt: u32) -> Duration {
    let doubled = base.saturating_mul(
        1_u32
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX),
    );
    doubled
        .min(MAX_BACKOFF)
        .mul_f64(rand::rng().random_range(0.5..1.5))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backoff_doubles_with_jitter_and_has_a_bound() {
        let base = Duration::from_secs(1);
        for attempt in 1..=100 {
            let exact = MAX_BACKOFF.min(base * 2_u32.saturating_pow(attempt - 1).min(1 << 20));
            let wait = backoff(base, attempt);
            assert!(wait >= exact / 2, "{attempt}: {wait:?}");
            assert!(wait < exact * 3 / 2, "{attempt}: {wait:?}");
        }
    }
}
