//! The queue as a worker uses it: claim and start, renew and finish, recover.

mod lease;
mod upkeep;

pub use lease::{Lease, Outcome, Renewal, Settled};
pub use upkeep::WORKER_TTL;

use super::keys::{GROUP, Keys, Lane};
use super::link::{Link, LinkError, Recorder, ScriptCall};
use super::queue::DEAD_TTL;
use super::reply::{entry_field, unexpected};
use super::scripts;
use crate::conn::Target;
use crate::resp::Reply;
use redis::Cmd;
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
            link: Link::new(target.clone(), recorder.clone()),
            blocking: Link::new(target, recorder),
            keys,
            name: name.into(),
            max_deliveries,
            high_in_a_row: AtomicUsize::new(0),
        }
    }

    /// The consumer's name in the group.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The connection for commands that answer at once.
    pub fn link(&self) -> &Link {
        &self.link
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
        for lane in [Lane::High, Lane::Default] {
            let mut cmd = redis::cmd("XGROUP");
            cmd.arg("CREATE")
                .arg(self.keys.queue(lane))
                .arg(GROUP)
                .arg("0")
                .arg("MKSTREAM");
            match self.link.call(&cmd).await {
                Err(LinkError::Refused(text)) if text.starts_with("BUSYGROUP") => {}
                other => drop(other?),
            }
        }
        Ok(())
    }

    fn read_group(&self, count: usize, block: Option<Duration>, lanes: &[Lane]) -> Cmd {
        let mut cmd = redis::cmd("XREADGROUP");
        cmd.arg("GROUP").arg(GROUP).arg(&self.name);
        cmd.arg("COUNT").arg(count);
        if let Some(block) = block {
            cmd.arg("BLOCK").arg(block.as_millis() as u64);
        }
        cmd.arg("STREAMS");
        for &lane in lanes {
            cmd.arg(self.keys.queue(lane));
        }
        for _ in lanes {
            // Entries that nobody in the group was given yet.
            cmd.arg(">");
        }
        cmd
    }

    /// Claims what waits, at most `free` entries: the high lane first, but one
    /// of the default lane for every [`HIGH_IN_A_ROW`] of the high one.
    ///
    /// # Errors
    /// When Redis is gone; `NOGROUP` when somebody deleted the streams.
    pub async fn claim(&self, free: usize) -> Result<Vec<Claimed>, LinkError> {
        let high_in_a_row = self.high_in_a_row.load(Ordering::Relaxed);
        let owed = (high_in_a_row / HIGH_IN_A_ROW).min(free);
        let mut claimed = self.claim_from(Lane::Default, owed).await?;
        // Who was owed more than there is has nothing waiting any more.
        let (paid, settled) = (claimed.len(), claimed.len() < owed);
        claimed.extend(self.claim_from(Lane::High, free - claimed.len()).await?);
        let high = claimed.len() - paid;
        let rest = self.claim_from(Lane::Default, free - claimed.len()).await?;
        let high_in_a_row = if settled || !rest.is_empty() {
            0
        } else {
            high_in_a_row - paid * HIGH_IN_A_ROW + high
        };
        self.high_in_a_row.store(high_in_a_row, Ordering::Relaxed);
        claimed.extend(rest);
        Ok(claimed)
    }

    async fn claim_from(&self, lane: Lane, count: usize) -> Result<Vec<Claimed>, LinkError> {
        if count == 0 {
            return Ok(Vec::new());
        }
        let reply = self
            .link
            .call(&self.read_group(count, None, &[lane]))
            .await?;
        Ok(self.claimed(&reply))
    }

    /// Waits for the next entry in either lane, at most `block`. May give one
    /// entry of each lane.
    ///
    /// # Errors
    /// As [`Consumer::claim`].
    pub async fn wait(&self, block: Duration) -> Result<Vec<Claimed>, LinkError> {
        let cmd = self.read_group(1, Some(block), &[Lane::High, Lane::Default]);
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

    /// Marks claimed entries as started, in one step, and gives what to do for
    /// each. Safe to repeat.
    ///
    /// # Errors
    /// When Redis is gone; the entries stay claimed.
    pub async fn start(&self, claimed: &[Claimed]) -> Result<Vec<Started>, LinkError> {
        if claimed.is_empty() {
            return Ok(Vec::new());
        }
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
            .number(DEAD_TTL.as_secs());
        for claim in claimed {
            call.arg(claim.lane.name())
                .arg(&claim.entry)
                .arg(&claim.job)
                .number(claim.deliveries);
        }
        let reply = self.link.script(&scripts::START, &call).await?;
        let replies = reply.as_slice().unwrap_or_default();
        if replies.len() != claimed.len() {
            return Err(unexpected("start"));
        }
        Ok(claimed
            .iter()
            .zip(replies)
            .map(|(claim, reply)| started(claim, reply))
            .collect())
    }
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

fn started(claim: &Claimed, reply: &Reply) -> Started {
    let parts = reply.as_slice().unwrap_or_default();
    let text = |i: usize| {
        parts
            .get(i)
            .and_then(Reply::as_bytes)
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
            .unwrap_or_default()
    };
    let number = |i: usize| parts.get(i).and_then(Reply::as_int).unwrap_or(1).max(0) as u64;
    match text(0).as_str() {
        "RUN" => Started::Run {
            lease: Lease {
                lane: claim.lane,
                entry: claim.entry.clone(),
                job: claim.job.clone(),
                deliveries: number(1),
            },
            attempt: number(2) as u32,
            task: text(3),
            args: text(4),
        },
        "DEAD" => Started::Dead(claim.job.clone()),
        _ => Started::Skipped,
    }
}
