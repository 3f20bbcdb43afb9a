//! Kinds of files that few programs write, made here byte by byte.

use super::*;

/// Field tags of TIFF 6.0.
const BITS: u16 = 258;
const COMPRESSION: u16 = 259;
const MEANING: u16 = 262;
const FILL_ORDER: u16 = 266;
const STRIPS: u16 = 273;
const SAMPLES: u16 = 277;
const STRIP_BYTES: u16 = 279;
const PLANAR: u16 = 284;
const COLOR_MAP: u16 = 320;
const TILE_WIDTH: u16 = 322;
const TILE_HEIGHT: u16 = 323;
const TILES: u16 = 324;
const TILE_BYTES: u16 = 325;
const EXTRA: u16 = 338;
const SIGNED: u16 = 339;

/// An uncompressed TIFF file, little endian, of these fields and strips (or
/// tiles, when it has their width).
fn tiff((width, height): (u32, u32), more: &[(u16, Vec<u32>)], chunks: &[Vec<u8>]) -> Vec<u8> {
    let tiled = more.iter().any(|(tag, _)| *tag == TILE_WIDTH);
    let mut data = b"II*\0\0\0\0\0".to_vec();
    let mut places = Vec::new();
    for chunk in chunks {
        places.push(data.len() as u32);
        data.extend(chunk);
    }
    let lengths = chunks.iter().map(|chunk| chunk.len() as u32).collect();
    let mut fields = vec![
        (256, vec![width]),
        (257, vec![height]),
        (COMPRESSION, vec![1]),
        (if tiled { TILES } else { STRIPS }, places),
        (if tiled { TILE_BYTES } else { STRIP_BYTES }, lengths),
    ];
    fields.extend(more.iter().cloned());
    fields.sort();
    let long = |tag: u16| matches!(tag, STRIPS | STRIP_BYTES | TILES | TILE_BYTES);
    let mut directory = (fields.len() as u16).to_le_bytes().to_vec();
    for (tag, values) in &fields {
        let bytes: Vec<u8> = values
            .iter()
            .flat_map(|v| v.to_le_bytes()[..if long(*tag) { 4 } else { 2 }].to_vec())
            .collect();
        directory.extend(tag.to_le_bytes());
        directory.extend(if long(*tag) { [4, 0] } else { [3, 0] });
        directory.extend((values.len() as u32).to_le_bytes());
        if bytes.len() <= 4 {
            directory.extend(&bytes);
            directory.resize(directory.len() + 4 - bytes.len(), 0);
        } else {
            directory.extend((data.len() as u32).to_le_bytes());
            data.extend(&bytes);
        }
    }
    directory.extend([0; 4]);
    let at = (data.len() as u32).to_le_bytes();
    data[4..8].copy_from_slice(&at);
    data.extend(directory);
    data
}

fn like(kind: &str, data: &[u8], picture: &DynamicImage, bound: f64) {
    let (output, seen) = thumb(data, "32x32");
    assert_eq!((output.width, output.height), (205, 153), "{kind}");
    let near = psnr(&seen, &reference(picture, 32, 24));
    assert!(near > bound, "{kind}: {near:.1} dB");
}

#[test]
fn tiff_of_every_kind_is_read() {
    let size = (SCENE.width(), SCENE.height());
    let (rgb, gray) = (SCENE.to_rgb8(), SCENE.to_luma8());
    let seen_gray = DynamicImage::from(gray.clone());
    // Rows of a strip each, so that there are many.
    let rows = |bytes: &[u8]| -> Vec<Vec<u8>> {
        let row = bytes.len() / size.1 as usize;
        bytes.chunks(row).map(<[u8]>::to_vec).collect()
    };
    let one_row = (278, vec![1]);
    let packed = |bits: u32| -> Vec<Vec<u8>> {
        gray.rows()
            .map(|row| {
                let values: Vec<u32> = row.map(|p| u32::from(p.0[0]) >> (8 - bits)).collect();
                let bytes = values.chunks((8 / bits) as usize).map(|some| {
                    let joined = some.iter().enumerate();
                    joined.fold(0, |byte, (i, v)| byte | v << (8 - bits * (i as u32 + 1))) as u8
                });
                bytes.collect()
            })
            .collect()
    };
    for bits in [2, 4] {
        let fields = [(BITS, vec![bits]), (MEANING, vec![1]), one_row.clone()];
        // Cut to so few levels it is as much alike as it can be.
        let bound = if bits == 2 { 12.0 } else { 22.0 };
        let data = tiff(size, &fields, &packed(bits));
        like(&format!("{bits} bits"), &data, &seen_gray, bound);
        let levels = 1 << bits;
        let map: Vec<u32> = (0..3 * levels)
            .map(|i| i % levels * 65_535 / (levels - 1))
            .collect();
        let fields = [
            (BITS, vec![bits]),
            (MEANING, vec![3]),
            (COLOR_MAP, map),
            one_row.clone(),
        ];
        let data = tiff(size, &fields, &packed(bits));
        like(&format!("palette of {levels}"), &data, &seen_gray, bound);
    }

    let signed: Vec<u8> = gray
        .iter()
        .flat_map(|&v| ((i32::from(v) * 257 - 32_768) as i16).to_le_bytes())
        .collect();
    let fields = [
        (BITS, vec![16]),
        (MEANING, vec![1]),
        (SIGNED, vec![2]),
        one_row.clone(),
    ];
    like(
        "signed",
        &tiff(size, &fields, &rows(&signed)),
        &seen_gray,
        30.0,
    );
    let backwards: Vec<u8> = gray.iter().map(|v| v.reverse_bits()).collect();
    let fields = [
        (BITS, vec![8]),
        (MEANING, vec![1]),
        (FILL_ORDER, vec![2]),
        one_row.clone(),
    ];
    like(
        "lowest bit first",
        &tiff(size, &fields, &rows(&backwards)),
        &seen_gray,
        30.0,
    );

    let ycbcr: Vec<u8> = rgb
        .pixels()
        .flat_map(|p| {
            let [r, g, b] = p.0.map(f32::from);
            let y = 0.299 * r + 0.587 * g + 0.114 * b;
            [y, (b - y) / 1.772 + 128.0, (r - y) / 1.402 + 128.0]
                .map(|level| level.round().clamp(0.0, 255.0) as u8)
        })
        .collect();
    let fields = [
        (BITS, vec![8; 3]),
        (MEANING, vec![6]),
        (SAMPLES, vec![3]),
        (530, vec![1, 1]),
        one_row.clone(),
    ];
    like("YCbCr", &tiff(size, &fields, &rows(&ycbcr)), &SCENE, 30.0);

    // Planes one after another, in tiles that the picture does not fill.
    let (across, down) = (size.0.div_ceil(64), size.1.div_ceil(48));
    let mut tiles = Vec::new();
    for (plane, y, x) in (0..3)
        .flat_map(|plane| (0..down).flat_map(move |y| (0..across).map(move |x| (plane, y, x))))
    {
        let pixel = |i: u32| {
            let at = (x * 64 + i % 64, y * 48 + i / 64);
            let level = rgb.get_pixel_checked(at.0, at.1).map_or(77, |p| p.0[plane]);
            (u16::from(level) * 257).to_le_bytes()
        };
        tiles.push((0..64 * 48).flat_map(pixel).collect());
    }
    let fields = [
        (BITS, vec![16; 3]),
        (MEANING, vec![2]),
        (SAMPLES, vec![3]),
        (PLANAR, vec![2]),
        (TILE_WIDTH, vec![64]),
        (TILE_HEIGHT, vec![48]),
    ];
    like("planar tiles", &tiff(size, &fields, &tiles), &SCENE, 30.0);
}

#[test]
fn lab_is_read_as_color_management_has_it() {
    // L*a*b* under D50 and sRGB, by Pillow's ImageCms.
    for (lab, rgb) in [
        ([255, 0, 0], [255, 255, 255]),
        ([0, 0, 0], [0, 0, 0]),
        ([136, 81, 70], [254, 0, 0]),
        ([137, 0, 0], [128, 128, 128]),
    ] {
        let fields = [(BITS, vec![8; 3]), (MEANING, vec![8]), (SAMPLES, vec![3])];
        let data = tiff((1, 1), &fields, &[lab.to_vec()]);
        let (_, seen) = thumb(&data, "8x8");
        let seen = seen.to_rgb8().get_pixel(0, 0).0;
        let far = seen.iter().zip(rgb).map(|(a, b)| a.abs_diff(b)).max();
        assert!(far.unwrap() <= 3, "{lab:?}: {seen:?}, not {rgb:?}");
    }
}

#[test]
fn alpha_that_was_multiplied_into_the_colors_is_taken_out() {
    // Half covered red.
    let pixels = [128, 0, 0, 128].repeat(4);
    let fields = |extra| {
        [
            (BITS, vec![8; 4]),
            (MEANING, vec![2]),
            (SAMPLES, vec![4]),
            (EXTRA, vec![extra]),
        ]
    };
    for (extra, red) in [(1, 255), (2, 128)] {
        let data = tiff((2, 2), &fields(extra), std::slice::from_ref(&pixels));
        let (_, seen) = thumb(&data, "8x8");
        assert_eq!(
            seen.to_rgba8().get_pixel(0, 0).0,
            [red, 0, 0, 128],
            "{extra}"
        );
    }
}

#[test]
fn bytes_between_jpeg_segments_do_not_matter() {
    let (_, jpeg) = sample_image();
    // At full size, where the strict general decoder reads.
    let (_, right) = thumb(&jpeg, "2000x2000");
    for stray in [&b"\xFF\x00"[..], b"\x00\x00", b"stray"] {
        // Behind the first segment.
        let end = 4 + usize::from(u16::from_be_bytes([jpeg[4], jpeg[5]])) - 2 + 2;
        let mut odd = jpeg[..end].to_vec();
        odd.extend(stray);
        odd.extend(&jpeg[end..]);
        let (_, seen) = thumb(&odd, "2000x2000");
        assert!(psnr(&seen, &right) > 60.0, "{stray:?}");
        let (_, small) = thumb(&odd, "64x64");
        assert!(psnr(&small, &thumb(&jpeg, "64x64").1) > 60.0, "{stray:?}");
    }
    // What is missing of the picture itself is missing all the same.
    assert!(matches!(
        error(&jpeg[..jpeg.len() / 2]),
        ThumbError::Truncated(_)
    ));
}

#[test]
fn a_webp_file_is_turned_with_either_name_of_its_exif_block() {
    // Little endian, one field: orientation, a quarter to the right.
    let exif = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    for block in [exif.to_vec(), [&b"Exif\0\0"[..], exif].concat()] {
        let mut webp = Vec::new();
        let mut encoder = image::codecs::webp::WebPEncoder::new_lossless(&mut webp);
        encoder.set_exif_metadata(block).unwrap();
        SCENE.write_with_encoder(encoder).unwrap();
        let (output, _) = thumb(&webp, "64x64");
        assert_eq!((output.width, output.height), (153, 205));
    }
}

#[test]
fn a_bitmap_whose_alpha_is_empty_is_seen() {
    // 2 x 1 pixels of 16 bits: a bit of alpha that nobody set, red, green.
    let mut bmp = b"BM".to_vec();
    bmp.extend([0; 8]);
    bmp.extend(122_u32.to_le_bytes());
    bmp.extend(108_u32.to_le_bytes());
    bmp.extend([2, 0, 0, 0, 1, 0, 0, 0, 1, 0, 16, 0, 3, 0, 0, 0]);
    bmp.extend([0; 20]);
    for mask in [0x7C00_u32, 0x03E0, 0x001F, 0x8000] {
        bmp.extend(mask.to_le_bytes());
    }
    bmp.resize(122, 0);
    for (pixels, alpha) in [([0x7C00_u16, 0x03E0], 255), ([0xFC00, 0x03E0], 0)] {
        let mut data = bmp.clone();
        data.extend(pixels.iter().flat_map(|p| p.to_le_bytes()));
        let (_, seen) = thumb(&data, "8x8");
        let seen = seen.to_rgba8();
        assert_eq!(seen.get_pixel(0, 0).0, [255, 0, 0, 255]);
        assert_eq!(seen.get_pixel(1, 0).0[3], alpha);
    }
}

#[test]
fn a_gif_frame_larger_than_its_canvas_makes_the_canvas_larger() {
    let whole = encoded(&SCENE, ImageFormat::Gif);
    let mut small = whole.clone();
    small[6..10].copy_from_slice(&[10, 0, 10, 0]);
    let (output, seen) = thumb(&small, "64x64");
    assert_eq!((output.width, output.height), (205, 153));
    assert_eq!(seen, thumb(&whole, "64x64").1);
}
