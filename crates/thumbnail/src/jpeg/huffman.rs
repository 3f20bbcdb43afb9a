//! Huffman tables, turned into lookup tables for this decoder's purpose.
//!
//! A coded AC coefficient is a code for a pair (run, size): `run` zeros come
//! first, then a value in `size` bits. To step over coefficients nobody needs,
//! only the lengths matter. So a lookup by the next [`AC_BITS`] bits answers:
//! how many bits do the codes visible here take, values included, and how many
//! coefficients do they account for? Most lookups step over two or three
//! coefficients at once.

use super::bits::{Bits, extend};
use super::error::corrupt;
use crate::error::ThumbError;
use catalog::text;

/// Index width of the table of single symbols.
const ONE_BITS: u32 = 9;
/// Index width of the table of whole DC differences.
const DC_BITS: u32 = 10;
/// Index width of the table that steps over AC coefficients: wider ones see
/// more symbols at once but fall out of the first-level cache.
const AC_BITS: u32 = 12;
/// An AC entry accounts for at most this many bits, so that two entries and a
/// DC lookup fit into one refill of 56 bits.
const AC_MAX_LENGTH: u32 = 22;

/// A bit pattern that stands for nothing; the data are corrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct BadCode;

/// A Huffman code as a DHT segment defines it (T.81, annex C): the codes of
/// one length are consecutive numbers.
struct Code {
    symbols: Vec<u8>,
    /// For each length, 1 to 16: the first code, how many there are, and the
    /// place of the first one's symbol.
    lengths: [(u32, u32, usize); 16],
    /// By the next [`ONE_BITS`] bits: symbol in the upper byte, length in the
    /// lower; 0 for longer codes.
    one: [u16; 1 << ONE_BITS],
}

impl Code {
    fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Code, ThumbError> {
        let mut lengths = [(0, 0, 0); 16];
        let (mut code, mut place) = (0u32, 0);
        for (index, &count) in counts.iter().enumerate() {
            let count = u32::from(count);
            lengths[index] = (code, count, place);
            code += count;
            place += count as usize;
            if code > 1 << (index + 1) {
                return Err(corrupt(text!(
                    "a Huffman table has more codes than fit",
                    "tablica Huffmana ma więcej kodów, niż się mieści"
                )));
            }
            code <<= 1;
        }
        let mut made = Code {
            symbols: symbols.to_vec(),
            lengths,
            one: [0; 1 << ONE_BITS],
        };
        for index in 0..1u32 << ONE_BITS {
            let found = made.find(index << (16 - ONE_BITS));
            if let Some((symbol, length)) = found
                && length <= ONE_BITS
            {
                made.one[index as usize] = u16::from(symbol) << 8 | length as u16;
            }
        }
        Ok(made)
    }

    /// The symbol that 16 bits begin with, and its code's length.
    #[inline(always)]
    fn lookup(&self, bits: u32) -> Option<(u8, u32)> {
        match self.one[(bits >> (16 - ONE_BITS)) as usize] {
            0 => self.find(bits),
            entry => Some(((entry >> 8) as u8, u32::from(entry & 0xFF))),
        }
    }

    /// [`lookup`](Code::lookup) without the table.
    fn find(&self, bits: u32) -> Option<(u8, u32)> {
        for (&(first, count, place), length) in self.lengths.iter().zip(1..) {
            // Codes of this length below `first` were shorter ones' prefixes.
            let nth = (bits >> (16 - length)).checked_sub(first)?;
            if nth < count {
                let symbol = self.symbols.get(place + nth as usize)?;
                return Some((*symbol, length));
            }
        }
        None
    }

    /// Reads one symbol; needs 16 refilled bits.
    #[inline(always)]
    fn read(&self, bits: &mut Bits<'_>) -> Result<u8, BadCode> {
        let (symbol, length) = self.lookup(bits.peek(16) as u32).ok_or(BadCode)?;
        bits.consume(length);
        Ok(symbol)
    }
}

/// A table for DC coefficients: the differences between neighbouring blocks.
pub(super) struct DcTable {
    code: Code,
    /// By the next [`DC_BITS`] bits: the difference in the upper half, the
    /// bits it takes in the lower; 0 when they do not fit.
    fast: Box<[u32; 1 << DC_BITS]>,
}

impl DcTable {
    /// Builds the table from a DHT segment's counts and symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, ThumbError> {
        if symbols.iter().any(|&size| size > 15) {
            return Err(corrupt(text!(
                "a Huffman table holds an impossible size",
                "tablica Huffmana zawiera niemożliwy rozmiar"
            )));
        }
        let code = Code::new(counts, symbols)?;
        let mut fast = Box::new([0; 1 << DC_BITS]);
        for (index, entry) in (0u32..).zip(fast.iter_mut()) {
            let Some((size, length)) = code.lookup(index << (16 - DC_BITS)) else {
                continue;
            };
            let size = u32::from(size);
            let total = length + size;
            if total > DC_BITS {
                continue;
            }
            let raw = (index >> (DC_BITS - total)) & ((1 << size) - 1);
            let difference = if size == 0 {
                0
            } else {
                extend(raw as i32, size)
            };
            *entry = (difference as u32) << 16 | total;
        }
        Ok(DcTable { code, fast })
    }

    /// Reads one difference. Needs a refilled buffer, and leaves one in which
    /// at least `56 - DC_BITS` bits remain.
    #[inline(always)]
    pub(super) fn difference(&self, bits: &mut Bits<'_>) -> Result<i32, BadCode> {
        let entry = self.fast[bits.peek(DC_BITS)];
        if entry != 0 {
            bits.consume(entry & 0xFF);
            return Ok(entry as i32 >> 16);
        }
        let size = self.code.read(bits)?;
        let difference = bits.value(u32::from(size));
        bits.refill();
        Ok(difference)
    }
}

/// A table for AC coefficients.
pub(super) struct AcTable {
    code: Code,
    /// See the module's description. Bits 0 to 4: length; 5 to 10: number of
    /// coefficients; 15: the block ends after them. 0: look closer.
    fast: Box<[u16; 1 << AC_BITS]>,
}

/// Marks an entry of [`AcTable::fast`] that ends the block.
const END_OF_BLOCK: u16 = 1 << 15;

/// One coded AC coefficient, or an event between coefficients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Symbol {
    /// Only zeros follow (EOB).
    End,
    /// Sixteen zeros (ZRL).
    SixteenZeros,
    /// So many zeros, then a value of so many bits.
    Value { run: u32, size: u32 },
}

impl Symbol {
    #[inline(always)]
    fn from_byte(byte: u8) -> Symbol {
        let (run, size) = (u32::from(byte >> 4), u32::from(byte & 15));
        match (run, size) {
            (15, 0) => Symbol::SixteenZeros,
            (_, 0) => Symbol::End,
            _ => Symbol::Value { run, size },
        }
    }
}

impl AcTable {
    /// Builds the table from a DHT segment's counts and symbols.
    pub(super) fn new(counts: &[u8; 16], symbols: &[u8]) -> Result<Self, ThumbError> {
        let code = Code::new(counts, symbols)?;
        let mut fast = Box::new([0; 1 << AC_BITS]);
        for (index, entry) in (0u32..).zip(fast.iter_mut()) {
            *entry = combine(&code, index);
        }
        Ok(AcTable { code, fast })
    }

    /// Steps over the coefficients from number `k` to the block's end. Needs
    /// at least 44 refilled bits.
    #[inline(always)]
    pub(super) fn skip(&self, bits: &mut Bits<'_>, mut k: u32) -> Result<(), BadCode> {
        loop {
            // Two lookups for each refill.
            for _ in 0..2 {
                let entry = self.fast[bits.peek(AC_BITS)];
                let after = k + u32::from(entry >> 5 & 63);
                // An entry that reaches the last coefficient may have looked
                // into the next block: there the codes mean something else.
                if entry == 0 || after > 63 {
                    k = self.skip_one(bits, k)?;
                    if k > 63 {
                        return Ok(());
                    }
                    break;
                }
                bits.consume(u32::from(entry & 31));
                if entry & END_OF_BLOCK != 0 {
                    return Ok(());
                }
                k = after;
            }
            bits.refill();
        }
    }

    /// Steps over one symbol; gives the next coefficient's number, 64 at the
    /// block's end.
    #[inline(never)]
    fn skip_one(&self, bits: &mut Bits<'_>, k: u32) -> Result<u32, BadCode> {
        bits.refill();
        let after = match Symbol::from_byte(self.code.read(bits)?) {
            Symbol::End => 64,
            Symbol::SixteenZeros => k + 16,
            Symbol::Value { run, size } => {
                bits.consume(size);
                k + run + 1
            }
        };
        if after > 64 { Err(BadCode) } else { Ok(after) }
    }

    /// Reads the coefficients 1 to `last` (in zigzag order) and steps over the
    /// rest of the block; `found` is given the number and the value of each
    /// that is not zero.
    #[inline(always)]
    pub(super) fn read(
        &self,
        bits: &mut Bits<'_>,
        last: u32,
        mut found: impl FnMut(usize, i32),
    ) -> Result<(), BadCode> {
        let mut k = 1;
        while k <= last {
            bits.refill();
            match Symbol::from_byte(self.code.read(bits)?) {
                Symbol::End => return Ok(()),
                Symbol::SixteenZeros => k += 16,
                Symbol::Value { run, size } => {
                    k += run;
                    let value = bits.value(size);
                    if k > 63 {
                        return Err(BadCode);
                    }
                    if k <= last {
                        found(k as usize, value);
                    }
                    k += 1;
                }
            }
        }
        if k > 63 {
            return if k == 64 { Ok(()) } else { Err(BadCode) };
        }
        bits.refill();
        self.skip(bits, k)
    }
}

/// The entry of [`AcTable::fast`] for these [`AC_BITS`] bits: as many symbols
/// as have their codes wholly among them.
fn combine(code: &Code, index: u32) -> u16 {
    let (mut length, mut coefficients, mut end) = (0, 0, 0);
    while length < AC_BITS {
        // Left-aligned to 16 bits; what has been shifted in is unknown.
        let rest = (index << (16 - AC_BITS + length)) & 0xFFFF;
        let Some((byte, code_length)) = code.lookup(rest) else {
            break;
        };
        if length + code_length > AC_BITS {
            break;
        }
        let (extra, count) = match Symbol::from_byte(byte) {
            Symbol::End => (0, 0),
            Symbol::SixteenZeros => (0, 16),
            Symbol::Value { run, size } => (size, run + 1),
        };
        if length + code_length + extra > AC_MAX_LENGTH || coefficients + count > 63 {
            break;
        }
        length += code_length + extra;
        coefficients += count;
        if Symbol::from_byte(byte) == Symbol::End {
            end = END_OF_BLOCK;
            break;
        }
    }
    end | (coefficients << 5 | length) as u16
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Counts and symbols of a valid code with every symbol given a length.
    fn any_code() -> impl Strategy<Value = ([u8; 16], Vec<u8>)> {
        prop::collection::vec((any::<u8>(), 3usize..=16), 1..40).prop_map(|wanted| {
            let mut counts = [0u8; 16];
            let mut space = 1u32 << 16;
            let mut symbols: Vec<(usize, u8)> = Vec::new();
            for (symbol, length) in wanted {
                let share = 1 << (16 - length);
                // One code, of ones only, stays unused, as the standard wants.
                if space > share && symbols.iter().all(|&(_, s)| s != symbol) {
                    space -= share;
                    counts[length - 1] += 1;
                    symbols.push((length, symbol));
                }
            }
            symbols.sort_by_key(|&(length, _)| length);
            (counts, symbols.into_iter().map(|(_, s)| s).collect())
        })
    }

    /// Steps over a block one symbol at a time.
    fn skip_plainly(code: &Code, bits: &mut Bits<'_>) -> Result<(), BadCode> {
        let mut k = 1;
        while k < 64 {
            bits.refill();
            match Symbol::from_byte(code.read(bits)?) {
                Symbol::End => return Ok(()),
                Symbol::SixteenZeros => k += 16,
                Symbol::Value { run, size } => {
                    bits.consume(size);
                    k += run + 1;
                }
            }
        }
        if k == 64 { Ok(()) } else { Err(BadCode) }
    }

    proptest! {
        #[test]
        fn leaps_and_single_steps_end_at_the_same_bit(
            (counts, symbols) in any_code(),
            data in prop::collection::vec(0u8..0xFF, 64..400),
        ) {
            let table = AcTable::new(&counts, &symbols).unwrap();
            let (mut leaping, mut stepping) = (Bits::new(&data), Bits::new(&data));
            while !stepping.overrun() {
                leaping.refill();
                let leapt = table.skip(&mut leaping, 1);
                let stepped = skip_plainly(&table.code, &mut stepping);
                prop_assert_eq!(leapt, stepped);
                if stepped.is_err() {
                    break;
                }
                leaping.refill();
                stepping.refill();
                prop_assert_eq!(leaping.peek(32), stepping.peek(32));
                prop_assert_eq!(leaping.overrun(), stepping.overrun());
            }
        }
    }

    #[test]
    fn differences_are_read_from_both_tables() {
        // One code of each length from 1 to 3: sizes 0, 2 and 12.
        let mut counts = [0; 16];
        counts[..3].copy_from_slice(&[1, 1, 1]);
        let table = DcTable::new(&counts, &[0, 2, 12]).unwrap();
        // 0 | 10 11 (+3) | 10 00 (-3) | 110 100000000000 (+2048) | 110 0... (-4095)
        let data = [
            0b0101_1100,
            0b0110_1000,
            0b0000_0000,
            0b1100_0000,
            0,
            0,
            0,
            0,
        ];
        let mut bits = Bits::new(&data);
        for expected in [0, 3, -3, 2048, -4095] {
            bits.refill();
            assert_eq!(table.difference(&mut bits), Ok(expected));
        }
    }

    #[test]
    fn impossible_tables_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(DcTable::new(&counts, &[0, 1, 2]).is_err());
        counts[0] = 1;
        assert!(DcTable::new(&counts, &[16]).is_err());
        assert!(AcTable::new(&counts, &[0xF0]).is_ok());
    }
}
