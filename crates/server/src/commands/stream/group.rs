//! XGROUP.

use super::ids;
use crate::commands::help::wrong_subcommand;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::stream::{Group, Pending, StreamId};
use crate::store::{Stream, Value};
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out};

const NO_KEY: CmdError = CmdError::new(
    "ERR The XGROUP subcommand requires the key to exist. Note that for CREATE you may want to use the MKSTREAM option to create an empty stream automatically.",
);

/// The options of CREATE and SETID.
#[derive(Debug, Default)]
struct Options {
    make_stream: bool,
    entries_read: Option<u64>,
}

fn parse_options(argv: &[&[u8]], creating: bool) -> CmdResult<Options> {
    let mut options = Options::default();
    let mut rest = &argv[5..];
    loop {
        rest = match rest {
            [] => return Ok(options),
            [option, after @ ..] if creating && is(option, "MKSTREAM") => {
                options.make_stream = true;
                after
            }
            [option, value, after @ ..] if is(option, "ENTRIESREAD") => {
                options.entries_read = match int_arg(value)? {
                    -1 => None,
                    read => Some(u64::try_from(read).map_err(|_| {
                        CmdError::new("ERR value for ENTRIESREAD must be positive or -1")
                    })?),
                };
                after
            }
            _ => return Err(wrong_subcommand(argv)),
        };
    }
}

/// An option may be repeated as long as there are no more arguments than all of
/// them need. Redis counts when it has seen that the key and the group fit.
fn count(argv: &[&[u8]], most: usize) -> CmdResult {
    if argv.len() > most {
        return Err(wrong_subcommand(argv));
    }
    Ok(())
}

/// The stream, which must exist.
fn stream<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> CmdResult<&'c mut Stream> {
    ctx.write_stream(key)?.ok_or(NO_KEY)
}

/// The group, which must exist as well.
fn group<'c>(ctx: &'c mut Ctx<'_>, argv: &[&[u8]]) -> CmdResult<&'c mut Group> {
    let (key, name) = (argv[2], argv[3]);
    stream(ctx, key)?.groups.get_mut(name).ok_or_else(|| {
        let text = [
            b"NOGROUP No such consumer group '",
            name,
            b"' for key name '",
            key,
            b"'",
        ];
        CmdError::owned(text.concat())
    })
}

pub fn create(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, name) = (argv[2], argv[3]);
    let options = parse_options(argv, true)?;
    let existing = ctx.write_stream(key)?;
    if existing.is_none() && !options.make_stream {
        return Err(NO_KEY);
    }
    count(argv, 8)?;
    let missing = existing.is_none();
    let id = match argv[4] {
        b"$" => existing.map_or(StreamId::MIN, |stream| stream.last_id),
        id => ids::strict(id, 0)?,
    };
    let stream = ctx.create_stream(key)?;
    let taken = stream.groups.contains_key(name);
    if !taken {
        let group = Group::new(id, options.entries_read);
        stream.groups.insert(name.into(), group);
    }
    if missing {
        ctx.changed(key);
    } else {
        ctx.server.dirty += u64::from(!taken);
    }
    if taken {
        return Err(CmdError::new(
            "BUSYGROUP Consumer Group name already exists",
        ));
    }
    out.ok();
    ctx.notify(notify::STREAM, "xgroup-create", key);
    Ok(())
}

pub fn setid(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let options = parse_options(argv, false)?;
    group(ctx, argv)?;
    count(argv, 7)?;
    let last = stream(ctx, argv[2])?.last_id;
    let id = match argv[4] {
        b"$" => last,
        id => ids::any(id, 0)?,
    };
    let group = group(ctx, argv)?;
    group.last_id = id;
    group.entries_read = options.entries_read;
    out.ok();
    ctx.server.dirty += 1;
    ctx.notify(notify::STREAM, "xgroup-setid", argv[2]);
    Ok(())
}

pub fn destroy(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let removed = stream(ctx, argv[2])?.groups.remove(argv[3]).is_some();
    if removed {
        ctx.server.dirty += 1;
        ctx.notify(notify::STREAM, "xgroup-destroy", argv[2]);
        // Who waits for this group must hear that it is gone.
        ctx.signal_ready(argv[2]);
    }
    out.int(i64::from(removed));
    Ok(())
}

pub fn create_consumer(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    let new = group(ctx, argv)?.add_consumer(argv[4], now);
    if new {
        created_consumer(ctx, argv[2]);
    }
    out.int(i64::from(new));
    Ok(())
}

/// Says that a consumer was made, by name or by reading for the first time.
pub fn created_consumer(ctx: &mut Ctx<'_>, key: &[u8]) {
    ctx.server.dirty += 1;
    ctx.notify(notify::STREAM, "xgroup-createconsumer", key);
}

/// Has written down who has an entry now, and since when: what came of a
/// command that depends on the time. `last` is how far the group has read.
pub fn log_pending(
    ctx: &mut Ctx<'_>,
    (key, group): (&[u8], &[u8]),
    (id, last): (StreamId, StreamId),
    pending: &Pending,
) {
    let (id, last) = (id.to_string(), last.to_string());
    let (time, count) = (pending.delivered.to_string(), pending.count.to_string());
    ctx.log_as(&[
        b"XCLAIM",
        key,
        group,
        &pending.consumer,
        b"0",
        id.as_bytes(),
        b"TIME",
        time.as_bytes(),
        b"RETRYCOUNT",
        count.as_bytes(),
        b"FORCE",
        b"JUSTID",
        b"LASTID",
        last.as_bytes(),
    ]);
}

/// Has written down how far a group has read.
pub fn log_position(ctx: &mut Ctx<'_>, key: &[u8], name: &[u8]) {
    let Some(Value::Stream(stream)) = ctx.db().get(key) else {
        return;
    };
    let Some(group) = stream.groups.get(name) else {
        return;
    };
    let last = group.last_id.to_string();
    let read = group
        .entries_read
        .map_or(-1, |read| read as i64)
        .to_string();
    ctx.log_as(&[
        b"XGROUP",
        b"SETID",
        key,
        name,
        last.as_bytes(),
        b"ENTRIESREAD",
        read.as_bytes(),
    ]);
}

pub fn delete_consumer(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let pending = group(ctx, argv)?.remove_consumer(argv[4]);
    if pending.is_some() {
        ctx.server.dirty += 1;
        ctx.notify(notify::STREAM, "xgroup-delconsumer", argv[2]);
    }
    out.len(pending.unwrap_or(0));
    Ok(())
}
