//! Commands that ask for one number (sizes, scores, ranks, counts), and
//! ZSCAN.

use super::reply::{BAD_LEX_RANGE, BAD_SCORE_RANGE};
use crate::commands::scan::{Over, Scan, ScanReply};
use crate::engine::ctx::Ctx;
use crate::store::zset::{LexRange, ScoreRange, listpack_score};
use crate::wire::args::is;
use crate::wire::number::format_g;
use crate::wire::reply::{CmdResult, Out, errors};

pub fn zcard(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.read_zset(argv[1])?.map_or(0, |zset| zset.len()));
    Ok(())
}

pub fn zscore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    write_score(ctx.read_zset(argv[1])?.and_then(|z| z.score(argv[2])), out);
    Ok(())
}

pub fn zmscore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let zset = ctx.read_zset(argv[1])?;
    out.array(argv.len() - 2);
    for member in &argv[2..] {
        write_score(zset.and_then(|zset| zset.score(member)), out);
    }
    Ok(())
}

fn write_score(score: Option<f64>, out: &mut Out) {
    match score {
        Some(score) => out.double(score),
        None => out.null(),
    }
}

pub fn zrank(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    write_rank(ctx, argv, false, out)
}

pub fn zrevrank(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    write_rank(ctx, argv, true, out)
}

/// `key member [WITHSCORE]`
fn write_rank(ctx: &mut Ctx<'_>, argv: &[&[u8]], reverse: bool, out: &mut Out) -> CmdResult {
    let with_score = match &argv[3..] {
        [] => false,
        [word] if is(word, "WITHSCORE") => true,
        [_] => return Err(errors::SYNTAX),
        _ => {
            return Err(errors::wrong_arity(if reverse {
                "zrevrank"
            } else {
                "zrank"
            }));
        }
    };
    let found = ctx.read_zset(argv[1])?.and_then(|zset| {
        let rank = zset.rank(argv[2])?;
        let rank = if reverse { zset.len() - 1 - rank } else { rank };
        Some((rank, zset.score(argv[2])?))
    });
    match found {
        Some((rank, score)) if with_score => {
            out.array(2);
            out.len(rank);
            out.double(score);
        }
        Some((rank, _)) => out.len(rank),
        None if with_score => out.null_array(),
        None => out.null(),
    }
    Ok(())
}

pub fn zcount(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let range = ScoreRange::parse(argv[2], argv[3]).ok_or(BAD_SCORE_RANGE)?;
    let zset = ctx.read_zset(argv[1])?;
    out.len(zset.map_or(0, |zset| zset.score_range(&range).len()));
    Ok(())
}

pub fn zlexcount(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let range = LexRange::parse(argv[2], argv[3]).ok_or(BAD_LEX_RANGE)?;
    let zset = ctx.read_zset(argv[1])?;
    out.len(zset.map_or(0, |zset| zset.lex_range(&range).len()));
    Ok(())
}

pub fn zscan(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let cursor = Scan::cursor(argv[2])?;
    let mut reply = ScanReply::default();
    if let Some(zset) = ctx.read_zset(argv[1])? {
        let scan = Scan::parse(cursor, &argv[3..], Over::Members)?;
        match zset.dict() {
            Some(dict) => {
                let next = scan.walk(dict, |member, score| {
                    if scan.matches(member) {
                        reply.push(member);
                        // Unlike the other commands it writes all digits there may be.
                        reply.push(format_g(*score, 17).as_bytes());
                    }
                });
                reply.cursor = next;
            }
            // A small one is visited whole.
            None => {
                for (member, score) in zset.iter().filter(|(m, _)| scan.matches(m)) {
                    reply.push(&member);
                    reply.push(listpack_score(score).as_bytes());
                }
            }
        }
    }
    reply.write(out);
    Ok(())
}
