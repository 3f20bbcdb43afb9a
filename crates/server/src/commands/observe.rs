//! Watching the server at work: MONITOR, SLOWLOG, MEMORY.

use super::help::{help, wrong_subcommand};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::memory;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("monitor", monitor),
    Row::new("slowlog|get", slowlog_get),
    Row::new("slowlog|help", help),
    Row::new("slowlog|len", slowlog_len),
    Row::new("slowlog|reset", slowlog_reset),
    Row::new("memory|doctor", memory_doctor),
    Row::new("memory|help", help),
    Row::new("memory|purge", memory_purge),
    Row::new("memory|stats", memory_stats),
    Row::new("memory|usage", memory_usage),
];

fn monitor(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if ctx.denies_blocking() {
        return Err(CmdError::new(
            "ERR MONITOR isn't allowed for DENY BLOCKING client",
        ));
    }
    let id = ctx.id;
    if let Some(client) = ctx.client() {
        client.monitor = true;
    }
    if !ctx.server.monitors.contains(&id) {
        ctx.server.monitors.push(id);
    }
    out.ok();
    Ok(())
}

fn slowlog_get(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let log = &ctx.server.slowlog;
    let count = match &argv[2..] {
        [] => 10,
        [count] => match int_arg(count) {
            Ok(-1) => log.len(),
            Ok(n @ 0..) => usize::try_from(n).unwrap_or(usize::MAX),
            _ => {
                return Err(CmdError::new(
                    "ERR count should be greater than or equal to -1",
                ));
            }
        },
        _ => {
            return Err(wrong_subcommand(argv));
        }
    };
    let count = count.min(log.len());
    out.array(count);
    for entry in log.iter().take(count) {
        out.array(6);
        out.int(entry.id as i64);
        out.int(entry.time);
        out.int(entry.micros as i64);
        out.array(entry.argv.len());
        for arg in &entry.argv {
            out.bulk(arg);
        }
        out.bulk(entry.addr.as_bytes());
        out.bulk(&entry.name);
    }
    Ok(())
}

fn slowlog_len(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.server.slowlog.len());
    Ok(())
}

fn slowlog_reset(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.server.slowlog.clear();
    out.ok();
    Ok(())
}

fn memory_doctor(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let settings = &ctx.server.settings;
    let (used, limit) = ((settings.allocated)() as u64, settings.maxmemory);
    let text = if limit > 0 && used > limit / 10 * 9 {
        "More than nine tenths of maxmemory are in use: writes will soon be refused. Raise the limit, delete keys, or give keys a time to live.\n"
    } else {
        "No memory problems were found in this server.\n"
    };
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// There is no allocator cache to give back.
fn memory_purge(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.ok();
    Ok(())
}

fn memory_stats(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let used = (ctx.server.settings.allocated)();
    let server = &mut ctx.server;
    server.stats.peak_memory = server.stats.peak_memory.max(used);
    let keys: usize = server.dbs.iter().map(|db| db.len()).sum();
    let clients: usize = server
        .clients
        .values()
        .map(|client| client.query.capacity() + client.out.buf.capacity())
        .sum();
    let (_, scripts) = server.script.figures();
    out.map(6);
    for (name, number) in [
        ("peak.allocated", server.stats.peak_memory),
        ("total.allocated", used),
        ("clients.normal", clients),
        ("lua.caches", scripts),
        ("keys.count", keys),
    ] {
        out.bulk(name.as_bytes());
        out.len(number);
    }
    out.bulk(b"keys.bytes-per-key");
    out.len(used.checked_div(keys).unwrap_or(0));
    Ok(())
}

fn memory_usage(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut samples = 5;
    match &argv[3..] {
        [] => {}
        [word, count] if is(word, "SAMPLES") => {
            samples = int_arg(count)?;
            if samples < 0 {
                return Err(errors::SYNTAX);
            }
        }
        _ => return Err(errors::SYNTAX),
    }
    let samples = if samples == 0 {
        usize::MAX
    } else {
        samples as usize
    };
    match ctx.peek(argv[2]) {
        Some(value) => out.len(memory::of_key(argv[2], value, samples)),
        None => out.null(),
    }
    Ok(())
}
