//! The types of the catalogue.

use crate::group::Group;
use crate::lang::Lang;
use crate::release::{REDIS, Release, Since, Version};
use crate::sets::{Categories, Flags, KeyFlags};

/// The number of a command or subcommand among all of the catalogue: below
/// [`super::COUNT`], in the order of [`super::every`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommandId(pub u16);

/// A command or a subcommand.
#[derive(Debug, Clone, PartialEq)]
pub struct Command {
    /// Its number.
    pub id: CommandId,
    /// Lower-case name; a subcommand's has its command in front: `xgroup|create`.
    pub name: &'static str,
    /// How many arguments it takes, counting its own name (and its
    /// subcommand's); negative when that many or more.
    pub arity: i32,
    /// The versions that introduced it.
    pub since: Since,
    /// What it is about.
    pub group: Group,
    /// Set when newer code should use something else.
    pub deprecated: Option<Deprecated>,
    /// Flags of COMMAND DOCS: `deprecated`, `syscmd`.
    pub doc_flags: &'static [&'static str],
    /// Flags of COMMAND INFO.
    pub flags: Flags,
    /// ACL categories.
    pub categories: Categories,
    /// Hints for client libraries and proxies.
    pub tips: &'static [&'static str],
    /// First key, last key and step, as COMMAND INFO shows them; (0, 0, 0)
    /// when there is no such range.
    pub first_last_step: (i32, i32, i32),
    /// Where its keys are and what is done to them.
    pub key_specs: &'static [KeySpec],
    /// The cost of a call; `None` when no general statement is possible.
    pub complexity: Option<Complexity>,
    /// What changed in which version of Redis.
    pub history: &'static [(Version, &'static str)],
    /// The syntax after the name, in order, as the Redis of the catalogue
    /// ([`REDIS`]) has it; all of it where that Redis lacks the command.
    pub arguments: &'static [Argument],
    pub(super) with_others: Option<&'static [Argument]>,
    /// The subcommands, in alphabetical order.
    pub subcommands: &'static [Command],
    pub(super) summary: [&'static str; 2],
}

impl Command {
    /// What it does, one sentence.
    pub fn summary(&self, lang: Lang) -> &'static str {
        lang.pick(self.summary[0], self.summary[1])
    }

    /// The syntax after the name with all that any server has, told apart by
    /// [`Argument::is_in`].
    pub fn every_argument(&self) -> &'static [Argument] {
        self.with_others.unwrap_or(self.arguments)
    }

    /// Whether a server of this release has it.
    pub fn is_in(&self, release: Release) -> bool {
        release.has(self.since)
    }

    /// Whether the Redis of the catalogue has it. What has not is Valkey's, or
    /// of a later Redis.
    pub fn is_of_redis(&self) -> bool {
        self.since.redis.is_some_and(|since| since <= REDIS)
    }

    /// The name as people write it: `XGROUP CREATE`.
    pub fn display_name(&self) -> String {
        self.name.to_ascii_uppercase().replace('|', " ")
    }

    /// The last word of the name: `create` of `xgroup|create`.
    pub fn last_word(&self) -> &'static str {
        self.name.rsplit('|').next().unwrap_or(self.name)
    }

    /// Whether it is a subcommand.
    pub fn is_subcommand(&self) -> bool {
        self.name.contains('|')
    }

    /// The subcommand of a name, in any letter case.
    pub fn subcommand(&self, word: impl AsRef<[u8]>) -> Option<&'static Command> {
        let word = word.as_ref();
        self.subcommands
            .iter()
            .find(|sub| sub.last_word().as_bytes().eq_ignore_ascii_case(word))
    }

    /// The subcommand most likely meant by a word that is none.
    pub fn suggest_subcommand(&self, word: &str) -> Option<&'static Command> {
        nearest(word, self.subcommands, |_, _| true)
    }

    /// Whether the server accepts this many arguments, the name included.
    pub fn accepts(&self, argc: usize) -> bool {
        let wanted = self.arity.unsigned_abs() as usize;
        if self.arity >= 0 {
            argc == wanted
        } else {
            argc >= wanted
        }
    }

    /// Whether it may change data.
    pub fn is_write(&self) -> bool {
        self.flags.contains(Flags::WRITE)
    }

    /// Whether it reads data and never changes any.
    pub fn is_read_only(&self) -> bool {
        self.flags.contains(Flags::READONLY)
    }

    /// Whether it may wait for something to happen.
    pub fn is_blocking(&self) -> bool {
        self.flags.contains(Flags::BLOCKING)
    }

    /// Whether it is for administrators, or touches all keys at once.
    pub fn is_disruptive(&self) -> bool {
        const ALL_KEYS: Categories = Categories::of(&[
            Categories::DANGEROUS,
            Categories::WRITE,
            Categories::KEYSPACE,
        ]);
        self.flags.contains(Flags::ADMIN) || self.categories.contains(ALL_KEYS)
    }

    /// Whether it takes something out of a key, or the key away.
    pub fn deletes(&self) -> bool {
        const TAKES: KeyFlags = KeyFlags::RM.with(KeyFlags::DELETE);
        self.key_specs.iter().any(|spec| spec.flags.has_any(TAKES))
    }

    /// Whether keys are among its arguments.
    pub fn has_keys(&self) -> bool {
        // Shard channels are described like keys, but are none.
        let is_key = |spec: &KeySpec| !spec.flags.contains(KeyFlags::NOT_KEY);
        self.key_specs.iter().any(is_key)
    }
}

/// The command whose name is nearest to what was typed, if any is near.
pub(crate) fn nearest<'a>(
    typed: &str,
    commands: &'a [Command],
    fits: impl Fn(&Command, usize) -> bool,
) -> Option<&'a Command> {
    let typed = typed.to_ascii_lowercase();
    // One slip in a short word, two in a longer one: more than that and the
    // suggestion is noise (`foo` is not `pfadd`).
    let allowed = if typed.chars().count() <= 4 { 1 } else { 2 };
    commands
        .iter()
        .map(|command| {
            let distance = strsim::damerau_levenshtein(&typed, command.last_word());
            // Among equally near names prefer the one that starts alike, then
            // the shorter, then one that is not deprecated.
            let starts_alike = command.last_word().as_bytes().first() == typed.as_bytes().first();
            let rank = (
                distance,
                !starts_alike,
                command.deprecated.is_some(),
                command.name.len(),
            );
            (rank, command)
        })
        .filter(|((distance, ..), command)| *distance <= allowed && fits(command, *distance))
        .min_by_key(|(rank, _)| *rank)
        .map(|(_, command)| command)
}

/// Since when a command is outdated, and what to use instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Deprecated {
    /// The version of Redis that made it outdated.
    pub since: Version,
    /// The command and options to use instead: `ZRANGE BYSCORE REV`.
    pub instead: &'static str,
    /// Whether Valkey says the same.
    pub in_valkey: bool,
}

/// The cost of a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Complexity {
    /// Such as `O(log(N)+M)`, or `depends` where it depends on the subcommand
    /// or on what the script does.
    pub formula: &'static str,
    /// What the letters stand for, in the formula's order.
    pub variables: &'static [Variable],
}

impl Complexity {
    /// The formula with its letters explained:
    /// `O(log(N)+M), N: members of the sorted set, M: elements returned`.
    pub fn text(&self, lang: Lang) -> String {
        if self.formula == "depends" {
            return lang
                .pick("depends on what is called", "zależy od tego, co wywołano")
                .to_string();
        }
        let mut text = self.formula.to_string();
        for variable in self.variables {
            text.push_str(&format!(
                ", {}: {}",
                variable.letter,
                variable.meaning(lang)
            ));
        }
        text
    }
}

/// A letter of a complexity formula.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Variable {
    /// `N`, `M`, `K` and so on.
    pub letter: &'static str,
    /// The identifier of what it counts, such as `zset-size` or `keys-in-db`,
    /// by which the shell finds the real number.
    pub id: &'static str,
    pub(super) text: [&'static str; 2],
}

impl Variable {
    /// What the letter counts.
    pub fn meaning(&self, lang: Lang) -> &'static str {
        lang.pick(self.text[0], self.text[1])
    }
}

/// Where some keys of a command are, and what is done to them.
#[derive(Debug, Clone, PartialEq)]
pub struct KeySpec {
    /// What is done to them.
    pub flags: KeyFlags,
    /// How to find the first argument of the group.
    pub begin: BeginSearch,
    /// How to find the keys from there.
    pub find: FindKeys,
    /// A remark, in our own words.
    pub note: Option<&'static str>,
}

/// How the first argument of a group of keys is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BeginSearch {
    /// At this position.
    Index(i32),
    /// After this word, looked for from a position on (negative: from the
    /// end backwards).
    Keyword(&'static str, i32),
    /// It cannot be described.
    Unknown,
}

/// How keys are found from the first argument of their group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindKeys {
    /// A range.
    Range {
        /// The last key, counted from the first (negative: from the end).
        last: i32,
        /// The distance between keys.
        step: i32,
        /// With `last` of -1: the keys end after this part of the rest
        /// (2: the half, as in XREAD); 0 and 1 mean the whole rest.
        limit: i32,
    },
    /// A number of keys, then the keys.
    Keynum {
        /// Where the number is, counted from the first argument.
        number: i32,
        /// Where the first key is, counted likewise.
        first: i32,
        /// The distance between keys.
        step: i32,
    },
    /// It cannot be described.
    Unknown,
}

/// The type of an argument in COMMAND DOCS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArgumentKind {
    /// Any bytes.
    String,
    /// A whole number.
    Integer,
    /// A decimal number.
    Double,
    /// A key.
    Key,
    /// A glob pattern.
    Pattern,
    /// Seconds or milliseconds since 1970.
    UnixTime,
    /// A word that stands for itself, such as `NX`.
    PureToken,
    /// One of the arguments inside.
    OneOf,
    /// All arguments inside, in order.
    Block,
}

impl ArgumentKind {
    /// The type of a COMMAND DOCS name; what is not known is any bytes.
    pub fn from_name(name: &str) -> ArgumentKind {
        match name {
            "integer" => ArgumentKind::Integer,
            "double" => ArgumentKind::Double,
            "key" => ArgumentKind::Key,
            "pattern" => ArgumentKind::Pattern,
            "unix-time" => ArgumentKind::UnixTime,
            "pure-token" => ArgumentKind::PureToken,
            "oneof" => ArgumentKind::OneOf,
            "block" => ArgumentKind::Block,
            _ => ArgumentKind::String,
        }
    }

    /// The name COMMAND DOCS uses.
    pub fn name(self) -> &'static str {
        match self {
            ArgumentKind::String => "string",
            ArgumentKind::Integer => "integer",
            ArgumentKind::Double => "double",
            ArgumentKind::Key => "key",
            ArgumentKind::Pattern => "pattern",
            ArgumentKind::UnixTime => "unix-time",
            ArgumentKind::PureToken => "pure-token",
            ArgumentKind::OneOf => "oneof",
            ArgumentKind::Block => "block",
        }
    }
}

/// An argument of a command, or a part of one.
#[derive(Debug, Clone, PartialEq)]
pub struct Argument {
    /// What it is called: `seconds`.
    pub name: &'static str,
    /// What stands for it in the syntax; mostly the same.
    pub shown: &'static str,
    /// What it is.
    pub kind: ArgumentKind,
    /// The word in front of it, or the word it is: `EX`. Empty where Redis
    /// wants an empty string (MIGRATE).
    pub token: Option<&'static str>,
    /// Whether it may be left out.
    pub optional: bool,
    /// Whether it may be repeated.
    pub multiple: bool,
    /// Whether its token is repeated with it.
    pub multiple_token: bool,
    /// The versions that introduced it, when later than its command.
    pub since: Option<Since>,
    /// The version of Redis that made it outdated.
    pub deprecated_since: Option<Version>,
    /// Which of the command's key specifications finds it, for keys.
    pub key_spec: Option<usize>,
    /// The parts of a `oneof` or `block`.
    pub arguments: &'static [Argument],
}

impl Argument {
    /// Whether a server of this release, that has the command, has it too.
    pub fn is_in(&self, release: Release) -> bool {
        self.since.is_none_or(|since| release.has(since))
    }
}
