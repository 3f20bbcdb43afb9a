//! What `COMMAND HELP`, `SCRIPT HELP` and the like answer: made from the
//! catalogue, in the form Redis gives it.

use crate::builtin::reply::Out;
use crate::catalog;
use crate::lang::Lang;

/// The HELP of a command with subcommands.
pub fn help(container: &str, out: &mut Out) {
    let Some(command) = catalog::find(container) else {
        out.array(0);
        return;
    };
    let name = command.name.to_ascii_uppercase();
    out.array(command.subcommands.len() * 2 + 1);
    out.status(&format!(
        "{name} <subcommand> [<arg> [value] [opt] ...]. Subcommands are:"
    ));
    for sub in &command.subcommands {
        let syntax = sub.syntax();
        out.status(syntax.strip_prefix(&name).unwrap_or(&syntax).trim_start());
        out.status(&format!("    {}", sub.summary(Lang::En)));
    }
}
