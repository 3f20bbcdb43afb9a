//! Decoded planes: one per component, each at its own resolution. They are
//! scaled one by one and become colours only at the thumbnail's size, where
//! there are few pixels left to convert.

use super::frame::ColorModel;
use crate::error::ThumbError;
use crate::scale::scale_plane;
use fast_image_resize::pixels::U8;
use image::{DynamicImage, GrayImage, RgbImage};
use moxcms::{ColorProfile, Layout, TransformOptions};

/// The samples of one component.
pub(crate) struct Plane {
    width: u32,
    height: u32,
    samples: Vec<u8>,
    /// How much of them the picture fills, in fractions of samples.
    used: (f64, f64),
}

impl Plane {
    /// Takes the top left part that the picture touches.
    pub(super) fn cut(samples: &[u8], stride: usize, used: (f64, f64)) -> Plane {
        let (width, height) = (used.0.ceil() as usize, used.1.ceil() as usize);
        let rows = samples.chunks_exact(stride).take(height);
        Plane {
            width: width as u32,
            height: height as u32,
            samples: rows.flat_map(|row| &row[..width]).copied().collect(),
            used,
        }
    }
}

/// A whole picture.
pub(crate) struct Planes {
    planes: Vec<Plane>,
    model: ColorModel,
    /// An ICC profile of the printing inks, when they are inks.
    pub(super) inks: Option<Vec<u8>>,
}

impl Planes {
    pub(super) fn new(planes: Vec<Plane>, model: ColorModel) -> Self {
        Planes {
            planes,
            model,
            inks: None,
        }
    }

    /// The picture at this size, in grey or in RGB.
    pub(crate) fn scale(&mut self, width: u32, height: u32) -> Result<DynamicImage, ThumbError> {
        let mut scaled = Vec::with_capacity(4);
        for plane in &mut self.planes {
            let source = (plane.width, plane.height);
            scaled.push(scale_plane::<U8>(
                &mut plane.samples,
                source,
                plane.used,
                (width, height),
                false,
            )?);
        }
        let image = match (self.model, <[Vec<u8>; 4]>::try_from(scaled)) {
            (model, Ok(planes)) => {
                let inks = inks(model, &planes);
                let rgb = self
                    .inks
                    .as_deref()
                    .and_then(|profile| by_profile(&inks, profile))
                    .unwrap_or_else(|| inks.iter().flat_map(plain_rgb).collect());
                RgbImage::from_raw(width, height, rgb).map(DynamicImage::from)
            }
            (ColorModel::Gray, Err(mut planes)) => planes
                .pop()
                .and_then(|gray| GrayImage::from_raw(width, height, gray))
                .map(DynamicImage::from),
            (model, Err(planes)) => {
                let rgb = rgb(model, &planes);
                RgbImage::from_raw(width, height, rgb).map(DynamicImage::from)
            }
        };
        image.ok_or_else(|| ThumbError::Encoding("scaled planes have the wrong length".to_owned()))
    }
}

/// Interleaves three planes into RGB.
fn rgb(model: ColorModel, planes: &[Vec<u8>]) -> Vec<u8> {
    let [first, second, third] = planes else {
        return Vec::new();
    };
    let triples = first.iter().zip(second).zip(third);
    let triples = triples.map(|((&a, &b), &c)| [a, b, c]);
    match model {
        ColorModel::Rgb => triples.flatten().collect(),
        _ => triples.flat_map(ycbcr_to_rgb).collect(),
    }
}

/// JFIF 1.02, page 3.
fn ycbcr_to_rgb([y, cb, cr]: [u8; 3]) -> [u8; 3] {
    let y = f32::from(y);
    let (cb, cr) = (f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    let channel = |value: f32| (value + 0.5) as u8; // `as` clamps to 0..=255
    [
        channel(y + 1.402 * cr),
        channel(y - 0.344_136 * cb - 0.714_136 * cr),
        channel(y + 1.772 * cb),
    ]
}

/// Amounts of cyan, magenta, yellow and black; 255 is most. Adobe, whose
/// convention everybody follows, stores them inverted.
fn inks(model: ColorModel, [c, m, y, k]: &[Vec<u8>; 4]) -> Vec<[u8; 4]> {
    let quads = c.iter().zip(m).zip(y).zip(k);
    quads
        .map(|(((&c, &m), &y), &k)| match model {
            // The transform yields the colour the inks leave, not the inks;
            // inverted twice, it is the inks' amount.
            ColorModel::Ycck => {
                let [r, g, b] = ycbcr_to_rgb([c, m, y]);
                [r, g, b, 255 - k]
            }
            _ => [255 - c, 255 - m, 255 - y, 255 - k],
        })
        .collect()
}

/// What ideal inks on ideal paper look like.
fn plain_rgb(&[c, m, y, k]: &[u8; 4]) -> [u8; 3] {
    [c, m, y].map(|ink| {
        let (light, paper) = (255 - u32::from(ink), 255 - u32::from(k));
        ((light * paper + 127) / 255) as u8
    })
}

/// What the profile says that the inks look like, in sRGB; `None` when it
/// cannot say.
fn by_profile(inks: &[[u8; 4]], profile: &[u8]) -> Option<Vec<u8>> {
    let source = ColorProfile::new_from_slice(profile).ok()?;
    let target = ColorProfile::new_srgb();
    // Four inks travel in the layout of four channels.
    let transform = source
        .create_transform_8bit(
            Layout::Rgba,
            &target,
            Layout::Rgb,
            TransformOptions::default(),
        )
        .ok()?;
    let mut rgb = vec![0; inks.len() * 3];
    transform.transform(inks.as_flattened(), &mut rgb).ok()?;
    Some(rgb)
}
