//! The built-in server: a faithful Redis inside the binary.
//!
//! Existing crates for this could not teach (they lack whole families of
//! commands, or answer in another order than Redis), so it is ours: one
//! thread, one event loop, state owned by one value ([`server::Server`]), and
//! commands that are plain functions over it. What a command does, it does
//! exactly as Redis 7.0; what it does not have, it refuses with Redis's own
//! error for an unknown command. `tests/differential.rs` compares the two.
//!
//! | module | what it is for |
//! |---|---|
//! | [`net`] | sockets and the event loop |
//! | [`wire`] | requests, replies, and the text of arguments |
//! | [`dispatch`], [`command`], [`ctx`] | from a request to a command's function |
//! | [`commands`] | the commands, one file per family |
//! | [`store`], [`keyspace`] | the data, and access to it with all side effects |
//! | [`acl`] | users and what they may do |
//! | [`lazyfree`] | freeing in another thread |
//! | [`eviction`], [`access`], [`memory`], [`client_eviction`] | `maxmemory` |
//! | [`latency`], [`slowlog`], [`monitor`], [`redact`] | what is seen of commands from outside |
//! | [`migrate`] | connections to other servers |
//! | [`transaction`], [`blocking`], [`pubsub`], [`notify`], [`tracking`] | what connects clients |
//! | [`script`] | EVAL, EVALSHA, FCALL |
//! | [`lua`] | the Lua machine |

pub mod access;
pub mod acl;
pub mod blocking;
pub mod client;
pub mod client_eviction;
pub mod command;
pub mod commands;
pub mod config;
pub mod ctx;
pub mod dispatch;
pub mod eviction;
mod handle;
pub mod keyspace;
pub mod latency;
pub mod lazyfree;
pub mod lua;
pub mod memory;
pub mod migrate;
pub mod monitor;
pub mod net;
pub mod notify;
pub mod pubsub;
pub mod redact;
pub mod running;
pub mod script;
pub mod server;
pub mod settings;
pub mod slowlog;
pub mod snapshot;
pub mod store;
pub mod tracking;
pub mod transaction;
pub mod wire;

pub use handle::{Config, Handle, start};
pub use wire::VERSION;
