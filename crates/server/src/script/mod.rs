//! EVAL, EVALSHA and FCALL: a command becomes a run of the Lua machine, and
//! the commands that run calls are executed.

mod eval;
mod run;

pub use eval::{eval, evalsha, fcall};
