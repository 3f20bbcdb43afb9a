//! Redis's listpack: a sequence of strings and integers in one block of bytes.
//!
//! The built-in server keeps small values otherwise, but listpacks are what
//! DUMP writes and RESTORE reads, and their size decides when a stream
//! begins a new node.
//!
//! A block is a header (total bytes as u32, number of elements as u16, little
//! endian), the elements, and a final 0xff. An element is its encoding with
//! its data, and behind it its length, so that it can be found from its end.

use crate::wire::number;
use std::borrow::Cow;

/// The bytes of an empty listpack: header and end.
pub const EMPTY_SIZE: usize = 7;
const HEADER: usize = 6;
const END: u8 = 0xff;
/// The largest number of elements the header can say.
const UNKNOWN_LEN: u16 = u16::MAX;

/// The bytes a string takes as an element; one that spells an integer is
/// kept as that integer.
pub fn element_size(text: &[u8]) -> usize {
    with_backlen(match number::parse_i64(text) {
        Some(n) => int_size(n),
        None => string_header(text.len()) + text.len(),
    })
}

/// The bytes an integer takes as an element.
pub fn int_element_size(n: i64) -> usize {
    with_backlen(int_size(n))
}

fn with_backlen(len: usize) -> usize {
    len + backlen_size(len)
}

fn int_size(n: i64) -> usize {
    match n {
        0..=127 => 1,
        -4096..=4095 => 2,
        -32_768..=32_767 => 3,
        -8_388_608..=8_388_607 => 4,
        -2_147_483_648..=2_147_483_647 => 5,
        _ => 9,
    }
}

fn string_header(len: usize) -> usize {
    match len {
        0..64 => 1,
        64..4096 => 2,
        _ => 5,
    }
}

fn backlen_size(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    }
}

/// Builds a listpack.
#[derive(Debug)]
pub struct Writer {
    bytes: Vec<u8>,
    len: usize,
}

impl Default for Writer {
    fn default() -> Self {
        Writer {
            bytes: vec![0; HEADER],
            len: 0,
        }
    }
}

impl Writer {
    /// Appends a string, as an integer if it spells one.
    pub fn push(&mut self, text: &[u8]) {
        if let Some(n) = number::parse_i64(text) {
            return self.push_int(n);
        }
        let start = self.bytes.len();
        let len = text.len();
        match len {
            0..64 => self.bytes.push(0x80 | len as u8),
            64..4096 => self
                .bytes
                .extend_from_slice(&[0xe0 | (len >> 8) as u8, len as u8]),
            _ => {
                self.bytes.push(0xf0);
                self.bytes.extend_from_slice(&(len as u32).to_le_bytes());
            }
        }
        self.bytes.extend_from_slice(text);
        self.finish_element(start);
    }

    /// Appends an integer.
    pub fn push_int(&mut self, n: i64) {
        let start = self.bytes.len();
        let le = n.to_le_bytes();
        match int_size(n) {
            1 => self.bytes.push(n as u8),
            2 => {
                let n = n as u16 & 0x1fff;
                self.bytes
                    .extend_from_slice(&[0xc0 | (n >> 8) as u8, n as u8]);
            }
            size => {
                self.bytes.push(match size {
                    3 => 0xf1,
                    4 => 0xf2,
                    5 => 0xf3,
                    _ => 0xf4,
                });
                self.bytes.extend_from_slice(&le[..size - 1]);
            }
        }
        self.finish_element(start);
    }

    /// Writes the element's length behind it: base 128, most significant
    /// digit first, all but the first byte with the high bit set.
    fn finish_element(&mut self, start: usize) {
        let len = self.bytes.len() - start;
        let size = backlen_size(len);
        for i in (0..size).rev() {
            let digit = (len >> (7 * i)) as u8 & 127;
            let first = i == size - 1;
            self.bytes.push(if first { digit } else { digit | 128 });
        }
        self.len += 1;
    }

    /// The bytes if the listpack ended here.
    pub fn size(&self) -> usize {
        self.bytes.len() + 1
    }

    /// The number of elements.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing was appended.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The finished block.
    pub fn finish(mut self) -> Vec<u8> {
        self.bytes.push(END);
        let total = self.bytes.len() as u32;
        self.bytes[..4].copy_from_slice(&total.to_le_bytes());
        let len = u16::try_from(self.len).unwrap_or(UNKNOWN_LEN);
        self.bytes[4..HEADER].copy_from_slice(&len.to_le_bytes());
        self.bytes
    }
}

/// An element of a listpack.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element<'a> {
    /// An integer.
    Int(i64),
    /// Any other string.
    Bytes(&'a [u8]),
}

impl<'a> Element<'a> {
    /// The element as a string.
    pub fn bytes(&self) -> Cow<'a, [u8]> {
        match self {
            Element::Int(n) => Cow::Owned(n.to_string().into_bytes()),
            Element::Bytes(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The element as an integer.
    pub fn int(&self) -> Option<i64> {
        match self {
            Element::Int(n) => Some(*n),
            Element::Bytes(_) => None,
        }
    }
}

/// The elements of a listpack somebody else wrote; `None` when it is not
/// well-formed to the last byte.
pub fn read(block: &[u8]) -> Option<Vec<Element<'_>>> {
    let total = u32::from_le_bytes(block.get(..4)?.try_into().ok()?);
    let len = u16::from_le_bytes(block.get(4..HEADER)?.try_into().ok()?);
    if total as usize != block.len() || block.len() < EMPTY_SIZE {
        return None;
    }
    let mut rest = &block[HEADER..];
    let mut elements = Vec::new();
    while rest != [END] {
        let (element, size) = read_element(rest)?;
        let backlen = backlen_size(size);
        if !backlen_matches(rest.get(size..size + backlen)?, size) {
            return None;
        }
        rest = &rest[size + backlen..];
        elements.push(element);
    }
    (len == UNKNOWN_LEN || usize::from(len) == elements.len()).then_some(elements)
}

fn backlen_matches(bytes: &[u8], len: usize) -> bool {
    bytes
        .iter()
        .fold(0, |n, byte| n << 7 | usize::from(byte & 127))
        == len
}

fn read_element(bytes: &[u8]) -> Option<(Element<'_>, usize)> {
    let first = *bytes.first()?;
    let string = |header: usize, len: usize| {
        let text = bytes.get(header..header.checked_add(len)?)?;
        Some((Element::Bytes(text), header + len))
    };
    let int = |size: usize| {
        let bytes = bytes.get(1..=size)?;
        // Sign-extend from the most significant byte.
        let fill = if bytes[size - 1] & 0x80 != 0 { 0xff } else { 0 };
        let mut le = [fill; 8];
        le[..size].copy_from_slice(bytes);
        Some((Element::Int(i64::from_le_bytes(le)), size + 1))
    };
    match first {
        0..=0x7f => Some((Element::Int(i64::from(first)), 1)),
        0x80..=0xbf => string(1, usize::from(first & 0x3f)),
        0xc0..=0xdf => {
            let n = u16::from(first & 0x1f) << 8 | u16::from(*bytes.get(1)?);
            // Thirteen bits with a sign.
            let n = ((n << 3) as i16) >> 3;
            Some((Element::Int(i64::from(n)), 2))
        }
        0xe0..=0xef => string(
            2,
            usize::from(first & 0x0f) << 8 | usize::from(*bytes.get(1)?),
        ),
        0xf0 => {
            let len = u32::from_le_bytes(bytes.get(1..5)?.try_into().ok()?);
            string(5, len as usize)
        }
        0xf1 => int(2),
        0xf2 => int(3),
        0xf3 => int(4),
        0xf4 => int(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_and_has_the_size_foretold() {
        let mut texts: Vec<Vec<u8>> = [
            0_i64,
            1,
            127,
            128,
            -1,
            4095,
            4096,
            -4096,
            -4097,
            32_767,
            32_768,
            -32_769,
            8_388_607,
            8_388_608,
            -8_388_609,
            2_147_483_647,
            2_147_483_648,
            i64::MAX,
            i64::MIN,
        ]
        .iter()
        .map(|n| n.to_string().into_bytes())
        .collect();
        for len in [
            0, 1, 63, 64, 126, 127, 128, 4095, 4096, 16_380, 16_390, 70_000,
        ] {
            texts.push(vec![b'x'; len]);
        }
        texts.push(b"007".to_vec());
        let mut writer = Writer::default();
        let mut size = EMPTY_SIZE;
        for text in &texts {
            writer.push(text);
            size += element_size(text);
            assert_eq!(writer.size(), size);
        }
        let block = writer.finish();
        assert_eq!(block.len(), size);
        let read: Vec<Vec<u8>> = read(&block)
            .unwrap()
            .iter()
            .map(|e| e.bytes().into_owned())
            .collect();
        assert_eq!(read, texts);
    }

    #[test]
    fn a_damaged_block_is_refused() {
        let mut writer = Writer::default();
        writer.push(b"hello");
        writer.push_int(1000);
        let block = writer.finish();
        for at in 0..block.len() {
            assert_eq!(read(&block[..at]), None);
            let mut damaged = block.clone();
            damaged[at] ^= 0x40;
            // Only the text itself may change without being noticed.
            let in_text = (7..12).contains(&at) || at == 14;
            assert_eq!(read(&damaged).is_some(), in_text, "byte {at}");
        }
    }
}
