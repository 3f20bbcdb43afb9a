//! The byte string keys, fields, members and short values are kept in.
//!
//! Most keys are short. A string of up to 22 bytes lies inside the 24 bytes
//! of [`ByteString`] itself, so that a lookup touches one cache line and a
//! small key costs no allocation; longer ones are on the heap.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

/// The longest string kept inline.
const INLINE: usize = 22;

/// An immutable binary-safe string.
#[derive(Clone)]
pub struct ByteString(Repr);

#[derive(Clone)]
enum Repr {
    Inline { len: u8, buf: [u8; INLINE] },
    Heap(Box<[u8]>),
}

impl ByteString {
    /// A copy of `bytes`.
    #[inline]
    pub fn new(bytes: &[u8]) -> Self {
        if bytes.len() <= INLINE {
            let mut buf = [0; INLINE];
            buf[..bytes.len()].copy_from_slice(bytes);
            ByteString(Repr::Inline {
                len: bytes.len() as u8,
                buf,
            })
        } else {
            ByteString(Repr::Heap(bytes.into()))
        }
    }

    /// The bytes on the heap that a string of this length takes.
    pub fn heap_size(len: usize) -> usize {
        if len <= INLINE { 0 } else { len }
    }

    /// The bytes.
    #[inline]
    pub fn as_slice(&self) -> &[u8] {
        match &self.0 {
            Repr::Inline { len, buf } => &buf[..usize::from(*len)],
            Repr::Heap(bytes) => bytes,
        }
    }
}

impl Deref for ByteString {
    type Target = [u8];
    #[inline]
    fn deref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl AsRef<[u8]> for ByteString {
    #[inline]
    fn as_ref(&self) -> &[u8] {
        self.as_slice()
    }
}

impl Borrow<[u8]> for ByteString {
    fn borrow(&self) -> &[u8] {
        self.as_slice()
    }
}

impl From<&[u8]> for ByteString {
    #[inline]
    fn from(bytes: &[u8]) -> Self {
        ByteString::new(bytes)
    }
}

impl<const N: usize> From<&[u8; N]> for ByteString {
    fn from(bytes: &[u8; N]) -> Self {
        ByteString::new(bytes)
    }
}

impl From<Vec<u8>> for ByteString {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() <= INLINE {
            ByteString::new(&bytes)
        } else {
            ByteString(Repr::Heap(bytes.into_boxed_slice()))
        }
    }
}

impl PartialEq for ByteString {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for ByteString {}

impl PartialEq<[u8]> for ByteString {
    #[inline]
    fn eq(&self, other: &[u8]) -> bool {
        self.as_slice() == other
    }
}

impl PartialOrd for ByteString {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for ByteString {
    /// Byte by byte, as `memcmp` orders; the shorter of two equal beginnings
    /// comes first.
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_slice().cmp(other.as_slice())
    }
}

impl Hash for ByteString {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_slice().hash(state);
    }
}

impl Default for ByteString {
    fn default() -> Self {
        ByteString::new(b"")
    }
}

impl fmt::Debug for ByteString {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.as_slice().escape_ascii())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_and_long_strings_compare_as_their_bytes() {
        for len in [0, 1, 22, 23, 100] {
            let bytes: Vec<u8> = (0..len).map(|n| n as u8).collect();
            let string = ByteString::new(&bytes);
            assert_eq!(string.as_slice(), &bytes[..]);
            assert_eq!(string, ByteString::from(bytes.clone()));
            assert_eq!(matches!(string.0, Repr::Heap(_)), len > 22);
        }
        assert!(ByteString::new(b"ab") < ByteString::new(b"abc"));
        assert!(ByteString::new(b"b") > ByteString::new(b"abc"));
    }

    #[test]
    fn it_takes_no_more_than_three_words() {
        assert_eq!(size_of::<ByteString>(), 24);
        assert_eq!(size_of::<Option<ByteString>>(), 24);
    }
}
