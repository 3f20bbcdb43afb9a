//! EVAL, EVALSHA and FCALL: a command becomes a run of the Lua machine, and
//! the commands that run calls are executed.

#[cfg(not(feature = "mlua"))]
mod absent;
#[cfg(feature = "mlua")]
mod eval;
#[cfg(feature = "mlua")]
mod run;

#[cfg(not(feature = "mlua"))]
pub use absent::{refuse as eval, refuse as evalsha, refuse as fcall};
#[cfg(feature = "mlua")]
pub use eval::{eval, evalsha, fcall};
