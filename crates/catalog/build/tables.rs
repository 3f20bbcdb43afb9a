//! Turns the text of `commands.txt` into Rust tables; the file's head
//! describes its form. What a word may be (which groups, flags, categories
//! there are) is known to the library alone: the compiler refuses others.

use std::collections::HashMap;
use std::fmt::{self, Display, Formatter};

/// The source of `static COMMANDS`, or what is wrong in which line.
pub fn tables(facts: &str) -> Result<String, String> {
    let mut reader = Reader::default();
    for (i, line) in facts.lines().enumerate() {
        if !line.is_empty() && !line.starts_with('#') {
            reader
                .line(line)
                .map_err(|problem| format!("line {}: {problem}: {line}", i + 1))?;
        }
    }
    let mut commands = reader.commands;
    let count = number(&mut commands);
    let rows = Slice(&commands, Command::fmt);
    Ok(format!(
        "static COMMANDS: &[Command] = {rows};\n\
         /// How many commands and subcommands there are.\n\
         pub const COUNT: usize = {count};\n"
    ))
}

/// A command or subcommand, as far as it has been read.
#[derive(Default)]
struct Command<'a> {
    id: usize,
    name: &'a str,
    arity: i32,
    since: Since,
    group: String,
    deprecated: Option<Deprecated<'a>>,
    doc_flags: Vec<&'a str>,
    flags: Vec<&'a str>,
    categories: Vec<&'a str>,
    tips: Vec<&'a str>,
    keys: [i32; 3],
    key_specs: Vec<KeySpec<'a>>,
    complexity: Option<Complexity<'a>>,
    history: Vec<(Version, &'a str)>,
    arguments: Vec<Argument<'a>>,
    subcommands: Vec<Command<'a>>,
    summary: [&'a str; 2],
}

struct KeySpec<'a> {
    flags: Vec<&'a str>,
    begin: String,
    find: String,
    note: Option<&'a str>,
}

struct Complexity<'a> {
    formula: &'a str,
    /// Letter, identifier, and what it counts in both languages.
    variables: Vec<(&'a str, &'a str, [&'a str; 2])>,
}

/// The same as the library's `Version`, which see.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Version(u16, u16, u16);

/// The same as the library's `Since`.
#[derive(Clone, Copy, Default, Debug)]
struct Since {
    redis: Option<Version>,
    valkey: Option<Version>,
}

/// The Redis whose facts the file gives, `REDIS` of the library.
const TRUTH: Version = Version(8, 0, 2);

/// The Redis that Valkey began as.
const FORK: Version = Version(7, 2, 4);

impl Since {
    /// What is as old as the fork is in Valkey too.
    fn with_the_fork(self) -> Since {
        Since {
            valkey: self.valkey.or(self.redis.filter(|since| *since <= FORK)),
            ..self
        }
    }
}

struct Deprecated<'a> {
    since: Version,
    instead: &'a str,
    in_valkey: bool,
}

#[derive(Clone)]
struct Argument<'a> {
    name: &'a str,
    shown: &'a str,
    kind: &'static str,
    token: Option<&'a str>,
    optional: bool,
    multiple: bool,
    multiple_token: bool,
    since: Option<Since>,
    deprecated_since: Option<Version>,
    key_spec: Option<usize>,
    arguments: Vec<Argument<'a>>,
}

/// Gives every command and subcommand its number: a command's subcommands
/// come right behind it. Returns how many there are.
fn number(commands: &mut [Command<'_>]) -> usize {
    let mut count = 0;
    for command in commands {
        command.id = count;
        for (sub, id) in command.subcommands.iter_mut().zip(count + 1..) {
            sub.id = id;
        }
        count += 1 + command.subcommands.len();
    }
    count
}

#[derive(Default)]
struct Reader<'a> {
    terms: HashMap<&'a str, [&'a str; 2]>,
    commands: Vec<Command<'a>>,
    /// Whether facts go to the last subcommand of the last command.
    in_sub: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: &'a str) -> Result<(), &'static str> {
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

/// The arguments without what the Redis of the file does not have.
fn of_the_truth<'a>(arguments: &[Argument<'a>]) -> Vec<Argument<'a>> {
    arguments
        .iter()
        .filter(|argument| {
            argument
                .since
                .is_none_or(|since| since.redis.is_some_and(|since| since <= TRUTH))
        })
        .map(|argument| Argument {
            arguments: of_the_truth(&argument.arguments),
            ..argument.clone()
        })
        .collect()
}

/// How many there are, with all inside them.
fn count(arguments: &[Argument<'_>]) -> usize {
    let inside = |argument: &Argument<'_>| 1 + count(&argument.arguments);
    arguments.iter().map(inside).sum()
}

/// A slice as an expression; each item is written by the function.
struct Slice<'a, T>(&'a [T], fn(&T, &mut Formatter<'_>) -> fmt::Result);

impl<T> Display for Slice<'_, T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("&[")?;
        for item in self.0 {
            self.1(item, f)?;
            f.write_str(",\n")?;
        }
        f.write_str("]")
    }
}

/// Names as a set of this type: `Flags::of(&[Flags::WRITE])`.
struct Set<'a>(&'static str, &'a [&'a str]);

impl Display for Set<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Set(set, names) = self;
        write!(f, "{set}::of(&[")?;
        for name in *names {
            write!(f, "{set}::{}, ", name.to_ascii_uppercase())?;
        }
        f.write_str("])")
    }
}

/// An optional value whose expression is not its `Debug` form.
struct Maybe<T>(Option<T>);

impl<T: Display> Display for Maybe<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => write!(f, "Some({value})"),
            None => f.write_str("None"),
        }
    }
}

impl Command<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let deprecated = self.deprecated.as_ref().map(|deprecated| {
            let Deprecated {
                since,
                instead,
                in_valkey,
            } = deprecated;
            format!(
                "Deprecated {{ since: {since:?}, instead: {instead:?}, in_valkey: {in_valkey} }}"
            )
        });
        let arguments = of_the_truth(&self.arguments);
        // Where there are no others, both are one.
        let others = (count(&arguments) != count(&self.arguments))
            .then(|| Slice(&self.arguments, Argument::fmt).to_string());
        let [first, last, step] = self.keys;
        write!(
            f,
            "Command {{ id: CommandId({}), name: {:?}, arity: {}, since: {:?}, group: Group::{}, ",
            self.id,
            self.name,
            self.arity,
            self.since.with_the_fork(),
            self.group
        )?;
        write!(
            f,
            "deprecated: {}, doc_flags: &{:?}, flags: {}, categories: {}, tips: &{:?}, ",
            Maybe(deprecated),
            self.doc_flags,
            Set("Flags", &self.flags),
            Set("Categories", &self.categories),
            self.tips
        )?;
        write!(
            f,
            "first_last_step: ({first}, {last}, {step}), key_specs: {}, complexity: {}, history: &{:?}, ",
            Slice(&self.key_specs, KeySpec::fmt),
            Maybe(self.complexity.as_ref()),
            self.history
        )?;
        write!(
            f,
            "arguments: {}, with_others: {}, subcommands: {}, summary: {:?} }}",
            Slice(&arguments, Argument::fmt),
            Maybe(others),
            Slice(&self.subcommands, Command::fmt),
            self.summary
        )
    }
}

impl KeySpec<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "KeySpec {{ flags: {}, begin: BeginSearch::{}, find: FindKeys::{}, note: {:?} }}",
            Set("KeyFlags", &self.flags),
            self.begin,
            self.find,
            self.note
        )
    }
}

impl Display for Complexity<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Complexity {{ formula: {:?}, variables: &[",
            self.formula
        )?;
        for (letter, id, text) in &self.variables {
            write!(
                f,
                "Variable {{ letter: {letter:?}, id: {id:?}, text: {text:?} }}, "
            )?;
        }
        f.write_str("] }")
    }
}

impl Argument<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Argument {{ name: {:?}, shown: {:?}, kind: ArgumentKind::{}, token: {:?}, ",
            self.name, self.shown, self.kind, self.token
        )?;
        write!(
            f,
            "optional: {}, multiple: {}, multiple_token: {}, ",
            self.optional, self.multiple, self.multiple_token
        )?;
        write!(
            f,
            "since: {:?}, deprecated_since: {:?}, key_spec: {:?}, arguments: {} }}",
            self.since.map(Since::with_the_fork),
            self.deprecated_since,
            self.key_spec,
            Slice(&self.arguments, Argument::fmt)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_found_with_their_line() {
        let problem = |text| tables(text).expect_err("a mistake");
        assert!(problem("command x\n  arity y").starts_with("line 2: not a number"));
        assert!(problem("arity 1").contains("no command before"));
        assert!(problem("command x\n  nope 1").contains("unknown word"));
        assert!(problem("command x\n  arg a nope").contains("unknown type"));
        assert!(problem("command x\n    arg a key").contains("indented too deep"));
        assert!(problem("command x\n  complexity O(N); N=what").contains("unknown term"));
    }

    #[test]
    fn indentation_nests_arguments() {
        let mut reader = Reader::default();
        let lines = [
            "command x",
            "  arg a oneof optional",
            "    arg b pure-token token=B",
            "    arg c block",
            "      arg d key key=1",
            "  arg e string multiple",
        ];
        for line in lines {
            reader.line(line).expect("no mistake");
        }
        let [a, e] = &reader.commands[0].arguments[..] else {
            panic!("two arguments");
        };
        assert!(a.optional && e.multiple);
        assert_eq!(a.arguments[0].token, Some("B"));
        assert_eq!(a.arguments[1].arguments[0].key_spec, Some(1));
    }

    #[test]
    fn the_truth_is_the_same_as_the_librarys() {
        assert_eq!(format!("{TRUTH:?}"), format!("{:?}", crate::REDIS));
    }

    #[test]
    fn what_others_have_more_stands_apart() {
        let facts = "command x\n  since 7.0.0\n  group string\n  arg a string\n    \
                     arg b string since=8.4.0\n  arg c string valkey=8.0.0\n\
                     command y\n  valkey 9.0.0\n  group string\n  arg a string since=7.4.0";
        let tables = tables(facts).expect("no mistake");
        let [x, y] = [0, 1].map(|i| tables.split("Command {").nth(i + 1).expect("a command"));
        assert!(x.contains("redis: Some(Version(7, 0, 0)), valkey: Some(Version(7, 0, 0))"));
        assert!(y.contains("redis: None, valkey: Some(Version(9, 0, 0))"));
        let (own, others) = x.split_once("with_others").expect("both");
        assert!(own.contains(r#"name: "a""#) && !own.contains(r#"name: "b""#));
        assert!(others.contains(r#"name: "b""#) && others.contains(r#"name: "c""#));
        assert!(y.contains("with_others: None"));
    }
}
