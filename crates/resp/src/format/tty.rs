//! A reply as redis-cli shows it on a terminal: indices, quotes and types.

use super::common::{Items, Printed, Role, children, write_scalar};
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

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
