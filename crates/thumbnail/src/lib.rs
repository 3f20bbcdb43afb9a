//! The thumbnailer: what a thumbnail job computes, with no Redis in sight.
//!
//! One call of [`make`] takes an uploaded file's bytes and gives back every
//! thumbnail asked for and a zip archive of the original and the thumbnails.
//! It is plain CPU work: the worker runs it away from the async threads and
//! keeps renewing the job's lease meanwhile.
//!
//! The steps, one file each: [`format`](Format) tells what the bytes are,
//! whatever the file's name says; `decode` reads the picture **once**, at the
//! smallest scale that the largest thumbnail allows (`jpeg` can read an eighth,
//! a quarter or a half straight from the compressed data; `png` undoes the
//! filters of eight rows at a time); `resize` scales it;
//! `encode` writes the same format again; `archive` packs.
//!
//! Uploads come from strangers, so [`Limits`] are checked from the picture's
//! header before anything is decoded, and names never become paths.

mod archive;
mod decode;
mod encode;
mod error;
mod format;
mod jpeg;
mod limits;
mod names;
mod picture;
mod png;
mod progress;
mod sample;
mod scale;
mod size;
mod tiff;

pub use encode::JPEG_QUALITY;
pub use error::ThumbError;
pub use error::file_error;
pub use format::Format;
pub use limits::{Limits, read_within};
pub use names::{archive_name, original_name, thumbnail_name};
pub use progress::Progress;
pub use sample::sample_image;
pub use size::Size;

use limits::Watch;
use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use std::sync::Once;
use std::sync::atomic::AtomicBool;

/// One picture and what to make of it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The uploaded file, whole.
    pub data: &'a [u8],
    /// The name it was uploaded under. Only ever a source of letters for the
    /// output names; neither a path nor a statement about the format.
    pub file_name: &'a str,
    /// The boxes to fit thumbnails into; repeated ones are made once.
    pub sizes: &'a [Size],
    /// What an upload may cost.
    pub limits: &'a Limits,
    /// Set to true by someone else to stop the work early.
    pub cancel: Option<&'a AtomicBool>,
    /// Told of every step.
    pub progress: Option<&'a Progress>,
}

/// Everything made from one picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// The original's format, which is also that of the thumbnails.
    pub format: Format,
    /// The original's width in pixels, as displayed (EXIF orientation applied).
    pub width: u32,
    /// The original's height in pixels, as displayed.
    pub height: u32,
    /// The safe name under which the archive holds the original.
    pub original_name: String,
    /// The thumbnails, in the order asked for.
    pub thumbnails: Vec<Thumb>,
    /// The safe file name of the archive.
    pub archive_name: String,
    /// A zip archive of the original, byte for byte, and the thumbnails.
    pub archive: Vec<u8>,
}

/// One finished thumbnail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thumb {
    /// The box that was asked for.
    pub size: Size,
    /// `name_128x128.ext`, after the box and not the resulting size.
    pub file_name: String,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The encoded picture.
    pub bytes: Vec<u8>,
}

/// What the header of an upload says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Info {
    /// The format the bytes are in.
    pub format: Format,
    /// Width in pixels, as displayed.
    pub width: u32,
    /// Height in pixels, as displayed.
    pub height: u32,
}

/// Reads only the header: is this a picture we would accept? For refusing an
/// upload before it is queued.
///
/// # Errors
/// Those of [`make`] that the header alone can show.
pub fn inspect(data: &[u8], limits: &Limits) -> Result<Info, ThumbError> {
    let format = admit(data, limits)?;
    let watch = Watch::start(limits, None);
    let (width, height) =
        contain_panics(format, || decode::dimensions(data, format, limits, &watch))?;
    Ok(Info {
        format,
        width,
        height,
    })
}

/// Makes every thumbnail and the archive, decoding the picture once.
///
/// # Errors
/// A [`ThumbError`] that says what is wrong with the upload, or that the work
/// was stopped by the time limit or by `cancel`.
pub fn make(request: &Request<'_>) -> Result<Output, ThumbError> {
    let limits = request.limits;
    let sizes = distinct_sizes(request.sizes, limits)?;
    let format = admit(request.data, limits)?;
    let watch = Watch::start(limits, request.cancel);
    // Reading, each thumbnail, packing, storing.
    let progress = request.progress;
    if let Some(progress) = progress {
        progress.begin(sizes.len() as u32 + 3);
    }
    let step = || progress.map_or((), Progress::step);

    let mut picture = contain_panics(format, || {
        decode::decode(request.data, format, &sizes, limits, &watch)
    })?;
    step();
    let (width, height) = picture.displayed_size();
    let original_name = original_name(request.file_name, format);

    let mut thumbnails = Vec::with_capacity(sizes.len());
    for size in sizes {
        watch.check()?;
        let image = contain_panics(format, || picture.thumbnail(size))?;
        thumbnails.push(Thumb {
            size,
            file_name: thumbnail_name(request.file_name, format, size),
            width: image.width(),
            height: image.height(),
            bytes: encode::encode(&image, format, picture.icc.as_deref())?,
        });
        step();
    }
    watch.check()?;
    // The archive is made in its memory.
    drop(picture);
    let archive = archive::pack(&original_name, request.data, format, &thumbnails)?;
    step();
    Ok(Output {
        format,
        width,
        height,
        original_name,
        thumbnails,
        archive_name: archive_name(request.file_name),
        archive,
    })
}

/// Turns a panic into an error. Six decoders by other people stand behind
/// this; a picture crafted to trip one of them must cost its own job and not
/// the worker, and is told of as such and not by a backtrace.
fn contain_panics<T>(
    format: Format,
    decode: impl FnOnce() -> Result<T, ThumbError>,
) -> Result<T, ThumbError> {
    thread_local!(static CONTAINED: Cell<bool> = const { Cell::new(false) });
    static QUIET: Once = Once::new();
    QUIET.call_once(|| {
        let report = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !CONTAINED.get() {
                report(panic);
            }
        }));
    });
    let outer = CONTAINED.replace(true);
    let decoded = std::panic::catch_unwind(AssertUnwindSafe(decode));
    CONTAINED.set(outer);
    decoded.unwrap_or(Err(ThumbError::DecoderFailed(format)))
}

/// The checks that need no decoder: not empty, not too long, a known format.
fn admit(data: &[u8], limits: &Limits) -> Result<Format, ThumbError> {
    if data.is_empty() {
        return Err(ThumbError::Empty);
    }
    let length = data.len() as u64;
    if length > limits.max_bytes {
        return Err(ThumbError::TooManyBytes {
            length: Some(length),
            max: limits.max_bytes,
        });
    }
    Format::detect(data).ok_or_else(|| ThumbError::UnknownFormat(format::foreign(data)))
}

/// The sizes asked for, each once, in the order given.
fn distinct_sizes(sizes: &[Size], limits: &Limits) -> Result<Vec<Size>, ThumbError> {
    let mut distinct: Vec<Size> = Vec::with_capacity(sizes.len().min(limits.max_sizes));
    for &size in sizes {
        if !distinct.contains(&size) {
            if distinct.len() == limits.max_sizes {
                return Err(ThumbError::TooManySizes {
                    max: limits.max_sizes,
                });
            }
            distinct.push(size);
        }
    }
    if distinct.is_empty() {
        return Err(ThumbError::NoSizes);
    }
    Ok(distinct)
}

#[cfg(test)]
mod tests;
