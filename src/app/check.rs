//! `redis-lab check`: proves the lessons.

use super::context::{Context, too_old_for};
use super::files::replace_file;
use super::signals::{End, interrupted, leave};
use crate::cli::lesson::CheckArgs;
use crate::conn::server::Version;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Diagnostic, Lesson, Library, parse, read_file};
use crate::live;
use crate::runner::{Stage, check};
use catalog::lang::Lang;
use catalog::text;
use std::path::{Path, PathBuf};

/// A lesson with its language and, when it is a file of its own, its path.
struct Subject {
    lang: Lang,
    path: Option<PathBuf>,
    lesson: Lesson,
}

pub(super) async fn run(context: &Context, args: &CheckArgs) -> Result<ExitCode> {
    let (subjects, broken) = gather(context, &args.paths)?;
    let lessons = || subjects.iter().map(|subject| &subject.lesson);
    if lessons().all(|lesson| context.refusal(lesson).is_some()) {
        context.admit(lessons())?;
    }
    let server = context.resolve_server().await?;
    let mut stage = Stage::open(&server, context.reset_lab, context.lang).await?;
    let work = async {
        if args.bless {
            bless(context, &subjects, &mut stage).await
        } else {
            prove(
                context,
                &subjects,
                args.strict,
                server.version(),
                &mut stage,
            )
            .await
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    let failures = leave(stage, outcome, End::Over, context.lang).await?;
    for error in &broken {
        say(&format!("{}\n", error.message_in(context.lang)))?;
    }
    let exercises: usize = subjects
        .iter()
        .map(|subject| subject.lesson.exercises().count())
        .sum();
    let lang = context.lang;
    let problems = failures + broken.len();
    let count = |n: usize, one: &str| format!("{n} {one}{}", if n == 1 { "" } else { "s" });
    say(&lang.pick(
        format!(
            "{}, {}, {}, on {}",
            count(subjects.len() + broken.len(), "lesson file"),
            count(exercises, "exercise"),
            count(problems, "problem"),
            server.describe(lang)
        ),
        format!(
            "pliki lekcji: {}, ćwiczenia: {exercises}, problemy: {problems}, serwer: {}",
            subjects.len() + broken.len(),
            server.describe(lang)
        ),
    ))?;
    Ok(match (failures, broken.len()) {
        (0, 0) => ExitCode::Ok,
        (0, _) => ExitCode::Lesson,
        _ => ExitCode::CheckFailed,
    })
}

fn say(line: &str) -> Result<()> {
    super::terminal::print(format!("{line}\n").as_bytes()).map(|_| ())
}

/// The lessons to check, and the complaints about those that cannot be read.
fn gather(context: &Context, paths: &[PathBuf]) -> Result<(Vec<Subject>, Vec<Error>)> {
    let mut subjects = Vec::new();
    let mut broken = Vec::new();
    if paths.is_empty() {
        let library = Library::new(context.lessons.as_deref());
        for lang in Lang::ALL {
            for id in library.ids(lang)? {
                match library.get(&id, lang) {
                    Ok(lesson) => subjects.push(Subject {
                        lang,
                        path: None,
                        lesson,
                    }),
                    Err(error) => broken.push(error),
                }
            }
        }
        return Ok((subjects, broken));
    }
    for path in paths {
        for (file, lang) in lesson_files(path)? {
            let id = file
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default();
            let read = read_file(&file)
                .and_then(|text| Ok(parse(&id, &file.display().to_string(), &text)?));
            match read {
                Ok(lesson) => subjects.push(Subject {
                    lang,
                    path: Some(file),
                    lesson,
                }),
                Err(error) => broken.push(error),
            }
        }
    }
    Ok((subjects, broken))
}

/// The lesson files a path names: a file, a language's folder, or a folder of
/// both languages.
fn lesson_files(path: &Path) -> Result<Vec<(PathBuf, Lang)>> {
    let language_of = |path: &Path| {
        let is_polish = path.components().any(|part| part.as_os_str() == "pl");
        if is_polish { Lang::Pl } else { Lang::En }
    };
    if path.is_file() {
        return Ok(vec![(path.to_owned(), language_of(path))]);
    }
    let both: Vec<PathBuf> = Lang::ALL
        .iter()
        .map(|lang| path.join(lang.code()))
        .collect();
    let folders = if both.iter().any(|folder| folder.is_dir()) {
        both
    } else {
        vec![path.to_owned()]
    };
    let mut files = Vec::new();
    for folder in folders {
        let entries = std::fs::read_dir(&folder).map_err(|error| {
            Error::usage(text!(
                "cannot read {}",
                "nie można odczytać {}",
                folder.display()
            ))
            .because(&error)
            .hint(text!(
                "give a lesson file, or a folder with en/ and pl/ in it",
                "podaj plik lekcji albo katalog, w którym są en/ i pl/"
            ))
        })?;
        for entry in entries.flatten() {
            let file = entry.path();
            let is_lesson = file.extension().is_some_and(|extension| extension == "md")
                && file.file_stem().is_some_and(|stem| stem != "README");
            if is_lesson {
                files.push((file.clone(), language_of(&file)));
            }
        }
    }
    files.sort();
    Ok(files)
}

/// Runs and lints everything; gives the number of problems.
async fn prove(
    context: &Context,
    subjects: &[Subject],
    strict: bool,
    server: &Version,
    stage: &mut Stage,
) -> Result<usize> {
    let mut failures = 0;
    for subject in subjects {
        let lesson = &subject.lesson;
        let mut found = check::lint(lesson);
        let mut remarks = Vec::new();
        let too_old = || (!lesson.runs_on(server.release())).then(|| too_old_for(lesson, server));
        if let Some(why) = context.refusal(lesson).or_else(too_old) {
            say(&format!("{:<28} {}", lesson.file, context.left_out(&why)))?;
            failures += found.len();
            continue;
        }
        if found.is_empty() {
            let lang = subject.lang;
            let demo = async |name: &str, stage: &Stage| {
                live::run(name, stage, lang, &mut |_| Ok(())).await
            };
            found.extend(check::replies(lesson, stage, demo).await?);
            found.extend(check::prove_tasks(lesson, stage).await?);
            let findings = check::prove_exercises(lesson, stage).await?;
            found.extend(findings.problems);
            if strict {
                found.extend(findings.remarks)
            } else {
                remarks = findings.remarks
            }
        }
        failures += found.len();
        report(context, subject, &found, &remarks)?;
    }
    let mut found = Vec::new();
    for lang in Lang::ALL {
        let lessons = subjects.iter().filter(|subject| subject.lang == lang);
        found.extend(check::lint_ids(lessons.map(|subject| &subject.lesson)));
    }
    for polish in subjects.iter().filter(|subject| subject.lang == Lang::Pl) {
        let english = subjects
            .iter()
            .find(|other| other.lang == Lang::En && other.lesson.id == polish.lesson.id);
        if let Some(english) = english {
            found.extend(check::lint_languages(&english.lesson, &polish.lesson));
        }
    }
    for problem in &found {
        say(&format!("{}\n", problem.report(context.lang)))?;
    }
    Ok(failures + found.len())
}

fn report(
    context: &Context,
    subject: &Subject,
    found: &[Diagnostic],
    remarks: &[Diagnostic],
) -> Result<()> {
    let mark = if found.is_empty() {
        "ok"
    } else {
        context.lang.pick("FAILED", "BŁĄD")
    };
    say(&format!("{:<28} {mark}", subject.lesson.file))?;
    for problem in found {
        say(&format!("\n{}\n", problem.report(context.lang)))?;
    }
    for remark in remarks {
        let (line, message) = (remark.span.line, remark.message.pick(context.lang));
        let label = context.lang.pick("remark", "uwaga");
        say(&format!("  {label}, {}:{line}: {message}", remark.file))?;
    }
    Ok(())
}

/// Rewrites expectations; gives 0, since what was blessed is right.
async fn bless(context: &Context, subjects: &[Subject], stage: &mut Stage) -> Result<usize> {
    for subject in subjects {
        let Some(path) = &subject.path else { continue };
        if let Some(why) = context.refusal(&subject.lesson) {
            say(&format!("{}: {}", path.display(), context.left_out(&why)))?;
            continue;
        }
        let lang = subject.lang;
        let demo =
            async |name: &str, stage: &Stage| live::run(name, stage, lang, &mut |_| Ok(())).await;
        let done = match check::bless(&subject.lesson, stage, demo).await? {
            None => context
                .lang
                .pick("nothing to change", "nie ma czego zmieniać"),
            Some(text) => {
                replace_file(path, &text)?;
                context.lang.pick("rewritten", "przepisano")
            }
        };
        say(&format!("{}: {done}", path.display()))?;
    }
    Ok(0)
}
