//! Set commands on one key.

use super::scan::{Over, Scan, ScanReply};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{Set, Text, Value};
use crate::wire::args::{int_arg, positive_arg};
use crate::wire::reply::{CmdResult, Out, errors};
use rand::RngExt as _;
use rand::seq::index;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("sadd", sadd),
    Row::new("srem", srem),
    Row::new("smove", smove),
    Row::new("sismember", sismember),
    Row::new("smismember", smismember),
    Row::new("scard", scard),
    Row::new("spop", spop),
    Row::new("srandmember", srandmember),
    Row::new("smembers", smembers),
    Row::new("sscan", sscan),
    Row::new("sinter", super::set_algebra::sinter),
    Row::new("sinterstore", super::set_algebra::sinterstore),
    Row::new("sintercard", super::set_algebra::sintercard),
    Row::new("sunion", super::set_algebra::sunion),
    Row::new("sunionstore", super::set_algebra::sunionstore),
    Row::new("sdiff", super::set_algebra::sdiff),
    Row::new("sdiffstore", super::set_algebra::sdiffstore),
];

fn sadd(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let limits = ctx.server.settings.limits;
    let set = ctx.create_set(key)?;
    set.make_room_for(&argv[2..], &limits);
    let added = argv[2..]
        .iter()
        .filter(|member| set.insert(member, &limits))
        .count();
    if added > 0 {
        ctx.wrote(key, notify::SET, "sadd");
        ctx.counts_as(added);
    }
    out.len(added);
    Ok(())
}

fn srem(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let Some(set) = ctx.write_set(key)? else {
        out.int(0);
        return Ok(());
    };
    let mut removed = 0;
    for member in &argv[2..] {
        removed += usize::from(set.remove(member));
    }
    if removed > 0 {
        ctx.took(key, notify::SET, "srem");
        ctx.counts_as(removed);
    }
    out.len(removed);
    Ok(())
}

fn smove(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (source, destination, member) = (argv[1], argv[2], argv[3]);
    if ctx.write(source).is_none() {
        out.int(0);
        return Ok(());
    }
    ctx.write_set(source)?;
    ctx.write_set(destination)?;
    let Some(set) = ctx.write_set(source)? else {
        return Ok(());
    };
    if source == destination {
        out.int(i64::from(set.contains(member)));
        return Ok(());
    }
    if !set.remove(member) {
        out.int(0);
        return Ok(());
    }
    ctx.popped(source, notify::SET, "srem");
    let limits = ctx.server.settings.limits;
    if ctx.create_set(destination)?.insert(member, &limits) {
        ctx.wrote(destination, notify::SET, "sadd");
    }
    out.int(1);
    Ok(())
}

fn sismember(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let found = ctx.read_set(argv[1])?.is_some_and(|s| s.contains(argv[2]));
    out.int(i64::from(found));
    Ok(())
}

fn smismember(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let set = ctx.read_set(argv[1])?;
    out.array(argv.len() - 2);
    for member in &argv[2..] {
        out.int(i64::from(set.is_some_and(|s| s.contains(member))));
    }
    Ok(())
}

fn scard(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let len = ctx.read_set(argv[1])?.map_or(0, Set::len);
    out.len(len);
    Ok(())
}

fn spop(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    if argv.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let count = match argv.get(2) {
        Some(arg) => Some(positive_arg(arg)?),
        None => None,
    };
    let (mut rng, logs) = (ctx.random(), ctx.logs());
    let Some(set) = ctx.write_set(key)? else {
        match count {
            Some(_) => out.set(0),
            None => out.null(),
        }
        return Ok(());
    };
    match count {
        Some(0) => {
            out.set(0);
            return Ok(());
        }
        Some(count) => out.set(count.min(set.len())),
        None => {}
    }
    let popped = count.unwrap_or(1).min(set.len());
    let mut taken = Vec::new();
    for _ in 0..popped {
        if let Some(member) = set.random(&mut rng).map(|m| m.to_vec()) {
            set.remove(&member);
            out.bulk(&member);
            if logs {
                taken.push(member);
            }
        }
    }
    let is_empty = set.is_empty();
    ctx.popped(key, notify::SET, "spop");
    ctx.counts_as(popped);
    // Chance is not to decide again when the file is read.
    if is_empty && count.is_some() {
        ctx.log_as(&[b"DEL", key]);
    } else {
        for taken in taken.chunks(MOST_AT_ONCE) {
            let members: Vec<&[u8]> = taken.iter().map(|member| &**member).collect();
            ctx.log_as(&[&[b"SREM", key], &members[..]].concat());
        }
    }
    Ok(())
}

/// So many members at most are written down in one command.
const MOST_AT_ONCE: usize = 1024;

/// Places to show for a random count: distinct ones for a positive count,
/// any for a negative one.
pub fn random_places(count: i64, len: usize, rng: &mut impl rand::Rng) -> Vec<usize> {
    if count < 0 {
        return (0..count.unsigned_abs())
            .map(|_| rng.random_range(0..len))
            .collect();
    }
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    if count >= len {
        return (0..len).collect();
    }
    index::sample(rng, len, count).into_vec()
}

fn srandmember(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let mut rng = ctx.random();
    let count = match argv.get(2) {
        Some(arg) => Some(random_count(arg)?),
        None => None,
    };
    let set = ctx.read_set(argv[1])?;
    match (count, set) {
        (Some(count), Some(set)) => {
            let places = random_places(count, set.len(), &mut rng);
            out.array(places.len());
            // A small one is read through once.
            let all: Vec<Text<'_>> = match set.packed_size() {
                Some(_) => set.iter().collect(),
                None => Vec::new(),
            };
            for place in places {
                let member = all.get(place).copied().or_else(|| set.at(place));
                out.bulk(member.as_deref().unwrap_or_default());
            }
        }
        (Some(_), None) => out.array(0),
        (None, Some(set)) => out.bulk_or_null(set.random(&mut rng).as_deref()),
        (None, None) => out.null(),
    }
    Ok(())
}

/// The count of SRANDMEMBER and HRANDFIELD.
pub fn random_count(arg: &[u8]) -> CmdResult<i64> {
    let count = int_arg(arg)?;
    if count == i64::MIN {
        return Err(errors::TOO_NEGATIVE);
    }
    Ok(count)
}

fn smembers(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    match ctx.read_set(argv[1])? {
        Some(set) => {
            out.set(set.len());
            for member in set.iter() {
                out.bulk(&member);
            }
        }
        None => out.set(0),
    }
    Ok(())
}

fn sscan(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let cursor = Scan::cursor(argv[2])?;
    let missing = match ctx.read(argv[1]) {
        None => true,
        Some(Value::Set(_)) => false,
        Some(_) => return Err(errors::WRONGTYPE),
    };
    if missing {
        ScanReply::default().write(out);
        return Ok(());
    }
    let scan = Scan::parse(cursor, &argv[3..], Over::Members)?;
    let mut reply = ScanReply::default();
    match ctx.db().get(argv[1]) {
        Some(Value::Set(set)) => match set.dict() {
            None => {
                for member in set.iter().filter(|m| scan.matches(m)) {
                    reply.push(&member);
                }
            }
            Some(dict) => {
                reply.cursor = scan.walk(dict, |member, ()| {
                    if scan.matches(member) {
                        reply.push(member);
                    }
                });
            }
        },
        _ => return Ok(()),
    }
    reply.write(out);
    Ok(())
}
