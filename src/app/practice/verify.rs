//! `redis-lab practice verify`: what was submitted is repeated on a server of
//! its own.

use super::common::{open_store, server_for, view};
use crate::app::confine;
use crate::app::context::Context;
use crate::app::signals::interrupted;
use crate::app::terminal::print;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Library, parse, read_file};
use crate::practice::{Keep as _, Recheck, Scene, Store, Verdict, recheck};
use crate::render::style::Ink;
use crate::session::exercise::Course;
use catalog::text;
use serde_json::json;
use std::path::{Path, PathBuf};

pub(super) async fn verify(
    context: &Context,
    library: &Library,
    file: Option<&Path>,
    confined: bool,
) -> Result<ExitCode> {
    let lang = context.lang;
    let is_lesson = |path: &&Path| path.extension().is_some_and(|extension| extension == "md");
    let (lesson, record): (Option<PathBuf>, Option<PathBuf>) = match file {
        Some(path) if is_lesson(&path) => (Some(path.to_owned()), None),
        other => (None, other.map(Path::to_owned)),
    };
    let progress = match &record {
        Some(path) => Store::read_file(path)?,
        None => open_store(context)?.progress().clone(),
    };
    let (course, section) = match &lesson {
        Some(path) => {
            let id = path.file_stem().map(|stem| stem.to_string_lossy());
            let id = id.unwrap_or_default().into_owned();
            let lesson = parse(&id, &path.display().to_string(), &read_file(path)?)?;
            (Course::of_lesson(lesson), Some(id))
        }
        None => (Course::load(library, None, lang)?, None),
    };
    if context.url.is_some() {
        return Err(Error::usage(text!(
            "submissions are only repeated on a private server",
            "odpowiedzi są powtarzane tylko na prywatnym serwerze"
        ))
        .hint(text!("leave out --url", "pomiń --url")));
    }
    let server = match lesson {
        _ if confined => {
            confine::this_process();
            Server::confined().await?
        }
        Some(_) => context.resolve_server().await?,
        None => server_for(context, &library.all(lang)?).await?,
    };
    let mut scene = Scene::open(&server, lang).await?;
    let checked = tokio::select! {
        checked = recheck(&course, section.as_deref(), &progress, &mut scene) => checked?,
        () = interrupted() => return Err(Error::interrupted()),
    };
    let mut text: String = checked
        .iter()
        .map(|recheck| verdict_line(context, recheck))
        .collect();
    let is_lost = |recheck: &&Recheck| matches!(recheck.verdict, Verdict::NoLongerSolved(_));
    let lost = checked.iter().filter(is_lost).count();
    if !context.json {
        let all = checked.len();
        text.push_str(&text!(
            lang,
            "{all} submissions checked, no longer accepted: {lost}\n",
            "sprawdzone odpowiedzi: {all}, już nieprzyjmowane: {lost}\n"
        ));
    }
    print(text.as_bytes())?;
    Ok(match lost {
        0 => ExitCode::Ok,
        _ => ExitCode::CheckFailed,
    })
}

/// A line about a submission, and what is missing where it is refused now.
fn verdict_line(context: &Context, recheck: &Recheck) -> String {
    let Recheck {
        id,
        section,
        verdict,
    } = recheck;
    let missing = match verdict {
        Verdict::NoLongerSolved(fault) => view(context).faults(fault),
        _ => Vec::new(),
    };
    if context.json {
        let event = json!({"type": "submission", "id": id, "section": section,
            "verdict": verdict.word(), "missing": missing});
        return format!("{event}\n");
    }
    let lang = context.lang;
    let (ink, text) = match verdict {
        Verdict::StillSolved => (Ink::Good, lang.pick("solved", "rozwiązane")),
        Verdict::NoLongerSolved(_) => (
            Ink::Bad,
            lang.pick("was solved, is no longer", "było rozwiązane, już nie jest"),
        ),
        Verdict::NowSolved => (
            Ink::Good,
            lang.pick(
                "was refused, is solved now",
                "było odrzucone, teraz rozwiązane",
            ),
        ),
        Verdict::StillOpen => (Ink::Dim, lang.pick("not solved", "nierozwiązane")),
        Verdict::Incomplete => (
            Ink::Warn,
            lang.pick("not recorded in full", "zapisane niecałkowicie"),
        ),
        Verdict::NotHere => (
            Ink::Warn,
            lang.pick(
                "cannot be repeated here: the server refuses its start",
                "nie da się tu powtórzyć: serwer odrzuca jego początek",
            ),
        ),
        Verdict::Unknown => (
            Ink::Warn,
            lang.pick(
                "the lessons have no such exercise",
                "w lekcjach nie ma takiego ćwiczenia",
            ),
        ),
    };
    let style = context.style();
    let mut line = format!("{id:<32} {}\n", style.paint(ink, text));
    if let Some(first) = missing.first() {
        line.push_str(&view(context).remark(first));
    }
    line
}
