//! What every worker does for all: moving delayed jobs that are due, and
//! keeping the list of workers true.

use super::Consumer;
use crate::conn::link::{LinkError, ScriptCall};
use crate::jobs::keys::{GROUP, Lane};
use crate::jobs::queue::{DEAD_TTL, MAX_RETRY_WAIT};
use crate::jobs::scripts;
use std::time::Duration;

/// How many due jobs one step moves into their streams.
const PROMOTE_BATCH: usize = 100;

/// How many delayed jobs one step looks at for times that cannot be.
const REPAIR_BATCH: usize = 500;

/// How long a worker may be silent before it is no longer listed.
pub const WORKER_TTL: Duration = Duration::from_secs(15);

/// How long a consumer must be silent before its name is forgotten.
const CONSUMER_TTL: Duration = Duration::from_secs(60 * 60);

impl Consumer {
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

    /// Mends times in the future, which a server's clock that was ahead has left
    /// behind, beginning with the `from`th delayed job. Gives how many there
    /// were, and where to go on; 0 when there is no more to look at.
    ///
    /// # Errors
    /// When Redis is gone.
    pub async fn repair(&self, from: usize) -> Result<(usize, usize), LinkError> {
        let keys = &self.keys;
        let mut call = ScriptCall::new([
            keys.queue(Lane::High),
            keys.queue(Lane::Default),
            keys.delayed(),
        ]);
        call.arg(keys.prefix())
            .arg(GROUP)
            .number(MAX_RETRY_WAIT.as_millis())
            .number(from)
            .number(REPAIR_BATCH);
        let reply = self.link.script(&scripts::REPAIR, &call).await?;
        let number = |i: usize| reply.as_slice().and_then(|r| r.get(i)?.as_int());
        let number = |i| number(i).unwrap_or(0).max(0) as usize;
        Ok((number(0), number(1)))
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
