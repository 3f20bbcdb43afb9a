//! Finding a command by its name, as people or the server write it, and the
//! one that a wrong name was most likely meant for.

use crate::model::{Command, nearest};
use crate::tables::all;

/// Every command and subcommand in the order of their numbers: a command, then
/// its subcommands.
pub fn every() -> impl Iterator<Item = &'static Command> {
    all()
        .iter()
        .flat_map(|command| std::iter::once(command).chain(command.subcommands))
}

/// The command of a name as people write it, in any letter case: `get`, or with
/// a subcommand `XGROUP CREATE` or `xgroup|create`.
pub fn find(name: &str) -> Option<&'static Command> {
    let mut words = name.split(['|', ' ']).filter(|word| !word.is_empty());
    let command = top_level(words.next()?.as_bytes())?;
    let found = match words.next() {
        Some(word) => command.subcommand(word)?,
        None => command,
    };
    words.next().is_none().then_some(found)
}

/// The command of a full name as the server writes it, in any letter case:
/// `get`, `xgroup|create`.
pub fn by_name(name: &[u8]) -> Option<&'static Command> {
    match name.iter().position(|byte| *byte == b'|') {
        Some(bar) => top_level(&name[..bar])?.subcommand(&name[bar + 1..]),
        None => top_level(name),
    }
}

/// The command a typed line means: the subcommand when the second argument
/// names one, otherwise the command itself.
pub fn find_argv<A: AsRef<[u8]>>(argv: &[A]) -> Option<&'static Command> {
    let command = top_level(argv.first()?.as_ref())?;
    let sub = argv.get(1).and_then(|word| command.subcommand(word));
    Some(sub.unwrap_or(command))
}

fn top_level(name: &[u8]) -> Option<&'static Command> {
    let lower = || name.iter().map(u8::to_ascii_lowercase);
    let i = all()
        .binary_search_by(|command| command.name.bytes().cmp(lower()))
        .ok()?;
    Some(&all()[i])
}

/// The command somebody most likely meant by a name that is none, if any is
/// near. None that does more harm than a slip should: not FLUSHALL, and what
/// deletes only for a single slip. Looks at whole names (`hgetal`), so pass the first typed word; for a
/// wrong subcommand use [`Command::suggest_subcommand`].
pub fn suggest(name: &str) -> Option<&'static Command> {
    nearest(name, all(), |command, distance| {
        !command.is_disruptive() && (distance <= 1 || !command.deletes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::COUNT;
    use crate::lang::Lang;

    #[test]
    fn the_embedded_file_is_sorted_and_complete() {
        assert!(all().windows(2).all(|pair| pair[0].name < pair[1].name));
        assert_eq!(all().len(), 269);
        assert_eq!(every().count(), COUNT);
        assert_eq!(COUNT, 411);
        assert!(every().zip(0..).all(|(command, id)| command.id.0 == id));
    }

    #[test]
    fn every_command_has_a_sentence_in_both_languages() {
        for command in every() {
            for lang in Lang::ALL {
                let summary = command.summary(lang);
                assert!(summary.ends_with('.'), "{} {lang}: {summary}", command.name);
            }
            assert_ne!(command.summary(Lang::En), command.summary(Lang::Pl));
        }
    }

    #[test]
    fn names_are_found_in_any_case_and_form() {
        assert_eq!(find("GetEx").map(|c| c.name), Some("getex"));
        assert_eq!(find("XGROUP Create").map(|c| c.name), Some("xgroup|create"));
        assert_eq!(find("xgroup|create").map(|c| c.name), Some("xgroup|create"));
        assert!(find("xgroup|creat").is_none());
        assert!(find("get foo").is_none());
        assert!(find("").is_none());
        assert_eq!(
            by_name(b"XGROUP|Create").map(|c| c.name),
            Some("xgroup|create")
        );
        assert_eq!(by_name(b"Get").map(|c| c.name), Some("get"));
        for wrong in ["xgroup create", "xgroup||create", "xgroup|", "|get", ""] {
            assert!(by_name(wrong.as_bytes()).is_none(), "{wrong}");
        }
        assert_eq!(
            find_argv(&["client", "LIST", "TYPE", "normal"]).map(|c| c.name),
            Some("client|list")
        );
        assert_eq!(find_argv(&["get", "k"]).map(|c| c.name), Some("get"));
        assert!(find_argv::<&[u8]>(&[b"\xff"]).is_none());
    }

    #[test]
    fn a_slip_of_the_fingers_is_recognised() {
        let meant = |typed| suggest(typed).map(|c| c.name);
        assert_eq!(meant("hgetal"), Some("hgetall"));
        assert_eq!(meant("SETT"), Some("set"));
        assert_eq!(meant("zrnage"), Some("zrange"));
        assert_eq!(meant("subcribe"), Some("subscribe"));
        assert_eq!(meant("frobnicate"), None);
        // Another command, of a server that is not this one.
        assert_ne!(meant("delex"), Some("del"));
        assert_eq!(meant("flushal"), None);
        assert_eq!(meant("dle"), Some("del"));
        let xgroup = find("xgroup").expect("xgroup is a command");
        let sub = xgroup.suggest_subcommand("crate").map(|c| c.name);
        assert_eq!(sub, Some("xgroup|create"));
    }
}
