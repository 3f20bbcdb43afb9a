//! Changing a block of bytes that is never larger than what it holds.
//!
//! Small collections are one such block each (a [`super::listpack`] or an
//! [`super::intset`]). There are many of them and they change seldom, so that
//! room to grow would cost more than making it when it is needed.

use std::ops::Range;

/// Replaces a part of the block.
pub fn splice(block: &mut Box<[u8]>, range: Range<usize>, with: &[u8]) {
    let mut bytes = std::mem::take(block).into_vec();
    let (len, end) = (bytes.len(), range.start + with.len());
    match with.len().checked_sub(range.len()) {
        Some(more) => {
            bytes.reserve_exact(more);
            bytes.resize(len + more, 0);
            bytes.copy_within(range.end..len, end);
        }
        None => {
            bytes.copy_within(range.end..len, end);
            bytes.truncate(len + with.len() - range.len());
        }
    }
    bytes[range.start..end].copy_from_slice(with);
    *block = bytes.into_boxed_slice();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_replaced_by_shorter_and_longer_ones() {
        for (range, with, expected) in [
            (0..0, &b"xy"[..], &b"xyabcdef"[..]),
            (2..4, b"", b"abef"),
            (2..4, b"X", b"abXef"),
            (2..4, b"XYZ", b"abXYZef"),
            (6..6, b"g", b"abcdefg"),
            (0..6, b"", b""),
        ] {
            let mut block: Box<[u8]> = (*b"abcdef").into();
            splice(&mut block, range, with);
            assert_eq!(&*block, expected);
        }
    }
}
