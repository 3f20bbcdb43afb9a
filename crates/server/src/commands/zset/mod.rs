//! Sorted set commands.

mod add;
mod algebra;
mod pop;
mod query;
mod random;
mod range;
mod remove;
mod reply;

pub use add::zadd;
pub use range::store;

use crate::engine::command::Row;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("zadd", add::zadd),
    Row::new("zincrby", add::zincrby),
    Row::new("zrem", remove::zrem),
    Row::new("zremrangebyscore", remove::by_score),
    Row::new("zremrangebyrank", remove::by_rank),
    Row::new("zremrangebylex", remove::by_lex),
    Row::new("zcard", query::zcard),
    Row::new("zscore", query::zscore),
    Row::new("zmscore", query::zmscore),
    Row::new("zrank", query::zrank),
    Row::new("zrevrank", query::zrevrank),
    Row::new("zcount", query::zcount),
    Row::new("zlexcount", query::zlexcount),
    Row::new("zscan", query::zscan),
    Row::new("zrandmember", random::zrandmember),
    Row::new("zrange", range::zrange),
    Row::new("zrevrange", range::zrevrange),
    Row::new("zrangebyscore", range::zrangebyscore),
    Row::new("zrevrangebyscore", range::zrevrangebyscore),
    Row::new("zrangebylex", range::zrangebylex),
    Row::new("zrevrangebylex", range::zrevrangebylex),
    Row::new("zrangestore", range::zrangestore),
    Row::new("zpopmin", pop::zpopmin),
    Row::new("zpopmax", pop::zpopmax),
    Row::new("zmpop", pop::zmpop),
    Row::new("bzpopmin", pop::bzpopmin),
    Row::new("bzpopmax", pop::bzpopmax),
    Row::new("bzmpop", pop::bzmpop),
    Row::new("zunion", algebra::zunion),
    Row::new("zinter", algebra::zinter),
    Row::new("zdiff", algebra::zdiff),
    Row::new("zintercard", algebra::zintercard),
    Row::new("zunionstore", algebra::zunionstore),
    Row::new("zinterstore", algebra::zinterstore),
    Row::new("zdiffstore", algebra::zdiffstore),
];
