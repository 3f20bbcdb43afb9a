//! The section commands: list them, run one, run all.

use super::Context;
use super::signals::interrupted;
use super::terminal::Screen;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{CHALLENGES, Library, SECTIONS};
use crate::runner::{Stage, Summary, play};
use std::fmt::Write as _;

/// `redis-lab` alone: every section in one line, and how to start.
pub(super) fn list(context: &Context) -> Result<ExitCode> {
    let lang = context.lang;
    let library = Library::new(context.lessons.as_deref());
    let mut text = String::new();
    let intro = lang.pick(
        "redis-lab: learn Redis by running it. Sections:",
        "redis-lab: ucz się Redisa, uruchamiając go. Sekcje:",
    );
    let _ = writeln!(text, "{intro}\n");
    for id in library.ids(lang)? {
        let summary = SECTIONS
            .iter()
            .find(|section| section.id == id)
            .map(|section| section.summary(lang));
        let _ = writeln!(text, "  {id:<14} {}", summary.unwrap_or_default());
    }
    let start = lang.pick(
        "Start with one:      redis-lab strings
Everything at once:  redis-lab all --no-pause
A shell to try in:   redis-lab repl
Po polsku:           redis-lab strings --lang pl
All options:         redis-lab --help",
        "Zacznij od jednej:   redis-lab strings
Wszystko naraz:      redis-lab all --no-pause
Powłoka do prób:     redis-lab repl
In English:          redis-lab strings --lang en
Wszystkie opcje:     redis-lab --help",
    );
    let _ = writeln!(text, "\n{start}");
    super::print(text.as_bytes())
}

/// Runs the section `id`, from the part `alias` on when one is given.
pub(super) async fn run(
    context: &Context,
    id: &str,
    alias: Option<&str>,
    no_pause: bool,
) -> Result<ExitCode> {
    run_all(context, &[id.to_owned()], alias, no_pause).await
}

/// Runs every section.
pub(super) async fn all(context: &Context, no_pause: bool) -> Result<ExitCode> {
    let mut ids = Library::new(context.lessons.as_deref()).ids(context.lang)?;
    ids.retain(|id| id != CHALLENGES);
    run_all(context, &ids, None, no_pause).await
}

async fn run_all(
    context: &Context,
    ids: &[String],
    alias: Option<&str>,
    no_pause: bool,
) -> Result<ExitCode> {
    let library = Library::new(context.lessons.as_deref());
    let mut lessons = Vec::new();
    for id in ids {
        lessons.push(library.get(id, context.lang)?);
    }
    let server = context.resolve_server().await?;
    let mut stage = Stage::open(&server, context.reset_lab, context.lang).await?;
    let mut screen = Screen::new(context, no_pause);
    let outcome = tokio::select! {
        outcome = play_all(context, &lessons, alias, &server, &mut stage, &mut screen) => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    screen.give_back();
    let too_old = stage.too_old();
    // Whatever happened, an external server is left as it was found.
    let closed = stage.close().await;
    match (outcome, closed) {
        (Err(error), _) if error.is_closed_pipe() => Ok(ExitCode::Ok),
        (Err(error), _) => Err(error),
        (Ok(_), Err(error)) => Err(error.into()),
        (Ok(0), Ok(())) => Ok(ExitCode::Ok),
        (Ok(_), Ok(())) => too_old.map_or(Ok(ExitCode::CheckFailed), Err),
    }
}

/// Plays the lessons; gives the number of surprises.
async fn play_all(
    context: &Context,
    lessons: &[crate::lesson::Lesson],
    alias: Option<&str>,
    server: &Server,
    stage: &mut Stage,
    screen: &mut Screen,
) -> Result<usize> {
    let mut surprises = 0;
    for lesson in lessons {
        let from = match alias {
            Some(alias) => lesson.part(alias).ok_or_else(|| {
                let file = &lesson.file;
                Error::lesson((
                    format!("{file} has no part {alias}"),
                    format!("w {file} nie ma części {alias}"),
                ))
            })?,
            None => 0,
        };
        screen.get_ready_for(lesson.steps.get(from..).unwrap_or_default());
        let server = server.describe(context.lang);
        let lang = context.lang.code();
        let summary: Summary = play(lesson, from, server, lang, stage, screen).await?;
        surprises += summary.surprises;
        if summary.left {
            break;
        }
    }
    Ok(surprises)
}
