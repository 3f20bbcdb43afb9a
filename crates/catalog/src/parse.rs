//! Reads `commands.txt`; the file's head describes its form.

use super::Group;
use super::model::{
    Argument, ArgumentKind, BeginSearch, Command, Complexity, Deprecated, FindKeys, Flags, KeySpec,
    Variable,
};
use std::collections::HashMap;

type Terms = HashMap<&'static str, [&'static str; 2]>;

/// The commands of the file, or what is wrong in which line.
pub(super) fn parse(text: &'static str) -> Result<Vec<Command>, String> {
    let mut reader = Reader {
        terms: Terms::new(),
        commands: Vec::with_capacity(256),
        in_sub: false,
    };
    for (i, line) in text.lines().enumerate() {
        if !line.is_empty() && !line.starts_with('#') {
            reader
                .line(line)
                .map_err(|problem| format!("line {}: {problem}: {line}", i + 1))?;
        }
    }
    Ok(reader.commands)
}

struct Reader {
    terms: Terms,
    commands: Vec<Command>,
    /// Whether facts go to the last subcommand of the last command.
    in_sub: bool,
}

impl Reader {
    fn line(&mut self, line: &'static str) -> Result<(), &'static str> {
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
                self.commands.push(empty(rest));
                self.in_sub = false;
            }
            "sub" => {
                let parent = self.commands.last_mut().ok_or("no command before")?;
                parent.subcommands.push(empty(rest));
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

    fn current(&mut self) -> Result<&mut Command, &'static str> {
        let command = self.commands.last_mut().ok_or("no command before")?;
        if self.in_sub {
            command.subcommands.last_mut().ok_or("no command before")
        } else {
            Ok(command)
        }
    }

    fn complexity(&self, rest: &'static str) -> Result<Complexity, &'static str> {
        let mut parts = rest.split("; ");
        let formula = parts.next().unwrap_or("");
        let variables = parts
            .map(|part| {
                let (letter, id) = part.split_once('=').ok_or("a variable is LETTER=TERM")?;
                let text = *self.terms.get(id).ok_or("unknown term")?;
                Ok(Variable { letter, id, text })
            })
            .collect::<Result<_, &'static str>>()?;
        Ok(Complexity { formula, variables })
    }
}

fn empty(name: &'static str) -> Command {
    Command {
        name,
        arity: 0,
        since: "",
        group: Group::Generic,
        deprecated: None,
        doc_flags: Vec::new(),
        flags: Flags::default(),
        acl_categories: Vec::new(),
        tips: Vec::new(),
        first_last_step: (0, 0, 0),
        key_specs: Vec::new(),
        complexity: None,
        history: Vec::new(),
        arguments: Vec::new(),
        subcommands: Vec::new(),
        summary: ["", ""],
    }
}

fn fact(command: &mut Command, word: &str, rest: &'static str) -> Result<(), &'static str> {
    let words = || rest.split(' ').collect::<Vec<_>>();
    let pair = || rest.split_once(' ').ok_or("two words are needed");
    match word {
        "arity" => command.arity = number(rest)?,
        "since" => command.since = rest,
        "group" => command.group = Group::from_id(rest).ok_or("unknown group")?,
        "deprecated" => {
            let (since, instead) = pair()?;
            command.deprecated = Some(Deprecated { since, instead });
        }
        "doc-flags" => command.doc_flags = words(),
        "flags" => {
            for name in rest.split(' ') {
                let flag = Flags::from_name(name).ok_or("unknown flag")?;
                command.flags = command.flags.with(flag);
            }
        }
        "acl" => command.acl_categories = words(),
        "tips" => command.tips = words(),
        "keys" => {
            let [first, last, step] = numbers(rest)?;
            command.first_last_step = (first, last, step);
        }
        "key" => command.key_specs.push(key_spec(rest)?),
        "history" => command.history.push(pair()?),
        "en" => command.summary[0] = rest,
        "pl" => command.summary[1] = rest,
        _ => return Err("unknown word"),
    }
    Ok(())
}

fn number(text: &str) -> Result<i32, &'static str> {
    text.parse().map_err(|_| "not a number")
}

fn numbers<const N: usize>(text: &str) -> Result<[i32; N], &'static str> {
    let all: Vec<i32> = text.split(' ').map(number).collect::<Result<_, _>>()?;
    all.try_into().map_err(|_| "wrong count of numbers")
}

fn key_spec(rest: &'static str) -> Result<KeySpec, &'static str> {
    let mut parts = rest.split(" | ");
    let mut next = || {
        parts
            .next()
            .ok_or("a key has flags, a begin and a find part")
    };
    let (flags, begin, find) = (next()?, next()?, next()?);
    let begin = match begin.split_once(' ') {
        Some(("index", at)) => BeginSearch::Index(number(at)?),
        Some(("keyword", rest)) => {
            let (word, from) = rest.split_once(' ').ok_or("a keyword and its start")?;
            BeginSearch::Keyword(word, number(from)?)
        }
        _ if begin == "unknown" => BeginSearch::Unknown,
        _ => return Err("unknown way to begin"),
    };
    let find = match find.split_once(' ') {
        Some(("range", rest)) => {
            let [last, step, limit] = numbers(rest)?;
            FindKeys::Range { last, step, limit }
        }
        Some(("keynum", rest)) => {
            let [number, first, step] = numbers(rest)?;
            FindKeys::Keynum {
                number,
                first,
                step,
            }
        }
        _ if find == "unknown" => FindKeys::Unknown,
        _ => return Err("unknown way to find keys"),
    };
    Ok(KeySpec {
        flags: flags.split(' ').collect(),
        begin,
        find,
        note: parts.next(),
    })
}

fn argument(rest: &'static str) -> Result<Argument, &'static str> {
    let mut words = rest.split(' ');
    let mut next = || words.next().ok_or("an argument has a name and a type");
    let (name, kind) = (next()?, next()?);
    let mut argument = Argument {
        name,
        kind: ArgumentKind::from_name(kind).ok_or("unknown type")?,
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
            Some(("token", token)) => argument.token = Some(token),
            Some(("since", version)) => argument.since = Some(version),
            Some(("deprecated", version)) => argument.deprecated_since = Some(version),
            Some(("key", i)) => argument.key_spec = Some(i.parse().map_err(|_| "not a number")?),
            _ if word == "optional" => argument.optional = true,
            _ if word == "multiple" => argument.multiple = true,
            _ if word == "multiple_token" => argument.multiple_token = true,
            _ => return Err("unknown attribute"),
        }
    }
    Ok(argument)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_found_with_their_line() {
        let problem = |text: &'static str| parse(text).expect_err("a mistake");
        assert!(problem("command x\n  arity y").starts_with("line 2: not a number"));
        assert!(problem("arity 1").contains("no command before"));
        assert!(problem("command x\n  flags nope").contains("unknown flag"));
        assert!(problem("command x\n    arg a key").contains("indented too deep"));
        assert!(problem("command x\n  complexity O(N); N=what").contains("unknown term"));
    }

    #[test]
    fn indentation_nests_arguments() {
        let commands = parse(
            "command x\n  arg a oneof optional\n    arg b pure-token token=B\n    arg c block\n      arg d key key=1\n  arg e string multiple",
        )
        .expect("no mistakes");
        let [a, e] = &commands[0].arguments[..] else {
            panic!("two arguments");
        };
        assert!(a.optional && e.multiple);
        assert_eq!(a.arguments[0].token, Some("B"));
        assert_eq!(a.arguments[1].arguments[0].key_spec, Some(1));
    }
}
