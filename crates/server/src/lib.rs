//! The built-in server: a faithful Redis inside the binary.
//!
//! Existing crates for this could not teach (they lack whole families of
//! commands, or answer in another order than Redis), so it is ours: one
//! thread, one event loop, state owned by one value
//! ([`engine::server::Server`]), and commands that are plain functions over
//! it. What a command does, it does exactly as Redis 7.0; what it does not
//! have, it refuses with Redis's own error for an unknown command.
//! `tests/differential.rs` compares the two.
//!
//! A folder is a floor, and uses only the floors below it:
//!
//! | folder | what it is for |
//! |---|---|
//! | [`net`] | sockets and the event loop |
//! | [`start`] | what a server is started with; one without sockets |
//! | [`commands`] | the commands, one file per family |
//! | [`script`] | EVAL, EVALSHA, FCALL |
//! | [`engine`] | from a request to its reply |
//! | [`lua`], [`acl`], [`config`] | the Lua machine, users, parameters by name |
//! | [`state`] | what is remembered beside the data |
//! | [`store`] | the data |
//! | [`wire`] | requests, replies, and the text of arguments |

#![cfg_attr(
    any(not(feature = "mlua"), target_family = "wasm"),
    allow(dead_code, reason = "only scripts or only sockets need it")
)]

pub mod acl;
pub mod commands;
pub mod config;
pub mod engine;
pub mod lua;
#[cfg(not(target_family = "wasm"))]
pub mod net;
pub mod script;
pub mod start;
pub mod state;
pub mod store;
pub mod wire;

pub use engine::connection::TooManyClients;
pub use engine::server::Server;
#[cfg(not(target_family = "wasm"))]
pub use net::handle::{Handle, start};
pub use start::Config;
pub use wire::VERSION;
