//! Commands about when keys expire.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("expire", |ctx, argv, out| {
        set_expiry(ctx, argv, When::EX, "expire", out)
    }),
    Row::new("pexpire", |ctx, argv, out| {
        set_expiry(ctx, argv, When::PX, "pexpire", out)
    }),
    Row::new("expireat", |ctx, argv, out| {
        set_expiry(ctx, argv, When::EXAT, "expireat", out)
    }),
    Row::new("pexpireat", |ctx, argv, out| {
        set_expiry(ctx, argv, When::PXAT, "pexpireat", out)
    }),
    Row::new("ttl", ttl),
    Row::new("pttl", pttl),
    Row::new("expiretime", expiretime),
    Row::new("pexpiretime", pexpiretime),
    Row::new("persist", persist),
];

/// How a command or an option says when something expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// Counted from 1970, not from now.
    pub absolute: bool,
    /// In milliseconds, not in seconds.
    millis: bool,
}

/// The error for a time that cannot be stored.
pub fn invalid_time(command: &str) -> CmdError {
    CmdError::owned(format!("ERR invalid expire time in '{command}' command"))
}

impl When {
    /// In so many seconds.
    pub const EX: When = When::new(false, false);
    /// In so many milliseconds.
    pub const PX: When = When::new(false, true);
    /// At this second since 1970.
    pub const EXAT: When = When::new(true, false);
    /// At this millisecond since 1970.
    pub const PXAT: When = When::new(true, true);

    const fn new(absolute: bool, millis: bool) -> When {
        When { absolute, millis }
    }

    /// The option of this name.
    pub fn option(word: &[u8]) -> Option<When> {
        let options = [
            ("EX", When::EX),
            ("PX", When::PX),
            ("EXAT", When::EXAT),
            ("PXAT", When::PXAT),
        ];
        let found = options.into_iter().find(|(name, _)| is(word, name));
        found.map(|(_, when)| when)
    }

    /// The moment that `n` says, milliseconds since 1970, as `now` is.
    ///
    /// # Errors
    /// When it does not fit.
    pub fn moment(self, n: i64, now: i64, command: &str) -> CmdResult<i64> {
        let millis = if self.millis {
            Some(n)
        } else {
            n.checked_mul(1000)
        };
        let base = if self.absolute { 0 } else { now };
        millis
            .and_then(|millis| millis.checked_add(base))
            .ok_or_else(|| invalid_time(command))
    }
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
    how: When,
    name: &str,
    out: &mut Out,
) -> CmdResult {
    let key = argv[1];
    let conditions = Conditions::parse(&argv[3..])?;
    let when = how.moment(int_arg(argv[2])?, ctx.now(), name)?;
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
        if how != When::PXAT {
            let when = when.to_string();
            let moment: [&[u8]; 3] = [b"PEXPIREAT", key, when.as_bytes()];
            ctx.log_as(&[&moment, &argv[3..]].concat());
        }
    }
    out.int(1);
    Ok(())
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
    // The sum may not fit, what is left of it always does.
    ((i128::from(millis) + 500) / 1000) as i64
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
