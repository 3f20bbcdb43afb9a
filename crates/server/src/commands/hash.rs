//! Hash commands.

use super::scan::{Over, Scan, ScanReply};
use super::set::{random_count, random_places};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::Value;
use crate::wire::args::{int_arg, is};
use crate::wire::longdouble::LongDouble;
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("hset", hset),
    Row::new("hmset", hmset),
    Row::new("hsetnx", hsetnx),
    Row::new("hget", hget),
    Row::new("hmget", hmget),
    Row::new("hdel", hdel),
    Row::new("hlen", hlen),
    Row::new("hstrlen", hstrlen),
    Row::new("hexists", hexists),
    Row::new("hkeys", hkeys),
    Row::new("hvals", hvals),
    Row::new("hgetall", hgetall),
    Row::new("hincrby", hincrby),
    Row::new("hincrbyfloat", hincrbyfloat),
    Row::new("hrandfield", hrandfield),
    Row::new("hscan", hscan),
];

fn set_pairs(ctx: &mut Ctx<'_>, argv: &[&[u8]], name: &str) -> CmdResult<usize> {
    if !argv.len().is_multiple_of(2) {
        return Err(errors::wrong_arity(name));
    }
    let key = argv[1];
    let limits = ctx.server.settings.limits;
    let hash = ctx.create_hash(key)?;
    hash.make_room_for(&argv[2..], &limits);
    let new = argv[2..]
        .chunks_exact(2)
        .filter(|pair| hash.insert(pair[0], pair[1], &limits))
        .count();
    ctx.wrote(key, notify::HASH, "hset");
    ctx.counts_as(argv.len() / 2 - 1);
    Ok(new)
}

fn hset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let new = set_pairs(ctx, argv, "hset")?;
    out.len(new);
    Ok(())
}

fn hmset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_pairs(ctx, argv, "hmset")?;
    out.ok();
    Ok(())
}

fn hsetnx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, field, value) = (argv[1], argv[2], argv[3]);
    let limits = ctx.server.settings.limits;
    let hash = ctx.create_hash(key)?;
    let new = !hash.contains(field);
    if new {
        hash.insert(field, value, &limits);
        ctx.wrote(key, notify::HASH, "hset");
    }
    out.int(i64::from(new));
    Ok(())
}

fn hget(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let value = ctx.read_hash(argv[1])?.and_then(|hash| hash.get(argv[2]));
    out.bulk_or_null(value.as_deref());
    Ok(())
}

fn hmget(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let hash = ctx.read_hash(argv[1])?;
    out.array(argv.len() - 2);
    for field in &argv[2..] {
        let value = hash.and_then(|hash| hash.get(field));
        out.bulk_or_null(value.as_deref());
    }
    Ok(())
}

fn hdel(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let Some(hash) = ctx.write_hash(key)? else {
        out.int(0);
        return Ok(());
    };
    let mut removed = 0;
    for field in &argv[2..] {
        removed += usize::from(hash.remove(field).is_some());
    }
    if removed > 0 {
        ctx.took(key, notify::HASH, "hdel");
        ctx.counts_as(removed);
    }
    out.len(removed);
    Ok(())
}

fn hlen(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let len = ctx.read_hash(argv[1])?.map_or(0, |hash| hash.len());
    out.len(len);
    Ok(())
}

fn hstrlen(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let value = ctx.read_hash(argv[1])?.and_then(|hash| hash.get(argv[2]));
    out.len(value.map_or(0, |v| v.len()));
    Ok(())
}

fn hexists(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let found = ctx
        .read_hash(argv[1])?
        .is_some_and(|hash| hash.contains(argv[2]));
    out.int(i64::from(found));
    Ok(())
}

fn hkeys(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(hash) = ctx.read_hash(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    out.array(hash.len());
    for (field, _) in hash.iter() {
        out.bulk(&field);
    }
    Ok(())
}

fn hvals(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(hash) = ctx.read_hash(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    out.array(hash.len());
    for (_, value) in hash.iter() {
        out.bulk(&value);
    }
    Ok(())
}

fn hgetall(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(hash) = ctx.read_hash(argv[1])? else {
        out.map(0);
        return Ok(());
    };
    out.map(hash.len());
    for (field, value) in hash.iter() {
        out.bulk(&field);
        out.bulk(&value);
    }
    Ok(())
}

/// The field's value as `parse` reads it, or `default`. The hash is only
/// created when the value can be stored.
fn field<T>(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    default: T,
    parse: impl FnOnce(&[u8]) -> CmdResult<T>,
) -> CmdResult<T> {
    match ctx.write_hash(argv[1])?.and_then(|h| h.get(argv[2])) {
        Some(value) => parse(&value),
        None => Ok(default),
    }
}

fn store_field(ctx: &mut Ctx<'_>, argv: &[&[u8]], value: &[u8], event: &str) -> CmdResult {
    let limits = ctx.server.settings.limits;
    ctx.create_hash(argv[1])?.replace(argv[2], value, &limits);
    ctx.wrote(argv[1], notify::HASH, event);
    Ok(())
}

fn hincrby(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let by = int_arg(argv[3])?;
    let old = field(ctx, argv, 0, |value| {
        number::parse_i64(value).ok_or(CmdError::new("ERR hash value is not an integer"))
    })?;
    let sum = old
        .checked_add(by)
        .ok_or(CmdError::new("ERR increment or decrement would overflow"))?;
    store_field(ctx, argv, sum.to_string().as_bytes(), "hincrby")?;
    out.int(sum);
    Ok(())
}

fn hincrbyfloat(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let by = LongDouble::parse(argv[3]).ok_or(errors::NOT_FLOAT)?;
    if by.is_infinite() {
        return Err(CmdError::new("ERR value is NaN or Infinity"));
    }
    let old = field(ctx, argv, LongDouble::zero(), |value| {
        LongDouble::parse(value).ok_or(CmdError::new("ERR hash value is not a float"))
    })?;
    let sum = old
        .add(&by)
        .ok_or(CmdError::new("ERR increment would produce NaN or Infinity"))?;
    let text = sum.format();
    store_field(ctx, argv, text.as_bytes(), "hincrbyfloat")?;
    ctx.log_as(&[b"HSET", argv[1], argv[2], text.as_bytes()]);
    out.bulk(text.as_bytes());
    Ok(())
}

fn hrandfield(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut rng = ctx.random();
    if argv.len() == 2 {
        let field = ctx.read_hash(argv[1])?.and_then(|h| h.random(&mut rng));
        out.bulk_or_null(field.as_ref().map(|(f, _)| &**f));
        return Ok(());
    }
    let count = random_count(argv[2])?;
    let with_values = argv.len() > 3;
    if argv.len() > 4 || (with_values && !is(argv[3], "WITHVALUES")) {
        return Err(errors::SYNTAX);
    }
    if with_values && !(-i64::MAX / 2..=i64::MAX / 2).contains(&count) {
        return Err(CmdError::new("ERR value is out of range"));
    }
    let Some(hash) = ctx.read_hash(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    let places = random_places(count, hash.len(), &mut rng);
    let pairs = with_values && out.resp == 3;
    let per_field = if with_values && !pairs { 2 } else { 1 };
    out.array(places.len() * per_field);
    // A small one is read through once.
    let all: Vec<_> = match hash.packed() {
        Some(_) => hash.iter().collect(),
        None => Vec::new(),
    };
    for place in places {
        let Some((field, value)) = all.get(place).copied().or_else(|| hash.at(place)) else {
            continue;
        };
        if pairs {
            out.array(2);
        }
        out.bulk(&field);
        if with_values {
            out.bulk(&value);
        }
    }
    Ok(())
}

fn hscan(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let cursor = Scan::cursor(argv[2])?;
    if ctx.read_hash(argv[1])?.is_none() {
        ScanReply::default().write(out);
        return Ok(());
    }
    let scan = Scan::parse(cursor, &argv[3..], Over::Fields)?;
    let mut reply = ScanReply::default();
    let show = |reply: &mut ScanReply, field: &[u8], value: &[u8]| {
        if scan.matches(field) {
            reply.push(field);
            if !scan.no_values {
                reply.push(value);
            }
        }
    };
    let Some(Value::Hash(hash)) = ctx.db().get(argv[1]) else {
        return Ok(());
    };
    match hash.dict() {
        None => {
            for (field, value) in hash.iter() {
                show(&mut reply, &field, &value);
            }
        }
        Some(dict) => {
            reply.cursor = scan.walk(dict, |field, value| show(&mut reply, field, value));
        }
    }
    reply.write(out);
    Ok(())
}
