//! Speaking with Celery: running tasks that a Celery 5 app enqueued, and
//! sending tasks to a Celery worker.
//!
//! Celery's Redis queue is a list, `celery`: producers LPUSH, workers BRPOP.
//! A task is a JSON envelope (message protocol 2) with the arguments as Base64
//! in its body; the result goes to `celery-task-meta-<id>` and is published on
//! a channel of the same name. Facts from Celery's documentation, "Message
//! Protocol" and "Result Backends", and from watching Celery 5 on MONITOR.
//!
//! BRPOP loses a task when its worker dies. So this worker takes tasks with
//! BLMOVE into a list of its own, and removes them in the same MULTI that
//! writes the result. What a dead worker leaves in its list is moved back by
//! the next one that looks. What is no task that can be run is put aside, where
//! Celery's own worker would exit, and a sender that can wait for it is told. A task that is for later (ETA, countdown)
//! waits in a sorted set, not in a worker; the last worker to leave puts those
//! back into the list, where a Celery worker would find them.

mod client;
mod message;
mod worker;

pub use client::Client;
pub use worker::{Config, Event, Observer, work};

use redis::Cmd;

/// The list that Celery uses when no other queue is configured.
const QUEUE: &str = "celery";

fn cmd(name: &str, args: &[&[u8]]) -> Cmd {
    let mut cmd = redis::cmd(name);
    for arg in args {
        cmd.arg(*arg);
    }
    cmd
}
