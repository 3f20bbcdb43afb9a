//! List commands that wait for an element.

use super::End;
use super::take::{move_element, pop_from_key, pop_one_from_key};
use crate::engine::blocking::{Blocking, Request};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::blocking::{Timeout, Wait};
use crate::wire::args::{MultiPop, seconds_arg};
use crate::wire::reply::{CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("blpop", blpop),
    Row::new("brpop", brpop),
    Row::new("blmove", blmove),
    Row::new("brpoplpush", brpoplpush),
    Row::new("blmpop", blmpop),
];

fn wait(ctx: &mut Ctx<'_>, argv: &[&[u8]], keys: &[&[u8]], timeout_ms: i64) -> Blocking {
    let request = Request {
        wait: Wait::List,
        keys,
        timeout_ms,
        on_timeout: Timeout::NullArray,
    };
    ctx.block_on(&request, argv)
}

fn blocking_pop(ctx: &mut Ctx<'_>, argv: &[&[u8]], end: End, out: &mut Out) -> CmdResult {
    let keys = &argv[1..argv.len() - 1];
    let timeout = seconds_arg(argv[argv.len() - 1], ctx.now())?;
    for key in keys {
        if pop_one_from_key(ctx, key, end, out)? {
            ctx.log_as(&[end.pop_name(), key]);
            return Ok(());
        }
    }
    if wait(ctx, argv, keys, timeout) == Blocking::Refused {
        out.null_array();
    }
    Ok(())
}

fn blpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    blocking_pop(ctx, argv, End::Left, out)
}

fn brpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    blocking_pop(ctx, argv, End::Right, out)
}

fn blocking_move(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    (from, to): (End, End),
    timeout: i64,
    out: &mut Out,
) -> CmdResult<bool> {
    let moved = move_element(ctx, (argv[1], from), (argv[2], to), out)?;
    if !moved {
        // In a transaction it is a null, after its time a null array.
        if wait(ctx, argv, &argv[1..2], timeout) == Blocking::Refused {
            out.null();
        }
    }
    Ok(moved)
}

fn blmove(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let ends = (End::parse(argv[3])?, End::parse(argv[4])?);
    let timeout = seconds_arg(argv[5], ctx.now())?;
    if blocking_move(ctx, argv, ends, timeout, out)? {
        ctx.log_as(&[b"LMOVE", argv[1], argv[2], argv[3], argv[4]]);
    }
    Ok(())
}

fn brpoplpush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let timeout = seconds_arg(argv[3], ctx.now())?;
    if blocking_move(ctx, argv, (End::Right, End::Left), timeout, out)? {
        ctx.log_as(&[b"RPOPLPUSH", argv[1], argv[2]]);
    }
    Ok(())
}

fn blmpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let pop = MultiPop::parse(&argv[2..], End::parse)?;
    let timeout = seconds_arg(argv[1], ctx.now())?;
    for key in pop.keys {
        if pop_from_key(ctx, key, pop.end, pop.count, out)? {
            return Ok(());
        }
    }
    if wait(ctx, argv, pop.keys, timeout) == Blocking::Refused {
        out.null_array();
    }
    Ok(())
}
