//! Reading a picture once, whatever its format, at the scale that the largest
//! thumbnail needs, after its header has passed the limits.

use super::error::ThumbError;
use super::format::Format;
use super::jpeg;
use super::limits::{Limits, Watch, WatchedReader};
use super::resize::{Picture, Pixels, displayed};
use super::size::Size;
use super::tiff_palette::Palette;
use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::tiff::TiffDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError};

/// Width and height as displayed, from the header alone.
pub(super) fn dimensions(
    data: &[u8],
    format: Format,
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<(u32, u32), ThumbError> {
    let palette = palette(data, format)?;
    let data = palette.as_ref().map_or(data, |p| &p.as_gray);
    let Some(mut decoder) = open(data, format, limits, watch)? else {
        return jpeg::dimensions(data, limits);
    };
    let orientation = orientation(decoder.as_mut());
    Ok(displayed(orientation, decoder.dimensions()))
}

/// Decodes the picture for thumbnails of these sizes.
pub(super) fn decode(
    data: &[u8],
    format: Format,
    sizes: &[Size],
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<Picture, ThumbError> {
    let palette = palette(data, format)?;
    let data = palette.as_ref().map_or(data, |p| &p.as_gray);
    let Some(mut decoder) = open(data, format, limits, watch)? else {
        return jpeg::decode(data, sizes, limits, watch);
    };
    let (width, height) = decoder.dimensions();
    let orientation = orientation(decoder.as_mut());
    let icc = decoder.icc_profile().unwrap_or_default();
    let fault = |error| fault(format, watch, error);
    let mut pixels = eight_bits(DynamicImage::from_decoder(decoder).map_err(fault)?);
    if let (Some(palette), Some(numbers)) = (palette, pixels.as_luma8()) {
        pixels = palette.apply(numbers);
    }
    Ok(Picture {
        pixels: Pixels::Whole(pixels),
        width,
        height,
        orientation,
        icc,
    })
}

/// Reads the header and holds it against the limits; no pixel is decoded.
/// `None` for JPEG, which has a decoder of its own.
fn open<'d>(
    data: &'d [u8],
    format: Format,
    limits: &Limits,
    watch: &Watch<'d>,
) -> Result<Option<Box<dyn ImageDecoder + 'd>>, ThumbError> {
    let reader: WatchedReader<'d, 'd> = watch.reader(data);
    let mut ceiling = image::Limits::no_limits();
    ceiling.max_alloc = Some(limits.max_memory);
    let decoder: Result<Box<dyn ImageDecoder + 'd>, ImageError> = match format {
        Format::Jpeg => return Ok(None),
        Format::Png => PngDecoder::with_limits(reader, ceiling.clone()).map(|d| Box::new(d) as _),
        Format::Gif => GifDecoder::new(reader).map(|d| Box::new(d) as _),
        Format::WebP => WebPDecoder::new(reader).map(|d| Box::new(d) as _),
        Format::Bmp => BmpDecoder::new(reader).map(|d| Box::new(d) as _),
        Format::Tiff => TiffDecoder::new(reader).map(|d| Box::new(d) as _),
    };
    let fault = |error| fault(format, watch, error);
    let mut decoder = decoder.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        let detail = format!("its header says {width} by {height} pixels");
        return Err(ThumbError::Corrupt(format, detail));
    }
    limits.check_picture((width, height), decoder.total_bytes())?;
    decoder.set_limits(ceiling).map_err(fault)?;
    Ok(Some(decoder))
}

/// The palette of a TIFF file that has one.
fn palette(data: &[u8], format: Format) -> Result<Option<Palette>, ThumbError> {
    match format {
        Format::Tiff => Palette::find(data),
        _ => Ok(None),
    }
}

/// How to turn the picture; metadata too broken to read turn nothing.
fn orientation(decoder: &mut dyn ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

/// Eight bits per channel, which is what a thumbnail shows of any picture.
fn eight_bits(image: DynamicImage) -> DynamicImage {
    match image.color() {
        ColorType::L16 => image.into_luma8().into(),
        ColorType::La16 => image.into_luma_alpha8().into(),
        ColorType::Rgb16 | ColorType::Rgb32F => image.into_rgb8().into(),
        ColorType::Rgba16 | ColorType::Rgba32F => image.into_rgba8().into(),
        _ => image,
    }
}

/// Puts a decoder's complaint into our terms.
fn fault(format: Format, watch: &Watch<'_>, error: ImageError) -> ThumbError {
    // A decoder that was stopped reports an I/O error of one kind or another.
    if let Err(stopped) = watch.check() {
        return stopped;
    }
    if ends_too_early(&error) {
        return ThumbError::Truncated(format);
    }
    match error {
        ImageError::Unsupported(e) => ThumbError::Unsupported(format, e.to_string()),
        ImageError::Limits(e) => ThumbError::Unsupported(format, e.to_string()),
        other => ThumbError::Corrupt(format, other.to_string()),
    }
}

/// Whether any cause in the chain says that bytes were missing.
fn ends_too_early(error: &(dyn std::error::Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(e) = cause {
        if let Some(io) = e.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::UnexpectedEof
        {
            return true;
        }
        cause = e.source();
    }
    false
}
