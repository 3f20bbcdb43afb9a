//! Whether a selector allows a command with its keys and channels.

use super::selector::Selector;
use crate::wire::glob;
use crate::wire::reply::CmdError;
use catalog::{Command, Flags, Group, KeyFlags, KeyRef};
use std::cell::OnceCell;

/// What a user may not do. Of several obstacles the greatest is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Denied {
    /// Run the command.
    Command,
    /// Use the key that is this argument.
    Key(usize),
    /// Use the channel that is this argument.
    Channel(usize),
}

impl Denied {
    /// What is refused, in words.
    fn words(self, user: &[u8], command: &str) -> Vec<u8> {
        let end = format!(" has no permissions to run the '{command}' command");
        match self {
            Denied::Command => [b"User ", user, end.as_bytes()].concat(),
            Denied::Key(_) => b"No permissions to access a key".to_vec(),
            Denied::Channel(_) => b"No permissions to access a channel".to_vec(),
        }
    }

    /// The refusal of a command a client sent.
    pub fn error(self, user: &[u8], command: &str) -> CmdError {
        CmdError::owned([b"NOPERM ".as_slice(), &self.words(user, command)].concat())
    }

    /// The refusal of a queued command that was still allowed when it was
    /// queued.
    pub fn error_in_exec(self) -> CmdError {
        let reason = match self {
            Denied::Command => "no permission to execute the command or subcommand",
            Denied::Key(_) => "no permission to touch the specified keys",
            Denied::Channel(_) => "no permission to access one of the channels used as arguments",
        };
        CmdError::owned(format!(
            "NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: {reason}"
        ))
    }

    /// The refusal of a command a script called.
    pub fn error_in_script(self, user: &[u8], command: &str) -> CmdError {
        let words = self.words(user, command);
        CmdError::owned([b"ERR ACL failure in script: ".as_slice(), &words].concat())
    }
}

/// A command to be checked.
pub struct Call<'a> {
    command: &'static Command,
    argv: &'a [&'a [u8]],
    /// Looked for once, when first asked for.
    keys: OnceCell<Vec<KeyRef>>,
}

impl<'a> Call<'a> {
    /// A command with its arguments.
    pub fn new(command: &'static Command, argv: &'a [&'a [u8]]) -> Self {
        Call {
            command,
            argv,
            keys: OnceCell::new(),
        }
    }

    /// What a command line means to Redis, whether this server has the
    /// command or not; `None` when there is no such command.
    pub fn by_name(argv: &'a [&'a [u8]]) -> Option<Self> {
        let command = catalog::by_name(argv[0]).filter(|command| !command.is_subcommand())?;
        if command.subcommands.is_empty() || argv.len() < 2 {
            return Some(Call::new(command, argv));
        }
        command.subcommand(argv[1]).map(|sub| Call::new(sub, argv))
    }

    /// What the catalogue says of the command.
    pub fn described(&self) -> &'static Command {
        self.command
    }

    fn keys(&self) -> &[KeyRef] {
        self.keys
            .get_or_init(|| catalog::keys_of(self.command, self.argv))
    }

    /// The positions of channels, and whether they are patterns.
    fn channels(&self) -> (std::ops::Range<usize>, bool) {
        let channels = self.command.arguments.first();
        // Whoever leaves a channel, or asks about some, may name any.
        let named = channels.filter(|argument| {
            self.command.group == Group::Pubsub
                && !self.command.is_subcommand()
                && !argument.optional
        });
        match named {
            Some(argument) if argument.multiple => (1..self.argv.len(), argument.name == "pattern"),
            Some(_) => (1..2, false),
            None => (0..0, false),
        }
    }
}

/// Whether a channel is among the allowed ones. A pattern somebody wants to
/// subscribe to must be one of them literally.
pub fn channel_allowed(allowed: &[impl AsRef<[u8]>], channel: &[u8], is_pattern: bool) -> bool {
    allowed.iter().map(AsRef::as_ref).any(|pattern| {
        if is_pattern {
            pattern == channel
        } else {
            glob::matches(pattern, channel)
        }
    })
}

impl Selector {
    /// Whether it allows the command with its keys and channels.
    pub(super) fn check(&self, call: &Call<'_>) -> Result<(), Denied> {
        if !self.allows_command(call) {
            return Err(Denied::Command);
        }
        if !self.all_keys {
            let refused = |key: &&KeyRef| !self.allows_key(call.argv[key.position], key.flags);
            if let Some(key) = call.keys().iter().find(refused) {
                return Err(Denied::Key(key.position));
            }
        }
        if !self.all_channels {
            let (mut places, is_pattern) = call.channels();
            let refused = |at: &usize| !channel_allowed(&self.channels, call.argv[*at], is_pattern);
            if let Some(at) = places.find(refused) {
                return Err(Denied::Channel(at));
            }
        }
        Ok(())
    }

    fn allows_command(&self, call: &Call<'_>) -> bool {
        if self.all_commands
            || call.command.flags.contains(Flags::NO_AUTH)
            || self.commands.contains(call.command.id)
        {
            return true;
        }
        // Only commands without subcommands are allowed by first argument.
        match (self.first_args.get(&call.command.id), call.argv.get(1)) {
            (Some(allowed), Some(given)) => {
                allowed.iter().any(|word| word.eq_ignore_ascii_case(given))
            }
            _ => false,
        }
    }

    /// Whether what a command does to a key is allowed.
    fn allows_key(&self, key: &[u8], flags: KeyFlags) -> bool {
        const WRITES: KeyFlags =
            KeyFlags::of(&[KeyFlags::INSERT, KeyFlags::DELETE, KeyFlags::UPDATE]);
        let reads = flags.has_any(KeyFlags::ACCESS);
        let writes = flags.has_any(WRITES);
        self.keys.iter().any(|own| {
            (own.read || !reads) && (own.write || !writes) && glob::matches(&own.pattern, key)
        })
    }

    /// Whether all keys may be read.
    pub(super) fn reads_all_keys(&self) -> bool {
        self.all_keys || self.keys.iter().any(|own| own.read && own.pattern == b"*")
    }
}

#[cfg(test)]
mod tests {
    use super::super::user::User;
    use super::*;

    /// Whether a user with these rules may run a command.
    fn may(rules: &[&str], line: &str) -> Result<(), Denied> {
        let mut user = User::new(false);
        for rule in rules {
            user.apply(rule.as_bytes(), false).expect("a valid rule");
        }
        let argv: Vec<&[u8]> = line.split(' ').map(str::as_bytes).collect();
        user.may_run(&Call::by_name(&argv).expect("a command of the catalogue"))
    }

    #[test]
    fn commands_keys_and_channels_are_checked_in_this_order() {
        let rules = ["+get", "+publish", "~a*", "&c*"];
        assert_eq!(may(&rules, "get a1"), Ok(()));
        assert_eq!(may(&rules, "set b1 x"), Err(Denied::Command));
        assert_eq!(may(&rules, "get b1"), Err(Denied::Key(1)));
        assert_eq!(may(&rules, "publish c1 x"), Ok(()));
        assert_eq!(may(&rules, "publish d1 x"), Err(Denied::Channel(1)));
    }

    #[test]
    fn reading_and_writing_are_apart() {
        let rules = ["+@all", "%R~r", "%W~w"];
        assert_eq!(may(&rules, "copy r w"), Ok(()));
        assert_eq!(may(&rules, "copy w r"), Err(Denied::Key(1)));
        assert_eq!(may(&rules, "set w 1"), Ok(()));
        assert_eq!(may(&rules, "set w 1 get"), Err(Denied::Key(1)));
        assert_eq!(may(&rules, "get r"), Ok(()));
    }

    #[test]
    fn one_selector_must_allow_all_of_it() {
        let rules = ["(+get ~a)", "(+set ~b)"];
        assert_eq!(may(&rules, "get a"), Ok(()));
        assert_eq!(may(&rules, "set b 1"), Ok(()));
        assert_eq!(may(&rules, "get b"), Err(Denied::Key(1)));
        assert_eq!(may(&rules, "del a"), Err(Denied::Command));
        let channels = ["+@all", "&c", "(+@all ~* )"];
        assert_eq!(may(&channels, "publish d x"), Err(Denied::Channel(1)));
    }

    #[test]
    fn a_pattern_must_be_allowed_literally() {
        let rules = ["+@all", "&c*"];
        assert_eq!(may(&rules, "subscribe c1 c2"), Ok(()));
        assert_eq!(may(&rules, "psubscribe c*"), Ok(()));
        assert_eq!(may(&rules, "psubscribe c* c1"), Err(Denied::Channel(2)));
        assert_eq!(may(&rules, "unsubscribe d"), Ok(()));
    }

    #[test]
    fn a_first_argument_can_be_allowed_alone() {
        let rules = ["+select|0"];
        assert_eq!(may(&rules, "select 0"), Ok(()));
        assert_eq!(may(&rules, "select 1"), Err(Denied::Command));
        assert_eq!(may(&rules, "auth x"), Ok(()));
    }
}
