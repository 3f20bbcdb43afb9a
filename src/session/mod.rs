//! What a learner talks to, wherever he sits: lines in, events out.
//!
//! A [`Session`] works on a [`Client`](crate::conn::Client), the connection
//! with what it has been told, and a [`Shell`], which remembers and teaches. A
//! mode such as practice sits in it as its [`Hooks`]. There is no terminal, no
//! file and no process here: the interactive shell, a pipe and practice are
//! front ends of it.

pub mod code;
mod commands;
pub mod complete;
mod connection;
mod core;
mod cost;
mod danger;
mod diff;
mod event;
pub mod exercise;
mod flow;
mod guide;
pub mod help;
mod hint;
mod hooks;
pub mod keyspace;
pub mod line;
mod names;
mod options;
pub mod output;
mod run;
mod save;
mod scope;
mod seats;
mod secrets;
mod shell;
mod stop;
pub mod success;
mod syntax;
mod table;
pub mod teach;
mod undo;
mod value;
mod wire;
pub mod word;
pub mod words;

pub use commands::Commands;
pub use core::Session;
pub use event::{Event, Out};
pub use flow::{Flow, Wish};
pub use guide::{Demos, Guide, GuideOptions, Left};
pub use hint::hint;
pub use hooks::{Aside, Desk, Hooks, Next, NoHooks, Said};
pub use line::Typed;
pub use names::key_names;
pub use output::Output;
pub use run::{Ran, SLOW};
pub use seats::{Arrived, Seats};
pub use secrets::has_secret;
pub use shell::{Preparation, Shell, Switches, remark};
pub use table::Shape;
