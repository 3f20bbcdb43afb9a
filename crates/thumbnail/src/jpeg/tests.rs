//! The JPEG decoder against a full decode by zune-jpeg, and against damage.

use super::super::tests::{fixture, psnr, reference};
use super::error::truncated;
use super::*;
use crate::Format;
use crate::sample_image;
use catalog::lang::Lang;
use proptest::prelude::*;
use std::time::Duration;

fn watch() -> Watch<'static> {
    let limits = Limits {
        max_time: Duration::from_secs(3600),
        ..Limits::default()
    };
    Watch::start(&limits, None)
}

/// Decodes at a scale, whatever `decode` would choose.
fn at_scale(data: &[u8], eighths: u32) -> Result<Planes, ThumbError> {
    let header = Header::parse(data)?;
    scan::decode(data, &header, eighths, &watch())
}

/// Every pixel, by zune-jpeg where it is right.
fn whole(data: &[u8]) -> DynamicImage {
    let header = Header::parse(data).unwrap();
    if header.interleaved || header.frame.process == Process::Progressive {
        return decode_whole(data, &header, &watch()).unwrap();
    }
    image::load_from_memory(&fixture("scene.png")).unwrap()
}

const SEQUENTIAL: [&str; 12] = [
    "420.jpg",
    "422.jpg",
    "440.jpg",
    "444.jpg",
    "411.jpg",
    "mixed_sampling.jpg",
    "gray.jpg",
    "restarts.jpg",
    "one_scan_per_channel.jpg",
    "rgb.jpg",
    "cmyk.jpg",
    "ycck.jpg",
];

const PROGRESSIVE: [&str; 4] = [
    "progressive.jpg",
    "progressive_restarts.jpg",
    "gray_progressive.jpg",
    "cmyk_progressive.jpg",
];

/// At every scale, for every kind of file, the reduced picture is the one that
/// a full decode gives when scaled down.
#[test]
fn reduced_pictures_are_the_whole_picture_reduced() {
    let scales = SEQUENTIAL.map(|name| (name, &[1, 2, 4][..]));
    let scales = scales
        .into_iter()
        .chain(PROGRESSIVE.map(|name| (name, &[1][..])));
    for (name, scales) in scales {
        let data = fixture(name);
        let whole = whole(&data);
        for &eighths in scales {
            let mut planes = at_scale(&data, eighths).unwrap();
            // As large as the scale is good for.
            let frame = Header::parse(&data).unwrap().frame;
            let fits = |&n: &u32| scale_for(&frame, (205 / n, 153 / n)) <= eighths;
            let divisor = (1..).find(fits).unwrap();
            let (width, height) = (205 / divisor, 153 / divisor);
            let reduced = planes.scale(width, height).unwrap();
            let near = psnr(&reduced, &reference(&whole, width, height));
            assert!(near > 24.0, "{name} at {eighths}/8: {near:.1} dB");
        }
    }
}

/// What the general decoder gets wrong is decoded here, in full as well.
#[test]
fn components_one_after_another_are_decoded_in_full() {
    let data = fixture("one_scan_per_channel.jpg");
    let ours = at_scale(&data, 8).unwrap().scale(205, 153).unwrap();
    let near = psnr(&ours, &whole(&fixture("420.jpg")));
    assert!(near > 28.0, "{near:.1} dB");
}

/// The whole of a CMYK picture is ours as well, to the rounding.
#[test]
fn inks_are_decoded_in_full() {
    for name in ["cmyk.jpg", "ycck.jpg"] {
        let data = fixture(name);
        let ours = at_scale(&data, 8).unwrap().scale(205, 153).unwrap();
        let near = psnr(&ours, &whole(&data));
        assert!(near > 44.0, "{name}: {near:.1} dB");
    }
}

/// The claim of this module: on a photograph-like picture nobody can tell.
#[test]
fn one_eighth_cannot_be_told_from_everything() {
    let (_, data) = sample_image();
    for (size, eighths) in [((64, 48), 1), ((128, 96), 2), ((256, 192), 4)] {
        assert_eq!(
            scale_for(&Header::parse(&data).unwrap().frame, size),
            eighths
        );
        let reduced = at_scale(&data, eighths)
            .unwrap()
            .scale(size.0, size.1)
            .unwrap();
        let near = psnr(&reduced, &reference(&whole(&data), size.0, size.1));
        assert!(near > 40.0, "{size:?}: {near:.1} dB");
    }
}

#[test]
fn the_scale_follows_the_largest_size() {
    let component = |h, v| frame::Component {
        id: 0,
        h,
        v,
        quantization: 0,
    };
    let frame = |width, height, h, v| Frame {
        process: Process::Sequential,
        width,
        height,
        components: vec![component(h, v), component(1, 1), component(1, 1)],
        max_h: h,
        max_v: v,
    };
    let scale = |target| scale_for(&frame(4000, 3000, 2, 2), target);
    assert_eq!(scale((128, 96)), 1);
    assert_eq!(scale((250, 187)), 1);
    assert_eq!(scale((251, 188)), 2);
    assert_eq!(scale((1000, 750)), 4);
    assert_eq!(scale((1001, 750)), 8);
    assert_eq!(scale((4000, 3000)), 8);
    assert_eq!(scale_for(&frame(30_000, 10, 1, 1), (128, 1)), 2);
    // Colours at a quarter of the width need a finer scale.
    assert_eq!(scale_for(&frame(4000, 3000, 4, 1), (128, 96)), 2);
    assert_eq!(scale_for(&frame(4000, 3000, 4, 1), (125, 93)), 1);
}

#[test]
fn kinds_that_nothing_here_reads_are_named() {
    let said = |data: &[u8]| match at_scale(data, 1) {
        Err(ThumbError::Unsupported(Format::Jpeg, what)) => what.pick(Lang::En).to_owned(),
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("decoded"),
    };
    assert_eq!(said(&fixture("arithmetic.jpg")), "arithmetic coding");
    let data = fixture("gray.jpg");
    let frame = memchr::memmem::find(&data, &[0xFF, 0xC0]).unwrap();
    let with = |at: usize, bytes: &[u8]| {
        let mut data = data.clone();
        data[frame + at..frame + at + bytes.len()].copy_from_slice(bytes);
        data
    };
    assert_eq!(said(&with(1, &[0xC3])), "lossless JPEG");
    assert_eq!(said(&with(4, &[12])), "12 bits per channel");
    assert_eq!(
        said(&with(5, &[0, 0])),
        "the number of lines is not in the header"
    );
    assert_eq!(said(&with(9, &[2])), "2 colour channels");
}

#[test]
fn no_prefix_of_a_file_passes_for_the_whole() {
    for name in [
        "gray.jpg",
        "gray_progressive.jpg",
        "restarts.jpg",
        "one_scan_per_channel.jpg",
    ] {
        let data = fixture(name);
        let scales: &[u32] = if name.contains("progressive") {
            &[1]
        } else {
            &[1, 4]
        };
        // The last two bytes are the end marker, which a complete scan can do
        // without; the scan's last byte may hold nothing but padding.
        for length in (0..data.len() - 3).step_by(7) {
            for &eighths in scales {
                let cut = at_scale(&data[..length], eighths);
                assert_eq!(cut.err(), Some(truncated()), "{name}, {length} bytes");
            }
        }
        assert!(at_scale(&data, 1).is_ok());
    }
}

#[test]
fn missing_restart_markers_are_noticed() {
    let data = fixture("restarts.jpg");
    let marker = memchr::memmem::find(&data, &[0xFF, 0xD2]).unwrap();
    let mut wrong = data.clone();
    wrong[marker + 1] = 0xD5;
    assert!(matches!(at_scale(&wrong, 1), Err(ThumbError::Corrupt(..))));
    // A whole interval gone.
    let next = memchr::memmem::find(&data, &[0xFF, 0xD3]).unwrap();
    let mut gone = data.clone();
    gone.drain(marker..next);
    assert!(matches!(at_scale(&gone, 1), Err(ThumbError::Corrupt(..))));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn damage_never_panics(
        which in 0..SEQUENTIAL.len() + PROGRESSIVE.len(),
        eighths in prop::sample::select(vec![1u32, 2, 4, 8]),
        damage in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        cut in any::<prop::sample::Index>(),
    ) {
        let names = [&SEQUENTIAL[..], &PROGRESSIVE[..]].concat();
        let mut data = fixture(names[which]);
        for (at, byte) in damage {
            let at = at.index(data.len());
            data[at] = byte;
        }
        data.truncate(data.len() - cut.index(data.len() / 4));
        if let Ok(header) = Header::parse(&data) {
            prop_assume!(header.frame.width * header.frame.height < 4_000_000);
            let progressive = header.frame.process == Process::Progressive;
            let eighths = if progressive { 1 } else { eighths };
            if let Ok(mut planes) = scan::decode(&data, &header, eighths, &watch()) {
                planes.scale(8, 8).unwrap();
            }
        }
    }

    #[test]
    fn noise_never_panics(noise in prop::collection::vec(any::<u8>(), 0..600)) {
        let data = [&[0xFF, 0xD8, 0xFF][..], &noise].concat();
        prop_assert!(at_scale(&data, 1).is_err());
    }
}
