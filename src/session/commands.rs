//! The commands of the server in front of the learner: the catalogue's, with
//! the options this server has, and those that only the server knows.
//!
//! The server is asked once a connection, on the second one, for what the
//! catalogue lacks only.

use crate::conn::server::Version;
use crate::conn::{Client, ConnError};
use catalog::{Command, Deprecated, Family, Release};
use resp::Reply;
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// The commands of a server; those of the catalogue until it was asked.
#[derive(Debug, Clone, Default)]
pub struct Commands(Arc<Here>);

#[derive(Debug, Default, Clone)]
struct Here {
    release: Option<Release>,
    /// Otherwise than in the catalogue, or not in it, by name.
    own: BTreeMap<&'static str, &'static Command>,
    /// Of the catalogue, and not here.
    absent: HashSet<&'static str>,
    /// Which run of which server told it, and how many commands it had then;
    /// `None` where it does not tell this user.
    told_by: Option<(String, i64)>,
}

impl Commands {
    /// Asks a server. Where it is still the one that told what is known, with as
    /// many commands, that is all it is asked.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn ask(side: &mut Client, known: &Commands) -> Result<Commands, ConnError> {
        let info = side.ask(&["INFO", "server"]).await?;
        let info = info.as_str().unwrap_or_default();
        let run = info.lines().find_map(|line| line.strip_prefix("run_id:"));
        let count = side.ask(&["COMMAND", "COUNT"]).await?.as_int();
        let told_by = run.map(|run| run.trim().to_owned()).zip(count);
        if told_by.is_some() && told_by == known.0.told_by {
            return Ok(known.clone());
        }
        let release = Version::told(info).release();
        let names = names(side).await?;
        let mut own: Vec<Command> = release.map(catalog::as_in).unwrap_or_default();
        let unknown: Vec<&String> = names
            .iter()
            .filter(|name| catalog::by_name(name.as_bytes()).is_none())
            // They come with their command.
            .filter(|name| {
                name.split_once('|')
                    .is_none_or(|(parent, _)| catalog::by_name(parent.as_bytes()).is_some())
            })
            .collect();
        if !unknown.is_empty() {
            own.extend(told_of(side, &unknown).await?);
        }
        // Kept as long as the program, as the catalogue is.
        let own: &'static [Command] = own.leak();
        let absent = catalog::every().map(|command| command.name);
        Ok(Commands(Arc::new(Here {
            release,
            own: own.iter().map(|command| (command.name, command)).collect(),
            absent: if names.is_empty() {
                HashSet::new()
            } else {
                absent.filter(|name| !names.contains(*name)).collect()
            },
            told_by,
        })))
    }

    /// Asks for one command that the server may have under a name it does not
    /// list: a renamed one.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn ask_for(&mut self, side: &mut Client, name: &[u8]) -> Result<(), ConnError> {
        let Ok(name) = std::str::from_utf8(name) else {
            return Ok(());
        };
        let name = name.to_ascii_lowercase();
        let told = told_of(side, &[&name]).await?;
        if let Some(mut command) = told.into_iter().next() {
            let name: &'static str = name.leak();
            command.name = name;
            let command = Box::leak(Box::new(command));
            Arc::make_mut(&mut self.0).own.insert(name, command);
        }
        Ok(())
    }

    /// What the server is, where it told.
    pub fn release(&self) -> Option<Release> {
        self.0.release
    }

    /// Whether the server is known not to have a command of the catalogue.
    pub fn lacks(&self, command: &Command) -> bool {
        self.0.absent.contains(command.name)
    }

    /// Since when a command is outdated for this server, and what replaces it:
    /// Valkey calls some current that Redis does not.
    pub fn outdated(&self, command: &Command) -> Option<Deprecated> {
        let valkey = self.0.release.is_some_and(|r| r.family == Family::Valkey);
        command
            .deprecated
            .filter(|deprecated| !valkey || deprecated.in_valkey)
    }

    /// The commands that the server has, and those that nobody knows it lacks,
    /// by name.
    pub fn all(&self) -> impl Iterator<Item = &'static Command> {
        self.beginning_with("")
    }

    /// Those of [`Commands::all`] whose names begin so, in small letters.
    pub fn beginning_with(&self, begin: &str) -> impl Iterator<Item = &'static Command> {
        let fits =
            |command: &&'static Command| command.name.starts_with(begin) && !self.lacks(command);
        let of_catalogue = catalog::all().iter().filter(fits);
        let of_catalogue = of_catalogue.filter(|command| !self.0.own.contains_key(command.name));
        let own = self.0.own.values().copied().filter(fits);
        let mut all: Vec<&'static Command> = of_catalogue.chain(own).collect();
        all.sort_by_key(|command| command.name);
        all.into_iter()
    }

    /// All of [`Commands::all`] with their subcommands.
    pub fn every(&self) -> impl Iterator<Item = &'static Command> {
        self.all()
            .flat_map(|command| std::iter::once(command).chain(command.subcommands))
    }

    /// The command of a name as people write it (`XGROUP CREATE`), whether or
    /// not the server has it.
    pub fn find(&self, name: &str) -> Option<&'static Command> {
        let mut words = name.split(['|', ' ']).filter(|word| !word.is_empty());
        let command = self.top_level(words.next()?.as_bytes())?;
        let found = match words.next() {
            Some(word) => command.subcommand(word)?,
            None => command,
        };
        words.next().is_none().then_some(found)
    }

    /// The command that a line means: the subcommand when the second word
    /// names one, otherwise the command itself.
    pub fn find_argv<A: AsRef<[u8]>>(&self, argv: &[A]) -> Option<&'static Command> {
        let command = self.top_level(argv.first()?.as_ref())?;
        let sub = argv.get(1).and_then(|word| command.subcommand(word));
        Some(sub.unwrap_or(command))
    }

    fn top_level(&self, name: &[u8]) -> Option<&'static Command> {
        let lower = std::str::from_utf8(name).ok()?.to_ascii_lowercase();
        let own = self.0.own.get(lower.as_str()).copied();
        own.or_else(|| catalog::by_name(name).filter(|command| !command.is_subcommand()))
    }

    /// Where the keys of a line are, as far as it fits its command.
    pub fn key_positions<A: AsRef<[u8]>>(&self, argv: &[A]) -> Vec<usize> {
        let argv: Vec<&[u8]> = argv.iter().map(AsRef::as_ref).collect();
        let Some(command) = self.find_argv(&argv) else {
            return Vec::new();
        };
        if !command.accepts(argv.len()) {
            return Vec::new();
        }
        let keys = catalog::keys_of(command, &argv);
        keys.into_iter().map(|key| key.position).collect()
    }
}

/// What the server tells of commands by their names.
async fn told_of(side: &mut Client, names: &[&String]) -> Result<Vec<Command>, ConnError> {
    let ask = |sub: &str| -> Vec<Vec<u8>> {
        let words = ["COMMAND", sub].into_iter();
        let names = names.iter().map(|name| name.as_str());
        words
            .chain(names)
            .map(|word| word.as_bytes().to_vec())
            .collect()
    };
    let infos = side.ask(&ask("INFO")).await?;
    // Unknown before 7.0: then there is no more to tell.
    let docs = side.ask(&ask("DOCS")).await?;
    Ok(catalog::learned(&infos, &docs))
}

/// The names of the server's commands, in small letters; none where it does
/// not tell this user.
async fn names(side: &mut Client) -> Result<HashSet<String>, ConnError> {
    let name = |reply: &Reply| reply.as_str().map(str::to_ascii_lowercase);
    let list = side.ask(&["COMMAND", "LIST"]).await?;
    if let Some(items) = list.as_slice() {
        return Ok(items.iter().filter_map(name).collect());
    }
    // Before 7.0: whole entries, without subcommands, which are taken to be
    // there.
    let entries = side.ask(&["COMMAND"]).await?;
    let entries = entries.as_slice().unwrap_or_default();
    let mut names: HashSet<String> = entries
        .iter()
        .filter_map(|entry| name(entry.as_slice()?.first()?))
        .collect();
    if !names.is_empty() {
        let subs = catalog::every().filter(|command| command.is_subcommand());
        names.extend(subs.map(|command| command.name.to_owned()));
    }
    Ok(names)
}
