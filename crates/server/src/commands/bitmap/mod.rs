//! Bitmap commands: strings as arrays of bits, the highest bit of the first
//! byte first.

mod count;
mod field;
mod op;

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{StringValue, Value};
use crate::wire::args::int_arg_or;
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("setbit", setbit),
    Row::new("getbit", getbit),
    Row::new("bitcount", count::bitcount),
    Row::new("bitpos", count::bitpos),
    Row::new("bitop", op::bitop),
    Row::new("bitfield", field::bitfield),
    Row::new("bitfield_ro", field::bitfield_ro),
];

/// The index of a bit; with `width`, `#n` is the n-th field of that many
/// bits. A string cannot be longer than `proto-max-bulk-len`.
fn offset_arg(ctx: &Ctx<'_>, arg: &[u8], width: Option<u32>) -> CmdResult<usize> {
    const ERROR: CmdError = CmdError::new("ERR bit offset is not an integer or out of range");
    let (text, factor) = match (arg, width) {
        ([b'#', index @ ..], Some(width)) => (index, i64::from(width)),
        _ => (arg, 1),
    };
    number::parse_i64(text)
        .and_then(|n| n.checked_mul(factor))
        .and_then(|n| usize::try_from(n).ok())
        .filter(|n| n / 8 < ctx.server.settings.proto_max_bulk_len)
        .ok_or(ERROR)
}

/// The bytes of a string to change, made long enough for this bit; and
/// whether that made it longer.
fn bytes_up_to<'c>(
    ctx: &'c mut Ctx<'_>,
    key: &[u8],
    bit: usize,
) -> CmdResult<(&'c mut Vec<u8>, bool)> {
    if ctx.write_string(key)?.is_none() {
        ctx.add(key, Value::String(StringValue::raw(Vec::new())));
    }
    ctx.shares_no_more(key);
    let Some(Value::String(string)) = ctx.db_mut().get_mut(key) else {
        return Err(crate::wire::reply::errors::WRONGTYPE);
    };
    let bytes = string.make_raw();
    let len = bit / 8 + 1;
    let grows = bytes.len() < len;
    if grows {
        bytes.resize(len, 0);
    }
    Ok((bytes, grows))
}

fn setbit(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    const NOT_A_BIT: &str = "ERR bit is not an integer or out of range";
    let offset = offset_arg(ctx, argv[2], None)?;
    let on = match int_arg_or(argv[3], NOT_A_BIT)? {
        0 => false,
        1 => true,
        _ => return Err(CmdError::new(NOT_A_BIT)),
    };
    let (bytes, grown) = bytes_up_to(ctx, argv[1], offset)?;
    let mask = 0x80 >> (offset % 8);
    let byte = &mut bytes[offset / 8];
    let was_on = *byte & mask != 0;
    if on {
        *byte |= mask;
    } else {
        *byte &= !mask;
    }
    if grown || was_on != on {
        ctx.wrote(argv[1], notify::STRING, "setbit");
    }
    out.int(i64::from(was_on));
    Ok(())
}

fn getbit(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let offset = offset_arg(ctx, argv[2], None)?;
    let bit = ctx.read_string(argv[1])?.is_some_and(|string| {
        let byte = string.bytes().get(offset / 8).copied().unwrap_or(0);
        byte & 0x80 >> (offset % 8) != 0
    });
    out.int(i64::from(bit));
    Ok(())
}
