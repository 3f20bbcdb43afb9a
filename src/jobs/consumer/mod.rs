//! The queue as a worker uses it: start, renew and finish, recover.

mod lease;
mod upkeep;

pub use lease::{Lease, Outcome, Renewal, Settled};
pub use upkeep::WORKER_TTL;

use super::keys::{GROUP, Keys, Lane};
use super::queue::{DEAD_TTL, Queue};
use super::scripts;
use crate::conn::Target;
use crate::conn::link::{Link, LinkError, Recorder, ScriptCall, entry_field, unexpected};
use resp::Reply;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many jobs of the high lane a worker takes in a row while others wait:
/// the next one is of the default lane, so that nothing waits for ever.
pub const HIGH_IN_A_ROW: usize = 8;

/// A stream entry that was claimed and not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    lane: Lane,
    entry: String,
    job: String,
    /// 1 for a first delivery; 0 when only the group knows.
    deliveries: u64,
}

/// What became of a claimed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// There is work to do.
    Run {
        /// The right to finish it.
        lease: Lease,
        /// Which start this is, from 1.
        attempt: u32,
        /// The task's name.
        task: String,
        /// The task's arguments as JSON.
        args: String,
    },
    /// The job had ended, was cancelled or is unknown: nothing to do.
    Skipped,
    /// It was delivered too often and lies with the dead letters now.
    Dead(String),
}

/// One worker's side of the queue.
#[derive(Debug)]
pub struct Consumer {
    /// For everything that answers at once.
    link: Link,
    /// For XREADGROUP BLOCK alone: nothing else may wait behind it.
    blocking: Link,
    keys: Keys,
    name: String,
    max_deliveries: u32,
    /// Jobs of the high lane taken since one of the default lane was.
    high_in_a_row: AtomicUsize,
}

impl Consumer {
    /// A consumer of this name; connects with its first command.
    pub fn new(
        target: Target,
        keys: Keys,
        name: impl Into<String>,
        max_deliveries: u32,
        recorder: Option<Recorder>,
    ) -> Consumer {
        Consumer {
            link: Link::new(target.clone(), recorder.clone()).with_scripts(scripts::all()),
            blocking: Link::new(target, recorder),
            keys,
            name: name.into(),
            max_deliveries,
            high_in_a_row: AtomicUsize::new(0),
        }
    }

    /// A consumer in the process of this queue, whose connection it shares.
    pub fn beside(queue: &Queue, name: impl Into<String>, max_deliveries: u32) -> Consumer {
        let (link, keys) = (queue.link().clone(), queue.keys().clone());
        let target = link.target().clone();
        Consumer {
            link,
            ..Consumer::new(target, keys, name, max_deliveries, None)
        }
    }

    /// The consumer's name in the group.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Forgets both connections, so that the next commands make new ones.
    pub async fn reset(&self) {
        self.link.reset().await;
        self.blocking.reset().await;
    }

    /// Makes the group on both streams, from their beginning: jobs enqueued
    /// before the first worker came are not missed.
    ///
    /// # Errors
    /// When Redis is gone or refuses.
    pub async fn create_groups(&self) -> Result<(), LinkError> {
        let make = [Lane::High, Lane::Default].map(|lane| {
            let mut cmd = redis::cmd("XGROUP");
            cmd.arg("CREATE")
                .arg(self.keys.queue(lane))
                .arg(GROUP)
                .arg("0")
                .arg("MKSTREAM");
            cmd
        });
        for reply in self.link.pipeline(make.into()).await? {
            match reply {
                Reply::Error(text) if !text.starts_with("BUSYGROUP") => {
                    return Err(LinkError::Refused(text));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Waits for the next entry in either lane, at most `block`. May give one
    /// entry of each lane.
    ///
    /// # Errors
    /// When Redis is gone; `NOGROUP` when somebody deleted the streams.
    pub async fn wait(&self, block: Duration) -> Result<Vec<Claimed>, LinkError> {
        let mut cmd = redis::cmd("XREADGROUP");
        cmd.arg("GROUP").arg(GROUP).arg(&self.name);
        cmd.arg("COUNT").arg(1);
        cmd.arg("BLOCK").arg(block.as_millis() as u64);
        cmd.arg("STREAMS");
        cmd.arg(self.keys.queue(Lane::High))
            .arg(self.keys.queue(Lane::Default));
        // Entries that nobody in the group was given yet.
        cmd.arg(">").arg(">");
        let reply = self.blocking.call(&cmd).await?;
        Ok(self.claimed(&reply))
    }

    /// The ID by which CLIENT UNBLOCK can end [`Consumer::wait`] early.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn blocking_id(&self) -> Result<i64, LinkError> {
        let mut cmd = redis::cmd("CLIENT");
        cmd.arg("ID");
        let reply = self.blocking.call(&cmd).await?;
        reply.as_int().ok_or_else(|| unexpected("CLIENT ID"))
    }

    /// Ends a [`Consumer::wait`] that is under way, from another connection.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn unblock(&self, id: i64) -> Result<(), LinkError> {
        let mut cmd = redis::cmd("CLIENT");
        cmd.arg("UNBLOCK").arg(id);
        self.link.call(&cmd).await.map(drop)
    }

    /// The entries of an XREADGROUP reply.
    fn claimed(&self, reply: &Reply) -> Vec<Claimed> {
        let mut claimed = Vec::new();
        for stream in reply.as_slice().unwrap_or_default() {
            let Some([key, Reply::Array(entries)]) = stream.as_slice() else {
                continue;
            };
            let lane = if key.as_str() == Some(&self.keys.queue(Lane::High)) {
                Lane::High
            } else {
                Lane::Default
            };
            claimed.extend(entries.iter().filter_map(|entry| claim_of(entry, lane, 1)));
        }
        claimed
    }

    /// Takes over entries whose consumer has not renewed them for a lease: it
    /// is dead, or as good as dead. At most `free`, the high lane first.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn recover(&self, lease: Duration, free: usize) -> Result<Vec<Claimed>, LinkError> {
        let mut claimed = Vec::new();
        for lane in [Lane::High, Lane::Default] {
            let rest = free - claimed.len();
            if rest == 0 {
                break;
            }
            let mut cmd = redis::cmd("XAUTOCLAIM");
            cmd.arg(self.keys.queue(lane))
                .arg(GROUP)
                .arg(&self.name)
                .arg(lease.as_millis() as u64)
                .arg("0-0")
                .arg("COUNT")
                .arg(rest);
            let reply = self.link.call(&cmd).await?;
            let entries = reply.as_slice().and_then(|parts| parts.get(1));
            let entries = entries.and_then(Reply::as_slice).unwrap_or_default();
            claimed.extend(entries.iter().filter_map(|entry| claim_of(entry, lane, 0)));
        }
        Ok(claimed)
    }

    /// Starts entries that were claimed, and up to `more` that wait: claimed
    /// and marked as started in one step, the high lane first, but one of the
    /// default lane for every [`HIGH_IN_A_ROW`] of the high one. Gives what to
    /// do for each. Safe to repeat.
    ///
    /// # Errors
    /// When Redis is gone; what was claimed stays claimed. `NOGROUP` when
    /// somebody deleted the streams.
    pub async fn start(&self, claimed: &[Claimed], more: usize) -> Result<Vec<Started>, LinkError> {
        if claimed.is_empty() && more == 0 {
            return Ok(Vec::new());
        }
        let high_in_a_row = self.high_in_a_row.load(Ordering::Relaxed);
        let owed = (high_in_a_row / HIGH_IN_A_ROW).min(more);
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.dead(),
            keys.done(),
            keys.events(),
        ]);
        call.arg(keys.prefix())
            .arg(GROUP)
            .arg(&self.name)
            .number(self.max_deliveries)
            .number(DEAD_TTL.as_secs())
            .number(more)
            .number(owed);
        for claim in claimed {
            call.arg(claim.lane.name())
                .arg(&claim.entry)
                .arg(&claim.job)
                .number(claim.deliveries);
        }
        let reply = self.link.script(&scripts::START, &call).await?;
        let rows = reply.as_slice().unwrap_or_default();
        let started: Option<Vec<(Lane, Started)>> = rows.iter().map(started).collect();
        let started = started.ok_or_else(|| unexpected("start"))?;
        if more > 0 {
            let new = started.iter().skip(claimed.len());
            let lanes: Vec<Lane> = new.map(|(lane, _)| *lane).collect();
            let high_in_a_row = debt(high_in_a_row, owed, &lanes);
            self.high_in_a_row.store(high_in_a_row, Ordering::Relaxed);
        }
        Ok(started.into_iter().map(|(_, started)| started).collect())
    }
}

/// How many jobs of the high lane count as taken in a row after entries of
/// these lanes were taken, up to `owed` of the default lane before the others.
fn debt(high_in_a_row: usize, owed: usize, lanes: &[Lane]) -> usize {
    let is_default = |lane: &&Lane| **lane == Lane::Default;
    let paid = lanes.iter().take(owed).take_while(is_default).count();
    let after = lanes.get(paid..).unwrap_or_default();
    let high = after.iter().filter(|lane| **lane == Lane::High).count();
    // Less than was owed, or some after the high lane: nothing had to wait.
    if paid < owed || high < after.len() {
        return 0;
    }
    high_in_a_row - paid * HIGH_IN_A_ROW + high
}

fn claim_of(entry: &Reply, lane: Lane, deliveries: u64) -> Option<Claimed> {
    Some(Claimed {
        lane,
        entry: entry.as_slice()?.first()?.as_str()?.to_owned(),
        // An entry that is not ours has no job: starting it finds the job
        // unknown, and lets go of the entry.
        job: entry_field(entry, "job").unwrap_or_default().to_owned(),
        deliveries,
    })
}

/// A row of the reply to `start.lua`: its lane, and what became of the entry.
fn started(row: &Reply) -> Option<(Lane, Started)> {
    let parts = row.as_slice()?;
    let text = |i: usize| {
        let bytes = parts.get(i)?.as_bytes()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    };
    let number = |i: usize| parts.get(i).and_then(Reply::as_int).unwrap_or(1).max(0) as u64;
    let lane = Lane::from_name(&text(0)?);
    let job = text(2)?;
    let started = match text(3)?.as_str() {
        "RUN" => Started::Run {
            lease: Lease {
                lane,
                entry: text(1)?,
                job,
                deliveries: number(4),
            },
            attempt: number(5) as u32,
            task: text(6).unwrap_or_default(),
            args: text(7).unwrap_or_default(),
        },
        "DEAD" => Started::Dead(job),
        _ => Started::Skipped,
    };
    Some((lane, started))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_lane_is_owed_a_turn_for_every_eight() {
        use Lane::{Default, High};
        assert_eq!(debt(0, 0, &[High, High]), 2);
        assert_eq!(debt(7, 0, &[High]), 8);
        assert_eq!(debt(8, 1, &[Default]), 0);
        assert_eq!(debt(17, 2, &[Default, Default, High]), 2);
        // Nobody of the default lane waited, or nobody waits any more.
        assert_eq!(debt(8, 1, &[High]), 0);
        assert_eq!(debt(3, 0, &[High, Default]), 0);
        assert_eq!(debt(8, 1, &[]), 0);
        assert_eq!(debt(8, 0, &[]), 8);
    }
}
