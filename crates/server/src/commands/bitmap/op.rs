//! BITOP.

use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{StringValue, Value};
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

pub fn bitop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (op, destination, keys) = (argv[1], argv[2], &argv[3..]);
    let join: fn(u8, u8) -> u8 = match op {
        op if is(op, "AND") => |a, b| a & b,
        op if is(op, "OR") => |a, b| a | b,
        op if is(op, "XOR") => |a, b| a ^ b,
        op if is(op, "NOT") => |a, _| !a,
        _ => return Err(errors::SYNTAX),
    };
    if is(op, "NOT") && keys.len() != 1 {
        return Err(CmdError::new(
            "ERR BITOP NOT must be called with a single source key.",
        ));
    }
    let mut sources = Vec::with_capacity(keys.len());
    for key in keys {
        let string = ctx.read_string(key)?;
        sources.push(string.map_or(Vec::new(), |string| string.bytes().into_owned()));
    }
    // Shorter strings count as padded with zeros.
    let len = sources.iter().map(Vec::len).max().unwrap_or(0);
    let mut sources = sources.into_iter();
    let mut result = sources.next().unwrap_or_default();
    result.resize(len, 0);
    if is(op, "NOT") {
        result.iter_mut().for_each(|byte| *byte = join(*byte, 0));
    }
    for source in sources {
        let padded = source.iter().chain(std::iter::repeat(&0));
        for (byte, other) in result.iter_mut().zip(padded) {
            *byte = join(*byte, *other);
        }
    }
    if len > 0 {
        ctx.set(destination, Value::String(StringValue::raw(result)));
        ctx.notify(notify::STRING, "set", destination);
    } else {
        ctx.expire_if_due(destination);
        ctx.delete(destination);
    }
    out.len(len);
    Ok(())
}
