//! The digits of a double, as few as tell it from every other.
//!
//! Redis finds them with Grisu2 (F. Loitsch, "Printing floating-point numbers
//! quickly and accurately with integers", 2010), which now and then finds one digit
//! more than would do. What Redis replies is the truth here, so it is Grisu2 and not
//! the standard library's exact way.

use num_bigint::BigUint;
use std::sync::OnceLock;

/// `frac * 2^exp`.
#[derive(Debug, Clone, Copy)]
struct Float {
    frac: u64,
    exp: i32,
}

/// The bits of a double's fraction, and the one that is not written down.
const HIDDEN: u64 = 1 << 52;
const BIAS: i32 = 1023 + 52;

/// The powers of ten that are kept: from the first, each step, so many.
const FIRST_POWER: i32 = -348;
const STEP: i32 = 8;
const POWERS: usize = 87;

/// Where the exponent of a product has to lie, so that what is before its point has
/// 32 bits at most.
const EXPONENTS: std::ops::RangeInclusive<i32> = -60..=-32;

impl Float {
    /// A finite double without its sign.
    fn of(d: f64) -> Float {
        let bits = d.to_bits();
        let frac = bits & (HIDDEN - 1);
        match (bits >> 52) as i32 & 0x7ff {
            0 => Float {
                frac,
                exp: 1 - BIAS,
            },
            exp => Float {
                frac: frac | HIDDEN,
                exp: exp - BIAS,
            },
        }
    }

    /// With the highest bit set.
    fn normal(self) -> Float {
        let shift = self.frac.leading_zeros();
        Float {
            frac: self.frac << shift,
            exp: self.exp - shift as i32,
        }
    }

    /// Half-way to the next smaller and to the next larger double, with the same
    /// exponent.
    fn borders(self) -> (Float, Float) {
        let upper = Float {
            frac: (self.frac << 1) + 1,
            exp: self.exp - 1,
        }
        .normal();
        // Below a power of two the doubles lie closer.
        let shift = if self.frac == HIDDEN { 2 } else { 1 };
        let exp = self.exp - shift;
        let lower = Float {
            frac: ((self.frac << shift) - 1) << (exp - upper.exp),
            exp: upper.exp,
        };
        (lower, upper)
    }

    /// The upper half of the product, rounded.
    fn times(self, other: Float) -> Float {
        let product = u128::from(self.frac) * u128::from(other.frac);
        Float {
            frac: ((product + (1 << 63)) >> 64) as u64,
            exp: self.exp + other.exp + 64,
        }
    }
}

/// A power of ten, to 64 bits.
fn power_of_ten(n: i32) -> Float {
    let ten = BigUint::from(10_u8).pow(n.unsigned_abs());
    let bits = ten.bits() as i32;
    // 65 bits, the last of which rounds.
    let (top, exp) = if n < 0 {
        let shift = bits + 65;
        let quotient = (BigUint::from(1_u8) << shift) / ten;
        let extra = quotient.bits() as i32 - 65;
        (quotient >> extra, extra - shift)
    } else if bits < 65 {
        (ten << (65 - bits), bits - 65)
    } else {
        (ten >> (bits - 65), bits - 65)
    };
    let top: u128 = top.try_into().unwrap_or_default();
    Float {
        frac: ((top + 1) >> 1) as u64,
        exp: exp + 1,
    }
}

/// A kept power of ten that brings a number with this exponent among
/// [`EXPONENTS`], and which one it is.
fn power_for(exp: i32) -> (Float, i32) {
    static KEPT: OnceLock<Vec<Float>> = OnceLock::new();
    let kept = KEPT.get_or_init(|| {
        let powers = (0..POWERS as i32).map(|i| FIRST_POWER + i * STEP);
        powers.map(power_of_ten).collect()
    });
    let log = -f64::from(exp + POWERS as i32) * std::f64::consts::LOG10_2;
    let mut at = ((log as i32 - FIRST_POWER) / STEP).clamp(0, POWERS as i32 - 1);
    loop {
        let power = kept[at as usize];
        let product = exp + power.exp + 64;
        if product < *EXPONENTS.start() && at + 1 < POWERS as i32 {
            at += 1;
        } else if product > *EXPONENTS.end() && at > 0 {
            at -= 1;
        } else {
            return (power, FIRST_POWER + at * STEP);
        }
    }
}

/// The digits of a positive double, and the power of ten that they are to be
/// multiplied by.
pub(super) fn digits(d: f64) -> (String, i32) {
    let exact = Float::of(d);
    let (lower, upper) = exact.borders();
    let (power, n) = power_for(upper.exp);
    let exact = exact.normal().times(power);
    let mut upper = upper.times(power);
    let mut lower = lower.times(power);
    // What rounding may have added is left out.
    lower.frac += 1;
    upper.frac -= 1;
    let (digits, exp) = between(exact, lower, upper);
    (digits.into_iter().map(char::from).collect(), exp - n)
}

/// The shortest digits of a number between two, as near to `exact` as they can be.
fn between(exact: Float, lower: Float, upper: Float) -> (Vec<u8>, i32) {
    let point = -upper.exp as u32;
    let one = 1_u64 << point;
    let (mut whole, mut part) = (upper.frac >> point, upper.frac & (one - 1));
    let mut room = upper.frac - lower.frac;
    let mut away = upper.frac - exact.frac;
    let mut digits = Vec::with_capacity(18);
    let push = |digit: u64, digits: &mut Vec<u8>| {
        if digit > 0 || !digits.is_empty() {
            digits.push(b'0' + digit as u8);
        }
    };
    for exp in (0..10).rev() {
        let unit = 10_u64.pow(exp);
        push(whole / unit, &mut digits);
        whole %= unit;
        let rest = (whole << point) + part;
        if rest <= room {
            approach(&mut digits, room, rest, unit << point, away);
            return (digits, exp as i32);
        }
    }
    let mut exp = 0;
    loop {
        part = part.wrapping_mul(10);
        room = room.wrapping_mul(10);
        away = away.wrapping_mul(10);
        exp -= 1;
        push(part >> point, &mut digits);
        part &= one - 1;
        if part < room {
            approach(&mut digits, room, part, one, away);
            return (digits, exp);
        }
    }
}

/// Lowers the last digit as long as that leads nearer to the number that is `away`
/// from the upper border, of which `rest` has not been written.
fn approach(digits: &mut [u8], room: u64, mut rest: u64, unit: u64, away: u64) {
    while rest < away
        && room - rest >= unit
        && (rest + unit < away || away - rest > rest + unit - away)
    {
        if let Some(last) = digits.last_mut() {
            *last -= 1;
        }
        rest += unit;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What Redis 8.0.2 replies, the last three with one digit more than needed.
    #[test]
    fn they_are_those_that_redis_finds() {
        for (d, text, exp) in [
            (0.1, "1", -1),
            (5e-324, "5", -324),
            (f64::MAX, "17976931348623157", 292),
            (f64::MIN_POSITIVE, "22250738585072014", -324),
            (1.00000002e20, "10000000199999999", 4),
            (7.036870839547745e177, "70368708395477454", 161),
            (1.7102156117518561e-177, "17102156117518562", -193),
        ] {
            assert_eq!(digits(d), (text.to_owned(), exp), "{d}");
        }
    }

    #[test]
    fn they_are_the_same_double() {
        let mut bits = 1_u64;
        for _ in 0..20_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let d = f64::from_bits(bits >> 1);
            if d.is_finite() && d > 0.0 {
                let (digits, exp) = digits(d);
                assert_eq!(format!("{digits}e{exp}").parse(), Ok(d));
            }
        }
    }
}
