//! The queue as its producers and watchers use it: enqueue, ask, cancel, retry.
//!
//! What a worker does with it is in [`super::consumer`].

use super::job::{Job, NewJob, State, is_id};
use super::keys::{GROUP, Keys, Lane};
use super::link::{Link, LinkError, Recorder, ScriptCall};
use super::scripts;
use crate::conn::Target;
use crate::error::Error;
use crate::resp::Reply;
use redis::Cmd;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

/// How long a finished job is remembered: 24 hours, as Celery does.
pub const RESULT_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a dead letter is kept for somebody to look at.
pub const DEAD_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many jobs may wait by default; beyond it new ones are refused.
pub const DEFAULT_LIMIT: usize = 100_000;

/// How many jobs one script call adds: enough to make the round trip cheap,
/// few enough not to keep other clients waiting.
const BATCH: usize = 256;

/// Why a job was not enqueued, or a question not answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum QueueError {
    /// Redis is gone or refuses.
    Link(LinkError),
    /// As many jobs wait as may wait.
    Full {
        /// The limit.
        limit: usize,
    },
}

impl fmt::Display for QueueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            QueueError::Link(error) => error.fmt(f),
            QueueError::Full { limit } => {
                write!(f, "the queue is full: {limit} jobs are waiting already")
            }
        }
    }
}

impl std::error::Error for QueueError {}

impl From<LinkError> for QueueError {
    fn from(error: LinkError) -> Self {
        QueueError::Link(error)
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        let full = matches!(error, QueueError::Full { .. });
        let error = Error::server(error.to_string());
        if full {
            error.hint("start more workers, or try again when some jobs are done")
        } else {
            error
        }
    }
}

/// What became of a job that was to be enqueued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Enqueued {
    /// It waits now.
    Added,
    /// A job with the same idempotency key exists; this is its ID.
    Existing(String),
    /// The queue is full.
    Full,
}

/// What the queue holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Depth {
    /// Waiting in the high lane.
    pub high: u64,
    /// Waiting in the default lane.
    pub default: u64,
    /// Given to a worker and not finished.
    pub running: u64,
    /// Waiting for their time: delayed, or to be retried.
    pub delayed: u64,
    /// Dead letters.
    pub dead: u64,
}

impl Depth {
    /// Everything that waits in a stream.
    pub fn waiting(&self) -> u64 {
        self.high + self.default
    }
}

/// A worker that gave a sign of life lately.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct WorkerInfo {
    /// Its name, which is its consumer name in the group.
    pub name: String,
    /// How many jobs it runs at once.
    pub concurrency: u32,
    /// How many it runs now.
    pub running: u32,
    /// How many it finished since it was started.
    pub done: u64,
    /// How many of them failed.
    pub failed: u64,
    /// Its process ID.
    pub pid: u32,
    /// Its last sign of life, ms since 1970 on the server's clock.
    pub seen: i64,
}

/// The queue of one Redis under one prefix.
#[derive(Debug)]
pub struct Queue {
    link: Link,
    keys: Keys,
    limit: usize,
}

impl Queue {
    /// The queue on `target`; connects with its first command.
    pub fn new(target: Target, keys: Keys, recorder: Option<Recorder>) -> Queue {
        Queue {
            link: Link::new(target, recorder),
            keys,
            limit: DEFAULT_LIMIT,
        }
    }

    /// The same queue with another bound on how many jobs may wait.
    #[must_use]
    pub fn with_limit(mut self, limit: usize) -> Queue {
        self.limit = limit;
        self
    }

    /// The key names.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// The connection, for commands of neighbouring modules.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// How many jobs may wait.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Whether Redis answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> Result<(), LinkError> {
        self.link.call(&redis::cmd("PING")).await.map(drop)
    }

    /// Enqueues one job and gives its ID: its own, or that of the job which
    /// the same idempotency key made before. Safe to repeat after an error.
    ///
    /// # Errors
    /// When Redis is gone or the queue is full.
    pub async fn enqueue(&self, job: &NewJob) -> Result<String, QueueError> {
        let outcome = self.enqueue_all(std::slice::from_ref(job)).await?;
        match outcome.into_iter().next() {
            Some(Enqueued::Added) | None => Ok(job.id.clone()),
            Some(Enqueued::Existing(id)) => Ok(id),
            Some(Enqueued::Full) => Err(QueueError::Full { limit: self.limit }),
        }
    }

    /// Enqueues many jobs, batches of them pipelined.
    ///
    /// # Errors
    /// When Redis is gone; some of the jobs may have been added then.
    pub async fn enqueue_all(&self, jobs: &[NewJob]) -> Result<Vec<Enqueued>, QueueError> {
        let calls: Vec<ScriptCall> = jobs
            .chunks(BATCH)
            .map(|batch| self.enqueue_call(batch))
            .collect();
        let mut outcomes = Vec::with_capacity(jobs.len());
        for reply in self.link.scripts(&scripts::ENQUEUE, &calls).await? {
            match reply {
                Reply::Array(items) => outcomes.extend(items.iter().map(|item| match item {
                    Reply::Int(0) => Enqueued::Full,
                    Reply::Int(_) => Enqueued::Added,
                    other => Enqueued::Existing(other.as_str().unwrap_or_default().to_owned()),
                })),
                Reply::Error(text) => return Err(LinkError::Refused(text).into()),
                _ => return Err(unexpected("enqueue").into()),
            }
        }
        Ok(outcomes)
    }

    fn enqueue_call(&self, jobs: &[NewJob]) -> ScriptCall {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.delayed(),
            keys.events(),
        ]);
        call.arg(keys.prefix()).number(self.limit);
        for job in jobs {
            let key = job
                .idempotency_key
                .as_ref()
                .map_or(String::new(), |key| format!("idem:{key}"));
            call.arg(&job.id)
                .arg(job.lane.name())
                .arg(&job.task)
                .arg(&job.args)
                .number(job.delay.as_millis())
                .arg(key)
                .number(RESULT_TTL.as_secs());
        }
        call
    }

    /// Everything known about a job; `None` when there is none of this ID.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn job(&self, id: &str) -> Result<Option<Job>, LinkError> {
        if !is_id(id) {
            return Ok(None);
        }
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(self.keys.job(id));
        let reply = self.link.call(&cmd).await?;
        Ok(Job::from_fields(id, fields(&reply)))
    }

    /// Several jobs in one round trip; those that are unknown are left out.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn jobs(&self, ids: &[String]) -> Result<Vec<Job>, LinkError> {
        let commands = ids
            .iter()
            .map(|id| {
                let mut cmd = redis::cmd("HGETALL");
                cmd.arg(self.keys.job(id));
                cmd
            })
            .collect();
        let replies = self.link.pipeline(commands).await?;
        Ok(ids
            .iter()
            .zip(&replies)
            .filter_map(|(id, reply)| Job::from_fields(id, fields(reply)))
            .collect())
    }

    /// The IDs of known jobs: those that ended lately (newest first), dead
    /// letters, those that run or wait, and those that wait for their time; at
    /// most `limit` of each kind.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn known(&self, limit: usize) -> Result<Vec<String>, LinkError> {
        let newest = |key: String| {
            let mut cmd = redis::cmd("XREVRANGE");
            cmd.arg(key).arg("+").arg("-").arg("COUNT").arg(limit);
            cmd
        };
        let mut delayed = redis::cmd("ZRANGE");
        delayed
            .arg(self.keys.delayed())
            .arg(0)
            .arg(limit.max(1) - 1);
        let replies = self
            .link
            .pipeline(vec![
                newest(self.keys.queue(Lane::High)),
                newest(self.keys.queue(Lane::Default)),
                delayed,
                newest(self.keys.done()),
                newest(self.keys.dead()),
            ])
            .await?;
        let mut seen = HashSet::new();
        let mut ids = Vec::new();
        for reply in &replies {
            for item in reply.as_slice().unwrap_or_default() {
                let id = match item {
                    Reply::Bulk(_) => item.as_str().and_then(|m| m.split_once('/')).map(|m| m.1),
                    entry => entry_field(entry, "job"),
                };
                if let Some(id) = id.filter(|id| seen.insert((*id).to_owned())) {
                    ids.push(id.to_owned());
                }
            }
        }
        Ok(ids)
    }

    /// Known jobs, newest first; see [`Queue::known`].
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn recent(&self, limit: usize) -> Result<Vec<Job>, LinkError> {
        let mut jobs = self.jobs(&self.known(limit).await?).await?;
        jobs.sort_by_key(|job| std::cmp::Reverse(job.created));
        Ok(jobs)
    }

    /// The IDs of all dead letters, oldest first.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn dead(&self) -> Result<Vec<String>, LinkError> {
        let mut cmd = redis::cmd("XRANGE");
        cmd.arg(self.keys.dead()).arg("-").arg("+");
        let reply = self.link.call(&cmd).await?;
        Ok(reply
            .as_slice()
            .unwrap_or_default()
            .iter()
            .filter_map(|entry| entry_field(entry, "job"))
            .map(str::to_owned)
            .collect())
    }

    /// How much waits, runs and is dead.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn depth(&self) -> Result<Depth, LinkError> {
        let of = |name: &str, key: String| {
            let mut cmd = redis::cmd(name);
            cmd.arg(key);
            cmd
        };
        let pending = |lane| {
            let mut cmd = of("XPENDING", self.keys.queue(lane));
            cmd.arg(GROUP);
            cmd
        };
        let replies = self
            .link
            .pipeline(vec![
                of("XLEN", self.keys.queue(Lane::High)),
                of("XLEN", self.keys.queue(Lane::Default)),
                // An error before the first worker made the group: nothing runs.
                pending(Lane::High),
                pending(Lane::Default),
                of("ZCARD", self.keys.delayed()),
                of("XLEN", self.keys.dead()),
            ])
            .await?;
        let number = |i: usize| {
            let reply: Option<&Reply> = replies.get(i);
            let reply = reply.map(|r| r.as_slice().and_then(|s| s.first()).unwrap_or(r));
            reply.and_then(Reply::as_int).unwrap_or(0).max(0) as u64
        };
        let (high, default) = (number(2), number(3));
        Ok(Depth {
            high: number(0).saturating_sub(high),
            default: number(1).saturating_sub(default),
            running: high + default,
            delayed: number(4),
            dead: number(5),
        })
    }

    /// Workers that gave a sign of life lately, by name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn workers(&self) -> Result<Vec<WorkerInfo>, LinkError> {
        let mut cmd = redis::cmd("ZRANGE");
        cmd.arg(self.keys.workers())
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES");
        let reply = self.link.call(&cmd).await?;
        let seen: Vec<(String, i64)> = reply
            .as_slice()
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| {
                let score = pair[1].as_str()?.parse::<f64>().ok()?;
                Some((pair[0].as_str()?.to_owned(), score as i64))
            })
            .collect();
        let commands = seen
            .iter()
            .map(|(name, _)| {
                let mut cmd = redis::cmd("HGETALL");
                cmd.arg(self.keys.worker(name));
                cmd
            })
            .collect();
        let replies = self.link.pipeline(commands).await?;
        let mut workers: Vec<WorkerInfo> = seen
            .into_iter()
            .zip(&replies)
            .map(|((name, seen), reply)| worker_info(name, seen, &fields(reply)))
            // A hash that expired belongs to a worker that is gone.
            .filter(|worker| worker.concurrency > 0)
            .collect();
        workers.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(workers)
    }

    /// Cancels a job, and gives the state it was in; `None` when unknown.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn cancel(&self, id: &str) -> Result<Option<State>, LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([keys.job(id), keys.delayed(), keys.done(), keys.events()]);
        call.arg(id).number(RESULT_TTL.as_secs());
        self.state_reply(&scripts::CANCEL, id, &call).await
    }

    /// Puts a dead or cancelled job back into its lane with fresh attempts.
    /// Gives the state it was in; unless that is final, nothing was done.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn retry(&self, id: &str) -> Result<Option<State>, LinkError> {
        self.requeue(id, "RETRY").await
    }

    /// Forgets a dead or cancelled job. Gives the state it was in.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn forget(&self, id: &str) -> Result<Option<State>, LinkError> {
        self.requeue(id, "DROP").await
    }

    async fn requeue(&self, id: &str, what: &str) -> Result<Option<State>, LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.job(id),
            keys.dead(),
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.events(),
        ]);
        call.arg(id).arg(what);
        self.state_reply(&scripts::REQUEUE, id, &call).await
    }

    async fn state_reply(
        &self,
        script: &'static scripts::Script,
        id: &str,
        call: &ScriptCall,
    ) -> Result<Option<State>, LinkError> {
        if !is_id(id) {
            return Ok(None);
        }
        let reply = self.link.script(script, call).await?;
        Ok(reply.as_str().and_then(State::from_name))
    }

    /// The server's time, ms since 1970.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn time(&self) -> Result<i64, LinkError> {
        let reply = self.link.call(&redis::cmd("TIME")).await?;
        let number = |i: usize| -> Option<i64> { reply.as_slice()?.get(i)?.as_str()?.parse().ok() };
        match (number(0), number(1)) {
            (Some(seconds), Some(micros)) => Ok(seconds * 1000 + micros / 1000),
            _ => Err(unexpected("TIME")),
        }
    }

    /// The slot each schedule fired last, ms since 1970, by name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn last_slots(&self) -> Result<HashMap<String, i64>, LinkError> {
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(self.keys.schedule());
        let reply = self.link.call(&cmd).await?;
        Ok(fields(&reply)
            .into_iter()
            .filter_map(|(name, slot)| Some((name, slot.parse().ok()?)))
            .collect())
    }

    /// Fires one slot of a schedule, unless it (or a later one) was fired
    /// before, by whomever. Gives whether this call fired it.
    ///
    /// # Errors
    /// When Redis is gone. Repeating the call is safe.
    pub async fn tick(&self, name: &str, slot: i64, job: &NewJob) -> Result<bool, LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.schedule(),
            keys.cron(name, slot),
            keys.job(&job.id),
            keys.queue(Lane::Default),
        ]);
        call.arg(name)
            .number(slot)
            .arg(&job.id)
            .arg(&job.task)
            .arg(&job.args)
            .number(RESULT_TTL.as_secs());
        let reply = self.link.script(&scripts::TICK, &call).await?;
        Ok(reply.as_int() == Some(1))
    }

    /// Deletes every key under the prefix; only for queues of our own.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn delete_everything(&self) -> Result<(), LinkError> {
        let mut cursor = "0".to_owned();
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(&cursor)
                .arg("MATCH")
                .arg(format!("{}*", glob_escape(self.keys.prefix())))
                .arg("COUNT")
                .arg(1000);
            let reply = self.link.call(&scan).await?;
            let parts = reply.as_slice().unwrap_or_default();
            let found = parts.get(1).and_then(Reply::as_slice).unwrap_or_default();
            let commands: Vec<Cmd> = found
                .iter()
                .filter_map(Reply::as_bytes)
                .map(|key| {
                    let mut cmd = redis::cmd("DEL");
                    cmd.arg(key);
                    cmd
                })
                .collect();
            self.link.pipeline(commands).await?;
            cursor = match parts.first().and_then(Reply::as_str) {
                Some("0") | None => return Ok(()),
                Some(next) => next.to_owned(),
            };
        }
    }
}

/// A reply of a shape that this version of Redis should not give.
pub(super) fn unexpected(what: &str) -> LinkError {
    LinkError::Refused(format!("an unexpected reply to {what}"))
}

/// The text with the characters that mean something in a glob escaped.
fn glob_escape(text: &str) -> String {
    text.chars().fold(String::new(), |mut escaped, c| {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            escaped.push('\\');
        }
        escaped.push(c);
        escaped
    })
}

/// The fields of a hash as HGETALL gives them.
pub(super) fn fields(reply: &Reply) -> HashMap<String, String> {
    let text = |reply: &Reply| {
        reply
            .as_bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    match reply {
        Reply::Map(pairs) => pairs
            .iter()
            .filter_map(|(field, value)| Some((text(field)?, text(value)?)))
            .collect(),
        other => other
            .as_slice()
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| Some((text(&pair[0])?, text(&pair[1])?)))
            .collect(),
    }
}

/// The value of `field` in a stream entry `[id, [field, value, ...]]`.
pub(super) fn entry_field<'a>(entry: &'a Reply, field: &str) -> Option<&'a str> {
    entry
        .as_slice()?
        .get(1)?
        .as_slice()?
        .chunks_exact(2)
        .find(|pair| pair[0].as_str() == Some(field))
        .and_then(|pair| pair[1].as_str())
}

fn worker_info(name: String, seen: i64, fields: &HashMap<String, String>) -> WorkerInfo {
    fn number<T: std::str::FromStr + Default>(text: Option<&String>) -> T {
        text.and_then(|text| text.parse().ok()).unwrap_or_default()
    }
    WorkerInfo {
        name,
        seen,
        concurrency: number(fields.get("concurrency")),
        running: number(fields.get("running")),
        done: number(fields.get("done")),
        failed: number(fields.get("failed")),
        pid: number(fields.get("pid")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_with_glob_characters_deletes_only_itself() {
        assert_eq!(glob_escape("a[b]*?\\:"), "a\\[b\\]\\*\\?\\\\:");
    }

    #[test]
    fn entries_and_hashes_are_read() {
        let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
        let entry = Reply::Array(vec![
            bulk("1-1"),
            Reply::Array(vec![bulk("job"), bulk("x"), bulk("task"), bulk("t")]),
        ]);
        assert_eq!(entry_field(&entry, "task"), Some("t"));
        assert_eq!(entry_field(&entry, "none"), None);
        assert_eq!(entry_field(&Reply::Nil, "job"), None);
        let hash = Reply::Array(vec![bulk("a"), bulk("1")]);
        assert_eq!(fields(&hash).get("a").map(String::as_str), Some("1"));
    }
}
