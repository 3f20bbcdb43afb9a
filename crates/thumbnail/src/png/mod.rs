//! Reading PNG files of eight bits that are not interlaced, which nearly all
//! are: the `png` crate takes the file apart and inflates it, and the rows'
//! filters are undone here, eight rows at a time ([`unfilter`]). Row after row,
//! that takes nearly as long as inflating.
//!
//! Whatever is not of this kind, and whatever is wrong with a file, is left to
//! the `image` crate.

mod unfilter;

use super::limits::Watch;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use png::chunk::IDAT;
use png::{BitDepth, ColorType, Decoded, Info, StreamingDecoder, UnfilterRegion};
use unfilter::ROWS;

/// The longest row, in bytes: several of them are held at once.
const LONGEST_ROW: usize = 64 << 10;

/// Room for inflated bytes beside two groups of rows: those that may be referred
/// to (32 KiB), and as many as make it seldom that they are moved.
const ROOM: usize = 128 << 10;

/// The picture, or `None` where it is not for this reader to decide on the file.
pub(super) fn decode(data: &[u8], watch: &Watch<'_>) -> Option<DynamicImage> {
    let mut file = File {
        decoder: StreamingDecoder::new(),
        rest: data,
    };
    file.decoder.set_ignore_text_chunk(true);
    while !matches!(file.next(None)?, Decoded::ChunkBegin(_, IDAT)) {}
    let info = file.decoder.info()?;
    let channels = channels(info)?;
    let (width, height) = info.size();
    let stride = usize::try_from(width).ok()?.checked_mul(channels)?;
    if stride > LONGEST_ROW {
        return None;
    }
    let mut pixels = vec![0; stride.checked_mul(usize::try_from(height).ok()?)?];
    let mut inflated = Inflated {
        bytes: vec![0; 2 * ROWS * (stride + 1) + ROOM],
        region: UnfilterRegion::default(),
        begin: 0,
    };
    let top = vec![0; stride];
    let mut done = 0;
    while done < pixels.len() {
        watch.check().ok()?;
        file.next(Some(inflated.with_room()))?;
        while let Some(rows) = inflated.rows(stride, pixels.len() - done) {
            let (above, below) = pixels.split_at_mut(done);
            let above = above.rchunks_exact(stride).next().unwrap_or(&top);
            let (read, made) = (rows.len(), rows.len() / (stride + 1) * stride);
            unfilter::unfilter(channels, rows, above, &mut below[..made])?;
            inflated.begin += read;
            done += made;
        }
    }
    // The rest of the image data is checked, too.
    while !matches!(file.next(None)?, Decoded::ImageDataFlushed) {}
    match channels {
        1 => GrayImage::from_raw(width, height, pixels).map(DynamicImage::from),
        2 => GrayAlphaImage::from_raw(width, height, pixels).map(DynamicImage::from),
        3 => RgbImage::from_raw(width, height, pixels).map(DynamicImage::from),
        _ => RgbaImage::from_raw(width, height, pixels).map(DynamicImage::from),
    }
}

/// Bytes of a pixel, where pixels stand in the file as they will be here.
fn channels(info: &Info<'_>) -> Option<usize> {
    let is_plain = info.bit_depth == BitDepth::Eight
        && !info.interlaced
        && info.trns.is_none()
        && info.animation_control.is_none();
    match info.color_type {
        ColorType::Indexed => None,
        color => is_plain.then(|| color.samples()),
    }
}

/// A file, and how far it has been read.
struct File<'d> {
    decoder: StreamingDecoder,
    rest: &'d [u8],
}

impl File<'_> {
    /// What comes next in it; `None` at its end and where it is faulty.
    fn next(&mut self, inflated: Option<&mut Inflated>) -> Option<Decoded> {
        let mut into = inflated.map(|to| to.region.as_buf(&mut to.bytes));
        let (used, what) = self.decoder.update(self.rest, into.as_mut()).ok()?;
        self.rest = self.rest.get(used..)?;
        (!self.rest.is_empty()).then_some(what)
    }
}

/// Inflated bytes, of which those from `begin` on are rows to come.
struct Inflated {
    bytes: Vec<u8>,
    region: UnfilterRegion,
    begin: usize,
}

impl Inflated {
    /// The same with room for more.
    fn with_room(&mut self) -> &mut Inflated {
        let UnfilterRegion { available, filled } = self.region;
        // As much is inflated at a time, at most.
        if self.bytes.len() - filled < 8 << 10 {
            let unused = self.begin.min(available);
            self.bytes.copy_within(unused..filled, 0);
            self.begin -= unused;
            self.region.available -= unused;
            self.region.filled -= unused;
        }
        self
    }

    /// The next group of rows with their filters, or what remains of the
    /// picture, of which so many bytes are to come; `None` until it is all there.
    fn rows(&self, stride: usize, to_come: usize) -> Option<&[u8]> {
        let count = ROWS.min(to_come / stride);
        let rows = self.bytes.get(self.begin..self.region.filled)?;
        rows.get(..count * (stride + 1))
            .filter(|rows| !rows.is_empty())
    }
}

#[cfg(test)]
mod tests;
