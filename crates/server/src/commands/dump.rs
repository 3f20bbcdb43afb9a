//! DUMP and RESTORE.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::dump::{self, RestoreError};
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[Row::new("dump", dump), Row::new("restore", restore)];

fn dump(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let limits = ctx.server.settings.limits;
    match ctx.read(argv[1]) {
        Some(value) => out.bulk(&dump::dump(value, &limits)),
        None => out.null(),
    }
    Ok(())
}

/// The options of RESTORE.
#[derive(Debug, Default)]
struct Options {
    replace: bool,
    absolute_ttl: bool,
    idle_seconds: Option<i64>,
    frequency: Option<i64>,
}

impl Options {
    fn parse(mut rest: &[&[u8]]) -> CmdResult<Options> {
        let mut options = Options::default();
        loop {
            rest = match rest {
                [] => return Ok(options),
                [option, after @ ..] if is(option, "REPLACE") => {
                    options.replace = true;
                    after
                }
                [option, after @ ..] if is(option, "ABSTTL") => {
                    options.absolute_ttl = true;
                    after
                }
                [option, seconds, after @ ..]
                    if is(option, "IDLETIME") && options.frequency.is_none() =>
                {
                    let seconds = int_arg(seconds)?;
                    if seconds < 0 {
                        return Err(CmdError::new("ERR Invalid IDLETIME value, must be >= 0"));
                    }
                    options.idle_seconds = Some(seconds);
                    after
                }
                [option, frequency, after @ ..]
                    if is(option, "FREQ") && options.idle_seconds.is_none() =>
                {
                    let frequency = int_arg(frequency)?;
                    if !(0..=255).contains(&frequency) {
                        return Err(CmdError::new(
                            "ERR Invalid FREQ value, must be >= 0 and <= 255",
                        ));
                    }
                    options.frequency = Some(frequency);
                    after
                }
                _ => return Err(errors::SYNTAX),
            };
        }
    }
}

fn restore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let limits = ctx.server.settings.limits;
    let options = Options::parse(&argv[4..])?;
    if !options.replace && ctx.exists(key) {
        return Err(CmdError::new("BUSYKEY Target key name already exists."));
    }
    let ttl = int_arg(argv[2])?;
    if ttl < 0 {
        return Err(CmdError::new("ERR Invalid TTL value, must be >= 0"));
    }
    let value = dump::restore(argv[3], &limits).map_err(|error| match error {
        RestoreError::Checksum => CmdError::new("ERR DUMP payload version or checksum are wrong"),
        RestoreError::Format => CmdError::new("ERR Bad data format"),
    })?;
    ctx.expire_if_due(key);
    let replaced = ctx.remove(key).is_some();
    let now = ctx.now();
    let expires = match ttl {
        0 => None,
        ttl if options.absolute_ttl => Some(ttl),
        ttl => Some(now.saturating_add(ttl)),
    };
    out.ok();
    if expires.is_some_and(|when| ctx.is_past(when)) {
        // It would be gone at once, so it is not even made.
        if replaced {
            ctx.wrote(key, notify::GENERIC, "del");
            ctx.log_removal(key);
        }
        return Ok(());
    }
    ctx.add(key, value);
    ctx.set_expire(key, expires);
    // Each counts only where a policy looks at it.
    let clock = &ctx.server.access;
    let access = match (options.idle_seconds, options.frequency) {
        (Some(seconds), _) if !clock.counts() => Some(clock.idle_since(seconds)),
        (_, Some(frequency)) if clock.counts() => Some(clock.counter(frequency as u8)),
        _ => None,
    };
    if let Some(access) = access
        && let Some(entry) = ctx.db_mut().keys.get_mut(key)
    {
        entry.access = access;
    }
    ctx.wrote(key, notify::GENERIC, "restore");
    if let Some(when) = expires
        && !options.absolute_ttl
    {
        let when = when.to_string();
        let mut absolute = argv.to_vec();
        absolute[2] = when.as_bytes();
        absolute.push(b"ABSTTL");
        ctx.log_as(&absolute);
    }
    Ok(())
}
