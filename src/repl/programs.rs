//! Programs of the user's own that the shell runs: those behind a `|`, the
//! pager, the editor.

use super::interrupts::Interrupts;
use crate::error::{Error, Result};
use catalog::text;
use std::io;
use std::path::Path;
use std::process::Stdio;
use tokio::io::AsyncWriteExt as _;
use tokio::process::Command;

/// A line for the system's shell.
fn shell(line: &str) -> Command {
    let (shell, flag) = if cfg!(windows) {
        ("cmd", "/C")
    } else {
        ("sh", "-c")
    };
    let mut command = Command::new(shell);
    command.arg(flag).arg(line);
    command
}

fn failed(program: &str, error: &io::Error) -> Error {
    Error::usage(text!(
        "cannot run {program}",
        "nie można uruchomić {program}"
    ))
    .because(error)
}

/// Runs a program of the system's shell with this input until it ends; one
/// that stops reading early has seen enough. Ctrl-C is the program's: it got
/// it too.
///
/// # Errors
/// When it cannot be started.
pub(super) async fn fed(program: &str, input: Vec<u8>, interrupts: &mut Interrupts) -> Result<()> {
    let mut command = shell(program);
    // What we show is harmless, and what less says of it would hide that.
    if std::env::var_os("LESS").is_none() {
        command.env("LESS", "-FX");
    }
    let spawned = command.stdin(Stdio::piped()).spawn();
    let mut child = spawned.map_err(|error| failed(program, &error))?;
    let stdin = child.stdin.take();
    let feed = async move {
        if let Some(mut stdin) = stdin {
            let _ = stdin.write_all(&input).await;
        }
    };
    tokio::pin!(feed);
    let mut is_fed = false;
    loop {
        tokio::select! {
            ended = child.wait() => {
                return ended.map(drop).map_err(|error| failed(program, &error));
            }
            () = &mut feed, if !is_fed => is_fed = true,
            () = interrupts.pressed() => {}
        }
    }
}

/// The user's pager, where there is to be one.
pub(super) fn pager() -> Option<String> {
    match std::env::var("PAGER") {
        Ok(own) if own.trim().is_empty() || own.trim() == "cat" => None,
        Ok(own) => Some(own),
        Err(_) if cfg!(windows) => Some("more".to_owned()),
        Err(_) => Some("less 2>/dev/null || more".to_owned()),
    }
}

/// Has the user edit a file.
///
/// # Errors
/// When there is no editor, or it fails.
pub(super) async fn edit(file: &Path, interrupts: &mut Interrupts) -> Result<()> {
    let named = |name| {
        std::env::var(name)
            .ok()
            .filter(|own| !own.trim().is_empty())
    };
    let usual = if cfg!(windows) { "notepad" } else { "vi" };
    let editor = named("VISUAL").or_else(|| named("EDITOR"));
    let editor = editor.unwrap_or_else(|| usual.to_owned());
    let mut command = if cfg!(windows) {
        Command::new(&editor)
    } else {
        // Editors are given with options: `code --wait`.
        shell(&format!("{editor} \"$0\""))
    };
    command.arg(file);
    let mut child = command.spawn().map_err(|error| failed(&editor, &error))?;
    let ended = loop {
        tokio::select! {
            ended = child.wait() => break ended.map_err(|error| failed(&editor, &error))?,
            () = interrupts.pressed() => {}
        }
    };
    if ended.success() {
        Ok(())
    } else {
        Err(Error::usage(text!(
            "the editor {editor} failed ({ended}); nothing was sent",
            "edytor {editor} zakończył się błędem ({ended}); nic nie wysłano"
        ))
        .hint(text!(
            "$VISUAL or $EDITOR says which one is used",
            "który to edytor, mówi $VISUAL albo $EDITOR"
        )))
    }
}
