//! The strip of the board: which commands Redis runs for the class, as its
//! MONITOR shows them, a second at a time. What is secret is left out: whoever
//! looks over the teacher's shoulder sees it, too.

use crate::conn::{ConnError, Connection, Target};
use catalog::lang::Text;
use resp::Reply;
use serde::Serialize;
use std::collections::BTreeMap;

/// As many lines are shown of one second; the rest is counted.
const LINES: usize = 30;

/// As many characters are shown of one argument, and of all of a command.
const ARGUMENT: usize = 64;
const COMMAND: usize = 200;

/// Fields whose values nobody is shown.
const SECRET: &[&str] = &["token", "pin", "salt", "board"];

/// One command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Seen {
    /// Its name, in capitals.
    name: String,
    /// Its arguments, as far as they are shown.
    args: String,
    /// Whether a script runs it.
    script: bool,
}

/// A connection that hears every command, or why there is none.
pub(super) async fn monitor(target: &Target) -> Result<Connection, Text> {
    let failed = |error: ConnError| Text::in_each(|lang| error.text(lang));
    let mut connection = Connection::connect(target).await.map_err(failed)?;
    match connection.call(&["MONITOR"]).await.map_err(failed)? {
        Reply::Error(text) => Err(Text::same(text)),
        _ => Ok(connection),
    }
}

/// The commands of one second.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Second {
    total: u64,
    names: BTreeMap<String, u64>,
    lines: Vec<Seen>,
}

impl Second {
    pub(super) fn is_empty(&self) -> bool {
        self.total == 0
    }

    /// Takes in a line of MONITOR, if it is about the keys of the class
    /// that this is the first one of.
    pub(super) fn add(&mut self, line: &str, class: &str) {
        let Some(seen) = read(line, class) else {
            return;
        };
        self.total += 1;
        *self.names.entry(seen.name.clone()).or_default() += 1;
        if self.lines.len() < LINES {
            self.lines.push(seen);
        }
    }
}

/// Reads `1339518083.107412 [0 127.0.0.1:60866] "GET" "key"`; `None` when it is
/// something else, or about other keys.
fn read(line: &str, class: &str) -> Option<Seen> {
    let (head, rest) = line.split_once("] ")?;
    let script = head.ends_with(" lua");
    let mut argv = quoted(rest)?.into_iter();
    let name = argv.next()?.to_ascii_uppercase();
    let argv: Vec<String> = argv.collect();
    let is_own = |argument: &String| {
        let rest = argument.strip_prefix(class);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(':'))
    };
    if !argv.iter().any(is_own) {
        return None;
    }
    // What a script is given may be anything; what it does with it is seen.
    let shown: Vec<String> = match (name.as_str(), argv.get(1).map(|count| count.parse())) {
        ("EVAL" | "EVALSHA", Some(Ok(keys))) => {
            let keys: usize = keys;
            let head = argv
                .iter()
                .take(keys.saturating_add(2))
                .map(|own| short(own));
            let more = argv.len() > keys.saturating_add(2);
            head.chain(more.then(|| "…".to_owned())).collect()
        }
        _ => argv
            .iter()
            .enumerate()
            .map(
                |(at, own)| match at.checked_sub(1).map(|before| &argv[before]) {
                    Some(field) if at > 1 && SECRET.contains(&field.as_str()) => "…".to_owned(),
                    _ => short(own),
                },
            )
            .collect(),
    };
    Some(Seen {
        name,
        args: cut(&shown.join(" "), COMMAND),
        script,
    })
}

/// An argument as it is shown: a digest is as good as a secret.
fn short(argument: &str) -> String {
    let is_digest = argument.len() >= 32 && argument.bytes().all(|b| b.is_ascii_hexdigit());
    if is_digest {
        return cut(argument, 8);
    }
    if argument.is_empty() || argument.contains(' ') {
        return format!("\"{}\"", cut(argument, ARGUMENT));
    }
    cut(argument, ARGUMENT)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

/// The arguments of `"a" "b\"c"`; escapes stay as they are, for they are shown.
fn quoted(text: &str) -> Option<Vec<String>> {
    let mut found = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        rest = rest.strip_prefix('"')?;
        let mut escaped = false;
        let end = rest.find(|c| {
            let is_end = c == '"' && !escaped;
            escaped = c == '\\' && !escaped;
            is_end
        })?;
        found.push(rest[..end].replace("\\\"", "\""));
        rest = rest[end + 1..].trim_start();
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLASS: &str = "lab:class:blue-otter-42";

    fn shown(line: &str) -> Option<String> {
        read(line, CLASS).map(|seen| format!("{} {}", seen.name, seen.args))
    }

    #[test]
    fn a_command_of_the_class_is_shown_and_others_are_not() {
        let line = r#"1339518083.107412 [0 127.0.0.1:60866] "zadd" "lab:class:blue-otter-42:progress" "3" "a1""#;
        assert_eq!(
            shown(line).unwrap(),
            "ZADD lab:class:blue-otter-42:progress 3 a1"
        );
        for other in [
            r#"1.1 [0 127.0.0.1:1] "get" "lab:class:red-fox-10""#,
            r#"1.1 [0 127.0.0.1:1] "ping""#,
            r#"1.1 [0 127.0.0.1:1] "get" "lab:class:blue-otter-42"#,
            "OK",
            "",
        ] {
            assert_eq!(shown(other), None, "{other}");
        }
    }

    #[test]
    fn no_secret_is_shown() {
        let digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let line = format!(
            r#"1.1 [0 lua] "HSET" "lab:class:blue-otter-42:seat:a1" "name" "Ola \"x\"" "token" "abc" "pin" "1234" "lang" "pl" "x" "{digest}""#
        );
        assert_eq!(
            shown(&line).unwrap(),
            "HSET lab:class:blue-otter-42:seat:a1 name \"Ola \"x\"\" token … pin … lang pl x e3b0c442…"
        );
        let line = format!(
            r#"1.1 [0 127.0.0.1:1] "EVALSHA" "{}" "1" "lab:class:blue-otter-42" "secret" "{digest}""#,
            &digest[..40]
        );
        assert_eq!(
            shown(&line).unwrap(),
            "EVALSHA e3b0c442… 1 lab:class:blue-otter-42 …"
        );
    }

    #[test]
    fn a_second_counts_all_and_shows_some() {
        let mut second = Second::default();
        for n in 0..100 {
            let line = format!(r#"1.1 [0 lua] "SET" "{CLASS}:a" "{n}""#);
            second.add(&line, CLASS);
        }
        second.add("1.1 [0 x] \"get\" \"other\"", CLASS);
        assert_eq!((second.total, second.lines.len()), (100, LINES));
        assert_eq!(second.names["SET"], 100);
        assert!(second.lines[0].script);
    }

    #[test]
    fn a_long_command_is_cut() {
        let line = format!(r#"1.1 [0 lua] "SET" "{CLASS}:a" "{}""#, "ż".repeat(1000));
        assert!(shown(&line).unwrap().chars().count() < 160);
        let huge =
            r#"1.1 [0 x] "EVAL" "return 1" "18446744073709551615" "lab:class:blue-otter-42""#;
        assert!(shown(huge).is_some());
    }
}
