//! The teaching shell: what redis-cli does, exactly, and what a learner needs
//! besides.
//!
//! [`Pipe`] runs lines from a pipe or one command.

mod client;
mod code;
mod complete;
mod cost;
mod danger;
mod diff;
mod help;
mod highlight;
mod hint;
mod line;
mod output;
mod pipe;
mod save;
mod secrets;
mod shell;
mod state;
mod syntax;
mod teach;
mod undo;
mod value;
mod wire;

pub use client::{Arrival, Client, Side};
pub use output::Output;
pub use pipe::{Pipe, PipeOptions, Words};
pub use shell::{Preparation, Shell, Switches};
pub use state::{Argv, State};
