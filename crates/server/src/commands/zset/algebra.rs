//! Unions, intersections and differences of sorted sets (and sets, whose
//! members count as having score 1).

use super::range::store;
use super::reply::write_members;
use crate::engine::ctx::Ctx;
use crate::store::{Dict, Limits, Set, Text, Value, ZSet};
use crate::wire::args::{int_arg, is, positive_arg_or};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Op {
    Union,
    Inter,
    Diff,
}

/// What becomes of the scores of a member that several sources have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Sum,
    Min,
    Max,
}

impl Aggregate {
    fn join(self, a: f64, b: f64) -> f64 {
        match self {
            Aggregate::Sum => number_or_zero(a + b),
            Aggregate::Min => {
                if b < a {
                    b
                } else {
                    a
                }
            }
            Aggregate::Max => {
                if b > a {
                    b
                } else {
                    a
                }
            }
        }
    }
}

/// The sum of the two infinities, and 0 times infinity, count as 0.
fn number_or_zero(score: f64) -> f64 {
    if score.is_nan() { 0.0 } else { score }
}

/// What the arguments ask for.
struct Query<'a> {
    keys: &'a [&'a [u8]],
    weights: Vec<f64>,
    aggregate: Aggregate,
    with_scores: bool,
    /// Of ZINTERCARD; 0 for none.
    limit: usize,
}

/// What to do with the result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Goal {
    Reply,
    Store,
    Count,
}

impl<'a> Query<'a> {
    /// Reads `numkeys key [key ...]`. The options come later: Redis looks at
    /// the types of the keys before.
    fn parse_keys(args: &'a [&'a [u8]], command: &str) -> CmdResult<(Query<'a>, &'a [&'a [u8]])> {
        let numkeys = int_arg(args[0])?;
        if numkeys < 1 {
            let name = command.to_ascii_lowercase();
            return Err(CmdError::owned(format!(
                "ERR at least 1 input key is needed for '{name}' command"
            )));
        }
        let split = usize::try_from(numkeys).ok();
        let (keys, options) = split
            .and_then(|n| args[1..].split_at_checked(n))
            .ok_or(errors::SYNTAX)?;
        let query = Query {
            keys,
            weights: vec![1.0; keys.len()],
            aggregate: Aggregate::Sum,
            with_scores: false,
            limit: 0,
        };
        Ok((query, options))
    }

    fn parse_options(&mut self, mut rest: &[&[u8]], op: Op, goal: Goal) -> CmdResult {
        let numkeys = self.keys.len();
        let aggregates = op != Op::Diff && goal != Goal::Count;
        while let [option, after @ ..] = rest {
            rest = after;
            if aggregates && rest.len() >= numkeys && is(option, "WEIGHTS") {
                for (weight, arg) in self.weights.iter_mut().zip(rest) {
                    *weight = crate::wire::number::parse_f64(arg)
                        .ok_or(CmdError::new("ERR weight value is not a float"))?;
                }
                rest = &rest[numkeys..];
            } else if aggregates && !rest.is_empty() && is(option, "AGGREGATE") {
                self.aggregate = match rest[0] {
                    how if is(how, "SUM") => Aggregate::Sum,
                    how if is(how, "MIN") => Aggregate::Min,
                    how if is(how, "MAX") => Aggregate::Max,
                    _ => return Err(errors::SYNTAX),
                };
                rest = &rest[1..];
            } else if goal == Goal::Reply && is(option, "WITHSCORES") {
                self.with_scores = true;
            } else if goal == Goal::Count && !rest.is_empty() && is(option, "LIMIT") {
                let error = CmdError::new("ERR LIMIT can't be negative");
                self.limit = positive_arg_or(rest[0], error)?;
                rest = &rest[1..];
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(())
    }
}

/// One of the sources: a sorted set, a set, or a key that does not exist.
enum Source<'a> {
    Missing,
    Set(&'a Set),
    Sorted(&'a ZSet),
}

impl<'a> Source<'a> {
    fn len(&self) -> usize {
        match self {
            Source::Missing => 0,
            Source::Set(set) => set.len(),
            Source::Sorted(zset) => zset.len(),
        }
    }

    fn score(&self, member: &[u8]) -> Option<f64> {
        match self {
            Source::Missing => None,
            Source::Set(set) => set.contains(member).then_some(1.0),
            Source::Sorted(zset) => zset.score(member),
        }
    }

    fn iter(&self) -> Box<dyn Iterator<Item = (Text<'a>, f64)> + 'a> {
        match *self {
            Source::Missing => Box::new(std::iter::empty()),
            Source::Set(set) => Box::new(set.iter().map(|member| (member, 1.0))),
            Source::Sorted(zset) => Box::new(zset.iter()),
        }
    }
}

/// The sources of a query. All keys are read (and expired) before the first
/// is looked into.
fn sources<'c>(ctx: &'c mut Ctx<'_>, keys: &[&[u8]]) -> CmdResult<Vec<Source<'c>>> {
    for key in keys {
        match ctx.read(key) {
            None | Some(Value::Set(_) | Value::SortedSet(_)) => {}
            Some(_) => return Err(errors::WRONGTYPE),
        }
    }
    let db = ctx.db();
    Ok(keys
        .iter()
        .map(|key| match db.get(key) {
            Some(Value::Set(set)) => Source::Set(set),
            Some(Value::SortedSet(zset)) => Source::Sorted(zset),
            _ => Source::Missing,
        })
        .collect())
}

/// The sources with their weights, those with fewest members first (a
/// difference depends on the order given).
fn weighted<'s, 'c>(
    sources: &'s [Source<'c>],
    query: &Query<'_>,
    op: Op,
) -> Vec<(&'s Source<'c>, f64)> {
    let mut pairs: Vec<_> = sources.iter().zip(query.weights.iter().copied()).collect();
    if op != Op::Diff {
        pairs.sort_by_key(|(source, _)| source.len());
    }
    pairs
}

fn union(sources: &[(&Source<'_>, f64)], aggregate: Aggregate, limits: &Limits) -> ZSet {
    let mut scores: Dict<f64> = Dict::new();
    for (source, weight) in sources {
        for (member, score) in source.iter() {
            let score = number_or_zero(score * weight);
            let (stored, new) = scores.get_or_insert_with(&member, || score);
            if !new {
                *stored = aggregate.join(*stored, score);
            }
        }
    }
    let mut result = ZSet::large();
    for (member, score) in scores.iter() {
        result.insert(member, *score, limits);
    }
    result
}

/// The members all sources have, with their joined scores.
fn intersection<'s>(
    sources: &'s [(&Source<'_>, f64)],
    aggregate: Aggregate,
) -> impl Iterator<Item = (Text<'s>, f64)> {
    let (first, others) = match sources {
        [first, others @ ..] => (Some(first), others),
        [] => (None, sources),
    };
    first
        .into_iter()
        .flat_map(|(source, weight)| source.iter().map(move |(m, s)| (m, s * weight)))
        .filter_map(move |(member, score)| {
            let mut score = number_or_zero(score);
            for (source, weight) in others {
                score = aggregate.join(score, source.score(&member)? * weight);
            }
            Some((member, score))
        })
}

fn difference(sources: &[(&Source<'_>, f64)], limits: &Limits) -> ZSet {
    let mut result = ZSet::large();
    if let [(first, _), others @ ..] = sources {
        for (member, score) in first.iter() {
            if others
                .iter()
                .all(|(other, _)| other.score(&member).is_none())
            {
                result.insert(&member, score, limits);
            }
        }
    }
    result
}

/// Does all commands of the family. `args` begins at `numkeys`.
fn compute<'a>(
    ctx: &mut Ctx<'_>,
    name: &str,
    args: &'a [&'a [u8]],
    op: Op,
    goal: Goal,
) -> CmdResult<(Query<'a>, ZSet, usize)> {
    let limits = ctx.server.settings.limits;
    let (mut query, options) = Query::parse_keys(args, name)?;
    let sources = sources(ctx, query.keys)?;
    query.parse_options(options, op, goal)?;
    let pairs = weighted(&sources, &query, op);
    if goal == Goal::Count {
        let limit = if query.limit == 0 {
            usize::MAX
        } else {
            query.limit
        };
        let count = intersection(&pairs, query.aggregate).take(limit).count();
        return Ok((query, ZSet::default(), count));
    }
    let mut result = match op {
        Op::Union => union(&pairs, query.aggregate, &limits),
        Op::Diff => difference(&pairs, &limits),
        Op::Inter => {
            let mut result = ZSet::large();
            for (member, score) in intersection(&pairs, query.aggregate) {
                result.insert(&member, score, &limits);
            }
            result
        }
    };
    if goal == Goal::Store {
        result.compact(&limits);
    }
    let count = result.len();
    Ok((query, result, count))
}

fn reply(ctx: &mut Ctx<'_>, argv: &[&[u8]], name: &str, op: Op, out: &mut Out) -> CmdResult {
    let (query, result, _) = compute(ctx, name, &argv[1..], op, Goal::Reply)?;
    write_members(out, result.iter(), query.with_scores);
    Ok(())
}

fn reply_stored(ctx: &mut Ctx<'_>, argv: &[&[u8]], name: &str, op: Op, out: &mut Out) -> CmdResult {
    let (_, result, _) = compute(ctx, name, &argv[2..], op, Goal::Store)?;
    store(ctx, argv[1], result, name, out);
    Ok(())
}

pub fn zunion(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, "zunion", Op::Union, out)
}

pub fn zinter(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, "zinter", Op::Inter, out)
}

pub fn zdiff(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply(ctx, argv, "zdiff", Op::Diff, out)
}

pub fn zintercard(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (_, _, count) = compute(ctx, "zintercard", &argv[1..], Op::Inter, Goal::Count)?;
    out.len(count);
    Ok(())
}

pub fn zunionstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_stored(ctx, argv, "zunionstore", Op::Union, out)
}

pub fn zinterstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_stored(ctx, argv, "zinterstore", Op::Inter, out)
}

pub fn zdiffstore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_stored(ctx, argv, "zdiffstore", Op::Diff, out)
}
