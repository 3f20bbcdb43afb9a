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
mod reply;

use super::help::help;
use crate::engine::command::Row;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("xadd", add::xadd),
    Row::new("xtrim", add::xtrim),
    Row::new("xsetid", add::xsetid),
    Row::new("xdel", add::xdel),
    Row::new("xlen", range::xlen),
    Row::new("xrange", range::xrange),
    Row::new("xrevrange", range::xrevrange),
    Row::new("xread", read::xread),
    Row::new("xreadgroup", read::xreadgroup),
    Row::new("xack", ack::xack),
    Row::new("xpending", pending::xpending),
    Row::new("xclaim", claim::xclaim),
    Row::new("xautoclaim", claim::xautoclaim),
    Row::new("xgroup|create", group::create),
    Row::new("xgroup|setid", group::setid),
    Row::new("xgroup|destroy", group::destroy),
    Row::new("xgroup|createconsumer", group::create_consumer),
    Row::new("xgroup|delconsumer", group::delete_consumer),
    Row::new("xgroup|help", help),
    Row::new("xinfo|stream", info::stream),
    Row::new("xinfo|groups", info::groups),
    Row::new("xinfo|consumers", info::consumers),
    Row::new("xinfo|help", help),
];
