//! The teaching shell: what redis-cli does, exactly, and what a learner needs
//! besides.
//!
//! [`Pipe`] runs lines from a pipe or one command; [`Repl`] is the
//! interactive loop, which practice and the walkthrough embed with [`Hooks`]
//! of their own. Both work on a [`Client`], the connection with what it has
//! been told, and a [`Shell`], which remembers and teaches.

mod client;
mod code;
mod complete;
pub mod config;
mod cost;
mod danger;
mod diff;
mod editor;
mod editor_assistant;
mod execute;
mod help;
mod highlight;
mod hint;
mod hooks;
mod interactive;
mod line;
mod names;
mod output;
mod pipe;
mod save;
mod screen;
mod secrets;
mod shell;
mod state;
mod syntax;
mod teach;
mod undo;
mod value;
mod wire;

pub use client::{Arrival, Client, Side};
pub use help::MetaCommand;
pub use hint::hint;
pub use hooks::{Hooks, NoHooks, Said};
pub use interactive::{Repl, ReplOptions, banner};
pub use line::{Line, read as read_line};
pub use output::Output;
pub use pipe::{Pipe, PipeOptions, Words};
pub use shell::{Preparation, Shell, Switches};
pub use state::{Argv, State};
