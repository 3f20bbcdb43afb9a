//! `redis-lab practice`: in the shell, from a pipe, and what is kept of it.

mod common;
mod report;
mod verify;

use self::common::{open_store, server_for, tell_notices, view};
use self::report::report;
use self::verify::verify;
use super::context::Context;
use super::join::{InClass, Member};
use super::lessons_in_shell::WithLessons;
use super::signals::{Modes, interrupted, told_to_end};
use super::terminal::write_out;
use super::watchdog::Watchdog;
use crate::cli::practice::{PracticeArgs, PracticeCommand};
use crate::conn::Client;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::Library;
use crate::practice::{Coach, CoachOptions, Keep as _, PipeRun, Scene, Store, run_pipe};
use crate::repl::config::{self, Config};
use crate::repl::{Repl, ReplOptions};
use crate::session::Shell;
use crate::session::exercise::Course;
use crate::session::exercise::course::find_section;
use catalog::text;
use serde_json::json;
use std::io::{self, BufReader};

pub(super) async fn run(context: &Context, args: PracticeArgs) -> Result<ExitCode> {
    let lang = context.lang;
    let library = Library::new(context.lessons.as_deref());
    let section = match &args.section {
        Some(name) => Some(find_section(&library, name, lang)?),
        None => None,
    };
    if let Some(command) = &args.command {
        if section.is_some() || args.list || args.reset.is_some() {
            return Err(Error::usage(text!(
                "verify and report stand alone: redis-lab practice verify [FILE]",
                "verify i report stoją same: redis-lab practice verify [PLIK]"
            )));
        }
        return match command {
            PracticeCommand::Verify { file, confined } => {
                verify(context, &library, file.as_deref(), *confined).await
            }
            PracticeCommand::Report { files, csv } => report(context, &library, files, *csv),
        };
    }
    let mut store = open_store(context)?;
    if let Some(what) = &args.reset {
        return reset(context, &library, &mut store, section, what.as_deref());
    }
    if args.list {
        return list(context, &library, &mut store, section.as_deref());
    }
    practise(context, library, store, section, args.no_history, None).await
}

/// The exercises of all sections, or of these, for a member of a class.
pub(super) async fn in_class(
    context: &Context,
    section: Option<String>,
    member: &mut Member,
) -> Result<ExitCode> {
    let library = Library::new(context.lessons.as_deref());
    let store = member.store(context.lang)?;
    practise(context, library, store, section, false, Some(member)).await
}

fn reset(
    context: &Context,
    library: &Library,
    store: &mut Store,
    section: Option<String>,
    what: Option<&str>,
) -> Result<ExitCode> {
    let lang = context.lang;
    let section = match (section, what) {
        (None, Some("all")) => None,
        (None, Some(name)) => Some(find_section(library, name, lang)?),
        (Some(section), None) => Some(section),
        _ => {
            return Err(Error::usage(text!(
                "which progress is to be forgotten?",
                "które postępy zapomnieć?"
            ))
            .hint(text!(
                "redis-lab practice --reset lists, or --reset all",
                "redis-lab practice --reset lists albo --reset all"
            )));
        }
    };
    let known = store.reset(section.as_deref())?;
    tell_notices(store);
    let what = section.as_deref().unwrap_or("all");
    let text = if context.json {
        format!(
            "{}\n",
            json!({"type": "reset", "section": what, "forgotten": known})
        )
    } else {
        text!(
            lang,
            "{what}: progress forgotten, exercises: {known}\n",
            "{what}: postępy zapomniane, ćwiczenia: {known}\n"
        )
    };
    super::terminal::print(text.as_bytes())
}

fn list(
    context: &Context,
    library: &Library,
    store: &mut Store,
    section: Option<&str>,
) -> Result<ExitCode> {
    let course = Course::load(library, section, context.lang)?;
    let progress = store.progress();
    let next = course.start(section, progress);
    let next = next.map(|index| course.tasks[index].exercise.id.as_str());
    if !context.json {
        let view = view(context);
        let text = view.list(&course, progress, next) + "\n" + &view.progress(&course, progress);
        return super::terminal::print(text.as_bytes());
    }
    let mut text = String::new();
    for task in &course.tasks {
        let id = &task.exercise.id;
        let record = progress.exercises.get(id).cloned().unwrap_or_default();
        let event = json!({"type": "exercise", "id": id, "section": task.section,
            "title": task.exercise.title, "state": progress.state(id).word(),
            "next": next == Some(id), "attempts": record.attempts, "hints": record.hints,
            "solution_read": record.solution_read, "submitted": record.submitted});
        text.push_str(&format!("{event}\n"));
    }
    super::terminal::print(text.as_bytes())
}

async fn practise(
    context: &Context,
    library: Library,
    store: Store,
    section: Option<String>,
    no_history: bool,
    member: Option<&mut Member>,
) -> Result<ExitCode> {
    let lang = context.lang;
    if context.url.is_some() {
        return Err(Error::usage(text!(
            "practice empties its server before every exercise, so it only uses a private one",
            "ćwiczenia opróżniają serwer przed każdym zadaniem, więc używają tylko prywatnego"
        ))
        .hint(text!(
            "leave out --url, or unset REDIS_URL",
            "pomiń --url albo usuń REDIS_URL ze środowiska"
        )));
    }
    let lessons = match &section {
        Some(id) => vec![library.get(id, lang)?],
        None => library.all(lang)?,
    };
    let server = server_for(context, &lessons).await?;
    let scene = Scene::open(&server, lang).await?;
    let options = CoachOptions {
        lessons: library,
        section: section.clone(),
        lang,
        style: context.style(),
        columns: super::terminal::columns,
    };
    let Some(mut coach) = Coach::new(options, scene, Box::new(store))? else {
        let text = if context.json {
            format!("{}\n", json!({"type": "all-solved", "section": section}))
        } else {
            view(context).all_done(section.as_deref())
        };
        return super::terminal::print(text.as_bytes());
    };
    if context.interactive && !context.json {
        return in_shell(context, &server, coach, no_history, member).await;
    }
    from_pipe(context, &server, &mut coach).await
}

/// The exercises in the shell, until the learner leaves.
async fn in_shell(
    context: &Context,
    server: &Server,
    mut coach: Coach,
    no_history: bool,
    member: Option<&mut Member>,
) -> Result<ExitCode> {
    let mut banner = view(context).remark(&server.describe(context.lang));
    banner.push_str(&coach.begin().await?);
    write_out(&banner)?;
    let _watchdog = Watchdog::of_lines();
    let modes = Modes::save();
    let mut repl = shell(context, Client::new(server.target().clone()), no_history)?;
    let mut hooks = InClass {
        member,
        section: None,
        mode: WithLessons {
            context,
            mode: coach,
        },
    };
    let exit = loop {
        let exit = tokio::select! {
            exit = repl.run(&mut hooks) => exit?,
            () = told_to_end() => {
                modes.restore();
                return Err(Error::interrupted());
            }
        };
        if !hooks.mode.mode.restarts() {
            break exit;
        }
        write_out(hooks.mode.mode.begin().await?)?;
        repl.renew();
    };
    write_out(hooks.mode.mode.farewell())?;
    Ok(exit)
}

/// The exercises from lines of a pipe.
async fn from_pipe(context: &Context, server: &Server, coach: &mut Coach) -> Result<ExitCode> {
    let run = PipeRun {
        out: io::stdout(),
        json: context.json,
        lang: context.lang,
    };
    let input = BufReader::new(io::stdin());
    let outcome = tokio::select! {
        outcome = run_pipe(run, coach, server.target(), input) => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    match outcome {
        // A closed pipe: whoever read has seen enough.
        Err(error) if error.exit == ExitCode::Ok => Ok(ExitCode::Ok),
        other => other,
    }
}

/// The shell as `repl` starts it on a private server.
fn shell(context: &Context, client: Client, no_history: bool) -> Result<Repl> {
    let config = Config::of_user()?;
    let switches = config.switches(true);
    let options = ReplOptions {
        label: "lab".to_owned(),
        private: true,
        banner: String::new(),
        config,
        history: config::history_path().filter(|_| !no_history),
    };
    let shell = Shell::new(context.lang, context.style(), switches);
    Repl::new(client, shell, options)
}
