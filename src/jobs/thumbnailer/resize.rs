//! Scaling: the decoded picture, and any number of thumbnails from it.
//!
//! The filter is the bicubic one (Catmull-Rom, a = -0.5) with its support
//! widened to the scale, which is what Pillow's `thumbnail` uses.

use super::error::ThumbError;
use super::jpeg::Planes;
use super::size::Size;
use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};

/// The resampling filter of every thumbnail.
const FILTER: FilterType = FilterType::CatmullRom;

/// Decoded pixels, possibly fewer than the file's.
pub(super) enum Pixels {
    /// Every pixel, eight bits per channel.
    Whole(DynamicImage),
    /// The planes of a JPEG, perhaps at a reduced scale.
    Planes(Planes),
}

/// A picture, decoded and ready to be scaled to any size up to its own.
pub(super) struct Picture {
    /// The pixels.
    pub(super) pixels: Pixels,
    /// Width as stored in the file.
    pub(super) width: u32,
    /// Height as stored in the file.
    pub(super) height: u32,
    /// How to turn it for display.
    pub(super) orientation: Orientation,
    /// The ICC profile in the file, whatever it is about.
    pub(super) icc: Option<Vec<u8>>,
}

impl Picture {
    /// Width and height as displayed.
    pub(super) fn displayed_size(&self) -> (u32, u32) {
        displayed(self.orientation, (self.width, self.height))
    }

    /// The picture scaled to fit the box and turned upright.
    pub(super) fn thumbnail(&self, size: Size) -> Result<DynamicImage, ThumbError> {
        let (width, height) = stored_target(self.orientation, (self.width, self.height), size);
        let mut image = match &self.pixels {
            Pixels::Whole(image) => scale(image, width, height)?,
            Pixels::Planes(planes) => planes.scale(width, height)?,
        };
        image.apply_orientation(self.orientation);
        Ok(image)
    }
}

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

/// Scales eight-bit pixels; transparent ones do not bleed their hidden colour.
fn scale(image: &DynamicImage, width: u32, height: u32) -> Result<DynamicImage, ThumbError> {
    if (image.width(), image.height()) == (width, height) {
        return Ok(image.clone());
    }
    let pixel_type = match image {
        DynamicImage::ImageLuma8(_) => PixelType::U8,
        DynamicImage::ImageLumaA8(_) => PixelType::U8x2,
        DynamicImage::ImageRgb8(_) => PixelType::U8x3,
        _ => PixelType::U8x4,
    };
    let whole = (f64::from(image.width()), f64::from(image.height()));
    let data = scale_plane(
        image.as_bytes(),
        (image.width(), image.height()),
        whole,
        pixel_type,
        (width, height),
    )?;
    let scaled = match pixel_type {
        PixelType::U8 => GrayImage::from_raw(width, height, data).map(DynamicImage::from),
        PixelType::U8x2 => GrayAlphaImage::from_raw(width, height, data).map(DynamicImage::from),
        PixelType::U8x3 => RgbImage::from_raw(width, height, data).map(DynamicImage::from),
        _ => RgbaImage::from_raw(width, height, data).map(DynamicImage::from),
    };
    scaled.ok_or_else(|| ThumbError::Encoding("scaled pixels have the wrong length".to_owned()))
}

/// Scales the top left `used` part of `source` (its sides may be fractions of
/// a pixel) to `target`.
pub(super) fn scale_plane(
    source: &[u8],
    (width, height): (u32, u32),
    used: (f64, f64),
    pixel_type: PixelType,
    target: (u32, u32),
) -> Result<Vec<u8>, ThumbError> {
    let failed = |e: &dyn std::fmt::Display| ThumbError::Encoding(e.to_string());
    let source = ImageRef::new(width, height, source, pixel_type).map_err(|e| failed(&e))?;
    let mut scaled = Image::new(target.0, target.1, pixel_type);
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FILTER))
        .crop(0.0, 0.0, used.0, used.1);
    Resizer::new()
        .resize(&source, &mut scaled, &options)
        .map_err(|e| failed(&e))?;
    Ok(scaled.into_vec())
}
