//! The commands, one file per family.

mod connection;
mod help;
mod scripting;
mod string;
mod zset;

use super::command::Command;

/// The tables of all families.
pub const FAMILIES: &[&[Command]] = &[
    connection::COMMANDS,
    scripting::COMMANDS,
    string::COMMANDS,
    zset::COMMANDS,
];
