//! Reading a picture once, whatever its format, at the scale that the largest
//! thumbnail needs, after its header has passed the limits.

use super::error::ThumbError;
use super::format::Format;
use super::jpeg;
use super::limits::{Limits, Watch, WatchedReader};
use super::picture::Picture;
use super::png;
use super::scale::{self, displayed};
use super::size::Size;
use super::tiff;
use catalog::lang::Text;
use catalog::text;
use image::codecs::bmp::BmpDecoder;
use image::codecs::gif::GifDecoder;
use image::codecs::png::PngDecoder;
use image::codecs::webp::WebPDecoder;
use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError};
use std::borrow::Cow;
use std::cell::Cell;

/// Width and height as displayed, from the header alone.
pub(super) fn dimensions(
    data: &[u8],
    format: Format,
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<(u32, u32), ThumbError> {
    match format {
        Format::Jpeg => return jpeg::dimensions(data, limits),
        Format::Tiff => return tiff::dimensions(data, limits, watch),
        _ => {}
    }
    let data = whole_canvas(data, format);
    let short = Cell::new(false);
    let mut decoder = open(&data, format, limits, watch, &short)?;
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
    match format {
        Format::Jpeg => return jpeg::decode(data, sizes, limits, watch),
        Format::Tiff => {
            let tiff::Decoded {
                pixels,
                orientation,
                icc,
            } = tiff::decode(data, sizes, limits, watch)?;
            return Ok(Picture::whole(pixels, orientation, icc));
        }
        _ => {}
    }
    let data = whole_canvas(data, format);
    let short = Cell::new(false);
    let mut decoder = open(&data, format, limits, watch, &short)?;
    let orientation = orientation(decoder.as_mut());
    let (stored, channels) = (decoder.dimensions(), decoder.color_type().channel_count());
    let thumbnails = scale::memory(sizes, orientation, stored, stored, channels.into());
    let all = memory(decoder.as_ref(), format) + data.len() as u64 + thumbnails;
    limits.check_picture(stored, all)?;
    let icc = decoder.icc_profile().unwrap_or_default();
    // Only what the pixels lack counts.
    short.set(false);
    let fault = |error| fault(format, watch, &short, error);
    let quick = match format {
        Format::Png => png::decode(&data, watch),
        _ => None,
    };
    let mut pixels = match quick {
        Some(pixels) => pixels,
        None => eight_bits(DynamicImage::from_decoder(decoder).map_err(fault)?),
    };
    if format == Format::Bmp {
        show_what_no_alpha_shows(&mut pixels);
    }
    Ok(Picture::whole(pixels, orientation, icc))
}

/// Reads the header and holds it against the limits; no pixel is decoded.
fn open<'d>(
    data: &'d [u8],
    format: Format,
    limits: &Limits,
    watch: &Watch<'d>,
    short: &'d Cell<bool>,
) -> Result<Box<dyn ImageDecoder + 'd>, ThumbError> {
    let reader: WatchedReader<'d, 'd> = watch.reader(data).noting_shortness(short);
    let mut ceiling = image::Limits::no_limits();
    ceiling.max_alloc = Some(limits.max_memory);
    let decoder: Result<Box<dyn ImageDecoder + 'd>, ImageError> = match format {
        // These have decoders of their own.
        Format::Jpeg | Format::Tiff => return Err(ThumbError::UnknownFormat(None)),
        Format::Png => PngDecoder::with_limits(reader, ceiling.clone()).map(|d| Box::new(d) as _),
        Format::Gif => GifDecoder::new(reader).map(|d| Box::new(d) as _),
        Format::WebP => WebPDecoder::new(reader).map(|d| Box::new(d) as _),
        Format::Bmp => BmpDecoder::new(reader).map(|d| Box::new(d) as _),
    };
    let fault = |error| fault(format, watch, short, error);
    let mut decoder = decoder.map_err(fault)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        let detail = text!(
            "its header says {width} by {height} pixels",
            "według nagłówka ma {width} na {height} pikseli"
        );
        return Err(ThumbError::Corrupt(format, detail));
    }
    limits.check_picture(
        (width, height),
        memory(decoder.as_ref(), format) + data.len() as u64,
    )?;
    decoder.set_limits(ceiling).map_err(fault)?;
    Ok(decoder)
}

/// The memory that decoding takes, in bytes: the pixels, beside them those with
/// eight bits, and what the decoder has of its own (measured).
fn memory(decoder: &dyn ImageDecoder, format: Format) -> u64 {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
    let color = decoder.color_type();
    let eight = match u64::from(color.bytes_per_pixel()) / u64::from(color.channel_count()) {
        1 => 0,
        _ => pixels * u64::from(color.channel_count()),
    };
    let own = match format {
        Format::WebP => 2 * pixels,
        // A frame that does not fill its canvas.
        Format::Gif => 4 * pixels,
        _ => 0,
    };
    decoder.total_bytes() + eight + own
}

/// How to turn the picture; metadata too broken to read turn nothing.
fn orientation(decoder: &mut dyn ImageDecoder) -> Orientation {
    let exif = decoder.exif_metadata().ok().flatten().unwrap_or_default();
    // JPEG's name for the block, which some programs copy along.
    let exif = exif.strip_prefix(b"Exif\0\0").unwrap_or(&exif);
    Orientation::from_exif_chunk(exif).unwrap_or(Orientation::NoTransforms)
}

/// A GIF whose canvas is smaller than its first frame, with the canvas as large
/// as browsers and Pillow make it then.
fn whole_canvas(data: &[u8], format: Format) -> Cow<'_, [u8]> {
    match format {
        Format::Gif => gif_canvas(data).map_or(data.into(), |canvas| {
            let mut data = data.to_vec();
            data[6..10].copy_from_slice(&canvas);
            data.into()
        }),
        _ => data.into(),
    }
}

/// The larger canvas that the first frame needs, as it stands in the file
/// (GIF89a: sections 18, 20 and 23 to 26).
fn gif_canvas(data: &[u8]) -> Option<[u8; 4]> {
    let side = |at: usize| {
        Some(u32::from(u16::from_le_bytes(
            *data.get(at..)?.first_chunk()?,
        )))
    };
    let table = |flags: u8| match flags & 0x80 {
        0 => 0,
        _ => 3 << ((flags & 7) + 1),
    };
    let mut at = 13 + table(*data.get(10)?);
    while *data.get(at)? == 0x21 {
        at += 2;
        // Sub-blocks, the last of which is empty.
        while *data.get(at)? != 0 {
            at += usize::from(data[at]) + 1;
        }
        at += 1;
    }
    (*data.get(at)? == 0x2C).then_some(())?;
    let canvas = (side(6)?, side(8)?);
    let (right, bottom) = (side(at + 1)? + side(at + 5)?, side(at + 3)? + side(at + 7)?);
    let (width, height) = (canvas.0.max(right), canvas.1.max(bottom));
    let sides = (u16::try_from(width).ok()?, u16::try_from(height).ok()?);
    let [w0, w1] = sides.0.to_le_bytes();
    let [h0, h1] = sides.1.to_le_bytes();
    ((width, height) != canvas).then_some([w0, w1, h0, h1])
}

/// A bitmap in which nothing would be seen has no alpha, whatever its header
/// says: programs left those bits empty, and all show it so.
fn show_what_no_alpha_shows(pixels: &mut DynamicImage) {
    if let Some(pixels) = pixels.as_mut_rgba8()
        && pixels.pixels().all(|pixel| pixel.0[3] == 0)
    {
        for pixel in pixels.pixels_mut() {
            pixel.0[3] = 255;
        }
    }
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

/// Puts a decoder's complaint into our terms; `short` says whether it wanted more
/// bytes than there are, which its words may not say.
fn fault(format: Format, watch: &Watch<'_>, short: &Cell<bool>, error: ImageError) -> ThumbError {
    // A decoder that was stopped reports an I/O error of one kind or another.
    if let Err(stopped) = watch.check() {
        return stopped;
    }
    match error {
        _ if short.get() => ThumbError::Truncated(format),
        ImageError::Unsupported(e) => ThumbError::Unsupported(format, Text::same(e.to_string())),
        ImageError::Limits(e) => ThumbError::Unsupported(format, Text::same(e.to_string())),
        other => ThumbError::Corrupt(format, Text::same(other.to_string())),
    }
}
