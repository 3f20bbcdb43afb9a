//! A reply as text: the way redis-cli 7 shows it on a terminal, raw, JSON or CSV.
//!
//! Every text **ends with the newline** redis-cli prints after the reply, so
//! that replies written one after the other read like a session's transcript.
//! The one exception is [`write_raw`] with [`RawEnd::Bare`], which redis-cli
//! uses for reports such as `INFO` that bring their own line ends.
//!
//! Writers work on any [`io::Write`] and look at a cancel flag as they go, so
//! that Ctrl-C stops the printing of ten million elements. Nothing here calls
//! itself: a reply nested a thousand levels deep costs heap, not stack.
//!
//! Where redis-cli 7.0 has no text (big numbers and attributes end it with
//! "Unknown reply type"), ours is in the same spirit and said so in a test.

mod csv;
mod json;
mod raw;

pub use csv::write_csv;
pub use json::write_json;
pub use raw::{RawEnd, write_raw};

use super::Reply;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// How the printing of a reply ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Printed {
    /// The whole reply was written.
    Whole,
    /// The cancel flag was raised; the text ends somewhere in the middle.
    Cut,
}

/// The text redis-cli shows on a terminal, final newline included. Bytes that
/// are not UTF-8 can only come from verbatim strings and are replaced.
pub fn to_tty(reply: &Reply) -> String {
    collect(|out| write_tty(reply, out, None))
}

/// The text of `redis-cli --raw`, final newline included.
pub fn to_raw(reply: &Reply) -> Vec<u8> {
    let mut out = Vec::new();
    // Writing into memory cannot fail, and nothing can cancel it.
    let _ = write_raw(reply, RawEnd::Newline, &mut out, None);
    out
}

/// One line of JSON, final newline included; see [`write_json`].
pub fn to_json(reply: &Reply) -> String {
    collect(|out| write_json(reply, out, None))
}

fn collect(write: impl FnOnce(&mut Vec<u8>) -> io::Result<Printed>) -> String {
    let mut out = Vec::new();
    let _ = write(&mut out);
    String::from_utf8(out).unwrap_or_else(|error| String::from_utf8_lossy(error.as_bytes()).into())
}

/// One aggregate being written: its children and how they are numbered.
struct Level<'a> {
    items: Items<'a>,
    next: usize,
    /// The character behind an index: `)`, `~` of a set, `#` of a map.
    mark: char,
    /// Width of the largest index.
    width: usize,
    /// Length of the indentation outside of this aggregate.
    outer: usize,
    /// This is a map's key: what ends it is an arrow.
    ends_key: bool,
    /// A reply to write after this level is done (attributes come first).
    after: Option<&'a Reply>,
}

#[derive(Clone, Copy)]
enum Items<'a> {
    Plain(&'a [Reply]),
    Pairs(&'a [(Reply, Reply)]),
}

impl<'a> Items<'a> {
    /// Entries as they are numbered: a pair counts once.
    fn len(self) -> usize {
        match self {
            Items::Plain(items) => items.len(),
            Items::Pairs(pairs) => pairs.len(),
        }
    }

    /// The child at a step; a pair takes two steps, key then value.
    fn step(self, step: usize) -> Option<(&'a Reply, Role)> {
        match self {
            Items::Plain(items) => items.get(step).map(|item| (item, Role::Item)),
            Items::Pairs(pairs) => {
                let (key, value) = pairs.get(step / 2)?;
                Some(if step.is_multiple_of(2) {
                    (key, Role::Key)
                } else {
                    (value, Role::Value)
                })
            }
        }
    }

    fn number(self, step: usize) -> usize {
        match self {
            Items::Plain(_) => step + 1,
            Items::Pairs(_) => step / 2 + 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Role {
    Item,
    Key,
    Value,
}

fn children(reply: &Reply) -> Option<(Items<'_>, char)> {
    match reply {
        Reply::Array(items) | Reply::Push(items) => Some((Items::Plain(items), ')')),
        Reply::Set(items) => Some((Items::Plain(items), '~')),
        Reply::Map(pairs) => Some((Items::Pairs(pairs), '#')),
        Reply::Attribute(pairs, _) => Some((Items::Pairs(pairs), '|')),
        _ => None,
    }
}

/// Writes a reply as redis-cli shows it on a terminal, newline at the end.
///
/// # Errors
/// When `out` fails.
pub fn write_tty(
    reply: &Reply,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    let mut indent = String::new();
    let mut levels: Vec<Level<'_>> = Vec::new();
    // The value to write next, and whether it is (or ends) a map's key: then
    // an arrow takes the place of the newline.
    let mut current = Some((reply, false));
    loop {
        if let Some((value, ends_key)) = current.take() {
            match (children(value), value) {
                (Some((items, mark)), _) if items.len() > 0 => {
                    let width = items.len().to_string().len();
                    levels.push(Level {
                        items,
                        next: 0,
                        mark,
                        width,
                        outer: indent.len(),
                        ends_key,
                        after: match value {
                            Reply::Attribute(_, inner) => Some(inner),
                            _ => None,
                        },
                    });
                    indent.extend(std::iter::repeat_n(' ', width + 2));
                }
                (_, Reply::Attribute(_, inner)) => {
                    current = Some((inner, ends_key));
                    continue;
                }
                (aggregate, _) => {
                    match aggregate {
                        Some(_) => out.write_all(empty_text(value).as_bytes())?,
                        None => write_scalar(value, out)?,
                    }
                    out.write_all(if ends_key { b" => " } else { b"\n" })?;
                }
            }
        }
        let Some(level) = levels.last_mut() else {
            return Ok(Printed::Whole);
        };
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Ok(Printed::Cut);
        }
        let Some((child, role)) = level.items.step(level.next) else {
            let (outer, after, ends_key) = (level.outer, level.after.take(), level.ends_key);
            indent.truncate(outer);
            levels.pop();
            if let Some(inner) = after {
                out.write_all(indent.as_bytes())?;
                current = Some((inner, ends_key));
            }
            continue;
        };
        if role == Role::Value {
            // A map's value of several entries begins on a line of its own.
            if has_several_entries(child) {
                out.write_all(b"\n")?;
                out.write_all(indent.as_bytes())?;
            }
        } else {
            // The first entry stands behind what the parent wrote.
            if level.next > 0 {
                out.write_all(&indent.as_bytes()[..level.outer])?;
            }
            let (number, width) = (level.items.number(level.next), level.width);
            write!(out, "{number:>width$}{} ", level.mark)?;
        }
        level.next += 1;
        let is_last = level.items.step(level.next).is_none() && level.after.is_none();
        let ends_key = role == Role::Key || (is_last && level.ends_key);
        current = Some((child, ends_key));
    }
}

/// Whether a reply takes several indices to write, at any depth: an array of
/// one array of one element does not.
fn has_several_entries(mut reply: &Reply) -> bool {
    loop {
        reply = match reply {
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                match items.as_slice() {
                    [] => return false,
                    [only] => only,
                    _ => return true,
                }
            }
            Reply::Map(pairs) => match pairs.as_slice() {
                [] => return false,
                [(_, only)] => only,
                _ => return true,
            },
            Reply::Attribute(pairs, inner) if pairs.is_empty() => inner,
            Reply::Attribute(..) => return true,
            _ => return false,
        };
    }
}

fn empty_text(reply: &Reply) -> &'static str {
    match reply {
        Reply::Map(_) => "(empty hash)",
        Reply::Set(_) => "(empty set)",
        Reply::Push(_) => "(empty push)",
        _ => "(empty array)",
    }
}

fn write_scalar(reply: &Reply, out: &mut impl Write) -> io::Result<()> {
    match reply {
        Reply::Nil => out.write_all(b"(nil)"),
        Reply::Status(text) => out.write_all(text.as_bytes()),
        Reply::Error(text) => write!(out, "(error) {text}"),
        Reply::Int(n) => write!(out, "(integer) {n}"),
        Reply::Bulk(bytes) => write_quoted(bytes, out),
        Reply::Double(text) => write!(out, "(double) {text}"),
        Reply::Bool(true) => out.write_all(b"(true)"),
        Reply::Bool(false) => out.write_all(b"(false)"),
        Reply::BigNumber(digits) => write!(out, "(big number) {digits}"),
        Reply::Verbatim(_, bytes) => out.write_all(bytes),
        // Aggregates are written by the loops above.
        _ => Ok(()),
    }
}

/// Writes bytes as redis-cli quotes them: printable ASCII as it is, the rest
/// as `\n`, `\t` and the like or `\xhh`.
///
/// # Errors
/// When `out` fails.
pub fn write_quoted(bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    let mut rest = bytes;
    while !rest.is_empty() {
        let plain = rest
            .iter()
            .position(|&b| !matches!(b, b' '..=b'~') || b == b'"' || b == b'\\')
            .unwrap_or(rest.len());
        out.write_all(&rest[..plain])?;
        let Some(&special) = rest.get(plain) else {
            break;
        };
        match special {
            b'"' => out.write_all(b"\\\"")?,
            b'\\' => out.write_all(b"\\\\")?,
            b'\n' => out.write_all(b"\\n")?,
            b'\r' => out.write_all(b"\\r")?,
            b'\t' => out.write_all(b"\\t")?,
            0x07 => out.write_all(b"\\a")?,
            0x08 => out.write_all(b"\\b")?,
            other => write!(out, "\\x{other:02x}")?,
        }
        rest = &rest[plain + 1..];
    }
    out.write_all(b"\"")
}

/// How many lines [`write_tty`] takes for a reply without strings of several
/// lines: one for each value, but for a map's keys.
pub fn tty_lines(reply: &Reply) -> usize {
    let mut lines = 0;
    let mut stack = vec![reply];
    while let Some(reply) = stack.pop() {
        if let Reply::Attribute(_, inner) = reply {
            stack.push(inner);
        }
        match children(reply) {
            Some((Items::Plain(items), _)) if !items.is_empty() => stack.extend(items),
            Some((Items::Pairs(pairs), _)) if !pairs.is_empty() => {
                for (_, value) in pairs {
                    lines += usize::from(has_several_entries(value));
                    stack.push(value);
                }
            }
            // An attribute without pairs leaves no trace.
            Some(_) if matches!(reply, Reply::Attribute(..)) => {}
            _ => lines += 1,
        }
    }
    lines
}

/// Whether redis-cli shows this command's reply as it comes, without quotes
/// and indices: reports made for people, such as `INFO` and `CLIENT LIST`.
pub fn is_report<A: AsRef<[u8]>>(argv: &[A]) -> bool {
    let word = |at: usize| argv.get(at).map(|arg| arg.as_ref().to_ascii_lowercase());
    let (Some(command), second) = (word(0), word(1)) else {
        return false;
    };
    let second = second.as_deref();
    let is = |names: &[&[u8]]| second.is_some_and(|name| names.contains(&name));
    match command.as_slice() {
        b"info" | b"lolwut" => true,
        b"debug" => is(&[b"htstats", b"htstats-key"]),
        b"memory" => is(&[b"malloc-stats", b"doctor"]),
        b"client" => is(&[b"list", b"info"]),
        b"cluster" => argv.len() == 2 && is(&[b"nodes", b"info"]),
        b"latency" => (argv.len() == 3 && is(&[b"graph"])) || (argv.len() == 2 && is(&[b"doctor"])),
        b"proxy" => is(&[b"info"]),
        _ => false,
    }
}

/// The text redis-cli shows on a terminal for the reply of this command:
/// [`write_tty`], or the bare text of a report (see [`is_report`]).
///
/// # Errors
/// When `out` fails.
pub fn write_reply<A: AsRef<[u8]>>(
    argv: &[A],
    reply: &Reply,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    // QUEUED in a transaction is no report, and has a line of its own.
    if is_report(argv) && !matches!(reply, Reply::Status(_)) {
        write_raw(reply, RawEnd::Bare, out, cancel)
    } else {
        write_tty(reply, out, cancel)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn every_scalar_has_its_terminal_text() {
        let cases = [
            (Reply::Nil, "(nil)\n"),
            (Reply::Status("OK".into()), "OK\n"),
            (Reply::Error("ERR no".into()), "(error) ERR no\n"),
            (Reply::Int(-3), "(integer) -3\n"),
            (Reply::Double("1.5".into()), "(double) 1.5\n"),
            (Reply::Bool(true), "(true)\n"),
            (Reply::Bool(false), "(false)\n"),
            (Reply::BigNumber("123".into()), "(big number) 123\n"),
            (Reply::Verbatim("txt".into(), b"a\nb".to_vec()), "a\nb\n"),
            (Reply::Array(vec![]), "(empty array)\n"),
            (Reply::Map(vec![]), "(empty hash)\n"),
            (Reply::Set(vec![]), "(empty set)\n"),
            (Reply::Push(vec![]), "(empty push)\n"),
            (
                Reply::Bulk(b"q\" \\ \n\r\t\x07\x08\x00\xff".to_vec()),
                "\"q\\\" \\\\ \\n\\r\\t\\a\\b\\x00\\xff\"\n",
            ),
        ];
        for (reply, text) in cases {
            assert_eq!(to_tty(&reply), text);
        }
    }

    #[test]
    fn indices_are_aligned_and_nested_ones_indented() {
        let mut items: Vec<Reply> = (1..=9).map(Reply::Int).collect();
        items.push(Reply::Array(vec![
            bulk("a"),
            Reply::Array(vec![bulk("b"), Reply::Nil]),
        ]));
        let text = to_tty(&Reply::Array(items));
        assert!(text.starts_with(" 1) (integer) 1\n 2) (integer) 2\n"));
        assert!(
            text.ends_with("10) 1) \"a\"\n    2) 1) \"b\"\n       2) (nil)\n"),
            "{text}"
        );
    }

    #[test]
    fn maps_and_sets_have_marks_of_their_own() {
        let map = Reply::Map(vec![
            (bulk("a"), Reply::Int(1)),
            (bulk("b"), Reply::Set(vec![bulk("x"), bulk("y")])),
            (bulk("c"), Reply::Set(vec![Reply::Array(vec![bulk("z")])])),
        ]);
        assert_eq!(
            to_tty(&map),
            "1# \"a\" => (integer) 1\n2# \"b\" => \n   1~ \"x\"\n   2~ \"y\"\n3# \"c\" => 1~ 1) \"z\"\n"
        );
        assert_eq!(to_raw(&map), b"a 1\nb x\ny\nc z\n");
        assert_eq!(
            to_json(&map),
            "{\"a\":1,\"b\":[\"x\",\"y\"],\"c\":[[\"z\"]]}\n"
        );
    }

    #[test]
    fn attributes_stand_in_front_of_their_reply() {
        let reply = Reply::Attribute(vec![(bulk("ttl"), Reply::Int(9))], Box::new(bulk("v")));
        assert_eq!(to_tty(&reply), "1| \"ttl\" => (integer) 9\n\"v\"\n");
        assert_eq!(to_raw(&reply), b"v\n");
        assert_eq!(
            to_json(&reply),
            "{\"attributes\":{\"ttl\":9},\"value\":\"v\"}\n"
        );
    }

    #[test]
    fn a_raised_flag_cuts_the_text() {
        let reply = Reply::Array((0..100_000).map(Reply::Int).collect());
        let flag = AtomicBool::new(true);
        for write in [write_tty, write_json] {
            let mut out = Vec::new();
            assert_eq!(write(&reply, &mut out, Some(&flag)).unwrap(), Printed::Cut);
            assert!(out.len() < 100);
        }
    }

    #[test]
    fn lines_are_counted_without_writing_them() {
        let several = Reply::Set(vec![bulk("x"), bulk("y")]);
        for reply in [
            Reply::Nil,
            Reply::Array(vec![]),
            Reply::Array(vec![bulk("a"), Reply::Array(vec![bulk("b"), Reply::Nil])]),
            Reply::Map(vec![(bulk("a"), Reply::Int(1)), (bulk("b"), several)]),
            Reply::Attribute(vec![], Box::new(Reply::Int(1))),
            Reply::Attribute(vec![(bulk("a"), bulk("b"))], Box::new(Reply::Int(1))),
        ] {
            assert_eq!(to_tty(&reply).lines().count(), tty_lines(&reply));
        }
    }

    #[test]
    fn depth_costs_no_stack() {
        let mut reply = Reply::Int(1);
        for _ in 0..1000 {
            reply = Reply::Array(vec![reply]);
        }
        assert!(to_tty(&reply).ends_with("1) (integer) 1\n"));
        assert!(to_json(&reply).starts_with("[[["));
        assert_eq!(to_raw(&reply), b"1\n");
    }

    #[test]
    fn reports_are_known() {
        assert!(is_report(&["INFO"]));
        assert!(is_report(&["Client", "LIST"]));
        assert!(!is_report(&["client", "id"]));
        assert!(!is_report(&["GET", "info"]));
    }
}
