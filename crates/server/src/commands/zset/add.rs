//! ZADD and ZINCRBY.

use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{Limits, ZSet};
use crate::wire::args::{float_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

const NAN: CmdError = CmdError::new("ERR resulting score is not a number (NaN)");

/// The options of ZADD.
#[derive(Debug, Clone, Copy, Default)]
struct Options {
    only_new: bool,
    only_existing: bool,
    only_greater: bool,
    only_less: bool,
    count_changed: bool,
    increment: bool,
}

/// What became of one member.
enum Outcome {
    Added(f64),
    Updated(f64),
    Same(f64),
    /// An option forbade it.
    Refused,
}

pub fn zadd(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut options = Options::default();
    let mut at = 2;
    while let Some(arg) = argv.get(at) {
        match () {
            () if is(arg, "NX") => options.only_new = true,
            () if is(arg, "XX") => options.only_existing = true,
            () if is(arg, "CH") => options.count_changed = true,
            () if is(arg, "INCR") => options.increment = true,
            () if is(arg, "GT") => options.only_greater = true,
            () if is(arg, "LT") => options.only_less = true,
            () => break,
        }
        at += 1;
    }
    add(ctx, argv[1], &argv[at..], options, out)
}

pub fn zincrby(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let options = Options {
        increment: true,
        ..Options::default()
    };
    add(ctx, argv[1], &argv[2..], options, out)
}

/// Whether the options go with each other and with what is to be added.
fn check(pairs: &[&[u8]], options: Options) -> CmdResult {
    if pairs.is_empty() || !pairs.len().is_multiple_of(2) {
        return Err(errors::SYNTAX);
    }
    if options.only_new && options.only_existing {
        return Err(CmdError::new(
            "ERR XX and NX options at the same time are not compatible",
        ));
    }
    let Options {
        only_new,
        only_greater,
        only_less,
        ..
    } = options;
    if [only_greater, only_less, only_new]
        .into_iter()
        .filter(|set| *set)
        .count()
        > 1
    {
        return Err(CmdError::new(
            "ERR GT, LT, and/or NX options at the same time are not compatible",
        ));
    }
    if options.increment && pairs.len() > 2 {
        return Err(CmdError::new(
            "ERR INCR option supports a single increment-element pair",
        ));
    }
    Ok(())
}

fn add(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    pairs: &[&[u8]],
    options: Options,
    out: &mut Out,
) -> CmdResult {
    check(pairs, options)?;
    // Nothing is added unless all scores are numbers.
    let mut scores = smallvec::SmallVec::<[f64; 8]>::new();
    for score in pairs.iter().step_by(2) {
        scores.push(float_arg(score)?);
    }
    let limits = ctx.server.settings.limits;
    if options.only_existing && ctx.write_zset(key)?.is_none() {
        if options.increment {
            out.null();
        } else {
            out.int(0);
        }
        return Ok(());
    }
    let zset = ctx.create_zset(key)?;
    zset.make_room_for(scores.len(), &limits);
    let (mut added, mut updated) = (0, 0);
    let mut reply = None;
    let mut failed = false;
    for (score, member) in scores.iter().zip(pairs.iter().skip(1).step_by(2)) {
        let Some(outcome) = add_one(zset, member, *score, options, &limits) else {
            failed = true;
            break;
        };
        reply = match outcome {
            Outcome::Added(score) => {
                added += 1;
                Some(score)
            }
            Outcome::Updated(score) => {
                updated += 1;
                Some(score)
            }
            Outcome::Same(score) => Some(score),
            Outcome::Refused => None,
        };
    }
    if added + updated > 0 {
        ctx.changed(key);
        ctx.counts_as(added + updated);
        let event = if options.increment { "zincr" } else { "zadd" };
        ctx.notify(notify::ZSET, event, key);
    }
    if failed {
        return Err(NAN);
    }
    match (options.increment, reply) {
        (true, Some(score)) => out.double(score),
        (true, None) => out.null(),
        (false, _) if options.count_changed => out.len(added + updated),
        (false, _) => out.len(added),
    }
    Ok(())
}

/// Adds or updates one member; `None` when the score would be no number.
#[inline]
fn add_one(
    zset: &mut ZSet,
    member: &[u8],
    mut score: f64,
    options: Options,
    limits: &Limits,
) -> Option<Outcome> {
    let is_plain = !(options.only_new
        || options.only_existing
        || options.increment
        || options.only_greater
        || options.only_less);
    if is_plain {
        return Some(match zset.insert(member, score, limits) {
            None => Outcome::Added(score),
            Some(old) if old == score => Outcome::Same(old),
            Some(_) => Outcome::Updated(score),
        });
    }
    let Some(old) = zset.score(member) else {
        if options.only_existing {
            return Some(Outcome::Refused);
        }
        zset.insert(member, score, limits);
        return Some(Outcome::Added(score));
    };
    if options.only_new {
        return Some(Outcome::Refused);
    }
    if options.increment {
        score += old;
        if score.is_nan() {
            return None;
        }
    }
    if (options.only_less && score >= old) || (options.only_greater && score <= old) {
        return Some(Outcome::Refused);
    }
    if score == old {
        return Some(Outcome::Same(score));
    }
    zset.insert(member, score, limits);
    Some(Outcome::Updated(score))
}
