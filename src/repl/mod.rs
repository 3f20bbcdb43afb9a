//! The teaching shell: what redis-cli does, exactly, and what a learner needs
//! besides.
//!
//! Two front ends of a [`Session`](crate::session::Session): [`Pipe`] runs
//! lines from a pipe or one command; [`Repl`] is the interactive loop, which
//! practice and the walkthrough embed with hooks of their own.

pub mod config;
mod editor;
mod editor_assistant;
mod highlight;
mod interactive;
mod interrupts;
mod pipe;
mod programs;
mod readable;
mod screen;
mod scripts;
mod short;
mod watch;
mod wording;

pub use highlight::highlight;
pub use interactive::{Repl, ReplOptions, banner};
pub use interrupts::stop_job;
pub use pipe::{Pipe, PipeOptions, Scan};
