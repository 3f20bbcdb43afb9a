//! Undoing the filters of PNG rows (PNG, third edition, section 9), eight rows
//! at a time.
//!
//! Most filters predict a byte from its left neighbour, so a row has to be done
//! pixel after pixel, and the processor waits for each. But the row below needs
//! to be only one pixel behind: what is done at once here is one pixel of each
//! of eight rows, on a slanting line. The compiler makes vector instructions of
//! that on every processor.

use std::array::from_fn;

/// How many rows are done at once.
pub(super) const ROWS: usize = 8;

/// A pixel has at most four bytes; the rest of the four means nothing.
const PIXEL: usize = 4;

/// The filters by their numbers; 0 is none.
const SUB: u8 = 1;
const UP: u8 = 2;
const AVERAGE: u8 = 3;
const PAETH: u8 = 4;

/// The pixels on a slanting line, four rows in each half, the upper ones in the
/// lower bits.
type Line = [u128; 2];

/// Undoes the filters of up to [`ROWS`] rows, each of which begins with its
/// filter, below the row `above`; `None` where a filter is unknown.
pub(super) fn unfilter(channels: usize, rows: &[u8], above: &[u8], out: &mut [u8]) -> Option<()> {
    let stride = above.len();
    let filters: [u8; ROWS] = from_fn(|r| rows.get(r * (stride + 1)).copied().unwrap_or(0));
    if filters.iter().any(|&filter| filter > PAETH) {
        return None;
    }
    if filters.iter().all(|&filter| matches!(filter, 0 | UP)) {
        without_left(rows, above, out);
        return Some(());
    }
    let mut rows = rows.chunks_exact(stride + 1);
    let raw = from_fn(|_| rows.next().map_or(&[][..], |row| &row[1..]));
    let mut out = out.chunks_exact_mut(stride);
    let mut out = from_fn(|_| out.next().unwrap_or_default());
    match channels {
        1 => slanting::<1>(filters, raw, above, &mut out),
        2 => slanting::<2>(filters, raw, above, &mut out),
        3 => slanting::<3>(filters, raw, above, &mut out),
        _ => slanting::<PIXEL>(filters, raw, above, &mut out),
    }
    Some(())
}

/// Rows that are predicted by nothing, or by the row above.
fn without_left<'a>(rows: &[u8], mut above: &'a [u8], out: &'a mut [u8]) {
    let stride = above.len();
    for (row, out) in rows
        .chunks_exact(stride + 1)
        .zip(out.chunks_exact_mut(stride))
    {
        out.copy_from_slice(&row[1..]);
        if row[0] == UP {
            for (byte, above) in out.iter_mut().zip(above) {
                *byte = byte.wrapping_add(*above);
            }
        }
        above = out;
    }
}

/// All filters, for pixels of `N` bytes. Where there are fewer rows, the others
/// are empty.
fn slanting<const N: usize>(
    filters: [u8; ROWS],
    raw: [&[u8]; ROWS],
    above: &[u8],
    out: &mut [&mut [u8]; ROWS],
) {
    let mut front = Front::new(filters);
    let width = above.len() / N;
    // Where a line reaches beyond the picture, and at the end of the rows.
    let edge = |front: &mut Front, out: &mut [&mut [u8]; ROWS], x: usize| {
        let bytes = |row: usize| x.checked_sub(row).map(|x| x * N..(x + 1) * N);
        let pixel = |row: &[u8], place: usize| {
            let mut pixel = [0; PIXEL];
            if let Some(bytes) = bytes(place).and_then(|bytes| row.get(bytes)) {
                pixel[..N].copy_from_slice(bytes);
            }
            u32::from_le_bytes(pixel)
        };
        let made = front.advance(pixel(above, 0), from_fn(|row| pixel(raw[row], row)));
        for (row, (out, made)) in out.iter_mut().zip(made).enumerate() {
            if let Some(out) = bytes(row).and_then(|bytes| out.get_mut(bytes)) {
                out.copy_from_slice(&made.to_le_bytes()[..N]);
            }
        }
    };
    // Between, four bytes are read and written for each pixel: those that belong
    // to the next ones are written again.
    let is_whole = raw.iter().all(|row| row.len() == above.len());
    let end = match above.len().checked_sub(PIXEL) {
        Some(last) if is_whole => last / N + 1,
        _ => 0,
    };
    let between = ROWS - 1..end.max(ROWS - 1);
    for x in 0..between.start {
        edge(&mut front, out, x);
    }
    for x in between.clone() {
        let made = front.advance(four(above, x * N), from_fn(|r| four(raw[r], (x - r) * N)));
        for (row, (out, made)) in out.iter_mut().zip(made).enumerate() {
            let at = (x - row) * N;
            out[at..at + PIXEL].copy_from_slice(&made.to_le_bytes());
        }
    }
    for x in between.end..width + ROWS - 1 {
        edge(&mut front, out, x);
    }
}

/// Four bytes of a row.
#[inline(always)]
fn four(row: &[u8], at: usize) -> u32 {
    let [a, b, c, d] = row[at..at + PIXEL] else {
        return 0;
    };
    u32::from_le_bytes([a, b, c, d])
}

/// The line that was done last, and what stands above it.
struct Front {
    left: Line,
    corner: Line,
    /// Which bytes are of a row with this filter: all of their bits, or none.
    kinds: [Line; PAETH as usize + 1],
}

impl Front {
    fn new(filters: [u8; ROWS]) -> Front {
        let rows_with = |filter: usize| {
            join(filters.map(|own| {
                if usize::from(own) == filter {
                    u32::MAX
                } else {
                    0
                }
            }))
        };
        Front {
            left: [0; 2],
            corner: [0; 2],
            kinds: from_fn(rows_with),
        }
    }

    /// The pixels of the next line, whose first one stands below `above`.
    #[inline(always)]
    fn advance(&mut self, above: u32, raw: [u32; ROWS]) -> [u32; ROWS] {
        let raw = join(raw);
        // Each row's last pixel stands above the next one of the row below.
        let above = [
            self.left[0] << 32 | u128::from(above),
            self.left[1] << 32 | self.left[0] >> 96,
        ];
        for half in 0..2 {
            let bytes = |line: &Line| line[half].to_le_bytes();
            let (raw, left, up) = (bytes(&raw), bytes(&self.left), bytes(&above));
            let corner = bytes(&self.corner);
            let [sub, is_up, average, is_paeth] =
                [SUB, UP, AVERAGE, PAETH].map(|kind| bytes(&self.kinds[usize::from(kind)]));
            let made: [u8; 16] = from_fn(|k| {
                let (a, b) = (left[k], up[k]);
                let predicted = (a & sub[k])
                    | (b & is_up[k])
                    | (((a & b) + ((a ^ b) >> 1)) & average[k])
                    | (paeth(a, b, corner[k]) & is_paeth[k]);
                raw[k].wrapping_add(predicted)
            });
            self.left[half] = u128::from_le_bytes(made);
        }
        self.corner = above;
        from_fn(|row| (self.left[row / 4] >> (row % 4 * 32)) as u32)
    }
}

/// The pixels of a line, one of each row.
#[inline(always)]
fn join(pixels: [u32; ROWS]) -> Line {
    let half = |from: usize| {
        let four = pixels[from..from + 4].iter().rev();
        four.fold(0, |all, &pixel| all << 32 | u128::from(pixel))
    };
    [half(0), half(4)]
}

/// The neighbour (left, above, and the one between) that is nearest to left +
/// above - corner, in bytes alone: where the corner does not lie between the two
/// it is the farthest of the three.
#[inline(always)]
fn paeth(left: u8, above: u8, corner: u8) -> u8 {
    // `abs_diff` would take a fifth more of the time of all.
    let apart = |a: u8, b: u8| a.max(b) - a.min(b);
    let (by_left, by_above) = (apart(above, corner), apart(left, corner));
    let by_corner = if (left < corner) == (corner < above) {
        apart(by_left, by_above)
    } else {
        u8::MAX
    };
    if by_left <= by_above.min(by_corner) {
        left
    } else if by_above <= by_corner {
        above
    } else {
        corner
    }
}
