//! Samples of any kind as colours of eight bits.

use tiff::decoder::DecodingResult;

/// Replaces the samples of every pixel by fewer, where they stand.
pub(super) fn replace<const N: usize>(
    raw: &mut Vec<u8>,
    samples: usize,
    of: impl Fn(&[u8]) -> [u8; N],
) {
    let pixels = raw.len() / samples;
    for i in 0..pixels {
        let new = of(&raw[i * samples..(i + 1) * samples]);
        raw[i * N..(i + 1) * N].copy_from_slice(&new);
    }
    raw.truncate(pixels * N);
}

/// The upper eight bits of every sample; signed ones are shifted to begin at 0,
/// and those with a point are between 0 and 1.
pub(super) fn eight_bits(samples: DecodingResult) -> Vec<u8> {
    fn map<T: Copy>(samples: &[T], of: impl Fn(T) -> u8) -> Vec<u8> {
        samples.iter().map(|&sample| of(sample)).collect()
    }
    let unit = |value: f64| (value.clamp(0.0, 1.0) * 255.0).round() as u8;
    match samples {
        DecodingResult::U8(samples) => samples,
        DecodingResult::U16(s) => map(&s, |v| ((u32::from(v) * 255 + 32_767) / 65_535) as u8),
        DecodingResult::U32(s) => map(&s, |v| (v >> 24) as u8),
        DecodingResult::U64(s) => map(&s, |v| (v >> 56) as u8),
        DecodingResult::I8(s) => map(&s, |v| (i16::from(v) + 128) as u8),
        DecodingResult::I16(s) => map(&s, |v| ((i32::from(v) + 32_768) >> 8) as u8),
        DecodingResult::I32(s) => map(&s, |v| ((v >> 24) + 128) as u8),
        DecodingResult::I64(s) => map(&s, |v| ((v >> 56) + 128) as u8),
        DecodingResult::F16(s) => map(&s, |v| unit(v.to_f64())),
        DecodingResult::F32(s) => map(&s, |v| unit(f64::from(v))),
        DecodingResult::F64(s) => map(&s, unit),
    }
}

pub(super) fn reverse_bits(samples: &mut DecodingResult) {
    for byte in samples.as_buffer(0).as_bytes_mut() {
        *byte = byte.reverse_bits();
    }
}

/// BT.601 with the full range, as JFIF has it.
pub(super) fn rgb_of_ycbcr(y: u8, cb: u8, cr: u8) -> [u8; 3] {
    let (y, cb, cr) = (f32::from(y), f32::from(cb) - 128.0, f32::from(cr) - 128.0);
    [
        y + 1.402 * cr,
        y - 0.344_136 * cb - 0.714_136 * cr,
        y + 1.772 * cb,
    ]
    .map(|level| level.round().clamp(0.0, 255.0) as u8)
}

/// sRGB of L* in 255 parts and of a* and b* as signed bytes, under D50.
pub(super) fn rgb_of_lab(l: u8, a: u8, b: u8) -> [u8; 3] {
    let signed = |byte: u8| f32::from(i8::from_ne_bytes([byte]));
    let fy = (f32::from(l) * 100.0 / 255.0 + 16.0) / 116.0;
    let (fx, fz) = (fy + signed(a) / 500.0, fy - signed(b) / 200.0);
    let linear = |f: f32| {
        if f > 6.0 / 29.0 {
            f.powi(3)
        } else {
            3.0 * (6.0_f32 / 29.0).powi(2) * (f - 4.0 / 29.0)
        }
    };
    let (x, y, z) = (0.9642 * linear(fx), linear(fy), 0.8249 * linear(fz));
    // XYZ under D50 to linear sRGB, Bradford's adaptation to D65 included.
    [
        3.133_856 * x - 1.616_867 * y - 0.490_615 * z,
        -0.978_768 * x + 1.916_141 * y + 0.033_454 * z,
        0.071_945 * x - 0.228_991 * y + 1.405_243 * z,
    ]
    .map(|level| {
        let level = level.clamp(0.0, 1.0);
        let curved = if level <= 0.003_130_8 {
            12.92 * level
        } else {
            1.055 * level.powf(1.0 / 2.4) - 0.055
        };
        (curved * 255.0).round() as u8
    })
}
