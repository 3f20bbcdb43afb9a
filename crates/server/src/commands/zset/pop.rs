//! Taking the least or greatest members: ZPOPMIN, ZMPOP, and their blocking
//! forms.

use crate::engine::blocking::{Blocking, Request};
use crate::engine::ctx::Ctx;
use crate::state::blocking::{Timeout, Wait};
use crate::state::notify;
use crate::wire::args::{MultiPop, is, positive_arg, seconds_arg};
use crate::wire::reply::{CmdResult, Out, errors};

/// Which end members are taken from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Min,
    Max,
}

impl End {
    /// Reads MIN or MAX.
    fn parse(arg: &[u8]) -> CmdResult<End> {
        match arg {
            end if is(end, "MIN") => Ok(End::Min),
            end if is(end, "MAX") => Ok(End::Max),
            _ => Err(errors::SYNTAX),
        }
    }

    /// The command that takes from it.
    fn pop_name(self) -> &'static [u8] {
        match self {
            End::Min => b"ZPOPMIN",
            End::Max => b"ZPOPMAX",
        }
    }
}

/// The form of the reply.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Members and scores in turn.
    Flat,
    /// Pairs of member and score.
    Pairs,
    /// The key, then members and scores in turn.
    KeyFlat,
    /// The key, and an array of pairs.
    KeyPairs,
}

/// Takes up to `count` members of a sorted set that has some.
fn pop(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    count: usize,
    shape: Shape,
    out: &mut Out,
) -> CmdResult {
    let Some(zset) = ctx.write_zset(key)? else {
        return Ok(());
    };
    let len = zset.len();
    let count = count.min(len);
    match shape {
        Shape::Flat => out.array(count * 2),
        Shape::Pairs => out.array(count),
        Shape::KeyFlat => {
            out.array(count * 2 + 1);
            out.bulk(key);
        }
        Shape::KeyPairs => {
            out.array(2);
            out.bulk(key);
            out.array(count);
        }
    }
    let pairs = matches!(shape, Shape::Pairs | Shape::KeyPairs);
    let mut write = |member: &[u8], score| {
        if pairs {
            out.array(2);
        }
        out.bulk(member);
        out.double(score);
    };
    let event = match end {
        End::Min => {
            zset.range(0..count).for_each(|(m, score)| write(&m, score));
            zset.remove_range(0..count);
            "zpopmin"
        }
        End::Max => {
            let range = len - count..len;
            let members = zset.range(range.clone()).rev();
            members.for_each(|(m, score)| write(&m, score));
            zset.remove_range(range);
            "zpopmax"
        }
    };
    ctx.popped(key, notify::ZSET, event);
    ctx.counts_as(count);
    // As one that neither waits nor chooses among keys.
    match shape {
        Shape::Flat | Shape::Pairs => {}
        Shape::KeyFlat => ctx.log_as(&[end.pop_name(), key]),
        Shape::KeyPairs => ctx.log_as(&[end.pop_name(), key, count.to_string().as_bytes()]),
    }
    Ok(())
}

pub fn zpopmin(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    zpop(ctx, argv, End::Min, out)
}

pub fn zpopmax(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    zpop(ctx, argv, End::Max, out)
}

fn zpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], end: End, out: &mut Out) -> CmdResult {
    if argv.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let count = argv.get(2).map(|count| positive_arg(count)).transpose()?;
    let has_members = ctx.write_zset(argv[1])?.is_some();
    if !has_members || count == Some(0) {
        out.array(0);
        return Ok(());
    }
    let shape = match count {
        Some(_) if out.resp > 2 => Shape::Pairs,
        _ => Shape::Flat,
    };
    pop(ctx, argv[1], end, count.unwrap_or(1), shape, out)
}

pub fn zmpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let several = MultiPop::parse(&argv[1..], End::parse)?;
    match first_with_members(ctx, several.keys)? {
        Some(key) => pop(ctx, key, several.end, several.count, Shape::KeyPairs, out),
        None => {
            out.null_array();
            Ok(())
        }
    }
}

fn first_with_members<'a>(ctx: &mut Ctx<'_>, keys: &[&'a [u8]]) -> CmdResult<Option<&'a [u8]>> {
    for key in keys {
        if ctx.write_zset(key)?.is_some() {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

pub fn bzpopmin(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    bzpop(ctx, argv, End::Min, out)
}

pub fn bzpopmax(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    bzpop(ctx, argv, End::Max, out)
}

fn bzpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], end: End, out: &mut Out) -> CmdResult {
    let last = argv.len() - 1;
    let several = MultiPop {
        keys: &argv[1..last],
        end,
        count: 1,
    };
    blocking(ctx, argv, argv[last], &several, Shape::KeyFlat, out)
}

pub fn bzmpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let several = MultiPop::parse(&argv[2..], End::parse)?;
    blocking(ctx, argv, argv[1], &several, Shape::KeyPairs, out)
}

fn blocking(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    timeout: &[u8],
    several: &MultiPop<'_, End>,
    shape: Shape,
    out: &mut Out,
) -> CmdResult {
    let timeout_ms = seconds_arg(timeout, ctx.now())?;
    if let Some(key) = first_with_members(ctx, several.keys)? {
        return pop(ctx, key, several.end, several.count, shape, out);
    }
    let request = Request {
        wait: Wait::SortedSet,
        keys: several.keys,
        timeout_ms,
        on_timeout: Timeout::NullArray,
    };
    if ctx.block_on(&request, argv) == Blocking::Refused {
        out.null_array();
    }
    Ok(())
}
