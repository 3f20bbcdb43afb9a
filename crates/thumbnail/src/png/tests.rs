//! Every picture has to come out as the `image` crate reads it.

use super::*;
use crate::Limits;
use png::{Encoder, Filter};
use proptest::prelude::*;

fn watch() -> Watch<'static> {
    Watch::start(&Limits::default(), None)
}

const COLORS: [ColorType; 4] = [
    ColorType::Grayscale,
    ColorType::GrayscaleAlpha,
    ColorType::Rgb,
    ColorType::Rgba,
];

/// A file of these samples, whose rows have these filters, in turn: the encoder
/// has one for all, so they are filtered here.
fn file((width, height): (u32, u32), color: ColorType, filters: &[u8], samples: &[u8]) -> Vec<u8> {
    let (stride, step) = (width as usize * color.samples(), color.samples());
    let at = |x: Option<usize>, y: Option<usize>| match (x, y) {
        (Some(x), Some(y)) => samples[y * stride + x],
        _ => 0,
    };
    let mut rows = Vec::new();
    for y in 0..height as usize {
        let filter = filters[y % filters.len()];
        rows.push(filter);
        rows.extend((0..stride).map(|x| {
            let (before, up) = (x.checked_sub(step), y.checked_sub(1));
            let [a, b, c] = [at(before, Some(y)), at(Some(x), up), at(before, up)].map(i32::from);
            let estimate = a + b - c;
            let nearest = [a, b, c]
                .into_iter()
                .min_by_key(|near| (estimate - near).abs());
            let predicted = [0, a, b, (a + b) / 2, nearest.unwrap_or(0)][usize::from(filter)];
            at(Some(x), Some(y)).wrapping_sub(predicted as u8)
        }));
    }
    packed((width, height), color, &rows)
}

/// A file with these filtered rows.
fn packed(size: (u32, u32), color: ColorType, rows: &[u8]) -> Vec<u8> {
    let level = flate2::Compression::fast();
    let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), level);
    std::io::Write::write_all(&mut zlib, rows).unwrap();
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out, size.0, size.1);
    encoder.set_color(color);
    let mut writer = encoder.write_header().unwrap();
    for part in zlib.finish().unwrap().chunks(5000) {
        writer.write_chunk(IDAT, part).unwrap();
    }
    // It wants to have written the picture itself.
    std::mem::forget(writer);
    out.extend(*b"\0\0\0\0IEND\xAE\x42\x60\x82");
    out
}

fn samples(count: usize) -> Vec<u8> {
    let mut state = 1u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    (0..count).map(|_| next()).collect()
}

#[test]
fn every_size_color_and_filter_comes_out_as_written() {
    for color in COLORS {
        for width in (1..=12).chain([31, 300]) {
            for height in (1..=18).chain([100]) {
                let samples = samples(width * height * color.samples());
                let size = (width as u32, height as u32);
                for filters in [
                    &[0][..],
                    &[1],
                    &[2],
                    &[3],
                    &[4],
                    &[4, 1, 3, 2, 0, 0, 4],
                    &[0, 2],
                ] {
                    let file = file(size, color, filters, &samples);
                    let read = decode(&file, &watch()).map(|image| image.into_bytes());
                    let is_right = read.as_deref() == Some(&samples[..]);
                    assert!(
                        is_right,
                        "{color:?} {width} x {height}, filters {filters:?}"
                    );
                }
            }
        }
    }
}

proptest! {
    /// Neighbours near each other, as in pictures, and ties between them.
    #[test]
    fn whatever_the_bytes_it_is_what_the_image_crate_reads(
        rows in prop::collection::vec((0u8..5, prop::collection::vec(prop_oneof![0u8..4, any::<u8>()], 36)), 1..40),
        color in prop::sample::select(&COLORS[..]),
    ) {
        let size = (36 / color.samples() as u32, rows.len() as u32);
        let rows: Vec<u8> = rows.into_iter().flat_map(|(filter, row)| [vec![filter], row].concat()).collect();
        let file = packed(size, color, &rows);
        prop_assert_eq!(decode(&file, &watch()), Some(image::load_from_memory(&file).unwrap()));
    }
}

#[test]
fn files_of_the_usual_encoder_are_read_whatever_its_filter() {
    let (width, height) = (500, 200);
    let samples: Vec<u8> = (0..width * height * 3)
        .map(|i| (i / 7 % 251 + i / 1500 % 13) as u8)
        .collect();
    for filter in [Filter::NoFilter, Filter::Paeth, Filter::Adaptive] {
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out, width, height);
        encoder.set_color(ColorType::Rgb);
        encoder.set_filter(filter);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(&samples).unwrap();
        writer.finish().unwrap();
        let read = decode(&out, &watch()).unwrap();
        assert!(read.as_bytes() == samples, "{filter:?}");
    }
}

#[test]
fn what_is_wrong_with_a_file_is_for_the_image_crate_to_say() {
    let samples = samples(40 * 40 * 3);
    let good = file((40, 40), ColorType::Rgb, &[4], &samples);
    assert!(decode(&good, &watch()).is_some());
    for length in [0, 8, 33, 60, good.len() / 2, good.len() - 12] {
        assert!(decode(&good[..length], &watch()).is_none(), "{length}");
    }
    // A filter that does not exist, too few rows, a checksum that is not right.
    let unknown = packed((1, 2), ColorType::Grayscale, &[0, 1, 5, 1]);
    let short = packed((1, 3), ColorType::Grayscale, &[0, 1, 0, 1]);
    let mut changed = good.clone();
    let at = good.len() - 14;
    changed[at] ^= 1;
    for file in [unknown, short, changed] {
        assert!(decode(&file, &watch()).is_none());
    }
    let cancel = std::sync::atomic::AtomicBool::new(true);
    assert!(decode(&good, &Watch::start(&Limits::default(), Some(&cancel))).is_none());
}
