//! Reads `commands.txt` line by line.

use super::{Argument, Command, Complexity, Deprecated, KeySpec, Version};
use std::collections::HashMap;

#[derive(Default)]
pub(super) struct Reader<'a> {
    terms: HashMap<&'a str, [&'a str; 2]>,
    pub(super) commands: Vec<Command<'a>>,
    /// Whether facts go to the last subcommand of the last command.
    in_sub: bool,
}

impl<'a> Reader<'a> {
    /// Reads a line that is neither empty nor a comment.
    pub(super) fn line(&mut self, line: &'a str) -> Result<(), &'static str> {
        let body = line.trim_start();
        let indent = line.len() - body.len();
        let (word, rest) = body.split_once(' ').unwrap_or((body, ""));
        match word {
            "term" => {
                let parts: Vec<_> = rest.split(" | ").collect();
                let [id, en, pl] = parts[..] else {
                    return Err("a term has an id and two texts");
                };
                self.terms.insert(id, [en, pl]);
            }
            "command" => {
                self.commands.push(named(rest));
                self.in_sub = false;
            }
            "sub" => {
                let parent = self.commands.last_mut().ok_or("no command before")?;
                parent.subcommands.push(named(rest));
                self.in_sub = true;
            }
            "arg" => {
                let argument = argument(rest)?;
                let mut siblings = &mut self.current()?.arguments;
                for _ in 1..indent / 2 {
                    siblings = &mut siblings.last_mut().ok_or("indented too deep")?.arguments;
                }
                siblings.push(argument);
            }
            "complexity" => {
                let complexity = self.complexity(rest)?;
                self.current()?.complexity = Some(complexity);
            }
            _ => fact(self.current()?, word, rest)?,
        }
        Ok(())
    }

    fn current(&mut self) -> Result<&mut Command<'a>, &'static str> {
        let command = self.commands.last_mut().ok_or("no command before")?;
        if self.in_sub {
            command.subcommands.last_mut().ok_or("no command before")
        } else {
            Ok(command)
        }
    }

    fn complexity(&self, rest: &'a str) -> Result<Complexity<'a>, &'static str> {
        let mut parts = rest.split("; ");
        let formula = parts.next().unwrap_or("");
        let variables = parts
            .map(|part| {
                let (letter, id) = part.split_once('=').ok_or("a variable is LETTER=TERM")?;
                let text = *self.terms.get(id).ok_or("unknown term")?;
                Ok((letter, id, text))
            })
            .collect::<Result<_, &'static str>>()?;
        Ok(Complexity { formula, variables })
    }
}

fn named(name: &str) -> Command<'_> {
    Command {
        name,
        ..Command::default()
    }
}

fn fact<'a>(command: &mut Command<'a>, word: &str, rest: &'a str) -> Result<(), &'static str> {
    let words = || rest.split(' ').collect::<Vec<_>>();
    let pair = || rest.split_once(' ').ok_or("two words are needed");
    match word {
        "arity" => command.arity = whole(rest)?,
        "since" => command.since.redis = Some(version(rest)?),
        "valkey" => command.since.valkey = Some(version(rest)?),
        "group" => command.group = camel_case(rest),
        "deprecated" => {
            let (since, instead) = pair()?;
            let current = instead.strip_suffix(" | not valkey");
            command.deprecated = Some(Deprecated {
                since: version(since)?,
                instead: current.unwrap_or(instead),
                in_valkey: current.is_none(),
            });
        }
        "doc-flags" => command.doc_flags = words(),
        "flags" => command.flags = words(),
        "acl" => command.categories = words(),
        "tips" => command.tips = words(),
        "keys" => command.keys = numbers(rest)?,
        "key" => command.key_specs.push(key_spec(rest)?),
        "history" => {
            let (since, change) = pair()?;
            command.history.push((version(since)?, change));
        }
        "en" => command.summary[0] = rest,
        "pl" => command.summary[1] = rest,
        _ => return Err("unknown word"),
    }
    Ok(())
}

fn version(text: &str) -> Result<Version, &'static str> {
    let wrong = "a version is three numbers";
    let parts: Vec<u16> = text
        .split('.')
        .map(|part| part.parse().map_err(|_| wrong))
        .collect::<Result<_, _>>()?;
    match parts[..] {
        [major, minor, patch] => Ok(Version(major, minor, patch)),
        _ => Err(wrong),
    }
}

/// `SortedSet` for `sorted-set`.
fn camel_case(name: &str) -> String {
    let mut camel = String::new();
    for word in name.split('-') {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(rest);
    }
    camel
}

fn whole(text: &str) -> Result<i32, &'static str> {
    text.parse().map_err(|_| "not a number")
}

fn numbers<const N: usize>(text: &str) -> Result<[i32; N], &'static str> {
    let all: Vec<i32> = text.split(' ').map(whole).collect::<Result<_, _>>()?;
    all.try_into().map_err(|_| "wrong count of numbers")
}

fn key_spec(rest: &str) -> Result<KeySpec<'_>, &'static str> {
    let mut parts = rest.split(" | ");
    let mut next = || {
        parts
            .next()
            .ok_or("a key has flags, a begin and a find part")
    };
    let (flags, begin, find) = (next()?, next()?, next()?);
    let begin = match begin.split_once(' ') {
        Some(("index", at)) => format!("Index({})", whole(at)?),
        Some(("keyword", rest)) => {
            let (word, from) = rest.split_once(' ').ok_or("a keyword and its start")?;
            format!("Keyword({word:?}, {})", whole(from)?)
        }
        _ if begin == "unknown" => "Unknown".to_owned(),
        _ => return Err("unknown way to begin"),
    };
    let find = match find.split_once(' ') {
        Some(("range", rest)) => {
            let [last, step, limit] = numbers(rest)?;
            format!("Range {{ last: {last}, step: {step}, limit: {limit} }}")
        }
        Some(("keynum", rest)) => {
            let [number, first, step] = numbers(rest)?;
            format!("Keynum {{ number: {number}, first: {first}, step: {step} }}")
        }
        _ if find == "unknown" => "Unknown".to_owned(),
        _ => return Err("unknown way to find keys"),
    };
    Ok(KeySpec {
        flags: flags.split(' ').collect(),
        begin,
        find,
        note: parts.next(),
    })
}

fn argument(rest: &str) -> Result<Argument<'_>, &'static str> {
    let mut words = rest.split(' ');
    let mut next = || words.next().ok_or("an argument has a name and a type");
    let (name, kind) = (next()?, next()?);
    let mut argument = Argument {
        name,
        shown: name,
        kind: kind_of(kind).ok_or("unknown type")?,
        token: None,
        optional: false,
        multiple: false,
        multiple_token: false,
        since: None,
        deprecated_since: None,
        key_spec: None,
        arguments: Vec::new(),
    };
    for word in words {
        match word.split_once('=') {
            Some(("shown", shown)) => argument.shown = shown,
            Some(("token", token)) => argument.token = Some(token),
            Some(("since", text)) => {
                argument.since.get_or_insert_default().redis = Some(version(text)?);
            }
            Some(("valkey", text)) => {
                argument.since.get_or_insert_default().valkey = Some(version(text)?);
            }
            Some(("deprecated", text)) => argument.deprecated_since = Some(version(text)?),
            Some(("key", i)) => argument.key_spec = Some(i.parse().map_err(|_| "not a number")?),
            _ if word == "optional" => argument.optional = true,
            _ if word == "multiple" => argument.multiple = true,
            _ if word == "multiple_token" => argument.multiple_token = true,
            _ => return Err("unknown attribute"),
        }
    }
    Ok(argument)
}

fn kind_of(name: &str) -> Option<&'static str> {
    Some(match name {
        "string" => "String",
        "integer" => "Integer",
        "double" => "Double",
        "key" => "Key",
        "pattern" => "Pattern",
        "unix-time" => "UnixTime",
        "pure-token" => "PureToken",
        "oneof" => "OneOf",
        "block" => "Block",
        _ => return None,
    })
}
