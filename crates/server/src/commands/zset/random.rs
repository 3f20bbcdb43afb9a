//! ZRANDMEMBER.

use super::reply::write_members;
use crate::commands::set::random_count;
use crate::engine::ctx::Ctx;
use crate::store::{Text, ZSet};
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use rand::RngExt as _;
use rand::rngs::SmallRng;

const OUT_OF_RANGE: CmdError = CmdError::new("ERR value is out of range");

pub fn zrandmember(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(count) = argv.get(2) else {
        let mut rng = ctx.random();
        match ctx.read_zset(argv[1])?.and_then(|z| z.random(&mut rng)) {
            Some((member, _)) => out.bulk(&member),
            None => out.null(),
        }
        return Ok(());
    };
    let count = random_count(count)?;
    let with_scores = match argv.get(3..).unwrap_or_default() {
        [] => false,
        [option] if is(option, "WITHSCORES") => true,
        _ => return Err(errors::SYNTAX),
    };
    if with_scores && count.unsigned_abs() > i64::MAX as u64 / 2 {
        return Err(OUT_OF_RANGE);
    }
    let mut rng = ctx.random();
    match ctx.read_zset(argv[1])? {
        Some(zset) if count != 0 => write_random(zset, count, with_scores, &mut rng, out),
        _ => out.array(0),
    }
    Ok(())
}

/// A positive count asks for different members, a negative one for that many
/// draws.
fn write_random(zset: &ZSet, count: i64, with_scores: bool, rng: &mut SmallRng, out: &mut Out) {
    let wanted = count.unsigned_abs() as usize;
    let len = zset.len();
    // A small one is read through once.
    let all: Vec<(Text<'_>, f64)> = match zset.packed() {
        Some(_) => zset.iter().collect(),
        None => Vec::new(),
    };
    let mut write = |ranks: &mut dyn ExactSizeIterator<Item = usize>| {
        let members = ranks.map(|rank| {
            let known = all.get(rank).copied();
            known
                .or_else(|| zset.at(rank))
                .unwrap_or((Text::bytes(b""), 0.0))
        });
        write_members(out, members, with_scores);
    };
    if count < 0 {
        write(&mut (0..wanted).map(|_| rng.random_range(0..len)));
    } else if wanted >= len {
        write(&mut (0..len));
    } else {
        let mut ranks = rand::seq::index::sample(rng, len, wanted).into_vec();
        ranks.sort_unstable();
        write(&mut ranks.into_iter());
    }
}
