//! From a block's lowest frequencies to its pixels at a reduced scale.
//!
//! Taking the lowest N by N of a block's 8 by 8 frequencies and applying the
//! inverse cosine transform of order N gives the block at N eighths of its
//! size, with everything finer filtered away. For N = 1 that is the average.

use std::f32::consts::PI;

/// The pixels of one block, row by row; only the first N * N are used.
pub(super) type Pixels = [u8; 64];

/// Dequantized coefficients of one block, of which the first N * N are used:
/// row `v`, column `u` at `v * N + u`.
pub(super) type Coefficients = [i32; 64];

/// Row and column of the coefficient at each place of the zigzag order
/// (T.81, figure A.6): diagonals from the top left, alternately up and down.
const ZIGZAG: [(usize, usize); 64] = zigzag();

const fn zigzag() -> [(usize, usize); 64] {
    let mut order = [(0, 0); 64];
    let (mut row, mut column) = (0, 0);
    let mut place = 0;
    while place < 64 {
        order[place] = (row, column);
        let upwards = (row + column) % 2 == 0;
        if upwards {
            if column == 7 {
                row += 1;
            } else if row == 0 {
                column += 1;
            } else {
                row -= 1;
                column += 1;
            }
        } else if row == 7 {
            column += 1;
        } else if column == 0 {
            row += 1;
        } else {
            row += 1;
            column -= 1;
        }
        place += 1;
    }
    order
}

/// Where each coefficient of the zigzag order goes in [`Coefficients`] for
/// this N; 64 or more when it is not needed.
pub(super) const fn places<const N: usize>() -> [usize; 64] {
    let mut places = [64; 64];
    let mut place = 0;
    while place < 64 {
        let (row, column) = ZIGZAG[place];
        if row < N && column < N {
            places[place] = row * N + column;
        }
        place += 1;
    }
    places
}

/// The last coefficient in zigzag order that this N needs.
pub(super) const fn last_needed<const N: usize>() -> u32 {
    let places = places::<N>();
    let mut last = 63;
    while places[last] >= 64 {
        last -= 1;
    }
    last as u32
}

/// A coefficient times its quantization step. No valid picture exceeds 16
/// bits; a corrupt one must not overflow what follows.
#[inline(always)]
pub(super) fn dequantize(value: i32, step: u16) -> i32 {
    value.saturating_mul(i32::from(step)).clamp(-0x8000, 0x7FFF)
}

/// The average of a block from its DC coefficient.
#[inline(always)]
pub(super) fn average(dc: i32) -> u8 {
    pixel((dc + 4) >> 3)
}

/// Adds the level shift and clamps (T.81, A.3.1).
#[inline(always)]
fn pixel(value: i32) -> u8 {
    (value + 128).clamp(0, 255) as u8
}

/// The N by N pixels of a block.
#[inline(always)]
pub(super) fn pixels<const N: usize>(c: &Coefficients) -> Pixels {
    let mut out = [0; 64];
    match N {
        1 => out[0] = average(c[0]),
        2 => {
            let (low, high) = ([c[0] + c[2], c[0] - c[2]], [c[1] + c[3], c[1] - c[3]]);
            for row in 0..2 {
                out[row * 2] = average(low[row] + high[row]);
                out[row * 2 + 1] = average(low[row] - high[row]);
            }
        }
        4 => four(c, &mut out),
        _ => eight(c, &mut out),
    }
    out
}

/// The transform of order 4 with fixed-point factors, columns first.
#[inline(always)]
fn four(c: &Coefficients, out: &mut Pixels) {
    const BITS: u32 = 11;
    // The square root of two times the cosines of pi/8 and 3 pi/8.
    const C1: i32 = 2676;
    const C3: i32 = 1108;
    fn line([a, b, c, d]: [i32; 4]) -> [i32; 4] {
        let (sum, difference) = ((a + c) << BITS, (a - c) << BITS);
        let (outer, inner) = (C1 * b + C3 * d, C3 * b - C1 * d);
        [
            sum + outer,
            difference + inner,
            difference - inner,
            sum - outer,
        ]
    }
    let mut columns = [0; 16];
    for u in 0..4 {
        let column = line([c[u], c[4 + u], c[8 + u], c[12 + u]]);
        for (v, value) in column.into_iter().enumerate() {
            // Three more bits than whole numbers are kept for the second pass.
            columns[v * 4 + u] = (value + (1 << (BITS - 4))) >> (BITS - 3);
        }
    }
    for v in 0..4 {
        let row = [0, 1, 2, 3].map(|u| columns[v * 4 + u].clamp(-0x2_0000, 0x2_0000));
        for (u, value) in line(row).into_iter().enumerate() {
            out[v * 4 + u] = pixel((value + (1 << (BITS + 5))) >> (BITS + 6));
        }
    }
}

/// The full transform, plainly: only the rare files that the general decoder
/// gets wrong come here.
fn eight(c: &Coefficients, out: &mut Pixels) {
    let basis: [[f32; 8]; 8] = std::array::from_fn(|x| {
        std::array::from_fn(|u| {
            let weight = if u == 0 { 0.125f32.sqrt() } else { 0.5 };
            weight * ((2 * x + 1) as f32 * u as f32 * PI / 16.0).cos()
        })
    });
    let mut columns = [[0.0; 8]; 8];
    for (y, row) in columns.iter_mut().enumerate() {
        for (u, value) in row.iter_mut().enumerate() {
            *value = (0..8)
                .map(|v| basis[y][v] * c[v * 8 + u] as f32)
                .sum::<f32>();
        }
    }
    for y in 0..8 {
        for x in 0..8 {
            let value: f32 = (0..8).map(|u| basis[x][u] * columns[y][u]).sum();
            out[y * 8 + x] = pixel(value.round() as i32);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_zigzag_order_is_the_standards() {
        let flat: Vec<usize> = ZIGZAG
            .iter()
            .map(|(row, column)| row * 8 + column)
            .collect();
        assert_eq!(flat[..10], [0, 1, 8, 16, 9, 2, 3, 10, 17, 24]);
        assert_eq!(flat[54..], [39, 46, 53, 60, 61, 54, 47, 55, 62, 63]);
        assert_eq!(last_needed::<1>(), 0);
        assert_eq!(last_needed::<2>(), 4);
        assert_eq!(last_needed::<4>(), 24);
        assert_eq!(last_needed::<8>(), 63);
    }

    /// The inverse transform of order N by its definition, scaled to N eighths.
    fn by_definition(n: usize, c: &Coefficients) -> Vec<f64> {
        let weight = |u: usize| {
            if u == 0 {
                (1.0 / n as f64).sqrt()
            } else {
                (2.0 / n as f64).sqrt()
            }
        };
        let wave = |x: usize, u: usize| {
            weight(u)
                * ((2 * x + 1) as f64 * u as f64 * std::f64::consts::PI / (2 * n) as f64).cos()
        };
        let mut out = Vec::new();
        for y in 0..n {
            for x in 0..n {
                let mut sum = 0.0;
                for v in 0..n {
                    for u in 0..n {
                        sum += wave(y, v) * wave(x, u) * f64::from(c[v * n + u]);
                    }
                }
                out.push((sum * n as f64 / 8.0 + 128.0).clamp(0.0, 255.0));
            }
        }
        out
    }

    fn agrees<const N: usize>(values: &[i32]) -> Result<(), TestCaseError> {
        let mut c = [0; 64];
        c[..N * N].copy_from_slice(&values[..N * N]);
        let got = pixels::<N>(&c);
        // The peak error that IEEE 1180 allows; the sums are rounded on the way.
        for (got, want) in got.iter().zip(by_definition(N, &c)) {
            prop_assert!((f64::from(*got) - want).abs() <= 1.0, "{} {}", got, want);
        }
        Ok(())
    }

    proptest! {
        #[test]
        fn transforms_follow_the_definition(
            values in prop::collection::vec(-700i32..700, 64),
        ) {
            agrees::<1>(&values)?;
            agrees::<2>(&values)?;
            agrees::<4>(&values)?;
            agrees::<8>(&values)?;
        }

        #[test]
        fn wild_coefficients_do_not_overflow(
            values in prop::collection::vec((any::<i32>(), any::<u16>()), 64),
        ) {
            let mut c = [0; 64];
            for (c, (value, step)) in c.iter_mut().zip(values) {
                *c = dequantize(value, step);
            }
            pixels::<1>(&c);
            pixels::<2>(&c);
            pixels::<4>(&c);
            pixels::<8>(&c);
        }
    }
}
