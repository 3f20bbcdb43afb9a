//! `POST /`: images in, jobs out.
//!
//! Nothing is stored before a file has arrived whole, so a client that stops
//! halfway leaves nothing behind.

mod form;
mod refusal;

use super::page;
use super::site::Site;
use super::status::view;
use super::visitor::{Query, address_query, language, wants_json};
use crate::jobs::job::{NewJob, ThumbnailArgs};
use crate::jobs::queue::{Enqueued, QueueError};
use crate::jobs::store::Kind;
use crate::jobs::tasks::MAKE_THUMBNAILS;
use axum::Json;
use axum::extract::multipart::Multipart;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::Lang;
use catalog::text;
use form::{Upload, read_form};
use refusal::Refusal;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use thumbnailer::Size;
use tokio::time::timeout;

/// Handles `POST /`.
pub(super) async fn receive(
    State(site): State<Arc<Site>>,
    query: axum::extract::Query<Query>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let lang = language(&site, &query, &headers);
    let wants_json = wants_json(&headers);
    match accept(&site, request, lang).await {
        Ok(jobs) => {
            if wants_json {
                return created_json(&site, &jobs).await;
            }
            // See Other: reloading the page afterwards uploads nothing again.
            // The page itself comes along for clients that do not follow.
            let location = format!("/?{}", address_query(lang, &jobs));
            let body = page::render_home(&site, lang, &jobs, None).await;
            (StatusCode::SEE_OTHER, [(LOCATION, location)], body.1).into_response()
        }
        Err(refusal) => {
            site.counters.refused.fetch_add(1, Ordering::Relaxed);
            let mut response = if wants_json {
                (refusal.status, Json(json!({ "error": refusal.reason }))).into_response()
            } else {
                let (_, body) = page::render_home(&site, lang, &[], Some(&refusal.reason)).await;
                (refusal.status, body).into_response()
            };
            if refusal.status == StatusCode::SERVICE_UNAVAILABLE {
                let headers = response.headers_mut();
                headers.insert(RETRY_AFTER, axum::http::HeaderValue::from_static("5"));
            }
            response
        }
    }
}

/// `{"task_id","task_status"}` of the first image, and `tasks` for all.
async fn created_json(site: &Site, ids: &[String]) -> Response {
    let mut views = Vec::with_capacity(ids.len());
    for id in ids {
        views.push(match site.queue.job(id).await {
            Ok(Some(job)) => view(&job),
            _ => json!({ "task_id": id, "task_status": "PENDING" }),
        });
    }
    let mut answer = views.first().cloned().unwrap_or_default();
    if views.len() > 1 {
        answer["tasks"] = views.into();
    }
    (StatusCode::ACCEPTED, Json(answer)).into_response()
}

/// Reads the form, stores the images and enqueues their jobs.
async fn accept(site: &Site, request: Request, lang: Lang) -> Result<Vec<String>, Refusal> {
    // Without Redis nothing could be promised: say so before the upload.
    if let Err(error) = site.queue.probe().await {
        return Err(Refusal::from_link(&error, lang));
    }
    if let Some(media) = site.stores.media() {
        let coming = request.headers().get(CONTENT_LENGTH);
        let coming = coming.and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
        let quota = site.config.quota;
        if site
            .usage
            .of(media.dir())
            .await
            .saturating_add(coming.unwrap_or(0))
            > quota
        {
            let quota = lang.decimal(quota as f64 / f64::from(1 << 20), 0);
            return Err(Refusal::new(
                StatusCode::INSUFFICIENT_STORAGE,
                text!(
                    lang,
                    "there is no room for this upload: the site keeps at most {quota} MB (--quota); old files go by themselves",
                    "nie ma miejsca na te pliki: strona trzyma najwyżej {quota} MB (--quota); stare pliki znikają same"
                ),
            ));
        }
    }
    // Everybody gets a turn; only who would wait for long is asked to come again.
    let slot = timeout(site.config.patience, site.uploads.acquire()).await;
    let Ok(Ok(_slot)) = slot else {
        return Err(Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            lang.pick(
                "too many uploads at the same time; try again in a moment",
                "za dużo przesyłanych plików naraz; spróbuj za chwilę",
            ),
        ));
    };
    let form = Multipart::from_request(request, &()).await.map_err(|_| {
        Refusal::new(
            StatusCode::BAD_REQUEST,
            lang.pick(
                "this is not a form with files (multipart/form-data)",
                "to nie jest formularz z plikami (multipart/form-data)",
            ),
        )
    })?;
    let (uploads, sizes) = read_form(site, form, lang).await?;
    enqueue(site, uploads, &sizes, lang).await
}

async fn enqueue(
    site: &Site,
    uploads: Vec<Upload>,
    sizes: &[Size],
    lang: Lang,
) -> Result<Vec<String>, Refusal> {
    let kind = match site.stores.media() {
        Some(_) => Kind::Dir,
        None => Kind::Redis,
    };
    let sizes: Vec<String> = sizes.iter().map(Size::to_string).collect();
    let mut jobs = Vec::with_capacity(uploads.len());
    let mut bytes = 0;
    for upload in uploads {
        let args = json!(ThumbnailArgs {
            store: kind.name().to_owned(),
            file: upload.name.clone(),
            sizes: sizes.clone(),
        });
        let mut job = NewJob::new(MAKE_THUMBNAILS, args.to_string());
        job.blob = site.stores.blob_key(kind, &job.id, &upload.name);
        bytes += upload.length;
        let stored = site
            .stores
            .keep(kind, &job.id, &upload.name, upload.file)
            .await;
        jobs.push((job, upload.name));
        if let Err(error) = stored {
            forget(site, kind, &jobs).await;
            return Err(Refusal::from_store(&error, lang));
        }
    }
    let new: Vec<NewJob> = jobs.iter().map(|(job, _)| job.clone()).collect();
    let refusal = match site.queue.enqueue_all(&new).await {
        Ok(outcomes) if !outcomes.contains(&Enqueued::Full) => {
            let counters = &site.counters;
            counters
                .uploads
                .fetch_add(new.len() as u64, Ordering::Relaxed);
            counters.uploaded_bytes.fetch_add(bytes, Ordering::Relaxed);
            site.usage.add(bytes);
            return Ok(new.into_iter().map(|job| job.id).collect());
        }
        Ok(_) => {
            // Some may have been added: all or nothing is easier to explain.
            for job in &new {
                let _ = site.queue.cancel(&job.id).await;
            }
            Refusal::new(
                StatusCode::SERVICE_UNAVAILABLE,
                lang.pick(
                    "too many jobs are waiting; try again later",
                    "za dużo zadań czeka w kolejce; spróbuj później",
                ),
            )
        }
        Err(QueueError::Link(error)) => Refusal::from_link(&error, lang),
        Err(error) => Refusal::new(StatusCode::SERVICE_UNAVAILABLE, error.text(lang)),
    };
    forget(site, kind, &jobs).await;
    Err(refusal)
}

/// Removes the images of jobs that will not be.
async fn forget(site: &Site, kind: Kind, jobs: &[(NewJob, String)]) {
    for (job, name) in jobs {
        // What cannot be removed now is of no use to anyone, and of no harm.
        let _ = site.stores.remove(kind, &job.id, name).await;
    }
}
