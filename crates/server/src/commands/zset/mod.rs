//! Sorted set commands.

mod add;
mod algebra;
mod pop;
mod query;
mod random;
mod range;
mod remove;

pub use add::zadd;
pub use range::store;

use crate::engine::command::{Command, Keys, flags::*};
use crate::wire::reply::{CmdError, Out};

/// The family's table.
pub const COMMANDS: &[Command] = &[
    Command::new("zadd", add::zadd, -4, WRITE | DENYOOM | FAST).keys(1, 1, 1),
    Command::new("zincrby", add::zincrby, 4, WRITE | DENYOOM | FAST).keys(1, 1, 1),
    Command::new("zrem", remove::zrem, -3, WRITE | FAST).keys(1, 1, 1),
    Command::new("zremrangebyscore", remove::by_score, 4, WRITE).keys(1, 1, 1),
    Command::new("zremrangebyrank", remove::by_rank, 4, WRITE).keys(1, 1, 1),
    Command::new("zremrangebylex", remove::by_lex, 4, WRITE).keys(1, 1, 1),
    Command::new("zcard", query::zcard, 2, READONLY | FAST).keys(1, 1, 1),
    Command::new("zscore", query::zscore, 3, READONLY | FAST).keys(1, 1, 1),
    Command::new("zmscore", query::zmscore, -3, READONLY | FAST).keys(1, 1, 1),
    Command::new("zrank", query::zrank, 3, READONLY | FAST).keys(1, 1, 1),
    Command::new("zrevrank", query::zrevrank, 3, READONLY | FAST).keys(1, 1, 1),
    Command::new("zcount", query::zcount, 4, READONLY | FAST).keys(1, 1, 1),
    Command::new("zlexcount", query::zlexcount, 4, READONLY | FAST).keys(1, 1, 1),
    Command::new("zscan", query::zscan, -3, READONLY).keys(1, 1, 1),
    Command::new("zrandmember", random::zrandmember, -2, READONLY).keys(1, 1, 1),
    Command::new("zrange", range::zrange, -4, READONLY).keys(1, 1, 1),
    Command::new("zrevrange", range::zrevrange, -4, READONLY).keys(1, 1, 1),
    Command::new("zrangebyscore", range::zrangebyscore, -4, READONLY).keys(1, 1, 1),
    Command::new("zrevrangebyscore", range::zrevrangebyscore, -4, READONLY).keys(1, 1, 1),
    Command::new("zrangebylex", range::zrangebylex, -4, READONLY).keys(1, 1, 1),
    Command::new("zrevrangebylex", range::zrevrangebylex, -4, READONLY).keys(1, 1, 1),
    Command::new("zrangestore", range::zrangestore, -5, WRITE | DENYOOM).keys(1, 2, 1),
    Command::new("zpopmin", pop::zpopmin, -2, WRITE | FAST).keys(1, 1, 1),
    Command::new("zpopmax", pop::zpopmax, -2, WRITE | FAST).keys(1, 1, 1),
    Command::new("zmpop", pop::zmpop, -4, WRITE).with_keys(Keys::Counted(1)),
    Command::new(
        "bzpopmin",
        pop::bzpopmin,
        -3,
        WRITE | NOSCRIPT | FAST | BLOCKING,
    )
    .keys(1, -2, 1),
    Command::new(
        "bzpopmax",
        pop::bzpopmax,
        -3,
        WRITE | NOSCRIPT | FAST | BLOCKING,
    )
    .keys(1, -2, 1),
    Command::new("bzmpop", pop::bzmpop, -5, WRITE | BLOCKING).with_keys(Keys::Counted(2)),
    Command::new("zunion", algebra::zunion, -3, READONLY).with_keys(Keys::Counted(1)),
    Command::new("zinter", algebra::zinter, -3, READONLY).with_keys(Keys::Counted(1)),
    Command::new("zdiff", algebra::zdiff, -3, READONLY).with_keys(Keys::Counted(1)),
    Command::new("zintercard", algebra::zintercard, -3, READONLY).with_keys(Keys::Counted(1)),
    Command::new("zunionstore", algebra::zunionstore, -4, WRITE | DENYOOM)
        .with_keys(Keys::DestinationAndCounted(1, 2)),
    Command::new("zinterstore", algebra::zinterstore, -4, WRITE | DENYOOM)
        .with_keys(Keys::DestinationAndCounted(1, 2)),
    Command::new("zdiffstore", algebra::zdiffstore, -4, WRITE | DENYOOM)
        .with_keys(Keys::DestinationAndCounted(1, 2)),
];

const BAD_SCORE_RANGE: CmdError = CmdError::new("ERR min or max is not a float");
const BAD_LEX_RANGE: CmdError = CmdError::new("ERR min or max not valid string range item");

/// Writes members, with their scores if asked: in one flat array in RESP2,
/// as pairs in RESP3.
fn write_members<'a>(
    out: &mut Out,
    members: impl ExactSizeIterator<Item = (&'a [u8], f64)>,
    with_scores: bool,
) {
    let flat = out.resp == 2 && with_scores;
    out.array(members.len() * if flat { 2 } else { 1 });
    for (member, score) in members {
        if with_scores && !flat {
            out.array(2);
        }
        out.bulk(member);
        if with_scores {
            out.double(score);
        }
    }
}
