//! The commands, one file per family.

mod acl;
mod acl_log;
mod bitmap;
mod client;
mod command;
mod config;
mod connection;
mod counter;
mod debug;
mod dump;
mod elsewhere;
pub mod expire;
mod geo;
mod hash;
mod hash_expiry;
pub mod help;
mod hyperloglog;
mod info;
mod info_keysizes;
mod info_stats;
mod keys;
mod latency;
mod lcs;
mod list;
mod memory;
mod migrate;
mod object;
mod observe;
mod pubsub;
mod replication;
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

use crate::engine::command::{Row, Table};
use std::sync::LazyLock;

/// The tables of all families.
const FAMILIES: &[&[Row]] = &[
    bitmap::COMMANDS,
    acl::COMMANDS,
    client::COMMANDS,
    command::COMMANDS,
    config::COMMANDS,
    connection::COMMANDS,
    debug::COMMANDS,
    dump::COMMANDS,
    elsewhere::COMMANDS,
    expire::COMMANDS,
    geo::COMMANDS,
    hash::COMMANDS,
    hash_expiry::COMMANDS,
    hyperloglog::COMMANDS,
    info::COMMANDS,
    keys::COMMANDS,
    latency::COMMANDS,
    list::COMMANDS,
    memory::COMMANDS,
    migrate::COMMANDS,
    list::blocking::COMMANDS,
    object::COMMANDS,
    observe::COMMANDS,
    pubsub::COMMANDS,
    replication::COMMANDS,
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

/// All commands this server has.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FAMILIES));
    &TABLE
}

/// The commands and subcommands this server has, as the catalogue describes
/// them.
pub fn served() -> impl Iterator<Item = &'static catalog::Command> {
    table().all().iter().map(|command| command.facts)
}

#[cfg(test)]
mod tests {
    use super::{FAMILIES, table};
    use crate::engine::command::Command;

    #[test]
    fn every_row_is_a_command_of_the_catalogue_and_stands_once() {
        let rows: usize = FAMILIES.iter().map(|family| family.len()).sum();
        let table = table();
        let of_rows = |command: &&Command| !command.is_bare_container();
        assert_eq!(table.all().iter().filter(of_rows).count(), rows);
    }
}
