//! What all forms share: how a reply ended, what is inside an aggregate, and
//! the text of a single value.

use crate::Reply;
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

#[derive(Clone, Copy)]
pub(super) enum Items<'a> {
    Plain(&'a [Reply]),
    Pairs(&'a [(Reply, Reply)]),
}

impl<'a> Items<'a> {
    /// Entries as they are numbered: a pair counts once.
    pub(super) fn len(self) -> usize {
        match self {
            Items::Plain(items) => items.len(),
            Items::Pairs(pairs) => pairs.len(),
        }
    }

    /// The child at a step; a pair takes two steps, key then value.
    pub(super) fn step(self, step: usize) -> Option<(&'a Reply, Role)> {
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

    pub(super) fn number(self, step: usize) -> usize {
        match self {
            Items::Plain(_) => step + 1,
            Items::Pairs(_) => step / 2 + 1,
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Role {
    Item,
    Key,
    Value,
}

pub(super) fn children(reply: &Reply) -> Option<(Items<'_>, char)> {
    match reply {
        Reply::Array(items) | Reply::Push(items) => Some((Items::Plain(items), ')')),
        Reply::Set(items) => Some((Items::Plain(items), '~')),
        Reply::Map(pairs) => Some((Items::Pairs(pairs), '#')),
        Reply::Attribute(pairs, _) => Some((Items::Pairs(pairs), '|')),
        _ => None,
    }
}

pub(super) fn write_scalar(reply: &Reply, out: &mut impl Write) -> io::Result<()> {
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

/// Writes a reply's values one after the other, whatever their nesting;
/// `between` is what stands in front of a value of this role, but for the first
/// of its aggregate. Attributes are about the reply, not part of its data.
pub(super) fn write_flat<W: Write>(
    reply: &Reply,
    out: &mut W,
    cancel: Option<&AtomicBool>,
    scalar: impl Fn(&Reply, &mut W) -> io::Result<()>,
    between: impl Fn(Role) -> &'static [u8],
) -> io::Result<Printed> {
    let mut levels = Vec::new();
    let mut current = Some(reply);
    loop {
        if let Some(value) = current.take() {
            match (children(value), value) {
                (_, Reply::Attribute(_, inner)) => {
                    current = Some(inner);
                    continue;
                }
                (Some((items, _)), _) => levels.push((items, 0)),
                (None, _) => scalar(value, out)?,
            }
        }
        let Some((items, next)) = levels.last_mut() else {
            return Ok(Printed::Whole);
        };
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Ok(Printed::Cut);
        }
        match items.step(*next) {
            Some((child, role)) => {
                if *next > 0 {
                    out.write_all(between(role))?;
                }
                *next += 1;
                current = Some(child);
            }
            None => {
                levels.pop();
            }
        }
    }
}
