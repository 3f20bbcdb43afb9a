//! Scaling pixels: to which size, at what cost of memory, and the work itself.
//!
//! The filter is the bicubic one (Catmull-Rom, a = -0.5) with its support
//! widened to the scale, which is what Pillow's `thumbnail` uses.

use super::error::ThumbError;
use super::size::Size;
use fast_image_resize::images::{Image, TypedImage};
use fast_image_resize::pixels::{U8, U8x2, U8x3, U8x4};
use fast_image_resize::{FilterType, MulDiv, PixelTrait, ResizeAlg, ResizeOptions, Resizer};
use image::metadata::Orientation;
use image::{DynamicImage, ImageBuffer, Pixel};

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

fn failed(error: &dyn std::fmt::Display) -> ThumbError {
    ThumbError::Encoding(error.to_string())
}

/// What becomes of colours that are to be mixed.
#[derive(Debug, Clone, Copy)]
pub(super) enum Alpha {
    /// They are multiplied by their alpha.
    Multiply,
    /// They are as they were before.
    Divide,
}

impl Alpha {
    /// Does so with the colours of a picture, where they stand.
    pub(super) fn apply(self, image: &mut DynamicImage) -> Result<(), ThumbError> {
        let size = (image.width(), image.height());
        match image {
            DynamicImage::ImageLumaA8(image) => self.apply_to::<U8x2>(image, size),
            DynamicImage::ImageRgba8(image) => self.apply_to::<U8x4>(image, size),
            _ => Ok(()),
        }
    }

    fn apply_to<P: PixelTrait>(
        self,
        bytes: &mut [u8],
        (width, height): (u32, u32),
    ) -> Result<(), ThumbError> {
        let mut view =
            TypedImage::<P>::from_buffer(width, height, bytes).map_err(|e| failed(&e))?;
        let how = MulDiv::new();
        let done = match self {
            Alpha::Multiply => how.multiply_alpha_inplace_typed(&mut view),
            Alpha::Divide => how.divide_alpha_inplace_typed(&mut view),
        };
        done.map_err(|e| failed(&e))
    }
}

/// Scales eight-bit pixels; transparent ones do not bleed their hidden colour.
/// `plain` are those whose colours have not been multiplied by their alpha; the
/// scaled ones never are.
pub(super) fn scale(
    image: &mut DynamicImage,
    width: u32,
    height: u32,
    plain: bool,
) -> Result<DynamicImage, ThumbError> {
    if (image.width(), image.height()) == (width, height) {
        let mut image = image.clone();
        if !plain {
            Alpha::Divide.apply(&mut image)?;
        }
        return Ok(image);
    }
    let target = (width, height);
    // Only the kinds of pixels that there are: each is compiled by itself.
    let mut scaled = match image {
        DynamicImage::ImageLuma8(image) => scaled::<U8, _>(image, target, plain)?,
        DynamicImage::ImageLumaA8(image) => scaled::<U8x2, _>(image, target, plain)?,
        DynamicImage::ImageRgb8(image) => scaled::<U8x3, _>(image, target, plain)?,
        DynamicImage::ImageRgba8(image) => scaled::<U8x4, _>(image, target, plain)?,
        _ => return Err(of_another_kind()),
    };
    if !plain {
        Alpha::Divide.apply(&mut scaled)?;
    }
    Ok(scaled)
}

/// The same for pixels that are `P` here and `Q` there.
fn scaled<P: PixelTrait, Q: Pixel<Subpixel = u8>>(
    image: &mut ImageBuffer<Q, Vec<u8>>,
    (width, height): (u32, u32),
    plain: bool,
) -> Result<DynamicImage, ThumbError>
where
    DynamicImage: From<ImageBuffer<Q, Vec<u8>>>,
{
    let size = image.dimensions();
    let whole = (f64::from(size.0), f64::from(size.1));
    let data = scale_plane::<P>(image, size, whole, (width, height), plain)?;
    let scaled = ImageBuffer::from_raw(width, height, data).ok_or_else(of_another_kind)?;
    Ok(DynamicImage::from(scaled))
}

fn of_another_kind() -> ThumbError {
    failed(&"its pixels are of another kind")
}

/// Scales the top left `used` part of `source` (its sides may be fractions of
/// a pixel) to `target`. Nothing changes in `source`: it is borrowed like that so
/// that all of the pictures are of one type, for which the scaling, of which there
/// is much, is compiled once.
pub(super) fn scale_plane<P: PixelTrait>(
    source: &mut [u8],
    (width, height): (u32, u32),
    used: (f64, f64),
    target: (u32, u32),
    use_alpha: bool,
) -> Result<Vec<u8>, ThumbError> {
    let source = TypedImage::<P>::from_buffer(width, height, source).map_err(|e| failed(&e))?;
    let mut scaled = Image::new(target.0, target.1, P::pixel_type());
    let Some(mut view) = scaled.typed_image_mut::<P>() else {
        return Err(of_another_kind());
    };
    let options = ResizeOptions::new()
        .resize_alg(ResizeAlg::Convolution(FILTER))
        .use_alpha(use_alpha)
        .crop(0.0, 0.0, used.0, used.1);
    Resizer::new()
        .resize_typed(&source, &mut view, &options)
        .map_err(|e| failed(&e))?;
    Ok(scaled.into_vec())
}
