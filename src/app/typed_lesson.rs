//! A section on a terminal: the lesson in the shell, where the learner types.

use super::context::{Context, too_old_for};
use super::join::{InClass, Member};
use super::signals::{End, Modes, leave, told_to_end};
use super::terminal::{columns, remark};
use super::watchdog::Watchdog;
use crate::conn::Client;
use crate::conn::server::Server;
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Lesson, Library};
use crate::live::{Early, LiveDemos};
use crate::practice::{Keep as _, Store, state_folder};
use crate::repl::config::{self, Config};
use crate::repl::{Repl, ReplOptions};
use crate::runner::Stage;
use crate::session::exercise::Progress;
use crate::session::{Guide, GuideOptions, Hooks, Left, Shell};
use catalog::lang::{Lang, Text};
use std::cell::RefCell;
use std::rc::Rc;

/// Plays sections one after the other, from the step `from` of the first one
/// on, for as long as the learner goes on. After a single section the course
/// goes on, too; in a class there are no others than those named.
pub(super) async fn run(
    context: &Context,
    ids: &[String],
    from: Option<usize>,
    plain: bool,
    mut member: Option<&mut Member>,
) -> Result<ExitCode> {
    let library = Library::new(context.lessons.as_deref());
    let mut course = match ids {
        [only] if member.is_none() => rest_of_course(&library, only, context.lang)?,
        several => several.to_vec(),
    };
    let asked_for: Vec<Lesson> = ids
        .iter()
        .map(|id| library.get(id, context.lang))
        .collect::<Result<_>>()?;
    let (server, _) = context.resolve_server_for_each(asked_for).await?;
    let mut stage = Stage::open(&server, context.reset_lab, context.lang).await?;
    let _watchdog = Watchdog::of_lines();
    let modes = Modes::save();
    course.reverse();
    let (mut surprises, mut from) = (0, from);
    let mut outcome = Ok(());
    while let Some(id) = course.pop() {
        let lesson = library.get(&id, context.lang)?;
        if let Some(reason) = why_not(context, &server, ids, &lesson) {
            remark(&context.left_out(&reason));
            continue;
        }
        let is_played = |id: &&String| match library.get(id, context.lang) {
            Ok(lesson) => why_not(context, &server, ids, &lesson).is_none(),
            Err(_) => true,
        };
        let next = course.iter().rev().find(is_played).cloned();
        let guide = guide(
            context,
            lesson,
            stage,
            store(member.as_deref(), context.lang),
            &server,
            next,
            from.take(),
            plain,
        );
        let mut hooks = InClass {
            member: member.as_deref_mut(),
            section: Some(id),
            mode: guide,
        };
        let played = tokio::select! {
            played = play(context, &server, &mut hooks) => played,
            () = told_to_end() => {
                modes.restore();
                Err(Error::interrupted())
            }
        };
        let guide = hooks.mode;
        surprises += guide.surprises();
        let left;
        (left, stage) = guide.into_parts();
        outcome = played;
        if outcome.is_err() || left == Left::Away {
            break;
        }
    }
    let too_old = stage.too_old();
    leave(stage, outcome, End::Left, context.lang).await?;
    match surprises {
        0 => Ok(ExitCode::Ok),
        _ => too_old.map_or(Ok(ExitCode::CheckFailed), Err),
    }
}

/// Why a lesson cannot be played here. What was asked for alone is played
/// wherever it can be.
fn why_not(context: &Context, server: &Server, ids: &[String], lesson: &Lesson) -> Option<Text> {
    let too_old = || too_old_for(lesson, server.version());
    let runs = ids == [&*lesson.id] || lesson.runs_on(server.version().release());
    context.refusal(lesson).or_else(|| (!runs).then(too_old))
}

/// Where progress is kept: in a class, with the student's seat.
fn store(member: Option<&Member>, lang: Lang) -> Option<Result<Store>> {
    match member {
        Some(member) => Some(member.store(lang)),
        None => state_folder().map(|folder| Store::open(folder, lang)),
    }
}

/// A section and those that come behind it.
fn rest_of_course(library: &Library, id: &str, lang: Lang) -> Result<Vec<String>> {
    let ids = library.ids(lang)?;
    let at = ids.iter().position(|own| own == id);
    Ok(match at {
        Some(at) => ids[at..].to_vec(),
        None => vec![id.to_owned()],
    })
}

#[expect(
    clippy::too_many_arguments,
    reason = "what a lesson is played with, once"
)]
fn guide(
    context: &Context,
    lesson: Lesson,
    stage: Stage,
    store: Option<Result<Store>>,
    server: &Server,
    next_section: Option<String>,
    from: Option<usize>,
    plain: bool,
) -> Guide<LiveDemos> {
    let lang = context.lang;
    let demos = LiveDemos {
        early: Early::begin(&lesson.steps),
        lang,
    };
    let (store, notice) = match store {
        Some(Ok(store)) => (Some(store), None),
        Some(Err(error)) => (None, Some(error)),
        None => (None, None),
    };
    let progress = store
        .as_ref()
        .map_or_else(Progress::default, |store| store.progress().clone());
    let store = RefCell::new(store);
    let notice = Rc::new(RefCell::new(
        notice.map(|error| error.message_in(lang).to_owned()),
    ));
    let style = context.style();
    let options = GuideOptions {
        lang,
        style,
        size,
        plain: plain || !context.color,
        in_words: plain,
        server: server.describe(lang),
        progress,
        next_section,
        from,
        keep: Box::new(move |change| {
            let mut notices: Vec<String> = notice.borrow_mut().take().into_iter().collect();
            if let Some(store) = store.borrow_mut().as_mut() {
                let recorded = store.record(change);
                notices.extend(store.take_notices());
                notices.extend(
                    recorded
                        .err()
                        .map(|error| error.message_in(lang).to_owned()),
                );
            }
            let lines = notices.iter().map(|notice| format!("  ▸ {notice}\n"));
            lines.collect()
        }),
        events: None,
    };
    Guide::new(lesson, stage, demos, options)
}

/// The terminal's columns and rows.
fn size() -> (usize, usize) {
    let rows = crossterm::terminal::size().map_or(24, |(_, rows)| usize::from(rows));
    (columns(), rows)
}

async fn play(context: &Context, server: &Server, hooks: &mut impl Hooks) -> Result<()> {
    let lang = context.lang;
    let config = Config::of_user()?;
    let switches = config.switches(server.is_private());
    let options = ReplOptions {
        label: "lab".to_owned(),
        private: server.is_private(),
        banner: String::new(),
        config,
        history: config::history_path(),
    };
    let shell = Shell::new(lang, context.style(), switches);
    let client = Client::new(server.target().clone());
    Repl::new(client, shell, options)?.run(hooks).await?;
    Ok(())
}
