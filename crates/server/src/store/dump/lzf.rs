//! LZF, the compression of strings in snapshots.
//!
//! Compressed data is a sequence of literal runs (`000nnnnn`, then n + 1
//! bytes) and references to earlier output (`nnnooooo [nnnnnnnn] oooooooo`:
//! copy n + 2 bytes from o + 1 bytes back). Which references are found depends
//! on the hash table; this one chooses as the LibLZF in Redis does (its "very
//! fast" setting), so that dumps are equal byte for byte.

use std::cell::RefCell;

/// The logarithm of the hash table's size.
const HASH_BITS: u32 = 16;
const MAX_LITERALS: usize = 1 << 5;
const MAX_OFFSET: usize = 1 << 13;
const MAX_MATCH: usize = (1 << 8) + (1 << 3);

/// The place of three bytes in the hash table.
fn slot(input: &[u8], at: usize) -> usize {
    let h = u32::from(input[at]) << 16 | u32::from(input[at + 1]) << 8 | u32::from(input[at + 2]);
    (h >> (24 - HASH_BITS)).wrapping_sub(h.wrapping_mul(5)) as usize & ((1 << HASH_BITS) - 1)
}

/// The output with the literal run that is being written.
struct Output {
    bytes: Vec<u8>,
    /// Where the current run's length will be.
    run_at: usize,
    limit: usize,
}

impl Output {
    fn literals(&self) -> usize {
        self.bytes.len() - self.run_at - 1
    }

    fn start_run(&mut self) {
        self.run_at = self.bytes.len();
        self.bytes.push(0);
    }

    /// Writes the run's length, or takes the run back when it is empty.
    fn end_run(&mut self) {
        match self.literals() {
            0 => {
                self.bytes.pop();
            }
            n => self.bytes[self.run_at] = n as u8 - 1,
        }
    }

    fn literal(&mut self, byte: u8) {
        self.bytes.push(byte);
        if self.literals() == MAX_LITERALS {
            self.end_run();
            self.start_run();
        }
    }
}

/// Where three bytes were seen last, by [`slot`]. It is as large as a thousand
/// short strings, so it serves one after another: places of earlier ones lie
/// below `base`.
struct Seen {
    places: Vec<u32>,
    base: u32,
}

impl Seen {
    /// For an input of so many bytes.
    fn begin(&mut self, len: u32) {
        if self.places.is_empty() || self.base.checked_add(len).is_none() {
            self.places = vec![0; 1 << HASH_BITS];
            self.base = 0;
        }
    }

    /// Notes a place; the one noted there before, 0 when there is none.
    fn note(&mut self, slot: usize, at: usize) -> usize {
        let before = std::mem::replace(&mut self.places[slot], self.base + at as u32);
        before.saturating_sub(self.base) as usize
    }
}

thread_local! {
    static SEEN: RefCell<Seen> = const {
        RefCell::new(Seen { places: Vec::new(), base: 0 })
    };
}

/// Compresses `input` to at most `limit` bytes; `None` when it does not get
/// that small.
pub fn compress(input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let len = u32::try_from(input.len()).ok().filter(|len| *len >= 3)?;
    SEEN.with_borrow_mut(|seen| {
        seen.begin(len);
        let packed = compress_with(seen, input, limit);
        seen.base += len;
        packed
    })
}

fn compress_with(seen: &mut Seen, input: &[u8], limit: usize) -> Option<Vec<u8>> {
    let mut out = Output {
        bytes: Vec::with_capacity(limit),
        run_at: 0,
        limit,
    };
    out.start_run();
    let mut at = 0;
    while at + 2 < input.len() {
        let earlier = seen.note(slot(input, at), at);
        // 0 also stands for an empty slot.
        let is_match = earlier > 0
            && at - earlier <= MAX_OFFSET
            && input[earlier..earlier + 3] == input[at..at + 3];
        if !is_match {
            if out.bytes.len() >= out.limit {
                return None;
            }
            out.literal(input[at]);
            at += 1;
            continue;
        }
        let undone = usize::from(out.literals() == 0);
        if out.bytes.len() - undone + 4 >= out.limit {
            return None;
        }
        out.end_run();
        let len = match_len(input, earlier, at);
        let offset = at - earlier - 1;
        let code = len - 2;
        if code < 7 {
            out.bytes.push((offset >> 8) as u8 | (code << 5) as u8);
        } else {
            out.bytes.push((offset >> 8) as u8 | 7 << 5);
            out.bytes.push((code - 7) as u8);
        }
        out.bytes.push(offset as u8);
        out.start_run();
        at += len;
        if at + 2 >= input.len() {
            break;
        }
        // The last two places of the match become references as well.
        for place in [at - 2, at - 1] {
            seen.note(slot(input, place), place);
        }
    }
    if out.bytes.len() + 3 > out.limit {
        return None;
    }
    for byte in &input[at..] {
        out.literal(*byte);
    }
    out.end_run();
    Some(out.bytes)
}

/// How many bytes from `at` are the same as from `earlier`, where three are
/// known to be. LibLZF leaves the last bytes of the input alone, except that
/// its first sixteen comparisons do not look for the end.
fn match_len(input: &[u8], earlier: usize, at: usize) -> usize {
    let max = (input.len() - at - 2).min(MAX_MATCH);
    let same = |len: usize| input[earlier + len] == input[at + len];
    let mut len = 2;
    if max > 16 {
        for _ in 0..16 {
            len += 1;
            if !same(len) {
                return len;
            }
        }
    }
    loop {
        len += 1;
        if len >= max || !same(len) {
            return len;
        }
    }
}

/// Decompresses to exactly `len` bytes; `None` when the input is malformed.
pub fn decompress(mut input: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(len.min(input.len().saturating_mul(MAX_MATCH)));
    while let [control, rest @ ..] = input {
        let control = usize::from(*control);
        if control < MAX_LITERALS {
            out.extend_from_slice(rest.get(..=control)?);
            input = &rest[control + 1..];
        } else {
            let (mut size, mut rest) = (control >> 5, rest);
            if size == 7 {
                size += usize::from(*rest.first()?);
                rest = &rest[1..];
            }
            let offset = (control & 0x1f) << 8 | usize::from(*rest.first()?);
            input = &rest[1..];
            let from = out.len().checked_sub(offset + 1)?;
            // The copy may run into what it has just written.
            for i in 0..size + 2 {
                out.push(out[from + i]);
            }
        }
        if out.len() > len {
            return None;
        }
    }
    (out.len() == len).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compressed_comes_back() {
        let mut state = 1_u32;
        for len in [3_usize, 4, 20, 21, 100, 263, 264, 265, 5_000, 70_000] {
            for alphabet in [1, 2, 7, 256] {
                let input: Vec<u8> = (0..len)
                    .map(|_| {
                        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                        ((state >> 16) % alphabet) as u8
                    })
                    .collect();
                if let Some(packed) = compress(&input, len.saturating_sub(4)) {
                    assert!(packed.len() <= len - 4);
                    assert_eq!(decompress(&packed, len), Some(input.clone()));
                    assert_eq!(decompress(&packed, len + 1), None);
                    assert_eq!(decompress(&packed[..packed.len() - 1], len), None);
                } else {
                    assert!(alphabet > 2 || len < 100, "{len} of {alphabet}");
                }
            }
        }
    }

    #[test]
    fn a_reference_before_the_beginning_is_refused() {
        assert_eq!(decompress(&[0x20, 0x05], 3), None);
        assert_eq!(decompress(&[0xff], 3), None);
    }
}
