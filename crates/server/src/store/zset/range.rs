//! Ranges of scores and of members, as ZRANGEBYSCORE and ZRANGEBYLEX write
//! them.

use crate::wire::number;

/// The scores between two bounds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ScoreRange {
    /// The lower bound.
    pub min: f64,
    /// Whether `min` itself is outside.
    pub min_exclusive: bool,
    /// The upper bound.
    pub max: f64,
    /// Whether `max` itself is outside.
    pub max_exclusive: bool,
}

impl ScoreRange {
    /// Reads two bounds: numbers, infinities, or either after `(` for an
    /// exclusive one. `None` when one is not a number.
    pub fn parse(min: &[u8], max: &[u8]) -> Option<ScoreRange> {
        let (min, min_exclusive) = bound(min)?;
        let (max, max_exclusive) = bound(max)?;
        Some(ScoreRange {
            min,
            min_exclusive,
            max,
            max_exclusive,
        })
    }

    /// Whether a score is not below the lower bound.
    #[inline]
    pub fn above_min(&self, score: f64) -> bool {
        if self.min_exclusive {
            score > self.min
        } else {
            score >= self.min
        }
    }

    /// Whether a score is not above the upper bound.
    #[inline]
    pub fn below_max(&self, score: f64) -> bool {
        if self.max_exclusive {
            score < self.max
        } else {
            score <= self.max
        }
    }

    /// Whether no score can be inside.
    pub fn is_empty(&self) -> bool {
        self.min > self.max || (self.min == self.max && (self.min_exclusive || self.max_exclusive))
    }
}

/// Reads a bound: nothing at all is 0, too large is infinite.
fn bound(text: &[u8]) -> Option<(f64, bool)> {
    let (text, exclusive) = match text {
        [b'(', rest @ ..] => (rest, true),
        text => (text, false),
    };
    Some((number::parse_lenient(text)?, exclusive))
}

/// One end of a range of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LexBound<'a> {
    /// `-`: before all members.
    First,
    /// `+`: after all members.
    Last,
    /// `[member`: the member itself is inside.
    Inclusive(&'a [u8]),
    /// `(member`: the member itself is outside.
    Exclusive(&'a [u8]),
}

/// The members between two bounds; meaningful where all scores are equal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LexRange<'a> {
    /// The lower bound.
    pub min: LexBound<'a>,
    /// The upper bound.
    pub max: LexBound<'a>,
}

impl<'a> LexRange<'a> {
    /// Reads two bounds; `None` when one has none of the four forms.
    pub fn parse(min: &'a [u8], max: &'a [u8]) -> Option<LexRange<'a>> {
        Some(LexRange {
            min: lex_bound(min)?,
            max: lex_bound(max)?,
        })
    }

    /// Whether a member is not below the lower bound.
    #[inline]
    pub fn above_min(&self, member: &[u8]) -> bool {
        match self.min {
            LexBound::First => true,
            LexBound::Last => false,
            LexBound::Inclusive(min) => member >= min,
            LexBound::Exclusive(min) => member > min,
        }
    }

    /// Whether a member is not above the upper bound.
    #[inline]
    pub fn below_max(&self, member: &[u8]) -> bool {
        match self.max {
            LexBound::First => false,
            LexBound::Last => true,
            LexBound::Inclusive(max) => member <= max,
            LexBound::Exclusive(max) => member < max,
        }
    }

    /// Whether no member can be inside.
    pub fn is_empty(&self) -> bool {
        use LexBound::{Exclusive, First, Inclusive, Last};
        match (self.min, self.max) {
            (Last, _) | (_, First) => true,
            (First, _) | (_, Last) => false,
            (Inclusive(min), Inclusive(max)) => min > max,
            (Inclusive(min) | Exclusive(min), Inclusive(max) | Exclusive(max)) => min >= max,
        }
    }
}

fn lex_bound(text: &[u8]) -> Option<LexBound<'_>> {
    match text {
        b"-" => Some(LexBound::First),
        b"+" => Some(LexBound::Last),
        [b'[', member @ ..] => Some(LexBound::Inclusive(member)),
        [b'(', member @ ..] => Some(LexBound::Exclusive(member)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn score_bounds_are_read_as_redis_does() {
        let read = |text: &str| bound(text.as_bytes());
        assert_eq!(read("(1.5"), Some((1.5, true)));
        assert_eq!(read("-inf"), Some((f64::NEG_INFINITY, false)));
        assert_eq!(read("(+inf"), Some((f64::INFINITY, true)));
        assert_eq!(read(""), Some((0.0, false)));
        assert_eq!(read("1e400"), Some((f64::INFINITY, false)));
        for bad in ["foo", "7 ", " 7", "0x7", "nan", "((1", "1x"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }

    #[test]
    fn empty_ranges_are_seen() {
        assert!(ScoreRange::parse(b"(1", b"1").unwrap().is_empty());
        assert!(!ScoreRange::parse(b"1", b"1").unwrap().is_empty());
        assert!(ScoreRange::parse(b"2", b"1").unwrap().is_empty());
        for (min, max, empty) in [
            ("-", "+", false),
            ("+", "-", true),
            ("[a", "[a", false),
            ("(a", "[a", true),
            ("[b", "(a", true),
            ("-", "(a", false),
        ] {
            let range = LexRange::parse(min.as_bytes(), max.as_bytes()).unwrap();
            assert_eq!(range.is_empty(), empty, "{min} {max}");
        }
        assert_eq!(LexRange::parse(b"a", b"+"), None);
        assert_eq!(LexRange::parse(b"-x", b"+"), None);
    }
}
