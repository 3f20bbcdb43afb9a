//! `POST /`: images in, jobs out.
//!
//! Nothing is stored before a file has arrived whole, so a client that stops
//! halfway leaves nothing behind.

use super::page;
use super::site::Site;
use super::status::view;
use super::visitor::{Query, address_query, language, wants_json};
use crate::conn::link::LinkError;
use crate::jobs::job::{NewJob, ThumbnailArgs};
use crate::jobs::queue::{Enqueued, QueueError};
use crate::jobs::store::{Kind, StoreError};
use crate::jobs::tasks::MAKE_THUMBNAILS;
use crate::jobs::thumbnailer::{self, Info, Size, ThumbError, whole_file};
use axum::Json;
use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart, MultipartError};
use axum::extract::{FromRequest as _, Request, State};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, LOCATION, RETRY_AFTER};
use axum::response::{IntoResponse as _, Response};
use catalog::lang::Lang;
use catalog::text;
use serde_json::json;
use std::io::{self, Read as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tempfile::TempPath;
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout, timeout_at};

/// The file field's name, as in the source lab's form.
const FIELD: &str = "image_file";

/// The longest text field that is read.
const MAX_TEXT: usize = 1000;

/// An uploaded image, whole and with an acceptable header.
struct Upload {
    name: String,
    file: TempPath,
    length: u64,
}

/// How much of an image is read first to see what it is.
const FIRST_PART: u64 = 1 << 20;

/// How long an upload may be slower than the least rate at its start.
const GRACE: Duration = Duration::from_secs(15);

/// How fast an upload arrives.
struct Pace {
    began: Instant,
    bytes: u64,
}

impl Pace {
    /// Waits for the next piece, which must not take too long, and neither must
    /// all of them on the whole.
    async fn next<T>(
        &mut self,
        site: &Site,
        lang: Lang,
        piece: impl Future<Output = T>,
    ) -> Result<T, Refusal> {
        let config = &site.config;
        let due = Duration::from_secs(self.bytes / config.least_rate.max(1));
        let end = (self.began + GRACE + due).min(Instant::now() + config.stall);
        timeout_at(end, piece).await.map_err(|_| too_slow(lang))
    }
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

    fn from_multipart(error: &MultipartError, site: &Site, lang: Lang) -> Refusal {
        let status = error.status();
        let reason = if status == StatusCode::PAYLOAD_TOO_LARGE {
            let max = site.config.max_upload >> 20;
            text!(
                lang,
                "the upload is larger than {max} MB in all",
                "przesłane pliki mają razem więcej niż {max} MB"
            )
        } else {
            lang.pick(
                "the upload is not a complete form",
                "przesłany formularz jest niekompletny",
            )
            .to_owned()
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
    let mut sizes: Vec<Size> = Vec::new();
    let mut pace = Pace {
        began: Instant::now(),
        bytes: 0,
    };
    while let Some(field) = pace
        .next(site, lang, form.next_field())
        .await?
        .map_err(|error| Refusal::from_multipart(&error, site, lang))?
    {
        match field.name() {
            Some(FIELD) => {
                let name = field.file_name().unwrap_or_default().to_owned();
                let (file, length) = receive_file(site, field, &mut pace, lang).await?;
                // A form sent without a choice has one nameless, empty file.
                if name.is_empty() && length == 0 {
                    continue;
                }
                if uploads.len() == site.config.max_files {
                    let max = site.config.max_files;
                    return Err(Refusal::new(
                        StatusCode::PAYLOAD_TOO_LARGE,
                        text!(
                            lang,
                            "at most {max} images at a time",
                            "najwyżej {max} obrazów naraz"
                        ),
                    ));
                }
                uploads.push(checked(site, &name, file, length, lang).await?);
            }
            Some("size" | "sizes") => {
                let text = read_text(site, field, &mut pace, lang).await?;
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
            _ => drop(read_text(site, field, &mut pace, lang).await?),
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
    let side = site.config.max_side;
    if let Some(large) = sizes
        .iter()
        .find(|size| size.width().max(size.height()) > side)
    {
        return Err(Refusal::new(
            StatusCode::BAD_REQUEST,
            text!(
                lang,
                "{large}: a thumbnail on this page is at most {side} pixels wide and high",
                "{large}: miniatura na tej stronie ma najwyżej {side} pikseli szerokości i wysokości"
            ),
        ));
    }
    let max = site.config.max_sizes.min(site.config.limits.max_sizes);
    if sizes.len() > max {
        let error = ThumbError::TooManySizes { max };
        return Err(Refusal::new(StatusCode::BAD_REQUEST, error.message(lang)));
    }
    Ok((uploads, sizes))
}

/// A text field's bytes.
async fn read_text(
    site: &Site,
    mut field: Field<'_>,
    pace: &mut Pace,
    lang: Lang,
) -> Result<Vec<u8>, Refusal> {
    let mut bytes = Vec::new();
    while let Some(piece) = next_piece(site, &mut field, pace, lang).await? {
        if bytes.len() + piece.len() > MAX_TEXT {
            let name = field.name().unwrap_or_default();
            let name: String = name.chars().take(60).collect();
            let name = name.escape_debug();
            return Err(Refusal::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                text!(
                    lang,
                    "the field \"{name}\" is longer than {MAX_TEXT} bytes",
                    "pole „{name}” jest dłuższe niż {MAX_TEXT} bajtów"
                ),
            ));
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// Writes a file field to disk piece by piece, so that however many arrive,
/// there are only pieces in memory. Gives its length too.
async fn receive_file(
    site: &Site,
    mut field: Field<'_>,
    pace: &mut Pace,
    lang: Lang,
) -> Result<(TempPath, u64), Refusal> {
    let dir = site.stores.media().map(|media| media.incoming());
    let dir = dir.unwrap_or_else(std::env::temp_dir);
    let refused = |error: &io::Error| {
        let error = StoreError::Files(whole_file::file_error(&dir, error));
        Refusal::from_store(&error, lang)
    };
    let made = std::fs::create_dir_all(&dir).and_then(|()| whole_file::create(&dir));
    let (file, path) = made.map_err(|error| refused(&error))?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    file.set_max_buf_size(64 << 10);
    let mut length = 0;
    while let Some(piece) = next_piece(site, &mut field, pace, lang).await? {
        length += piece.len() as u64;
        fits(length, site.config.limits.max_bytes, lang)?;
        file.write_all(&piece)
            .await
            .map_err(|error| refused(&error))?;
    }
    file.flush().await.map_err(|error| refused(&error))?;
    Ok((path, length))
}

async fn next_piece(
    site: &Site,
    field: &mut Field<'_>,
    pace: &mut Pace,
    lang: Lang,
) -> Result<Option<Bytes>, Refusal> {
    let piece = pace.next(site, lang, field.chunk()).await?;
    let piece = piece.map_err(|error| Refusal::from_multipart(&error, site, lang))?;
    pace.bytes += piece.as_ref().map_or(0, |piece| piece.len() as u64);
    Ok(piece)
}

fn fits(length: u64, max: u64, lang: Lang) -> Result<(), Refusal> {
    if length <= max {
        return Ok(());
    }
    let error = ThumbError::TooManyBytes { length, max };
    Err(Refusal::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        error.message(lang),
    ))
}

/// Looks at the content: what the header alone shows to be no acceptable image
/// is refused at once. Damage further in shows when the job runs.
async fn checked(
    site: &Site,
    name: &str,
    file: TempPath,
    length: u64,
    lang: Lang,
) -> Result<Upload, Refusal> {
    // Most images tell in their first part what they are.
    let (file, mut looked) = inspect(file, length.min(FIRST_PART), site, lang).await?;
    let mut back = file;
    if length > FIRST_PART && looked.is_err() {
        // Never closed, so this never fails.
        let _one = site.whole.acquire().await;
        (back, looked) = inspect(back, length, site, lang).await?;
    }
    match looked {
        Ok(info) => Ok(Upload {
            name: thumbnailer::original_name(name, info.format),
            file: back,
            length,
        }),
        // A known format whose header is damaged: that is the job's FAILURE.
        Err(ThumbError::Truncated(format) | ThumbError::Corrupt(format, _)) => Ok(Upload {
            name: thumbnailer::original_name(name, format),
            file: back,
            length,
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

/// Reads the first bytes of a file, and tells what they show.
async fn inspect(
    path: TempPath,
    length: u64,
    site: &Site,
    lang: Lang,
) -> Result<(TempPath, Result<Info, ThumbError>), Refusal> {
    let limits = site.config.limits.clone();
    let work = move || -> io::Result<_> {
        let mut bytes = Vec::with_capacity(length as usize);
        std::fs::File::open(&path)?
            .take(length)
            .read_to_end(&mut bytes)?;
        let looked = thumbnailer::inspect(&bytes, &limits);
        Ok((path, looked))
    };
    match tokio::task::spawn_blocking(work).await {
        Ok(Ok(looked)) => Ok(looked),
        _ => Err(Refusal::from_store(&StoreError::Internal, lang)),
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
