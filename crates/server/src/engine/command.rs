//! What the dispatcher knows of a command: its function, its role, and what
//! the catalogue says of it.
//!
//! Each family in `commands/` has a `COMMANDS` table of rows. What a command
//! is (arity, flags, keys, categories, syntax) stands in the catalogue alone.

use crate::engine::ctx::Ctx;
use crate::lua::scripting::Source;
use crate::state::CommandIndex;
use crate::wire::reply::{CmdResult, Out, errors};
use catalog::Flags;
use std::collections::HashMap;

/// A command's function. `argv[0]` is the command's name as it was sent; a
/// subcommand's name is `argv[1]`.
pub type CommandFn = fn(&mut Ctx<'_>, &[&[u8]], &mut Out) -> CmdResult;

/// What the engine does about a command besides running its function, as far
/// as its flags do not say it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    Plain,
    /// EXEC: whatever is asked of a command is asked of those it will run.
    Exec,
    /// Begins or ends a transaction, or is for the time before one: never
    /// queued.
    Transaction,
    /// Ends a connection or its state: never queued, open to subscribers.
    Leave,
    /// PING, which subscribers may send.
    Ping,
    /// Changes subscriptions; open to subscribers.
    Subscription,
    /// Goes to replicas though it writes no key: held back with the writes.
    Replicated,
    /// Runs a script that may write, found by its first argument.
    Script(Source),
    /// Runs a script that only reads.
    ReadOnlyScript,
    /// CLIENT UNPAUSE, which a pause does not hold back.
    Unpause,
    /// TOUCH, which CLIENT NO-TOUCH does not hold back.
    Touch,
    /// CLIENT CACHING, which is about the next command.
    Caching,
    /// DEBUG, refused unless `enable-debug-command` is set.
    Debug,
}

/// What a role is allowed.
#[derive(Default)]
struct Allowed {
    inside_multi: bool,
    to_subscribers: bool,
    to_replicas: bool,
}

impl Role {
    /// What is allowed to commands of this role that others are not.
    fn allowed(self) -> Allowed {
        let none = Allowed::default();
        match self {
            Role::Exec | Role::Transaction => Allowed {
                inside_multi: true,
                ..none
            },
            Role::Leave => Allowed {
                inside_multi: true,
                to_subscribers: true,
                ..none
            },
            Role::Ping | Role::Subscription => Allowed {
                to_subscribers: true,
                ..none
            },
            Role::Replicated | Role::Script(_) => Allowed {
                to_replicas: true,
                ..none
            },
            Role::Plain
            | Role::ReadOnlyScript
            | Role::Unpause
            | Role::Touch
            | Role::Caching
            | Role::Debug => none,
        }
    }

    /// Whether MULTI lets it run at once.
    pub fn runs_inside_multi(self) -> bool {
        self.allowed().inside_multi
    }

    /// Whether a RESP2 client may send it while it is subscribed.
    pub fn is_open_to_subscribers(self) -> bool {
        self.allowed().to_subscribers
    }

    /// Whether it may go to replicas though it is no write: PUBLISH, EVAL.
    fn may_replicate(self) -> bool {
        self.allowed().to_replicas
    }

    /// Whether it runs a script or function.
    pub fn runs_script(self) -> bool {
        matches!(self, Role::Script(_) | Role::ReadOnlyScript)
    }
}

/// A row of a family's table.
#[derive(Debug, Clone, Copy)]
pub struct Row {
    /// The name, lower case; `client|list` for a subcommand.
    name: &'static str,
    run: CommandFn,
    role: Role,
}

impl Row {
    /// A command or subcommand and its function.
    pub const fn new(name: &'static str, run: CommandFn) -> Self {
        Row {
            name,
            run,
            role: Role::Plain,
        }
    }

    /// The same with a role.
    #[must_use]
    pub const fn with(mut self, role: Role) -> Self {
        self.role = role;
        self
    }
}

/// A command or subcommand this server has.
#[derive(Debug)]
pub struct Command {
    /// Its place in [`Table::all`].
    pub index: CommandIndex,
    /// Does it.
    pub run: CommandFn,
    /// What the engine does about it.
    pub role: Role,
    /// What it is.
    pub facts: &'static catalog::Command,
}

impl Command {
    /// The name, lower case; `client|list` for a subcommand.
    #[inline]
    pub fn name(&self) -> &'static str {
        self.facts.name
    }

    /// Whether all of these flags are set.
    #[inline]
    pub fn is(&self, flags: Flags) -> bool {
        self.facts.flags.contains(flags)
    }

    /// Whether it writes, or goes to replicas like a write.
    pub fn writes_or_replicates(&self) -> bool {
        self.is(Flags::WRITE) || self.role.may_replicate()
    }

    /// Whether there is nothing to run but its subcommands.
    #[cfg(test)]
    pub fn is_bare_container(&self) -> bool {
        std::ptr::fn_addr_eq(self.run, container_without_subcommand as CommandFn)
    }
}

/// Never reached: the dispatcher refuses a container without subcommand by
/// its arity.
fn container_without_subcommand(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out) -> CmdResult {
    Err(errors::SYNTAX)
}

/// What a name and arguments mean.
#[derive(Debug, Clone, Copy)]
pub enum Lookup {
    /// A command, or a container's subcommand.
    Found(&'static Command),
    /// No such command.
    Unknown,
    /// The container exists, the subcommand does not.
    UnknownSubcommand(&'static Command),
}

/// The commands a server has.
#[derive(Debug)]
pub struct Table {
    by_name: HashMap<&'static [u8], CommandIndex, foldhash::fast::RandomState>,
    all: Vec<Command>,
}

impl Table {
    /// The table of the commands of these families. A container of which
    /// there are subcommands needs no row.
    pub fn new(families: &[&[Row]]) -> Self {
        let rows = families.iter().copied().flatten();
        let rows: HashMap<&str, &Row> = rows.map(|row| (row.name, row)).collect();
        let has_row = |command: &catalog::Command| rows.contains_key(command.name);
        let mut all = Vec::with_capacity(rows.len());
        for facts in catalog::every() {
            let (run, role) = match rows.get(facts.name) {
                Some(row) => (row.run, row.role),
                None if facts.subcommands.iter().any(has_row) => {
                    (container_without_subcommand as CommandFn, Role::Plain)
                }
                None => continue,
            };
            all.push(Command {
                index: all.len(),
                run,
                role,
                facts,
            });
        }
        let names = all.iter();
        Table {
            by_name: names
                .map(|command| (command.name().as_bytes(), command.index))
                .collect(),
            all,
        }
    }

    /// Every command; a container's subcommands come right after it.
    pub fn all(&self) -> &[Command] {
        &self.all
    }

    /// The command at a place that [`Command::index`] gave.
    #[inline]
    pub fn at(&'static self, index: CommandIndex) -> &'static Command {
        &self.all[index]
    }

    /// A command and its subcommands.
    pub fn family(&self, command: &Command) -> &[Command] {
        let family = &self.all[command.index..];
        let others = family.iter().skip(1);
        let subcommands = others.take_while(|other| other.facts.is_subcommand());
        if command.facts.is_subcommand() {
            &family[..1]
        } else {
            &family[..1 + subcommands.count()]
        }
    }

    /// The command with this full name (`get`, `client|list`), in any case.
    pub fn by_name(&'static self, name: &[u8]) -> Option<&'static Command> {
        // Longer than any name: not a command.
        let mut lower = [0_u8; 40];
        let lower = lower.get_mut(..name.len())?;
        lower.copy_from_slice(name);
        lower.make_ascii_lowercase();
        self.by_name.get(&*lower).map(|index| self.at(*index))
    }

    /// Whether a command of the catalogue is here.
    pub fn has(&'static self, described: &catalog::Command) -> bool {
        self.by_name(described.name.as_bytes()).is_some()
    }

    /// Finds what `argv` calls, told what was called before: it tends to be the
    /// same command again, for which names need not be looked up. As in Redis,
    /// `acl|whoami` is a name right after ACL WHOAMI, but its arity is not right.
    #[inline]
    pub fn lookup_after(&'static self, last: Option<&'static Command>, argv: &[&[u8]]) -> Lookup {
        match last {
            Some(last)
                if last.facts.subcommands.is_empty()
                    && argv[0].eq_ignore_ascii_case(last.name().as_bytes()) =>
            {
                Lookup::Found(last)
            }
            _ => self.lookup(argv),
        }
    }

    /// Finds what `argv` calls.
    pub fn lookup(&'static self, argv: &[&[u8]]) -> Lookup {
        let Some(command) = self.by_name(argv[0]).filter(|_| !argv[0].contains(&b'|')) else {
            return Lookup::Unknown;
        };
        if command.facts.subcommands.is_empty() || argv.len() < 2 {
            return Lookup::Found(command);
        }
        let full = [command.name().as_bytes(), b"|", argv[1]].concat();
        match self.by_name(&full) {
            Some(command) => Lookup::Found(command),
            None => Lookup::UnknownSubcommand(command),
        }
    }
}
