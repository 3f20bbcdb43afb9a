//! Tests of the thumbnailer as a whole; those of single steps are beside them.
//! Pictures are made here; kinds that no Rust encoder writes come from
//! `tests/fixtures/images`, where `make.py` tells how they were made.

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
    let dir = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/images/");
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

#[test]
fn the_sample_becomes_a_thumbnail_and_an_archive() {
    let (name, data) = sample_image();
    let output = make_with(&data, name, &[Size::LAB, size("40x100"), Size::LAB]).unwrap();
    assert_eq!(output.format, Format::Jpeg);
    assert_eq!((output.width, output.height), (1200, 900));
    let made: Vec<_> = output
        .thumbnails
        .iter()
        .map(|t| (t.file_name.as_str(), t.width, t.height))
        .collect();
    assert_eq!(
        made,
        [("tatry_128x128.jpg", 128, 96), ("tatry_40x100.jpg", 40, 30)]
    );

    let mut zip = zip::ZipArchive::new(Cursor::new(&output.archive)).unwrap();
    let names: Vec<_> = zip.file_names().map(|n| n.unwrap().into_owned()).collect();
    assert_eq!(
        names,
        ["tatry.jpg", "tatry_128x128.jpg", "tatry_40x100.jpg"]
    );
    let mut original = Vec::new();
    zip.by_name("tatry.jpg")
        .unwrap()
        .read_to_end(&mut original)
        .unwrap();
    assert_eq!(original, data);
}

#[test]
fn every_format_comes_out_as_it_went_in() {
    let expected = reference(&SCENE, 64, 48);
    for (format, data) in scene_in_all_formats() {
        let info = inspect(&data, &Limits::default()).unwrap();
        assert_eq!((info.format, info.width, info.height), (format, 205, 153));
        let (output, seen) = thumb(&data, "64x64");
        assert_eq!(output.format, format);
        assert_eq!(Format::detect(&output.thumbnails[0].bytes), Some(format));
        let near = psnr(&seen, &expected);
        // 256 colours, and JPEG's losses, show in hard-edged pictures.
        let bound = match format {
            Format::Jpeg | Format::Gif => 24.0,
            _ => 34.0,
        };
        assert!(near > bound, "{format}: {near:.1} dB");
    }
}

#[test]
fn unusual_kinds_are_read() {
    let scene = &*SCENE;
    let depth = |image: DynamicImage, format| encoded(&image, format);
    let gray = DynamicImage::from(scene.to_luma8());
    let cases = [
        (
            "16-bit PNG",
            depth(scene.to_rgb16().into(), ImageFormat::Png),
            scene,
        ),
        (
            "16-bit TIFF",
            depth(scene.to_rgb16().into(), ImageFormat::Tiff),
            scene,
        ),
        (
            "float TIFF",
            depth(scene.to_rgb32f().into(), ImageFormat::Tiff),
            scene,
        ),
        (
            "grey 16-bit PNG",
            depth(scene.to_luma16().into(), ImageFormat::Png),
            &gray,
        ),
        ("grey JPEG", depth(gray.clone(), ImageFormat::Jpeg), &gray),
        ("palette PNG", palette_png(), scene),
        ("palette TIFF", fixture("palette.tiff"), scene),
        ("CMYK TIFF", fixture("cmyk.tiff"), scene),
        ("CMYK JPEG", fixture("cmyk.jpg"), scene),
        (
            "progressive CMYK JPEG",
            fixture("cmyk_progressive.jpg"),
            scene,
        ),
        ("lossy WebP", fixture("lossy.webp"), scene),
        ("animated WebP", fixture("animated.webp"), scene),
        ("animated GIF", animated_gif(), scene),
    ];
    for (kind, data, picture) in cases {
        let (_, seen) = thumb(&data, "32x32");
        let near = psnr(&seen, &reference(picture, 32, 24));
        assert!(near > 23.0, "{kind}: {near:.1} dB");
    }
    // Black and white becomes grey; there is no faithful reference for it.
    let (_, seen) = thumb(&fixture("fax.tiff"), "32x32");
    assert!(
        seen.as_luma8()
            .is_some_and(|g| g.iter().any(|&v| (50..200).contains(&v)))
    );
}

/// The scene in the 216 colours of a 6 by 6 by 6 cube, four bits per channel
/// being too many.
fn palette_png() -> Vec<u8> {
    let levels = 0..6u8;
    let palette: Vec<u8> = levels
        .clone()
        .flat_map(|r| (0..6u8).flat_map(move |g| (0..6u8).flat_map(move |b| [r, g, b])))
        .map(|level| level * 51)
        .collect();
    let scene = SCENE.to_rgb8();
    let number = |p: &image::Rgb<u8>| {
        let [r, g, b] = p.0.map(|v| (u16::from(v) + 25) / 51);
        (r * 36 + g * 6 + b) as u8
    };
    let numbers: Vec<u8> = scene.pixels().map(number).collect();
    let mut out = Vec::new();
    let mut encoder = png::Encoder::new(&mut out, scene.width(), scene.height());
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(palette);
    let mut writer = encoder.write_header().unwrap();
    writer.write_image_data(&numbers).unwrap();
    writer.finish().unwrap();
    out
}

/// The scene, then the scene upside down.
fn animated_gif() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = GifEncoder::new(&mut out);
    for image in [SCENE.clone(), SCENE.rotate180()] {
        encoder.encode_frame(Frame::new(image.to_rgba8())).unwrap();
    }
    drop(encoder);
    out
}

#[test]
fn transparent_pixels_keep_their_colour_to_themselves() {
    // Left half opaque red, right half transparent over hidden green.
    let image = image::RgbaImage::from_fn(200, 100, |x, _| match x < 100 {
        true => image::Rgba([255, 0, 0, 255]),
        false => image::Rgba([0, 255, 0, 0]),
    });
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Tiff] {
        let (_, seen) = thumb(&encoded(&image.clone().into(), format), "25x25");
        let seen = seen.to_rgba8();
        let green = seen.pixels().filter(|p| p.0[3] > 0).map(|p| p.0[1]).max();
        assert_eq!(green, Some(0), "{format:?}");
        assert_eq!(seen.get_pixel(2, 2).0, [255, 0, 0, 255]);
        assert_eq!(seen.get_pixel(22, 2).0[3], 0);
    }
}

#[test]
fn pictures_are_never_enlarged() {
    for (w, h, expected) in [
        (1, 1, (1, 1)),
        (100, 50, (100, 50)),
        (128, 128, (128, 128)),
        (30_000, 10, (128, 1)),
        (10, 30_000, (1, 128)),
    ] {
        let image = DynamicImage::from(image::RgbImage::from_pixel(w, h, image::Rgb([9, 99, 199])));
        for format in [
            ImageFormat::Png,
            ImageFormat::Jpeg,
            ImageFormat::Bmp,
            ImageFormat::Gif,
        ] {
            let (output, seen) = thumb(&encoded(&image, format), "128x128");
            assert_eq!((output.width, output.height), (w, h));
            assert_eq!((seen.width(), seen.height()), expected, "{format:?}");
            assert!(psnr(&seen, &reference(&image, expected.0, expected.1)) > 38.0);
        }
    }
}

#[test]
fn many_sizes_are_as_good_as_each_alone() {
    let (name, data) = sample_image();
    let sizes = ["600x600", "128x128", "64x200", "16x16"].map(size);
    let together = make_with(&data, name, &sizes).unwrap();
    for (size, thumb) in sizes.into_iter().zip(&together.thumbnails) {
        let alone = make_with(&data, name, &[size]).unwrap();
        let decoded = |t: &Thumb| image::load_from_memory(&t.bytes).unwrap();
        let near = psnr(&decoded(thumb), &decoded(&alone.thumbnails[0]));
        assert!(near > 35.0, "{size}: {near:.1} dB");
    }
}

/// Puts segments right after a JPEG file's first marker.
fn with_segments(jpeg: &[u8], segments: &[(u8, Vec<u8>)]) -> Vec<u8> {
    let mut out = jpeg[..2].to_vec();
    for (marker, payload) in segments {
        out.extend([0xFF, *marker]);
        out.extend(u16::try_from(payload.len() + 2).unwrap().to_be_bytes());
        out.extend(payload);
    }
    out.extend(&jpeg[2..]);
    out
}

/// An EXIF block that says nothing but the orientation.
fn exif(orientation: u8) -> Vec<u8> {
    let mut block = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    block.extend([orientation, 0, 0, 0, 0, 0, 0]);
    block
}

#[test]
fn pictures_are_turned_upright() {
    let stored = encoded(&SCENE, ImageFormat::Jpeg);
    let upright: [(u8, DynamicImage); 8] = [
        (1, SCENE.clone()),
        (2, SCENE.fliph()),
        (3, SCENE.rotate180()),
        (4, SCENE.flipv()),
        (5, SCENE.rotate90().fliph()),
        (6, SCENE.rotate90()),
        (7, SCENE.rotate270().fliph()),
        (8, SCENE.rotate270()),
    ];
    for (orientation, upright) in upright {
        let data = with_segments(&stored, &[(0xE1, exif(orientation))]);
        let info = inspect(&data, &Limits::default()).unwrap();
        assert_eq!(
            (info.width, info.height),
            (upright.width(), upright.height())
        );
        // A box that is not square, reduced decoding (20) and full (100).
        for box_size in ["20x40", "100x60"] {
            let (output, seen) = thumb(&data, box_size);
            let fitted = size(box_size).fit(upright.width(), upright.height());
            assert_eq!((seen.width(), seen.height()), fitted);
            assert_eq!(
                (output.width, output.height),
                (upright.width(), upright.height())
            );
            let near = psnr(&seen, &reference(&upright, fitted.0, fitted.1));
            assert!(near > 21.0, "orientation {orientation}: {near:.1} dB");
            assert!(!contains(&output.thumbnails[0].bytes, b"Exif"));
        }
    }
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some()
}

#[test]
fn only_the_colour_profile_is_kept() {
    let profile = ColorProfile::new_display_p3().encode().unwrap();
    let rgb = SCENE.to_rgb8();
    let (w, h) = rgb.dimensions();
    let mut files: Vec<Vec<u8>> = Vec::new();
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new(&mut out);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder
        .write_image(&rgb, w, h, ExtendedColorType::Rgb8)
        .unwrap();
    let secrets = [
        (0xE1, exif(1)),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0<x:xmpmeta/>".to_vec()),
        (0xED, b"Photoshop 3.0\0secret".to_vec()),
        (0xFE, b"secret".to_vec()),
    ];
    files.push(with_segments(&out, &secrets));
    let mut out = Vec::new();
    let mut encoder = image::codecs::png::PngEncoder::new(&mut out);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.set_exif_metadata(exif(1)[6..].to_vec()).unwrap();
    encoder
        .write_image(&rgb, w, h, ExtendedColorType::Rgb8)
        .unwrap();
    files.push(out);
    let mut out = Vec::new();
    let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut out);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder.set_exif_metadata(exif(1)[6..].to_vec()).unwrap();
    encoder
        .write_image(&rgb, w, h, ExtendedColorType::Rgb8)
        .unwrap();
    files.push(out);
    let mut out = Cursor::new(Vec::new());
    let mut encoder = image::codecs::tiff::TiffEncoder::new(&mut out);
    encoder.set_icc_profile(profile.clone()).unwrap();
    encoder
        .write_image(&rgb, w, h, ExtendedColorType::Rgb8)
        .unwrap();
    files.push(out.into_inner());

    for data in files {
        let (output, _) = thumb(&data, "64x64");
        let bytes = &output.thumbnails[0].bytes;
        let reader = image::ImageReader::new(Cursor::new(bytes)).with_guessed_format();
        let mut decoder = reader.unwrap().into_decoder().unwrap();
        let format = output.format;
        // `image` reads no profile from the TIFF files that it writes.
        let kept =
            contains(bytes, &profile) || decoder.icc_profile().unwrap() == Some(profile.clone());
        assert!(kept, "{format}");
        assert_eq!(decoder.exif_metadata().unwrap(), None, "{format}");
        for secret in [&b"secret"[..], b"xmpmeta", b"Exif\0", b"EXIF"] {
            assert!(!contains(bytes, secret), "{format}");
        }
    }
}

#[test]
fn a_profile_of_other_channels_is_left_out() {
    // A grey picture that claims an RGB profile.
    let gray = SCENE.to_luma8();
    let mut out = Vec::new();
    let mut encoder = JpegEncoder::new(&mut out);
    encoder
        .set_icc_profile(ColorProfile::new_display_p3().encode().unwrap())
        .unwrap();
    encoder
        .write_image(&gray, gray.width(), gray.height(), ExtendedColorType::L8)
        .unwrap();
    for box_size in ["20x20", "64x64"] {
        let (output, _) = thumb(&out, box_size);
        assert!(!contains(&output.thumbnails[0].bytes, b"ICC_PROFILE"));
    }
}

#[test]
fn what_is_no_picture_is_refused() {
    assert_eq!(error(b""), ThumbError::Empty);
    for text in [
        "hello",
        "<svg xmlns='http://www.w3.org/2000/svg'/>",
        "%PDF-1.7",
        "PK\x03\x04",
    ] {
        assert_eq!(error(text.as_bytes()), ThumbError::UnknownFormat);
    }
    let sizes: Vec<Size> = (1..=17).map(|n| Size::new(n, n).unwrap()).collect();
    let (name, data) = sample_image();
    let refused = make_with(&data, name, &sizes).unwrap_err();
    assert_eq!(refused, ThumbError::TooManySizes { max: 16 });
    assert_eq!(
        make_with(&data, name, &[]).unwrap_err(),
        ThumbError::NoSizes
    );
}

#[test]
fn a_truncated_file_is_an_error_in_every_format() {
    let mut files = scene_in_all_formats();
    for name in ["progressive.jpg", "cmyk.jpg", "cmyk_progressive.jpg"] {
        files.push((Format::Jpeg, fixture(name)));
    }
    files.push((Format::WebP, fixture("lossy.webp")));
    files.push((Format::Tiff, fixture("fax.tiff")));
    files.push((Format::Tiff, fixture("palette.tiff")));
    for (format, data) in files {
        for sixteenths in 1..16 {
            let cut = &data[..data.len() * sixteenths / 16];
            for box_size in ["16x16", "100x100"] {
                let failed = make_with(cut, "x", &[size(box_size)]);
                assert!(
                    matches!(&failed, Err(ThumbError::Truncated(f) | ThumbError::Corrupt(f, _)) if *f == format),
                    "{format} cut at {sixteenths}/16: {:?}",
                    failed.map(|o| o.thumbnails.len())
                );
            }
        }
    }
}

/// Overwrites bytes of a file.
fn patched(data: &[u8], at: usize, bytes: &[u8]) -> Vec<u8> {
    let mut data = data.to_vec();
    data[at..at + bytes.len()].copy_from_slice(bytes);
    data
}

#[test]
fn decompression_bombs_are_refused_by_their_headers() {
    let scene = |format| encoded(&SCENE, format);
    // Widths and heights of 60,000, or what the format's field can hold.
    let jpeg = scene(ImageFormat::Jpeg);
    let frame = memchr::memmem::find(&jpeg, &[0xFF, 0xC0]).unwrap();
    let png = patched(
        &scene(ImageFormat::Png),
        16,
        &[0, 0, 0xEA, 0x60, 0, 0, 0xEA, 0x60],
    );
    let checksum = crc32(&png[12..29]).to_be_bytes();
    let webp = scene(ImageFormat::WebP);
    assert_eq!(&webp[12..16], b"VP8L");
    let tiff = scene(ImageFormat::Tiff);
    let bombs = [
        patched(&jpeg, frame + 5, &[0xEA, 0x60, 0xEA, 0x60]),
        patched(&png, 29, &checksum),
        patched(&scene(ImageFormat::Gif), 6, &[0x60, 0xEA, 0x60, 0xEA]),
        patched(&webp, 21, &[0xFE, 0xBF, 0xFF, 0x0F]),
        patched(
            &scene(ImageFormat::Bmp),
            18,
            &[0x60, 0xEA, 0, 0, 0x60, 0xEA, 0, 0],
        ),
        with_tiff_sides(&tiff, 60_000),
    ];
    for (bomb, format) in bombs.iter().zip([
        Format::Jpeg,
        Format::Png,
        Format::Gif,
        Format::WebP,
        Format::Bmp,
        Format::Tiff,
    ]) {
        let refused = error(bomb);
        let right = matches!(
            refused,
            ThumbError::TooManyPixels {
                max: 100_000_000,
                ..
            }
        );
        assert!(right, "{format}: {refused:?}");
        assert_eq!(inspect(bomb, &Limits::default()), Err(refused));
    }
}

/// CRC-32 as PNG uses it.
fn crc32(data: &[u8]) -> u32 {
    !data.iter().fold(!0u32, |crc, &byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| {
            crc >> 1 ^ if crc & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    })
}

/// Sets ImageWidth (256), ImageLength (257) and RowsPerStrip (278) in a
/// little-endian TIFF file.
fn with_tiff_sides(tiff: &[u8], side: u32) -> Vec<u8> {
    assert_eq!(&tiff[..4], b"II*\0");
    let mut data = tiff.to_vec();
    let directory = u32::from_le_bytes(*tiff[4..].first_chunk().unwrap()) as usize;
    let fields = usize::from(u16::from_le_bytes([tiff[directory], tiff[directory + 1]]));
    for field in (0..fields).map(|i| directory + 2 + 12 * i) {
        if matches!(tiff[field..field + 2], [0, 1] | [1, 1] | [0x16, 1]) {
            data[field + 8..field + 12].copy_from_slice(&side.to_le_bytes());
        }
    }
    data
}

#[test]
fn limits_are_the_callers() {
    let data = encoded(&SCENE, ImageFormat::Png);
    let with = |limits: &Limits| {
        make(&Request {
            data: &data,
            file_name: "x",
            sizes: &[Size::LAB],
            limits,
            cancel: None,
        })
        .map(|output| output.format)
    };
    let limits = Limits::default();
    assert_eq!(with(&limits), Ok(Format::Png));
    let (length, max) = (data.len() as u64, data.len() as u64 - 1);
    let short = Limits {
        max_bytes: max,
        ..limits.clone()
    };
    assert_eq!(with(&short), Err(ThumbError::TooManyBytes { length, max }));
    let small = Limits {
        max_pixels: 205 * 153 - 1,
        ..limits.clone()
    };
    let (width, height, max) = (205, 153, small.max_pixels);
    let refused = ThumbError::TooManyPixels { width, height, max };
    assert_eq!(with(&small), Err(refused));
    let tight = Limits {
        max_memory: 1000,
        ..limits.clone()
    };
    assert_eq!(with(&tight), Err(ThumbError::TooMuchMemory { max: 1000 }));
    let no_time = Limits {
        max_time: Duration::ZERO,
        ..limits
    };
    assert_eq!(with(&no_time), Err(ThumbError::TimedOut(Duration::ZERO)));
}

#[test]
fn cancelled_work_stops_in_every_format() {
    let cancel = AtomicBool::new(true);
    for (format, data) in scene_in_all_formats() {
        for box_size in ["16x16", "128x128"] {
            let stopped = make(&Request {
                data: &data,
                file_name: "x",
                sizes: &[size(box_size)],
                limits: &Limits::default(),
                cancel: Some(&cancel),
            });
            assert_eq!(stopped, Err(ThumbError::Cancelled), "{format}");
        }
    }
}

#[test]
fn panics_of_decoders_are_contained() {
    let caught: Result<(), _> = contain_panics(Format::Gif, || panic!("a decoder's mistake"));
    assert_eq!(caught.unwrap_err().kind(), "CorruptImage");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn damaged_files_give_a_thumbnail_or_an_error(
        which in 0..6usize,
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12),
    ) {
        static FILES: LazyLock<Vec<(Format, Vec<u8>)>> = LazyLock::new(scene_in_all_formats);
        let (_, data) = &FILES[which];
        let mut data = data.clone();
        for (at, byte) in damage {
            let at = at.index(data.len());
            data[at] = byte;
        }
        let limits = Limits { max_pixels: 1_000_000, ..Limits::default() };
        let result = make(&Request {
            data: &data,
            file_name: "x",
            sizes: &[Size::LAB],
            limits: &limits,
            cancel: None,
        });
        if let Ok(output) = result {
            let thumb = &output.thumbnails[0];
            prop_assert!(thumb.width.max(thumb.height) <= 128);
            prop_assert!(image::load_from_memory(&thumb.bytes).is_ok());
        }
    }
}
