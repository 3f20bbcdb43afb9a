//! `redis-lab doctor`: what server would be used and why, and what the
//! terminal can do, for a bug report or a classroom's first five minutes.

use super::context::Context;
use super::install;
use super::terminal::columns;
use super::terminal::print;
use crate::cli;
use crate::conn::server::{self, Choice};
use crate::error::{ExitCode, Result, system};
use crate::practice::{STATE_DIR_VARIABLE, state_folder};
use crate::render::harmless::foreign;
use catalog::lang::{Lang, polish_plural};
use catalog::text;
use std::fmt::Write as _;
use std::path::Path;
use std::time::Instant;

pub(super) async fn run(context: &Context) -> Result<ExitCode> {
    let lang = context.lang;
    let mut text = String::new();
    let mut row = |name: &str, value: &str| {
        let _ = writeln!(text, "{name:<12} {value}");
    };
    row("redis-lab", cli::VERSION);
    row(lang.pick("installed", "instalacja"), &install::how(lang));
    for other in install::others() {
        row(
            lang.pick("also on PATH", "też na PATH"),
            &other.display().to_string(),
        );
    }
    row(
        "system",
        &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    );
    row(lang.pick("because", "bo"), &why(context));
    let begun = Instant::now();
    let resolved = context.resolve_server().await;
    match &resolved {
        Ok(server) => {
            row(lang.pick("server", "serwer"), &server.describe(lang));
            row(
                lang.pick("ready in", "gotowy po"),
                &format!(
                    "{} ms",
                    lang.decimal(begun.elapsed().as_secs_f64() * 1e3, 1)
                ),
            );
        }
        Err(error) => row(lang.pick("server", "serwer"), error.message_in(lang)),
    }
    row("terminal", &terminal(context));
    row(
        lang.pick("colour", "kolor"),
        match (context.color, context.light) {
            (true, false) => lang.pick("yes", "tak"),
            (true, true) => lang.pick("yes, on a light background", "tak, na jasnym tle"),
            (false, _) => lang.pick("no", "nie"),
        },
    );
    row(
        lang.pick("language", "język"),
        lang.pick("English (en)", "polski (pl)"),
    );
    row(lang.pick("encoding", "kodowanie"), &encoding(lang));
    if let Some(folder) = state_folder() {
        row(
            lang.pick("progress in", "postępy w"),
            &format!("{}{}", folder.display(), why_not_writable(&folder, lang)),
        );
    }
    if context.interactive && crossterm::terminal::size().is_err() {
        // Git Bash's window gives programs of Windows a pipe that is called a terminal.
        row(
            lang.pick("hint", "wskazówka"),
            lang.pick(
                "this window is no console: start `winpty redis-lab`, or use Windows Terminal",
                "to okno nie jest konsolą: uruchom `winpty redis-lab` albo użyj Windows Terminal",
            ),
        );
    }
    print(foreign(&text).as_bytes())?;
    resolved.map(|_| ExitCode::Ok)
}

/// Why this server and no other.
fn why(context: &Context) -> String {
    let lang = context.lang;
    match (&context.url, &context.server, server::find_program()) {
        (Some(_), ..) => lang
            .pick("--url or REDIS_URL is given", "podano --url lub REDIS_URL")
            .to_owned(),
        (None, Choice::Spawn, _) => "--server spawn".to_owned(),
        (None, Choice::Builtin, _) => "--server builtin".to_owned(),
        (None, Choice::Program(program), _) => format!("--server {}", program.display()),
        (None, Choice::Auto, Some(program)) => format!(
            "{} {}",
            lang.pick("no --url, and PATH has", "bez --url, a w PATH jest"),
            program.display()
        ),
        (None, Choice::Auto, None) => lang
            .pick(
                "no --url, and no redis-server or valkey-server on PATH",
                "bez --url, a w PATH nie ma redis-server ani valkey-server",
            )
            .to_owned(),
    }
}

/// What the terminal is.
fn terminal(context: &Context) -> String {
    let lang = context.lang;
    let is_interactive = if context.interactive {
        lang.pick("interactive", "interaktywny")
    } else {
        lang.pick("not interactive", "nieinteraktywny")
    };
    let kolumn = polish_plural(columns() as u64, "kolumna", "kolumny", "kolumn");
    format!(
        "{is_interactive}, {} {}, TERM={}",
        columns(),
        lang.pick("columns", kolumn),
        std::env::var("TERM").unwrap_or_default(),
    )
}

/// What characters the terminal is said to show.
fn encoding(lang: Lang) -> String {
    if cfg!(windows) {
        // The console takes UTF-16 from us, whatever its code page is.
        return "UTF-16".to_owned();
    }
    let set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.is_empty());
    let Some(name) = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find(set) else {
        return lang
            .pick(
                "UTF-8 is written; no LC_ALL, LC_CTYPE or LANG says what is shown",
                "wypisywane jest UTF-8; ani LC_ALL, ani LC_CTYPE, ani LANG nie mówi, co widać",
            )
            .to_owned();
    };
    let value = std::env::var(name).unwrap_or_default();
    let charset = value.to_lowercase().replace('-', "");
    if charset.contains("utf8") {
        format!("UTF-8 ({name}={value})")
    } else {
        lang.pick(
            format!("UTF-8 is written, but {name}={value}: if ł looks wrong, set the terminal to UTF-8"),
            format!("wypisywane jest UTF-8, ale {name}={value}: jeśli ł wygląda źle, ustaw w terminalu UTF-8"),
        )
    }
}

/// Why nothing can be written to a folder that may have to be made first;
/// empty where it can.
fn why_not_writable(folder: &Path, lang: Lang) -> String {
    let there = folder.ancestors().find(|folder| folder.is_dir());
    let tried = tempfile::tempfile_in(there.unwrap_or(Path::new(".")));
    match tried {
        Ok(_) => String::new(),
        Err(error) => text!(
            lang,
            ": nothing can be kept there ({}); {STATE_DIR_VARIABLE} names another folder",
            ": nie można tam zapisywać ({}); {STATE_DIR_VARIABLE} wskaże inny katalog",
            system(&error, lang)
        ),
    }
}
