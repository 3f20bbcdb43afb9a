//! Scaling pixels: to which size, at what cost of memory, and the work itself.
//!
//! The filter is the bicubic one (Catmull-Rom, a = -0.5) with its support
//! widened to the scale, which is what Pillow's `thumbnail` uses.

use super::error::ThumbError;
use super::size::Size;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, MulDiv, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

/// The resampling filter of every thumbnail.
const FILTER: FilterType = FilterType::CatmullRom;

/// Swaps the sides when the orientation lays the picture on its side.
pub(super) fn displayed(orientation: Orientation, (width, height): (u32, u32)) -> (u32, u32) {
    match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (height, width),
        _ => (width, height),
    }
}

/// The size to scale the stored pixels to, so that they fit the box once
/// turned upright.
pub(super) fn stored_target(
    orientation: Orientation,
    stored: (u32, u32),
    size: Size,
) -> (u32, u32) {
    let (width, height) = displayed(orientation, stored);
    // Turning is its own inverse as far as the sides are concerned.
    displayed(orientation, size.fit(width, height))
}

/// The memory that making these thumbnails takes beside the picture, in bytes,
/// when it is `stored` in the file and was decoded to `decoded` pixels of so
/// many channels: the largest one while it is scaled and encoded, and all of
/// them finished, none of which is larger than its pixels.
pub(super) fn memory(
    sizes: &[Size],
    orientation: Orientation,
    stored: (u32, u32),
    decoded: (u32, u32),
    channels: u64,
) -> u64 {
    let target = |&size: &Size| {
        let (width, height) = stored_target(orientation, stored, size);
        (u64::from(width), u64::from(height))
    };
    let targets = || sizes.iter().map(target);
    // Scaled in width first.
    let work = targets().map(|(width, height)| width * (u64::from(decoded.1) + 2 * height));
    let finished: u64 = targets().map(|(width, height)| width * height).sum();
    (work.max().unwrap_or(0) + finished) * channels
}

fn pixel_type(image: &DynamicImage) -> PixelType {
    match image {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageLumaA8(_) => PixelType::U8x2,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        _ => PixelType::U8x4,
    }
}

fn failed(error: &dyn std::fmt::Display) -> ThumbError {
    ThumbError::Encoding(error.to_string())
}

/// Multiplies or divides the colours by the alpha, where they stand.
pub(super) fn multiply<E: std::fmt::Display>(
    image: &mut DynamicImage,
    how: impl Fn(&MulDiv, &mut Image<'_>) -> Result<(), E>,
) -> Result<(), ThumbError> {
    let (width, height, kind) = (image.width(), image.height(), pixel_type(image));
    let bytes = match image {
        DynamicImage::ImageLumaA8(image) => &mut **image,
        DynamicImage::ImageRgba8(image) => &mut **image,
        _ => return Ok(()),
    };
    let mut view = Image::from_slice_u8(width, height, bytes, kind).map_err(|e| failed(&e))?;
    how(&MulDiv::new(), &mut view).map_err(|e| failed(&e))
}

/// Scales eight-bit pixels; transparent ones do not bleed their hidden colour.
/// `plain` are those whose colours have not been multiplied by their alpha; the
/// scaled ones never are.
pub(super) fn scale(
    image: &DynamicImage,
    width: u32,
    height: u32,
    plain: bool,
) -> Result<DynamicImage, ThumbError> {
    if (image.width(), image.height()) == (width, height) {
        let mut image = image.clone();
        if !plain {
            multiply(&mut image, |m, i| m.divide_alpha_inplace(i))?;
        }
        return Ok(image);
    }
    let pixel_type = pixel_type(image);
    let whole = (f64::from(image.width()), f64::from(image.height()));
    let data = scale_plane(
        image.as_bytes(),
        (image.width(), image.height()),
        whole,
        pixel_type,
        (width, height),
        plain,
    )?;
    let scaled = match pixel_type {
        PixelType::U8 => GrayImage::from_raw(width, height, data).map(DynamicImage::from),
        PixelType::U8x2 => GrayAlphaImage::from_raw(width, height, data).map(DynamicImage::from),
        PixelType::U8x3 => RgbImage::from_raw(width, height, data).map(DynamicImage::from),
        _ => RgbaImage::from_raw(width, height, data).map(DynamicImage::from),
    };
    let mut scaled = scaled.ok_or_else(|| failed(&"scaled pixels have the wrong length"))?;
    if !plain {
        multiply(&mut scaled, |m, i| m.divide_alpha_inplace(i))?;
    }
    Ok(scaled)
}

/// Scales the top left `used` part of `source` (its sides may be fractions of
/// a pixel) to `target`.
pub(super) fn scale_plane(
    source: &[u8],
    (width, height): (u32, u32),
    used: (f64, f64),
    pixel_type: PixelType,
    target: (u32, u32),
    use_alpha: bool,
) -> Result<Vec<u8>, ThumbError> {
    let source = ImageRef::new(width, height, source, pixel_type).map_err(|e| failed(&e))?;
    let mut scaled = Image::new(target.0, target.1, pixel_type);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FILTER))
        .use_alpha(use_alpha)
        .crop(0.0, 0.0, used.0, used.1);
    Resizer::new()
        .resize(&source, &mut scaled, &options)
        .map_err(|e| failed(&e))?;
    Ok(scaled.into_vec())
}
