//! The 80-bit extended floats behind INCRBYFLOAT and HINCRBYFLOAT.
//!
//! Redis adds in C's `long double` and writes 17 decimals, so that 3.0 + 0.1
//! is `3.1` and not `3.10000000000000009`. Rust has no such type; this is as
//! much of it as the two commands need: read, add, write, each rounded to 64
//! bits of mantissa as the x87 does.

use super::number::signed;
use num_bigint::BigUint;
use std::cmp::Ordering;

/// The bits of the mantissa.
const BITS: u64 = 64;

/// Decimal exponents beyond which every value is infinite or zero.
const MAX_EXPONENT: i64 = 5_200;

/// The largest binary exponent of the value's top bit.
const MAX_TOP: i64 = 16_383;
/// The smallest, counting denormals.
const MIN_TOP: i64 = -16_445;

/// A `long double`: `mantissa * 2^exponent`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongDouble {
    negative: bool,
    infinite: bool,
    mantissa: BigUint,
    exponent: i64,
}

impl LongDouble {
    /// Reads a number as `strtold` does, without spaces around it. `None`
    /// when it is none, is not a number, or is out of range.
    pub fn parse(text: &[u8]) -> Option<LongDouble> {
        if text.is_empty() || text.len() > 5 * 1024 {
            return None;
        }
        let (negative, body) = signed(text)?;
        if body.eq_ignore_ascii_case("inf") || body.eq_ignore_ascii_case("infinity") {
            return Some(LongDouble {
                negative,
                infinite: true,
                mantissa: BigUint::ZERO,
                exponent: 0,
            });
        }
        let hex = body.len() > 2 && body.as_bytes()[..2].eq_ignore_ascii_case(b"0x");
        let (radix, body, marks) = if hex {
            (16, &body[2..], ['p', 'P'])
        } else {
            (10, body, ['e', 'E'])
        };
        let (digits, exponent) = match body.split_once(marks) {
            Some((digits, exponent)) => (digits, parse_exponent(exponent)?),
            None => (body, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let digits = format!("{whole}{fraction}");
        if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
            return None;
        }
        let number = BigUint::parse_bytes(digits.as_bytes(), radix)?;
        let places = i64::try_from(fraction.len()).ok()?;
        let value = if number == BigUint::ZERO {
            LongDouble::rounded(negative, number, 0, false)
        } else if hex {
            LongDouble::rounded(negative, number, exponent - 4 * places, false)
        } else {
            from_decimal(negative, number, exponent - places, digits.len() as i64)?
        };
        value.in_range().then_some(value)
    }

    /// Zero.
    pub fn zero() -> LongDouble {
        LongDouble::rounded(false, BigUint::ZERO, 0, false)
    }

    /// Whether this is an infinity.
    pub fn is_infinite(&self) -> bool {
        self.infinite
    }

    fn is_zero(&self) -> bool {
        !self.infinite && self.mantissa == BigUint::ZERO
    }

    fn in_range(&self) -> bool {
        let top = self.exponent + self.mantissa.bits() as i64 - 1;
        self.is_zero() || (MIN_TOP..=MAX_TOP).contains(&top)
    }

    /// `mantissa * 2^exponent`, rounded to nearest, ties to even. `sticky`
    /// says that the true value is a little larger.
    fn rounded(negative: bool, mantissa: BigUint, exponent: i64, sticky: bool) -> LongDouble {
        let excess = mantissa.bits().saturating_sub(BITS);
        let (mut mantissa, mut exponent) = (mantissa, exponent);
        if excess > 0 {
            let kept = &mantissa >> excess;
            let rest = &mantissa - (&kept << excess);
            let half = BigUint::from(1_u8) << (excess - 1);
            let up = match rest.cmp(&half) {
                Ordering::Greater => true,
                Ordering::Equal => sticky || kept.bit(0),
                Ordering::Less => false,
            };
            mantissa = if up { kept + 1_u8 } else { kept };
            exponent += excess as i64;
        }
        LongDouble {
            negative,
            infinite: false,
            mantissa,
            exponent,
        }
    }

    /// The sum; `None` when it is infinite or not a number.
    pub fn add(&self, other: &LongDouble) -> Option<LongDouble> {
        if self.infinite || other.infinite {
            return None;
        }
        if self.is_zero() {
            return Some(other.clone());
        }
        if other.is_zero() {
            return Some(self.clone());
        }
        let low = self.exponent.min(other.exponent);
        let a = &self.mantissa << (self.exponent - low) as u64;
        let b = &other.mantissa << (other.exponent - low) as u64;
        let (negative, sum) = if self.negative == other.negative {
            (self.negative, a + b)
        } else {
            match a.cmp(&b) {
                Ordering::Greater => (self.negative, a - b),
                Ordering::Less => (other.negative, b - a),
                Ordering::Equal => (false, BigUint::ZERO),
            }
        };
        let sum = LongDouble::rounded(negative, sum, low, false);
        sum.in_range().then_some(sum)
    }

    /// Writes it as `%.17Lf` does, without zeros at the end.
    pub fn format(&self) -> String {
        const DECIMALS: usize = 17;
        let scaled = &self.mantissa * BigUint::from(10_u8).pow(DECIMALS as u32);
        let scaled = if self.exponent >= 0 {
            scaled << self.exponent as u64
        } else {
            let shift = self.exponent.unsigned_abs();
            let kept = &scaled >> shift;
            let rest = &scaled - (&kept << shift);
            let half = BigUint::from(1_u8) << (shift - 1);
            match rest.cmp(&half) {
                Ordering::Greater => kept + 1_u8,
                Ordering::Equal if kept.bit(0) => kept + 1_u8,
                _ => kept,
            }
        };
        let digits = format!("{scaled:0>width$}", width = DECIMALS + 1);
        let (whole, fraction) = digits.split_at(digits.len() - DECIMALS);
        let fraction = fraction.trim_end_matches('0');
        let point = if fraction.is_empty() { "" } else { "." };
        let text = format!("{whole}{point}{fraction}");
        if self.negative && text != "0" {
            format!("-{text}")
        } else {
            text
        }
    }
}

/// The digits after `e`, cut to what can matter.
fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value = digits.parse::<i64>().unwrap_or(i64::MAX).min(100_000);
    Some(if text.starts_with('-') { -value } else { value })
}

fn from_decimal(negative: bool, number: BigUint, exponent: i64, digits: i64) -> Option<LongDouble> {
    if exponent + digits > MAX_EXPONENT || exponent + digits < -MAX_EXPONENT {
        return None;
    }
    let power = BigUint::from(10_u8).pow(u32::try_from(exponent.unsigned_abs()).ok()?);
    if exponent >= 0 {
        return Some(LongDouble::rounded(negative, number * power, 0, false));
    }
    let shift = (BITS + 2 + power.bits()).saturating_sub(number.bits());
    let shifted = number << shift;
    let quotient = &shifted / &power;
    let exact = &quotient * &power == shifted;
    Some(LongDouble::rounded(
        negative,
        quotient,
        -(shift as i64),
        !exact,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(a: &str, b: &str) -> Option<String> {
        let (a, b) = (
            LongDouble::parse(a.as_bytes())?,
            LongDouble::parse(b.as_bytes())?,
        );
        Some(a.add(&b)?.format())
    }

    #[test]
    fn sums_are_those_of_x87() {
        // Taken from redis-server 7.0.15 on x86-64.
        for (a, b, expected) in [
            ("3.0", "0.1", "3.1"),
            ("10.5", "0.1", "10.6"),
            ("5.0e3", "2.0e2", "5200"),
            ("0.1", "0.2", "0.3"),
            ("1", "-1", "0"),
            ("-1.5", "0", "-1.5"),
            ("0", "1e-17", "0.00000000000000001"),
            ("17179869184", "17179869184", "34359738368"),
            ("1.23456789012345678901", "0", "1.23456789012345679"),
        ] {
            assert_eq!(sum(a, b).as_deref(), Some(expected), "{a} + {b}");
        }
    }

    #[test]
    fn what_strtold_refuses_is_refused() {
        for bad in [
            "", "abc", " 1", "1 ", "1e5000", "nan", "1e", "0x", "--1", "1e-6000",
        ] {
            assert_eq!(LongDouble::parse(bad.as_bytes()), None, "{bad}");
        }
        assert!(LongDouble::parse(b"-inf").unwrap().is_infinite());
        assert_eq!(LongDouble::parse(b"0x1.8p1").unwrap().format(), "3");
    }
}
