//! The teaching shell: what redis-cli does, exactly, and what a learner needs
//! besides.
//!
//! [`Pipe`] runs lines from a pipe or one command.

mod client;
mod line;
mod output;
mod pipe;
mod state;
mod syntax;
mod teach;

pub use client::{Arrival, Client, Side};
pub use output::Output;
pub use pipe::{Pipe, PipeOptions, Words};
pub use state::{Argv, State};
