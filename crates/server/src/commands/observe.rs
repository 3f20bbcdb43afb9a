//! Watching the server at work: MONITOR, SLOWLOG.

use super::help::{help, wrong_subcommand};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::wire::args::int_arg;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("monitor", monitor),
    Row::new("slowlog|get", slowlog_get),
    Row::new("slowlog|help", help),
    Row::new("slowlog|len", slowlog_len),
    Row::new("slowlog|reset", slowlog_reset),
];

fn monitor(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if ctx.denies_blocking() {
        return Err(CmdError::new(
            "ERR MONITOR isn't allowed for DENY BLOCKING client",
        ));
    }
    if ctx.server.clients.monitor(ctx.id) {
        out.ok();
    }
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
