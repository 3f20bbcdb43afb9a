//! Thumbnail sizes: how they are written, and how a picture fits into one.

use super::error::ThumbError;
use std::fmt;
use std::str::FromStr;

/// The box a thumbnail must fit into, in pixels; the aspect ratio is kept, so
/// one side usually stays shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// The largest side that makes sense: JPEG stores sides in 16 bits.
    pub const MAX_SIDE: u32 = 65_535;

    /// The size of the source lab's thumbnails: 128x128.
    pub const LAB: Size = Size {
        width: 128,
        height: 128,
    };

    /// A box of `width` by `height` pixels; `None` unless both are between 1
    /// and [`MAX_SIDE`](Size::MAX_SIDE).
    pub fn new(width: u32, height: u32) -> Option<Size> {
        let valid = 1..=Size::MAX_SIDE;
        (valid.contains(&width) && valid.contains(&height)).then_some(Size { width, height })
    }

    /// Width of the box in pixels.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Height of the box in pixels.
    pub fn height(self) -> u32 {
        self.height
    }

    /// The size that a picture of `width` by `height` takes in this box: never
    /// larger than the picture, at least one pixel, the aspect ratio as close
    /// as whole pixels allow. The rounding is that of Pillow's
    /// `Image.thumbnail`, which tries both neighbours of the exact length and
    /// takes the one that changes the ratio less, so results agree to the pixel.
    pub(super) fn fit(self, width: u32, height: u32) -> (u32, u32) {
        let (box_width, box_height) = (self.width, self.height);
        if box_width >= width && box_height >= height {
            return (width, height);
        }
        let aspect = f64::from(width) / f64::from(height);
        let (x, y) = (f64::from(box_width), f64::from(box_height));
        if x / y >= aspect {
            let error = |n: f64| (aspect - n / y).abs();
            (nearest(y * aspect, error), box_height)
        } else {
            // A side of zero has no ratio to compare; it wins here and
            // becomes one pixel.
            let error = |n: f64| {
                if n == 0.0 {
                    0.0
                } else {
                    (aspect - x / n).abs()
                }
            };
            (box_width, nearest(x / aspect, error))
        }
    }
}

/// The whole number below or above `exact` with the smaller error (the lower
/// one when equal), and at least 1.
fn nearest(exact: f64, error: impl Fn(f64) -> f64) -> u32 {
    let (below, above) = (exact.floor(), exact.ceil());
    let best = if error(below) <= error(above) {
        below
    } else {
        above
    };
    best.max(1.0) as u32
}

impl fmt::Display for Size {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.width, self.height)
    }
}

impl FromStr for Size {
    type Err = ThumbError;

    /// Reads `128x96`; a single number is a square.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || ThumbError::BadSize(text.chars().take(40).collect());
        let side = |s: &str| -> Option<u32> {
            // `parse` alone would accept "+128".
            s.bytes()
                .all(|b| b.is_ascii_digit())
                .then(|| s.parse().ok())?
        };
        let trimmed = text.trim();
        let (width, height) = trimmed
            .split_once(['x', 'X', '×'])
            .unwrap_or((trimmed, trimmed));
        match (side(width.trim()), side(height.trim())) {
            (Some(width), Some(height)) => Size::new(width, height).ok_or_else(bad),
            _ => Err(bad()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fit(size: &str, width: u32, height: u32) -> (u32, u32) {
        size.parse::<Size>().unwrap().fit(width, height)
    }

    /// Every expectation was produced by Pillow 13.0.0's `Image.thumbnail`.
    #[test]
    fn dimensions_are_those_of_pillow() {
        for (size, (w, h), expected) in [
            ("128x128", (4000, 3000), (128, 96)),
            ("128x128", (3000, 4000), (96, 128)),
            ("128x128", (30_000, 10), (128, 1)),
            ("128x128", (10, 30_000), (1, 128)),
            ("128x128", (1, 1), (1, 1)),
            ("128x128", (127, 128), (127, 128)),
            ("128x128", (129, 128), (128, 127)),
            ("100x75", (333, 250), (100, 75)),
            ("50x200", (1023, 767), (50, 37)),
            ("200x50", (1023, 767), (67, 50)),
            ("7x5", (1000, 999), (5, 5)),
            ("64x64", (200, 3), (64, 1)),
        ] {
            assert_eq!(fit(size, w, h), expected, "{w}x{h} into {size}");
        }
    }

    #[test]
    fn sizes_are_read_as_written() {
        assert_eq!("128x96".parse::<Size>().unwrap().to_string(), "128x96");
        assert_eq!(" 64 × 32 ".parse::<Size>().unwrap().to_string(), "64x32");
        assert_eq!("200".parse::<Size>().unwrap(), Size::new(200, 200).unwrap());
        for bad in [
            "",
            "x",
            "0x5",
            "-1x5",
            "+1x5",
            "1x",
            "65536x1",
            "1x2x3",
            "99999999999x1",
        ] {
            let error = bad.parse::<Size>().unwrap_err();
            assert_eq!(error, ThumbError::BadSize(bad.to_owned()));
        }
    }
}
