//! The queue as its watchers see it: what waits, what runs, who works.

use super::job::Job;
use super::keys::{GROUP, Lane};
use super::queue::Queue;
use crate::conn::link::{LinkError, entry_field, fields};
use resp::Reply;
use std::collections::{HashMap, HashSet};

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

impl Queue {
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
            .arg(self.keys().delayed())
            .arg(0)
            .arg(limit.max(1) - 1);
        let replies = self
            .link()
            .pipeline(vec![
                newest(self.keys().queue(Lane::High)),
                newest(self.keys().queue(Lane::Default)),
                delayed,
                newest(self.keys().done()),
                newest(self.keys().dead()),
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
        cmd.arg(self.keys().dead()).arg("-").arg("+");
        Ok(job_ids(&self.link().call(&cmd).await?))
    }

    /// The newest dead letters, newest first.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn dead_letters(&self, limit: usize) -> Result<Vec<Job>, LinkError> {
        let mut cmd = redis::cmd("XREVRANGE");
        cmd.arg(self.keys().dead()).arg("+").arg("-");
        cmd.arg("COUNT").arg(limit);
        let reply = self.link().call(&cmd).await?;
        self.jobs(&job_ids(&reply)).await
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
            let mut cmd = of("XPENDING", self.keys().queue(lane));
            cmd.arg(GROUP);
            cmd
        };
        let replies = self
            .link()
            .pipeline(vec![
                of("XLEN", self.keys().queue(Lane::High)),
                of("XLEN", self.keys().queue(Lane::Default)),
                // An error before the first worker made the group: nothing runs.
                pending(Lane::High),
                pending(Lane::Default),
                of("ZCARD", self.keys().delayed()),
                of("XLEN", self.keys().dead()),
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
        cmd.arg(self.keys().workers())
            .arg(0)
            .arg(-1)
            .arg("WITHSCORES");
        let reply = self.link().call(&cmd).await?;
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
                cmd.arg(self.keys().worker(name));
                cmd
            })
            .collect();
        let replies = self.link().pipeline(commands).await?;
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

    /// The slot each schedule fired last, ms since 1970, by name.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn last_slots(&self) -> Result<HashMap<String, i64>, LinkError> {
        let mut cmd = redis::cmd("HGETALL");
        cmd.arg(self.keys().schedule());
        let reply = self.link().call(&cmd).await?;
        Ok(fields(&reply)
            .into_iter()
            .filter_map(|(name, slot)| Some((name, slot.parse().ok()?)))
            .collect())
    }
}

/// The IDs of jobs in the entries that XRANGE gives.
fn job_ids(reply: &Reply) -> Vec<String> {
    let entries = reply.as_slice().unwrap_or_default().iter();
    entries
        .filter_map(|entry| entry_field(entry, "job"))
        .map(str::to_owned)
        .collect()
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
