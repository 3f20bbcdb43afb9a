//! Commands for keys of any type.

use super::scan::{Over, Scan, ScanReply};
use crate::engine::command::{Role, Row};
use crate::engine::ctx::{Ctx, Mode};
use crate::state::notify;
use crate::state::persistence::Writing;
use crate::store::{ByteString, Sharing};
use crate::wire::args::{int_arg, int32_arg, is};
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::ops::Range;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("del", del),
    Row::new("unlink", unlink),
    Row::new("exists", exists),
    Row::new("touch", exists).with(Role::Touch),
    Row::new("type", type_),
    Row::new("keys", keys),
    Row::new("scan", scan),
    Row::new("randomkey", randomkey),
    Row::new("rename", rename),
    Row::new("renamenx", renamenx),
    Row::new("move", move_),
    Row::new("copy", copy),
    Row::new("dbsize", dbsize),
    Row::new("flushdb", flushdb),
    Row::new("flushall", flushall),
    Row::new("swapdb", swapdb),
    Row::new("sort", super::sort::sort),
    Row::new("sort_ro", super::sort::sort_ro),
];

fn del(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if ctx.server.settings.lazy.user_del {
        return unlink(ctx, argv, out);
    }
    let mut deleted = 0;
    for key in &argv[1..] {
        ctx.expire_if_due(key);
        deleted += usize::from(ctx.delete(key));
    }
    out.len(deleted);
    Ok(())
}

/// DEL that does not wait until large values are freed.
fn unlink(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut unlinked = 0;
    for key in &argv[1..] {
        ctx.expire_if_due(key);
        if let Some(entry) = ctx.remove(key) {
            ctx.server.lazy_free.value(entry.value);
            ctx.wrote(key, notify::GENERIC, "del");
            unlinked += 1;
        }
    }
    out.len(unlinked);
    Ok(())
}

/// EXISTS and TOUCH both count the keys that are there, the latter for its
/// side effect on the last access.
fn exists(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let touch = is(argv[0], "TOUCH");
    let mut found = 0;
    for key in &argv[1..] {
        let there = if touch {
            ctx.read(key).is_some()
        } else {
            ctx.read_untouched(key).is_some()
        };
        found += usize::from(there);
    }
    out.len(found);
    Ok(())
}

fn type_(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let name = ctx
        .read_untouched(argv[1])
        .map_or("none", |value| value.type_name());
    out.status(name);
    Ok(())
}

fn keys(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    let at = out.defer();
    let mut found = 0;
    let all = argv[1] == b"*";
    for (key, entry) in ctx.db().keys.iter() {
        if !entry.is_expired(now) && (all || glob::matches(argv[1], key)) {
            out.bulk(key);
            found += 1;
        }
    }
    out.finish_array(at, found);
    Ok(())
}

fn scan(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let cursor = Scan::cursor(argv[1])?;
    let scan = Scan::parse(cursor, &argv[2..], Over::Keys)?;
    let now = ctx.now();
    let mut reply = ScanReply::default();
    let mut expired: Vec<ByteString> = Vec::new();
    reply.cursor = scan.walk(&ctx.db().keys, |key, entry| {
        if entry.is_expired(now) {
            expired.push(key.clone());
        } else if scan.matches(key)
            && scan
                .type_name
                .is_none_or(|name| name.eq_ignore_ascii_case(entry.value.type_name().as_bytes()))
        {
            reply.push(key);
        }
    });
    for key in expired {
        ctx.expire_or_hide(&key);
    }
    reply.write(out);
    Ok(())
}

fn randomkey(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    // Expired keys are met now and then; every one met is removed, unless
    // clients are paused: then there may be no others.
    let mut tries = 100;
    loop {
        let server = &mut *ctx.server;
        let Some((key, entry)) = server.dbs[ctx.db].keys.random(&mut server.rng) else {
            out.null();
            return Ok(());
        };
        tries -= 1;
        if !entry.is_expired(server.clock.now()) || tries == 0 {
            out.bulk(key);
            return Ok(());
        }
        let key = key.clone();
        ctx.expire_or_hide(&key);
    }
}

/// Renames; `false` when the destination exists and must not be replaced.
fn rename_key(ctx: &mut Ctx<'_>, from: &[u8], to: &[u8], replace: bool) -> CmdResult<bool> {
    if ctx.write(from).is_none() {
        return Err(errors::NO_SUCH_KEY);
    }
    if from == to {
        return Ok(replace);
    }
    if ctx.exists(to) {
        if !replace {
            return Ok(false);
        }
        ctx.remove(to);
    }
    let Some(entry) = ctx.remove(from) else {
        return Ok(false);
    };
    ctx.put(to, entry);
    ctx.changed(from);
    ctx.changed(to);
    ctx.counts_as(0);
    ctx.notify(notify::GENERIC, "rename_from", from);
    ctx.notify(notify::GENERIC, "rename_to", to);
    Ok(true)
}

fn rename(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    rename_key(ctx, argv[1], argv[2], true)?;
    out.ok();
    Ok(())
}

fn renamenx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let renamed = rename_key(ctx, argv[1], argv[2], false)?;
    out.int(i64::from(renamed));
    Ok(())
}

const DB_RANGE: CmdError = CmdError::new("ERR DB index is out of range");

/// A database's number as an argument.
fn db_arg(ctx: &Ctx<'_>, arg: &[u8]) -> CmdResult<usize> {
    usize::try_from(int32_arg(arg)?)
        .ok()
        .filter(|n| *n < ctx.server.dbs.len())
        .ok_or(DB_RANGE)
}

fn move_(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let target = db_arg(ctx, argv[2])?;
    let source = ctx.db;
    if target == source {
        return Err(errors::SAME_OBJECT);
    }
    let moved = ctx.write(key).is_some() && {
        ctx.db = target;
        let free = !ctx.exists(key);
        ctx.db = source;
        free
    };
    if moved && let Some(entry) = ctx.remove(key) {
        ctx.db = target;
        ctx.put(key, entry);
        ctx.db = source;
        ctx.changed(key);
        ctx.server.changed(target, key, Some(ctx.id));
        ctx.counts_as(0);
        ctx.notify(notify::GENERIC, "move_from", key);
        ctx.server.notify(target, notify::GENERIC, "move_to", key);
    }
    out.int(i64::from(moved));
    Ok(())
}

fn copy(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (from, to) = (argv[1], argv[2]);
    let (source, mut target, mut replace) = (ctx.db, ctx.db, false);
    let mut args = argv[3..].iter();
    while let Some(arg) = args.next() {
        if is(arg, "REPLACE") {
            replace = true;
        } else if is(arg, "DB")
            && let Some(n) = args.next()
        {
            target = db_arg(ctx, n)?;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if source == target && from == to {
        return Err(errors::SAME_OBJECT);
    }
    let Some(value) = ctx.read(from).cloned() else {
        out.int(0);
        return Ok(());
    };
    let expire = ctx.db().expire(from);
    ctx.db = target;
    let exists = ctx.exists(to);
    if exists && !replace {
        ctx.db = source;
        out.int(0);
        return Ok(());
    }
    if exists {
        ctx.remove(to);
    }
    ctx.add(to, value);
    ctx.set_expire(to, expire);
    if let Some(entry) = ctx.db_mut().keys.get_mut(to) {
        entry.sharing = Sharing::COPY;
    }
    ctx.wrote(to, notify::GENERIC, "copy_to");
    ctx.db = source;
    out.int(1);
    Ok(())
}

fn dbsize(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.db().len());
    Ok(())
}

/// Checks the arguments of FLUSHALL and FLUSHDB. Whether the memory is to be
/// freed by another thread.
fn flush_mode(ctx: &Ctx<'_>, argv: &[&[u8]]) -> CmdResult<bool> {
    match argv {
        [_] => Ok(ctx.server.settings.lazy.user_flush),
        [_, mode] if is(mode, "ASYNC") => Ok(true),
        [_, mode] if is(mode, "SYNC") => Ok(false),
        _ => Err(errors::SYNTAX),
    }
}

/// Empties databases, and tells those who track keys. Redis lets a client by
/// itself wait for its other thread, which counts as lazy, too; it is told
/// before that has replied.
fn empty(ctx: &mut Ctx<'_>, dbs: Range<usize>, lazily: bool, out: &mut Out) {
    let before = ctx.server.dirty;
    ctx.server.empty(dbs, lazily);
    let waits = !lazily && ctx.mode == Mode::Direct;
    if waits {
        ctx.server.lazy_free.count(ctx.server.dirty - before);
    }
    ctx.server.tracking_on_flush();
    if waits && ctx.server.tracking.clients > 0 {
        ctx.server.tracking_send_held_first(ctx.id, out);
    }
}

fn flushdb(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let lazily = flush_mode(ctx, argv)?;
    let db = ctx.db;
    empty(ctx, db..db + 1, lazily, out);
    if ctx.logs() {
        // Redis writes it down even where there was nothing.
        ctx.log_as(argv);
    }
    out.ok();
    Ok(())
}

fn flushall(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let lazily = flush_mode(ctx, argv)?;
    empty(ctx, 0..ctx.server.dbs.len(), lazily, out);
    ctx.server
        .give_up(|what| matches!(what, Writing::Snapshot { .. }));
    if !ctx.server.settings.save.is_empty() && ctx.server.files.is_some() {
        // Or a crash would bring back what was to be gone. If it fails, the
        // save points are still there.
        let _ = ctx.server.save();
    }
    if ctx.logs() {
        // Redis writes it down even where there was nothing.
        ctx.log_as(argv);
    }
    out.ok();
    Ok(())
}

fn swapdb(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let number = |arg: &[u8], text| {
        int_arg(arg)
            .ok()
            .filter(|n| i32::try_from(*n).is_ok())
            .ok_or(CmdError::new(text))
    };
    let first = number(argv[1], "ERR invalid first DB index")?;
    let second = number(argv[2], "ERR invalid second DB index")?;
    let count = ctx.server.dbs.len();
    let valid = |n: i64| usize::try_from(n).ok().filter(|n| *n < count);
    let (Some(first), Some(second)) = (valid(first), valid(second)) else {
        return Err(DB_RANGE);
    };
    if first != second {
        let server = &mut *ctx.server;
        server.touch_watched_db(first, Some(second));
        server.touch_watched_db(second, Some(first));
        // Before: the readers of a stream's group must hear that it is gone.
        // After: what has come may be what somebody waits for.
        for swapped in [false, true] {
            if swapped {
                server.dbs.swap(first, second);
            }
            server.signal_ready_db(first);
            server.signal_ready_db(second);
        }
    }
    ctx.server.dirty += 1;
    out.ok();
    Ok(())
}
