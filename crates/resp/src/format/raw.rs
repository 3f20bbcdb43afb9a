//! A reply as `redis-cli --raw` prints it: the bytes, for programs.

use super::common::{Printed, Role, write_flat, write_scalar};
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::AtomicBool;

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
    let between = |role| match role {
        Role::Value => b" ".as_slice(),
        Role::Item | Role::Key => b"\n",
    };
    let printed = write_flat(reply, out, cancel, write_raw_scalar, between)?;
    if printed == Printed::Whole && end == RawEnd::Newline {
        out.write_all(b"\n")?;
    }
    Ok(printed)
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
