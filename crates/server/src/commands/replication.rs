//! REPLCONF, SYNC and PSYNC, as far as `redis-cli --rdb` and `--functions-rdb`
//! need them: a snapshot over the connection. There is no replication, so
//! whoever would want to hear of every change after it is refused.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::engine::snapshot::Contents;
use crate::state::client::SnapshotWish;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("replconf", replconf),
    Row::new("sync", sync),
    Row::new("psync", psync),
];

fn replconf(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len().is_multiple_of(2) {
        return Err(errors::SYNTAX);
    }
    for pair in argv[1..].chunks_exact(2) {
        let (option, value) = (pair[0], pair[1]);
        let Some(client) = ctx.client() else {
            return Ok(());
        };
        if is(option, "RDB-ONLY") {
            client.snapshot_wish = match int_arg(value)? {
                0 => SnapshotWish::None,
                1 => SnapshotWish::Everything,
                _ => {
                    return Err(CmdError::new(
                        "ERR value is out of range, value must between 0 and 1",
                    ));
                }
            };
        } else if is(option, "RDB-FILTER-ONLY") {
            client.snapshot_wish = match value {
                b"" => SnapshotWish::None,
                b"functions" => SnapshotWish::Functions,
                _ => {
                    let text = [b"ERR Unsupported rdb-filter-only option: ", value];
                    return Err(CmdError::owned(text.concat()));
                }
            };
        } else if is(option, "LISTENING-PORT") {
            int_arg(value)?;
        } else if is(option, "ACK") || is(option, "GETACK") {
            // A replica that says how far it is gets no answer.
            return Ok(());
        } else if !is(option, "IP-ADDRESS") && !is(option, "CAPA") {
            let text = [b"ERR Unrecognized REPLCONF option: ", option];
            return Err(CmdError::owned(text.concat()));
        }
    }
    out.ok();
    Ok(())
}

/// Sends a snapshot and hangs up.
fn send(ctx: &mut Ctx<'_>, announce: bool, out: &mut Out) -> CmdResult {
    // One that monitors is a replica already, which gets no answer.
    if ctx.client().is_some_and(|client| client.monitor) {
        return Ok(());
    }
    let contents = match ctx.client().map(|client| client.snapshot_wish) {
        Some(SnapshotWish::Everything) => Contents::Everything,
        Some(SnapshotWish::Functions) => Contents::Functions,
        _ => {
            return Err(CmdError::new(
                "ERR this server has no replication; for a snapshot (redis-cli --rdb) send REPLCONF rdb-only 1 first",
            ));
        }
    };
    if announce {
        out.status(&format!("FULLRESYNC {} 0", ctx.server.run_id));
    }
    let image = ctx.server.image(contents).bytes;
    out.buf
        .extend_from_slice(format!("${}\r\n", image.len()).as_bytes());
    out.buf.extend_from_slice(&image);
    if let Some(client) = ctx.client() {
        client.close_after_reply = true;
    }
    Ok(())
}

fn sync(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    send(ctx, false, out)
}

fn psync(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    int_arg(argv[2])?;
    send(ctx, true, out)
}
