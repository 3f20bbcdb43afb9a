//! The queue's Lua scripts: where several commands must be one atomic step
//! and a later one depends on an earlier one's reply, MULTI is not enough.
//!
//! The sources under `lua/` are plain commands with comments. For a learner
//! who watches, a script is sent in a form that also gives back every command
//! it called, with its reply ([`traced`](crate::conn::link::Script::traced)).

use crate::conn::link::scripts;

scripts! {
    /// Puts jobs into the queue.
    ENQUEUE = "enqueue";
    /// Marks claimed entries as started.
    START = "start";
    /// Outcome and acknowledgement in one step.
    FINISH = "finish";
    /// Renews leases.
    RENEW = "renew";
    /// Notes how far running jobs have come.
    PROGRESS = "progress";
    /// Moves delayed jobs that are due.
    PROMOTE = "promote";
    /// Cancels a job.
    CANCEL = "cancel";
    /// Retries or forgets a dead job.
    REQUEUE = "requeue";
    /// A worker's sign of life.
    BEAT = "beat";
    /// Forgets consumers that are gone.
    SWEEP = "sweep";
    /// Moves Celery tasks whose time has come.
    ASIDE = "aside";
    /// Mends times that a clock left in the future.
    REPAIR = "repair";
    /// Fires one slot of a schedule.
    TICK = "tick";
}
