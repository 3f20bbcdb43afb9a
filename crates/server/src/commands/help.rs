//! What `COMMAND HELP`, `SCRIPT HELP` and the like answer: made from the
//! catalogue, in the form Redis gives it.

use crate::engine::command;
use crate::wire::reply::{CmdError, Out};
use catalog;
use catalog::lang::Lang;

/// The HELP of a command with subcommands: those this server has.
pub fn help(container: &str, out: &mut Out) {
    let Some(command) = catalog::find(container) else {
        out.array(0);
        return;
    };
    let name = command.name.to_ascii_uppercase();
    let subcommands: Vec<_> = command
        .subcommands
        .iter()
        .filter(|sub| command::by_name(sub.name.as_bytes()).is_some())
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
