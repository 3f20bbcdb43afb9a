//! JPEG, read no finer than the thumbnail needs.
//!
//! A JPEG file stores each block of 8 by 8 pixels as 64 frequencies, and the
//! first of them, the DC coefficient, is the block's average. A picture made
//! of nothing but those averages is the photograph at one eighth of its size,
//! and a thumbnail of a camera's photograph needs no more. So the decoder here
//! walks through the compressed bits, keeps the lowest frequencies (1, 4 or 16
//! of them, for one eighth, a quarter or a half) and steps over the others
//! without even computing their values; see `huffman`. That is several times
//! faster than decoding everything, and the averaging is one that scaling down
//! would have to do anyway.
//!
//! Files that need every pixel, or the finer scans of a progressive file, go
//! to the general decoder (zune-jpeg), which has the faster full transform.
//!
//! Names and section numbers follow ITU-T T.81, the JPEG standard.

mod bits;
mod channel;
mod error;
mod frame;
mod huffman;
mod planes;
mod scan;
mod segments;
mod tables;
mod transform;
mod walk;

pub(super) use planes::Planes;

use super::error::ThumbError;
use super::limits::{Limits, Watch};
use super::picture::{Picture, Pixels};
use super::scale::{self, displayed, stored_target};
use super::size::Size;
use catalog::lang::Text;
use catalog::text;
use error::corrupt;
use frame::{ColorModel, Frame, Header, Process};
use image::metadata::Orientation;
use image::{DynamicImage, GrayImage, RgbImage};
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A reduced picture must still be this many times as large as the largest
/// thumbnail, so that its coarser pixels do not show. Pillow's `thumbnail`
/// uses the same factor (`reducing_gap=2.0`).
const REDUCING_GAP: f64 = 2.0;

/// Width and height as displayed, from the header alone.
pub(super) fn dimensions(data: &[u8], limits: &Limits) -> Result<(u32, u32), ThumbError> {
    let header = Header::parse(data)?;
    let stored = header.frame.size();
    limits.check_picture(stored, 0)?;
    Ok(displayed(orientation(&header), stored))
}

/// Decodes at the smallest scale that serves all these sizes.
pub(super) fn decode(
    data: &[u8],
    sizes: &[Size],
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<Picture, ThumbError> {
    let header = Header::parse(data)?;
    let (width, height) = header.frame.size();
    let orientation = orientation(&header);
    let scale = sizes
        .iter()
        .map(|&size| stored_target(orientation, (width, height), size))
        .map(|target| scale_for(&header.frame, target))
        .max()
        .unwrap_or(8);
    let decoded = (width.div_ceil(8) * scale, height.div_ceil(8) * scale);
    let channels = header.frame.components.len() as u64;
    let thumbnails = scale::memory(sizes, orientation, (width, height), decoded, channels);
    let memory = header.frame.decoded_bytes(scale) + data.len() as u64 + thumbnails;
    limits.check_picture((width, height), memory)?;

    let model = header.color_model();
    let own = match header.frame.process {
        // The general decoder gives inks no chance to be matched to a profile,
        // and mixes up the rows of components that come one after another.
        Process::Sequential => scale < 8 || model.has_black() || !header.interleaved,
        Process::Progressive => scale == 1,
    };
    let pixels = if own {
        let mut planes = scan::decode(data, &header, scale, watch)?;
        if model.has_black() {
            planes.inks = header.icc();
        }
        Pixels::Planes(planes)
    } else {
        Pixels::Whole(decode_whole(data, &header, watch)?)
    };
    Ok(Picture {
        pixels,
        width,
        height,
        orientation,
        icc: header.icc(),
    })
}

/// The smallest number of eighths, of 1, 2, 4 and 8, at which every plane is
/// large enough for the target: luminance [`REDUCING_GAP`] times as large,
/// and colours, which eyes resolve less, not smaller.
fn scale_for(frame: &Frame, target: (u32, u32)) -> u32 {
    let enough = |&eighths: &u32| {
        frame.components.iter().all(|c| {
            let side = |full: u32, factor: u32, max: u32, target: u32| {
                let gap = if factor == max { REDUCING_GAP } else { 1.0 };
                let side = f64::from(full * factor * eighths) / f64::from(max * 8);
                side >= gap * f64::from(target)
            };
            side(frame.width, c.h, frame.max_h, target.0)
                && side(frame.height, c.v, frame.max_v, target.1)
        })
    };
    [1, 2, 4].into_iter().find(enough).unwrap_or(8)
}

/// The orientation that the camera noted in EXIF.
fn orientation(header: &Header<'_>) -> Orientation {
    header
        .exif
        .and_then(Orientation::from_exif_chunk)
        .unwrap_or(Orientation::NoTransforms)
}

/// Every pixel, by the general decoder.
fn decode_whole(
    data: &[u8],
    header: &Header<'_>,
    watch: &Watch<'_>,
) -> Result<DynamicImage, ThumbError> {
    segments::require_end(data)?;
    let (width, height) = header.frame.size();
    let space = match header.color_model() {
        ColorModel::Gray => ColorSpace::Luma,
        _ => ColorSpace::RGB,
    };
    let options = DecoderOptions::default()
        .set_strict_mode(true)
        .set_max_width(usize::from(u16::MAX))
        .set_max_height(usize::from(u16::MAX))
        .jpeg_set_out_colorspace(space);
    watch.check()?;
    let decode = |data: &[u8]| {
        zune_jpeg::JpegDecoder::new_with_options(ZCursor::new(data), options).decode()
    };
    let mut decoded = decode(data);
    if decoded.is_err() {
        watch.check()?;
        // Strict as it is about the picture, it is so about what does not
        // matter too: bytes between segments, segments that are cut short.
        decoded = decode(&segments::needed(data)?);
    }
    watch.check()?;
    let data = decoded.map_err(|e| corrupt(Text::same(e.to_string())))?;
    let image = match space {
        ColorSpace::Luma => GrayImage::from_raw(width, height, data).map(DynamicImage::from),
        _ => RgbImage::from_raw(width, height, data).map(DynamicImage::from),
    };
    image.ok_or_else(|| {
        corrupt(text!(
            "the decoder returned too few pixels",
            "dekoder zwrócił za mało pikseli"
        ))
    })
}

#[cfg(test)]
mod tests;
