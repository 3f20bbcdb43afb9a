//! One element of a listpack: its encoding with its data, and behind it its
//! length, so that it can be found from its end.

use crate::store::intset::sign_extended;
use crate::store::text::Text;
use crate::wire::number;

/// An element of a listpack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Element<'a> {
    /// An integer.
    Int(i64),
    /// Any other string.
    Bytes(&'a [u8]),
}

impl<'a> Element<'a> {
    /// How a string is kept: as an integer if it spells one. Two strings are
    /// equal when their elements are.
    #[inline]
    pub fn of(text: &'a [u8]) -> Self {
        match number::parse_i64(text) {
            Some(n) => Element::Int(n),
            None => Element::Bytes(text),
        }
    }

    /// The element as a string.
    #[inline]
    pub fn text(&self) -> Text<'a> {
        match self {
            Element::Int(n) => Text::int(*n),
            Element::Bytes(bytes) => Text::bytes(bytes),
        }
    }

    /// The element as an integer.
    pub fn int(&self) -> Option<i64> {
        match self {
            Element::Int(n) => Some(*n),
            Element::Bytes(_) => None,
        }
    }

    /// The bytes it takes.
    pub fn size(&self) -> usize {
        let len = match self {
            Element::Int(n) => int_size(*n),
            Element::Bytes(bytes) => string_header(bytes.len()) + bytes.len(),
        };
        len + backlen_size(len)
    }

    /// Appends it.
    pub fn write(&self, out: &mut Vec<u8>) {
        let start = out.len();
        match *self {
            Element::Int(n) => write_int(n, out),
            Element::Bytes(bytes) => {
                let len = bytes.len();
                match len {
                    0..64 => out.push(0x80 | len as u8),
                    64..4096 => out.extend_from_slice(&[0xe0 | (len >> 8) as u8, len as u8]),
                    _ => {
                        out.push(0xf0);
                        out.extend_from_slice(&(len as u32).to_le_bytes());
                    }
                }
                out.extend_from_slice(bytes);
            }
        }
        write_backlen(out.len() - start, out);
    }

    /// The element that a block begins with, and how many bytes it takes;
    /// `None` where there is none that is whole.
    #[inline]
    pub fn read(bytes: &'a [u8]) -> Option<(Element<'a>, usize)> {
        let (element, len) = read_data(bytes)?;
        let size = len + backlen_size(len);
        (size <= bytes.len()).then_some((element, size))
    }
}

/// How many bytes the element that a block ends with takes.
pub fn last_size(bytes: &[u8]) -> Option<usize> {
    let (mut len, mut shift, mut size) = (0, 0, 0);
    for byte in bytes.iter().rev().take(5) {
        len |= usize::from(byte & 127) << shift;
        shift += 7;
        size += 1;
        if byte & 128 == 0 {
            return (len + size <= bytes.len()).then_some(len + size);
        }
    }
    None
}

/// Whether the length behind an element is right: `bytes` is the element.
pub fn backlen_matches(bytes: &[u8]) -> bool {
    let Some((_, len)) = read_data(bytes) else {
        return false;
    };
    let told = bytes[len..]
        .iter()
        .fold(0, |n, byte| n << 7 | usize::from(byte & 127));
    told == len
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

#[inline]
fn backlen_size(len: usize) -> usize {
    match len {
        0..=127 => 1,
        128..16_383 => 2,
        16_383..2_097_151 => 3,
        2_097_151..268_435_455 => 4,
        _ => 5,
    }
}

fn write_int(n: i64, out: &mut Vec<u8>) {
    let le = n.to_le_bytes();
    match int_size(n) {
        1 => out.push(n as u8),
        2 => {
            let n = n as u16 & 0x1fff;
            out.extend_from_slice(&[0xc0 | (n >> 8) as u8, n as u8]);
        }
        size => {
            out.push(match size {
                3 => 0xf1,
                4 => 0xf2,
                5 => 0xf3,
                _ => 0xf4,
            });
            out.extend_from_slice(&le[..size - 1]);
        }
    }
}

/// Base 128, most significant digit first, all but the first byte with the
/// high bit set.
fn write_backlen(len: usize, out: &mut Vec<u8>) {
    let size = backlen_size(len);
    for i in (0..size).rev() {
        let digit = (len >> (7 * i)) as u8 & 127;
        let first = i == size - 1;
        out.push(if first { digit } else { digit | 128 });
    }
}

/// An element and its length without what stands behind it.
#[inline]
fn read_data(bytes: &[u8]) -> Option<(Element<'_>, usize)> {
    let first = *bytes.first()?;
    let string = |header: usize, len: usize| {
        let text = bytes.get(header..header.checked_add(len)?)?;
        Some((Element::Bytes(text), header + len))
    };
    let int = |size: usize| {
        let bytes = bytes.get(1..=size)?;
        Some((Element::Int(sign_extended(bytes)), size + 1))
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
