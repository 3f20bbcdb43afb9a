//! Turns the text of `commands.txt` into Rust tables; the file's head
//! describes its form. What a word may be (which groups, flags, categories
//! there are) is known to the library alone: the compiler refuses others.

mod read;
mod write;

use read::Reader;
use write::Slice;

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
