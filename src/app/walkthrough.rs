//! `redis-lab walkthrough`: a lesson in front of a class.

use super::context::{Context, too_old_for};
use super::files::{make_folder, replace_file, try_to_write};
use super::lessons_in_shell::WithLessons;
use super::signals::{End, interrupted, leave};
use super::terminal::remark;
use super::watchdog::Watchdog;
use crate::cli::walkthrough::WalkthroughArgs;
use catalog::lang::Text;
use catalog::text;

use crate::conn::server::{Server, Version};
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library};
use crate::live;
use crate::repl::stop_job;
use crate::runner::{Stage, check};
use crate::session::NoHooks;
use crate::session::exercise::course::find_section;
use crate::walkthrough::{
    self, Chapter, FullScreen, Meeting, Notes, Options, Presenter, Show, Turn, canvas, follow,
};
use crossterm::event::EventStream;
use ratatui::backend::CrosstermBackend;
use std::fmt::Write as _;
use std::io::Stdout;
use std::path::Path;
use std::time::Duration;

/// How long a typed character takes at the usual pace.
const KEYSTROKE: Duration = Duration::from_millis(45);

pub(super) async fn run(context: &Context, args: &WalkthroughArgs) -> Result<ExitCode> {
    let lessons = lessons(context, &args.sections)?;
    if args.rehearse {
        return rehearse(context, &lessons).await;
    }
    if let Some(file) = &args.record {
        return record(context, &lessons, file, options(context, args)?).await;
    }
    if let Some(asked) = &args.export {
        let [format, file] = asked.as_slice() else {
            return Err(Error::usage(text!(
                "--export takes FORMAT FILE",
                "--export wymaga: FORMAT PLIK"
            )));
        };
        if format != "html" {
            return Err(Error::usage(text!(
                "cannot export as \"{format}\"",
                "nie umiem zapisać jako „{format}”"
            ))
            .hint(text!(
                "the format is html: --export html lists.html",
                "format to html: --export html lists.html"
            )));
        }
        return export(context, &lessons, Path::new(file), !args.no_solutions).await;
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
    let (server, lessons) = context.resolve_server_for_each(lessons).await?;
    let stage = Stage::open(&server, context.reset_lab, lang).await?;
    // Without the file the notes still work with --url; nothing else is lost.
    let meeting = if server.is_private() {
        Meeting::announce(server.target()).ok()
    } else {
        None
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
            Turn::Stop => {
                drop(input);
                screen.pause();
                stop_job();
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
    let mut notes = Notes::default();
    loop {
        let mut terminal = canvas()?;
        let mut input = EventStream::new();
        let turn = tokio::select! {
            turn = follow(&mut terminal, &mut notes, url.clone(), context.lang, &mut input) => turn?,
            () = interrupted() => return Err(Error::interrupted()),
        };
        if turn != Turn::Stop {
            return Ok(ExitCode::Ok);
        }
        drop(input);
        screen.pause();
        stop_job();
        screen.take()?;
    }
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
        let demo =
            async |name: &str, stage: &Stage| live::run(name, stage, lang, &mut |_| Ok(())).await;
        let found = check::replies(lesson, stage, demo).await?;
        for problem in &found {
            super::terminal::print(format!("{}\n\n", problem.report(lang)).as_bytes())?;
        }
        surprises += found.len();
        let verdict = match found.len() {
            0 => "ok".to_owned(),
            count => text!(lang, "surprises: {count}", "niespodzianki: {count}"),
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
    Ok(verdict(surprises))
}

/// Plays one lesson into a recording.
async fn record(
    context: &Context,
    lessons: &[Lesson],
    file: &Path,
    options: Options,
) -> Result<ExitCode> {
    let [lesson] = lessons else {
        return Err(Error::usage(text!(
            "one recording holds one section",
            "w jednym nagraniu mieści się jedna sekcja"
        ))
        .hint(text!(
            "name the section: redis-lab walkthrough lists --record lists.cast",
            "nazwij sekcję: redis-lab walkthrough lists --record lists.cast"
        )));
    };
    try_to_write(file)?;
    let lang = context.lang;
    let server: Server = context.resolve_server_for(&[lesson]).await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = walkthrough::record(lesson, &server, &mut stage, lang, options);
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    let recording = leave(stage, outcome, End::Over, lang).await?;
    replace_file(file, &recording.cast)?;
    let seconds = recording.length.as_secs();
    let (minutes, seconds) = (seconds / 60, seconds % 60);
    let name = file.display();
    remark(&text!(
        lang,
        "{name} plays for {minutes}:{seconds:02} min: asciinema play {name}",
        "{name}: {minutes}:{seconds:02} min nagrania; odtwarza je asciinema play {name}"
    ));
    Ok(verdict(recording.surprises))
}

/// Plays lessons into a page, or into a folder of pages.
async fn export(
    context: &Context,
    lessons: &[Lesson],
    target: &Path,
    solutions: bool,
) -> Result<ExitCode> {
    let ends_like_folder = target.to_string_lossy().ends_with(std::path::is_separator);
    let in_folder = target.is_dir() || ends_like_folder;
    if in_folder {
        make_folder(target)?;
        try_to_write(&target.join("index.html"))?;
    } else {
        try_to_write(target)?
    }
    let lang = context.lang;
    let server = context
        .resolve_server_for(&lessons.iter().collect::<Vec<_>>())
        .await?;
    let mut stage = Stage::open(&server, context.reset_lab, lang).await?;
    let work = chapters(context, lessons, &server, &mut stage, solutions);
    let outcome = tokio::select! {
        outcome = work => outcome,
        () = interrupted() => Err(Error::interrupted()),
    };
    let chapters = leave(stage, outcome, End::Over, lang).await?;
    if in_folder {
        for (name, page) in walkthrough::pages(&chapters, lang) {
            replace_file(&target.join(name), &page)?;
        }
        let (name, page) = walkthrough::contents(&chapters, lang);
        replace_file(&target.join(name), &page)?;
    } else {
        replace_file(target, &walkthrough::page(&chapters, lang))?;
    }
    let (name, count) = (target.display(), chapters.len());
    remark(&text!(
        lang,
        "sections in {name}: {count}",
        "sekcje zapisane w {name}: {count}"
    ));
    Ok(verdict(
        chapters.iter().map(|chapter| chapter.surprises).sum(),
    ))
}

async fn chapters(
    context: &Context,
    lessons: &[Lesson],
    server: &Server,
    stage: &mut Stage,
    solutions: bool,
) -> Result<Vec<Chapter>> {
    let lang = context.lang;
    let mut chapters = Vec::new();
    for lesson in lessons {
        if !lesson.runs_on(server.version().release()) {
            let why = too_old_for(lesson, server.version());
            let left_out = lang.pick("left out", "pominięto");
            remark(&format!("{left_out}: {}", why.pick(lang)));
            continue;
        }
        chapters.push(walkthrough::export(lesson, server, stage, lang, solutions).await?);
    }
    Ok(chapters)
}

fn verdict(surprises: usize) -> ExitCode {
    match surprises {
        0 => ExitCode::Ok,
        _ => ExitCode::CheckFailed,
    }
}
