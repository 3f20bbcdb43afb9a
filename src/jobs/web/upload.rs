//! `POST /`: images in, jobs out.
//!
//! Nothing is stored before a file has arrived whole, so a client that stops
//! halfway leaves nothing behind.

use super::Site;
use super::page::{self, Query};
use super::status::view;
use crate::jobs::job::{NewJob, ThumbnailArgs};
use crate::jobs::link::LinkError;
use crate::jobs::queue::{Enqueued, QueueError};
use crate::jobs::store::{Kind, StoreError};
use crate::jobs::tasks::MAKE_THUMBNAILS;
use crate::jobs::thumbnailer::{self, Size, ThumbError};
use axum::Json;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::{ACCEPT, LOCATION, RETRY_AFTER};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::Lang;
use serde_json::json;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use tokio::time::{Instant, timeout, timeout_at};

/// The file field's name, as in the source lab's form.
const FIELD: &str = "image_file";

/// The longest text field that is read.
const MAX_TEXT: usize = 1000;

/// An uploaded image, whole and with an acceptable header.
struct Upload {
    name: String,
    bytes: Vec<u8>,
}

/// Why an upload was refused: the status, and the reason in a language.
struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    fn new(status: StatusCode, reason: impl Into<String>) -> Refusal {
        Refusal {
            status,
            reason: reason.into(),
        }
    }

    fn from_multipart(error: &MultipartError, lang: Lang) -> Refusal {
        let status = error.status();
        let reason = if status == StatusCode::PAYLOAD_TOO_LARGE {
            lang.pick("the upload is too large", "przesłane pliki są za duże")
        } else {
            lang.pick(
                "the upload is not a complete form",
                "przesłany formularz jest niekompletny",
            )
        };
        Refusal::new(status, reason)
    }

    fn from_link(error: &LinkError, lang: Lang) -> Refusal {
        Refusal::new(
            StatusCode::SERVICE_UNAVAILABLE,
            page::no_uploads(error, lang),
        )
    }

    fn from_store(error: &StoreError, lang: Lang) -> Refusal {
        match error {
            StoreError::Link(error) => Refusal::from_link(error, lang),
            StoreError::Files(error) => {
                Refusal::new(StatusCode::INSUFFICIENT_STORAGE, error.message(lang))
            }
            other => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, other.text(lang)),
        }
    }
}

/// Handles `POST /`.
pub(super) async fn receive(
    State(site): State<Arc<Site>>,
    query: axum::extract::Query<Query>,
    request: Request,
) -> Response {
    let headers = request.headers().clone();
    let lang = page::language(&site, &query, &headers);
    let wants_json = wants_json(&headers);
    match accept(&site, request, lang).await {
        Ok(jobs) => {
            if wants_json {
                return created_json(&site, &jobs).await;
            }
            // See Other: reloading the page afterwards uploads nothing again.
            // The page itself comes along for clients that do not follow.
            let location = format!("/?{}", page::address_query(lang, &jobs));
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

/// Whether the answer is for a program.
pub(super) fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(ACCEPT)
        .and_then(|accept| accept.to_str().ok())
        .is_some_and(|accept| accept.contains("application/json"))
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
    let Ok(_slot) = site.uploads.try_acquire() else {
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
    let deadline = Instant::now() + site.config.upload_time;
    let (uploads, sizes) = timeout_at(deadline, read_form(site, form, lang))
        .await
        .unwrap_or_else(|_| Err(too_slow(lang)))?;
    enqueue(site, uploads, &sizes, lang).await
}

fn too_slow(lang: Lang) -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        lang.pick(
            "the upload was too slow and was cut off",
            "przesyłanie było zbyt wolne i zostało przerwane",
        ),
    )
}

async fn read_form(
    site: &Site,
    mut form: Multipart,
    lang: Lang,
) -> Result<(Vec<Upload>, Vec<Size>), Refusal> {
    let mut uploads = Vec::new();
    let mut sizes = Vec::new();
    while let Some(field) = timeout(site.config.stall, form.next_field())
        .await
        .map_err(|_| too_slow(lang))?
        .map_err(|error| Refusal::from_multipart(&error, lang))?
    {
        match field.name() {
            Some(FIELD) => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let bytes = read_field(site, field, site.config.limits.max_bytes, lang).await?;
                // A form sent without a choice has one nameless, empty file.
                if name.is_empty() && bytes.is_empty() {
                    continue;
                }
                if uploads.len() == site.config.max_files {
                    let max = site.config.max_files;
                    return Err(Refusal::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        lang.pick(
                            format!("at most {max} images at a time"),
                            format!("najwyżej {max} obrazów naraz"),
                        ),
                    ));
                }
                uploads.push(checked(site, &name, bytes, lang)?);
            }
            Some("size" | "sizes") => {
                let text = read_field(site, field, MAX_TEXT as u64, lang).await?;
                let text = String::from_utf8_lossy(&text).into_owned();
                for word in text.split([' ', ',', ';', '\n', '\r']) {
                    if !word.is_empty() {
                        sizes.push(word.parse::<Size>().map_err(|error| {
                            Refusal::new(StatusCode::BAD_REQUEST, error.message(lang))
                        })?);
                    }
                }
            }
            // Fields of nobody's are read past, within the body's limit.
            _ => drop(read_field(site, field, MAX_TEXT as u64, lang).await?),
        }
    }
    if uploads.is_empty() {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            lang.pick("choose an image first", "najpierw wybierz obraz"),
        ));
    }
    if sizes.is_empty() {
        sizes.push(Size::LAB);
    }
    let max = site.config.limits.max_sizes;
    if sizes.len() > max {
        let error = ThumbError::TooManySizes { max };
        return Err(Refusal::new(StatusCode::BAD_REQUEST, error.message(lang)));
    }
    Ok((uploads, sizes))
}

/// The bytes of a field, as long as they keep coming and are not too many.
async fn read_field(
    site: &Site,
    mut field: Field<'_>,
    max: u64,
    lang: Lang,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(chunk) = timeout(site.config.stall, field.chunk())
        .await
        .map_err(|_| too_slow(lang))?
        .map_err(|error| Refusal::from_multipart(&error, lang))?
    {
        let length = (bytes.len() + chunk.len()) as u64;
        if length > max {
            let error = ThumbError::TooManyBytes { length, max };
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                error.message(lang),
            ));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Looks at the content: what the header alone shows to be no acceptable image
/// is refused at once. Damage further in shows when the job runs.
fn checked(site: &Site, name: &str, bytes: Vec<u8>, lang: Lang) -> Result<Upload, Refusal> {
    match thumbnailer::inspect(&bytes, &site.config.limits) {
        Ok(info) => Ok(Upload {
            name: thumbnailer::original_name(name, info.format),
            bytes,
        }),
        // A known format whose header is damaged: that is the job's FAILURE.
        Err(ThumbError::Truncated(format) | ThumbError::Corrupt(format, _)) => Ok(Upload {
            name: thumbnailer::original_name(name, format),
            bytes,
        }),
        Err(error) => {
            let status = match error {
                ThumbError::TooManyBytes { .. }
                | ThumbError::TooManyPixels { .. }
                | ThumbError::TooMuchMemory { .. } => StatusCode::PAYLOAD_TOO_LARGE,
                ThumbError::Empty => StatusCode::BAD_REQUEST,
                _ => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            };
            let short: String = name.chars().take(60).collect();
            let reason = format!("{}: {}", short.escape_debug(), error.message(lang));
            Err(Refusal::new(status, reason))
        }
    }
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
        let job = NewJob::new(MAKE_THUMBNAILS, args.to_string());
        bytes += upload.bytes.len() as u64;
        let stored = site
            .stores
            .put(kind, &job.id, &upload.name, upload.bytes)
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
