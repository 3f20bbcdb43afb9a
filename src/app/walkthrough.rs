//! `redis-lab walkthrough`: a lesson in front of a class.

use super::Context;
use super::files::replace_file;
use crate::cli::walkthrough::WalkthroughArgs;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{CHALLENGES, Lesson, Library};
use crate::live;
use crate::runner::{Stage, check};
use crate::walkthrough;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

pub(super) async fn run(context: &Context, args: &WalkthroughArgs) -> Result<ExitCode> {
    let lessons = lessons(context, &args.sections)?;
    if args.rehearse {
        return rehearse(context, &lessons).await;
    }
    if let Some(file) = &args.record {
        return write_one(context, &lessons, file, Form::Recording).await;
    }
    if let Some(export) = &args.export {
        let [format, file] = export.as_slice() else {
            return Err(Error::usage("--export takes FORMAT FILE"));
        };
        if format != "html" {
            return Err(Error::usage(format!("cannot export as \"{format}\""))
                .hint("the format is html: --export html lists.html"));
        }
        return write_one(context, &lessons, &PathBuf::from(file), Form::Page).await;
    }
    Err(Error::usage("not there yet"))
}

/// The lessons named, or all of them.
fn lessons(context: &Context, names: &[String]) -> Result<Vec<Lesson>> {
    let library = Library::new(context.lessons.as_deref());
    let mut known = library.ids(context.lang)?;
    known.retain(|id| id != CHALLENGES);
    let ids = if names.is_empty() { &known } else { names };
    ids.iter()
        .map(|id| {
            if !known.contains(id) {
                let close = known
                    .iter()
                    .min_by_key(|other| strsim::damerau_levenshtein(other, id));
                let error = Error::usage(format!("there is no section \"{id}\""));
                return Err(match close {
                    Some(close) => error.hint(format!("did you mean \"{close}\"?")),
                    None => error,
                });
            }
            library.get(id, context.lang)
        })
        .collect()
}

async fn rehearse(context: &Context, lessons: &[Lesson]) -> Result<ExitCode> {
    let lang = context.lang;
    let server = context.resolve_server().await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = rehearse_all(context, lessons, &mut stage);
    let outcome = tokio::select! {
        outcome = work => outcome,
        _ = tokio::signal::ctrl_c() => Err(Error::interrupted()),
    };
    let closed = stage.close().await;
    let exit = outcome?;
    closed?;
    Ok(exit)
}

async fn rehearse_all(
    context: &Context,
    lessons: &[Lesson],
    stage: &mut Stage,
) -> Result<ExitCode> {
    let lang = context.lang;
    let mut surprises = 0;
    let mut table = String::new();
    for lesson in lessons {
        let demo = async |name: &str, stage: &Stage| {
            let target = stage.target().clone();
            live::run(name, &target, lang, &mut |_| Ok(())).await
        };
        let found = check::replies(lesson, stage, demo).await?;
        for problem in &found {
            super::print(format!("{problem}\n\n").as_bytes())?;
        }
        surprises += found.len();
        let verdict = match found.len() {
            0 => "ok".to_owned(),
            count => lang.pick(
                format!("{count} surprises"),
                format!("niespodzianki: {count}"),
            ),
        };
        let steps = lesson.steps.len();
        let minutes = lesson.minutes();
        let _ = writeln!(
            table,
            "{:<14} {steps:>3} {}  {minutes:>3} min  {verdict}",
            lesson.id,
            lang.pick("steps", "kroków")
        );
    }
    let total: u32 = lessons.iter().map(Lesson::minutes).sum();
    let _ = writeln!(
        table,
        "{}: {total} min",
        lang.pick("planned altogether", "razem zaplanowano")
    );
    super::print(table.as_bytes())?;
    Ok(if surprises == 0 {
        ExitCode::Ok
    } else {
        ExitCode::CheckFailed
    })
}

#[derive(Clone, Copy)]
enum Form {
    Recording,
    Page,
}

/// Plays one lesson into a file.
async fn write_one(
    context: &Context,
    lessons: &[Lesson],
    file: &Path,
    form: Form,
) -> Result<ExitCode> {
    let [lesson] = lessons else {
        return Err(Error::usage("one file holds one section")
            .hint("name the section: redis-lab walkthrough lists --export html lists.html"));
    };
    let lang = context.lang;
    let server: Server = context.resolve_server().await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = async {
        match form {
            Form::Recording => walkthrough::record(lesson, &server, &mut stage, lang).await,
            Form::Page => walkthrough::export(lesson, &server, &mut stage, lang).await,
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        _ = tokio::signal::ctrl_c() => Err(Error::interrupted()),
    };
    let closed = stage.close().await;
    let (text, surprises) = outcome?;
    closed?;
    replace_file(file, &text)?;
    Ok(if surprises == 0 {
        ExitCode::Ok
    } else {
        ExitCode::CheckFailed
    })
}
