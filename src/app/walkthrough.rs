//! `redis-lab walkthrough`: a lesson in front of a class.

use super::context::{Context, too_old_for};
use super::files::replace_file;
use super::lessons_in_shell::WithLessons;
use super::signals::{End, interrupted, leave};
use super::watchdog::Watchdog;
use crate::cli::walkthrough::WalkthroughArgs;
use catalog::lang::Text;
use catalog::text;

use crate::conn::server::{Server, Version};
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library};
use crate::live;
use crate::runner::{Stage, check};
use crate::session::NoHooks;
use crate::session::exercise::course::find_section;
use crate::walkthrough::{
    self, FullScreen, Meeting, Options, Presenter, Show, Turn, canvas, follow,
};
use crossterm::event::EventStream;
use ratatui::backend::CrosstermBackend;
use std::fmt::Write as _;
use std::io::Stdout;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long a typed character takes at the usual pace.
const KEYSTROKE: Duration = Duration::from_millis(45);

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
            return Err(Error::usage(text!(
                "--export takes FORMAT FILE",
                "--export wymaga: FORMAT PLIK"
            )));
        };
        if format != "html" {
            return Err(Error::usage(text!(
                "cannot export as \"{format}\"",
                "nie umiem zapisać jako \"{format}\""
            ))
            .hint(text!(
                "the format is html: --export html lists.html",
                "format to html: --export html lists.html"
            )));
        }
        return write_one(context, &lessons, &PathBuf::from(file), Form::Page).await;
    }
    if !context.interactive {
        return Err(Error::usage(text!(
            "walkthrough fills a terminal, and there is none here",
            "walkthrough zajmuje cały terminal, a tu go nie ma"
        ))
        .hint(text!(
            "without one there are --rehearse, --record FILE and --export html FILE",
            "bez terminala działają --rehearse, --record PLIK i --export html PLIK"
        )));
    }
    if args.notes {
        return notes(context).await;
    }
    let options = options(context, args)?;
    present(context, lessons, options).await
}

/// The pace asked for.
fn options(context: &Context, args: &WalkthroughArgs) -> Result<Options> {
    let seconds = |value: f64, name: &str| {
        Duration::try_from_secs_f64(value).map_err(|_| {
            Error::usage(text!(
                "{name} takes a number that is not negative",
                "{name} wymaga liczby nieujemnej"
            ))
        })
    };
    let auto = match args.auto {
        Some(value) => Some(seconds(value, "--auto")?),
        None => None,
    };
    let keystroke = seconds(KEYSTROKE.as_secs_f64() / args.speed, "--speed")?;
    Ok(Options {
        auto,
        keystroke: (!args.no_type).then_some(keystroke),
        color: context.color,
    })
}

/// The show itself. However it ends, the terminal is given back before the
/// server is left as it was found.
async fn present(context: &Context, lessons: Vec<Lesson>, options: Options) -> Result<ExitCode> {
    let lang = context.lang;
    let server = context
        .resolve_server_for(&lessons.iter().collect::<Vec<_>>())
        .await?;
    let stage = Stage::open(&server, context.reset_lab, lang).await?;
    // Without the file the notes still work with --url; nothing else is lost.
    let meeting = match server.is_private() {
        true => Meeting::announce(server.target()).ok(),
        false => None,
    };
    let library = context
        .lessons
        .as_deref()
        .map(|folder| Library::new(Some(folder)));
    let show = Show::new(lessons, server.describe(lang), lang, options);
    let watchdog = Watchdog::of_screen();
    let screen = FullScreen::enter()?;
    let mut presenter = Presenter::new(canvas()?, show, stage, library);
    let outcome = tokio::select! {
        outcome = turns(context, &mut presenter, &screen, &server) => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    drop(screen);
    drop(watchdog);
    drop(meeting);
    leave(presenter.finish().await, outcome, End::Left, lang).await?;
    Ok(ExitCode::Ok)
}

async fn turns(
    context: &Context,
    presenter: &mut Presenter<CrosstermBackend<Stdout>>,
    screen: &FullScreen,
    server: &Server,
) -> Result<()> {
    // The shell reads the keys itself, so each turn has a stream of its own.
    let mut input = EventStream::new();
    let mut turn = presenter.begin(&mut input).await?;
    loop {
        if turn == Turn::Stay {
            turn = presenter.run(&mut input).await?;
        }
        match turn {
            Turn::Leave => return Ok(()),
            Turn::Shell => {
                drop(input);
                walkthrough::forget_typed_ahead();
                screen.pause();
                let stage = presenter.stage();
                let mut hooks = WithLessons {
                    context,
                    mode: NoHooks,
                };
                walkthrough::shell(stage, server, context.lang, context.color, &mut hooks).await?;
                screen.take()?;
                input = EventStream::new();
                turn = presenter.resume(canvas()?, &mut input).await?;
            }
            Turn::Stay => {}
        }
    }
}

/// The second terminal.
async fn notes(context: &Context) -> Result<ExitCode> {
    let url = context.target()?;
    let _watchdog = Watchdog::of_screen();
    let screen = FullScreen::enter()?;
    let mut terminal = canvas()?;
    let mut input = EventStream::new();
    let outcome = tokio::select! {
        outcome = follow(&mut terminal, url, context.lang, &mut input) => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    drop(screen);
    outcome?;
    Ok(ExitCode::Ok)
}

/// The lessons named, or all of them.
fn lessons(context: &Context, names: &[String]) -> Result<Vec<Lesson>> {
    let library = Library::new(context.lessons.as_deref());
    let lang = context.lang;
    if names.is_empty() {
        let mut lessons = library.all(lang)?;
        lessons.retain(Lesson::is_shown);
        return context.leave_out_refused(lessons);
    }
    let named = |name: &String| {
        let lesson = library.get(&find_section(&library, name, lang)?, lang)?;
        if lesson.is_shown() {
            return Ok(lesson);
        }
        let id = &lesson.id;
        Err(Error::usage(text!(
            "the section {id} has exercises only, and nothing to show",
            "sekcja {id} ma same ćwiczenia, nie ma czego pokazać"
        ))
        .hint(Text::in_each(|_| format!("redis-lab practice {id}"))))
    };
    names.iter().map(named).collect()
}

async fn rehearse(context: &Context, lessons: &[Lesson]) -> Result<ExitCode> {
    let lang = context.lang;
    let server = context
        .resolve_server_for(&lessons.iter().collect::<Vec<_>>())
        .await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = rehearse_all(context, lessons, server.version(), &mut stage);
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    leave(stage, outcome, End::Over, lang).await
}

async fn rehearse_all(
    context: &Context,
    lessons: &[Lesson],
    server: &Version,
    stage: &mut Stage,
) -> Result<ExitCode> {
    let lang = context.lang;
    let mut surprises = 0;
    let mut table = String::new();
    for lesson in lessons {
        if !lesson.runs_on(server.release()) {
            let why = too_old_for(lesson, server);
            let _ = writeln!(table, "{}", context.left_out(&why));
            continue;
        }
        let demo = async |name: &str, stage: &Stage| {
            let target = stage.target().clone();
            live::run(name, &target, lang, &mut |_| Ok(())).await
        };
        let found = check::replies(lesson, stage, demo).await?;
        for problem in &found {
            super::terminal::print(format!("{problem}\n\n").as_bytes())?;
        }
        surprises += found.len();
        let verdict = match found.len() {
            0 => "ok".to_owned(),
            count => text!(lang, "{count} surprises", "niespodzianki: {count}"),
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
    super::terminal::print(table.as_bytes())?;
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
        return Err(Error::usage(text!(
            "one file holds one section",
            "w jednym pliku mieści się jedna sekcja"
        ))
        .hint(text!(
            "name the section: redis-lab walkthrough lists --export html lists.html",
            "nazwij sekcję: redis-lab walkthrough lists --export html lists.html"
        )));
    };
    let lang = context.lang;
    let server: Server = context.resolve_server_for(&[lesson]).await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = async {
        match form {
            Form::Recording => walkthrough::record(lesson, &server, &mut stage, lang).await,
            Form::Page => walkthrough::export(lesson, &server, &mut stage, lang).await,
        }
    };
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    let (text, surprises) = leave(stage, outcome, End::Over, lang).await?;
    replace_file(file, &text)?;
    Ok(if surprises == 0 {
        ExitCode::Ok
    } else {
        ExitCode::CheckFailed
    })
}
