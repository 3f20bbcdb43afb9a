//! Live demos that lessons cannot express as data: real concurrency, real
//! time, listeners that run until Ctrl-C.
//!
//! Each is a file of its own, and plays on the lesson's server with
//! connections of the `redis` crate, as an application would.

mod counters;
mod dying_consumer;
mod expiry_events;
mod listen;
pub mod listener;
mod pipelining;
mod scene;
mod set_order;
mod watch_race;
mod worker_loop;

use crate::conn::Target;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::runner::Event;
use scene::Scene;

/// Runs the demo `name`, telling what happens as events.
///
/// # Errors
/// When the server fails or `emit` does.
pub async fn run(
    name: &str,
    target: &Target,
    lang: Lang,
    emit: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let mut scene = Scene::new(target, lang, emit)?;
    match name {
        "counters" => counters::play(&mut scene).await,
        "dying-consumer" => dying_consumer::play(&mut scene).await,
        "expiry-events" => expiry_events::play(&mut scene).await,
        "listen" => listen::play(&mut scene).await,
        "pipelining" => pipelining::play(&mut scene).await,
        "set-order" => set_order::play(&mut scene).await,
        "watch-race" => watch_race::play(&mut scene).await,
        "worker-loop" => worker_loop::play(&mut scene).await,
        _ => Err(Error::lesson(format!("there is no demo \"{name}\""))),
    }
}
