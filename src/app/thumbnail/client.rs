//! `thumbnail status`, `retry`, `drop` and `dead`: asking and telling the queue.

use super::common::{plain, queue, say as write, shared_server};
use crate::app::context::Context;
use crate::cli::thumbnail::SelectArgs;
use crate::error::{ExitCode, Result};
use crate::jobs::job::{Job, State};
use crate::jobs::keys::Keys;
use crate::jobs::queue::Queue;
use catalog::lang::Lang;
use catalog::text;
use serde_json::{Value, json};

/// Writes a line; nothing in it is an escape sequence.
fn say(line: &str) -> Result<()> {
    write(&plain(line))
}

/// Everything about a job as JSON: what the lab's view shows, and more.
pub(super) fn as_json(job: &Job) -> Value {
    let archive = job.thumbnails().map(|made| made.archive);
    let mut view = job.view(archive.as_deref());
    view["task"] = job.task.clone().into();
    view["file"] = job.thumbnail_args().map(|args| args.file).into();
    view["lane"] = job.lane.name().into();
    view["attempts"] = job.attempts.into();
    view["worker"] = job.worker.clone().into();
    view["created"] = job.created.into();
    view["started"] = job.started.into();
    view["finished"] = job.finished.into();
    if let Some(kind) = &job.error_type {
        view["error_type"] = kind.clone().into();
    }
    if let Some(made) = job.thumbnails() {
        view["thumbnails"] = json!(made.thumbnails);
    }
    view
}

/// What a job is about, in few words: its file, or its task.
pub(super) fn subject(job: &Job) -> String {
    let text = job
        .thumbnail_args()
        .map_or_else(|| job.task.clone(), |args| args.file);
    // A name from elsewhere must not send control characters to the terminal.
    text.escape_debug().to_string()
}

fn milliseconds(job: &Job) -> String {
    match (job.started, job.finished) {
        (Some(started), Some(finished)) => format!("{} ms", (finished - started).max(0)),
        _ => "-".to_owned(),
    }
}

/// `thumbnail status ID`. An unknown job is exit code 1.
pub(super) async fn status(context: &Context, keys: Keys, id: &str) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let lang = context.lang;
    let Some(job) = queue(server.target(), &keys).job(id).await? else {
        if context.json {
            say(&json!({ "task_id": id, "task_status": "UNKNOWN" }).to_string())?;
        } else {
            say(&unknown(lang, id))?;
        }
        return Ok(ExitCode::CheckFailed);
    };
    if context.json {
        say(&as_json(&job).to_string())?;
        return Ok(ExitCode::Ok);
    }
    let row = |label: &str, value: &str| say(&format!("{label:<10} {value}"));
    row(lang.pick("job", "zadanie"), &job.id)?;
    row(lang.pick("state", "stan"), job.state.name())?;
    row(lang.pick("about", "o czym"), &subject(&job))?;
    row(lang.pick("starts", "uruchomień"), &job.attempts.to_string())?;
    row(lang.pick("took", "trwało"), &milliseconds(&job))?;
    if let Some(worker) = &job.worker {
        row("worker", &worker.escape_debug().to_string())?;
    }
    if let Some(error) = job.error_text(lang) {
        row(
            lang.pick("error", "błąd"),
            &error.escape_debug().to_string(),
        )?;
    }
    if let Some(made) = job.thumbnails() {
        for thumb in &made.thumbnails {
            let name = thumb.name.escape_debug();
            let text = format!("{name} ({} x {})", thumb.width, thumb.height);
            row(lang.pick("made", "powstało"), &text)?;
        }
        let archive = made.archive.escape_debug().to_string();
        row(lang.pick("archive", "archiwum"), &archive)?;
    }
    Ok(ExitCode::Ok)
}

pub(super) fn unknown(lang: Lang, id: &str) -> String {
    let id = id.escape_debug();
    text!(
        lang,
        "UNKNOWN: no job {id} (results are kept for 24 hours)",
        "UNKNOWN: nie ma zadania {id} (wyniki są trzymane przez 24 godziny)"
    )
}

/// `thumbnail status`: every known job.
pub(super) async fn list(context: &Context, keys: Keys, limit: usize) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let queue = queue(server.target(), &keys);
    let jobs = queue.recent(limit).await?;
    if context.json {
        for job in &jobs {
            say(&as_json(job).to_string())?;
        }
        return Ok(ExitCode::Ok);
    }
    let lang = context.lang;
    let depth = queue.depth().await?;
    for job in &jobs {
        let took = milliseconds(job);
        say(&format!(
            "{}  {:<8} {:>9}  {}",
            job.id,
            job.state,
            took,
            subject(job)
        ))?;
    }
    let (waiting, running) = (depth.waiting(), depth.running);
    let (delayed, dead) = (depth.delayed, depth.dead);
    let letters = if dead == 1 { "letter" } else { "letters" };
    say(&text!(
        lang,
        "{waiting} waiting, {running} running, {delayed} for later, {dead} dead {letters}",
        "czeka: {waiting}, w toku: {running}, na później: {delayed}, niedoręczone: {dead}"
    ))?;
    let workers = queue.workers().await?;
    if workers.is_empty() {
        say(lang.pick("no worker is alive", "żaden worker nie działa"))?;
    }
    for worker in workers {
        let (running, slots, done) = (worker.running, worker.concurrency, worker.done);
        let name = worker.name.escape_debug();
        let places = if slots == 1 { "slot" } else { "slots" };
        say(&text!(
            lang,
            "worker {name}: {running} of {slots} {places} busy, {done} done",
            "worker {name}: zajęte miejsca: {running} z {slots}, zrobionych: {done}"
        ))?;
    }
    Ok(ExitCode::Ok)
}

/// The jobs meant: those named, or every dead letter.
async fn selected(queue: &Queue, args: SelectArgs) -> Result<Vec<String>> {
    if args.all {
        Ok(queue.dead().await?)
    } else {
        Ok(args.ids)
    }
}

/// `thumbnail retry`.
pub(super) async fn retry(context: &Context, keys: Keys, args: SelectArgs) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let queue = queue(server.target(), &keys);
    let mut exit = ExitCode::Ok;
    for id in selected(&queue, args).await? {
        let before = queue.retry(&id).await?;
        let done = matches!(before, Some(State::Failure | State::Revoked));
        exit = report(context, &id, before, done, "QUEUED")?.unwrap_or(exit);
    }
    Ok(exit)
}

/// `thumbnail drop`: forgets what failed, cancels what waits or runs.
pub(super) async fn drop_jobs(context: &Context, keys: Keys, args: SelectArgs) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let queue = queue(server.target(), &keys);
    let mut exit = ExitCode::Ok;
    for id in selected(&queue, args).await? {
        let forgotten = queue.forget(&id).await?;
        let next = match forgotten {
            Some(State::Queued | State::Started | State::Retry) => {
                let before = queue.cancel(&id).await?;
                let done = before.is_some_and(|state| !state.is_final());
                report(context, &id, before, done, "REVOKED")?
            }
            Some(State::Success) => report(context, &id, forgotten, false, "")?,
            before => report(context, &id, before, before.is_some(), "FORGOTTEN")?,
        };
        exit = next.unwrap_or(exit);
    }
    Ok(exit)
}

/// Says what became of a job; gives an exit code when nothing did.
fn report(
    context: &Context,
    id: &str,
    before: Option<State>,
    done: bool,
    after: &str,
) -> Result<Option<ExitCode>> {
    let lang = context.lang;
    if context.json {
        let after = if done {
            Value::from(after)
        } else {
            Value::Null
        };
        let before = before.map(State::name);
        say(&json!({ "task_id": id, "before": before, "after": after }).to_string())?;
    } else {
        say(&match (before, done) {
            (None, _) => unknown(lang, id),
            (Some(before), true) => format!("{id}: {before} -> {after}"),
            (Some(before), false) => text!(
                lang,
                "{id}: nothing to do, it is {before}",
                "{id}: nic do zrobienia, stan to {before}"
            ),
        })?;
    }
    Ok((!done).then_some(ExitCode::CheckFailed))
}

/// `thumbnail dead`.
pub(super) async fn dead(context: &Context, keys: Keys) -> Result<ExitCode> {
    let server = shared_server(context).await?;
    let queue = queue(server.target(), &keys);
    let jobs = queue.jobs(&queue.dead().await?).await?;
    for job in &jobs {
        if context.json {
            say(&as_json(job).to_string())?;
        } else {
            let error = job.error_text(context.lang).unwrap_or_default();
            let error = error.escape_debug();
            say(&format!("{}  {}: {error}", job.id, subject(job)))?;
        }
    }
    if jobs.is_empty() && !context.json {
        say(context
            .lang
            .pick("no dead letters", "brak przesyłek niedoręczonych"))?;
    }
    Ok(ExitCode::Ok)
}
