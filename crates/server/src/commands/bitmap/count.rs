//! BITCOUNT and BITPOS.

use crate::engine::ctx::Ctx;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::ops::Range;

/// Whether a range counts bits (BYTE is the default).
fn unit_is_bit(arg: Option<&&[u8]>) -> CmdResult<bool> {
    match arg {
        None => Ok(false),
        Some(unit) if is(unit, "BIT") => Ok(true),
        Some(unit) if is(unit, "BYTE") => Ok(false),
        Some(_) => Err(errors::SYNTAX),
    }
}

/// The bits from `start` to `end`, both included and counted from the end
/// when negative, of a string of `len` bytes.
fn bit_range(start: i64, end: i64, by_bit: bool, len: usize) -> Range<usize> {
    let len = if by_bit { len * 8 } else { len } as i64;
    let from_end = |index: i64| {
        if index < 0 {
            index.saturating_add(len).max(0)
        } else {
            index
        }
    };
    let start = from_end(start);
    let end = from_end(end).min(len - 1);
    if start > end {
        return 0..0;
    }
    let (start, end) = (start as usize, end as usize + 1);
    if by_bit {
        start..end
    } else {
        start * 8..end * 8
    }
}

pub fn bitcount(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let asked = match &argv[2..] {
        [] => None,
        [start, end, unit @ ..] if unit.len() <= 1 => {
            let (start, end) = (int_arg(start)?, int_arg(end)?);
            Some((start, end, unit_is_bit(unit.first())?))
        }
        _ => return Err(errors::SYNTAX),
    };
    let Some(string) = ctx.read_string(argv[1])? else {
        out.int(0);
        return Ok(());
    };
    let bytes = string.bytes();
    let range = match asked {
        None => 0..bytes.len() * 8,
        Some((start, end, _)) if start < 0 && end < 0 && start > end => 0..0,
        Some((start, end, by_bit)) => bit_range(start, end, by_bit, bytes.len()),
    };
    out.len(ones(&bytes, range));
    Ok(())
}

/// The bits set in a range.
fn ones(bytes: &[u8], range: Range<usize>) -> usize {
    if range.is_empty() {
        return 0;
    }
    let (first, last) = (range.start / 8, (range.end - 1) / 8);
    let whole: usize = bytes[first..=last]
        .chunks(8)
        .map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_ne_bytes(word).count_ones() as usize
        })
        .sum();
    let before = bytes[first] & !(0xff >> (range.start % 8));
    let after = bytes[last] & (0x7f >> ((range.end - 1) % 8));
    whole - before.count_ones() as usize - after.count_ones() as usize
}

pub fn bitpos(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let wanted = match int_arg(argv[2])? {
        0 => false,
        1 => true,
        _ => return Err(CmdError::new("ERR The bit argument must be 1 or 0.")),
    };
    let args = &argv[3..];
    if args.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let start = args.first().map_or(Ok(0), |start| int_arg(start))?;
    let by_bit = unit_is_bit(args.get(2))?;
    let end = args.get(1).map(|end| int_arg(end)).transpose()?;
    let Some(string) = ctx.read_string(argv[1])? else {
        out.int(if wanted { -1 } else { 0 });
        return Ok(());
    };
    let bytes = string.bytes();
    let range = bit_range(start, end.unwrap_or(-1), by_bit, bytes.len());
    let found = if range.is_empty() {
        None
    } else {
        first_bit(&bytes, range.clone(), wanted)
    };
    out.int(match found {
        Some(at) => at as i64,
        // Without an end, the string goes on with zeros for ever.
        None if !wanted && end.is_none() && !range.is_empty() => range.end as i64,
        None => -1,
    });
    Ok(())
}

/// The first bit of a range that is (not) set.
fn first_bit(bytes: &[u8], range: Range<usize>, wanted: bool) -> Option<usize> {
    let uninteresting = if wanted { 0 } else { 0xff };
    let mut at = range.start;
    while at < range.end {
        let byte = bytes[at / 8];
        if at.is_multiple_of(8) && byte == uninteresting {
            at += 8;
            continue;
        }
        if (byte & 0x80 >> (at % 8) != 0) == wanted {
            return Some(at);
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counting_and_searching_agree_with_looking_at_every_bit() {
        let bytes = [0xff, 0x00, 0x0f, 0xf0, 0x81, 0x00, 0x00, 0x7e, 0x01, 0xff];
        let bit = |i: usize| bytes[i / 8] & 0x80 >> (i % 8) != 0;
        for start in 0..80 {
            for end in start..=80 {
                let count = (start..end).filter(|i| bit(*i)).count();
                assert_eq!(ones(&bytes, start..end), count, "{start}..{end}");
                for wanted in [false, true] {
                    let first = (start..end).find(|i| bit(*i) == wanted);
                    assert_eq!(first_bit(&bytes, start..end, wanted), first);
                }
            }
        }
    }
}
