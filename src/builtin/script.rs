//! Lua scripts and functions.

/// The interpreter and the scripts it knows; made when the first script runs.
#[derive(Debug, Default)]
pub struct Engine {}
