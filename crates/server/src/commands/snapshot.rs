//! SAVE, BGSAVE, BGREWRITEAOF, LASTSAVE.

use crate::engine::command::Row;
use crate::engine::ctx::{Ctx, Mode};
use crate::state::persistence::Writing;
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("save", save),
    Row::new("bgsave", bgsave),
    Row::new("bgrewriteaof", bgrewriteaof),
    Row::new("lastsave", lastsave),
];

const SAVING: CmdError = CmdError::new("ERR Background save already in progress");

/// Refuses where there is no place for files.
fn check_files(ctx: &mut Ctx<'_>) -> CmdResult {
    let files = ctx.server.files();
    files
        .map(drop)
        .map_err(|error| CmdError::owned(format!("ERR {error}")))
}

fn save(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if let Some(Writing::Snapshot { .. }) = ctx.server.persistence.writing() {
        return Err(SAVING);
    }
    check_files(ctx)?;
    let name = ctx.server.settings.dbfilename.clone();
    if let Err(error) = ctx.server.save() {
        let why = ctx.server.file_fault(&name, &error);
        return Err(CmdError::owned(format!("ERR {why}")));
    }
    ctx.server.look_for_trouble();
    out.ok();
    Ok(())
}

fn bgsave(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let schedule = match argv {
        [_] => false,
        [_, option] if is(option, "SCHEDULE") => true,
        _ => return Err(errors::SYNTAX),
    };
    check_files(ctx)?;
    match ctx.server.persistence.writing() {
        Some(Writing::Snapshot { .. }) => return Err(SAVING),
        Some(Writing::Rewrite { .. }) if !schedule => {
            return Err(CmdError::new(
                "ERR Another child process is active (AOF?): can't BGSAVE right now. Use BGSAVE SCHEDULE in order to schedule a BGSAVE whenever possible.",
            ));
        }
        Some(Writing::Rewrite { .. }) => {
            ctx.server.persistence.save_scheduled = true;
            out.status("Background saving scheduled");
        }
        None => {
            // In a transaction or a script the data are half-way: then when
            // that is over.
            ctx.server.persistence.save_scheduled = true;
            if ctx.mode == Mode::Direct {
                ctx.server.look_after_files();
                out.status("Background saving started");
            } else {
                out.status("Background saving scheduled");
            }
        }
    }
    Ok(())
}

fn bgrewriteaof(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    check_files(ctx)?;
    match ctx.server.persistence.writing() {
        Some(Writing::Rewrite { .. }) => {
            return Err(CmdError::new(
                "ERR Background append only file rewriting already in progress",
            ));
        }
        None if ctx.mode == Mode::Direct => {
            ctx.server.rewrite_log();
            out.status("Background append only file rewriting started");
        }
        _ => {
            // Somebody asks: earlier failures do not make him wait.
            ctx.server.persistence.forget_failures();
            ctx.server.persistence.rewrite_scheduled = true;
            out.status("Background append only file rewriting scheduled");
        }
    }
    Ok(())
}

fn lastsave(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.int(ctx.server.persistence.last_save);
    Ok(())
}
