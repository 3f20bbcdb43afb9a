//! String values and their three encodings.

use super::bytes::ByteString;
use crate::wire::number;
use std::borrow::Cow;

/// The longest string Redis puts in one allocation with its object.
const EMBSTR_MAX: usize = 44;

/// The value of a string key.
#[derive(Debug, Clone)]
pub enum StringValue {
    /// A 64-bit integer, kept as a number (`int`).
    Int(i64),
    /// A short string that has not been changed in place (`embstr`).
    Embedded(ByteString),
    /// A long string, or one that has been changed in place (`raw`).
    #[allow(
        clippy::box_collection,
        reason = "one word instead of three: most strings are short"
    )]
    Raw(Box<Vec<u8>>),
}

impl StringValue {
    /// The value a client sent, in the smallest encoding that holds it.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() <= 20
            && let Some(n) = number::parse_i64(bytes)
        {
            return StringValue::Int(n);
        }
        StringValue::text(bytes)
    }

    /// A string that stays text even when it spells an integer.
    #[inline]
    pub fn text(bytes: &[u8]) -> Self {
        if bytes.len() <= EMBSTR_MAX {
            StringValue::Embedded(ByteString::new(bytes))
        } else {
            StringValue::Raw(Box::new(bytes.to_vec()))
        }
    }

    /// A value changed in place: never `int` or `embstr`.
    pub fn raw(bytes: Vec<u8>) -> Self {
        StringValue::Raw(Box::new(bytes))
    }

    /// The bytes; numbers are written out.
    pub fn bytes(&self) -> Cow<'_, [u8]> {
        match self {
            StringValue::Int(n) => Cow::Owned(n.to_string().into_bytes()),
            StringValue::Embedded(bytes) => Cow::Borrowed(bytes.as_slice()),
            StringValue::Raw(bytes) => Cow::Borrowed(bytes),
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        match self {
            StringValue::Int(n) => itoa::Buffer::new().format(*n).len(),
            StringValue::Embedded(bytes) => bytes.len(),
            StringValue::Raw(bytes) => bytes.len(),
        }
    }

    /// The bytes on the heap.
    pub fn heap_size(&self) -> usize {
        match self {
            StringValue::Int(_) => 0,
            StringValue::Embedded(bytes) => ByteString::heap_size(bytes.len()),
            StringValue::Raw(bytes) => size_of::<Vec<u8>>() + bytes.capacity(),
        }
    }

    /// The integer this string spells, if it does.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            StringValue::Int(n) => Some(*n),
            StringValue::Embedded(bytes) => number::parse_i64(bytes),
            StringValue::Raw(bytes) => number::parse_i64(bytes),
        }
    }

    /// The bytes to change in place; the encoding becomes `raw`.
    pub fn make_raw(&mut self) -> &mut Vec<u8> {
        if !matches!(self, StringValue::Raw(_)) {
            *self = StringValue::raw(self.bytes().into_owned());
        }
        match self {
            StringValue::Raw(bytes) => bytes,
            StringValue::Int(_) | StringValue::Embedded(_) => {
                unreachable!("the line above made it raw")
            }
        }
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match self {
            StringValue::Int(_) => "int",
            StringValue::Embedded(_) => "embstr",
            StringValue::Raw(_) => "raw",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_follow_the_content() {
        for (text, encoding) in [
            ("12", "int"),
            ("-9223372036854775808", "int"),
            ("9223372036854775808", "embstr"),
            ("012", "embstr"),
            ("", "embstr"),
        ] {
            assert_eq!(StringValue::new(text.as_bytes()).encoding(), encoding);
        }
        assert_eq!(StringValue::new(&[b'x'; 44]).encoding(), "embstr");
        assert_eq!(StringValue::new(&[b'x'; 45]).encoding(), "raw");
        let mut value = StringValue::new(b"12");
        value.make_raw().push(b'3');
        assert_eq!((value.encoding(), value.as_int()), ("raw", Some(123)));
    }
}
