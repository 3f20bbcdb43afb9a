//! What may stand at the cursor: commands, subcommands, options in their
//! place, and where key names are wanted. Each candidate says what it is.

mod cursor;
mod tokens;

pub use cursor::Cursor;

use super::code::Language;
use super::commands::Commands;
use super::syntax::{Next, follow};
use super::word::{Completes, Word};
use super::words::heard;
use catalog::lang::Lang;
use catalog::text;
use catalog::{ArgumentKind, Command, Group};

/// One thing that may stand at the cursor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// What is put into the line.
    pub text: String,
    /// What it is, one line.
    pub about: String,
}

/// Names that only the server knows are wanted too: of keys, or of what is
/// within one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeysWanted {
    /// They begin with this.
    pub prefix: Vec<u8>,
    /// Keys of this type come first.
    pub kind: Option<&'static str>,
    /// No keys, but this.
    pub within: Option<Within>,
}

/// What has names besides keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// The fields of this hash.
    Fields(Vec<u8>),
    /// The members of this set or sorted set.
    Members(Vec<u8>),
    /// The newest entries of this stream.
    Ids(Vec<u8>),
    /// The consumer groups of this stream.
    Groups(Vec<u8>),
    /// The consumers of this group of this stream.
    Consumers(Vec<u8>, Vec<u8>),
    /// Channels that somebody listens to.
    Channels,
}

/// The answer to Tab.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Completion {
    /// Where the replaced word starts.
    pub start: usize,
    /// What may stand there.
    pub candidates: Vec<Candidate>,
    /// Whether key names may stand there.
    pub keys: Option<KeysWanted>,
    /// Whether the names of the session's connections may stand there.
    pub sessions: bool,
}

/// What may stand at the end of `text`; `extra` are the words of a mode.
pub fn complete(text: &str, commands: &Commands, extra: &[Word], lang: Lang) -> Completion {
    let cursor = Cursor::at(text);
    let mut completion = Completion {
        start: cursor.start,
        ..Completion::default()
    };
    match cursor.words_before.first().map(String::as_str) {
        None if cursor.current.starts_with(':') => {
            completion.candidates = words(&cursor.current, extra, lang);
        }
        None => completion.candidates = names(&cursor.current, commands, lang),
        Some(word) if word.starts_with(':') => {
            word_argument(&word[1..], &cursor, commands, extra, lang, &mut completion);
        }
        Some(word) if word.eq_ignore_ascii_case("help") || word == "?" => {
            completion.candidates = help_topics(&cursor, commands, lang);
        }
        Some(_) => argument(&cursor, commands, lang, &mut completion),
    }
    completion
}

/// Names follow the case they are typed in, capitals by default.
fn in_case(name: &str, typed: &str) -> String {
    if typed.chars().any(|c| c.is_ascii_lowercase()) {
        name.to_ascii_lowercase()
    } else {
        name.to_ascii_uppercase()
    }
}

fn begins(name: &str, typed: &str) -> bool {
    name.len() >= typed.len()
        && name.as_bytes()[..typed.len()].eq_ignore_ascii_case(typed.as_bytes())
}

fn names(typed: &str, commands: &Commands, lang: Lang) -> Vec<Candidate> {
    let of = |command: &Command| Candidate {
        text: in_case(command.name, typed),
        about: match commands.outdated(command) {
            Some(outdated) => text!(
                lang,
                "{} Outdated: {}.",
                "{} Przestarzałe: {}.",
                command.summary(lang),
                outdated.instead
            ),
            None => command.summary(lang).to_owned(),
        },
    };
    let fits = commands.all().filter(|command| begins(command.name, typed));
    // With nothing typed, outdated commands would only be in the way.
    fits.filter(|command| !typed.is_empty() || command.deprecated.is_none())
        .map(of)
        .collect()
}

fn words(typed: &str, extra: &[Word], lang: Lang) -> Vec<Candidate> {
    heard(extra)
        .filter(|word| begins(word.name(), &typed[1..]))
        .map(|word| Candidate {
            text: format!(":{}", word.name()),
            about: word.summary(lang).to_owned(),
        })
        .collect()
}

fn word_argument(
    name: &str,
    cursor: &Cursor,
    commands: &Commands,
    extra: &[Word],
    lang: Lang,
    completion: &mut Completion,
) {
    let Some(word) = heard(extra).find(|word| word.is(name)) else {
        return;
    };
    let candidate = |text: &str, about: &str| {
        begins(text, &cursor.current).then(|| Candidate {
            text: text.to_owned(),
            about: about.to_owned(),
        })
    };
    match word.completes {
        Completes::Nothing => {}
        Completes::Of(words) => {
            completion.candidates = words
                .iter()
                .filter_map(|text| candidate(text, ""))
                .collect();
        }
        Completes::Keys => {
            completion.keys = Some(KeysWanted {
                prefix: cursor.current.clone().into_bytes(),
                kind: None,
                within: None,
            });
        }
        Completes::Sessions => completion.sessions = true,
        Completes::Commands => {
            completion.candidates = names(&cursor.current, commands, lang);
        }
        Completes::Programs => {
            completion.candidates = Language::ALL
                .iter()
                .filter_map(|(name, language)| candidate(name, language.client_library()))
                .collect();
        }
    }
}

fn help_topics(cursor: &Cursor, commands: &Commands, lang: Lang) -> Vec<Candidate> {
    if let [_, parent] = cursor.words_before.as_slice() {
        return commands
            .find(parent)
            .map(|command| subcommands(command, commands, &cursor.current, lang))
            .unwrap_or_default();
    }
    if let Some(typed) = cursor.current.strip_prefix('@') {
        return Group::ALL
            .into_iter()
            .filter(|group| begins(group.id(), typed))
            .map(|group| Candidate {
                text: format!("@{}", group.id()),
                about: group.name(lang).to_owned(),
            })
            .collect();
    }
    names(&cursor.current, commands, lang)
}

fn subcommands(command: &Command, commands: &Commands, typed: &str, lang: Lang) -> Vec<Candidate> {
    command
        .subcommands
        .iter()
        .filter(|sub| begins(sub.last_word(), typed) && !commands.lacks(sub))
        .map(|sub| Candidate {
            text: in_case(sub.last_word(), typed),
            about: sub.summary(lang).to_owned(),
        })
        .collect()
}

fn argument(cursor: &Cursor, commands: &Commands, lang: Lang, completion: &mut Completion) {
    let Some(command) = commands.find_argv(&cursor.words_before) else {
        return;
    };
    if !command.subcommands.is_empty() && cursor.words_before.len() == 1 {
        completion.candidates = subcommands(command, commands, &cursor.current, lang);
        return;
    }
    let names = command.name.split('|').count();
    let typed: Vec<&str> = cursor.words_before[names..]
        .iter()
        .map(String::as_str)
        .collect();
    let Some(follow) = follow(command, &typed) else {
        return;
    };
    for next in follow.next() {
        match next {
            Next::Token(token, argument) if begins(token, &cursor.current) => {
                completion.candidates.push(Candidate {
                    text: in_case(token, &cursor.current),
                    about: tokens::about(token, &argument.once(), lang),
                });
            }
            Next::Value(argument) if argument.kind == ArgumentKind::Key => {
                completion.keys = Some(KeysWanted {
                    prefix: cursor.current.clone().into_bytes(),
                    kind: kind_of(command.group),
                    within: None,
                });
            }
            Next::Value(argument) => {
                if let Some(within) = within(command, argument.name, &typed) {
                    completion.keys = Some(KeysWanted {
                        prefix: cursor.current.clone().into_bytes(),
                        kind: None,
                        within: Some(within),
                    });
                }
            }
            _ => {}
        }
    }
    completion.candidates.dedup();
}

/// What an argument of this name is a part of, where the words before it say so.
fn within(command: &Command, name: &str, typed: &[&str]) -> Option<Within> {
    if matches!(name, "channel" | "shardchannel") {
        return Some(Within::Channels);
    }
    let is_key = |argument: &catalog::Argument| argument.kind == ArgumentKind::Key;
    let key = if command.arguments.first().is_some_and(is_key) {
        0
    } else {
        let word = |word: &&str| word.eq_ignore_ascii_case("streams");
        typed.iter().position(word)? + 1
    };
    let word = |at: usize| Some(typed.get(at)?.as_bytes().to_vec());
    let key_name = word(key)?;
    match (name, command.group) {
        ("field", Group::Hash) => Some(Within::Fields(key_name)),
        ("member" | "member1" | "member2" | "element", Group::Set | Group::SortedSet) => {
            Some(Within::Members(key_name))
        }
        ("member" | "member1" | "member2", Group::Geo) => Some(Within::Members(key_name)),
        ("group", Group::Stream) => Some(Within::Groups(key_name)),
        ("consumer", Group::Stream) => Some(Within::Consumers(key_name, word(key + 1)?)),
        ("id" | "start" | "end", Group::Stream) => Some(Within::Ids(key_name)),
        _ => None,
    }
}

/// The type of value a group's commands work on.
fn kind_of(group: Group) -> Option<&'static str> {
    Some(match group {
        Group::String | Group::Bitmap | Group::Hyperloglog => "string",
        Group::List => "list",
        Group::Set => "set",
        Group::SortedSet | Group::Geo => "zset",
        Group::Hash => "hash",
        Group::Stream => "stream",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(line: &str) -> Vec<String> {
        complete(line, &Commands::default(), &[], Lang::En)
            .candidates
            .into_iter()
            .map(|candidate| candidate.text)
            .collect()
    }

    #[test]
    fn commands_follow_the_typed_case() {
        assert!(texts("hge").contains(&"hgetall".to_owned()));
        assert!(texts("HGE").contains(&"HGETALL".to_owned()));
        assert!(texts("3 inc").contains(&"incr".to_owned()));
        assert_eq!(texts(":di"), [":diff"]);
        assert_eq!(texts("xgroup cr"), ["create", "createconsumer"]);
        assert!(texts("help @so").contains(&"@sorted-set".to_owned()));
        assert_eq!(texts(":code no"), ["node"]);
        let every = complete("", &Commands::default(), &[], Lang::Pl).candidates;
        assert!(every.iter().all(|candidate| !candidate.about.is_empty()));
    }

    #[test]
    fn options_are_offered_in_their_place() {
        assert_eq!(
            texts("set k v "),
            ["NX", "XX", "GET", "EX", "PX", "EXAT", "PXAT", "KEEPTTL"]
        );
        assert_eq!(texts("set k v k"), ["keepttl"]);
        assert!(texts("set k v EX ").is_empty());
        assert!(texts("set k ").is_empty());
        assert_eq!(texts("zrange z 0 -1 RE"), ["REV"]);
    }

    #[test]
    fn keys_are_wanted_where_keys_stand() {
        let keys = |line: &str| complete(line, &Commands::default(), &[], Lang::En).keys;
        let list = Some(KeysWanted {
            prefix: b"lab:".to_vec(),
            kind: Some("list"),
            within: None,
        });
        assert_eq!(keys("lrange lab:"), list);
        assert_eq!(keys("set k v "), None);
        assert_eq!(keys("del a b").map(|k| k.prefix), Some(b"b".to_vec()));
        assert_eq!(keys(":peek x").map(|k| k.prefix), Some(b"x".to_vec()));
        let within = |line: &str| keys(line).and_then(|wanted| wanted.within);
        let h = || b"h".to_vec();
        assert_eq!(within("hget h na"), Some(Within::Fields(h())));
        assert_eq!(within("hset h "), Some(Within::Fields(h())));
        assert_eq!(within("hset h f "), None);
        assert_eq!(within("zscore h "), Some(Within::Members(h())));
        assert_eq!(within("srem h a b"), Some(Within::Members(h())));
        assert_eq!(within("xack h "), Some(Within::Groups(h())));
        assert_eq!(within("xack h g "), Some(Within::Ids(h())));
        assert_eq!(within("xrange h 1"), Some(Within::Ids(h())));
        assert_eq!(within("xread streams h "), Some(Within::Ids(h())));
        assert_eq!(
            within("xgroup delconsumer h g "),
            Some(Within::Consumers(h(), b"g".to_vec()))
        );
        assert_eq!(within("publish "), Some(Within::Channels));
        assert_eq!(within("subscribe a b"), Some(Within::Channels));
        assert_eq!(
            complete("get \"a b", &Commands::default(), &[], Lang::En).start,
            4
        );
    }
}
