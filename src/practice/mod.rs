//! Practice: a learner alone with the exercises, who proves what was learned.
//!
//! The [`Course`](crate::session::exercise::Course) is the lessons' exercises in order, the [`Coach`] sets one
//! after the other up on a private server and looks after every command
//! whether its checks hold, and a [`Keep`] keeps what was achieved: on a
//! machine the `Store`, a file. The coach sits in the shell as its
//! [`Hooks`](crate::session::Hooks); from a pipe, `run_pipe` does what the shell
//! would.

mod coach;
mod keep;
#[cfg(not(target_family = "wasm"))]
mod pipe;
#[cfg(not(target_family = "wasm"))]
mod report;
mod scene;
#[cfg(not(target_family = "wasm"))]
mod store;
#[cfg(not(target_family = "wasm"))]
mod verify;
mod words;

pub use coach::{Coach, CoachOptions};
pub use keep::Keep;
#[cfg(not(target_family = "wasm"))]
pub use pipe::{PipeRun, run_pipe};
#[cfg(not(target_family = "wasm"))]
pub use report::{Report, csv_field, learner};
pub use scene::Scene;
#[cfg(not(target_family = "wasm"))]
pub use store::{STATE_DIR_VARIABLE, Store, state_folder};
#[cfg(not(target_family = "wasm"))]
pub use verify::{Recheck, Verdict, recheck};
