//! Letting go of jobs: outcomes, as many as are ready in one round trip, and at
//! the end what could not be finished.

use super::{Event, Finished, LINGER, Shared, key, lock};
use crate::conn::link::LinkError;
use crate::jobs::consumer::{Lease, Outcome, Settled};
use crate::jobs::tasks::TaskError;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

impl Shared {
    /// Sends outcomes until aborted.
    pub(super) async fn settle(
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
                        break vec![Settled::Ended(None); sent.len()];
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
            Settled::Ended(None) => return self.emit(Event::Forgotten(id)),
            Settled::Ended(Some(_)) => return self.emit(Event::Cancelled(id)),
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
            took,
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

    /// Waits for running jobs for the grace period, then gives them back.
    pub(super) async fn drain(&self, hard: &CancellationToken) {
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
                running.run.cancel.store(true, Ordering::Relaxed);
                (running.lease, Outcome::HandBack)
            })
            .collect();
        // When Redis is gone as well, the leases run out by themselves.
        if let Ok(Ok(settled)) = timeout(LINGER, self.consumer.finish(&rest)).await {
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
