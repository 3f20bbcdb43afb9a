//! Reading a scan's bits. Three facts shape it: a 0xFF byte of data is
//! followed by a stuffed zero; a 0xFF followed by anything else is a marker
//! and ends the segment; and this is the innermost loop of all.

use super::segments::{marker, next_marker};

/// A bit buffer over a scan's bytes, most significant bit first.
///
/// After [`refill`](Bits::refill) at least 56 bits can be looked at and
/// consumed. Past the end of the segment zeros are supplied, and
/// [`overrun`](Bits::overrun) tells whether any of them was consumed: looking
/// for the end once in a while is cheaper than at every bit.
#[derive(Debug)]
pub(super) struct Bits<'a> {
    data: &'a [u8],
    /// The next byte to be moved into the buffer.
    position: usize,
    /// The buffer; its top `count` bits are valid. The bits below them are
    /// either zero or the beginning of the data at `position`.
    buffer: u64,
    count: u32,
    /// How many of the valid bits are zeros supplied past the end.
    supplied: u32,
    /// A marker or the end of the data was met.
    ended: bool,
}

impl<'a> Bits<'a> {
    /// Starts at the first byte.
    pub(super) fn new(data: &'a [u8]) -> Self {
        Bits {
            data,
            position: 0,
            buffer: 0,
            count: 0,
            supplied: 0,
            ended: false,
        }
    }

    /// Fills the buffer up to at least 56 bits.
    #[inline(always)]
    pub(super) fn refill(&mut self) {
        let rest = self.data.get(self.position..).unwrap_or_default();
        if let Some(chunk) = rest.first_chunk::<8>() {
            let word = u64::from_be_bytes(*chunk);
            if !contains_ff(word) {
                // As many whole bytes as there is room for. The shift also
                // brings in a part of the next byte; the next refill will OR
                // the same bits into the same place, which changes nothing.
                self.buffer |= word >> self.count;
                self.position += ((63 - self.count) >> 3) as usize;
                self.count |= 56;
                return;
            }
        }
        self.refill_bytewise();
    }

    /// [`refill`](Bits::refill) near a 0xFF byte or the end.
    #[cold]
    #[inline(never)]
    fn refill_bytewise(&mut self) {
        self.buffer &= !(u64::MAX >> self.count);
        while self.count <= 55 {
            let byte = self.next_byte();
            if byte.is_none() {
                self.supplied += 8;
            }
            self.buffer |= u64::from(byte.unwrap_or(0)) << (56 - self.count);
            self.count += 8;
        }
    }

    /// The next byte of the segment with stuffing removed.
    fn next_byte(&mut self) -> Option<u8> {
        if self.ended {
            return None;
        }
        let byte = self.data.get(self.position).copied();
        match byte {
            Some(0xFF) => {
                // Fill bytes may come before a stuffed zero as well.
                let mut after = self.position + 1;
                while self.data.get(after) == Some(&0xFF) {
                    after += 1;
                }
                if self.data.get(after) == Some(&0) {
                    self.position = after + 1;
                    return byte;
                }
                self.ended = true;
                None
            }
            Some(_) => {
                self.position += 1;
                byte
            }
            None => {
                self.ended = true;
                None
            }
        }
    }

    /// The next `n` bits (1 to 32) without consuming them.
    #[inline(always)]
    pub(super) fn peek(&self, n: u32) -> usize {
        (self.buffer >> (64 - n)) as usize
    }

    /// Drops the next `n` bits, which must have been refilled.
    #[inline(always)]
    pub(super) fn consume(&mut self, n: u32) {
        debug_assert!(n <= self.count);
        self.buffer <<= n;
        self.count = self.count.wrapping_sub(n);
    }

    /// Reads a coefficient's value in `size` (0 to 15) bits: numbers whose
    /// first bit is 0 are the negative ones (T.81, F.2.2.1).
    #[inline(always)]
    pub(super) fn value(&mut self, size: u32) -> i32 {
        if size == 0 {
            return 0;
        }
        let raw = self.peek(size) as i32;
        self.consume(size);
        extend(raw, size)
    }

    /// Whether more bits were consumed than the segment has.
    #[inline(always)]
    pub(super) fn overrun(&self) -> bool {
        self.supplied > self.count
    }

    /// Goes on after the restart marker with this number (0 to 7); false when
    /// another marker comes next. Stray bytes before it are stepped over.
    pub(super) fn restart(&mut self, number: u8) -> bool {
        let code = next_marker(self.data, self.position);
        let Some(code) = code.filter(|&code| self.data[code] == marker::RST0 + number) else {
            return false;
        };
        *self = Bits {
            position: code + 1,
            ..Bits::new(self.data)
        };
        true
    }

    /// Whether the data end without a marker.
    pub(super) fn cut_off(&self) -> bool {
        next_marker(self.data, self.position).is_none()
    }

    /// How many bytes were moved into the buffer; the next marker comes after.
    pub(super) fn position(&self) -> usize {
        self.position
    }
}

/// The signed value of `raw`, which was read in `size` bits (1 to 15).
#[inline(always)]
pub(super) fn extend(raw: i32, size: u32) -> i32 {
    if raw < 1 << (size - 1) {
        raw - (1 << size) + 1
    } else {
        raw
    }
}

/// Whether any byte of the word is 0xFF: then its complement has a zero byte,
/// and only there does subtracting one from each byte borrow into a top bit
/// that was clear.
#[inline(always)]
fn contains_ff(word: u64) -> bool {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const TOPS: u64 = 0x8080_8080_8080_8080;
    (!word).wrapping_sub(ONES) & word & TOPS != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The bits, read one at a time in the plainest way.
    fn plain_bits(data: &[u8]) -> Vec<bool> {
        let mut bits = Vec::new();
        let mut rest = data;
        while let [byte, tail @ ..] = rest {
            rest = tail;
            if *byte == 0xFF {
                let after = rest.iter().position(|&b| b != 0xFF);
                match after.map(|i| (rest[i], &rest[i + 1..])) {
                    Some((0, tail)) => rest = tail,
                    _ => break,
                }
            }
            bits.extend((0..8).rev().map(|i| byte >> i & 1 == 1));
        }
        bits
    }

    proptest! {
        #[test]
        fn bits_come_in_order_whatever_the_steps(
            data in prop::collection::vec(prop_oneof![3 => any::<u8>(), 1 => Just(0xFF), 1 => Just(0)], 0..80),
            steps in prop::collection::vec(1u32..=28, 1..60),
        ) {
            let expected = plain_bits(&data);
            let mut bits = Bits::new(&data);
            let mut at = 0;
            for n in steps {
                bits.refill();
                let got = bits.peek(n);
                let want = (at..at + n as usize)
                    .fold(0, |acc, i| acc << 1 | usize::from(expected.get(i).copied().unwrap_or(false)));
                prop_assert_eq!(got, want);
                bits.consume(n);
                at += n as usize;
                prop_assert_eq!(bits.overrun(), at > expected.len());
            }
        }

        #[test]
        fn ff_bytes_are_found(word in any::<u64>(), at in 0..8u32) {
            let plain = |w: u64| w.to_be_bytes().contains(&0xFF);
            prop_assert_eq!(contains_ff(word), plain(word));
            prop_assert!(contains_ff(word | 0xFF << (8 * at)));
        }
    }

    #[test]
    fn restarts_are_taken_in_order() {
        let data = [0xAA, 0x55, 0xFF, 0xD3, 0x80, 0xFF, 0xD9];
        let mut bits = Bits::new(&data);
        bits.refill();
        bits.consume(4);
        assert!(bits.restart(3));
        bits.refill();
        assert_eq!(bits.peek(8), 0x80);
        assert!(!bits.restart(4));
        assert!(!bits.cut_off());
    }
}
