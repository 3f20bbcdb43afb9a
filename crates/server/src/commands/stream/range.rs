//! XLEN, XRANGE and XREVRANGE.

use super::ids;
use super::reply::write_entries;
use crate::engine::ctx::Ctx;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdResult, Out, errors};

pub fn xlen(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.int(ctx.read_stream(argv[1])?.map_or(0, |s| s.length as i64));
    Ok(())
}

pub fn xrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    range(ctx, argv, argv[2], argv[3], false, out)
}

pub fn xrevrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    range(ctx, argv, argv[3], argv[2], true, out)
}

fn range(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    start: &[u8],
    end: &[u8],
    reverse: bool,
    out: &mut Out,
) -> CmdResult {
    let start = ids::interval_start(start)?;
    let end = ids::interval_end(end)?;
    let mut count = None;
    let mut rest = &argv[4..];
    while let [option, value, after @ ..] = rest
        && is(option, "COUNT")
    {
        count = Some(int_arg(value)?.max(0) as usize);
        rest = after;
    }
    if !rest.is_empty() {
        return Err(errors::SYNTAX);
    }
    let Some(stream) = ctx.read_stream(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    if count == Some(0) {
        out.null_array();
        return Ok(());
    }
    let count = count.unwrap_or(usize::MAX);
    let entries = stream.range(start, end);
    if reverse {
        write_entries(out, entries.rev(), count);
    } else {
        write_entries(out, entries, count);
    }
    Ok(())
}
