//! `redis-lab practice`: in the shell, from a pipe, and what is kept of it.

use super::context::Context;
use super::join::{InClass, Member};
use super::lessons_in_shell::WithLessons;
use super::signals::{Modes, interrupted, told_to_end};
use super::terminal::{beside, write_out};
use super::watchdog::Watchdog;
use crate::cli::practice::{PracticeArgs, PracticeCommand};
use crate::conn::Client;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library, parse, read_file};
use crate::practice::{
    Coach, CoachOptions, Keep as _, PipeRun, Recheck, Report, Scene, Store, Verdict, learner,
    recheck, run_pipe, state_folder,
};
use crate::render::style::Ink;
use crate::repl::config::{self, Config};
use crate::repl::{Repl, ReplOptions};
use crate::session::Shell;
use crate::session::exercise::course::find_section;
use crate::session::exercise::{Course, View};
use catalog::text;
use serde_json::json;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};

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

fn open_store(context: &Context) -> Result<Store> {
    let lang = context.lang;
    let folder = state_folder().ok_or_else(|| {
        Error::usage(text!(
            "there is no home directory to keep your progress in",
            "nie ma katalogu domowego na postępy"
        ))
        .hint(text!(
            "set REDIS_LAB_STATE_DIR to a folder of yours",
            "ustaw REDIS_LAB_STATE_DIR na swój katalog"
        ))
    })?;
    let mut store = Store::open(folder, lang)?;
    tell_notices(&mut store);
    Ok(store)
}

/// What happened to the file, on standard error: never silently.
fn tell_notices(store: &mut Store) {
    for notice in store.take_notices() {
        beside(&format!("redis-lab: {notice}"));
    }
}

fn view(context: &Context) -> View {
    View {
        lang: context.lang,
        style: context.style(),
        width: super::terminal::columns(),
    }
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
        let mut banner = view(context).remark(&server.describe(lang));
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
        return Ok(exit);
    }
    let run = PipeRun {
        out: io::stdout(),
        json: context.json,
        lang,
    };
    let input = BufReader::new(io::stdin());
    let outcome = tokio::select! {
        outcome = run_pipe(run, &mut coach, server.target(), input) => outcome,
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

/// The files that a teacher names: a folder stands for those in it.
fn progress_files(files: &[PathBuf]) -> Vec<PathBuf> {
    let is_json = |path: &PathBuf| {
        path.extension()
            .is_some_and(|extension| extension == "json")
    };
    let mut found = Vec::new();
    for path in files {
        let Ok(entries) = std::fs::read_dir(path) else {
            found.push(path.clone());
            continue;
        };
        let mut inside: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        inside.sort();
        for path in inside {
            let own = path.join("practice.json");
            match path.is_dir() {
                true if own.is_file() => found.push(own),
                false if is_json(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found
}

fn report(context: &Context, library: &Library, files: &[PathBuf], csv: bool) -> Result<ExitCode> {
    let lang = context.lang;
    let mut learners = Vec::new();
    for file in progress_files(files) {
        learners.push((learner(&file), Store::read_file(&file)?));
    }
    if learners.is_empty() {
        return Err(Error::usage(text!(
            "there is no learner's progress in these folders",
            "w tych katalogach nie ma niczyich postępów"
        ))
        .hint(text!(
            "give practice.json files, or folders with NAME.json or NAME/practice.json",
            "podaj pliki practice.json albo katalogi z IMIĘ.json lub IMIĘ/practice.json"
        )));
    }
    let report = Report {
        course: Course::load(library, None, lang)?,
        learners,
    };
    let text = match (csv, context.json) {
        (true, _) => report.csv(),
        (false, false) => report.table(&view(context)),
        (false, true) => report
            .rows()
            .map(|(learner, section, id, state, record)| {
                let event = json!({"type": "learner", "learner": learner, "section": section,
                    "id": id, "state": state.word(), "attempts": record.attempts,
                    "hints": record.hints, "solution_read": record.solution_read,
                    "submitted": record.submitted, "seconds": record.seconds.round()});
                format!("{event}\n")
            })
            .collect(),
    };
    super::terminal::print(text.as_bytes())
}

/// A server on which the exercises of all these lessons can be solved.
async fn server_for(context: &Context, lessons: &[Lesson]) -> Result<Server> {
    let lessons: Vec<&Lesson> = lessons.iter().collect();
    context.resolve_server_for(&lessons).await
}

async fn verify(
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
            super::confine::this_process();
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
    super::terminal::print(text.as_bytes())?;
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
