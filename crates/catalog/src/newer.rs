//! What a command line needs that an older server does not have.
//!
//! A server that lacks a command or an option answers with an error that does
//! not say so (`ERR unknown command`, `ERR syntax error`). The catalogue knows
//! since when each exists, and so can.

use super::{Argument, Command, find_argv};

/// Something a command line uses that came with a later version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Newer {
    /// What is new.
    pub what: New,
    /// The version that brought it: `7.0.0`.
    pub since: &'static str,
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

/// The newest thing in `argv` that a server of this version does not have.
/// Looks at the command and at its options; where `any_change` is set, also at
/// every later entry of the command's history, whether or not it is what this
/// line makes use of.
pub fn newer_than<A: AsRef<[u8]>>(argv: &[A], version: &str, any_change: bool) -> Option<Newer> {
    let has = number(version)?;
    let is_newer = |since: &str| number(since).is_some_and(|since| since > has);
    let command = find_argv(argv)?;
    if is_newer(command.since) {
        return Some(Newer {
            what: New::Command(command.display_name()),
            since: command.since,
        });
    }
    let words = || argv.iter().skip(1).map(AsRef::as_ref);
    let option = tokens(command)
        .into_iter()
        .filter(|(token, since)| {
            is_newer(since) && words().any(|word| word.eq_ignore_ascii_case(token.as_bytes()))
        })
        .max_by_key(|(_, since)| number(since));
    if let Some((token, since)) = option {
        return Some(Newer {
            what: New::Option(command.display_name(), token),
            since,
        });
    }
    let change = command.history.iter().rev();
    change
        .map(|(since, _)| *since)
        .find(|since| any_change && is_newer(since))
        .map(|since| Newer {
            what: New::Change(command.display_name()),
            since,
        })
}

/// Whether the version `has` is lower than `needs`; `false` where one of them
/// is no version.
pub fn is_older(has: &str, needs: &str) -> bool {
    matches!((number(has), number(needs)), (Some(has), Some(needs)) if has < needs)
}

/// `7.0.15` as numbers that compare; a part that is left out is 0.
fn number(version: &str) -> Option<[u32; 3]> {
    let mut number = [0; 3];
    let parts = version.split(['.', '-']).take(3);
    for (place, (index, part)) in number.iter_mut().zip(parts.enumerate()) {
        match part.parse() {
            Ok(value) => *place = value,
            // `8.0-rc1` is 8.0; `unstable` is no version.
            Err(_) if index > 0 => break,
            Err(_) => return None,
        }
    }
    Some(number)
}

/// The tokens of a command that are younger than it, with their versions. An
/// argument's version holds for the choices inside it.
fn tokens(command: &Command) -> Vec<(&'static str, &'static str)> {
    fn collect(
        arguments: &[Argument],
        inherited: Option<&'static str>,
        found: &mut Vec<(&'static str, &'static str)>,
    ) {
        for argument in arguments {
            let since = argument.since.or(inherited);
            if let (Some(token), Some(since)) = (argument.token, since) {
                found.push((token, since));
            }
            collect(argument.arguments, since, found);
        }
    }
    let mut found = Vec::new();
    collect(command.arguments, None, &mut found);
    // Some options are only in the history: `+ENTRIESREAD`.
    for (since, what) in command.history {
        let words = what.strip_prefix('+').unwrap_or_default().split(", ");
        found.extend(
            words
                .filter(|word| !word.is_empty() && word.chars().all(|c| c.is_ascii_uppercase()))
                .map(|word| (word, *since)),
        );
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(version: &str, line: &str, any_change: bool) -> Option<(New, &'static str)> {
        let argv: Vec<&str> = line.split(' ').collect();
        newer_than(&argv, version, any_change).map(|newer| (newer.what, newer.since))
    }

    #[test]
    fn commands_and_subcommands_have_their_versions() {
        let lmpop = New::Command("LMPOP".to_owned());
        assert_eq!(
            on("6.2.14", "lmpop 1 lab:l LEFT", false),
            Some((lmpop, "7.0.0"))
        );
        assert_eq!(on("7.0.0", "lmpop 1 lab:l LEFT", false), None);
        assert!(matches!(
            on("6.2.14", "COMMAND DOCS get", false),
            Some((New::Command(_), "7.0.0"))
        ));
        assert_eq!(on("6.2.14", "GET lab:k", true), None);
        assert_eq!(on("", "LMPOP 1 lab:l LEFT", true), None);
        assert_eq!(on("unstable", "LMPOP 1 lab:l LEFT", true), None);
    }

    #[test]
    fn options_have_versions_of_their_own() {
        let option = |command: &str, token| New::Option(command.to_owned(), token);
        assert_eq!(
            on("6.2.14", "EXPIRE lab:k 10 gt", false),
            Some((option("EXPIRE", "GT"), "7.0.0"))
        );
        assert_eq!(on("6.2.14", "EXPIRE lab:k 10", false), None);
        assert_eq!(
            on("6.0.9", "SET lab:k v GET", false),
            Some((option("SET", "GET"), "6.2.0"))
        );
        assert_eq!(
            on("6.2.14", "XGROUP CREATE lab:s g 0 ENTRIESREAD 1", false),
            Some((option("XGROUP CREATE", "ENTRIESREAD"), "7.0.0"))
        );
    }

    #[test]
    fn other_changes_count_when_asked_for() {
        let xadd = "XADD lab:s 2000-* f v";
        assert_eq!(on("6.2.14", xadd, false), None);
        assert_eq!(
            on("6.2.14", xadd, true),
            Some((New::Change("XADD".to_owned()), "7.0.0"))
        );
        assert_eq!(on("7.0.0", xadd, true), None);
    }

    #[test]
    fn versions_compare_as_numbers() {
        assert!(is_older("6.2.14", "7.0.0"));
        assert!(is_older("7.0.9", "7.0.15"));
        assert!(!is_older("10.0.0", "7.0.0"));
        assert!(!is_older("8.0-rc1", "7.4"));
        assert!(!is_older("", "7.0.0"));
        assert!(!is_older("7.0", "7.0.0"));
    }
}
