//! XCLAIM and XAUTOCLAIM: taking over what others were given.

use super::group::{created_consumer, log_pending};
use super::ids;
use super::reply::{no_group, write_entry, write_id};
use crate::engine::ctx::Ctx;
use crate::store::stream::{Group, Pending, StreamId};
use crate::store::{Stream, Value};
use crate::wire::args::{at_least_arg_or, int_arg_or, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The stream and the group must exist; for Redis this is a read of the key.
fn check(ctx: &mut Ctx<'_>, argv: &[&[u8]]) -> CmdResult {
    ctx.read_stream(argv[1])?
        .filter(|stream| stream.groups.contains_key(argv[2]))
        .map(|_| ())
        .ok_or_else(|| no_group(argv[1], argv[2], ""))
}

/// The stream, after [`check`].
fn stream<'c>(ctx: &'c mut Ctx<'_>, argv: &[&[u8]]) -> CmdResult<&'c mut Stream> {
    ctx.write_stream(argv[1])?
        .filter(|stream| stream.groups.contains_key(argv[2]))
        .ok_or_else(|| no_group(argv[1], argv[2], ""))
}

/// The options of XCLAIM.
#[derive(Debug)]
struct Options {
    delivered: Option<i64>,
    retry_count: Option<i64>,
    force: bool,
    just_id: bool,
    last_id: StreamId,
}

impl Options {
    fn parse(mut rest: &[&[u8]], now: i64) -> CmdResult<Options> {
        let mut options = Options {
            delivered: None,
            retry_count: None,
            force: false,
            just_id: false,
            last_id: StreamId::MIN,
        };
        loop {
            rest = match rest {
                [] => break,
                [option, after @ ..] if is(option, "FORCE") => {
                    options.force = true;
                    after
                }
                [option, after @ ..] if is(option, "JUSTID") => {
                    options.just_id = true;
                    after
                }
                [option, value, after @ ..] if is(option, "IDLE") => {
                    let text = "ERR Invalid IDLE option argument for XCLAIM";
                    let idle = int_arg_or(value, text)?;
                    options.delivered = Some(now.wrapping_sub(idle));
                    after
                }
                [option, value, after @ ..] if is(option, "TIME") => {
                    let text = "ERR Invalid TIME option argument for XCLAIM";
                    options.delivered = Some(int_arg_or(value, text)?);
                    after
                }
                [option, value, after @ ..] if is(option, "RETRYCOUNT") => {
                    let text = "ERR Invalid RETRYCOUNT option argument for XCLAIM";
                    options.retry_count = Some(int_arg_or(value, text)?);
                    after
                }
                [option, value, after @ ..] if is(option, "LASTID") => {
                    options.last_id = ids::strict(value, 0)?;
                    after
                }
                [option, ..] => {
                    let text = [b"ERR Unrecognized XCLAIM option '", *option, b"'"];
                    return Err(CmdError::owned(text.concat()));
                }
            };
        }
        Ok(options)
    }

    /// When the entries count as delivered: an impossible time is now.
    fn delivered(&self, now: i64) -> i64 {
        self.delivered
            .filter(|time| (0..=now).contains(time))
            .unwrap_or(now)
    }
}

pub fn xclaim(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    check(ctx, argv)?;
    let text = "ERR Invalid min-idle-time argument for XCLAIM";
    let min_idle = int_arg_or(argv[4], text)?.max(0);
    // The first argument that is no ID begins the options.
    let ids: Vec<StreamId> = argv[5..]
        .iter()
        .map_while(|arg| ids::strict(arg, 0).ok())
        .collect();
    let options = Options::parse(&argv[5 + ids.len()..], now)?;
    let (logs, mut effects) = (ctx.logs(), Vec::new());
    let delivered = options.delivered(now);
    let stream = stream(ctx, argv)?;
    if let Some(group) = stream.groups.get_mut(argv[2]) {
        group.last_id = group.last_id.max(options.last_id);
    }
    let at = out.defer();
    let (mut claimed, mut changed) = (0, 0);
    let group = stream.groups.get_mut(argv[2]);
    let new_consumer = group.is_some_and(|group| group.touch_consumer(argv[3], now));
    for id in ids {
        let exists = stream.contains(id);
        let Some(group) = stream.groups.get_mut(argv[2]) else {
            break;
        };
        if !exists {
            // It was deleted meanwhile: nobody can process it any more.
            effects.extend(effect(group, id, logs));
            changed += u64::from(group.acknowledge(id));
            continue;
        }
        let count = match group.pending.get(&id) {
            Some(pending) if min_idle > 0 && now - pending.delivered < min_idle => continue,
            Some(pending) => pending.count,
            None if options.force => 1,
            None => continue,
        };
        let count = match options.retry_count {
            Some(count) if count >= 0 => count as u64,
            _ => count + u64::from(!options.just_id),
        };
        group.gave(argv[3], now);
        group.assign(id, argv[3], delivered, count);
        effects.extend(effect(group, id, logs));
        write_claimed(stream, id, options.just_id, out);
        claimed += 1;
        changed += 1;
    }
    out.finish_array(at, claimed);
    ctx.server.dirty += changed;
    log_effects(ctx, argv, &effects);
    if new_consumer {
        created_consumer(ctx, argv[1]);
    }
    Ok(())
}

/// What is written down of an entry that is claimed or gone, where it is.
fn effect(group: &Group, id: StreamId, logs: bool) -> Option<(StreamId, Pending)> {
    let pending = group.pending.get(&id).filter(|_| logs)?;
    Some((id, pending.clone()))
}

/// Has what was claimed written down, each with its new owner.
fn log_effects(ctx: &mut Ctx<'_>, argv: &[&[u8]], effects: &[(StreamId, Pending)]) {
    ctx.log_nothing();
    let group = match ctx.db().get(argv[1]) {
        Some(Value::Stream(stream)) => stream.groups.get(argv[2]),
        _ => None,
    };
    let last = group.map_or(StreamId::MIN, |group| group.last_id);
    for (id, pending) in effects {
        log_pending(ctx, (argv[1], argv[2]), (*id, last), pending);
    }
}

fn write_claimed(stream: &Stream, id: StreamId, just_id: bool, out: &mut Out) {
    if just_id {
        write_id(out, id);
    } else if let Some(entry) = stream.range(id, id).next() {
        write_entry(out, entry);
    }
}

/// The options of XAUTOCLAIM: COUNT, and whether JUSTID is among them.
fn auto_options(mut rest: &[&[u8]]) -> CmdResult<(usize, bool)> {
    /// Beyond this Redis's own arithmetic would overflow.
    const MAX_COUNT: usize = i64::MAX as usize / 16;

    let (mut count, mut just_id) = (100, false);
    loop {
        rest = match rest {
            [] => return Ok((count, just_id)),
            [option, value, after @ ..] if is(option, "COUNT") => {
                let error = CmdError::new("ERR COUNT must be > 0");
                count = at_least_arg_or(1, value, error.clone())?;
                if count > MAX_COUNT {
                    return Err(error);
                }
                after
            }
            [option, after @ ..] if is(option, "JUSTID") => {
                just_id = true;
                after
            }
            _ => return Err(errors::SYNTAX),
        };
    }
}

pub fn xautoclaim(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    /// How many entries are looked at for one that is claimed.
    const ATTEMPTS: usize = 10;

    // Redis looks before it reads the options, and complains after.
    ctx.read(argv[1]);
    let text = "ERR Invalid min-idle-time argument for XAUTOCLAIM";
    let min_idle = int_arg_or(argv[4], text)?.max(0);
    let start = ids::interval_start(argv[5])?;
    let (mut count, just_id) = auto_options(&argv[6..])?;
    let now = ctx.now();
    let (logs, mut effects) = (ctx.logs(), Vec::new());
    let stream = stream(ctx, argv)?;
    let group = stream.groups.get_mut(argv[2]);
    let new_consumer = group.is_some_and(|group| group.touch_consumer(argv[3], now));
    let mut attempts = count.saturating_mul(ATTEMPTS);
    let (mut claimed, mut deleted) = (Vec::new(), Vec::new());
    let mut cursor = Some(start);
    let mut next = None;
    while let Some(from) = cursor {
        next = first_pending(stream.groups.get(argv[2]), from);
        let Some(id) = next else {
            break;
        };
        if attempts == 0 || count == 0 {
            break;
        }
        attempts -= 1;
        cursor = id.next();
        let exists = stream.contains(id);
        let Some(group) = stream.groups.get_mut(argv[2]) else {
            break;
        };
        if !exists {
            effects.extend(effect(group, id, logs));
            group.acknowledge(id);
            deleted.push(id);
            count -= 1;
        } else if let Some(pending) = group.pending.get(&id)
            && (min_idle == 0 || now - pending.delivered >= min_idle)
        {
            let times = pending.count + u64::from(!just_id);
            group.gave(argv[3], now);
            group.assign(id, argv[3], now, times);
            effects.extend(effect(group, id, logs));
            claimed.push(id);
            count -= 1;
        }
        next = None;
    }
    out.array(3);
    write_id(out, next.unwrap_or(StreamId::MIN));
    out.array(claimed.len());
    for id in &claimed {
        write_claimed(stream, *id, just_id, out);
    }
    out.array(deleted.len());
    deleted.iter().for_each(|id| write_id(out, *id));
    ctx.server.dirty += (claimed.len() + deleted.len()) as u64;
    log_effects(ctx, argv, &effects);
    if new_consumer {
        created_consumer(ctx, argv[1]);
    }
    Ok(())
}

fn first_pending(group: Option<&Group>, from: StreamId) -> Option<StreamId> {
    group?.pending.range(from..).next().map(|(id, _)| *id)
}
