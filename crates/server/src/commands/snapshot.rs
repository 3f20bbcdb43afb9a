//! SAVE, BGSAVE, LASTSAVE: see [`crate::engine::snapshot`] for the file.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("save", save),
    Row::new("bgsave", bgsave),
    Row::new("lastsave", lastsave),
];

fn write(ctx: &mut Ctx<'_>) -> CmdResult {
    let path = ctx.server.snapshot_path().ok_or(CmdError::new(
        "ERR no directory to save to: start the server with serve --dir DIR",
    ))?;
    ctx.server
        .save(&path)
        .map_err(|error| CmdError::owned(format!("ERR cannot write {}: {error}", path.display())))
}

fn save(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    write(ctx)?;
    out.ok();
    Ok(())
}

/// Redis forks; here the snapshot is written before the reply, which a client
/// cannot tell apart from a very quick child.
fn bgsave(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    match argv {
        [_] => {}
        [_, option] if is(option, "SCHEDULE") => {}
        _ => return Err(errors::SYNTAX),
    }
    write(ctx)?;
    out.status("Background saving started");
    Ok(())
}

fn lastsave(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.int(ctx.server.last_save);
    Ok(())
}
