//! Reading the form: images piece by piece to the disk, none of them too large
//! or too slow, and the sizes of the thumbnails.

use super::refusal::Refusal;
use crate::jobs::store::StoreError;
use crate::jobs::web::site::Site;
use crate::whole_file::{self, Readers};
use axum::body::Bytes;
use axum::extract::multipart::{Field, Multipart};
use axum::http::StatusCode;
use catalog::lang::Lang;
use catalog::text;
use std::io::{self, Read as _};
use std::time::Duration;
use tempfile::TempPath;
use thumbnailer::{Info, Size, ThumbError, file_error};
use tokio::io::AsyncWriteExt as _;
use tokio::time::{Instant, timeout_at};

/// The file field's name, as in the source lab's form.
const FIELD: &str = "image_file";

/// The longest text field that is read.
const MAX_TEXT: usize = 1000;

/// An uploaded image, whole and with an acceptable header.
pub(super) struct Upload {
    pub(super) name: String,
    pub(super) file: TempPath,
    pub(super) length: u64,
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

fn too_slow(lang: Lang) -> Refusal {
    Refusal::new(
        StatusCode::REQUEST_TIMEOUT,
        lang.pick(
            "the upload was too slow and was cut off",
            "przesyłanie było zbyt wolne i zostało przerwane",
        ),
    )
}

/// Reads the images and sizes of a form.
///
/// # Errors
/// What is wrong with it, or that it comes too slowly.
pub(super) async fn read_form(
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
                sizes.extend(read_sizes(&text, lang)?);
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
    check_sizes(&sizes, site, lang)?;
    Ok((uploads, sizes))
}

/// The sizes in a field's text.
fn read_sizes(text: &str, lang: Lang) -> Result<Vec<Size>, Refusal> {
    text.split([' ', ',', ';', '\n', '\r'])
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse::<Size>()
                .map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, error.message(lang)))
        })
        .collect()
}

/// Refuses sizes that are too large for this site, or too many.
fn check_sizes(sizes: &[Size], site: &Site, lang: Lang) -> Result<(), Refusal> {
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
    Ok(())
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
        let error = StoreError::Files(file_error(&dir, error));
        Refusal::from_store(&error, lang)
    };
    let made =
        std::fs::create_dir_all(&dir).and_then(|()| whole_file::create(&dir, Readers::Usual));
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
    // How much more would have come nobody knows.
    let error = ThumbError::TooManyBytes { length: None, max };
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
