//! Tests of the thumbnailer as a whole; those of single steps are beside them.
//! Pictures are made here; kinds that no Rust encoder writes come from
//! `tests/fixtures/images`, where `make.py` tells how they were made.

mod damage;
mod formats;
mod metadata;
mod oddities;

use super::*;
use image::codecs::gif::GifEncoder;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType, Frame, ImageDecoder, ImageEncoder, ImageFormat};
use moxcms::ColorProfile;
use proptest::prelude::*;
use std::io::{Cursor, Read};
use std::sync::LazyLock;
use std::time::Duration;

/// A file of `tests/fixtures/images`.
pub(super) fn fixture(name: &str) -> Vec<u8> {
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/fixtures/images/");
    std::fs::read(format!("{dir}{name}")).unwrap()
}

/// The picture that most tests use, 205 by 153 pixels.
static SCENE: LazyLock<DynamicImage> =
    LazyLock::new(|| image::load_from_memory(&fixture("scene.png")).unwrap());

/// How near two pictures are: peak signal-to-noise ratio in dB. 30 is a
/// visible likeness, above 45 nobody sees a difference.
pub(super) fn psnr(a: &DynamicImage, b: &DynamicImage) -> f64 {
    assert_eq!((a.width(), a.height()), (b.width(), b.height()));
    let (a, b) = (a.to_rgb8(), b.to_rgb8());
    let squares = a.iter().zip(b.iter());
    let squares = squares.map(|(&a, &b)| (f64::from(a) - f64::from(b)).powi(2));
    let mean = squares.sum::<f64>() / a.len() as f64;
    if mean == 0.0 {
        f64::INFINITY
    } else {
        10.0 * (255.0 * 255.0 / mean).log10()
    }
}

/// The reference for a thumbnail: every pixel, and the best common filter.
pub(super) fn reference(picture: &DynamicImage, width: u32, height: u32) -> DynamicImage {
    picture.resize_exact(width, height, image::imageops::FilterType::Lanczos3)
}

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    image.write_to(&mut out, format).unwrap();
    out.into_inner()
}

fn size(text: &str) -> Size {
    text.parse().unwrap()
}

fn make_with(data: &[u8], name: &str, sizes: &[Size]) -> Result<Output, ThumbError> {
    make(&Request {
        data,
        file_name: name,
        sizes,
        limits: &Limits::default(),
        cancel: None,
        progress: None,
    })
}

/// One thumbnail, and the pixels that another decoder sees in it.
fn thumb(data: &[u8], box_size: &str) -> (Output, DynamicImage) {
    let output = make_with(data, "x", &[size(box_size)]).unwrap();
    let thumb = &output.thumbnails[0];
    let seen = image::load_from_memory(&thumb.bytes).unwrap();
    assert_eq!((seen.width(), seen.height()), (thumb.width, thumb.height));
    (output, seen)
}

fn error(data: &[u8]) -> ThumbError {
    make_with(data, "x", &[Size::LAB]).unwrap_err()
}

/// Every format that can hold the scene, as this crate's libraries write it.
fn scene_in_all_formats() -> Vec<(Format, Vec<u8>)> {
    let written = [
        (Format::Jpeg, ImageFormat::Jpeg),
        (Format::Png, ImageFormat::Png),
        (Format::Gif, ImageFormat::Gif),
        (Format::WebP, ImageFormat::WebP),
        (Format::Bmp, ImageFormat::Bmp),
        (Format::Tiff, ImageFormat::Tiff),
    ];
    written
        .map(|(format, image_format)| (format, encoded(&SCENE, image_format)))
        .to_vec()
}
