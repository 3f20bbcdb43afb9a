//! What travels beside the pixels: orientation, colour profile, and the rest.

use super::*;

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
    fn with_both<E: ImageEncoder>(mut encoder: E, profile: &[u8], rgb: &[u8], (w, h): (u32, u32)) {
        encoder.set_icc_profile(profile.to_vec()).unwrap();
        encoder.set_exif_metadata(exif(1)[6..].to_vec()).unwrap();
        encoder
            .write_image(rgb, w, h, ExtendedColorType::Rgb8)
            .unwrap();
    }
    let mut out = Vec::new();
    let png = image::codecs::png::PngEncoder::new(&mut out);
    with_both(png, &profile, &rgb, (w, h));
    files.push(out);
    let mut out = Vec::new();
    let webp = image::codecs::webp::WebPEncoder::new_lossless(&mut out);
    with_both(webp, &profile, &rgb, (w, h));
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
