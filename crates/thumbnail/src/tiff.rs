//! TIFF, read strip by strip (or tile by tile) into eight bits per sample.
//!
//! The `tiff` crate unpacks the strips. What they mean is understood here, for
//! it is more than the `image` crate knows: few bits per sample, palettes,
//! planes one after another, signed samples, YCbCr, CIELab, alpha that has been
//! multiplied into the colours. Terms and numbers follow TIFF 6.0.

mod colors;
mod fields;

use super::error::ThumbError;
use super::format::Format;
use super::limits::{Limits, Watch, WatchedReader};
use super::scale::{self, displayed};
use super::size::Size;
use catalog::lang::Text;
use catalog::text;
use colors::{eight_bits, replace, reverse_bits, rgb_of_lab, rgb_of_ycbcr};
use fields::Fields;
use image::metadata::Orientation;
use image::{DynamicImage, GrayAlphaImage, GrayImage, RgbImage, RgbaImage};
use std::borrow::Cow;
use std::error::Error as _;
use tiff::decoder::{ChunkType, Decoder};
use tiff::tags::{PlanarConfiguration, Tag};
use tiff::{ColorType, TiffError};

/// Values of fields.
const UNCOMPRESSED: u16 = 1;
const LOWEST_BIT_FIRST: u16 = 2;
const ASSOCIATED_ALPHA: u16 = 1;
const BLACK_IS_ZERO: u16 = 1;
const RGB: u16 = 2;
const PALETTE: u16 = 3;
const CIELAB: u16 = 8;

/// A decoded picture, as stored.
pub(super) struct Decoded {
    pub(super) pixels: DynamicImage,
    pub(super) orientation: Orientation,
    pub(super) icc: Option<Vec<u8>>,
}

/// Width and height as displayed, from the header alone.
pub(super) fn dimensions(
    data: &[u8],
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<(u32, u32), ThumbError> {
    let (data, about) = plain(data);
    let mut file = File::open(&data, about, watch)?;
    file.check(limits, data.len() as u64)?;
    Ok(displayed(file.orientation(), (file.width, file.height)))
}

/// Decodes the first picture.
pub(super) fn decode(
    data: &[u8],
    sizes: &[Size],
    limits: &Limits,
    watch: &Watch<'_>,
) -> Result<Decoded, ThumbError> {
    let (data, about) = plain(data);
    let mut file = File::open(&data, about, watch)?;
    let orientation = file.orientation();
    let stored = (file.width, file.height);
    let thumbnails = scale::memory(sizes, orientation, stored, stored, file.samples as u64);
    file.check(limits, data.len() as u64 + thumbnails)?;
    Ok(Decoded {
        orientation,
        icc: file.decoder.get_tag_u8_vec(Tag::IccProfile).ok(),
        pixels: file.decode()?,
    })
}

/// What the samples of a pixel are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Meaning {
    /// Grey, and alpha if there are two.
    Gray,
    /// Red, green, blue, and alpha if there are four.
    Rgb,
    /// The number of a colour.
    Palette,
    /// Inks.
    Cmyk,
    /// Luminance and two colour differences.
    YCbCr,
    /// CIE L*a*b*.
    Lab,
}

/// A file whose header has been read.
struct File<'d> {
    decoder: Decoder<WatchedReader<'d, 'd>>,
    watch: Watch<'d>,
    width: u32,
    height: u32,
    meaning: Meaning,
    /// Samples of a pixel, those left out that mean nothing.
    samples: usize,
    bits: u8,
    /// Whether every sample has strips of its own.
    planar: bool,
}

impl<'d> File<'d> {
    fn open(
        data: &'d [u8],
        about: Option<Meaning>,
        watch: &Watch<'d>,
    ) -> Result<File<'d>, ThumbError> {
        let fault = |error| fault(watch, error);
        let mut decoder = Decoder::new(watch.reader(data))
            .map_err(fault)?
            .with_limits(tiff::decoder::Limits::unlimited());
        let (width, height) = decoder.dimensions().map_err(fault)?;
        if width == 0 || height == 0 {
            let detail = text!(
                "its header says {width} by {height} pixels",
                "według nagłówka ma {width} na {height} pikseli"
            );
            return Err(ThumbError::Corrupt(Format::Tiff, detail));
        }
        let color = decoder.colortype().map_err(fault)?;
        let (meaning, samples, bits) = match color {
            ColorType::Gray(bits) => (Meaning::Gray, 1, bits),
            ColorType::GrayA(bits) => (Meaning::Gray, 2, bits),
            ColorType::RGB(bits) => (Meaning::Rgb, 3, bits),
            ColorType::RGBA(bits) => (Meaning::Rgb, 4, bits),
            ColorType::CMYK(bits) => (Meaning::Cmyk, 4, bits),
            ColorType::CMYKA(bits) => (Meaning::Cmyk, 5, bits),
            ColorType::YCbCr(bits) => (Meaning::YCbCr, 3, bits),
            ColorType::Multiband {
                bit_depth,
                num_samples,
            } => (Meaning::Gray, usize::from(num_samples), bit_depth),
            other => return Err(unsupported(Text::same(format!("{other:?}")))),
        };
        let planar: Option<u16> = decoder
            .find_tag_unsigned(Tag::PlanarConfiguration)
            .map_err(fault)?;
        Ok(File {
            watch: *watch,
            width,
            height,
            meaning: about.unwrap_or(meaning),
            samples,
            bits,
            planar: planar == Some(PlanarConfiguration::Planar.to_u16()) && samples > 1,
            decoder,
        })
    }

    /// Holds the header against the limits; `more` is the memory that is needed
    /// beside that for decoding.
    fn check(&mut self, limits: &Limits, more: u64) -> Result<(), ThumbError> {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let (width, height) = self.decoder.chunk_dimensions();
        let chunk = u64::from(width.min(self.width)) * u64::from(height.min(self.height));
        let in_file = if self.planar { 1 } else { self.samples as u64 };
        let colors = if self.meaning == Meaning::Palette {
            3
        } else {
            0
        };
        let memory = pixels * (self.samples as u64 + colors)
            + chunk * in_file * u64::from(self.bits.div_ceil(8)) * 2
            + more;
        limits.check_picture((self.width, self.height), memory)
    }

    fn orientation(&mut self) -> Orientation {
        let tag: Option<u16> = self
            .decoder
            .find_tag_unsigned(Tag::Orientation)
            .ok()
            .flatten();
        tag.and_then(|tag| Orientation::from_exif(u8::try_from(tag).ok()?))
            .unwrap_or(Orientation::NoTransforms)
    }

    fn short(&mut self, tag: Tag) -> Option<u16> {
        self.decoder.find_tag_unsigned(tag).ok().flatten()
    }

    fn decode(mut self) -> Result<DynamicImage, ThumbError> {
        let samples = self.samples;
        let mut raw = vec![0; self.width as usize * self.height as usize * samples];
        let chunks = match self.decoder.get_chunk_type() {
            ChunkType::Strip => self.decoder.strip_count(),
            ChunkType::Tile => self.decoder.tile_count(),
        };
        let chunks = chunks.map_err(|error| fault(&self.watch, error))?;
        let (chunk_width, chunk_height) = self.decoder.chunk_dimensions();
        let across = self.width.div_ceil(chunk_width.max(1));
        let per_plane = across * self.height.div_ceil(chunk_height.max(1));
        let backwards = self.short(Tag::FillOrder) == Some(LOWEST_BIT_FIRST)
            && self.short(Tag::Compression) == Some(UNCOMPRESSED);
        for index in 0..chunks {
            self.watch.check()?;
            let (plane, place) = (index / per_plane.max(1), index % per_plane.max(1));
            if plane as usize >= if self.planar { samples } else { 1 } {
                break;
            }
            let chunk = self.decoder.read_chunk(index);
            let mut chunk = chunk.map_err(|error| fault(&self.watch, error))?;
            if backwards {
                reverse_bits(&mut chunk);
            }
            let (width, _) = self.decoder.chunk_data_dimensions(index);
            let (x, y) = (place % across * chunk_width, place / across * chunk_height);
            let in_chunk = if self.planar { 1 } else { samples };
            let chunk = match self.bits {
                bits @ (1 | 2 | 4) => self.unpack(
                    chunk.as_buffer(0).as_bytes(),
                    bits,
                    width as usize * in_chunk,
                ),
                _ => eight_bits(chunk),
            };
            let rows = chunk.chunks_exact((width as usize * in_chunk).max(1));
            for (row, line) in (y..self.height).zip(rows) {
                let columns = width.min(self.width - x) as usize;
                let start = (row as usize * self.width as usize + x as usize) * samples;
                let target = &mut raw[start..start + columns * samples];
                if self.planar {
                    let pixels = target.chunks_exact_mut(samples);
                    for (pixel, sample) in pixels.zip(line) {
                        pixel[plane as usize] = *sample;
                    }
                } else {
                    target.copy_from_slice(&line[..columns * samples]);
                }
            }
        }
        self.colored(raw)
    }

    /// Samples of 1, 2 or 4 bits, of which every line begins a byte.
    fn unpack(&self, chunk: &[u8], bits: u8, in_line: usize) -> Vec<u8> {
        let full = (1_u16 << bits) - 1;
        let per_byte = 8 / usize::from(bits);
        // The number of a colour is no brightness.
        let scale = if self.meaning == Meaning::Palette {
            1
        } else {
            255 / full
        };
        let lines = chunk.chunks_exact(in_line.div_ceil(per_byte).max(1));
        lines
            .flat_map(|line| {
                (0..in_line).map(move |i| {
                    let shift = 8 - usize::from(bits) * (i % per_byte + 1);
                    let value = (u16::from(line[i / per_byte]) >> shift) & full;
                    (value * scale) as u8
                })
            })
            .collect()
    }

    /// Makes colours of the samples.
    fn colored(&mut self, mut raw: Vec<u8>) -> Result<DynamicImage, ThumbError> {
        let (width, height, samples) = (self.width, self.height, self.samples);
        let premultiplied = self
            .decoder
            .find_tag_unsigned_vec::<u16>(Tag::ExtraSamples)
            .ok()
            .flatten()
            .is_some_and(|extra| extra.first() == Some(&ASSOCIATED_ALPHA));
        let channels = match self.meaning {
            Meaning::Gray => samples.min(2),
            Meaning::Rgb => samples,
            Meaning::Palette => {
                raw = self.look_up(&raw)?;
                3
            }
            Meaning::Cmyk => {
                replace(&mut raw, samples, |inks| {
                    let black = 255 - u16::from(inks[3]);
                    [0, 1, 2].map(|i| ((255 - u16::from(inks[i])) * black / 255) as u8)
                });
                3
            }
            Meaning::YCbCr => {
                replace(&mut raw, samples, |p| rgb_of_ycbcr(p[0], p[1], p[2]));
                3
            }
            Meaning::Lab => {
                replace(&mut raw, samples, |p| rgb_of_lab(p[0], p[1], p[2]));
                3
            }
        };
        if self.meaning == Meaning::Gray && samples > 2 {
            replace(&mut raw, samples, |p| [p[0], p[1]]);
        }
        if premultiplied && matches!(channels, 2 | 4) {
            for pixel in raw.chunks_exact_mut(channels) {
                let alpha = u16::from(pixel[channels - 1]);
                for color in &mut pixel[..channels - 1] {
                    let full = (u16::from(*color) * 255 + alpha / 2).checked_div(alpha);
                    *color = full.unwrap_or(0).min(255) as u8;
                }
            }
        }
        let image = match channels {
            1 => GrayImage::from_raw(width, height, raw).map(DynamicImage::from),
            2 => GrayAlphaImage::from_raw(width, height, raw).map(DynamicImage::from),
            3 => RgbImage::from_raw(width, height, raw).map(DynamicImage::from),
            _ => RgbaImage::from_raw(width, height, raw).map(DynamicImage::from),
        };
        let missing =
            || ThumbError::Corrupt(Format::Tiff, text!("too few samples", "za mało próbek"));
        image.ok_or_else(missing)
    }

    /// The colours that the first sample of every pixel is the number of.
    fn look_up(&mut self, raw: &[u8]) -> Result<Vec<u8>, ThumbError> {
        let map = self.decoder.get_tag_u16_vec(Tag::ColorMap);
        let map = map.map_err(|error| fault(&self.watch, error))?;
        // All reds, then all greens, then all blues, in 16 bits each; some
        // programs write eight by mistake.
        let colors = map.len() / 3;
        let shift = if map.iter().all(|&level| level < 256) {
            0
        } else {
            8
        };
        let level = |at: usize| map.get(at).map_or(0, |level| (level >> shift) as u8);
        let palette: Vec<[u8; 3]> = (0..colors.min(256))
            .map(|i| [level(i), level(colors + i), level(2 * colors + i)])
            .collect();
        let numbers = raw.iter().step_by(self.samples);
        Ok(numbers
            .flat_map(|&number| {
                palette
                    .get(usize::from(number))
                    .copied()
                    .unwrap_or_default()
            })
            .collect())
    }
}

/// The file as the crate takes it: a palette's numbers call themselves grey,
/// and L*a*b* calls itself RGB. Gives what they are, too.
fn plain(data: &[u8]) -> (Cow<'_, [u8]>, Option<Meaning>) {
    let found = Fields::of(data).and_then(|fields| {
        let (at, kind) = fields.interpretation()?;
        let (calls_itself, meaning) = match kind {
            PALETTE => (BLACK_IS_ZERO, Meaning::Palette),
            CIELAB => (RGB, Meaning::Lab),
            _ => return None,
        };
        Some((at, fields.bytes(calls_itself), meaning))
    });
    match found {
        None => (data.into(), None),
        Some((at, bytes, meaning)) => {
            let mut data = data.to_vec();
            data[at..at + 2].copy_from_slice(&bytes);
            (data.into(), Some(meaning))
        }
    }
}

/// Puts the crate's complaint into our terms.
fn fault(watch: &Watch<'_>, error: TiffError) -> ThumbError {
    // A reader that was stopped reports an I/O error of one kind or another.
    if let Err(stopped) = watch.check() {
        return stopped;
    }
    match error {
        TiffError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            ThumbError::Truncated(Format::Tiff)
        }
        TiffError::UnsupportedError(error) => unsupported(Text::same(error.to_string())),
        TiffError::LimitsExceeded => {
            unsupported(text!("its numbers are too large", "jego liczby są za duże"))
        }
        other => {
            let detail = other
                .source()
                .map_or_else(|| other.to_string(), ToString::to_string);
            ThumbError::Corrupt(Format::Tiff, Text::same(detail))
        }
    }
}

fn unsupported(detail: Text) -> ThumbError {
    ThumbError::Unsupported(Format::Tiff, detail)
}
