//! What the dispatcher knows of a command: function, arity, flags, keys.
//!
//! Each family in `commands/` has a `COMMANDS` table of these. The facts
//! meant for people (syntax, complexity, summaries) are in the catalogue.

use crate::engine::ctx::Ctx;
use crate::state::CommandIndex;
use crate::wire::reply::{CmdResult, Out};
use std::collections::HashMap;

/// A command's function. `argv[0]` is the command's name as it was sent; a
/// subcommand's name is `argv[1]`.
pub type CommandFn = fn(&mut Ctx<'_>, &[&[u8]], &mut Out) -> CmdResult;

/// What a command is and may do, as in Redis's command table.
pub mod flags {
    /// May change the keyspace.
    pub const WRITE: u32 = 1;
    /// Only reads keys.
    pub const READONLY: u32 = 1 << 1;
    /// Refused when memory is used up.
    pub const DENYOOM: u32 = 1 << 2;
    /// Administration.
    pub const ADMIN: u32 = 1 << 3;
    /// Part of Pub/Sub; allowed to a RESP2 subscriber.
    pub const PUBSUB: u32 = 1 << 4;
    /// Not allowed in scripts.
    pub const NOSCRIPT: u32 = 1 << 5;
    /// May wait.
    pub const BLOCKING: u32 = 1 << 6;
    /// Not shown to MONITOR.
    pub const SKIP_MONITOR: u32 = 1 << 7;
    /// Not logged in SLOWLOG.
    pub const SKIP_SLOWLOG: u32 = 1 << 8;
    /// Constant or logarithmic time.
    pub const FAST: u32 = 1 << 9;
    /// Allowed before authentication.
    pub const NO_AUTH: u32 = 1 << 10;
    /// Not allowed in MULTI.
    pub const NO_MULTI: u32 = 1 << 11;
    /// Allowed while a script is taking too long.
    pub const ALLOW_BUSY: u32 = 1 << 12;
    /// May replicate even though it does not write (PUBLISH, EVAL); paused
    /// together with writes.
    pub const MAY_REPLICATE: u32 = 1 << 13;
    /// Only with `enable-debug-command`.
    pub const PROTECTED: u32 = 1 << 14;
    /// Allowed while a snapshot is loaded.
    pub const LOADING: u32 = 1 << 15;
    /// Allowed on a stale replica.
    pub const STALE: u32 = 1 << 16;
}

/// Where a command's keys are in its arguments.
#[derive(Debug, Clone, Copy)]
pub enum Keys {
    /// It has none.
    None,
    /// From the first to the last (negative: counted from the end), by step.
    Range(i32, i32, i32),
    /// `argv[i]` says how many keys follow it.
    Counted(usize),
    /// A destination key at the first index, and a counted list at the second.
    DestinationAndCounted(usize, usize),
    /// None of these; the function finds their indices.
    Custom(fn(&[&[u8]]) -> Vec<usize>),
}

/// A command or subcommand.
#[derive(Debug)]
pub struct Command {
    /// The name, lower case; `client|list` for a subcommand.
    pub name: &'static str,
    /// Does it.
    pub run: CommandFn,
    /// The number of arguments with the name; negative for "at least".
    pub arity: i32,
    /// A sum of [`flags`].
    pub flags: u32,
    /// Where the keys are.
    pub keys: Keys,
    /// The subcommands of a container such as CLIENT.
    pub subcommands: &'static [Command],
}

impl Command {
    /// A command without keys.
    pub const fn new(name: &'static str, run: CommandFn, arity: i32, flags: u32) -> Self {
        Command {
            name,
            run,
            arity,
            flags,
            keys: Keys::None,
            subcommands: &[],
        }
    }

    /// A command that only holds subcommands, which are named
    /// `container|subcommand`.
    pub const fn container(name: &'static str, subcommands: &'static [Command]) -> Self {
        Command {
            name,
            run: container_without_subcommand,
            arity: -2,
            flags: 0,
            keys: Keys::None,
            subcommands,
        }
    }

    /// The same with keys from `first` to `last` by `step`.
    #[must_use]
    pub const fn keys(mut self, first: i32, last: i32, step: i32) -> Self {
        self.keys = Keys::Range(first, last, step);
        self
    }

    /// The same with keys described by `keys`.
    #[must_use]
    pub const fn with_keys(mut self, keys: Keys) -> Self {
        self.keys = keys;
        self
    }

    /// Whether all flags of `mask` are set.
    #[inline]
    pub fn is(&self, mask: u32) -> bool {
        self.flags & mask == mask
    }

    /// Whether some flag of `mask` is set.
    #[inline]
    pub fn is_any(&self, mask: u32) -> bool {
        self.flags & mask != 0
    }

    /// Whether `argc` arguments (with the name) are an acceptable number.
    #[inline]
    pub fn accepts(&self, argc: usize) -> bool {
        if self.arity >= 0 {
            argc == self.arity as usize
        } else {
            argc >= self.arity.unsigned_abs() as usize
        }
    }

    /// The indices of the keys in `argv`; none when the arguments make no
    /// sense.
    pub fn key_positions(&self, argv: &[&[u8]]) -> Vec<usize> {
        match self.keys {
            Keys::None => Vec::new(),
            Keys::Range(first, last, step) => {
                let last = if last < 0 {
                    argv.len() as i32 + last
                } else {
                    last
                };
                (first..=last)
                    .step_by(step.max(1) as usize)
                    .map(|i| i as usize)
                    .filter(|i| *i < argv.len())
                    .collect()
            }
            Keys::Counted(at) => counted(argv, at),
            Keys::DestinationAndCounted(destination, at) => {
                let mut keys = vec![destination];
                keys.extend(counted(argv, at));
                keys
            }
            Keys::Custom(find) => find(argv),
        }
    }
}

fn counted(argv: &[&[u8]], at: usize) -> Vec<usize> {
    let count = argv
        .get(at)
        .and_then(|n| crate::wire::number::parse_i64(n))
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(0);
    if count > argv.len().saturating_sub(at + 1) {
        return Vec::new();
    }
    (at + 1..at + 1 + count).collect()
}

/// Never reached: the dispatcher refuses a container without subcommand by
/// its arity.
fn container_without_subcommand(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out) -> CmdResult {
    Err(crate::wire::reply::errors::SYNTAX)
}

/// A command found in the table, with its place there.
#[derive(Debug, Clone, Copy)]
pub struct Found {
    /// The command.
    pub command: &'static Command,
    /// Its place in [`Table::all`].
    pub index: CommandIndex,
    /// What the catalogue says of it; `None` for what is no command of Redis.
    pub described: Option<&'static catalog::Command>,
}

/// What a name and arguments mean.
#[derive(Debug, Clone, Copy)]
pub enum Lookup {
    /// A command, or a container's subcommand.
    Found(Found),
    /// No such command.
    Unknown,
    /// The container exists, the subcommand does not.
    UnknownSubcommand(&'static Command),
}

/// The commands a server has.
#[derive(Debug)]
pub struct Table {
    by_name: HashMap<&'static [u8], CommandIndex, foldhash::fast::RandomState>,
    all: Vec<Found>,
}

impl Table {
    /// The table of the commands of these families.
    pub fn new(families: &[&'static [Command]]) -> Self {
        let commands = families.iter().copied().flatten();
        let all: Vec<Found> = commands
            .flat_map(|command| std::iter::once(command).chain(command.subcommands))
            .enumerate()
            .map(|(index, command)| Found {
                command,
                index,
                described: catalog::by_name(command.name.as_bytes()),
            })
            .collect();
        let names = all.iter();
        Table {
            by_name: names
                .map(|found| (found.command.name.as_bytes(), found.index))
                .collect(),
            all,
        }
    }

    /// Every command; a container's subcommands come right after it.
    pub fn all(&self) -> &[Found] {
        &self.all
    }

    /// The command at a place that [`Found::index`] gave.
    #[inline]
    pub fn at(&self, index: CommandIndex) -> Found {
        self.all[index]
    }

    /// The command with this full name (`get`, `client|list`), in any case.
    pub fn by_name(&self, name: &[u8]) -> Option<Found> {
        // Longer than any name: not a command.
        let mut lower = [0_u8; 40];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.by_name.get(&*lower).map(|index| self.at(*index))
    }

    /// Whether a command of the catalogue is here.
    pub fn has(&self, described: &catalog::Command) -> bool {
        self.by_name(described.name.as_bytes()).is_some()
    }

    /// Finds what `argv` calls.
    pub fn lookup(&self, argv: &[&[u8]]) -> Lookup {
        let Some(found) = self.by_name(argv[0]).filter(|_| !argv[0].contains(&b'|')) else {
            return Lookup::Unknown;
        };
        let command = found.command;
        if command.subcommands.is_empty() || argv.len() < 2 {
            return Lookup::Found(found);
        }
        let full = [command.name.as_bytes(), b"|", argv[1]].concat();
        match self.by_name(&full) {
            Some(found) => Lookup::Found(found),
            None => Lookup::UnknownSubcommand(command),
        }
    }
}
