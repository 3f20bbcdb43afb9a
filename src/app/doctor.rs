//! `redis-lab doctor`: what server would be used and why, and what the
//! terminal can do, for a bug report or a classroom's first five minutes.

use super::context::Context;
use super::install;
use super::terminal::columns;
use super::terminal::print;
use crate::cli;
use crate::conn::server::{self, Choice};
use crate::error::{ExitCode, Result};
use catalog::lang::polish_plural;
use std::fmt::Write as _;
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
        lang.pick("system", "system"),
        &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    );
    let why = match (&context.url, &context.server, server::find_program()) {
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
    };
    row(lang.pick("because", "bo"), &why);
    let begun = Instant::now();
    let resolved = context.resolve_server().await;
    match &resolved {
        Ok(server) => {
            row(lang.pick("server", "serwer"), &server.describe(lang));
            row(
                lang.pick("ready in", "gotowy w"),
                &format!(
                    "{} ms",
                    lang.decimal(begun.elapsed().as_secs_f64() * 1e3, 1)
                ),
            );
        }
        Err(error) => row(lang.pick("server", "serwer"), error.message_in(lang)),
    }
    row(
        lang.pick("terminal", "terminal"),
        &format!(
            "{}, {} {}, TERM={}",
            if context.interactive {
                lang.pick("interactive", "interaktywny")
            } else {
                lang.pick("not interactive", "nieinteraktywny")
            },
            columns(),
            lang.pick(
                "columns",
                polish_plural(columns() as u64, "kolumna", "kolumny", "kolumn")
            ),
            std::env::var("TERM").unwrap_or_default(),
        ),
    );
    row(
        lang.pick("colour", "kolor"),
        if context.color {
            lang.pick("yes", "tak")
        } else {
            lang.pick("no", "nie")
        },
    );
    row(
        lang.pick("language", "język"),
        lang.pick("English (en)", "polski (pl)"),
    );
    print(text.as_bytes())?;
    resolved.map(|_| ExitCode::Ok)
}
