//! Taking jobs: as many as there are free slots, first what dead workers held,
//! then what is new. With nothing to do the worker blocks in Redis.

use super::{Event, Finished, Running, Shared, key, lock};
use crate::conn::link::LinkError;
use crate::jobs::consumer::{Claimed, Lease, Outcome, Started};
use crate::jobs::queue::MAX_RETRY_WAIT;
use crate::jobs::tasks::Run;
use rand::RngExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How long an idle worker blocks in Redis before it looks for jobs of dead
/// workers again.
const BLOCK: Duration = Duration::from_millis(500);

impl Shared {
    /// Takes jobs until told to stop.
    pub(super) async fn fetch(self: Arc<Self>, stop: &CancellationToken) {
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
        let more = free.saturating_sub(claimed.len());
        let mut started = self.consumer.start(&claimed, more).await?;
        if started.is_empty() {
            claimed = self.wait(stop).await?;
            // Where one job came there are often more; but not for one who stops.
            let more = match claimed.len() {
                0 => 0,
                _ if stop.is_cancelled() => 0,
                count => free.saturating_sub(count),
            };
            started = self.consumer.start(&claimed, more).await?;
        }
        self.run_all(started);
        Ok(())
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

    /// Runs what was started, each job as a task of its own.
    fn run_all(self: &Arc<Self>, started: Vec<Started>) {
        for started in started {
            match started {
                Started::Run {
                    lease,
                    attempt,
                    task,
                    args,
                } => {
                    let run = Arc::new(Run::default());
                    let running = Running {
                        lease: lease.clone(),
                        run: run.clone(),
                        reported: None,
                    };
                    lock(&self.running).insert(key(&lease), running);
                    self.emit(Event::Started {
                        id: lease.job.clone(),
                        task: task.clone(),
                        attempt,
                    });
                    tokio::spawn(self.clone().run_one(lease, attempt, task, args, run));
                }
                Started::Skipped => {}
                Started::Dead(id) => self.emit(Event::Poisoned(id)),
            }
        }
    }

    async fn run_one(
        self: Arc<Self>,
        lease: Lease,
        attempt: u32,
        task: String,
        args: String,
        run: Arc<Run>,
    ) {
        // Never closed, so this never fails.
        let Ok(_slot) = self.slots.acquire().await else {
            return;
        };
        let began = Instant::now();
        let ran = self.tasks.run(&lease.job, &task, &args, run).await;
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
}

/// The longest wait before a retry, before it is spread.
const MAX_BACKOFF: Duration = Duration::from_secs(MAX_RETRY_WAIT.as_secs() * 2 / 3);

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
