//! String commands (without the bitmaps).

use crate::builtin::command::{Command, flags::*};
use crate::builtin::ctx::Ctx;
use crate::builtin::notify;
use crate::builtin::reply::{CmdResult, Out};
use crate::builtin::store::{StringValue, Value};

/// The family's table.
pub const COMMANDS: &[Command] = &[
    Command::new("get", get, 2, READONLY | FAST).keys(1, 1, 1),
    Command::new("set", set, -3, WRITE | DENYOOM).keys(1, 1, 1),
];

fn write_value(out: &mut Out, value: &StringValue) {
    match value {
        StringValue::Int(n) => out.bulk_int(*n),
        StringValue::Embedded(bytes) => out.bulk(bytes),
        StringValue::Raw(bytes) => out.bulk(bytes),
    }
}

fn get(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    match ctx.read_string(argv[1])? {
        Some(value) => write_value(out, value),
        None => out.null(),
    }
    Ok(())
}

fn set(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.set(argv[1], Value::String(StringValue::new(argv[2])));
    ctx.notify(notify::STRING, "set", argv[1]);
    out.ok();
    Ok(())
}
