//! A string read out of a collection, which may hold it as a number.

use std::fmt;
use std::ops::Deref;

/// The longest an integer of 64 bits can be, with its sign.
const DIGITS: usize = 20;

/// The bytes of an element, wherever they are.
#[derive(Clone, Copy)]
pub struct Text<'a>(Repr<'a>);

#[derive(Clone, Copy)]
enum Repr<'a> {
    Bytes(&'a [u8]),
    Digits { buf: [u8; DIGITS], len: u8 },
}

impl<'a> Text<'a> {
    /// An element that is kept as it is.
    #[inline]
    pub fn bytes(bytes: &'a [u8]) -> Self {
        Text(Repr::Bytes(bytes))
    }

    /// An integer, written out.
    #[inline]
    pub fn int(n: i64) -> Self {
        let mut digits = itoa::Buffer::new();
        let text = digits.format(n).as_bytes();
        let mut buf = [0; DIGITS];
        buf[..text.len()].copy_from_slice(text);
        Text(Repr::Digits {
            buf,
            len: text.len() as u8,
        })
    }
}

impl Deref for Text<'_> {
    type Target = [u8];

    #[inline]
    fn deref(&self) -> &[u8] {
        match &self.0 {
            Repr::Bytes(bytes) => bytes,
            Repr::Digits { buf, len } => &buf[..usize::from(*len)],
        }
    }
}

impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_out() {
        for n in [0, -1, 127, i64::MAX, i64::MIN] {
            let text = Text::int(n);
            assert_eq!(*text, *n.to_string().as_bytes());
            assert_eq!(text, Text::bytes(n.to_string().as_bytes()));
        }
    }
}
