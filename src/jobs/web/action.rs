//! `POST /task/<id>/<action>`: what a person can do to a job. Plain forms, so
//! that it works without a script; like every POST it must come from our own
//! page ([`super::guard`]).

use super::page::{self, Query};
use super::site::Site;
use super::status::{unavailable, view};
use super::upload::wants_json;
use crate::jobs::job::State as JobState;
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::Lang;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// What can be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Action {
    /// Stop a job that waits or runs.
    Cancel,
    /// Give a failed or cancelled job another life.
    Retry,
    /// Remove a failed or cancelled job from the records.
    Forget,
}

impl Action {
    /// What can be done to a job in this state.
    pub(super) fn of(state: JobState) -> &'static [Action] {
        match state {
            JobState::Queued | JobState::Started | JobState::Retry => &[Action::Cancel],
            JobState::Failure | JobState::Revoked => &[Action::Retry, Action::Forget],
            JobState::Success => &[],
        }
    }

    /// Its name in addresses.
    pub(super) fn name(self) -> &'static str {
        match self {
            Action::Cancel => "cancel",
            Action::Retry => "retry",
            Action::Forget => "forget",
        }
    }

    /// What its button says.
    pub(super) fn label(self, lang: Lang) -> &'static str {
        match self {
            Action::Cancel => lang.pick("Cancel", "Anuluj"),
            Action::Retry => lang.pick("Retry", "Ponów"),
            Action::Forget => lang.pick("Forget", "Zapomnij"),
        }
    }
}

/// Handles the POST. Who asks for JSON gets the job as `GET /task/<id>` shows
/// it; a browser is sent back to the page. 404 for an unknown job, 409 when
/// its state allows no such thing (any more).
pub(super) async fn act(
    State(site): State<Arc<Site>>,
    Path((id, action)): Path<(String, Action)>,
    query: axum::extract::Query<Query>,
    headers: HeaderMap,
) -> Response {
    let before = match action {
        Action::Cancel => site.queue.cancel(&id).await,
        Action::Retry => site.queue.retry(&id).await,
        Action::Forget => site.queue.forget(&id).await,
    };
    let status = match before {
        Err(error) if wants_json(&headers) => return unavailable(&error),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE,
        Ok(None) => StatusCode::NOT_FOUND,
        Ok(Some(state)) if Action::of(state).contains(&action) => StatusCode::OK,
        Ok(Some(_)) => StatusCode::CONFLICT,
    };
    if wants_json(&headers) {
        return match site.queue.job(&id).await {
            Ok(Some(job)) => (status, Json(view(&job))).into_response(),
            Ok(None) => {
                let unknown = json!({ "task_id": id, "task_status": "UNKNOWN" });
                (status, Json(unknown)).into_response()
            }
            Err(error) => unavailable(&error),
        };
    }
    let lang = page::language(&site, &query, &headers);
    let problem = match status {
        StatusCode::OK => {
            let location = format!("/?{}", page::address_query(lang, &query.jobs()));
            return (StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response();
        }
        StatusCode::NOT_FOUND => Some(lang.pick(
            "Nobody knows this job any more.",
            "Nikt już nie zna tego zadania.",
        )),
        StatusCode::CONFLICT => Some(lang.pick(
            "The job has moved on meanwhile; nothing was changed.",
            "Zadanie jest już w innym stanie; nic nie zmieniono.",
        )),
        // The page itself says that Redis is gone.
        _ => None,
    };
    let (_, body) = page::render_home(&site, lang, &query.jobs(), problem).await;
    (status, body).into_response()
}
