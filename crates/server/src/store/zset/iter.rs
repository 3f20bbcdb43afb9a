//! Walking a sorted set from both ends, a leaf of the tree at a time.

use super::tree::Item;
use super::{ByteString, ZSet};
use std::ops::Range;

/// Members in order; see [`ZSet::range`].
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    zset: &'a ZSet,
    /// The rank of the next member from the front.
    next: usize,
    /// One more than the rank of the next member from the back.
    end: usize,
    /// The leaf being read from the front, and the place of `next` in it.
    front: (&'a [Item], usize),
    /// The leaf being read from the back, and the place of `end` in it.
    back: (&'a [Item], usize),
}

impl<'a> Iter<'a> {
    pub(super) fn new(zset: &'a ZSet, range: Range<usize>) -> Self {
        let end = range.end.min(zset.len());
        Iter {
            zset,
            next: range.start.min(end),
            end,
            front: (&[], 0),
            back: (&[], 0),
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (&'a ByteString, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        if self.front.1 >= self.front.0.len() {
            self.front = self.zset.leaf_at(self.next)?;
        }
        let item = &self.front.0[self.front.1];
        self.front.1 += 1;
        self.next += 1;
        Some((&item.member, item.score))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = self.end - self.next;
        (left, Some(left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        if self.back.1 == 0 {
            let (leaf, at) = self.zset.leaf_at(self.end - 1)?;
            self.back = (leaf, at + 1);
        }
        self.back.1 -= 1;
        self.end -= 1;
        let item = &self.back.0[self.back.1];
        Some((&item.member, item.score))
    }
}

impl ExactSizeIterator for Iter<'_> {}
