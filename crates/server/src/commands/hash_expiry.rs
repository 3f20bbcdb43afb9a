//! Fields of hashes that expire: HEXPIRE and its kin, HGETEX, HSETEX, HGETDEL.

use super::expire::{Conditions, When, invalid_time};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::Hash;
use crate::wire::args::{int_arg, is, positive_arg_or, size};
use crate::wire::number::parse_i64;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("hexpire", |ctx, argv, out| {
        set_expiry(ctx, argv, When::EX, "hexpire", out)
    }),
    Row::new("hpexpire", |ctx, argv, out| {
        set_expiry(ctx, argv, When::PX, "hpexpire", out)
    }),
    Row::new("hexpireat", |ctx, argv, out| {
        set_expiry(ctx, argv, When::EXAT, "hexpireat", out)
    }),
    Row::new("hpexpireat", |ctx, argv, out| {
        set_expiry(ctx, argv, When::PXAT, "hpexpireat", out)
    }),
    Row::new("httl", httl),
    Row::new("hpttl", hpttl),
    Row::new("hexpiretime", hexpiretime),
    Row::new("hpexpiretime", hpexpiretime),
    Row::new("hpersist", hpersist),
    Row::new("hgetex", hgetex),
    Row::new("hsetex", hsetex),
    Row::new("hgetdel", hgetdel),
];

/// The replies for one field.
const NO_FIELD: i64 = -2;
const NO_TIME: i64 = -1;

const NO_FIELDS: CmdError =
    CmdError::new("ERR Mandatory argument FIELDS is missing or not at the right position");
const WRONG_NUMBER: CmdError =
    CmdError::new("ERR The `numfields` parameter must match the number of arguments");
const NEGATIVE_TIME: CmdError = CmdError::new("ERR invalid expire time, must be >= 0");

/// The latest moment a field can be given, milliseconds since 1970.
const LATEST: i64 = (1 << 46) - 1;

/// The fields of `FIELDS number field...`, which ends the arguments.
fn fields<'a>(args: &'a [&'a [u8]], not_positive: CmdError) -> CmdResult<&'a [&'a [u8]]> {
    let [word, number, fields @ ..] = args else {
        return Err(NO_FIELDS);
    };
    if !is(word, "FIELDS") {
        return Err(NO_FIELDS);
    }
    let number = parse_i64(number).and_then(size);
    match number {
        None | Some(0) => Err(not_positive),
        Some(number) if number != fields.len() => Err(WRONG_NUMBER),
        Some(_) => Ok(fields),
    }
}

const NOT_POSITIVE: CmdError = CmdError::new("ERR Number of fields must be a positive integer");
const NOT_GREATER: CmdError = CmdError::new("ERR Parameter `numFields` should be greater than 0");

fn set_expiry(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    how: When,
    name: &str,
    out: &mut Out,
) -> CmdResult {
    let (key, now) = (argv[1], ctx.now());
    let is_hash = ctx.write_hash(key)?.is_some();
    let when = moment(argv[2], how, now, name)?;
    let conditions = ["NX", "XX", "GT", "LT"]
        .iter()
        .any(|word| is(argv[3], word));
    let (options, rest) = argv[3..].split_at(usize::from(conditions));
    let fields = fields(rest, NOT_GREATER)?;
    let conditions = Conditions::parse(options)?;
    out.array(fields.len());
    if !is_hash {
        fields.iter().for_each(|_| out.int(NO_FIELD));
        return Ok(());
    }
    let is_past = ctx.is_past(when);
    let Some(hash) = ctx.write_hash(key)? else {
        return Ok(());
    };
    // Whatever becomes of the fields.
    hash.make_timed();
    let (mut timed, mut removed) = (Vec::new(), Vec::new());
    for field in fields {
        out.int(if !hash.contains(field) {
            NO_FIELD
        } else if !conditions.allow(hash.expire(field), when) {
            0
        } else if is_past {
            hash.remove(field);
            removed.push(*field);
            2
        } else {
            hash.set_expire(field, when);
            timed.push(*field);
            1
        });
    }
    let event = (!timed.is_empty()).then_some("hexpire");
    changed(ctx, key, event, (timed.len(), removed.len()));
    log_hdel(ctx, key, &removed);
    if !timed.is_empty() {
        // Only the fields it is true of.
        let (when, count) = (when.to_string(), timed.len().to_string());
        let name = if how == When::PXAT {
            argv[0]
        } else {
            b"HPEXPIREAT"
        };
        let moment = [name, key, when.as_bytes()];
        let count = [rest[0], count.as_bytes()];
        ctx.log_as(&[&moment, options, &count, &timed].concat());
    }
    Ok(())
}

/// Has fields that are gone written down, one after another as Redis does.
fn log_hdel(ctx: &mut Ctx<'_>, key: &[u8], fields: &[&[u8]]) {
    for field in fields {
        ctx.log_as(&[b"HDEL", key, field]);
    }
}

/// A moment that a field can be given.
fn moment(arg: &[u8], how: When, now: i64, command: &str) -> CmdResult<i64> {
    let time = int_arg(arg)?;
    if time < 0 {
        return Err(NEGATIVE_TIME);
    }
    let when = how.moment(time, now, command)?;
    if when > LATEST {
        Err(invalid_time(command))
    } else {
        Ok(when)
    }
}

/// What must happen after so many fields were given another time, of which
/// `event` tells, and so many were removed.
fn changed(ctx: &mut Ctx<'_>, key: &[u8], event: Option<&str>, (timed, removed): (usize, usize)) {
    if event.is_none() && removed == 0 {
        return;
    }
    let db = ctx.db;
    ctx.server.dbs[db].index_fields(key);
    ctx.changed(key);
    ctx.counts_as(timed + removed);
    if removed > 0 {
        ctx.notify(notify::HASH, "hdel", key);
    }
    if let Some(event) = event {
        ctx.notify(notify::HASH, event, key);
    }
    if removed > 0 {
        ctx.remove_if_empty(key);
    }
}

/// Tells of each field what `shown` makes of the moment it expires.
fn tell(ctx: &mut Ctx<'_>, argv: &[&[u8]], shown: impl Fn(i64) -> i64, out: &mut Out) -> CmdResult {
    let hash = ctx.read_hash(argv[1])?;
    let fields = fields(&argv[2..], NOT_POSITIVE)?;
    out.array(fields.len());
    for field in fields {
        out.int(match hash {
            Some(hash) if hash.contains(field) => hash.expire(field).map_or(NO_TIME, &shown),
            _ => NO_FIELD,
        });
    }
    Ok(())
}

fn httl(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    tell(ctx, argv, |when| (when - now + 999) / 1000, out)
}

fn hpttl(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    tell(ctx, argv, |when| when - now, out)
}

fn hexpiretime(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    tell(ctx, argv, |when| (when + 999) / 1000, out)
}

fn hpexpiretime(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    tell(ctx, argv, |when| when, out)
}

fn hpersist(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let hash = ctx.write_hash(key)?;
    let fields = fields(&argv[2..], NOT_POSITIVE)?;
    out.array(fields.len());
    let Some(hash) = hash else {
        fields.iter().for_each(|_| out.int(NO_FIELD));
        return Ok(());
    };
    let mut persisted = false;
    for field in fields {
        out.int(if !hash.contains(field) {
            NO_FIELD
        } else if hash.persist(field) {
            persisted = true;
            1
        } else {
            NO_TIME
        });
    }
    let event = persisted.then_some("hpersist");
    // However many there are, Redis counts one change.
    changed(ctx, key, event, (1, 0));
    Ok(())
}

/// What HGETEX and HSETEX do about the time of the fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expiry {
    /// HGETEX leaves it, HSETEX takes it away.
    Unsaid,
    At(i64),
    Persist,
    Keep,
}

fn write_values(hash: Option<&Hash>, fields: &[&[u8]], out: &mut Out) {
    out.array(fields.len());
    for field in fields {
        let value = hash.and_then(|hash| hash.get(field));
        out.bulk_or_null(value.as_deref());
    }
}

fn hgetex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, now) = (argv[1], ctx.now());
    ctx.write_hash(key)?;
    let (expiry, rest) = match &argv[2..] {
        [word, rest @ ..] if is(word, "PERSIST") => (Expiry::Persist, rest),
        [word, time, rest @ ..] if let Some(how) = When::option(word) => {
            (Expiry::At(moment(time, how, now, "hgetex")?), rest)
        }
        rest => (Expiry::Unsaid, rest),
    };
    let fields = fields(rest, NOT_POSITIVE)?;
    let is_past = matches!(expiry, Expiry::At(when) if ctx.is_past(when));
    let Some(hash) = ctx.write_hash(key)? else {
        write_values(None, fields, out);
        return Ok(());
    };
    write_values(Some(hash), fields, out);
    if expiry != Expiry::Unsaid {
        hash.make_timed();
    }
    let (mut event, mut timed, mut removed) = (None, 0, Vec::new());
    for field in fields {
        match expiry {
            _ if !hash.contains(field) => {}
            Expiry::At(_) if is_past => {
                hash.remove(field);
                removed.push(*field);
            }
            Expiry::At(when) => {
                hash.set_expire(field, when);
                event = Some("hexpire");
                timed += 1;
            }
            Expiry::Persist if hash.persist(field) => {
                event = Some("hpersist");
                timed += 1;
            }
            Expiry::Persist | Expiry::Unsaid | Expiry::Keep => {}
        }
    }
    changed(ctx, key, event, (timed, removed.len()));
    log_hdel(ctx, key, &removed);
    match expiry {
        _ if event.is_none() => {}
        Expiry::At(when) => {
            let when = when.to_string();
            let moment: [&[u8]; 3] = [b"HPEXPIREAT", key, when.as_bytes()];
            ctx.log_as(&[&moment, rest].concat());
        }
        _ => ctx.log_as(&[&[b"HPERSIST", key], rest].concat()),
    }
    Ok(())
}

/// What HSETEX is asked.
struct SetEx<'a> {
    expiry: Expiry,
    /// FXX, or with `false` FNX.
    must_exist: Option<bool>,
    /// Fields and values in turn.
    pairs: &'a [&'a [u8]],
    /// Where a time stands that is not written as PXAT has it.
    time_at: Option<usize>,
}

fn set_ex<'a>(argv: &'a [&'a [u8]], now: i64) -> CmdResult<SetEx<'a>> {
    let (mut expiry, mut must_exist, mut time_at) = (Expiry::Unsaid, None, None);
    let mut rest = &argv[2..];
    loop {
        let [word, after @ ..] = rest else {
            return Err(NO_FIELDS);
        };
        if is(word, "FIELDS") {
            // A pair has to be there before the number is looked at.
            let ([number, pairs @ ..], 3..) = (after, after.len()) else {
                return Err(errors::wrong_arity("hsetex"));
            };
            let number = positive_arg_or(number, CmdError::new("ERR invalid number of fields"))?;
            if number == 0 || i32::try_from(number).is_err() {
                return Err(CmdError::new("ERR invalid number of fields"));
            }
            if number.checked_mul(2) != Some(pairs.len()) {
                return Err(errors::wrong_arity("hsetex"));
            }
            return Ok(SetEx {
                expiry,
                must_exist,
                pairs,
                time_at,
            });
        }
        rest = after;
        if is(word, "FXX") || is(word, "FNX") {
            if must_exist.replace(is(word, "FXX")).is_some() {
                return Err(CmdError::new(
                    "ERR Only one of FXX or FNX arguments can be specified",
                ));
            }
            continue;
        }
        let option = When::option(word);
        if option.is_none() && !is(word, "KEEPTTL") {
            return Err(CmdError::owned([b"ERR unknown argument: ", *word].concat()));
        }
        if expiry != Expiry::Unsaid {
            return Err(CmdError::new(
                "ERR Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified",
            ));
        }
        expiry = match (option, after) {
            (None, _) => Expiry::Keep,
            (Some(how), [time, after @ ..]) => {
                rest = after;
                let at = argv.len() - after.len() - 2;
                time_at = (how != When::PXAT).then_some(at);
                Expiry::At(moment(time, how, now, "hsetex")?)
            }
            (Some(_), []) => return Err(errors::SYNTAX),
        };
    }
}

fn hsetex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let SetEx {
        expiry,
        must_exist,
        pairs,
        time_at,
    } = set_ex(argv, ctx.now())?;
    let hash = ctx.write_hash(key)?;
    let refused = must_exist.is_some_and(|must| {
        let exists = |field: &[u8]| hash.as_ref().is_some_and(|hash| hash.contains(field));
        pairs.chunks(2).any(|pair| exists(pair[0]) != must)
    });
    if refused {
        out.int(0);
        return Ok(());
    }
    let limits = ctx.server.settings.limits;
    let is_past = matches!(expiry, Expiry::At(when) if ctx.is_past(when));
    let hash = ctx.create_hash(key)?;
    hash.make_room_for(pairs, &limits);
    for pair in pairs.chunks(2) {
        match expiry {
            Expiry::Keep => {
                hash.replace(pair[0], pair[1], &limits);
            }
            Expiry::At(when) => {
                hash.insert(pair[0], pair[1], &limits);
                hash.set_expire(pair[0], when);
                if is_past {
                    hash.remove(pair[0]);
                }
            }
            Expiry::Unsaid | Expiry::Persist => {
                hash.insert(pair[0], pair[1], &limits);
            }
        }
    }
    let db = ctx.db;
    ctx.server.dbs[db].index_fields(key);
    ctx.changed(key);
    ctx.counts_as(pairs.len() / 2);
    ctx.notify(notify::HASH, "hset", key);
    if is_past {
        ctx.notify(notify::HASH, "hdel", key);
        ctx.remove_if_empty(key);
        let fields: Vec<&[u8]> = pairs.iter().copied().step_by(2).collect();
        log_hdel(ctx, key, &fields);
    } else if let Expiry::At(when) = expiry {
        ctx.notify(notify::HASH, "hexpire", key);
        if let Some(at) = time_at {
            let when = when.to_string();
            let mut with_moment = argv.to_vec();
            with_moment[at] = b"PXAT";
            with_moment[at + 1] = when.as_bytes();
            ctx.log_as(&with_moment);
        }
    }
    out.int(1);
    Ok(())
}

fn hgetdel(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    ctx.write_hash(key)?;
    let fields = fields(&argv[2..], NOT_POSITIVE)?;
    let Some(hash) = ctx.write_hash(key)? else {
        write_values(None, fields, out);
        return Ok(());
    };
    out.array(fields.len());
    let mut removed = 0;
    for field in fields {
        let value = hash.remove(field);
        removed += usize::from(value.is_some());
        out.bulk_or_null(value.as_ref().map(|value| value.as_slice()));
    }
    if removed > 0 {
        ctx.took(key, notify::HASH, "hdel");
        ctx.counts_as(removed);
        ctx.log_as(&[&[b"HDEL", key], fields].concat());
    }
    Ok(())
}
