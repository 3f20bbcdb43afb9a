//! Command rules that make a set of commands, as ACL LIST and ACL GETUSER
//! show them.
//!
//! The rules a user was given are not kept, only what they came to. So rules
//! are found anew: first whole categories, as long as one fits more than it
//! misfits, then single commands.

use super::commands::{CommandSet, of_category};
use catalog::{Categories, CommandId};
use std::collections::BTreeMap;

/// The rules, beginning with `+@all` or `-@all`. `first_args` are the first
/// arguments allowed for commands that are not.
pub(super) fn command_rules(
    set: &CommandSet,
    first_args: &BTreeMap<CommandId, Vec<Vec<u8>>>,
) -> Vec<u8> {
    // Whoever was given all commands keeps them but for what is taken away.
    let taking = set.has_future();
    let (mut rules, mut shown) = match taking {
        true => (b"+@all".to_vec(), CommandSet::ALL),
        false => (b"-@all".to_vec(), CommandSet::NONE),
    };
    let sign = |on: bool| -> &[u8] { if on { b"+" } else { b"-" } };
    let mut rest = set.clone();
    let mut unused = Categories::NAMES.to_vec();
    while let Some(place) = best_category(&rest, &unused, taking) {
        let (category, name) = unused.remove(place);
        shown.set_category(category, !taking);
        rest.set_category(category, taking);
        rules.extend_from_slice(&[b" ", sign(!taking), b"@", name.as_bytes()].concat());
    }
    for command in catalog::every().filter(|command| command.is_of_redis()) {
        let name = command.name.as_bytes();
        let on = set.contains(command.id);
        if on != shown.contains(command.id) {
            shown.set_command(command, on);
            rules.extend_from_slice(&[b" ", sign(on), name].concat());
        }
        if !on {
            for arg in first_args.get(&command.id).into_iter().flatten() {
                rules.extend_from_slice(&[b" +", name, b"|", arg].concat());
            }
        }
    }
    rules
}

/// The place in `unused` of the category that fits best: of those in which
/// more commands are as wanted than not, the one with the fewest that are
/// not, then with the most that are.
fn best_category(set: &CommandSet, unused: &[(Categories, &str)], taking: bool) -> Option<usize> {
    let mut best = None;
    for (place, (category, _)) in unused.iter().enumerate() {
        let (mut same, mut different) = (0_usize, 0_usize);
        for command in of_category(*category) {
            if set.contains(command.id) != taking {
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
    use super::*;

    fn described(set: &CommandSet) -> String {
        String::from_utf8(command_rules(set, &BTreeMap::new())).expect("ASCII")
    }

    #[test]
    fn a_category_is_found_again_in_both_directions() {
        for (category, name) in Categories::NAMES {
            let mut set = CommandSet::NONE;
            set.set_category(*category, true);
            assert_eq!(described(&set), format!("-@all +@{name}"));
            let mut set = CommandSet::ALL;
            set.set_category(*category, false);
            assert_eq!(described(&set), format!("+@all -@{name}"));
        }
    }

    #[test]
    fn what_no_category_covers_is_named() {
        let mut set = CommandSet::ALL;
        let config = catalog::by_name(b"config").expect("a command");
        set.set_command(config, false);
        set.set_command(catalog::by_name(b"config|get").expect("a subcommand"), true);
        assert_eq!(described(&set), "+@all -config +config|get");
    }
}
