//! Live demos that lessons cannot express as data: real concurrency, real
//! time, listeners that run until Ctrl-C.
//!
//! Each is a file of its own, and plays on the lesson's server with connections
//! of its own. One that needs the lesson's own servers uses the `redis` crate, as
//! an application would; where they cannot be started (WebAssembly), its
//! recording in the lesson is played instead.

mod cache;
mod compare_and_set;
mod counters;
mod dying_consumer;
mod eviction;
mod expiry_events;
mod fragmentation;
mod info;
mod listen;
#[cfg(not(target_family = "wasm"))]
pub mod listener;
mod monitor_price;
#[cfg(not(target_family = "wasm"))]
mod moving_slot;
mod pipelining;
mod rate_limiters;
#[cfg(not(target_family = "wasm"))]
mod replica_lag;
mod scene;
mod set_order;
mod setting;
mod survival;
mod unique_visitors;
mod vital_signs;
mod walk;
mod watch_race;
mod wiretap;
mod worker_loop;

use crate::error::{Error, Result};
use crate::lesson::{Item, Step};
use crate::runner::{Event, Stage};
use crate::session::Demos;
use catalog::lang::Lang;
use catalog::text;
use scene::Scene;
pub use setting::Setting;

/// The demo that waits for other programs.
const SET_ORDER: &str = "set-order";

/// Demos that were begun before their turn came, since something in them
/// takes long to start.
#[derive(Debug, Default)]
pub struct Early {
    set_order: Option<set_order::Runs>,
}

impl Early {
    /// Begins what the demos of `steps` have to wait for.
    pub fn begin(steps: &[Step]) -> Early {
        let mut items = steps.iter().flat_map(|step| &step.items);
        let has_set_order =
            items.any(|item| matches!(item, Item::Live { demo, .. } if demo == SET_ORDER));
        Early {
            set_order: has_set_order.then(set_order::Runs::begin),
        }
    }

    /// Runs the demo `name`, telling what happens as events.
    ///
    /// # Errors
    /// When the server fails or `emit` does.
    pub async fn run(
        &mut self,
        name: &str,
        stage: &Stage,
        lang: Lang,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let mut scene = Scene::new(stage, lang, emit);
        match name {
            "cache-aside" => cache::aside(&mut scene).await,
            "compare-and-set" => compare_and_set::play(&mut scene).await,
            "counters" => counters::play(&mut scene).await,
            "damaged-tail" => survival::damaged_tail(&mut scene).await,
            "dying-consumer" => dying_consumer::play(&mut scene).await,
            "eviction" => eviction::policies(&mut scene).await,
            "expiry-events" => expiry_events::play(&mut scene).await,
            "growth" => walk::growth(&mut scene).await,
            "keys-scan" => walk::keys_scan(&mut scene).await,
            "fragmentation" => fragmentation::play(&mut scene).await,
            "kill-nine" => survival::kill_nine(&mut scene).await,
            "listen" => listen::play(&mut scene).await,
            "lru-lfu" => eviction::lru_lfu(&mut scene).await,
            "monitor-price" => monitor_price::play(&mut scene).await,
            #[cfg(not(target_family = "wasm"))]
            "moving-slot" => moving_slot::play(&mut scene).await,
            "pipelining" => pipelining::play(&mut scene).await,
            "rate-limiters" => rate_limiters::play(&mut scene).await,
            #[cfg(not(target_family = "wasm"))]
            "replica-lag" => replica_lag::play(&mut scene).await,
            "rewrite" => survival::rewrite(&mut scene).await,
            SET_ORDER => {
                let runs = self.set_order.take();
                set_order::play(&mut scene, runs.unwrap_or_else(set_order::Runs::begin)).await
            }
            "stampede" => cache::stampede(&mut scene).await,
            "unique-visitors" => unique_visitors::play(&mut scene).await,
            "vital-signs" => vital_signs::play(&mut scene).await,
            "watch-race" => watch_race::play(&mut scene).await,
            "wiretap" => wiretap::play(&mut scene).await,
            "worker-loop" => worker_loop::play(&mut scene).await,
            _ => Err(Error::lesson(text!(
                "there is no demo \"{name}\"",
                "nie ma pokazu „{name}”"
            ))),
        }
    }
}

/// The demos of a lesson that is typed at the prompt.
#[derive(Debug)]
pub struct LiveDemos {
    /// Those begun before their turn came.
    pub early: Early,
    /// The language they speak.
    pub lang: Lang,
}

impl Demos for LiveDemos {
    async fn play(
        &mut self,
        name: &str,
        stage: &Stage,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        self.early.run(name, stage, self.lang, emit).await
    }
}

/// Runs the demo `name` from its beginning.
///
/// # Errors
/// As [`Early::run`].
pub async fn run(
    name: &str,
    stage: &Stage,
    lang: Lang,
    emit: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    Early::default().run(name, stage, lang, emit).await
}
