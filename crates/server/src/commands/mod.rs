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

use crate::engine::command::{Command, Table};
use std::sync::LazyLock;

/// The tables of all families.
const FAMILIES: &[&[Command]] = &[
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

/// All commands this server has.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> = LazyLock::new(|| Table::new(FAMILIES));
    &TABLE
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::engine::command::flags;

    /// What the dispatcher goes by must be what COMMAND INFO says. (Nothing
    /// here ever loads or is stale, so these two flags are left to the
    /// catalogue.)
    #[test]
    fn the_tables_agree_with_the_catalogue() {
        const FLAGS: &[(u32, catalog::Flags, &str)] = &[
            (flags::WRITE, catalog::Flags::WRITE, "WRITE"),
            (flags::READONLY, catalog::Flags::READONLY, "READONLY"),
            (flags::DENYOOM, catalog::Flags::DENYOOM, "DENYOOM"),
            (flags::ADMIN, catalog::Flags::ADMIN, "ADMIN"),
            (flags::PUBSUB, catalog::Flags::PUBSUB, "PUBSUB"),
            (flags::NOSCRIPT, catalog::Flags::NOSCRIPT, "NOSCRIPT"),
            (flags::BLOCKING, catalog::Flags::BLOCKING, "BLOCKING"),
            (
                flags::SKIP_MONITOR,
                catalog::Flags::SKIP_MONITOR,
                "SKIP_MONITOR",
            ),
            (
                flags::SKIP_SLOWLOG,
                catalog::Flags::SKIP_SLOWLOG,
                "SKIP_SLOWLOG",
            ),
            (flags::FAST, catalog::Flags::FAST, "FAST"),
            (flags::NO_AUTH, catalog::Flags::NO_AUTH, "NO_AUTH"),
            (flags::NO_MULTI, catalog::Flags::NO_MULTI, "NO_MULTI"),
            (flags::ALLOW_BUSY, catalog::Flags::ALLOW_BUSY, "ALLOW_BUSY"),
        ];
        let mut wrong = Vec::new();
        for found in table().all() {
            let command = found.command;
            // Traps for browsers, which are no commands.
            if matches!(command.name, "post" | "host:") {
                continue;
            }
            let Some(described) = found.described else {
                wrong.push(format!("{}: not in the catalogue", command.name));
                continue;
            };
            if command.arity != described.arity {
                wrong.push(format!("{}: arity {}", command.name, described.arity));
            }
            for (ours, theirs, name) in FLAGS {
                if command.is(*ours) != described.flags.contains(*theirs) {
                    let sign = if command.is(*ours) { '-' } else { '+' };
                    wrong.push(format!("{}: {sign}{name}", command.name));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
