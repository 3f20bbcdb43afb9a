//! Writing a thumbnail in its original's format. The colour profile is kept;
//! EXIF, comments, XMP and the rest are left behind: a thumbnail should not
//! publish where its photograph was taken.

use super::error::ThumbError;
use super::format::Format;
use image::codecs::bmp::BmpEncoder;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::codecs::tiff::TiffEncoder;
use image::codecs::webp::WebPEncoder;
use image::{ColorType, DynamicImage, ImageEncoder, ImageError, ImageResult};
use std::io::Cursor;

/// The quality of JPEG thumbnails on the usual scale of 1 to 100. Small
/// pictures show artefacts sooner than large ones, and cost little anyway, so
/// it lies above the customary 75.
pub const JPEG_QUALITY: u8 = 85;

/// Encodes one thumbnail, with the profile if it is about such pixels.
pub(super) fn encode(
    image: &DynamicImage,
    format: Format,
    icc: Option<&[u8]>,
) -> Result<Vec<u8>, ThumbError> {
    let icc = icc.filter(|profile| describes(profile, image.color()));
    let mut bytes = Vec::new();
    let out = Cursor::new(&mut bytes);
    let written = match format {
        Format::Jpeg => write(image, JpegEncoder::new_with_quality(out, JPEG_QUALITY), icc),
        Format::Png => write(image, PngEncoder::new(out), icc),
        Format::Gif => {
            let frame = image::Frame::new(image.to_rgba8());
            GifEncoder::new(out).encode_frame(frame)
        }
        // Lossless, also where the original was lossy: it loses nothing, and is
        // some 20 kB larger. Encoders for lossy WebP were looked at (November
        // 2026): the complete one in Rust is under the AGPL, the others are
        // young or have no transparency, and libwebp would be more C to build.
        Format::WebP => write(image, WebPEncoder::new_lossless(out), icc),
        Format::Bmp => {
            let mut out = out;
            write(image, BmpEncoder::new(&mut out), None)
        }
        Format::Tiff => write(image, TiffEncoder::new(out), icc),
    };
    written.map_err(|e| ThumbError::Encoding(e.to_string()))?;
    Ok(bytes)
}

/// Encodes with the profile, for formats that can hold one.
fn write(
    image: &DynamicImage,
    mut encoder: impl ImageEncoder,
    icc: Option<&[u8]>,
) -> ImageResult<()> {
    if let Some(icc) = icc {
        encoder
            .set_icc_profile(icc.to_vec())
            .map_err(ImageError::Unsupported)?;
    }
    image.write_with_encoder(encoder)
}

/// Whether an ICC profile is about pixels of this kind. The colour space it
/// describes is named in bytes 16 to 19 of its header (ICC.1, 7.2.6).
fn describes(profile: &[u8], color: ColorType) -> bool {
    match profile.get(16..20) {
        Some(b"RGB ") => color.has_color(),
        Some(b"GRAY") => !color.has_color(),
        _ => false,
    }
}
