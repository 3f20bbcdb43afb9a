//! SINTER, SUNION, SDIFF and their kin.

use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{Limits, Set, Value};
use crate::wire::args::{counted_keys, is, positive_arg_or};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// Checks the types of all keys; the sets that exist, in order.
fn check<'k>(ctx: &mut Ctx<'_>, keys: &[&'k [u8]]) -> CmdResult<Vec<Option<&'k [u8]>>> {
    keys.iter()
        .map(|key| Ok(ctx.read_set(key)?.map(|_| *key)))
        .collect()
}

fn set_at<'c>(ctx: &'c Ctx<'_>, key: &[u8]) -> Option<&'c Set> {
    match ctx.db().get(key) {
        Some(Value::Set(set)) => Some(set),
        _ => None,
    }
}

fn intersection(ctx: &mut Ctx<'_>, keys: &[&[u8]], limit: usize) -> CmdResult<Vec<Vec<u8>>> {
    let present = check(ctx, keys)?;
    if present.iter().any(Option::is_none) {
        return Ok(Vec::new());
    }
    let ctx = &*ctx;
    let mut sets: Vec<&Set> = keys.iter().filter_map(|key| set_at(ctx, key)).collect();
    sets.sort_by_key(|set| set.len());
    let Some((smallest, others)) = sets.split_first() else {
        return Ok(Vec::new());
    };
    Ok(smallest
        .iter()
        .filter(|member| others.iter().all(|set| set.contains(member)))
        .take(limit)
        .map(|member| member.to_vec())
        .collect())
}

fn union(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> CmdResult<Set> {
    let limits = ctx.server.settings.limits;
    let present = check(ctx, keys)?;
    let mut result = Set::default();
    for key in present.into_iter().flatten() {
        if let Some(set) = set_at(ctx, key) {
            for member in set.iter() {
                result.insert(&member, &limits);
            }
        }
    }
    Ok(result)
}

fn difference(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> CmdResult<Vec<Vec<u8>>> {
    let present = check(ctx, keys)?;
    let Some(Some(first)) = present.first().copied() else {
        return Ok(Vec::new());
    };
    let ctx = &*ctx;
    let others: Vec<&Set> = present[1..]
        .iter()
        .flatten()
        .filter_map(|key| set_at(ctx, key))
        .collect();
    Ok(set_at(ctx, first)
        .map(|set| {
            set.iter()
                .filter(|member| !others.iter().any(|other| other.contains(member)))
                .map(|member| member.to_vec())
                .collect()
        })
        .unwrap_or_default())
}

fn reply(members: &[Vec<u8>], out: &mut Out) {
    out.set(members.len());
    for member in members {
        out.bulk(member);
    }
}

fn collect(members: &[Vec<u8>], limits: &Limits) -> Set {
    let mut set = Set::default();
    for member in members {
        set.insert(member, limits);
    }
    set
}

fn store(ctx: &mut Ctx<'_>, key: &[u8], set: Set, event: &str, out: &mut Out) {
    if set.is_empty() {
        ctx.expire_if_due(key);
        ctx.delete(key);
        out.int(0);
        return;
    }
    out.len(set.len());
    ctx.set(key, Value::Set(set));
    ctx.notify(notify::SET, event, key);
}

/// `SINTER key [key ...]`
pub fn sinter(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(&intersection(ctx, &argv[1..], usize::MAX)?, out);
    Ok(())
}

/// `SINTERSTORE destination key [key ...]`
pub fn sinterstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let members = intersection(ctx, &argv[2..], usize::MAX)?;
    let limits = ctx.server.settings.limits;
    let mut set = collect(&members, &limits);
    set.compact(&limits);
    store(ctx, argv[1], set, "sinterstore", out);
    Ok(())
}

/// `SINTERCARD numkeys key [key ...] [LIMIT limit]`
pub fn sintercard(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let too_few = CmdError::new("ERR Number of keys can't be greater than number of args");
    let (keys, options) = counted_keys(&argv[1..], too_few)?;
    let mut limit = 0;
    for pair in options.chunks(2) {
        match pair {
            [option, n] if is(option, "LIMIT") => {
                limit = positive_arg_or(n, CmdError::new("ERR LIMIT can't be negative"))?;
            }
            _ => return Err(errors::SYNTAX),
        }
    }
    let limit = if limit == 0 { usize::MAX } else { limit };
    let members = intersection(ctx, keys, limit)?;
    out.len(members.len());
    Ok(())
}

/// `SUNION key [key ...]`
pub fn sunion(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let set = union(ctx, &argv[1..])?;
    out.set(set.len());
    for member in set.iter() {
        out.bulk(&member);
    }
    Ok(())
}

/// `SUNIONSTORE destination key [key ...]`
pub fn sunionstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let set = union(ctx, &argv[2..])?;
    store(ctx, argv[1], set, "sunionstore", out);
    Ok(())
}

/// `SDIFF key [key ...]`
pub fn sdiff(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(&difference(ctx, &argv[1..])?, out);
    Ok(())
}

/// `SDIFFSTORE destination key [key ...]`
pub fn sdiffstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let members = difference(ctx, &argv[2..])?;
    let set = collect(&members, &ctx.server.settings.limits);
    store(ctx, argv[1], set, "sdiffstore", out);
    Ok(())
}
