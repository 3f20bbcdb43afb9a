//! Command rules that make a set of commands, as ACL LIST and ACL GETUSER
//! show them.
//!
//! The rules a user was given are not kept, only what they came to. So rules
//! are found anew: first whole categories, as long as one fits more than it
//! misfits, then single commands.

use super::commands::{CATEGORIES, CommandSet, Id, entries};
use std::collections::BTreeMap;

/// The rules, beginning with `+@all` or `-@all`. `first_args` are the first
/// arguments allowed for commands that are not.
pub(super) fn command_rules(set: &CommandSet, first_args: &BTreeMap<Id, Vec<Vec<u8>>>) -> Vec<u8> {
    // Whoever was given all commands keeps them but for what is taken away.
    let taking = set.has_future();
    let (mut rules, mut shown) = match taking {
        true => (b"+@all".to_vec(), CommandSet::ALL),
        false => (b"-@all".to_vec(), CommandSet::NONE),
    };
    let sign = |on: bool| if on { b"+" } else { b"-" };
    let mut rest = set.clone();
    let mut unused: Vec<usize> = (0..CATEGORIES.len()).collect();
    while let Some(place) = best_category(&rest, &unused, taking) {
        let category = unused.remove(place);
        shown.set_category(category, !taking);
        rest.set_category(category, taking);
        let name = CATEGORIES[category].as_bytes();
        rules.extend_from_slice(&[b" ", sign(!taking).as_slice(), b"@", name].concat());
    }
    for (id, entry) in entries().iter().enumerate() {
        let name = entry.described.name.as_bytes();
        let on = set.contains(id);
        if on != shown.contains(id) {
            shown.set_command(id, on);
            rules.extend_from_slice(&[b" ", sign(on).as_slice(), name].concat());
        }
        if !on {
            for arg in first_args.get(&id).into_iter().flatten() {
                rules.extend_from_slice(&[b" +", name, b"|", arg].concat());
            }
        }
    }
    rules
}

/// The place in `unused` of the category that fits best: of those in which
/// more commands are as wanted than not, the one with the fewest that are
/// not, then with the most that are.
fn best_category(set: &CommandSet, unused: &[usize], taking: bool) -> Option<usize> {
    let mut best = None;
    for (place, category) in unused.iter().enumerate() {
        let members = entries()
            .iter()
            .enumerate()
            .filter(|(_, entry)| entry.is_in(*category));
        let (mut same, mut different) = (0_usize, 0_usize);
        for (id, _) in members {
            if set.contains(id) != taking {
                same += 1;
            } else {
                different += 1;
            }
        }
        let better = best.is_none_or(|(_, least, most)| {
            different < least || (different == least && same > most)
        });
        if same > different && better {
            best = Some((place, different, same));
        }
    }
    best.map(|(place, ..)| place)
}

#[cfg(test)]
mod tests {
    use super::super::commands::by_name;
    use super::*;

    fn described(set: &CommandSet) -> String {
        String::from_utf8(command_rules(set, &BTreeMap::new())).expect("ASCII")
    }

    #[test]
    fn a_category_is_found_again_in_both_directions() {
        for (number, name) in CATEGORIES.iter().enumerate() {
            let mut set = CommandSet::NONE;
            set.set_category(number, true);
            assert_eq!(described(&set), format!("-@all +@{name}"));
            let mut set = CommandSet::ALL;
            set.set_category(number, false);
            assert_eq!(described(&set), format!("+@all -@{name}"));
        }
    }

    #[test]
    fn what_no_category_covers_is_named() {
        let mut set = CommandSet::ALL;
        let config = by_name(b"config").expect("a command");
        set.set_command(config, false);
        set.set_command(by_name(b"config|get").expect("a subcommand"), true);
        assert_eq!(described(&set), "+@all -config +config|get");
    }
}
