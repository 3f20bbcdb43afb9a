//! The header: what the picture is (SOF), and what the application segments
//! before the first scan tell about it.

use super::error::{corrupt, unsupported};
use super::segments::{Segments, marker};
use crate::error::ThumbError;
use catalog::text;

/// How the coefficients are arranged into scans.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// Every block whole, in one pass (baseline and extended sequential).
    Sequential,
    /// Coarse first, then refined in further scans.
    Progressive,
}

/// One colour channel of the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Component {
    /// The identifier by which scans name it.
    pub(super) id: u8,
    /// Horizontal sampling factor, 1 to 4.
    pub(super) h: u32,
    /// Vertical sampling factor, 1 to 4.
    pub(super) v: u32,
    /// Which of the four quantization tables it uses.
    pub(super) quantization: usize,
}

/// The frame header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Frame {
    /// How it is coded.
    pub(super) process: Process,
    /// Pixels per line, never zero.
    pub(super) width: u32,
    /// Lines, never zero.
    pub(super) height: u32,
    /// One, three or four components.
    pub(super) components: Vec<Component>,
    /// The largest horizontal sampling factor.
    pub(super) max_h: u32,
    /// The largest vertical sampling factor.
    pub(super) max_v: u32,
}

/// What the components mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ColorModel {
    /// Luminance only.
    Gray,
    /// Luminance and two colour differences, as JFIF defines them.
    YCbCr,
    /// Red, green and blue as they are.
    Rgb,
    /// Printing inks, stored inverted as Adobe does.
    Cmyk,
    /// Inverted inks of which the first three are transformed like YCbCr.
    Ycck,
}

impl ColorModel {
    /// Whether there is a black ink.
    pub(super) fn has_black(self) -> bool {
        matches!(self, ColorModel::Cmyk | ColorModel::Ycck)
    }
}

/// Everything before the first scan.
#[derive(Debug, Clone)]
pub(super) struct Header<'a> {
    /// The frame.
    pub(super) frame: Frame,
    /// Whether the first scan holds every component.
    pub(super) interleaved: bool,
    /// The EXIF block, from its TIFF header on.
    pub(super) exif: Option<&'a [u8]>,
    /// The transform flag of Adobe's segment.
    adobe: Option<u8>,
    /// Whether there is a JFIF segment.
    jfif: bool,
    /// Pieces of the ICC profile with their sequence numbers.
    icc: Vec<(u8, &'a [u8])>,
}

impl<'a> Header<'a> {
    /// Reads everything up to the first scan.
    pub(super) fn parse(data: &'a [u8]) -> Result<Self, ThumbError> {
        let mut segments = Segments::new(data);
        let mut frame: Option<Frame> = None;
        let (mut exif, mut adobe, mut jfif, mut icc) = (None, None, false, Vec::new());
        let first_scan = loop {
            let segment = segments.next()?;
            let payload = segment.payload;
            match segment.marker {
                marker::DHT | marker::JPG | marker::DAC => {}
                marker::SOF0..=marker::SOF15 => {
                    if frame.is_some() {
                        return Err(unsupported(text!(
                            "more than one frame",
                            "więcej niż jedna ramka (frame)"
                        )));
                    }
                    frame = Some(Frame::parse(segment.marker, payload)?);
                }
                marker::APP0 => jfif |= payload.starts_with(b"JFIF\0"),
                marker::APP1 if exif.is_none() => exif = payload.strip_prefix(b"Exif\0\0"),
                marker::APP2 => {
                    // A sequence number, the number of pieces, the piece.
                    if let Some([number, _, piece @ ..]) = payload.strip_prefix(b"ICC_PROFILE\0") {
                        icc.push((*number, piece));
                    }
                }
                marker::APP14 if payload.starts_with(b"Adobe") => {
                    adobe = payload.get(11).copied();
                }
                marker::SOS => break payload,
                marker::EOI => {
                    return Err(corrupt(text!("it holds no picture", "nie ma w nim obrazu")));
                }
                _ => {}
            }
        };
        let frame = frame.ok_or_else(|| {
            corrupt(text!(
                "a scan comes before the frame header",
                "skan stoi przed nagłówkiem ramki"
            ))
        })?;
        let members = first_scan.first().copied().unwrap_or(0);
        icc.sort_by_key(|&(number, _)| number);
        Ok(Header {
            interleaved: usize::from(members) == frame.components.len(),
            frame,
            exif,
            adobe,
            jfif,
            icc,
        })
    }

    /// The whole ICC profile, put together from its pieces.
    pub(super) fn icc(&self) -> Option<Vec<u8>> {
        let profile: Vec<u8> = self
            .icc
            .iter()
            .flat_map(|&(_, piece)| piece)
            .copied()
            .collect();
        (!profile.is_empty()).then_some(profile)
    }

    /// What the components mean. The standard does not say; this is libjpeg's
    /// reading, which everybody follows.
    pub(super) fn color_model(&self) -> ColorModel {
        let components = &self.frame.components;
        match (components.len(), self.adobe) {
            (1, _) => ColorModel::Gray,
            (3, _) if self.jfif => ColorModel::YCbCr,
            (3, Some(0)) => ColorModel::Rgb,
            (3, Some(_)) => ColorModel::YCbCr,
            (3, None) if components.iter().map(|c| c.id).eq(*b"RGB") => ColorModel::Rgb,
            (3, None) => ColorModel::YCbCr,
            (_, Some(2)) => ColorModel::Ycck,
            _ => ColorModel::Cmyk,
        }
    }
}

impl Process {
    /// The process that a start-of-frame marker names (T.81, table B.1).
    fn of(marker: u8) -> Result<Self, ThumbError> {
        match marker - marker::SOF0 {
            0 | 1 => Ok(Process::Sequential),
            2 => Ok(Process::Progressive),
            3 | 7 | 11 | 15 => Err(unsupported(text!("lossless JPEG", "JPEG bezstratny"))),
            9 | 10 | 13 | 14 => Err(unsupported(text!(
                "arithmetic coding",
                "kodowanie arytmetyczne"
            ))),
            _ => Err(unsupported(text!(
                "hierarchical JPEG",
                "JPEG hierarchiczny"
            ))),
        }
    }
}

impl Component {
    /// The components of a frame: three bytes each.
    fn parse_all(count: u8, specs: &[u8]) -> Result<Vec<Self>, ThumbError> {
        if !matches!(count, 1 | 3 | 4) {
            return Err(unsupported(text!(
                "{count} colour channels",
                "liczba kanałów koloru: {count}"
            )));
        }
        let (specs, _) = specs.as_chunks::<3>();
        let components: Vec<Component> = specs
            .iter()
            .take(usize::from(count))
            .map(|&[id, sampling, quantization]| Component {
                id,
                h: u32::from(sampling >> 4),
                v: u32::from(sampling & 15),
                quantization: usize::from(quantization),
            })
            .collect();
        if components.len() != usize::from(count) {
            return Err(corrupt(text!(
                "the frame header is too short",
                "nagłówek ramki jest za krótki"
            )));
        }
        let valid =
            |c: &Component| (1..=4).contains(&c.h) && (1..=4).contains(&c.v) && c.quantization < 4;
        if !components.iter().all(valid) {
            return Err(corrupt(text!(
                "the frame header holds impossible sampling factors",
                "nagłówek ramki ma niemożliwe współczynniki próbkowania"
            )));
        }
        Ok(components)
    }
}

impl Frame {
    /// Reads a start-of-frame segment (T.81, B.2.2).
    fn parse(marker: u8, payload: &[u8]) -> Result<Self, ThumbError> {
        let process = Process::of(marker)?;
        let &[precision, h1, h0, w1, w0, count, ref specs @ ..] = payload else {
            return Err(corrupt(text!(
                "the frame header is too short",
                "nagłówek ramki jest za krótki"
            )));
        };
        let height = u32::from(u16::from_be_bytes([h1, h0]));
        let width = u32::from(u16::from_be_bytes([w1, w0]));
        if precision != 8 {
            return Err(unsupported(text!(
                "{precision} bits per channel",
                "liczba bitów na kanał: {precision}"
            )));
        }
        if width == 0 {
            return Err(corrupt(text!(
                "its header says that it is 0 pixels wide",
                "według nagłówka ma 0 pikseli szerokości"
            )));
        }
        if height == 0 {
            return Err(unsupported(text!(
                "the number of lines is not in the header",
                "w nagłówku nie ma liczby wierszy"
            )));
        }
        let components = Component::parse_all(count, specs)?;
        let largest = |factor: fn(&Component) -> u32| components.iter().map(factor).max();
        Ok(Frame {
            process,
            width,
            height,
            max_h: largest(|c| c.h).unwrap_or(1),
            max_v: largest(|c| c.v).unwrap_or(1),
            components,
        })
    }

    /// Width and height in pixels.
    pub(super) fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    /// Roughly the memory that decoding at this many eighths takes, in bytes.
    pub(super) fn decoded_bytes(&self, eighths: u32) -> u64 {
        let pixels = u64::from(self.width) * u64::from(self.height);
        let channels = self.components.len() as u64;
        let scaled = pixels * channels * u64::from(eighths * eighths) / 64;
        match self.process {
            // All coefficients are kept until the last scan, 16 bits each.
            Process::Progressive if eighths == 8 => scaled * 3,
            _ => scaled,
        }
    }
}
