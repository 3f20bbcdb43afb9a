//! Stream commands.

mod ack;
mod add;
mod claim;
mod group;
mod ids;
mod info;
mod pending;
mod range;
mod read;

use super::help::help;
use crate::engine::command::{Command, Keys, flags::*};
use crate::store::stream::{Entry, StreamId};
use crate::wire::reply::{CmdError, Out};

/// The family's table.
pub const COMMANDS: &[Command] = &[
    Command::new("xadd", add::xadd, -5, WRITE | DENYOOM | FAST).keys(1, 1, 1),
    Command::new("xtrim", add::xtrim, -4, WRITE).keys(1, 1, 1),
    Command::new("xsetid", add::xsetid, -3, WRITE | DENYOOM | FAST).keys(1, 1, 1),
    Command::new("xdel", add::xdel, -3, WRITE | FAST).keys(1, 1, 1),
    Command::new("xlen", range::xlen, 2, READONLY | FAST).keys(1, 1, 1),
    Command::new("xrange", range::xrange, -4, READONLY).keys(1, 1, 1),
    Command::new("xrevrange", range::xrevrange, -4, READONLY).keys(1, 1, 1),
    Command::new("xread", read::xread, -4, READONLY | BLOCKING)
        .with_keys(Keys::Custom(read::key_positions)),
    Command::new("xreadgroup", read::xreadgroup, -7, WRITE | BLOCKING)
        .with_keys(Keys::Custom(read::key_positions)),
    Command::new("xack", ack::xack, -4, WRITE | FAST).keys(1, 1, 1),
    Command::new("xpending", pending::xpending, -3, READONLY).keys(1, 1, 1),
    Command::new("xclaim", claim::xclaim, -6, WRITE | FAST).keys(1, 1, 1),
    Command::new("xautoclaim", claim::xautoclaim, -6, WRITE | FAST).keys(1, 1, 1),
    Command::container("xgroup", GROUP),
    Command::container("xinfo", INFO),
];

const GROUP: &[Command] = &[
    Command::new("xgroup|create", group::create, -5, WRITE | DENYOOM).keys(2, 2, 1),
    Command::new("xgroup|setid", group::setid, -5, WRITE).keys(2, 2, 1),
    Command::new("xgroup|destroy", group::destroy, 4, WRITE).keys(2, 2, 1),
    Command::new(
        "xgroup|createconsumer",
        group::create_consumer,
        5,
        WRITE | DENYOOM,
    )
    .keys(2, 2, 1),
    Command::new("xgroup|delconsumer", group::delete_consumer, 5, WRITE).keys(2, 2, 1),
    Command::new("xgroup|help", help, 2, LOADING | STALE),
];

const INFO: &[Command] = &[
    Command::new("xinfo|stream", info::stream, -3, READONLY).keys(2, 2, 1),
    Command::new("xinfo|groups", info::groups, 3, READONLY).keys(2, 2, 1),
    Command::new("xinfo|consumers", info::consumers, 4, READONLY).keys(2, 2, 1),
    Command::new("xinfo|help", help, 2, LOADING | STALE),
];

/// The key or the group is not there.
fn no_group(key: &[u8], group: &[u8], where_: &str) -> CmdError {
    let text = [
        b"NOGROUP No such key '",
        key,
        b"' or consumer group '",
        group,
        b"'",
        where_.as_bytes(),
    ];
    CmdError::owned(text.concat())
}

/// A subcommand's arguments are not what they should be.
fn subcommand_syntax(argv: &[&[u8]]) -> CmdError {
    let text = [
        b"ERR unknown subcommand or wrong number of arguments for '",
        argv[1],
        b"'. Try ",
        &argv[0].to_ascii_uppercase(),
        b" HELP.",
    ];
    CmdError::owned(text.concat())
}

fn write_id(out: &mut Out, id: StreamId) {
    out.bulk(id.to_string().as_bytes());
}

/// An entry: its ID, and its fields and values in turn.
fn write_entry(out: &mut Out, entry: Entry<'_>) {
    out.array(2);
    write_id(out, entry.id);
    out.array(entry.len() * 2);
    for (field, value) in entry.pairs() {
        out.bulk(field);
        out.bulk(value);
    }
}

/// Entries, at most `count` of them; how many were written.
fn write_entries<'a>(
    out: &mut Out,
    entries: impl Iterator<Item = Entry<'a>>,
    count: usize,
) -> usize {
    let at = out.defer();
    let mut written = 0;
    for entry in entries.take(count) {
        write_entry(out, entry);
        written += 1;
    }
    out.finish_array(at, written);
    written
}
