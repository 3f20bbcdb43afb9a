//! The server that redis-lab brings along, as a library.
//!
#![doc = include_str!("../README.md")]
//!
//! ## Inside
//!
//! Existing crates for this could not teach (they lack whole families of
//! commands, or answer in another order than Redis), so it is ours: one
//! thread, one event loop, state owned by one value ([`Server`]), and
//! commands that are plain functions over it. What it does not have, it
//! refuses with Redis's own error for an unknown command.
//! `tests/differential.rs` compares it with a real one.
//!
//! A folder is a floor, and uses only the floors below it:
//!
//! | folder | what it is for |
//! |---|---|
//! | `net` | sockets and the event loop |
//! | `start` | what a server is started with; one without sockets |
//! | `disk` | a directory as the place of its files |
//! | `commands` | the commands, one file per family |
//! | `script` | EVAL, EVALSHA, FCALL |
//! | `engine` | from a request to its reply |
//! | `lua`, `acl`, `config` | the Lua machine, users, parameters by name |
//! | `state` | what is remembered beside the data |
//! | `store` | the data |
//! | `wire` | requests, replies, and the text of arguments |

#![cfg_attr(
    any(not(feature = "mlua"), target_family = "wasm"),
    allow(dead_code, reason = "only scripts or only sockets need it")
)]

mod acl;
mod commands;
mod config;
mod disk;
mod engine;
mod lua;
#[cfg(not(target_family = "wasm"))]
mod net;
mod script;
mod start;
mod state;
mod store;
mod wire;

pub use commands::served as commands;
pub use engine::connection::TooManyClients;
pub use engine::files::{Files, Log};
pub use engine::load_error::{LoadCause, LoadError};
pub use engine::manifest::ManifestFault;
pub use engine::news::{FileFault, News, Obstacle};
pub use engine::server::Server;
#[cfg(not(target_family = "wasm"))]
pub use net::handle::{Handle, Signal, Stopper, start, start_with};
pub use start::{Config, ParameterError};
pub use state::ClientId;
pub use state::memory::Allocator;
pub use state::persistence::{Kept, SavePoint, Sync};
pub use store::dump::FileError;
pub use wire::VERSION;
