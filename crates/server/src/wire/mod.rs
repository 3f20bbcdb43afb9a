//! What goes over a connection: requests, replies, and how their arguments
//! are read and written. Nothing here knows of keys or clients.

pub mod args;
pub mod glob;
pub mod longdouble;
pub mod number;
pub mod protocol;
pub mod reply;
mod shortest;

/// The version of Redis this server behaves as.
pub const VERSION: &str = "8.0.2";
