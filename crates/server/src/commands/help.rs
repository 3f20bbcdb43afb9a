//! What `COMMAND HELP`, `SCRIPT HELP` and the like answer: made from the
//! catalogue, in the form Redis gives it.

use crate::engine::ctx::Ctx;
use crate::wire::reply::{CmdError, CmdResult, Out};
use catalog::lang::Lang;

/// The HELP of a command with subcommands: those this server has.
pub fn help(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(command) = catalog::by_name(argv[0]) else {
        out.array(0);
        return Ok(());
    };
    let name = command.name.to_ascii_uppercase();
    let subcommands: Vec<_> = command
        .subcommands
        .iter()
        .filter(|sub| ctx.server.commands.has(sub))
        .collect();
    out.array(subcommands.len() * 2 + 1);
    out.status(&format!(
        "{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    ));
    for sub in subcommands {
        let syntax = sub.syntax();
        out.status(syntax.strip_prefix(&name).unwrap_or(&syntax).trim_start());
        out.status(&format!("    {}", sub.summary(Lang::En)));
    }
    Ok(())
}

/// The refusal of a subcommand called in a way it does not know.
pub fn wrong_subcommand(argv: &[&[u8]]) -> CmdError {
    let name = String::from_utf8_lossy(argv[0]).to_ascii_uppercase();
    let sub = argv.get(1).copied().unwrap_or_default();
    let mut text = b"ERR unknown subcommand or wrong number of arguments for '".to_vec();
    text.extend_from_slice(&sub[..sub.len().min(128)]);
    text.extend_from_slice(format!("'. Try {name} HELP.").as_bytes());
    CmdError::owned(text)
}
