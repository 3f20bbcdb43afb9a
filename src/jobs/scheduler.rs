//! Whoever fires the slots of a schedule, until told to stop.

use super::job::NewJob;
use super::queue::Queue;
use super::schedule::Entry;
use crate::conn::link::LinkError;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// How long a scheduler sleeps at most before it looks at the server's clock.
const MAX_SLEEP: Duration = Duration::from_secs(1);

/// How far, in ms, a server's clock may be set back without counting as such.
const CLOCK_TOLERANCE: i64 = 1000;

/// What a scheduler tells whoever watches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// This scheduler fired a slot: name, slot in ms since 1970, job ID.
    Fired(String, i64, String),
    /// Redis is gone, or takes nothing.
    Disconnected(LinkError),
    /// Redis is back.
    Reconnected,
}

/// Sees a scheduler's events.
pub type Observer = Arc<dyn Fn(Event) + Send + Sync>;

/// Fires slots until told to stop: of these schedules, and of those that were
/// added ([`super::schedules`]).
pub async fn run(
    queue: Arc<Queue>,
    entries: Vec<Entry>,
    observer: Observer,
    stop: CancellationToken,
) {
    let mut scheduler = Scheduler {
        queue,
        entries,
        observer,
        fired: None,
    };
    let mut is_lost = false;
    while !stop.is_cancelled() {
        let sleep = match scheduler.step().await {
            Ok(sleep) => {
                if std::mem::take(&mut is_lost) {
                    (scheduler.observer)(Event::Reconnected);
                }
                sleep
            }
            Err(error) => {
                if !std::mem::replace(&mut is_lost, true) {
                    (scheduler.observer)(Event::Disconnected(error));
                }
                MAX_SLEEP / 4
            }
        };
        tokio::select! {
            () = tokio::time::sleep(sleep) => {}
            () = stop.cancelled() => {}
        }
    }
}

struct Scheduler {
    queue: Arc<Queue>,
    entries: Vec<Entry>,
    observer: Observer,
    /// The last slot by name, of us or others; `None` before the first look.
    fired: Option<HashMap<String, i64>>,
}

impl Scheduler {
    /// Fires what is due and gives the time to sleep.
    async fn step(&mut self) -> Result<Duration, LinkError> {
        let now = self.queue.time().await?;
        let mut fired = match self.fired.take() {
            Some(fired) => fired,
            None => self.queue.last_slots().await?,
        };
        let mut entries = self.entries.clone();
        entries.extend(self.queue.schedules().await?);
        for entry in &entries {
            // A schedule that never ran begins with the next slot from now.
            let last = fired.entry(entry.name.clone()).or_insert(now);
            // So does one whose last slot a clock that ran ahead has fired.
            *last = (*last).min(now + CLOCK_TOLERANCE);
            let last = *last;
            if let Some(slot) = entry.due(last, now) {
                let job = NewJob::new(entry.task.clone(), entry.args.clone());
                if self.queue.tick(&entry.name, slot, &job).await? {
                    (self.observer)(Event::Fired(entry.name.clone(), slot, job.id));
                }
                fired.insert(entry.name.clone(), slot);
            }
        }
        self.fired = Some(fired);
        let next = entries.iter().filter_map(|e| e.next_after(now)).min();
        let wait = next.map_or(MAX_SLEEP, |next| {
            Duration::from_millis(u64::try_from(next - now).unwrap_or(0) + 1)
        });
        Ok(wait.min(MAX_SLEEP))
    }
}
