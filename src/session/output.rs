//! How replies and messages are written: as redis-cli does on a terminal, raw,
//! JSON, CSV, or as tables.

use super::table::{Shape, write_table};
use catalog::lang::Lang;
use resp::Reply;
use resp::format::{self, Printed, RawEnd};
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

/// A reply with more elements than this is printed by a thread of its own,
/// so that it can be stopped.
const LARGE: usize = 5_000;

/// The form of replies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Output {
    /// As redis-cli on a terminal.
    #[default]
    Pretty,
    /// As `redis-cli --raw`.
    Raw,
    /// One line of valid JSON per reply.
    Json,
    /// As `redis-cli --csv`.
    Csv,
    /// A table, where a reply has parts to make one of.
    Table(Shape),
}

/// The width of tables where nobody knows better.
const COLUMNS: usize = 80;

impl Output {
    /// The names that `:format` takes.
    pub const NAMES: &[&str] = &["pretty", "table", "json", "csv", "raw"];

    /// The form of this name.
    pub fn named(name: &str, lang: Lang) -> Option<Output> {
        Some(match name.to_ascii_lowercase().as_str() {
            "pretty" => Output::Pretty,
            "table" => Output::table(COLUMNS, lang),
            "json" => Output::Json,
            "csv" => Output::Csv,
            "raw" => Output::Raw,
            _ => return None,
        })
    }

    /// The name of this form.
    pub fn name(self) -> &'static str {
        match self {
            Output::Pretty => "pretty",
            Output::Table(_) => "table",
            Output::Json => "json",
            Output::Csv => "csv",
            Output::Raw => "raw",
        }
    }

    /// Tables of all rows, at most so wide.
    pub fn table(columns: usize, lang: Lang) -> Output {
        Output::Table(Shape {
            columns,
            rows: usize::MAX,
            lang,
        })
    }

    /// Writes the reply of a command.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn reply(
        self,
        argv: &[Vec<u8>],
        reply: &Reply,
        out: &mut impl Write,
        cancel: Option<&AtomicBool>,
    ) -> io::Result<Printed> {
        match self {
            Output::Pretty => format::write_reply(argv, reply, out, cancel),
            Output::Raw if format::is_report(argv) => {
                format::write_raw(reply, RawEnd::Bare, out, cancel)
            }
            Output::Raw => format::write_raw(reply, RawEnd::Newline, out, cancel),
            Output::Json => format::write_json(reply, out, cancel),
            Output::Csv if format::is_report(argv) => {
                format::write_raw(reply, RawEnd::Bare, out, cancel)
            }
            Output::Csv => format::write_csv(reply, out, cancel),
            Output::Table(shape) => match write_table(argv, reply, shape, out)? {
                Some(printed) => Ok(printed),
                None => format::write_reply(argv, reply, out, cancel),
            },
        }
    }

    /// Writes a message: a push, a published message, a line of MONITOR.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn message(self, message: &Reply, out: &mut impl Write) -> io::Result<()> {
        if matches!(self, Output::Pretty | Output::Table(_))
            && let Some(line) = invalidation(message)
        {
            return writeln!(out, "{line}");
        }
        self.reply(&[], message, out, None).map(|_| ())
    }

    /// Writes what the shell itself has to say about a line, where redis-cli
    /// writes it too.
    ///
    /// # Errors
    /// When `out` fails.
    pub fn local_error(self, text: &str, out: &mut impl Write) -> io::Result<()> {
        match self {
            Output::Json => {
                let error = Reply::Error(text.to_owned());
                format::write_json(&error, out, None).map(|_| ())
            }
            _ => writeln!(out, "{text}"),
        }
    }
}

/// Whether a reply has so many elements (all levels together) or kilobytes
/// that printing it may take a while.
pub fn is_large(reply: &Reply) -> bool {
    let mut total = 0;
    let mut stack = vec![reply];
    while let Some(reply) = stack.pop() {
        total += 1;
        if total >= LARGE {
            return true;
        }
        match reply {
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => {
                if items.len() >= LARGE {
                    return true;
                }
                stack.extend(items);
            }
            Reply::Map(pairs) => stack.extend(pairs.iter().flat_map(|(k, v)| [k, v])),
            Reply::Attribute(_, inner) => stack.push(inner),
            Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => total += bytes.len() / 1024,
            _ => {}
        }
    }
    false
}

/// The line redis-cli shows for a client-tracking invalidation.
fn invalidation(message: &Reply) -> Option<String> {
    let Reply::Push(items) = message else {
        return None;
    };
    let [kind, keys] = items.as_slice() else {
        return None;
    };
    if kind.as_bytes() != Some(b"invalidate") {
        return None;
    }
    let keys = match keys.as_slice() {
        Some(keys) => keys
            .iter()
            .filter_map(Reply::as_bytes)
            .map(|key| format!("'{}'", String::from_utf8_lossy(key)))
            .collect::<Vec<_>>()
            .join(", "),
        // A flushed database invalidates everything.
        None => "(all keys)".to_owned(),
    };
    Some(format!("-> invalidate: {keys}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalidations_have_a_line_of_their_own() {
        let key = Reply::Array(vec![Reply::Bulk(b"a".to_vec()), Reply::Bulk(b"b".to_vec())]);
        let push = |keys| Reply::Push(vec![Reply::Bulk(b"invalidate".to_vec()), keys]);
        let text = |message: &Reply| {
            let mut out = Vec::new();
            Output::Pretty.message(message, &mut out).unwrap();
            String::from_utf8(out).unwrap()
        };
        assert_eq!(text(&push(key)), "-> invalidate: 'a', 'b'\n");
        assert_eq!(text(&push(Reply::Nil)), "-> invalidate: (all keys)\n");
        assert_eq!(text(&Reply::Push(vec![Reply::Int(1)])), "1) (integer) 1\n");
    }
}
