//! `redis-lab man`: a page for every command, in both languages, for `man`.
//!
//! The pages follow from the command line's own definition, as help does.

use super::context::Context;
use super::files::replace_file;
use crate::cli;
use crate::cli::files::ManArgs;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Library;
use catalog::lang::Lang;
use catalog::text;
use clap::Command;
use clap_mangen::Man;
use std::fs;
use std::path::Path;

/// clap_mangen's headings, and Polish ones as those of Debian's pages.
const HEADINGS: [(&str, &str); 7] = [
    ("NAME", "NAZWA"),
    ("SYNOPSIS", "SKŁADNIA"),
    ("DESCRIPTION", "OPIS"),
    ("OPTIONS", "OPCJE"),
    ("SUBCOMMANDS", "POLECENIA"),
    ("EXTRA", "PRZYKŁADY"),
    ("VERSION", "WERSJA"),
];

pub(super) fn run(context: &Context, args: &ManArgs) -> Result<ExitCode> {
    let folders = [
        (Lang::En, args.dir.join("man1")),
        (Lang::Pl, args.dir.join("pl").join("man1")),
    ];
    for (lang, folder) in &folders {
        fs::create_dir_all(folder).map_err(|error| {
            let folder = folder.display();
            Error::usage(text!(
                "cannot make the folder {folder}",
                "nie można utworzyć katalogu {folder}"
            ))
            .because(&error)
        })?;
        let sections = Library::new(None).sections(*lang)?;
        let mut command = cli::command(*lang, &sections)?;
        command.build();
        write(&command, *lang, folder)?;
    }
    let [(_, english), (_, polish)] = &folders;
    super::terminal::print(
        format!(
            "{} {} {} {}\n",
            context.lang.pick("man pages:", "strony podręcznika:"),
            english.display(),
            context.lang.pick("and", "i"),
            polish.display()
        )
        .as_bytes(),
    )
}

/// Writes the page of a command and those of the commands below it.
fn write(command: &Command, lang: Lang, folder: &Path) -> Result<()> {
    let below = command.get_subcommands();
    for command in below.filter(|command| !command.is_hide_set()) {
        write(command, lang, folder)?;
    }
    let page = Man::new(command.clone());
    let mut text = Vec::new();
    page.render(&mut text).map_err(|e| Error::output(&e))?;
    let text = headings(&String::from_utf8_lossy(&text), lang);
    replace_file(&folder.join(page.get_filename()), &text)
}

/// The page with its headings in the reader's language.
fn headings(page: &str, lang: Lang) -> String {
    let line = |line: &str| {
        let heading = line.strip_prefix(".SH ").map(|name| name.trim_matches('"'));
        let known = HEADINGS.iter().find(|(name, _)| Some(*name) == heading);
        match (lang, known) {
            (Lang::Pl, Some((_, polish))) => format!(".SH {polish}\n"),
            (Lang::En, Some(("EXTRA", _))) => ".SH EXAMPLES\n".to_owned(),
            _ => format!("{line}\n"),
        }
    };
    page.lines().map(line).collect()
}
