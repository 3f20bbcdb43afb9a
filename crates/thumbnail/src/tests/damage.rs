//! Bad input: damaged, too large, not a picture at all.

use super::*;

#[test]
fn what_is_no_picture_is_refused() {
    assert_eq!(error(b""), ThumbError::Empty);
    for (text, name) in [
        ("hello", None),
        ("<svg xmlns='http://www.w3.org/2000/svg'/>", Some("SVG")),
        ("%PDF-1.7", Some("PDF")),
        ("PK\x03\x04", None),
    ] {
        assert_eq!(error(text.as_bytes()), ThumbError::UnknownFormat(name));
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
        let parts = (1..64).map(|part| data.len() * part / 64);
        // And in the header, once there is enough of it to know the format.
        for length in (12..64).chain(parts) {
            for box_size in ["16x16", "100x100"] {
                let failed = make_with(&data[..length], "x", &[size(box_size)]);
                assert_eq!(
                    failed.map(|output| output.thumbnails.len()),
                    Err(ThumbError::Truncated(format)),
                    "{format} of {} bytes cut to {length}",
                    data.len()
                );
            }
        }
    }
}

#[test]
fn a_whole_file_with_wrong_bytes_is_not_told_as_truncated() {
    // In a bitmap any bytes are pixels, and in a JPEG scan the end marker is
    // found or missed by what is before it.
    for format in [Format::Png, Format::Gif, Format::WebP, Format::Tiff] {
        let mut files = scene_in_all_formats().into_iter();
        let (_, data) = files.find(|(of, _)| *of == format).unwrap();
        let mut wrong = data.clone();
        let (from, to) = (data.len() / 3, data.len() / 2);
        wrong[from..to].fill(0xFF);
        let told = make_with(&wrong, "x", &[Size::LAB]);
        assert!(
            !matches!(told, Err(ThumbError::Truncated(_))),
            "{format}: {:?}",
            told.map(|output| output.thumbnails.len())
        );
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
    for (bomb, format) in bombs.iter().zip(Format::ALL) {
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
            progress: None,
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
    let length = Some(length);
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
                progress: None,
            });
            assert_eq!(stopped, Err(ThumbError::Cancelled), "{format}");
        }
    }
}

#[test]
fn panics_of_decoders_are_contained() {
    let caught: Result<(), _> = contain_panics(Format::Gif, || panic!("a decoder's mistake"));
    assert_eq!(caught, Err(ThumbError::DecoderFailed(Format::Gif)));
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
            progress: None,
        });
        if let Ok(output) = result {
            let thumb = &output.thumbnails[0];
            prop_assert!(thumb.width.max(thumb.height) <= 128);
            prop_assert!(image::load_from_memory(&thumb.bytes).is_ok());
        }
    }
}
