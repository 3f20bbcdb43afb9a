//! What the case files leave out: commands and options of the built-in server
//! that no line of them sends, and commands of Redis that it does not have
//! and must refuse.

use catalog::{self, Argument, Command};
use std::collections::{BTreeSet, HashSet};
use std::sync::LazyLock;

/// What no case file can compare, and why: commands with one option, or with
/// none for the whole command.
const ELSEWHERE: &[(&str, &str)] = &[
    // They end the server; tests/serve.rs does so.
    ("shutdown", "NOSAVE"),
    ("shutdown", "SAVE"),
    ("shutdown", "NOW"),
    ("shutdown", "FORCE"),
    // The server does not have them yet.
    ("client|kill", "MAXAGE"),
    ("client|kill", "NO"),
    ("zrank", "WITHSCORE"),
    ("zrevrank", "WITHSCORE"),
    // Other figures than Redis's, which has allocators and replicas to tell of.
    ("memory|stats", ""),
    ("memory|malloc-stats", ""),
];

/// Every command of Redis, subcommands in place of their containers. COMMAND
/// is both.
pub fn leaves() -> impl Iterator<Item = &'static Command> {
    catalog::all().iter().flat_map(|command| {
        let runs = command.subcommands.is_empty() || command.name == "command";
        runs.then_some(command)
            .into_iter()
            .chain(command.subcommands)
    })
}

/// Whether the built-in server has the command.
pub fn served(command: &Command) -> bool {
    static SERVED: LazyLock<HashSet<&str>> =
        LazyLock::new(|| server::commands().map(|command| command.name).collect());
    SERVED.contains(command.name)
}

fn tokens(arguments: &'static [Argument], found: &mut BTreeSet<&'static str>) {
    for argument in arguments {
        found.extend(argument.token);
        tokens(argument.arguments, found);
    }
}

/// The commands and options that are in no case, a line each.
pub fn missing(cases: &[Vec<Vec<u8>>]) -> Vec<String> {
    let mut missing = Vec::new();
    for command in leaves().filter(|command| served(command)) {
        let name: Vec<&str> = command.name.split('|').collect();
        let is_command = |argv: &&Vec<Vec<u8>>| {
            let mut words = name.iter().zip(argv.iter());
            argv.len() >= name.len()
                && words.all(|(name, arg)| arg.eq_ignore_ascii_case(name.as_bytes()))
        };
        let own: Vec<_> = cases.iter().filter(is_command).collect();
        if ELSEWHERE.contains(&(command.name, "")) {
            continue;
        }
        if own.is_empty() {
            missing.push(command.name.to_owned());
            continue;
        }
        let mut options = BTreeSet::new();
        tokens(command.arguments, &mut options);
        for option in options {
            let sent = own.iter().any(|argv| {
                let mut arguments = argv[name.len()..].iter();
                arguments.any(|arg| arg.eq_ignore_ascii_case(option.as_bytes()))
            });
            if !sent && !ELSEWHERE.contains(&(command.name, option)) {
                missing.push(format!("{} {option}", command.name));
            }
        }
    }
    missing
}
