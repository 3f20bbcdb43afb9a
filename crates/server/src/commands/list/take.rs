//! Taking elements out of lists, and moving them to another one.

use super::End;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{Limits, List, Value};
use crate::wire::args::{MultiPop, positive_arg};
use crate::wire::reply::{CmdResult, Out, errors};

/// What must happen after `count` elements have been taken out of a list.
fn popped(ctx: &mut Ctx<'_>, key: &[u8], end: End, count: usize) {
    ctx.popped(key, notify::LIST, end.pop_event());
    ctx.counts_as(count);
}

fn pop(ctx: &mut Ctx<'_>, argv: &[&[u8]], end: End, out: &mut Out) -> CmdResult {
    let key = argv[1];
    if argv.len() > 3 {
        return Err(errors::wrong_arity(end.pop_event()));
    }
    let count = match argv.get(2) {
        Some(arg) => Some(positive_arg(arg)?),
        None => None,
    };
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        match count {
            Some(_) => out.null_array(),
            None => out.null(),
        }
        return Ok(());
    };
    let taken = match count {
        None => {
            if let Some(element) = list.pop(end.of_list(), &limits) {
                out.bulk(&element);
            }
            1
        }
        Some(0) => {
            out.array(0);
            return Ok(());
        }
        Some(count) => pop_many(list, end, count, &limits, out),
    };
    popped(ctx, key, end, taken);
    Ok(())
}

/// Pops as many as there are, at most `count`; how many.
fn pop_many(list: &mut List, end: End, count: usize, limits: &Limits, out: &mut Out) -> usize {
    let count = count.min(list.len());
    out.array(count);
    for _ in 0..count {
        if let Some(element) = list.pop(end.of_list(), limits) {
            out.bulk(&element);
        }
    }
    count
}

pub(super) fn lpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    pop(ctx, argv, End::Left, out)
}

pub(super) fn rpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    pop(ctx, argv, End::Right, out)
}

/// Moves an element from a source that may not exist; whether there was one.
pub fn move_element(
    ctx: &mut Ctx<'_>,
    (source, from): (&[u8], End),
    (destination, to): (&[u8], End),
    out: &mut Out,
) -> CmdResult<bool> {
    if ctx.write_list(source)?.is_none() {
        return Ok(false);
    }
    ctx.write_list(destination)?;
    let limits = ctx.server.settings.limits;
    let pop = |list: &mut List| list.pop(from.of_list(), &limits);
    let Some(element) = ctx.write_list(source)?.and_then(pop) else {
        return Ok(false);
    };
    if ctx.write_list(destination)?.is_none() {
        ctx.add(destination, Value::List(List::default()));
    }
    out.bulk(&element);
    if let Some(list) = ctx.write_list(destination)? {
        list.push(to.of_list(), &[&element], &limits);
    }
    ctx.wrote(destination, notify::LIST, to.push_event());
    // What was pushed has been counted.
    popped(ctx, source, from, 0);
    Ok(true)
}

pub(super) fn lmove(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (from, to) = (End::parse(argv[3])?, End::parse(argv[4])?);
    if !move_element(ctx, (argv[1], from), (argv[2], to), out)? {
        out.null();
    }
    Ok(())
}

pub(super) fn rpoplpush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if !move_element(ctx, (argv[1], End::Right), (argv[2], End::Left), out)? {
        out.null();
    }
    Ok(())
}

/// Pops from one list and replies with its key and the elements; whether
/// there was anything.
pub fn pop_from_key(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    end: End,
    count: usize,
    out: &mut Out,
) -> CmdResult<bool> {
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        return Ok(false);
    };
    out.array(2);
    out.bulk(key);
    let count = pop_many(list, end, count, &limits, out);
    popped(ctx, key, end, count);
    ctx.log_as(&[end.pop_name(), key, count.to_string().as_bytes()]);
    Ok(true)
}

/// Pops one element and replies with its key and the element; whether there
/// was anything.
pub fn pop_one_from_key(ctx: &mut Ctx<'_>, key: &[u8], end: End, out: &mut Out) -> CmdResult<bool> {
    let limits = ctx.server.settings.limits;
    let pop = |list: &mut List| list.pop(end.of_list(), &limits);
    let Some(element) = ctx.write_list(key)?.and_then(pop) else {
        return Ok(false);
    };
    out.array(2);
    out.bulk(key);
    out.bulk(&element);
    popped(ctx, key, end, 1);
    Ok(true)
}

pub(super) fn lmpop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let pop = MultiPop::parse(&argv[1..], End::parse)?;
    for key in pop.keys {
        if pop_from_key(ctx, key, pop.end, pop.count, out)? {
            return Ok(());
        }
    }
    out.null_array();
    Ok(())
}
