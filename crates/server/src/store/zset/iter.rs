//! Walking a sorted set from both ends, a large one a leaf of the tree at a
//! time.

use super::tree::{Item, Tree};
use super::{Repr, Text, ZSet, packed};
use crate::store::listpack;
use std::ops::Range;

/// Members in order; see [`ZSet::range`].
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    source: Source<'a>,
    /// The rank of the next member from the front.
    next: usize,
    /// One more than the rank of the next member from the back.
    end: usize,
}

#[derive(Debug, Clone)]
enum Source<'a> {
    Listpack(listpack::Iter<'a>),
    Tree(Leaves<'a>),
}

#[derive(Debug, Clone)]
struct Leaves<'a> {
    tree: &'a Tree,
    /// The leaf being read from the front, and the place of `next` in it.
    front: (&'a [Item], usize),
    /// The leaf being read from the back, and the place of `end` in it.
    back: (&'a [Item], usize),
}

impl<'a> Iter<'a> {
    pub(super) fn new(zset: &'a ZSet, range: Range<usize>) -> Self {
        let end = range.end.min(zset.len());
        let next = range.start.min(end);
        let source = match &zset.0 {
            Repr::Listpack(packed) => Source::Listpack(packed.range(next * 2..end * 2)),
            Repr::Skiplist(large) => Source::Tree(Leaves {
                tree: &large.tree,
                front: (&[], 0),
                back: (&[], 0),
            }),
        };
        Iter { source, next, end }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Text<'a>, f64);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.next >= self.end {
            return None;
        }
        self.next += 1;
        match &mut self.source {
            Source::Listpack(elements) => packed::first(elements),
            Source::Tree(leaves) => {
                if leaves.front.1 >= leaves.front.0.len() {
                    leaves.front = leaves.tree.leaf_at(self.next - 1)?;
                }
                let item = &leaves.front.0[leaves.front.1];
                leaves.front.1 += 1;
                Some((Text::bytes(&item.member), item.score))
            }
        }
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
        self.end -= 1;
        match &mut self.source {
            Source::Listpack(elements) => packed::last(elements),
            Source::Tree(leaves) => {
                if leaves.back.1 == 0 {
                    let (leaf, at) = leaves.tree.leaf_at(self.end)?;
                    leaves.back = (leaf, at + 1);
                }
                leaves.back.1 -= 1;
                let item = &leaves.back.0[leaves.back.1];
                Some((Text::bytes(&item.member), item.score))
            }
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}
