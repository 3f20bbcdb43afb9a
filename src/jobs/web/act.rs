//! `POST /task/<id>/<action>`: what a person does to a job. Plain forms, so
//! that it works without a script; like every POST it must come from our own
//! page ([`super::guard`]).

use super::action::Action;
use super::page;
use super::site::Site;
use super::status::{unavailable, view};
use super::visitor::{Query, address_query, language, wants_json};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use std::sync::Arc;

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
    let lang = language(&site, &query, &headers);
    let problem = match status {
        StatusCode::OK => {
            let location = format!("/?{}", address_query(lang, &query.jobs()));
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
