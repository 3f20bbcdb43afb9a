//! Strings that are numbers: the INCR family.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{Sharing, StringValue, Value};
use crate::wire::args::int_arg;
use crate::wire::longdouble::LongDouble;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("incr", incr),
    Row::new("decr", decr),
    Row::new("incrby", incrby),
    Row::new("decrby", decrby),
    Row::new("incrbyfloat", incrbyfloat),
];

const OVERFLOW: CmdError = CmdError::new("ERR increment or decrement would overflow");

fn add_int(ctx: &mut Ctx<'_>, key: &[u8], by: i64, out: &mut Out) -> CmdResult {
    let sum = match ctx.write_entry(key) {
        Some(entry) => {
            let Value::String(value) = &mut entry.value else {
                return Err(errors::WRONGTYPE);
            };
            let old = value.as_int().ok_or(errors::NOT_INTEGER)?;
            let sum = old.checked_add(by).ok_or(OVERFLOW)?;
            *value = StringValue::Int(sum);
            entry.sharing = Sharing::USUAL;
            sum
        }
        None => {
            ctx.add(key, Value::String(StringValue::Int(by)));
            by
        }
    };
    ctx.wrote(key, notify::STRING, "incrby");
    out.int(sum);
    Ok(())
}

fn incr(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    add_int(ctx, argv[1], 1, out)
}

fn decr(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    add_int(ctx, argv[1], -1, out)
}

fn incrby(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let by = int_arg(argv[2])?;
    add_int(ctx, argv[1], by, out)
}

fn decrby(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let by = int_arg(argv[2])?
        .checked_neg()
        .ok_or(CmdError::new("ERR decrement would overflow"))?;
    add_int(ctx, argv[1], by, out)
}

fn incrbyfloat(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let old = match ctx.write_string(key)? {
        Some(value) => LongDouble::parse(&value.bytes()).ok_or(errors::NOT_FLOAT)?,
        None => LongDouble::zero(),
    };
    let by = LongDouble::parse(argv[2]).ok_or(errors::NOT_FLOAT)?;
    let sum = old
        .add(&by)
        .ok_or(CmdError::new("ERR increment would produce NaN or Infinity"))?;
    let text = sum.format();
    // Never `int`, even when it looks like one.
    let value = StringValue::text(text.as_bytes());
    match ctx.write_string(key)? {
        Some(old) => *old = value,
        None => ctx.add(key, Value::String(value)),
    }
    // Redis queues the result in place of the command.
    ctx.shares_with_queue(key);
    ctx.wrote(key, notify::STRING, "incrbyfloat");
    ctx.log_as(&[b"SET", key, text.as_bytes(), b"KEEPTTL"]);
    out.bulk(text.as_bytes());
    Ok(())
}
