//! ZREM and the ZREMRANGEBY family.

use super::reply::{BAD_LEX_RANGE, BAD_SCORE_RANGE};
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::ZSet;
use crate::store::zset::{LexRange, ScoreRange};
use crate::wire::args::{index_range, int_arg};
use crate::wire::reply::{CmdResult, Out};
use std::ops::Range;

pub fn zrem(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let Some(zset) = ctx.write_zset(key)? else {
        out.int(0);
        return Ok(());
    };
    let removed = argv[2..]
        .iter()
        .filter(|m| zset.remove(m).is_some())
        .count();
    finish(ctx, key, "zrem", removed, out);
    Ok(())
}

pub fn by_rank(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (start, end) = (int_arg(argv[2])?, int_arg(argv[3])?);
    remove_range(ctx, argv[1], "zremrangebyrank", out, |zset| {
        index_range(start, end, zset.len())
    })
}

pub fn by_score(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let range = ScoreRange::parse(argv[2], argv[3]).ok_or(BAD_SCORE_RANGE)?;
    remove_range(ctx, argv[1], "zremrangebyscore", out, |zset| {
        zset.score_range(&range)
    })
}

pub fn by_lex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let range = LexRange::parse(argv[2], argv[3]).ok_or(BAD_LEX_RANGE)?;
    remove_range(ctx, argv[1], "zremrangebylex", out, |zset| {
        zset.lex_range(&range)
    })
}

fn remove_range(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    event: &str,
    out: &mut Out,
    find: impl FnOnce(&ZSet) -> Range<usize>,
) -> CmdResult {
    let removed = match ctx.write_zset(key)? {
        Some(zset) => {
            let range = find(zset);
            zset.remove_range(range)
        }
        None => 0,
    };
    finish(ctx, key, event, removed, out);
    Ok(())
}

fn finish(ctx: &mut Ctx<'_>, key: &[u8], event: &str, removed: usize, out: &mut Out) {
    if removed > 0 {
        ctx.took(key, notify::ZSET, event);
        ctx.counts_as(removed);
    }
    out.len(removed);
}
