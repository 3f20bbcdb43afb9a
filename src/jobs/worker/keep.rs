//! What a worker does beside its jobs: renewing their leases, moving delayed
//! jobs that are due, and saying that it lives.

use super::{Shared, key, lock};
use crate::conn::link::LinkError;
use crate::jobs::consumer::{Lease, Renewal};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// How often a worker says that it lives.
const BEAT: Duration = Duration::from_secs(3);

/// How often progress is noted: jobs that are quick have none.
const REPORT: Duration = Duration::from_millis(250);

/// How often it looks for times that a clock has left in the future.
const REPAIR: Duration = Duration::from_secs(10);

/// The longest time between looks at delayed jobs.
const PROMOTE: Duration = Duration::from_millis(250);

impl Shared {
    /// Renews leases and says that the worker lives, until cancelled.
    pub(super) async fn keep(self: Arc<Self>) {
        let mut renew = tokio::time::interval(self.config.lease / 3);
        let mut beat = tokio::time::interval(BEAT);
        let mut sweep = tokio::time::interval(Duration::from_secs(600));
        let mut report = tokio::time::interval(REPORT);
        let (mut repair, mut from) = (tokio::time::interval(REPAIR), 0);
        for timer in [&mut renew, &mut beat, &mut sweep, &mut report, &mut repair] {
            timer.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        }
        loop {
            let kept = tokio::select! {
                _ = renew.tick() => self.renew().await,
                _ = beat.tick() => self.beat().await,
                _ = report.tick() => self.report().await,
                _ = sweep.tick() => self.consumer.sweep().await,
                _ = repair.tick() => self.consumer.repair(from).await.map(|(_, next)| from = next),
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
                running.run.cancel.store(true, Ordering::Relaxed);
            }
        }
        Ok(())
    }

    /// Notes how far the running jobs have come, of those that came further.
    async fn report(&self) -> Result<(), LinkError> {
        let mut news = Vec::new();
        for running in lock(&self.running).values_mut() {
            let steps = running.run.progress.steps();
            if let Some(steps) = steps.filter(|_| steps != running.reported) {
                running.reported = Some(steps);
                news.push((running.lease.job.clone(), steps));
            }
        }
        self.consumer.report(&news).await
    }

    pub(super) async fn beat(&self) -> Result<(), LinkError> {
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
    pub(super) async fn promote(self: Arc<Self>) {
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
}
