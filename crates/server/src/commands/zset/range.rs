//! ZRANGE in all its forms, and ZRANGESTORE.

use super::reply::{BAD_LEX_RANGE, BAD_SCORE_RANGE, write_members};
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::zset::{LexRange, ScoreRange};
use crate::store::{Value, ZSet};
use crate::wire::args::{index_range, int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::ops::Range;

/// What the two bounds are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    Rank,
    Score,
    Lex,
}

/// The bounds, read.
#[derive(Debug)]
enum Bounds<'a> {
    Ranks(i64, i64),
    Scores(ScoreRange),
    Members(LexRange<'a>),
}

/// What a command asks for.
#[derive(Debug)]
struct Query<'a> {
    bounds: Bounds<'a>,
    reverse: bool,
    with_scores: bool,
    offset: i64,
    /// Negative for all.
    limit: i64,
}

/// What a command's name says already.
#[derive(Debug, Clone, Copy)]
struct Form {
    by: Option<By>,
    reverse: Option<bool>,
    store: bool,
}

impl<'a> Query<'a> {
    /// Reads the bounds and the options behind them.
    fn parse(args: &[&'a [u8]], form: Form) -> CmdResult<Query<'a>> {
        let (mut by, mut reverse) = (form.by, form.reverse);
        let (mut with_scores, mut limits) = (false, None);
        let mut rest = &args[2..];
        while let [option, after @ ..] = rest {
            rest = after;
            if !form.store && is(option, "WITHSCORES") {
                with_scores = true;
            } else if is(option, "LIMIT") && rest.len() >= 2 {
                limits = Some((int_arg(rest[0])?, int_arg(rest[1])?));
                rest = &rest[2..];
            } else if reverse.is_none() && is(option, "REV") {
                reverse = Some(true);
            } else if by.is_none() && is(option, "BYLEX") {
                by = Some(By::Lex);
            } else if by.is_none() && is(option, "BYSCORE") {
                by = Some(By::Score);
            } else {
                return Err(errors::SYNTAX);
            }
        }
        let by = by.unwrap_or(By::Rank);
        let reverse = reverse.unwrap_or(false);
        let (offset, limit) = limits.unwrap_or((0, -1));
        if limit != -1 && by == By::Rank {
            return Err(CmdError::new(
                "ERR syntax error, LIMIT is only supported in combination with either BYSCORE or BYLEX",
            ));
        }
        if with_scores && by == By::Lex {
            return Err(CmdError::new(
                "ERR syntax error, WITHSCORES not supported in combination with BYLEX",
            ));
        }
        let (min, max) = match (by, reverse) {
            (By::Score | By::Lex, true) => (args[1], args[0]),
            _ => (args[0], args[1]),
        };
        let bounds = match by {
            By::Rank => Bounds::Ranks(int_arg(min)?, int_arg(max)?),
            By::Score => Bounds::Scores(ScoreRange::parse(min, max).ok_or(BAD_SCORE_RANGE)?),
            By::Lex => Bounds::Members(LexRange::parse(min, max).ok_or(BAD_LEX_RANGE)?),
        };
        Ok(Query {
            bounds,
            reverse,
            with_scores,
            offset,
            limit,
        })
    }

    /// The ranks asked for, lowest first.
    fn ranks(&self, zset: &ZSet) -> Range<usize> {
        let range = match &self.bounds {
            Bounds::Ranks(start, end) => {
                let range = index_range(*start, *end, zset.len());
                if !self.reverse {
                    return range;
                }
                let len = zset.len();
                return len - range.end..len - range.start;
            }
            Bounds::Scores(range) => zset.score_range(range),
            Bounds::Members(range) => zset.lex_range(range),
        };
        // A negative offset leaves nothing, or counts from the end of what a
        // skiplist has there; a negative limit leaves everything.
        let from_end = || {
            let back = usize::try_from(self.offset.unsigned_abs()).ok()?;
            range.len().checked_sub(back).filter(|_| zset.is_large())
        };
        let skip = usize::try_from(self.offset)
            .ok()
            .or_else(from_end)
            .unwrap_or(usize::MAX)
            .min(range.len());
        let take = usize::try_from(self.limit)
            .unwrap_or(usize::MAX)
            .min(range.len() - skip);
        if self.reverse {
            range.end - skip - take..range.end - skip
        } else {
            range.start + skip..range.start + skip + take
        }
    }
}

fn reply(ctx: &mut Ctx<'_>, argv: &[&[u8]], form: Form, out: &mut Out) -> CmdResult {
    let query = Query::parse(&argv[2..], form)?;
    let Some(zset) = ctx.read_zset(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    let members = zset.range(query.ranks(zset));
    if query.reverse {
        write_members(out, members.rev(), query.with_scores);
    } else {
        write_members(out, members, query.with_scores);
    }
    Ok(())
}

/// A command whose name fixes the kind of bounds and the direction.
const fn fixed(by: By, reverse: bool) -> Form {
    Form {
        by: Some(by),
        reverse: Some(reverse),
        store: false,
    }
}

pub fn zrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let form = Form {
        by: None,
        reverse: None,
        store: false,
    };
    reply(ctx, argv, form, out)
}

pub fn zrevrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, fixed(By::Rank, true), out)
}

pub fn zrangebyscore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, fixed(By::Score, false), out)
}

pub fn zrevrangebyscore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, fixed(By::Score, true), out)
}

pub fn zrangebylex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, fixed(By::Lex, false), out)
}

pub fn zrevrangebylex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, fixed(By::Lex, true), out)
}

pub fn zrangestore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let form = Form {
        by: None,
        reverse: None,
        store: true,
    };
    let query = Query::parse(&argv[3..], form)?;
    let limits = ctx.server.settings.limits;
    let mut stored = ZSet::default();
    if let Some(zset) = ctx.read_zset(argv[2])? {
        for (member, score) in zset.range(query.ranks(zset)) {
            stored.insert(&member, score, &limits);
        }
    }
    store(ctx, argv[1], stored, "zrangestore", out);
    Ok(())
}

/// Stores a result, or removes the destination when it is empty, and replies
/// with its size.
pub fn store(ctx: &mut Ctx<'_>, destination: &[u8], zset: ZSet, event: &str, out: &mut Out) {
    out.len(zset.len());
    if zset.is_empty() {
        ctx.expire_if_due(destination);
        ctx.delete(destination);
    } else {
        ctx.set(destination, Value::SortedSet(zset));
        ctx.notify(notify::ZSET, event, destination);
    }
}
