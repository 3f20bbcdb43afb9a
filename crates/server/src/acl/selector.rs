//! A selector: which commands, on which keys and channels.

use super::commands::{self, CommandSet};
use crate::wire::args::c_text;
use crate::wire::args::is;
use catalog::{Categories, Command, CommandId};
use std::collections::BTreeMap;

/// Why a rule was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuleError {
    /// It is no rule.
    Syntax,
    /// The command or category does not exist.
    Unknown,
    /// A key pattern although all keys are allowed.
    AllKeysAlready,
    /// A channel although all channels are allowed.
    AllChannelsAlready,
    /// The password to be removed is not there.
    NoSuchPassword,
    /// The hash of a password is none.
    BadHash,
    /// `+command|subcommand|argument`.
    ArgumentOfSubcommand,
}

impl RuleError {
    /// What Redis says about it.
    pub fn text(self) -> &'static str {
        match self {
            RuleError::Syntax => "Syntax error",
            RuleError::Unknown => "Unknown command or category name in ACL",
            RuleError::AllKeysAlready => {
                "Adding a pattern after the * pattern (or the 'allkeys' flag) is not valid and does not have any effect. Try 'resetkeys' to start with an empty list of patterns"
            }
            RuleError::AllChannelsAlready => {
                "Adding a pattern after the * pattern (or the 'allchannels' flag) is not valid and does not have any effect. Try 'resetchannels' to start with an empty list of channels"
            }
            RuleError::NoSuchPassword => {
                "The password you are trying to remove from the user does not exist"
            }
            RuleError::BadHash => {
                "The password hash must be exactly 64 characters and contain only lowercase hexadecimal characters"
            }
            RuleError::ArgumentOfSubcommand => {
                "Allowing first-arg of a subcommand is not supported"
            }
        }
    }
}

/// Keys of a pattern, and what may be done to them.
#[derive(Debug, Clone)]
pub(super) struct KeyPattern {
    pub(super) pattern: Vec<u8>,
    pub(super) read: bool,
    pub(super) write: bool,
}

impl KeyPattern {
    /// The rule that makes it.
    fn rule(&self) -> Vec<u8> {
        let prefix: &[u8] = match (self.read, self.write) {
            (true, false) => b"%R~",
            (false, true) => b"%W~",
            _ => b"~",
        };
        [prefix, &self.pattern].concat()
    }
}

/// Which commands, on which keys and channels.
#[derive(Debug, Clone)]
pub struct Selector {
    pub(super) all_keys: bool,
    pub(crate) all_channels: bool,
    pub(super) all_commands: bool,
    pub(super) commands: CommandSet,
    /// First arguments with which a command is allowed that otherwise is not.
    pub(super) first_args: BTreeMap<CommandId, Vec<Vec<u8>>>,
    /// The rules for commands as they were given, those aside that later
    /// ones overruled: without sign, and whether they allow.
    given: Vec<(bool, Vec<u8>)>,
    pub(super) keys: Vec<KeyPattern>,
    pub(super) channels: Vec<Vec<u8>>,
}

/// Whether a name or pattern would be torn apart, or end, where rules are
/// written one after the other.
pub(super) fn has_blank(text: &[u8]) -> bool {
    let blank = |byte: &u8| byte.is_ascii_whitespace() || matches!(byte, 0 | 0x0B);
    text.iter().any(blank)
}

impl Selector {
    /// No commands, no keys, and no channels or (`acl-pubsub-default`) all.
    pub(super) fn new(all_channels: bool) -> Self {
        Selector {
            all_keys: false,
            all_channels,
            all_commands: false,
            commands: CommandSet::NONE,
            first_args: BTreeMap::new(),
            given: Vec::new(),
            keys: Vec::new(),
            channels: Vec::new(),
        }
    }

    /// Everything.
    pub(super) fn unlimited() -> Self {
        Selector {
            all_keys: true,
            all_commands: true,
            commands: CommandSet::ALL,
            ..Selector::new(true)
        }
    }

    /// Whether it allows everything.
    pub(super) fn is_unlimited(&self) -> bool {
        self.all_keys && self.all_channels && self.all_commands
    }

    /// Applies a rule.
    ///
    /// # Errors
    /// When there is no such rule, or it makes no sense now.
    pub(super) fn apply(&mut self, rule: &[u8]) -> Result<(), RuleError> {
        let word = c_text(rule);
        if is(word, "ALLKEYS") || word == b"~*" {
            self.all_keys = true;
            self.keys.clear();
        } else if is(word, "RESETKEYS") {
            self.all_keys = false;
            self.keys.clear();
        } else if is(word, "ALLCHANNELS") || word == b"&*" {
            self.all_channels = true;
            self.channels.clear();
        } else if is(word, "RESETCHANNELS") {
            self.all_channels = false;
            self.channels.clear();
        } else if is(word, "ALLCOMMANDS") || is(word, "+@ALL") {
            self.all_commands = true;
            self.commands = CommandSet::ALL;
            self.first_args.clear();
            self.given.clear();
        } else if is(word, "NOCOMMANDS") || is(word, "-@ALL") {
            self.all_commands = false;
            self.commands = CommandSet::NONE;
            self.first_args.clear();
            self.given.clear();
        } else {
            return match word {
                [b'~' | b'%', ..] => self.add_keys(rule),
                [b'&', ..] => self.add_channel(&rule[1..]),
                [sign @ (b'+' | b'-'), b'@', name @ ..] => {
                    let category = commands::category(name).ok_or(RuleError::Unknown)?;
                    self.set_category(category, *sign == b'+');
                    self.note(*sign == b'+', &rule[1..]);
                    Ok(())
                }
                [b'+', name @ ..] => {
                    self.add_command(name)?;
                    self.note(true, name);
                    Ok(())
                }
                [b'-', name @ ..] => {
                    let command = commands::named(name)?;
                    self.set_command(command, false);
                    self.note(false, name);
                    Ok(())
                }
                _ => Err(RuleError::Syntax),
            };
        }
        Ok(())
    }

    /// `~pattern`, `%R~pattern`, `%W~pattern`, `%RW~pattern`.
    fn add_keys(&mut self, rule: &[u8]) -> Result<(), RuleError> {
        if self.all_keys {
            return Err(RuleError::AllKeysAlready);
        }
        let (read, write, pattern) = if rule[0] == b'~' {
            (true, true, &rule[1..])
        } else {
            let tilde = rule.iter().position(|byte| *byte == b'~');
            let end = tilde.unwrap_or(rule.len());
            let (mut read, mut write) = (false, false);
            for letter in &rule[1..end] {
                let permission = match letter.to_ascii_uppercase() {
                    b'R' => &mut read,
                    b'W' => &mut write,
                    _ => return Err(RuleError::Syntax),
                };
                if std::mem::replace(permission, true) {
                    return Err(RuleError::Syntax);
                }
            }
            // Redis takes `%~pattern`, and stops when it is to show it.
            if !read && !write {
                return Err(RuleError::Syntax);
            }
            (read, write, rule.get(end + 1..).unwrap_or_default())
        };
        if has_blank(pattern) {
            return Err(RuleError::Syntax);
        }
        match self.keys.iter_mut().find(|own| own.pattern == pattern) {
            Some(own) => {
                own.read |= read;
                own.write |= write;
            }
            None => self.keys.push(KeyPattern {
                pattern: pattern.to_vec(),
                read,
                write,
            }),
        }
        Ok(())
    }

    /// `&pattern`.
    fn add_channel(&mut self, pattern: &[u8]) -> Result<(), RuleError> {
        if self.all_channels {
            return Err(RuleError::AllChannelsAlready);
        }
        if has_blank(pattern) {
            return Err(RuleError::Syntax);
        }
        if !self.channels.iter().any(|own| own == pattern) {
            self.channels.push(pattern.to_vec());
        }
        Ok(())
    }

    /// `+command`, `+command|subcommand`, `+command|first-argument`.
    fn add_command(&mut self, name: &[u8]) -> Result<(), RuleError> {
        let Some(bar) = name.iter().rposition(|byte| *byte == b'|') else {
            let command = commands::named(name)?;
            self.set_command(command, true);
            return Ok(());
        };
        let (parent, word) = (&name[..bar], &name[bar + 1..]);
        let command = commands::named(parent)?;
        if command.is_subcommand() {
            return Err(RuleError::ArgumentOfSubcommand);
        }
        if word.is_empty() {
            return Err(RuleError::Syntax);
        }
        if !command.subcommands.is_empty() {
            let command = commands::named(name)?;
            self.set_command(command, true);
            return Ok(());
        }
        let words = self.first_args.entry(command.id).or_default();
        if !words.iter().any(|own| own.eq_ignore_ascii_case(word)) {
            words.push(word.to_vec());
        }
        Ok(())
    }

    fn set_command(&mut self, command: &Command, on: bool) {
        self.commands.set_command(command, on);
        self.first_args.remove(&command.id);
        self.all_commands &= on;
    }

    fn set_category(&mut self, category: Categories, on: bool) {
        for command in commands::of_category(category) {
            self.set_command(command, on);
        }
    }

    /// Remembers a rule for commands in place of those that it overrules:
    /// itself, and those for its subcommands.
    fn note(&mut self, on: bool, rule: &[u8]) {
        let rule = rule.to_ascii_lowercase();
        self.given.retain(|(_, old)| {
            let rest = old.strip_prefix(rule.as_slice());
            rest.is_none_or(|rest| !rest.is_empty() && rest[0] != b'|')
        });
        self.given.push((on, rule));
    }

    /// The rules for commands: `-@all +@read`.
    pub fn command_rules(&self) -> Vec<u8> {
        let mut rules = if self.commands.has_future() {
            b"+@all".to_vec()
        } else {
            b"-@all".to_vec()
        };
        for (on, rule) in &self.given {
            rules.extend_from_slice(if *on { b" +" } else { b" -" });
            rules.extend_from_slice(rule);
        }
        rules
    }

    /// The rules for keys: `~a:* %R~b:*`.
    pub fn key_rules(&self) -> Vec<u8> {
        if self.all_keys {
            return b"~*".to_vec();
        }
        let rules: Vec<_> = self.keys.iter().map(KeyPattern::rule).collect();
        rules.join(&b' ')
    }

    /// The rules for channels: `&news:*`.
    pub fn channel_rules(&self) -> Vec<u8> {
        if self.all_channels {
            return b"&*".to_vec();
        }
        let rules = self.channels.iter().map(|own| [b"&", &own[..]].concat());
        rules.collect::<Vec<_>>().join(&b' ')
    }

    /// All rules in the form of ACL LIST.
    pub(super) fn rules(&self) -> Vec<u8> {
        let mut parts = vec![self.key_rules()];
        if !self.all_channels {
            parts.push(b"resetchannels".to_vec());
        }
        parts.push(self.channel_rules());
        parts.push(self.command_rules());
        parts.retain(|part| !part.is_empty());
        parts.join(&b' ')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made_of(rules: &str) -> Result<String, RuleError> {
        let mut selector = Selector::new(false);
        for rule in rules.split(' ') {
            selector.apply(rule.as_bytes())?;
        }
        Ok(String::from_utf8(selector.rules()).expect("ASCII"))
    }

    #[test]
    fn rules_are_shown_as_they_could_be_given_again() {
        for (given, shown) in [
            ("+get ~a", "~a resetchannels -@all +get"),
            ("%R~a %w~a %rw~b", "~a ~b resetchannels -@all"),
            ("%R~a %W~b &c &c", "%R~a %W~b resetchannels &c -@all"),
            ("allkeys allchannels +@all", "~* &* +@all"),
            ("~a ~b resetkeys", "resetchannels -@all"),
            (
                "+select|0 +SELECT|0 +select|1",
                "resetchannels -@all +select|0 +select|1",
            ),
            ("+Get +set -get", "resetchannels -@all +set -get"),
            (
                "+@read +config|get -@read +config",
                "resetchannels -@all -@read +config",
            ),
            ("+select|0 +select", "resetchannels -@all +select"),
            (
                "+@all -config +config|get",
                "resetchannels +@all -config +config|get",
            ),
        ] {
            assert_eq!(made_of(given).as_deref(), Ok(shown), "{given}");
        }
    }

    #[test]
    fn a_rule_that_makes_no_sense_is_refused() {
        for (given, error) in [
            ("get", RuleError::Syntax),
            ("%X~a", RuleError::Syntax),
            ("%RR~a", RuleError::Syntax),
            ("%~a", RuleError::Syntax),
            ("+config|", RuleError::Syntax),
            ("+nosuch", RuleError::Unknown),
            ("-nosuch", RuleError::Unknown),
            ("+@nosuch", RuleError::Unknown),
            ("+config|nosuch", RuleError::Unknown),
            ("-select|0", RuleError::Unknown),
            ("+get|a|b", RuleError::Unknown),
            ("+config|get|a", RuleError::ArgumentOfSubcommand),
            ("~* ~a", RuleError::AllKeysAlready),
            ("&* &a", RuleError::AllChannelsAlready),
        ] {
            assert_eq!(made_of(given), Err(error), "{given}");
        }
    }
}
