//! The commands, one file per family.

mod bitmap;
mod connection;
pub mod expire;
mod geo;
mod hash;
pub mod help;
mod hyperloglog;
mod keys;
mod lcs;
mod list;
mod list_blocking;
mod object;
mod pubsub;
pub mod scan;
mod scripting;
mod server;
mod set;
mod set_algebra;
mod sort;
mod stream;
pub mod string;
mod transactions;
mod zset;

use super::command::Command;

/// The tables of all families.
pub const FAMILIES: &[&[Command]] = &[
    bitmap::COMMANDS,
    connection::COMMANDS,
    expire::COMMANDS,
    geo::COMMANDS,
    hash::COMMANDS,
    hyperloglog::COMMANDS,
    keys::COMMANDS,
    list::COMMANDS,
    list_blocking::COMMANDS,
    object::COMMANDS,
    pubsub::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    set::COMMANDS,
    stream::COMMANDS,
    string::COMMANDS,
    transactions::COMMANDS,
    zset::COMMANDS,
];
