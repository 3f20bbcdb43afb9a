//! Answers for programs: a task's status, changes as they happen, health and
//! metrics.

use super::media::media_url;
use super::site::Site;
use crate::conn::link::LinkError;
use crate::http::Peer;
use crate::jobs::events::Change;
use crate::jobs::job::Job;
use crate::jobs::metrics::Metrics;
use crate::jobs::overview::{Depth, WorkerInfo};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use axum::{Extension, Json};
use catalog::lang::Lang;
use futures_util::stream::{self, Stream};
use serde_json::json;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::sync::broadcast::error::RecvError;

/// A job as the lab's view shows it, with the archive's address.
pub(super) fn view(job: &Job) -> serde_json::Value {
    let archive = job
        .thumbnails()
        .map(|made| media_url(&job.id, &made.archive));
    job.view(archive.as_deref())
}

/// `GET /task/<id>`. An unknown job is 404, not pending for ever.
pub(super) async fn task(State(site): State<Arc<Site>>, Path(id): Path<String>) -> Response {
    match site.queue.job(&id).await {
        Ok(Some(job)) => Json(view(&job)).into_response(),
        Ok(None) => (
            StatusCode::NOT_FOUND,
            Json(json!({ "task_id": id, "task_status": "UNKNOWN" })),
        )
            .into_response(),
        Err(error) => unavailable(&error),
    }
}

/// 503 for a program.
pub(super) fn unavailable(error: &LinkError) -> Response {
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(json!({ "status": error.condition().name(), "error": error.text(Lang::En) })),
    )
        .into_response()
}

/// `GET /events`: every change of state as a server-sent event.
pub(super) async fn events(
    State(site): State<Arc<Site>>,
    Extension(peer): Extension<Arc<Peer>>,
) -> Response {
    if !peer.begin_stream() {
        // The page asks by itself then, and tries again later.
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    Sse::new(changes(&site))
        .keep_alive(KeepAlive::default())
        .into_response()
}

fn changes(site: &Site) -> impl Stream<Item = Result<Event, Infallible>> + use<> {
    let changes = site.feed.watch();
    let stop = site.stop.clone();
    stream::unfold((changes, stop), |(mut changes, stop)| async move {
        let change = stop.run_until_cancelled(changes.recv()).await?;
        let event = match change {
            Ok(Change::State(id, state)) => Event::default()
                .event("change")
                .data(json!({ "task_id": id, "task_status": state.celery_name() }).to_string()),
            // Some changes were not heard: look at everything again.
            Ok(Change::Subscribed | Change::Lost) | Err(RecvError::Lagged(_)) => {
                Event::default().event("change").data("{}")
            }
            Err(RecvError::Closed) => return None,
        };
        Some((Ok(event), (changes, stop)))
    })
}

/// `GET /healthz`: 200 when uploads would be taken; otherwise 503 and why:
/// `gone`, `full`, `read-only`, `loading`, ... ([`Condition::name`]).
///
/// [`Condition::name`]: crate::conn::link::Condition::name
pub(super) async fn health(State(site): State<Arc<Site>>) -> Response {
    match site.queue.probe().await {
        Ok(()) => Json(json!({ "status": "ok" })).into_response(),
        Err(error) => unavailable(&error),
    }
}

/// `GET /metrics` of a worker.
pub(super) async fn of_worker(State(metrics): State<Arc<Metrics>>) -> Response {
    let mut text = String::new();
    metrics.write(&mut text);
    prometheus(text)
}

fn prometheus(text: String) -> Response {
    let kind = "text/plain; version=0.0.4; charset=utf-8";
    ([(CONTENT_TYPE, kind)], text).into_response()
}

/// `GET /metrics` in Prometheus's text format.
pub(super) async fn metrics(State(site): State<Arc<Site>>) -> Response {
    let mut text = String::new();
    let counters = &site.counters;
    let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    metric(
        &mut text,
        "http_requests_total",
        "counter",
        "HTTP requests.",
        &[("", count(&counters.requests))],
    );
    metric(
        &mut text,
        "uploads_total",
        "counter",
        "Images accepted.",
        &[("", count(&counters.uploads))],
    );
    metric(
        &mut text,
        "upload_bytes_total",
        "counter",
        "Bytes of the images accepted.",
        &[("", count(&counters.uploaded_bytes))],
    );
    metric(
        &mut text,
        "uploads_refused_total",
        "counter",
        "Uploads refused.",
        &[("", count(&counters.refused))],
    );
    let known =
        async { Ok::<_, LinkError>((site.queue.depth().await?, site.queue.workers().await?)) };
    let known = known.await;
    metric(
        &mut text,
        "redis_up",
        "gauge",
        "Whether Redis answers.",
        &[("", u64::from(known.is_ok()))],
    );
    if let Ok((depth, workers)) = known {
        queue_metrics(&mut text, &depth, &workers);
    }
    site.config.metrics.write(&mut text);
    prometheus(text)
}

/// What the queue holds, and who works on it.
fn queue_metrics(text: &mut String, depth: &Depth, workers: &[WorkerInfo]) {
    metric(
        text,
        "jobs_waiting",
        "gauge",
        "Jobs that wait for a worker.",
        &[
            ("{lane=\"high\"}", depth.high),
            ("{lane=\"default\"}", depth.default),
        ],
    );
    metric(
        text,
        "jobs_running",
        "gauge",
        "Jobs that a worker has.",
        &[("", depth.running)],
    );
    metric(
        text,
        "jobs_delayed",
        "gauge",
        "Jobs that wait for their time.",
        &[("", depth.delayed)],
    );
    metric(
        text,
        "jobs_dead",
        "gauge",
        "Dead letters.",
        &[("", depth.dead)],
    );
    metric(
        text,
        "workers",
        "gauge",
        "Live workers.",
        &[("", workers.len() as u64)],
    );
    let slots = workers.iter().map(|worker| u64::from(worker.concurrency));
    metric(
        text,
        "worker_slots",
        "gauge",
        "Jobs that can run at once.",
        &[("", slots.sum())],
    );
}

/// One metric, with a value for each set of labels.
fn metric(text: &mut String, name: &str, kind: &str, help: &str, values: &[(&str, u64)]) {
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "# HELP redis_lab_{name} {help}\n# TYPE redis_lab_{name} {kind}\n"
    );
    for (labels, value) in values {
        let _ = writeln!(text, "redis_lab_{name}{labels} {value}");
    }
}
