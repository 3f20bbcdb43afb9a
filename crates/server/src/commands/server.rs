//! Commands about the server as a whole.

use crate::engine::blocking::{Blocking, Request};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::engine::news::Obstacle;
use crate::state::blocking::{Timeout, Wait};
use crate::state::settings::Shutdown;
use crate::wire::args::{int_arg, is, milliseconds_arg, positive_arg};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("time", time),
    Row::new("wait", wait),
    Row::new("waitaof", waitaof),
    Row::new("role", role),
    Row::new("shutdown", shutdown),
    Row::new("lolwut", lolwut),
];

fn time(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    // It stands still in a script and in a transaction.
    let micros = ctx.server.clock.micros();
    out.array(2);
    out.bulk((micros / 1_000_000).to_string().as_bytes());
    out.bulk((micros % 1_000_000).to_string().as_bytes());
    Ok(())
}

/// There are no replicas: nothing is ever acknowledged.
fn wait(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let replicas = int_arg(argv[1])?;
    let timeout = milliseconds_arg(argv[2], ctx.now())?;
    let request = Request {
        wait: Wait::Replicas,
        keys: &[],
        timeout_ms: timeout,
        on_timeout: Timeout::Zero,
    };
    if replicas <= 0 || ctx.block_on(&request, argv) == Blocking::Refused {
        out.int(0);
    }
    Ok(())
}

/// The append-only file is synced at once, whatever `appendfsync` says.
fn waitaof(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let local = int_arg(argv[1])?;
    if !(0..=1).contains(&local) {
        return Err(CmdError::new(
            "ERR value is out of range, value must between 0 and 1",
        ));
    }
    let replicas = positive_arg(argv[2])?;
    let timeout = milliseconds_arg(argv[3], ctx.now())?;
    let begun = ctx.server.have_log_begun();
    if local > 0 && !ctx.server.settings.appendonly {
        return Err(CmdError::new(
            "ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.",
        ));
    }
    let synced = begun.is_ok() && ctx.logs() && ctx.server.sync_log().is_ok();
    let request = Request {
        wait: Wait::Replicas,
        keys: &[],
        timeout_ms: timeout,
        on_timeout: Timeout::Synced(synced),
    };
    let enough = replicas == 0 && (local == 0 || synced);
    if enough || ctx.block_on(&request, argv) == Blocking::Refused {
        out.array(2);
        out.int(i64::from(synced));
        out.int(0);
    }
    Ok(())
}

fn role(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array(3);
    out.bulk(b"master");
    out.int(0);
    out.array(0);
    Ok(())
}

fn shutdown(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut abort = false;
    let (mut save, mut nosave) = (false, false);
    let mut how = Shutdown::default();
    for arg in &argv[1..] {
        if is(arg, "NOSAVE") {
            nosave = true;
        } else if is(arg, "SAVE") {
            save = true;
        } else if is(arg, "ABORT") {
            abort = true;
        } else if is(arg, "FORCE") {
            how.force = true;
        } else if is(arg, "NOW") {
            how.now = true;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    if (abort && argv.len() > 2) || (save && nosave) {
        return Err(errors::SYNTAX);
    }
    if abort {
        if ctx.server.disobey(Obstacle::Aborted) {
            out.ok();
            return Ok(());
        }
        return Err(CmdError::new("ERR No shutdown in progress."));
    }
    how.save = (save || nosave).then_some(save);
    // What a script has done so far is half of something.
    if !nosave && let Some(busy) = ctx.server.busy_script {
        return Err(busy.error());
    }
    ctx.server
        .shut_down(how)
        .map_err(|why| CmdError::owned(format!("ERR Errors trying to SHUTDOWN: {why}")))
}

/// A version line, as a Redis whose version has no drawing of its own.
fn lolwut(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if let [_, word, version, ..] = argv
        && is(word, "VERSION")
    {
        int_arg(version)?;
    }
    let text = format!("Redis ver. {}\n", crate::wire::VERSION);
    out.verbatim("txt", text.as_bytes());
    Ok(())
}
