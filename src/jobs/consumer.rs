//! The queue as a worker uses it: claim, renew, finish, recover.

use super::job::State;
use super::keys::{GROUP, Keys, Lane};
use super::link::{Link, LinkError, Recorder, ScriptCall};
use super::queue::{DEAD_TTL, RESULT_TTL};
use super::reply::{entry_field, unexpected};
use super::scripts;
use crate::conn::Target;
use crate::resp::Reply;
use redis::Cmd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many due jobs one step moves into their streams.
const PROMOTE_BATCH: usize = 100;

/// How long a worker may be silent before it is no longer listed.
pub const WORKER_TTL: Duration = Duration::from_secs(15);

/// How many jobs of the high lane a worker takes in a row while others wait:
/// the next one is of the default lane, so that nothing waits for ever.
pub const HIGH_IN_A_ROW: usize = 8;

/// How long a consumer must be silent before its name is forgotten.
const CONSUMER_TTL: Duration = Duration::from_secs(60 * 60);

/// A stream entry that was claimed and not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    lane: Lane,
    entry: String,
    job: String,
    /// 1 for a first delivery; 0 when only the group knows.
    deliveries: u64,
}

/// The right to finish a job: which entry, and the fencing token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lease {
    /// Where the entry is.
    pub lane: Lane,
    /// The entry's stream ID.
    pub entry: String,
    /// The job's ID.
    pub job: String,
    /// How often the entry had been delivered when we got it.
    pub deliveries: u64,
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

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The result, as JSON.
    Success(String),
    /// It failed for good: kind (one word) and text.
    Failure(String, String),
    /// It failed and is worth another try: kind, text, when.
    Retry(String, String, Duration),
    /// The worker shuts down before the job is done.
    HandBack,
}

/// What the queue said to an outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Settled {
    /// It was taken.
    Taken,
    /// Another worker holds the job now; nothing was written.
    Lost,
    /// The job had ended already, mostly by being cancelled.
    Ended(Option<State>),
}

/// How a lease fared at its renewal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Renewal {
    /// Ours for another lease time.
    Held,
    /// Another worker's now.
    Lost,
    /// The job was cancelled.
    Revoked,
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

    /// Renews leases and says how each fared.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn renew(&self, leases: &[Lease]) -> Result<Vec<Renewal>, LinkError> {
        if leases.is_empty() {
            return Ok(Vec::new());
        }
        let keys = &self.keys;
        let mut call = ScriptCall::new([keys.queue(Lane::High), keys.queue(Lane::Default)]);
        call.arg(keys.prefix()).arg(GROUP).arg(&self.name);
        for lease in leases {
            call.arg(lease.lane.name())
                .arg(&lease.entry)
                .arg(&lease.job)
                .number(lease.deliveries);
        }
        let reply = self.link.script(&scripts::RENEW, &call).await?;
        Ok(reply
            .as_slice()
            .unwrap_or_default()
            .iter()
            .map(|reply| match reply.as_str() {
                Some("HELD") => Renewal::Held,
                Some("REVOKED") => Renewal::Revoked,
                _ => Renewal::Lost,
            })
            .collect())
    }

    /// Lets go of jobs, each with its outcome, all in one round trip.
    ///
    /// # Errors
    /// When Redis is gone. Repeating the call is safe: an outcome that was
    /// taken before is `Lost` the second time.
    pub async fn finish(&self, outcomes: &[(Lease, Outcome)]) -> Result<Vec<Settled>, LinkError> {
        let calls: Vec<ScriptCall> = outcomes
            .iter()
            .map(|(lease, outcome)| self.finish_call(lease, outcome))
            .collect();
        let replies = self.link.scripts(&scripts::FINISH, &calls).await?;
        replies
            .into_iter()
            .map(|reply| match reply {
                Reply::Error(text) => Err(LinkError::Refused(text)),
                reply => Ok(match reply.as_str() {
                    Some("OK") => Settled::Taken,
                    Some("LOST") => Settled::Lost,
                    other => Settled::Ended(other.and_then(State::from_name)),
                }),
            })
            .collect()
    }

    fn finish_call(&self, lease: &Lease, outcome: &Outcome) -> ScriptCall {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.queue(lease.lane),
            keys.job(&lease.job),
            keys.done(),
            keys.dead(),
            keys.delayed(),
            keys.events(),
        ]);
        call.arg(GROUP)
            .arg(&lease.entry)
            .arg(&lease.job)
            .arg(&self.name)
            .number(lease.deliveries);
        match outcome {
            Outcome::Success(result) => {
                call.arg("SUCCESS").arg(result).number(RESULT_TTL.as_secs())
            }
            Outcome::Failure(kind, text) => call
                .arg("FAILURE")
                .arg(text)
                .number(DEAD_TTL.as_secs())
                .arg(kind),
            Outcome::Retry(kind, text, delay) => call
                .arg("RETRY")
                .arg(text)
                .number(delay.as_millis())
                .arg(kind)
                .arg(lease.lane.name()),
            Outcome::HandBack => call.arg("HANDBACK").arg(""),
        };
        call
    }

    /// Moves delayed jobs that are due, and gives the time until the next one.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn promote(&self) -> Result<(usize, Option<Duration>), LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.delayed(),
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
        ]);
        call.number(PROMOTE_BATCH);
        let reply = self.link.script(&scripts::PROMOTE, &call).await?;
        let number = |i: usize| reply.as_slice().and_then(|r| r.get(i)?.as_int());
        let moved = number(0).unwrap_or(0).max(0) as usize;
        let next = number(1).and_then(|ms| u64::try_from(ms).ok());
        Ok((moved, next.map(Duration::from_millis)))
    }

    /// Says that this worker lives.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn beat(&self, about: &[(&str, String)]) -> Result<(), LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([keys.workers(), keys.worker(&self.name), keys.dead()]);
        call.arg(&self.name)
            .number(WORKER_TTL.as_secs())
            .number(DEAD_TTL.as_millis());
        for (field, value) in about {
            call.arg(field).arg(value);
        }
        self.link.script(&scripts::BEAT, &call).await.map(drop)
    }

    /// Says that this worker goes.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn farewell(&self) -> Result<(), LinkError> {
        let mut zrem = redis::cmd("ZREM");
        zrem.arg(self.keys.workers()).arg(&self.name);
        let mut del = redis::cmd("DEL");
        del.arg(self.keys.worker(&self.name));
        self.link.pipeline(vec![zrem, del]).await.map(drop)
    }

    /// Forgets consumers that have been silent for an hour and hold nothing.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn sweep(&self) -> Result<(), LinkError> {
        let mut call =
            ScriptCall::new([self.keys.queue(Lane::High), self.keys.queue(Lane::Default)]);
        call.arg(GROUP).number(CONSUMER_TTL.as_millis());
        self.link.script(&scripts::SWEEP, &call).await.map(drop)
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
