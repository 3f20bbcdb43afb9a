//! The queue as its producers use it: enqueue, ask for a job, cancel, retry.
//!
//! What a worker does with it is in [`super::consumer`], what there is to see
//! of the whole queue in [`super::overview`].

use super::job::{Job, NewJob, State, is_id};
use super::keys::{Keys, Lane};
use super::scripts;
use crate::conn::Target;
use crate::conn::link::{Link, LinkError, Recorder, Script, ScriptCall, fields, unexpected};
use crate::error::Error;
use catalog::lang::{Lang, Text};
use catalog::text;
use futures_util::StreamExt as _;
use futures_util::stream;
use redis::Cmd;
use resp::Reply;
use std::time::Duration;

/// How long a finished job is remembered: 24 hours, as Celery does.
pub const RESULT_TTL: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a dead letter is kept for somebody to look at.
pub const DEAD_TTL: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest wait before a retry.
pub const MAX_RETRY_WAIT: Duration = Duration::from_secs(450);

/// How many jobs may wait by default; beyond it new ones are refused.
pub const DEFAULT_LIMIT: usize = 100_000;

/// How many jobs one script call adds: enough to make the round trip cheap,
/// few enough not to keep other clients waiting.
const BATCH: usize = 256;

/// How many script calls travel in one pipeline, and how many pipelines are
/// under way: while Redis works on one, the next is written.
const CALLS_PER_PIPELINE: usize = 8;
const PIPELINES: usize = 4;

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

impl QueueError {
    /// What went wrong, in this language.
    pub fn text(&self, lang: Lang) -> String {
        match self {
            QueueError::Link(error) => error.text(lang),
            QueueError::Full { limit } => text!(
                lang,
                "the queue is full: as many jobs wait as may (--limit {limit})",
                "kolejka jest pełna: czeka tyle zadań, ile może (--limit {limit})"
            ),
        }
    }
}

impl From<LinkError> for QueueError {
    fn from(error: LinkError) -> Self {
        QueueError::Link(error)
    }
}

impl From<QueueError> for Error {
    fn from(error: QueueError) -> Self {
        let full = matches!(error, QueueError::Full { .. });
        let error = Error::server(Text::in_each(|lang| error.text(lang)));
        if full {
            error.hint(text!(
                "start more workers, or try again when some jobs are done",
                "uruchom więcej workerów albo spróbuj, gdy część zadań się skończy"
            ))
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
            link: Link::new(target, recorder).with_scripts(scripts::all()),
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

    /// Whether Redis takes writes now: it is there, not full, and no replica.
    ///
    /// # Errors
    /// Why it does not.
    pub async fn probe(&self) -> Result<(), LinkError> {
        let mut cmd = redis::cmd("SET");
        cmd.arg(self.keys.probe()).arg("1").arg("EX").arg(60);
        self.link.call(&cmd).await.map(drop)
    }

    /// Whether Redis saves to disk; `None` when it does not tell.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn saves(&self) -> Result<Option<bool>, LinkError> {
        let ask = |name: &str| {
            let mut cmd = redis::cmd("CONFIG");
            cmd.arg("GET").arg(name);
            cmd
        };
        let replies = self
            .link
            .pipeline(vec![ask("save"), ask("appendonly")])
            .await?;
        let told = |i: usize, name: &str| fields(replies.get(i)?).remove(name);
        let (save, log) = (told(0, "save"), told(1, "appendonly"));
        Ok(save
            .zip(log)
            .map(|(save, log)| !save.is_empty() || log == "yes"))
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

    /// Enqueues many jobs in their order, batches of them pipelined.
    ///
    /// # Errors
    /// When Redis is gone; some of the jobs may have been added then.
    pub async fn enqueue_all(&self, jobs: &[NewJob]) -> Result<Vec<Enqueued>, QueueError> {
        // One call takes jobs of one kind; one with a key or a file has its own.
        let plain = |job: &NewJob| job.idempotency_key.is_none() && job.blob.is_none();
        let alike =
            |a: &NewJob, b: &NewJob| plain(a) && plain(b) && a.lane == b.lane && a.delay == b.delay;
        let batches: Vec<&[NewJob]> = jobs
            .chunk_by(alike)
            .flat_map(|kind| kind.chunks(BATCH))
            .collect();
        let send = |batches: &[&[NewJob]]| {
            let calls: Vec<_> = batches.iter().map(|jobs| self.enqueue_call(jobs)).collect();
            async move { self.link.scripts(&scripts::ENQUEUE, &calls).await }
        };
        let mut pipelines = stream::iter(batches.chunks(CALLS_PER_PIPELINE))
            .map(send)
            .buffered(PIPELINES);
        let mut outcomes = Vec::with_capacity(jobs.len());
        while let Some(replies) = pipelines.next().await {
            for reply in replies? {
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
        }
        Ok(outcomes)
    }

    /// The call for jobs that share lane and delay; key and file are the first one's.
    fn enqueue_call(&self, jobs: &[NewJob]) -> ScriptCall {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.delayed(),
            keys.events(),
        ]);
        if let Some(first) = jobs.first() {
            let key = first.idempotency_key.as_ref();
            call.arg(keys.prefix())
                .number(self.limit)
                .arg(first.lane.name())
                .number(first.delay.as_millis())
                .arg(key.map_or(String::new(), |key| format!("idem:{key}")))
                .number(RESULT_TTL.as_secs())
                .arg(first.blob.as_deref().unwrap_or_default());
        }
        for job in jobs {
            call.arg(&job.id).arg(&job.task).arg(&job.args);
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
        script: &'static Script,
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

    /// Fires one slot of a schedule, unless it (or a later one) was fired
    /// before, by whomever. Gives whether this call fired it.
    ///
    /// # Errors
    /// When Redis is gone. Repeating the call is safe.
    pub async fn tick(&self, name: &str, slot: i64, job: &NewJob) -> Result<bool, LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.schedule(),
            keys.job(&job.id),
            keys.queue(Lane::Default),
        ]);
        call.arg(name)
            .number(slot)
            .arg(&job.id)
            .arg(&job.task)
            .arg(&job.args);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_with_glob_characters_deletes_only_itself() {
        assert_eq!(glob_escape("a[b]*?\\:"), "a\\[b\\]\\*\\?\\\\:");
    }
}
