//! Marker segments: a JPEG file is a sequence of them, with the compressed
//! bits of a scan after each SOS segment (T.81, annex B).

use super::error::{corrupt, truncated};
use crate::error::ThumbError;
use catalog::text;

/// Marker codes: the byte after 0xFF.
pub(super) mod marker {
    pub(crate) const SOF0: u8 = 0xC0;
    pub(crate) const SOF15: u8 = 0xCF;
    pub(crate) const DHT: u8 = 0xC4;
    pub(crate) const JPG: u8 = 0xC8;
    pub(crate) const DAC: u8 = 0xCC;
    pub(crate) const RST0: u8 = 0xD0;
    pub(crate) const RST7: u8 = 0xD7;
    pub(crate) const SOI: u8 = 0xD8;
    pub(crate) const EOI: u8 = 0xD9;
    pub(crate) const SOS: u8 = 0xDA;
    pub(crate) const DQT: u8 = 0xDB;
    pub(crate) const DRI: u8 = 0xDD;
    pub(crate) const APP0: u8 = 0xE0;
    pub(crate) const APP1: u8 = 0xE1;
    pub(crate) const APP2: u8 = 0xE2;
    pub(crate) const APP14: u8 = 0xEE;
    pub(crate) const TEM: u8 = 0x01;
}

/// One marker with what belongs to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Segment<'a> {
    /// The marker code.
    pub(super) marker: u8,
    /// What follows the length field; empty for markers without one.
    pub(super) payload: &'a [u8],
}

/// Walks through the segments of a file.
#[derive(Debug, Clone)]
pub(super) struct Segments<'a> {
    data: &'a [u8],
    position: usize,
}

impl<'a> Segments<'a> {
    /// Starts at the first segment.
    pub(super) fn new(data: &'a [u8]) -> Self {
        Segments { data, position: 0 }
    }

    /// The next segment; stray bytes before it are stepped over, and so are
    /// the bits of a scan that nobody read.
    pub(super) fn next(&mut self) -> Result<Segment<'a>, ThumbError> {
        let code = next_marker(self.data, self.position).ok_or_else(truncated)?;
        let marker = self.data[code];
        self.position = code + 1;
        if matches!(
            marker,
            marker::SOI | marker::EOI | marker::RST0..=marker::RST7 | marker::TEM
        ) {
            let payload = &[];
            return Ok(Segment { marker, payload });
        }
        let rest = &self.data[self.position..];
        let length = match rest {
            [high, low, ..] => usize::from(u16::from_be_bytes([*high, *low])),
            _ => return Err(truncated()),
        };
        if length < 2 {
            return Err(corrupt(text!(
                "segment 0x{marker:02X} has length {length}",
                "segment 0x{marker:02X} ma długość {length}"
            )));
        }
        let payload = rest.get(2..length).ok_or_else(truncated)?;
        self.position += length;
        Ok(Segment { marker, payload })
    }

    /// The bytes after the last segment: after SOS, a scan's compressed bits.
    pub(super) fn rest(&self) -> &'a [u8] {
        &self.data[self.position..]
    }

    /// Steps over bytes of [`rest`](Segments::rest) that were read elsewhere.
    pub(super) fn advance(&mut self, bytes: usize) {
        self.position = (self.position + bytes).min(self.data.len());
    }
}

/// The position of the next marker's code at or after `from`: the first byte
/// that follows 0xFF and is neither a fill byte (0xFF) nor a stuffed zero.
pub(super) fn next_marker(data: &[u8], from: usize) -> Option<usize> {
    let mut position = from;
    loop {
        position += memchr::memchr(0xFF, data.get(position..)?)? + 1;
        match *data.get(position)? {
            0xFF => {}
            0x00 => position += 1,
            _ => return Some(position),
        }
    }
}

/// The file without what no decoder needs: only the segments that say how the
/// picture is coded, and the scans.
pub(super) fn needed(data: &[u8]) -> Result<Vec<u8>, ThumbError> {
    let mut needed = vec![0xFF, marker::SOI];
    let mut segments = Segments::new(data);
    loop {
        let Segment { marker, payload } = segments.next()?;
        let keep = match marker {
            marker::SOF0..=marker::SOF15 | marker::SOS | marker::DQT | marker::DRI => true,
            // Which tell what the components mean.
            marker::APP0 => payload.len() >= 14,
            marker::APP14 => payload.len() >= 12,
            marker::EOI => {
                needed.extend([0xFF, marker]);
                return Ok(needed);
            }
            _ => false,
        };
        if !keep {
            continue;
        }
        // A payload was as long as two bytes can say.
        let length = (payload.len() + 2) as u16;
        needed.extend([0xFF, marker]);
        needed.extend(length.to_be_bytes());
        needed.extend(payload);
        if marker == marker::SOS {
            let scan = segments.rest();
            let end = scan_length(scan);
            needed.extend(&scan[..end]);
            segments.advance(end);
        }
    }
}

/// How many bytes a scan has up to the next marker that is not its own.
fn scan_length(scan: &[u8]) -> usize {
    let mut from = 0;
    while let Some(code) = next_marker(scan, from) {
        if !matches!(scan[code], marker::RST0..=marker::RST7) {
            return code - 1;
        }
        from = code + 1;
    }
    scan.len()
}

/// Makes sure that the end marker is there: decoders like to fill up what is
/// missing with grey, and nobody would notice the loss.
pub(super) fn require_end(data: &[u8]) -> Result<(), ThumbError> {
    let mut segments = Segments::new(data);
    while segments.next()?.marker != marker::EOI {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stuffed_zeros_and_fill_bytes_are_no_markers() {
        let data = [1, 0xFF, 0x00, 2, 0xFF, 0xFF, 0xFF, 0xD9];
        assert_eq!(next_marker(&data, 0), Some(7));
        assert_eq!(next_marker(&data, 8), None);
        assert_eq!(next_marker(&data, 99), None);
        assert_eq!(next_marker(&[0xFF, 0xFF], 0), None);
    }

    #[test]
    fn segments_end_where_their_length_says() {
        let data = [0xFF, 0xD8, 0xFF, 0xFE, 0, 4, b'h', b'i', 0xFF, 0xD9];
        let mut segments = Segments::new(&data);
        assert_eq!(segments.next().unwrap().marker, marker::SOI);
        let comment = segments.next().unwrap();
        assert_eq!((comment.marker, comment.payload), (0xFE, &b"hi"[..]));
        assert_eq!(segments.next().unwrap().marker, marker::EOI);
        assert_eq!(segments.next().unwrap_err(), truncated());
        assert_eq!(require_end(&data), Ok(()));
        assert_eq!(require_end(&data[..7]), Err(truncated()));
    }
}
