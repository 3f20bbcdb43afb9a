//! A reply as `redis-cli --raw` prints it: the bytes, for programs.

use super::{Items, Printed, Role, children, write_scalar};
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// What follows a reply in raw output.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RawEnd {
    /// A newline, as `redis-cli --raw` prints between replies.
    Newline,
    /// Nothing: the report brings its own line ends (`INFO` on a terminal).
    Bare,
}

/// Writes a reply as `redis-cli --raw` does: strings as their bytes, the
/// elements of an aggregate one a line, a map's pair as `key value`.
///
/// # Errors
/// When `out` fails.
pub fn write_raw(
    reply: &Reply,
    end: RawEnd,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    let mut levels: Vec<(Items<'_>, usize, Option<&Reply>)> = Vec::new();
    let mut current = Some(reply);
    loop {
        if let Some(value) = current.take() {
            match (children(value), value) {
                // Attributes are about the reply, not part of its data.
                (_, Reply::Attribute(_, inner)) => {
                    current = Some(inner);
                    continue;
                }
                (Some((items, _)), _) => levels.push((items, 0, None)),
                (None, _) => write_raw_scalar(value, out)?,
            }
        }
        let Some((items, next, _)) = levels.last_mut() else {
            if end == RawEnd::Newline {
                out.write_all(b"\n")?;
            }
            return Ok(Printed::Whole);
        };
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Ok(Printed::Cut);
        }
        match items.step(*next) {
            Some((child, role)) => {
                if role == Role::Value {
                    out.write_all(b" ")?;
                } else if *next > 0 {
                    out.write_all(b"\n")?;
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

fn write_raw_scalar(reply: &Reply, out: &mut impl Write) -> io::Result<()> {
    match reply {
        Reply::Nil => Ok(()),
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => out.write_all(bytes),
        Reply::Int(n) => write!(out, "{n}"),
        // redis-cli sets an error apart with a line end of its own.
        Reply::Error(text) => writeln!(out, "{text}"),
        Reply::Double(text) | Reply::BigNumber(text) | Reply::Status(text) => {
            out.write_all(text.as_bytes())
        }
        other => write_scalar(other, out),
    }
}
