//! The tables that the build step made from `commands.txt`.

use super::{
    Argument, ArgumentKind, BeginSearch, Categories, Command, CommandId, Complexity, Deprecated,
    FindKeys, Flags, Group, KeyFlags, KeySpec, Since, Variable, Version,
};

include!(concat!(env!("OUT_DIR"), "/commands.rs"));

/// All commands in alphabetical order; subcommands are inside their command.
pub fn all() -> &'static [Command] {
    COMMANDS
}

#[cfg(test)]
#[path = "../build/tables/mod.rs"]
mod made;
