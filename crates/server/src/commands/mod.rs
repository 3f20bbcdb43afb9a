//! The commands, one file per family.

mod acl;
mod acl_log;
mod bitmap;
mod client;
mod command;
mod config;
mod connection;
mod counter;
mod dump;
mod elsewhere;
pub mod expire;
mod geo;
mod hash;
pub mod help;
mod hyperloglog;
mod info;
mod keys;
mod latency;
mod lcs;
mod list;
mod migrate;
mod object;
mod observe;
mod pubsub;
pub mod scan;
mod scripting;
mod server;
mod set;
mod set_algebra;
mod snapshot;
mod sort;
mod stream;
pub mod string;
mod tracking;
mod transactions;
mod zset;

use crate::engine::command::Command;

/// The tables of all families.
pub const FAMILIES: &[&[Command]] = &[
    bitmap::COMMANDS,
    acl::COMMANDS,
    client::COMMANDS,
    command::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    dump::COMMANDS,
    elsewhere::COMMANDS,
    expire::COMMANDS,
    geo::COMMANDS,
    hash::COMMANDS,
    hyperloglog::COMMANDS,
    info::COMMANDS,
    keys::COMMANDS,
    latency::COMMANDS,
    list::COMMANDS,
    migrate::COMMANDS,
    list::blocking::COMMANDS,
    object::COMMANDS,
    observe::COMMANDS,
    pubsub::COMMANDS,
    scripting::COMMANDS,
    server::COMMANDS,
    set::COMMANDS,
    snapshot::COMMANDS,
    stream::COMMANDS,
    string::COMMANDS,
    counter::COMMANDS,
    transactions::COMMANDS,
    zset::COMMANDS,
];
