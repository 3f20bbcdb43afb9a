//! Sets of commands, as rules make them, by the numbers and categories of the
//! catalogue.

use super::selector::RuleError;
use catalog::{Categories, Command, CommandId};

/// A category, named in any letter case.
pub fn category(name: &[u8]) -> Option<Categories> {
    let mut all = Categories::NAMES.iter();
    let (category, _) = all.find(|(_, own)| name.eq_ignore_ascii_case(own.as_bytes()))?;
    Some(*category)
}

/// A command of Redis by its full name; those that only others have are none.
pub(super) fn named(name: &[u8]) -> Result<&'static Command, RuleError> {
    catalog::by_name(name)
        .filter(|command| command.is_of_redis())
        .ok_or(RuleError::Unknown)
}

/// The commands and subcommands of a category.
pub(super) fn of_category(category: Categories) -> impl Iterator<Item = &'static Command> {
    catalog::every()
        .filter(move |command| command.is_of_redis() && command.categories.contains(category))
}

const WORDS: usize = 8;

/// Commands Redis might have in future (or in modules): in the set of those
/// who were allowed all.
const FUTURE: CommandId = CommandId(WORDS as u16 * 64 - 1);

const _: () = assert!(catalog::COUNT <= FUTURE.0 as usize);

/// A set of commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct CommandSet([u64; WORDS]);

impl CommandSet {
    /// No command.
    pub(super) const NONE: CommandSet = CommandSet([0; WORDS]);
    /// All commands, those of the future included.
    pub(super) const ALL: CommandSet = CommandSet([u64::MAX; WORDS]);

    pub(super) fn contains(&self, id: CommandId) -> bool {
        let (word, bit) = place(id);
        self.0[word] & bit != 0
    }

    /// Whether it was once all commands, and not cleared since.
    pub(super) fn has_future(&self) -> bool {
        self.contains(FUTURE)
    }

    fn set(&mut self, id: CommandId, on: bool) {
        let (word, bit) = place(id);
        if on {
            self.0[word] |= bit;
        } else {
            self.0[word] &= !bit;
        }
    }

    /// Puts in (or takes out) a command with its subcommands.
    pub(super) fn set_command(&mut self, command: &Command, on: bool) {
        self.set(command.id, on);
        for sub in command.subcommands {
            self.set(sub.id, on);
        }
    }
}

/// The word of a command's bit, and the bit.
fn place(id: CommandId) -> (usize, u64) {
    (usize::from(id.0 / 64), 1 << (id.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_brings_its_subcommands() {
        let mut set = CommandSet::NONE;
        let config = catalog::by_name(b"CONFIG").expect("a command");
        let get = catalog::by_name(b"config|GET").expect("a subcommand");
        set.set_command(config, true);
        assert!(set.contains(config.id) && set.contains(get.id));
        set.set_command(get, false);
        assert!(set.contains(config.id) && !set.contains(get.id));
        assert!(!set.has_future() && CommandSet::ALL.has_future());
    }
}
