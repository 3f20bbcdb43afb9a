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

mod common;
mod csv;
mod json;
mod raw;
mod tty;

pub use common::{Printed, write_quoted};
pub use csv::write_csv;
pub use json::write_json;
pub use raw::{RawEnd, write_raw};
pub use tty::{tty_lines, write_tty};

use super::Reply;
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

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
