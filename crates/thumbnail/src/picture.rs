//! A decoded picture, and any number of thumbnails from it.

use super::error::ThumbError;
use super::jpeg::Planes;
use super::scale::{Alpha, displayed, scale, stored_target};
use super::size::Size;
use image::DynamicImage;
use image::metadata::Orientation;

/// Decoded pixels, possibly fewer than the file's.
pub(super) enum Pixels {
    /// Every pixel, eight bits per channel.
    Whole(DynamicImage),
    /// The same, the colours multiplied by the alpha: of a large picture there
    /// is no room for another copy.
    Premultiplied(DynamicImage),
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

/// From how many bytes on a picture is not copied.
const LARGE: usize = 64 << 20;

impl Picture {
    /// A picture of which every pixel is there, as stored.
    pub(super) fn whole(
        pixels: DynamicImage,
        orientation: Orientation,
        icc: Option<Vec<u8>>,
    ) -> Picture {
        Picture {
            width: pixels.width(),
            height: pixels.height(),
            pixels: Pixels::Whole(pixels),
            orientation,
            icc,
        }
    }

    /// Width and height as displayed.
    pub(super) fn displayed_size(&self) -> (u32, u32) {
        displayed(self.orientation, (self.width, self.height))
    }

    /// The picture scaled to fit the box and turned upright.
    pub(super) fn thumbnail(&mut self, size: Size) -> Result<DynamicImage, ThumbError> {
        let (width, height) = stored_target(self.orientation, (self.width, self.height), size);
        let mut image = match &mut self.pixels {
            Pixels::Whole(image) if image.color().has_alpha() && image.as_bytes().len() > LARGE => {
                let mut image = std::mem::take(image);
                Alpha::Multiply.apply(&mut image)?;
                let scaled = scale(&mut image, width, height, false)?;
                self.pixels = Pixels::Premultiplied(image);
                scaled
            }
            Pixels::Whole(image) => scale(image, width, height, true)?,
            Pixels::Premultiplied(image) => scale(image, width, height, false)?,
            Pixels::Planes(planes) => planes.scale(width, height)?,
        };
        image.apply_orientation(self.orientation);
        Ok(image)
    }
}
