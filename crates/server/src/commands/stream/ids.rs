//! IDs as arguments.

use crate::store::stream::{StreamId, parse_part};
use crate::wire::reply::{CmdError, CmdResult};

const INVALID: CmdError =
    CmdError::new("ERR Invalid stream ID specified as stream command argument");

/// The longest text Redis takes for an ID.
const MAX_LEN: usize = 127;

/// An ID, complete or with this sequence number where it has none.
pub fn strict(arg: &[u8], missing_seq: u64) -> CmdResult<StreamId> {
    if arg.len() > MAX_LEN {
        return Err(INVALID);
    }
    StreamId::parse(arg, missing_seq).ok_or(INVALID)
}

/// An ID, or `-` and `+` for the least and the greatest.
pub fn any(arg: &[u8], missing_seq: u64) -> CmdResult<StreamId> {
    match arg {
        b"-" => Ok(StreamId::MIN),
        b"+" => Ok(StreamId::MAX),
        arg => strict(arg, missing_seq),
    }
}

/// An ID to add an entry with: `None` for the sequence number in `ms-*`.
pub fn to_add(arg: &[u8]) -> CmdResult<(u64, Option<u64>)> {
    if let Some(ms) = arg.strip_suffix(b"-*")
        && arg.len() <= MAX_LEN
    {
        return Ok((parse_part(ms).ok_or(INVALID)?, None));
    }
    let id = strict(arg, 0)?;
    Ok((id.ms, Some(id.seq)))
}

/// The lower end of an interval; after `(` it is outside.
pub fn interval_start(arg: &[u8]) -> CmdResult<StreamId> {
    match arg {
        [b'(', id @ ..] if !id.is_empty() => strict(id, 0)?
            .next()
            .ok_or(CmdError::new("ERR invalid start ID for the interval")),
        arg => any(arg, 0),
    }
}

/// The upper end of an interval; after `(` it is outside.
pub fn interval_end(arg: &[u8]) -> CmdResult<StreamId> {
    match arg {
        [b'(', id @ ..] if !id.is_empty() => strict(id, u64::MAX)?
            .previous()
            .ok_or(CmdError::new("ERR invalid end ID for the interval")),
        arg => any(arg, u64::MAX),
    }
}

/// Several IDs; nothing is done when one of them is invalid.
pub fn all(args: &[&[u8]]) -> CmdResult<Vec<StreamId>> {
    args.iter().map(|arg| strict(arg, 0)).collect()
}
