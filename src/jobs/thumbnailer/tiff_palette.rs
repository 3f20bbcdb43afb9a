//! TIFF files with a palette, as scanners write them. The `tiff` crate reads
//! grey ones but refuses those whose grey levels are numbers of colours. The
//! pixels are stored alike, so such a file is read as a grey one and its
//! colours are looked up afterwards.

use super::error::ThumbError;
use super::format::Format;
use image::{DynamicImage, GrayImage, Rgb, RgbImage};

/// Field tags and values of TIFF 6.0.
const BITS_PER_SAMPLE: u16 = 258;
const PHOTOMETRIC_INTERPRETATION: u16 = 262;
const COLOR_MAP: u16 = 320;
const SHORT: u16 = 3;
const BLACK_IS_ZERO: u16 = 1;
const RGB_PALETTE: u16 = 3;

/// The palette of a picture with eight bits per pixel.
pub(super) struct Palette {
    colors: Vec<Rgb<u8>>,
    /// The file, calling itself grey.
    pub(super) as_gray: Vec<u8>,
}

impl Palette {
    /// Finds the palette of a file's first picture; `None` when it has none,
    /// or is too odd to tell.
    ///
    /// # Errors
    /// The file ends before its palette does.
    pub(super) fn find(data: &[u8]) -> Result<Option<Palette>, ThumbError> {
        let Some(place) = Place::find(data) else {
            return Ok(None);
        };
        let truncated = ThumbError::Truncated(Format::Tiff);
        Palette::read(data, &place).map(Some).ok_or(truncated)
    }

    fn read(data: &[u8], place: &Place<'_>) -> Option<Palette> {
        // All reds, then all greens, then all blues, in 16 bits each.
        let level = |i: usize| place.tiff.short(place.map.checked_add(2 * i)?);
        let levels: Vec<u16> = (0..768).map(level).collect::<Option<_>>()?;
        // Some programs write eight bits by mistake.
        let shift = if levels.iter().all(|&l| l < 256) {
            0
        } else {
            8
        };
        let color = |i: usize| Rgb([i, 256 + i, 512 + i].map(|at| (levels[at] >> shift) as u8));
        let gray = match place.tiff.big_endian {
            true => BLACK_IS_ZERO.to_be_bytes(),
            false => BLACK_IS_ZERO.to_le_bytes(),
        };
        let mut as_gray = data.to_vec();
        as_gray
            .get_mut(place.interpretation..place.interpretation + 2)?
            .copy_from_slice(&gray);
        Some(Palette {
            colors: (0..256).map(color).collect(),
            as_gray,
        })
    }

    /// Looks up the colour of every pixel.
    pub(super) fn apply(&self, numbers: &GrayImage) -> DynamicImage {
        let color = |x, y| self.colors[usize::from(numbers.get_pixel(x, y).0[0])];
        RgbImage::from_fn(numbers.width(), numbers.height(), color).into()
    }
}

/// Where a file keeps what concerns its palette.
struct Place<'a> {
    tiff: Tiff<'a>,
    /// Offset of the value that says how pixels are to be understood.
    interpretation: usize,
    /// Offset of the colours.
    map: usize,
}

impl<'a> Place<'a> {
    fn find(data: &'a [u8]) -> Option<Place<'a>> {
        let tiff = Tiff {
            data,
            big_endian: match data.get(..4)? {
                b"II*\0" => false,
                b"MM\0*" => true,
                _ => return None,
            },
        };
        let directory = tiff.long(4)? as usize;
        let fields = usize::from(tiff.short(directory)?);
        let (mut eight_bits, mut interpretation, mut map) = (false, None, None);
        for field in (0..fields).map(|i| directory + 2 + 12 * i) {
            let (tag, kind) = (tiff.short(field)?, tiff.short(field + 2)?);
            let (count, value) = (tiff.long(field + 4)?, field + 8);
            match (tag, kind, count) {
                (BITS_PER_SAMPLE, SHORT, 1) => eight_bits = tiff.short(value)? == 8,
                (PHOTOMETRIC_INTERPRETATION, SHORT, 1) if tiff.short(value)? == RGB_PALETTE => {
                    interpretation = Some(value);
                }
                (COLOR_MAP, SHORT, 768) => map = Some(tiff.long(value)? as usize),
                _ => {}
            }
        }
        let (true, Some(interpretation), Some(map)) = (eight_bits, interpretation, map) else {
            return None;
        };
        Some(Place {
            tiff,
            interpretation,
            map,
        })
    }
}

/// A TIFF file's numbers, in its own byte order.
struct Tiff<'a> {
    data: &'a [u8],
    big_endian: bool,
}

impl Tiff<'_> {
    fn short(&self, at: usize) -> Option<u16> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        Some(match self.big_endian {
            true => u16::from_be_bytes(bytes),
            false => u16::from_le_bytes(bytes),
        })
    }

    fn long(&self, at: usize) -> Option<u32> {
        let bytes = *self.data.get(at..)?.first_chunk()?;
        Some(match self.big_endian {
            true => u32::from_be_bytes(bytes),
            false => u32::from_le_bytes(bytes),
        })
    }
}
