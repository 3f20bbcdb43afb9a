//! Ziplists: what Redis before 7.0 keeps small collections in. Its snapshots
//! hold them; nothing here writes one.
//!
//! A block is a header (total bytes and place of the last entry as u32, number
//! of entries as u16, little endian), the entries, and a final 0xff. An entry
//! is the length of the one before it, its encoding, and its data.

use super::intset::sign_extended;
use super::listpack::Element;

const HEADER: usize = 10;
const END: u8 = 0xff;
/// The largest number of entries the header can say.
const UNKNOWN_LEN: u16 = u16::MAX;

/// The entries of a ziplist; `None` when it is not well-formed to the last
/// byte.
pub fn read(block: &[u8]) -> Option<Vec<Element<'_>>> {
    let total = u32::from_le_bytes(block.get(..4)?.try_into().ok()?);
    let tail = u32::from_le_bytes(block.get(4..8)?.try_into().ok()?);
    let len = u16::from_le_bytes(block.get(8..HEADER)?.try_into().ok()?);
    if total as usize != block.len() {
        return None;
    }
    let mut rest = &block[HEADER..];
    let mut elements = Vec::new();
    let mut previous = 0;
    while rest != [END] {
        let (before, prefix) = match rest.first()? {
            254 => (
                u32::from_le_bytes(rest.get(1..5)?.try_into().ok()?) as usize,
                5,
            ),
            n => (usize::from(*n), 1),
        };
        if before != previous {
            return None;
        }
        let (element, size) = entry(rest.get(prefix..)?)?;
        previous = prefix + size;
        if rest.get(previous..)? == [END] && tail as usize != block.len() - rest.len() {
            return None;
        }
        rest = &rest[previous..];
        elements.push(element);
    }
    (len == UNKNOWN_LEN || usize::from(len) == elements.len()).then_some(elements)
}

/// The fields and values of a zipmap, in turn: what Redis before 2.6 kept small
/// hashes in. It is the number of fields, and for each of them its length, its
/// text, the length of the value, how many unused bytes follow that, and the
/// value with them; and a final 0xff.
pub fn read_zipmap(block: &[u8]) -> Option<Vec<Element<'_>>> {
    fn len(bytes: &[u8]) -> Option<(usize, &[u8])> {
        match bytes.split_first()? {
            (254, rest) => {
                let (len, rest) = rest.split_at_checked(4)?;
                Some((u32::from_le_bytes(len.try_into().ok()?) as usize, rest))
            }
            (255, _) => None,
            (n, rest) => Some((usize::from(*n), rest)),
        }
    }
    let mut rest = block.get(1..)?;
    let mut elements = Vec::new();
    while rest != [END] {
        let (field_len, after) = len(rest)?;
        let (field, after) = after.split_at_checked(field_len)?;
        let (value_len, after) = len(after)?;
        let (unused, after) = after.split_first()?;
        let (value, after) = after.split_at_checked(value_len)?;
        rest = after.get(usize::from(*unused)..)?;
        elements.extend([Element::Bytes(field), Element::Bytes(value)]);
    }
    Some(elements)
}

/// An entry without the length before it, and the bytes it takes.
fn entry(bytes: &[u8]) -> Option<(Element<'_>, usize)> {
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
        0..=0x3f => string(1, usize::from(first)),
        0x40..=0x7f => string(
            2,
            usize::from(first & 0x3f) << 8 | usize::from(*bytes.get(1)?),
        ),
        0x80 => {
            let len = u32::from_be_bytes(bytes.get(1..5)?.try_into().ok()?);
            string(5, len as usize)
        }
        0xc0 => int(2),
        0xd0 => int(4),
        0xe0 => int(8),
        0xf0 => int(3),
        0xfe => int(1),
        0xf1..=0xfd => Some((Element::Int(i64::from(first & 0x0f) - 1), 1)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A ziplist of these encoded entries.
    fn block(entries: &[&[u8]]) -> Vec<u8> {
        let mut body = Vec::new();
        let mut previous = 0;
        for entry in entries {
            match u8::try_from(previous) {
                Ok(n @ ..254) => body.push(n),
                _ => {
                    body.push(254);
                    body.extend_from_slice(&(previous as u32).to_le_bytes());
                }
            }
            body.extend_from_slice(entry);
            previous = entry.len() + if previous < 254 { 1 } else { 5 };
        }
        let mut block = ((HEADER + body.len() + 1) as u32).to_le_bytes().to_vec();
        let tail = HEADER + body.len() - previous;
        block.extend_from_slice(&(tail as u32).to_le_bytes());
        block.extend_from_slice(&(entries.len() as u16).to_le_bytes());
        block.extend_from_slice(&body);
        block.push(END);
        block
    }

    #[test]
    fn every_encoding_is_read() {
        let long = [&[0x41, 0x2c][..], &[b'x'; 300]].concat();
        let longer = [&[0x80, 0, 0, 0x50, 0][..], &[b'y'; 0x5000]].concat();
        let block = block(&[
            b"\x02ab",
            &long,
            &longer,
            b"\xc0\xff\xff",
            b"\xd0\x00\x00\x00\x80",
            b"\xe0\x00\x00\x00\x00\x00\x00\x00\x80",
            b"\xf0\xff\xff\x7f",
            b"\xfe\x80",
            b"\xf1",
            b"\xfd",
        ]);
        let text = |element: &Element<'_>| element.text().to_vec();
        let read: Vec<Vec<u8>> = read(&block)
            .expect("well-formed")
            .iter()
            .map(text)
            .collect();
        let ints = [-1, -(1 << 31), i64::MIN, 0x7f_ffff, -128, 0, 12];
        let mut expected = vec![b"ab".to_vec(), vec![b'x'; 300], vec![b'y'; 0x5000]];
        expected.extend(ints.map(|n| n.to_string().into_bytes()));
        assert_eq!(read, expected);
    }

    #[test]
    fn a_zipmap_is_read() {
        let block = b"\x02\x01a\x02\x0112.\x03one\x00\x00\xff";
        let read: Vec<_> = read_zipmap(block)
            .expect("well-formed")
            .iter()
            .map(|element| element.text().to_vec())
            .collect();
        assert_eq!(read, [&b"a"[..], b"12", b"one", b""]);
        for at in 0..block.len() {
            assert_eq!(read_zipmap(&block[..at]), None);
        }
    }

    #[test]
    fn a_damaged_block_is_refused() {
        let block = block(&[b"\x02ab", b"\xc0\xe8\x03"]);
        assert!(read(&block).is_some());
        for at in 0..block.len() {
            assert_eq!(read(&block[..at]), None);
        }
        // The place of the last entry, the number of entries, the length before one.
        for at in [4, 8, HEADER] {
            let mut wrong = block.clone();
            wrong[at] += 1;
            assert_eq!(read(&wrong), None);
        }
    }
}
