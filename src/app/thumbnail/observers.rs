//! What workers and the scheduler do, told as it happens: as lines for people, as
//! JSON for programs, and counted for Prometheus.

use super::common::{plain, tell};
use crate::conn::link::LinkError;
use crate::jobs::metrics::{Metrics, Outcome};
use crate::jobs::schedule::local_time;
use crate::jobs::tasks::TaskError;
use crate::jobs::worker::{Event, Observer};
use crate::jobs::{celery, scheduler};
use catalog::lang::Lang;
use catalog::text;
use serde_json::{Value, json};
use std::sync::Arc;

/// Prints events, as lines for people or as JSON.
pub(super) fn observer(lang: Lang, json: bool, name: String, slots: usize) -> Observer {
    Arc::new(move |event| {
        if json {
            tell(&event_json(&name, &event).to_string());
        } else {
            let text = event_text(lang, slots, &event);
            tell(&plain(&format!("[{name}] {text}")));
        }
    })
}

/// Counts as well how runs end.
pub(super) fn counted(metrics: &Arc<Metrics>, observer: Observer) -> Observer {
    let metrics = metrics.clone();
    Arc::new(move |event| {
        match &event {
            Event::Succeeded { task, took, .. } => {
                metrics.observe(task, Outcome::Success, *took);
            }
            Event::Failed {
                task, retry, took, ..
            } => {
                let outcome = retry.map_or(Outcome::Failure, |_| Outcome::Retry);
                metrics.observe(task, outcome, *took);
            }
            _ => {}
        }
        observer(event);
    })
}

/// Leaves out what goes on all the time.
pub(super) fn quiet(observer: Observer) -> Observer {
    Arc::new(move |event| {
        if !matches!(event, Event::Started { .. } | Event::Succeeded { .. }) {
            observer(event);
        }
    })
}

fn event_json(worker: &str, event: &Event) -> Value {
    let mut value = match event {
        Event::Ready => json!({ "event": "ready" }),
        Event::Started { id, task, attempt } => {
            json!({ "event": "started", "task_id": id, "task": task, "attempt": attempt })
        }
        Event::Succeeded {
            id,
            task,
            result,
            took,
        } => json!({
            "event": "succeeded", "task_id": id, "task": task,
            "result": serde_json::from_str::<Value>(result).unwrap_or_default(),
            "seconds": took.as_secs_f64(),
        }),
        Event::Failed {
            id,
            task,
            error,
            retry,
            took,
        } => json!({
            "event": "failed", "task_id": id, "task": task, "error_type": error.kind,
            "error": error.text, "retry_in": retry.map(|retry| retry.as_secs_f64()),
            "seconds": took.as_secs_f64(),
        }),
        Event::Recovered(count) => json!({ "event": "recovered", "jobs": count }),
        Event::Poisoned(id) => json!({ "event": "poisoned", "task_id": id }),
        Event::LostLease(id) => json!({ "event": "lost_lease", "task_id": id }),
        Event::Forgotten(id) => json!({ "event": "forgotten", "task_id": id }),
        Event::Cancelled(id) => json!({ "event": "cancelled", "task_id": id }),
        Event::HandedBack(id) => json!({ "event": "handed_back", "task_id": id }),
        Event::Disconnected(reason) => {
            json!({ "event": "disconnected", "error": reason.text(Lang::En) })
        }
        Event::Reconnected => json!({ "event": "reconnected" }),
        Event::Stopping(running) => json!({ "event": "stopping", "running": running }),
    };
    value["worker"] = worker.into();
    value
}

fn event_text(lang: Lang, slots: usize, event: &Event) -> String {
    match event {
        Event::Ready => lang.pick(
            match slots {
                1 => "ready, 1 job at a time; Ctrl-C stops".to_owned(),
                slots => format!("ready, {slots} jobs at a time; Ctrl-C stops"),
            },
            format!("gotowy, zadań naraz: {slots}; Ctrl-C zatrzymuje"),
        ),
        Event::Started { id, task, attempt } => {
            let again = if *attempt > 1 {
                text!(lang, " (start {attempt})", " (uruchomienie {attempt})")
            } else {
                String::new()
            };
            format!("STARTED {id} {}{again}", task.escape_debug())
        }
        Event::Succeeded {
            id,
            task,
            result,
            took,
        } => {
            let ms = took.as_millis();
            format!(
                "SUCCESS {id} {} {ms} ms {}",
                task.escape_debug(),
                about(task, result)
            )
        }
        Event::Failed {
            id,
            error,
            retry: Some(retry),
            ..
        } => {
            let seconds = lang.decimal(retry.as_secs_f64(), 1);
            text!(
                lang,
                "RETRY {id} in {seconds} s: {}",
                "RETRY {id} za {seconds} s: {}",
                told(error, lang)
            )
        }
        Event::Failed {
            id,
            error,
            retry: None,
            ..
        } => format!("FAILURE {id} {}", told(error, lang)),
        Event::Recovered(count) => text!(
            lang,
            "jobs taken over from a worker that is gone: {count}",
            "przejęte zadania po workerze, którego już nie ma: {count}"
        ),
        Event::Poisoned(id) => text!(
            lang,
            "FAILURE {id}: delivered too often, now a dead letter",
            "FAILURE {id}: dostarczone za wiele razy, odłożone do niedoręczonych"
        ),
        Event::LostLease(id) => text!(
            lang,
            "{id}: another worker has it now; our result was not taken",
            "{id}: ma je już inny worker; nasz wynik nie został przyjęty"
        ),
        Event::Forgotten(id) => text!(
            lang,
            "{id}: Redis does not know this job any more; it was emptied, or the job was deleted",
            "{id}: Redis nie zna już tego zadania; ktoś opróżnił Redisa albo usunął zadanie"
        ),
        Event::Cancelled(id) => text!(
            lang,
            "REVOKED {id}: cancelled while it ran",
            "REVOKED {id}: anulowane w trakcie"
        ),
        Event::HandedBack(id) => text!(
            lang,
            "{id}: handed back for another worker",
            "{id}: oddane innemu workerowi"
        ),
        Event::Disconnected(error) => waiting(lang, error),
        Event::Reconnected => lang.pick("Redis is back", "Redis wrócił").to_owned(),
        Event::Stopping(running) => lang.pick(
            match running {
                1 => "stopping; 1 job still runs".to_owned(),
                running => format!("stopping; {running} jobs still run"),
            },
            format!("zatrzymuję się; zadania w toku: {running}"),
        ),
    }
}

/// Why nothing goes on, and that the work will.
fn waiting(lang: Lang, error: &LinkError) -> String {
    let text = error.text(lang);
    text!(lang, "{text}; waiting for it", "{text}; czekam na niego")
}

/// What went wrong with a task: its kind and a sentence.
fn told(error: &TaskError, lang: Lang) -> String {
    format!("{}: {}", error.kind, error.text_in(lang).escape_debug())
}

/// What a result says, when it is worth a line.
fn about(task: &str, result: &str) -> String {
    if task == crate::jobs::tasks::SUMMARY || task == crate::jobs::tasks::TEST {
        return result.to_owned();
    }
    String::new()
}

/// Prints a scheduler's events.
pub(super) fn schedule_observer(lang: Lang, json: bool) -> scheduler::Observer {
    Arc::new(move |event| {
        let line = match (event, json) {
            (scheduler::Event::Fired(name, slot, id), true) => {
                json!({ "event": "fired", "name": name, "slot": slot, "task_id": id }).to_string()
            }
            (scheduler::Event::Fired(name, slot, id), false) => {
                format!("[beat] {name} {slot} -> {id}")
            }
            (scheduler::Event::Disconnected(reason), true) => {
                json!({ "event": "disconnected", "error": reason.text(Lang::En) }).to_string()
            }
            (scheduler::Event::Disconnected(error), false) => {
                format!("[beat] {}", waiting(lang, &error))
            }
            (scheduler::Event::Reconnected, true) => json!({ "event": "reconnected" }).to_string(),
            (scheduler::Event::Reconnected, false) => lang
                .pick("[beat] Redis is back", "[beat] Redis wrócił")
                .to_owned(),
        };
        tell(&plain(&line));
    })
}

/// Prints what becomes of a Celery app's tasks; a quiet one leaves out what goes
/// on all the time.
pub(super) fn celery_observer(lang: Lang, json: bool, quiet: bool) -> celery::Observer {
    Arc::new(move |event| {
        if quiet
            && matches!(
                event,
                celery::Event::Succeeded(_) | celery::Event::Aside(..)
            )
        {
            return;
        }
        let line = if json {
            let (kind, id, text) = match event {
                celery::Event::Ready => ("ready", None, None),
                celery::Event::Succeeded(id) => ("succeeded", Some(id), None),
                celery::Event::Failed(id, error) => (
                    "failed",
                    Some(id),
                    Some(format!("{}: {}", error.kind, error.text)),
                ),
                celery::Event::Expired(id) => ("expired", Some(id), None),
                celery::Event::Aside(id, eta) => ("aside", Some(id), Some(eta.to_string())),
                celery::Event::Garbage(reason) => ("garbage", None, Some(reason)),
                celery::Event::Recovered(count) => ("recovered", None, Some(count.to_string())),
                celery::Event::Disconnected(error) => {
                    ("disconnected", None, Some(error.text(Lang::En)))
                }
            };
            json!({ "event": kind, "task_id": id, "text": text }).to_string()
        } else {
            let text = match event {
                celery::Event::Ready => lang
                    .pick(
                        "ready for tasks of a Celery app; Ctrl-C stops",
                        "gotowy na zadania z aplikacji Celery; Ctrl-C zatrzymuje",
                    )
                    .to_owned(),
                celery::Event::Succeeded(id) => format!("SUCCESS {}", id.escape_debug()),
                celery::Event::Failed(id, error) => {
                    format!("FAILURE {} {}", id.escape_debug(), told(&error, lang))
                }
                celery::Event::Expired(id) => {
                    let id = id.escape_debug();
                    text!(
                        lang,
                        "REVOKED {id}: expired before it could start",
                        "REVOKED {id}: termin minął, zanim mogło się zacząć"
                    )
                }
                celery::Event::Aside(id, eta) => {
                    let (id, at) = (id.escape_debug(), local_time(eta));
                    text!(
                        lang,
                        "{id} is for later: {at}",
                        "{id} jest na później: {at}"
                    )
                }
                celery::Event::Garbage(reason) => text!(
                    lang,
                    "put aside a message that is no task I can run: {reason}",
                    "odłożona wiadomość, której nie da się wykonać jako zadania: {reason}"
                ),
                celery::Event::Recovered(count) => text!(
                    lang,
                    "tasks taken back from a worker that is gone: {count}",
                    "odzyskane zadania po workerze, którego już nie ma: {count}"
                ),
                celery::Event::Disconnected(error) => waiting(lang, &error),
            };
            format!("[celery] {text}")
        };
        tell(&plain(&line));
    })
}
