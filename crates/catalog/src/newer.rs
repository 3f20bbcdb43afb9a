//! What a command line needs that an older server does not have.
//!
//! A server that lacks a command or an option answers with an error that does
//! not say so (`ERR unknown command`, `ERR syntax error`). The catalogue knows
//! since when each exists, and so can.

use super::{Argument, Command, Release, Since, Version, find_argv};
use crate::release::FORK;

/// Something a command line uses that came with a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// What is new.
    pub what: New,
    /// The version of Redis that brought it.
    pub since: Version,
}

/// What is new to an older server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum New {
    /// The command itself: `LMPOP`.
    Command(String),
    /// An option of a command that exists: `EXPIRE` and `NX`.
    Option(String, &'static str),
    /// Something else about the command, as the named change in its history
    /// says: a form of its arguments, or of its reply.
    Change(String),
}

/// The newest thing in `argv` that a Redis of this version does not have.
/// Looks at the command and at its options; where `any_change` is set, also at
/// every later entry of the command's history, whether or not it is what this
/// line makes use of.
pub fn newer_than<A: AsRef<[u8]>>(argv: &[A], has: Version, any_change: bool) -> Option<Newer> {
    let command = find_argv(argv)?;
    if let Some(since) = command.since.redis.filter(|since| *since > has) {
        return Some(Newer {
            what: New::Command(command.display_name()),
            since,
        });
    }
    let words = || argv.iter().skip(1).map(AsRef::as_ref);
    let option = tokens(command)
        .into_iter()
        .filter(|(token, since)| {
            *since > has && words().any(|word| word.eq_ignore_ascii_case(token.as_bytes()))
        })
        .max_by_key(|(_, since)| *since);
    if let Some((token, since)) = option {
        return Some(Newer {
            what: New::Option(command.display_name(), token),
            since,
        });
    }
    let change = command.history.iter().rev();
    change
        .map(|(since, _)| *since)
        .find(|since| any_change && *since > has)
        .map(|since| Newer {
            what: New::Change(command.display_name()),
            since,
        })
}

/// An option that a line uses and a server of this release does not have,
/// although others do; and the command it belongs to.
pub fn missing_option<A: AsRef<[u8]>>(
    argv: &[A],
    release: Release,
) -> Option<(&'static Command, &'static str, Since)> {
    let command = find_argv(argv)?;
    let typed = |token: &str| {
        let mut words = argv.iter().skip(1).map(AsRef::as_ref);
        words.any(|word| word.eq_ignore_ascii_case(token.as_bytes()))
    };
    let mut found = Vec::new();
    dated(command.every_argument(), None, &mut found);
    found.extend(in_history(command).map(|(token, since)| {
        let since = Since {
            redis: Some(since),
            valkey: (since <= FORK).then_some(since),
        };
        (token, since)
    }));
    // The same word may be old elsewhere in the command.
    let has = |token: &str| {
        found
            .iter()
            .any(|(own, since)| *own == token && release.has(*since))
    };
    found
        .iter()
        .find(|(token, since)| !release.has(*since) && !has(token) && typed(token))
        .map(|(token, since)| (command, *token, *since))
}

/// The tokens with versions of their own, which hold for what is inside.
fn dated(arguments: &[Argument], inherited: Option<Since>, found: &mut Vec<(&'static str, Since)>) {
    for argument in arguments {
        let since = argument.since.or(inherited);
        found.extend(argument.token.zip(since));
        dated(argument.arguments, since, found);
    }
}

/// The tokens of a command that are younger than it, with their versions. An
/// argument's version holds for the choices inside it.
fn tokens(command: &Command) -> Vec<(&'static str, Version)> {
    fn collect(
        arguments: &[Argument],
        inherited: Option<Version>,
        found: &mut Vec<(&'static str, Version)>,
    ) {
        for argument in arguments {
            let since = match argument.since {
                // Valkey's alone.
                Some(Since { redis: None, .. }) => continue,
                Some(Since { redis, .. }) => redis,
                None => inherited,
            };
            if let (Some(token), Some(since)) = (argument.token, since) {
                found.push((token, since));
            }
            collect(argument.arguments, since, found);
        }
    }
    let mut found = Vec::new();
    collect(command.every_argument(), None, &mut found);
    found.extend(in_history(command));
    found
}

/// Options of which only the history says that they are younger than their
/// command: `+ENTRIESREAD`.
pub(crate) fn in_history(
    command: &Command,
) -> impl Iterator<Item = (&'static str, Version)> + use<> {
    command.history.iter().flat_map(|(since, what)| {
        let words = what.strip_prefix('+').unwrap_or_default().split(", ");
        words
            .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase()))
            .map(|word| (word, *since))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Family;

    fn on(version: &str, line: &str, any_change: bool) -> Option<(New, Version)> {
        let argv: Vec<&str> = line.split(' ').collect();
        let has = Version::parse(version).expect("a version");
        newer_than(&argv, has, any_change).map(|newer| (newer.what, newer.since))
    }

    #[test]
    fn commands_and_subcommands_have_their_versions() {
        let lmpop = New::Command("LMPOP".to_owned());
        assert_eq!(
            on("6.2.14", "lmpop 1 lab:l LEFT", false),
            Some((lmpop, Version(7, 0, 0)))
        );
        assert_eq!(on("7.0.0", "lmpop 1 lab:l LEFT", false), None);
        assert!(matches!(
            on("6.2.14", "COMMAND DOCS get", false),
            Some((New::Command(_), Version(7, 0, 0)))
        ));
        assert_eq!(on("6.2.14", "GET lab:k", true), None);
    }

    #[test]
    fn options_have_versions_of_their_own() {
        let option = |command: &str, token| New::Option(command.to_owned(), token);
        assert_eq!(
            on("6.2.14", "EXPIRE lab:k 10 gt", false),
            Some((option("EXPIRE", "GT"), Version(7, 0, 0)))
        );
        assert_eq!(on("6.2.14", "EXPIRE lab:k 10", false), None);
        assert_eq!(
            on("6.0.9", "SET lab:k v GET", false),
            Some((option("SET", "GET"), Version(6, 2, 0)))
        );
        assert_eq!(
            on("8.0.2", "BITOP DIFF lab:d lab:a lab:b", false),
            Some((option("BITOP", "DIFF"), Version(8, 2, 0)))
        );
        assert_eq!(
            on("6.2.14", "XGROUP CREATE lab:s g 0 ENTRIESREAD 1", false),
            Some((option("XGROUP CREATE", "ENTRIESREAD"), Version(7, 0, 0)))
        );
    }

    #[test]
    fn an_option_of_another_server_is_known() {
        let on = |family, version: &str, line: &str| {
            let version = Version::parse(version).expect("a version");
            let argv: Vec<&str> = line.split(' ').collect();
            missing_option(&argv, Release { family, version }).map(|(_, token, _)| token)
        };
        assert_eq!(on(Family::Redis, "8.0.2", "SET k v ifeq w"), Some("IFEQ"));
        assert_eq!(on(Family::Valkey, "9.1.2", "SET k v IFEQ w"), None);
        assert_eq!(
            on(Family::Valkey, "9.1.2", "SET k v IFDEQ w"),
            Some("IFDEQ")
        );
        assert_eq!(
            on(Family::Redis, "7.0.15", "ZRANK k m WITHSCORE"),
            Some("WITHSCORE")
        );
        assert_eq!(
            on(Family::Redis, "7.0.15", "HSCAN h 0 NOVALUES"),
            Some("NOVALUES")
        );
        assert_eq!(on(Family::Redis, "6.2.14", "EXPIRE k 1 nx"), Some("NX"));
        assert_eq!(on(Family::Redis, "7.0.15", "SET k v NX"), None);
        assert_eq!(
            on(Family::Redis, "7.0.15", "CLIENT KILL NAME x"),
            Some("NAME")
        );
    }

    #[test]
    fn other_changes_count_when_asked_for() {
        let xadd = "XADD lab:s 2000-* f v";
        assert_eq!(on("6.2.14", xadd, false), None);
        assert_eq!(
            on("6.2.14", xadd, true),
            Some((New::Change("XADD".to_owned()), Version(7, 0, 0)))
        );
        assert_eq!(on("7.0.0", xadd, true), None);
    }
}
