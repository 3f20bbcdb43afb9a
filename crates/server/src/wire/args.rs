//! Arguments that several families share: numbers, keywords, counts, timeouts.

use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, errors};

/// The text up to its first zero byte: Redis reads rules and shows names as C
/// strings.
pub fn c_text(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}

/// An integer argument.
///
/// # Errors
/// "value is not an integer or out of range".
pub fn int_arg(arg: &[u8]) -> CmdResult<i64> {
    number::parse_i64(arg).ok_or(errors::NOT_INTEGER)
}

/// A 32-bit integer argument.
///
/// # Errors
/// As [`int_arg`], or the range it must be in.
pub fn int32_arg(arg: &[u8]) -> CmdResult<i32> {
    i32::try_from(int_arg(arg)?).map_err(|_| {
        CmdError::new("ERR value is out of range, value must between -2147483648 and 2147483647")
    })
}

/// An integer argument with an error text of its own.
///
/// # Errors
/// The given text.
pub fn int_arg_or(arg: &[u8], text: &'static str) -> CmdResult<i64> {
    number::parse_i64(arg).ok_or(CmdError::new(text))
}

/// A double argument.
///
/// # Errors
/// "value is not a valid float".
pub fn float_arg(arg: &[u8]) -> CmdResult<f64> {
    number::parse_f64(arg).ok_or(errors::NOT_FLOAT)
}

/// Whether an argument is this keyword (written in upper case here), in any
/// case.
#[inline]
pub fn is(arg: &[u8], keyword: &str) -> bool {
    arg.eq_ignore_ascii_case(keyword.as_bytes())
}

/// A count that must not be negative.
///
/// # Errors
/// "value is out of range, must be positive", for what is no integer too.
pub fn positive_arg(arg: &[u8]) -> CmdResult<usize> {
    positive_arg_or(arg, errors::OUT_OF_RANGE)
}

/// A count that must not be negative, with an error of its own.
///
/// # Errors
/// The given one.
pub fn positive_arg_or(arg: &[u8], error: CmdError) -> CmdResult<usize> {
    at_least_arg_or(0, arg, error)
}

/// A count that must be at least `min`, with an error of its own.
///
/// # Errors
/// The given one.
pub fn at_least_arg_or(min: usize, arg: &[u8], error: CmdError) -> CmdResult<usize> {
    number::parse_i64(arg)
        .and_then(size)
        .filter(|n| *n >= min)
        .ok_or(error)
}

/// A number that is not negative as a size. One beyond all that this machine can
/// address is as large as any, as it is on a larger machine.
pub fn size(number: i64) -> Option<usize> {
    if number < 0 {
        return None;
    }
    Some(usize::try_from(number).map_or(LARGEST, |size| size.min(LARGEST)))
}

/// The largest size: something can still be added to it.
const LARGEST: usize = isize::MAX as usize;

/// A timeout in seconds, which may have a fraction, as milliseconds; 0 is
/// for ever. `now` is the time of day in milliseconds.
///
/// # Errors
/// What is no number, negative, or ends after the end of time.
pub fn seconds_arg(arg: &[u8], now: i64) -> CmdResult<i64> {
    let seconds = number::parse_f64(arg)
        .ok_or(CmdError::new("ERR timeout is not a float or out of range"))?;
    let ms = (seconds * 1000.0).ceil();
    if ms >= i64::MAX as f64 {
        return Err(CmdError::new("ERR timeout is out of range"));
    }
    check_timeout(ms as i64, now)
}

/// A timeout in milliseconds; 0 is for ever.
///
/// # Errors
/// What is no integer, negative, or ends after the end of time.
pub fn milliseconds_arg(arg: &[u8], now: i64) -> CmdResult<i64> {
    let ms =
        int_arg(arg).map_err(|_| CmdError::new("ERR timeout is not an integer or out of range"))?;
    check_timeout(ms, now)
}

fn check_timeout(ms: i64, now: i64) -> CmdResult<i64> {
    if ms < 0 {
        return Err(CmdError::new("ERR timeout is negative"));
    }
    if ms > i64::MAX - now {
        return Err(CmdError::new("ERR timeout is out of range"));
    }
    Ok(ms)
}

/// `numkeys key [key ...] END [COUNT count]`: the arguments that LMPOP, ZMPOP and
/// those that wait share.
#[derive(Debug)]
pub struct MultiPop<'a, E> {
    /// The keys.
    pub keys: &'a [&'a [u8]],
    /// Which end.
    pub end: E,
    /// How many elements at most.
    pub count: usize,
}

impl<'a, E> MultiPop<'a, E> {
    /// Reads them; `end` reads the word for an end.
    ///
    /// # Errors
    /// As Redis words them.
    pub fn parse(args: &'a [&'a [u8]], end: impl FnOnce(&[u8]) -> CmdResult<E>) -> CmdResult<Self> {
        let (keys, rest) = counted_keys(args, errors::SYNTAX)?;
        let [word, options @ ..] = rest else {
            return Err(errors::SYNTAX);
        };
        let end = end(word)?;
        let count = match options {
            [] => 1,
            [option, count, more @ ..] if is(option, "COUNT") => {
                let error = CmdError::new("ERR count should be greater than 0");
                let count = at_least_arg_or(1, count, error)?;
                if !more.is_empty() {
                    return Err(errors::SYNTAX);
                }
                count
            }
            _ => return Err(errors::SYNTAX),
        };
        Ok(MultiPop { keys, end, count })
    }
}

/// The keys of `numkeys key [key ...]`, and what follows them.
///
/// # Errors
/// When there is no such number of keys, or `too_few` of them.
pub fn counted_keys<'a>(
    args: &'a [&'a [u8]],
    too_few: CmdError,
) -> CmdResult<(&'a [&'a [u8]], &'a [&'a [u8]])> {
    let [number, rest @ ..] = args else {
        return Err(too_few);
    };
    let error = CmdError::new("ERR numkeys should be greater than 0");
    let number = at_least_arg_or(1, number, error)?;
    rest.split_at_checked(number).ok_or(too_few)
}

/// The members with ranks from `start` to `end` of a sequence of `len`, both
/// included and counted from the end when negative.
pub fn index_range(start: i64, end: i64, len: usize) -> std::ops::Range<usize> {
    let len = len as i64;
    let from_end = |index: i64| {
        if index < 0 {
            index.saturating_add(len)
        } else {
            index
        }
    };
    let start = from_end(start).max(0);
    let end = from_end(end).min(len - 1);
    if start > end {
        return 0..0;
    }
    start as usize..end as usize + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn index_ranges_count_from_both_ends() {
        for (start, end, expected) in [
            (0, -1, 0..5),
            (1, 2, 1..3),
            (-2, -1, 3..5),
            (-100, 100, 0..5),
            (3, 1, 0..0),
            (5, 9, 0..0),
            (0, -6, 0..0),
            (i64::MIN, i64::MAX, 0..5),
        ] {
            assert_eq!(index_range(start, end, 5), expected, "{start} {end}");
        }
        assert_eq!(index_range(0, -1, 0), 0..0);
    }

    #[test]
    fn timeouts_round_up_and_have_their_errors() {
        assert_eq!(seconds_arg(b"0.0001", 0), Ok(1));
        assert_eq!(seconds_arg(b"1.5", 0), Ok(1500));
        assert_eq!(milliseconds_arg(b"0", 0), Ok(0));
        let text =
            |result: CmdResult<i64>| String::from_utf8(result.unwrap_err().0.into()).unwrap();
        assert_eq!(text(seconds_arg(b"-1", 0)), "ERR timeout is negative");
        assert_eq!(
            text(seconds_arg(b"1e300", 0)),
            "ERR timeout is out of range"
        );
        assert_eq!(
            text(milliseconds_arg(b"1.5", 0)),
            "ERR timeout is not an integer or out of range"
        );
        assert_eq!(
            text(milliseconds_arg(b"9223372036854775807", 1)),
            "ERR timeout is out of range"
        );
    }
}
