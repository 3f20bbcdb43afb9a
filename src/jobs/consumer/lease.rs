//! A job that a worker has: keeping it, and letting go of it.

use super::Consumer;
use crate::conn::link::{LinkError, ScriptCall};
use crate::jobs::job::State;
use crate::jobs::keys::{GROUP, Lane};
use crate::jobs::queue::{DEAD_TTL, RESULT_TTL};
use crate::jobs::scripts;
use resp::Reply;
use std::time::Duration;

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
    /// The job had ended already, mostly by being cancelled; `None` when Redis
    /// does not know it any more.
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

impl Consumer {
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

    /// Notes how far jobs have come: steps done, and all.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn report(&self, jobs: &[(String, (u32, u32))]) -> Result<(), LinkError> {
        if jobs.is_empty() {
            return Ok(());
        }
        let mut call = ScriptCall::new([self.keys.events()]);
        call.arg(self.keys.prefix()).arg(&self.name);
        for (id, (done, all)) in jobs {
            call.arg(id).arg(format!("{done}/{all}"));
        }
        self.link.script(&scripts::PROGRESS, &call).await.map(drop)
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
}
