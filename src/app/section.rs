//! The section commands: run one, run all.

use super::context::Context;
use super::signals::{End, interrupted, leave};
use super::terminal::Screen;
use super::typed_lesson;
use crate::cli::lesson::SectionArgs;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library};
use crate::runner::{Stage, Summary, play};
use catalog::text;

/// Runs the section `id`, from the part `alias` on when one is given.
pub(super) async fn run(
    context: &Context,
    id: &str,
    alias: Option<&str>,
    args: &SectionArgs,
) -> Result<ExitCode> {
    let lesson = Library::new(context.lessons.as_deref()).get(id, context.lang)?;
    let from = start(&lesson, alias, args)?;
    run_each(context, vec![lesson], from, args).await
}

/// Runs every section.
pub(super) async fn all(context: &Context, args: &SectionArgs) -> Result<ExitCode> {
    let library = Library::new(context.lessons.as_deref());
    let mut lessons = library.all(context.lang)?;
    lessons.retain(Lesson::is_shown);
    let lessons = context.leave_out_refused(lessons)?;
    let from = match lessons.first() {
        Some(first) => start(first, None, args)?,
        None => None,
    };
    run_each(context, lessons, from, args).await
}

async fn run_each(
    context: &Context,
    lessons: Vec<Lesson>,
    from: Option<usize>,
    args: &SectionArgs,
) -> Result<ExitCode> {
    let is_typed = context.interactive && !context.json && !args.no_pause && !args.watch;
    if is_typed {
        let ids: Vec<String> = lessons.into_iter().map(|lesson| lesson.id).collect();
        return typed_lesson::run(context, &ids, from, args.plain, None).await;
    }
    let (server, lessons) = context.resolve_server_for_each(lessons).await?;
    let mut stage = Stage::open(&server, context.reset_lab, context.lang).await?;
    let mut screen = Screen::new(context, args.no_pause, args.plain);
    let outcome = tokio::select! {
        outcome = play_all(context, &lessons, from.unwrap_or(0), &server, &mut stage, &mut screen) => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    screen.give_back();
    let too_old = stage.too_old();
    match leave(stage, outcome, End::Over, context.lang).await {
        Err(error) if error.is_closed_pipe() => Ok(ExitCode::Ok),
        Err(error) => Err(error),
        Ok(0) => Ok(ExitCode::Ok),
        Ok(_) => too_old.map_or(Ok(ExitCode::CheckFailed), Err),
    }
}

/// Plays the lessons; gives the number of surprises.
async fn play_all(
    context: &Context,
    lessons: &[Lesson],
    mut from: usize,
    server: &Server,
    stage: &mut Stage,
    screen: &mut Screen,
) -> Result<usize> {
    let mut surprises = 0;
    for lesson in lessons {
        screen.get_ready_for(lesson.steps.get(from..).unwrap_or_default());
        let server = server.describe(context.lang);
        let lang = context.lang.code();
        let summary: Summary = play(lesson, from, server, lang, stage, screen).await?;
        from = 0;
        surprises += summary.surprises;
        if summary.left {
            break;
        }
    }
    Ok(surprises)
}

/// The index of the step to begin with, where one is asked for.
fn start(lesson: &Lesson, alias: Option<&str>, args: &SectionArgs) -> Result<Option<usize>> {
    let file = &lesson.file;
    if let Some(number) = args.from {
        let (step, of) = (number as usize, lesson.steps.len());
        return if step <= of {
            Ok(Some(step - 1))
        } else {
            Err(Error::usage(text!(
                "there is no step {step}: {file} has {of}",
                "nie ma kroku {step}: w {file} jest ich {of}"
            )))
        };
    }
    let Some(alias) = alias else { return Ok(None) };
    match lesson.part(alias) {
        Some(step) => Ok(Some(step)),
        None => Err(Error::lesson(text!(
            "{file} has no part {alias}",
            "w {file} nie ma części {alias}"
        ))),
    }
}
