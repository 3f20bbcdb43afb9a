//! Right pictures: every format and kind comes out as it should.

use super::*;

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
    let mut encoder = ::png::Encoder::new(&mut out, scene.width(), scene.height());
    encoder.set_color(::png::ColorType::Indexed);
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
    let image = image::RgbaImage::from_fn(200, 100, |x, _| {
        if x < 100 {
            image::Rgba([255, 0, 0, 255])
        } else {
            image::Rgba([0, 255, 0, 0])
        }
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
