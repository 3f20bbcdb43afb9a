//! Numbers as Redis reads and writes them.
//!
//! Which strings count as an integer decides between encodings and errors, so
//! the rules are Redis's own, not those of `str::parse`: no `+`, no leading
//! zeros, no spaces.

use super::shortest;

/// Reads a 64-bit signed integer written the one canonical way.
#[inline]
pub fn parse_i64(text: &[u8]) -> Option<i64> {
    match text {
        [b'0'] => Some(0),
        [b'-', digits @ ..] => parse_digits(digits).and_then(|n| 0_i64.checked_sub_unsigned(n)),
        digits => parse_digits(digits).and_then(|n| i64::try_from(n).ok()),
    }
}

/// Reads a 64-bit unsigned integer written the one canonical way.
pub fn parse_u64(text: &[u8]) -> Option<u64> {
    match text {
        [b'0'] => Some(0),
        digits => parse_digits(digits),
    }
}

#[inline]
fn parse_digits(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || digits.len() > 20 || digits[0] == b'0' {
        return None;
    }
    let mut n: u64 = 0;
    for digit in digits {
        let digit = digit.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        n = n.checked_mul(10)?.checked_add(u64::from(digit))?;
    }
    Some(n)
}

/// Whether a number is negative, and what is behind its sign. `None` when it is
/// no text.
pub(super) fn signed(text: &[u8]) -> Option<(bool, &str)> {
    let text = std::str::from_utf8(text).ok()?;
    Some(match text.strip_prefix('-') {
        Some(body) => (true, body),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    })
}

/// Reads a double as C's `strtod` does for Redis: decimal, exponent,
/// hexadecimal and infinities, but no spaces around it and no NaN.
pub fn parse_f64(text: &[u8]) -> Option<f64> {
    if text.is_empty() || text.len() > 511 {
        return None;
    }
    let (negative, body) = signed(text)?;
    let value = if body.len() > 1 && body.as_bytes()[..2].eq_ignore_ascii_case(b"0x") {
        parse_hex_float(&body[2..])?
    } else {
        let value = decimal(body)?;
        let is_number = !body.starts_with(['i', 'I']);
        // strtod reports overflow (and underflow to zero) and Redis refuses it.
        if is_number && (value.is_infinite() || (value == 0.0 && has_nonzero_mantissa(body))) {
            return None;
        }
        value
    };
    Some(if negative { -value } else { value })
}

/// Reads a double as SORT and the bounds of scores do, which ask nobody whether it
/// is out of range: too large is infinite, too small is zero, and so is nothing.
/// Here Redis takes no hexadecimal number.
pub fn parse_lenient(text: &[u8]) -> Option<f64> {
    let text = c_text(text);
    if text.is_empty() {
        return Some(0.0);
    }
    let (negative, body) = signed(text)?;
    let value = decimal(body)?;
    Some(if negative { -value } else { value })
}

/// What C's functions see of a text: it ends before a zero byte.
pub fn c_text(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}

/// A number without a sign, or infinity.
fn decimal(body: &str) -> Option<f64> {
    match body.bytes().next()? {
        b'0'..=b'9' | b'.' => body.parse().ok(),
        _ => {
            let is_infinite =
                body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity");
            is_infinite.then_some(f64::INFINITY)
        }
    }
}

fn has_nonzero_mantissa(text: &str) -> bool {
    text.bytes()
        .take_while(|b| !matches!(b, b'e' | b'E'))
        .any(|b| matches!(b, b'1'..=b'9'))
}

fn parse_hex_float(text: &str) -> Option<f64> {
    let (mantissa, exponent) = match text.split_once(['p', 'P']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (text, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let mut value = 0.0_f64;
    for c in whole.chars() {
        value = value * 16.0 + f64::from(c.to_digit(16)?);
    }
    let mut scale = 1.0 / 16.0;
    for c in fraction.chars() {
        value += f64::from(c.to_digit(16)?) * scale;
        scale /= 16.0;
    }
    let value = value * 2.0_f64.powi(exponent);
    value.is_finite().then_some(value)
}

/// Writes a double with (nearly) as few digits as tell it from every other, as Redis
/// replies with since 7.2; `inf`, `-inf` and `nan` for what is no number.
pub fn format_double(d: f64) -> String {
    // Whole numbers that surely fit into an integer are written as one.
    if d == d.trunc() && d.abs() <= i64::MAX as f64 / 2.0 && (d != 0.0 || d.is_sign_positive()) {
        return (d as i64).to_string();
    }
    format_shortest(d)
}

/// The same, but for whole numbers: of these, large ones with few digits get
/// an exponent.
pub fn format_shortest(d: f64) -> String {
    if d.is_nan() {
        return "nan".into();
    }
    if d.is_infinite() {
        return if d > 0.0 { "inf" } else { "-inf" }.into();
    }
    let sign = if d.is_sign_negative() { "-" } else { "" };
    if d == 0.0 {
        return format!("{sign}0");
    }
    // The number is DIGITS * 10^shift.
    let (digits, shift) = shortest::digits(d.abs());
    let count = digits.len() as i32;
    let exponent = shift + count - 1;
    let point = (count + shift).max(0) as usize;
    if shift >= 0 && exponent < count + 7 {
        format!("{sign}{digits}{}", "0".repeat(shift as usize))
    } else if shift < 0 && (shift > -7 || exponent.abs() < 4) {
        match count + shift {
            ..=0 => format!("{sign}0.{}{digits}", "0".repeat((-count - shift) as usize)),
            _ => format!("{sign}{}.{}", &digits[..point], &digits[point..]),
        }
    } else {
        let (first, rest) = digits.split_at(1);
        let dot = if rest.is_empty() { "" } else { "." };
        format!("{sign}{first}{dot}{rest}e{exponent:+}")
    }
}

/// Writes a double as `printf("%.<precision>g")` does.
pub fn format_g(d: f64, precision: usize) -> String {
    if d.is_nan() {
        return if d.is_sign_negative() { "-nan" } else { "nan" }.into();
    }
    if d.is_infinite() {
        return if d > 0.0 { "inf" } else { "-inf" }.into();
    }
    if d == d.trunc() && d.abs() < 1e15 && precision >= 15 && !(d == 0.0 && d.is_sign_negative()) {
        return (d as i64).to_string();
    }
    let precision = precision.max(1);
    let scientific = format!("{:.*e}", precision - 1, d);
    let Some((mantissa, exponent)) = scientific.split_once('e') else {
        return scientific;
    };
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if exponent < -4 || exponent >= precision as i32 {
        let sign = if exponent < 0 { '-' } else { '+' };
        let exponent = exponent.abs();
        return format!("{}e{sign}{exponent:02}", trim_zeros(mantissa));
    }
    let decimals = (precision as i32 - 1 - exponent).max(0) as usize;
    trim_zeros(&format!("{d:.decimals$}")).to_owned()
}

fn trim_zeros(text: &str) -> &str {
    if text.contains('.') {
        text.trim_end_matches('0').trim_end_matches('.')
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_canonical_integers_are_integers() {
        for (text, value) in [
            ("0", Some(0)),
            ("-1", Some(-1)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("-9223372036854775809", None),
            ("", None),
            ("-", None),
            ("-0", None),
            ("+1", None),
            ("01", None),
            (" 1", None),
            ("1 ", None),
            ("1.0", None),
            ("99999999999999999999", None),
        ] {
            assert_eq!(parse_i64(text.as_bytes()), value, "{text}");
        }
        assert_eq!(parse_u64(b"18446744073709551615"), Some(u64::MAX));
        assert_eq!(parse_u64(b"18446744073709551616"), None);
    }

    #[test]
    fn doubles_are_written_as_short_as_can_be() {
        for (d, text) in [
            (0.1, "0.1"),
            (3.0, "3"),
            (1e20, "1e+20"),
            (1e8, "100000000"),
            (1e17, "100000000000000000"),
            (123_456_789_012_345_680.0, "123456789012345680"),
            (1.5, "1.5"),
            (1.5e-7, "1.5e-7"),
            (0.0001, "0.0001"),
            (-0.0, "-0"),
            (f64::INFINITY, "inf"),
        ] {
            assert_eq!(format_double(d), text);
        }
        assert_eq!(format_g(1234.5678, 4), "1235");
    }

    #[test]
    fn doubles_are_read_as_strtod_does() {
        assert_eq!(parse_f64(b"1e3"), Some(1000.0));
        assert_eq!(parse_f64(b".5"), Some(0.5));
        assert_eq!(parse_f64(b"0x10"), Some(16.0));
        assert_eq!(parse_f64(b"-inf"), Some(f64::NEG_INFINITY));
        for bad in ["", " 1", "1 ", "nan", "1e400", "abc", "--1", "0x"] {
            assert_eq!(parse_f64(bad.as_bytes()), None, "{bad}");
        }
    }
}
