//! The IDs of stream entries.

use crate::wire::number;
use std::fmt;

/// When an entry was added, and its number within that millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Hash)]
pub struct StreamId {
    /// Milliseconds since 1970-01-01 UTC.
    pub ms: u64,
    /// The sequence number.
    pub seq: u64,
}

impl StreamId {
    /// `0-0`, before all entries.
    pub const MIN: StreamId = StreamId { ms: 0, seq: 0 };
    /// The greatest ID.
    pub const MAX: StreamId = StreamId {
        ms: u64::MAX,
        seq: u64::MAX,
    };

    /// An ID from its two parts.
    pub const fn new(ms: u64, seq: u64) -> Self {
        StreamId { ms, seq }
    }

    /// Reads `ms-seq`, or `ms` alone with this sequence number.
    pub fn parse(text: &[u8], missing_seq: u64) -> Option<StreamId> {
        let mut parts = text.splitn(2, |b| *b == b'-');
        let ms = parse_part(parts.next()?)?;
        let seq = match parts.next() {
            Some(seq) => parse_part(seq)?,
            None => missing_seq,
        };
        Some(StreamId { ms, seq })
    }

    /// The ID that follows; `None` after the greatest.
    pub fn next(self) -> Option<StreamId> {
        match self.seq.checked_add(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => self.ms.checked_add(1).map(|ms| StreamId { ms, seq: 0 }),
        }
    }

    /// The ID before; `None` before the least.
    pub fn previous(self) -> Option<StreamId> {
        match self.seq.checked_sub(1) {
            Some(seq) => Some(StreamId { seq, ..self }),
            None => self
                .ms
                .checked_sub(1)
                .map(|ms| StreamId { ms, seq: u64::MAX }),
        }
    }

    /// The sixteen bytes Redis orders IDs by: both parts big endian.
    pub fn to_be_bytes(self) -> [u8; 16] {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&self.ms.to_be_bytes());
        bytes[8..].copy_from_slice(&self.seq.to_be_bytes());
        bytes
    }

    /// The ID of sixteen such bytes.
    pub fn from_be_bytes(bytes: &[u8]) -> Option<StreamId> {
        let (ms, seq) = bytes.split_at_checked(8)?;
        Some(StreamId {
            ms: u64::from_be_bytes(ms.try_into().ok()?),
            seq: u64::from_be_bytes(seq.try_into().ok()?),
        })
    }
}

/// One half of an ID. As Redis reads it with C's `strtoull`, leading zeros
/// are allowed.
pub fn parse_part(text: &[u8]) -> Option<u64> {
    let digits = text.trim_ascii_start();
    let digits = digits.strip_prefix(b"+").unwrap_or(digits);
    match digits.iter().position(|b| *b != b'0') {
        Some(first) => number::parse_u64(&digits[first..]),
        None => (!digits.is_empty()).then_some(0),
    }
}

impl fmt::Display for StreamId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_and_stepped() {
        assert_eq!(StreamId::parse(b"5-3", 0), Some(StreamId::new(5, 3)));
        assert_eq!(StreamId::parse(b"5", 9), Some(StreamId::new(5, 9)));
        assert_eq!(StreamId::parse(b"05-00", 9), Some(StreamId::new(5, 0)));
        for bad in [
            "",
            "-",
            "5-",
            "-5",
            "5-3-1",
            "a-1",
            "5-*",
            "18446744073709551616",
        ] {
            assert_eq!(StreamId::parse(bad.as_bytes(), 0), None, "{bad}");
        }
        assert_eq!(StreamId::new(5, u64::MAX).next(), Some(StreamId::new(6, 0)));
        assert_eq!(StreamId::MAX.next(), None);
        assert_eq!(
            StreamId::new(5, 0).previous(),
            Some(StreamId::new(4, u64::MAX))
        );
        assert_eq!(StreamId::MIN.previous(), None);
        let id = StreamId::new(1, 258);
        assert_eq!(StreamId::from_be_bytes(&id.to_be_bytes()), Some(id));
        assert_eq!(id.to_string(), "1-258");
    }
}
