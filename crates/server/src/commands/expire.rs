//! Commands about when keys expire.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("expire", expire),
    Row::new("pexpire", pexpire),
    Row::new("expireat", expireat),
    Row::new("pexpireat", pexpireat),
    Row::new("ttl", ttl),
    Row::new("pttl", pttl),
    Row::new("expiretime", expiretime),
    Row::new("pexpiretime", pexpiretime),
    Row::new("persist", persist),
];

/// The unit a command counts in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Milliseconds.
    Millis,
}

/// The error for a time that cannot be stored.
pub fn invalid_time(command: &str) -> CmdError {
    CmdError::owned(format!("ERR invalid expire time in '{command}' command"))
}

/// A time argument as milliseconds since 1970: `base` plus `n` units.
///
/// # Errors
/// When it does not fit.
pub fn expire_millis(n: i64, unit: TimeUnit, base: i64, command: &str) -> CmdResult<i64> {
    let millis = match unit {
        TimeUnit::Seconds => n.checked_mul(1000),
        TimeUnit::Millis => Some(n),
    };
    millis
        .and_then(|millis| millis.checked_add(base))
        .ok_or_else(|| invalid_time(command))
}

/// Whether a time to live may be replaced.
#[derive(Debug, Default)]
pub struct Conditions {
    nx: bool,
    xx: bool,
    gt: bool,
    lt: bool,
}

impl Conditions {
    /// Reads NX, XX, GT, LT.
    ///
    /// # Errors
    /// Other words, and those that exclude each other.
    pub fn parse(args: &[&[u8]]) -> CmdResult<Conditions> {
        let mut conditions = Conditions::default();
        for arg in args {
            if is(arg, "NX") {
                conditions.nx = true;
            } else if is(arg, "XX") {
                conditions.xx = true;
            } else if is(arg, "GT") {
                conditions.gt = true;
            } else if is(arg, "LT") {
                conditions.lt = true;
            } else {
                return Err(CmdError::owned([b"ERR Unsupported option ", *arg].concat()));
            }
        }
        let Conditions { nx, xx, gt, lt } = conditions;
        if nx && (xx || gt || lt) {
            return Err(CmdError::new(
                "ERR NX and XX, GT or LT options at the same time are not compatible",
            ));
        }
        if gt && lt {
            return Err(CmdError::new(
                "ERR GT and LT options at the same time are not compatible",
            ));
        }
        Ok(conditions)
    }

    /// Whether `when` may replace `current`. A key without expiry counts as
    /// one that expires infinitely late.
    pub fn allow(&self, current: Option<i64>, when: i64) -> bool {
        !(self.nx && current.is_some()
            || self.xx && current.is_none()
            || self.gt && current.is_none_or(|current| when <= current)
            || self.lt && current.is_some_and(|current| when >= current))
    }
}

fn set_expiry(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    (unit, absolute, name): (TimeUnit, bool, &str),
    out: &mut Out,
) -> CmdResult {
    let key = argv[1];
    let conditions = Conditions::parse(&argv[3..])?;
    let base = if absolute { 0 } else { ctx.now() };
    let when = expire_millis(int_arg(argv[2])?, unit, base, name)?;
    if !ctx.exists(key) {
        out.int(0);
        return Ok(());
    }
    let current = ctx.expire_time(key);
    if !conditions.allow(current, when) {
        out.int(0);
        return Ok(());
    }
    if ctx.is_past(when) {
        ctx.delete(key);
        ctx.log_removal(key);
    } else {
        ctx.set_expire(key, Some(when));
        ctx.wrote(key, notify::GENERIC, "expire");
        if unit != TimeUnit::Millis || !absolute {
            let when = when.to_string();
            let moment: [&[u8]; 3] = [b"PEXPIREAT", key, when.as_bytes()];
            ctx.log_as(&[&moment, &argv[3..]].concat());
        }
    }
    out.int(1);
    Ok(())
}

fn expire(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_expiry(ctx, argv, (TimeUnit::Seconds, false, "expire"), out)
}

fn pexpire(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_expiry(ctx, argv, (TimeUnit::Millis, false, "pexpire"), out)
}

fn expireat(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_expiry(ctx, argv, (TimeUnit::Seconds, true, "expireat"), out)
}

fn pexpireat(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_expiry(ctx, argv, (TimeUnit::Millis, true, "pexpireat"), out)
}

/// Replies -2 without key, -1 without expiry, or what `figure` makes of it.
fn reply_expiry(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    out: &mut Out,
    figure: impl FnOnce(i64, i64) -> i64,
) -> CmdResult {
    if ctx.read_untouched(key).is_none() {
        out.int(-2);
        return Ok(());
    }
    let now = ctx.now();
    match ctx.db().expire(key) {
        None => out.int(-1),
        Some(when) => out.int(figure(when, now)),
    }
    Ok(())
}

/// Seconds, rounded to the nearest.
fn seconds(millis: i64) -> i64 {
    (millis + 500) / 1000
}

fn ttl(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_expiry(ctx, argv[1], out, |when, now| seconds((when - now).max(0)))
}

fn pttl(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_expiry(ctx, argv[1], out, |when, now| (when - now).max(0))
}

fn expiretime(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_expiry(ctx, argv[1], out, |when, _| seconds(when))
}

fn pexpiretime(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_expiry(ctx, argv[1], out, |when, _| when)
}

fn persist(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let had = ctx.exists(key) && ctx.expire_time(key).is_some();
    if had {
        ctx.set_expire(key, None);
        ctx.wrote(key, notify::GENERIC, "persist");
    }
    out.int(i64::from(had));
    Ok(())
}
