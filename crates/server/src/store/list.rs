//! Lists: a listpack while small, a ring buffer otherwise.
//!
//! Redis chains listpacks (a quicklist) when one is not enough; a ring buffer
//! has the same cost at both ends and finds an index in one step.

use super::listpack::{self, EMPTY_SIZE, Element, Listpack, element_size};
use super::text::Text;
use super::{ByteString, Limits};
use std::collections::{VecDeque, vec_deque};
use std::ops::Range;

/// The value of a list key.
#[derive(Debug, Clone)]
pub struct List(Repr);

#[derive(Debug, Clone)]
enum Repr {
    Listpack(Listpack),
    Ring(Box<Ring>),
}

/// A long list.
#[derive(Debug, Clone, Default)]
struct Ring {
    elements: VecDeque<ByteString>,
    /// What they would take in a listpack.
    size: usize,
}

impl Ring {
    fn pop(&mut self, end: End) -> Option<ByteString> {
        let element = match end {
            End::Head => self.elements.pop_front(),
            End::Tail => self.elements.pop_back(),
        }?;
        self.size -= element_size(&element);
        Some(element)
    }

    fn push(&mut self, end: End, element: &[u8]) {
        self.size += element_size(element);
        match end {
            End::Head => self.elements.push_front(element.into()),
            End::Tail => self.elements.push_back(element.into()),
        }
    }
}

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// Where index 0 is.
    Head,
    /// Where index -1 is.
    Tail,
}

impl Default for List {
    fn default() -> Self {
        List(Repr::Listpack(Listpack::default()))
    }
}

/// Whether so many elements of so many bytes are too much for one node of
/// Redis's quicklist.
fn exceeds(size: usize, len: usize, limits: &Limits) -> bool {
    /// Where elements are counted, bytes are not to get out of hand either.
    const SAFE: usize = 8192;
    match limits.list_size {
        most @ 0.. => size > SAFE || len as i64 > most.max(1),
        class => size > size_class(class),
    }
}

fn size_class(class: i64) -> usize {
    2048 << class.unsigned_abs().min(5)
}

impl List {
    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(packed) => packed.len(),
            Repr::Ring(ring) => ring.elements.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding as OBJECT ENCODING names it.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Ring(_) => "quicklist",
        }
    }

    /// The listpack of a small list.
    pub fn packed(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Listpack(packed) => Some(packed),
            Repr::Ring(_) => None,
        }
    }

    /// The elements, from the head.
    pub fn iter(&self) -> Iter<'_> {
        match &self.0 {
            Repr::Listpack(packed) => Iter::Listpack(packed.iter()),
            Repr::Ring(ring) => Iter::Ring(ring.elements.iter()),
        }
    }

    /// Visits the elements of a range, from the head.
    pub fn visit(&self, range: Range<usize>, mut visit: impl FnMut(&[u8])) {
        match &self.0 {
            Repr::Listpack(packed) => packed
                .range(range)
                .for_each(|(_, element)| visit(&element.text())),
            Repr::Ring(ring) => ring.elements.range(range).for_each(|e| visit(e)),
        }
    }

    /// The element at an index.
    pub fn get(&self, index: usize) -> Option<Text<'_>> {
        match &self.0 {
            Repr::Listpack(packed) => packed.at(index).map(|(_, element)| element.text()),
            Repr::Ring(ring) => ring.elements.get(index).map(|e| Text::bytes(e)),
        }
    }

    /// Changes the encoding if so many more elements of so many bytes are too
    /// many for a listpack. Redis looks at all arguments of a command before
    /// it stores the first.
    pub fn make_room_for(&mut self, more: usize, bytes: usize, limits: &Limits) {
        if let Repr::Listpack(packed) = &self.0 {
            let size = packed.size().saturating_add(bytes);
            if exceeds(size, packed.len() + more, limits) || packed.is_full(more) {
                self.make_ring();
            }
        }
    }

    fn make_ring(&mut self) {
        if let Repr::Listpack(packed) = &self.0 {
            let mut ring = Ring::default();
            for (_, element) in packed.iter() {
                ring.push(End::Tail, &element.text());
            }
            self.0 = Repr::Ring(Box::new(ring));
        }
    }

    /// Makes a list that has become short a listpack again: one that could
    /// become twice as long.
    fn shrink(&mut self, limits: &Limits) {
        if let Repr::Ring(ring) = &self.0 {
            let (size, len) = (EMPTY_SIZE + ring.size, ring.elements.len());
            let is_short = match limits.list_size {
                most @ 0.. => len as i64 <= most.max(1) / 2 && !exceeds(size, len, limits),
                class => size <= size_class(class) / 2,
            };
            if is_short {
                self.make_listpack();
            }
        }
    }

    /// Makes it a listpack if it is small enough for one, as Redis does with
    /// a list that it has made whole.
    pub fn compact(&mut self, limits: &Limits) {
        if let Repr::Ring(ring) = &self.0
            && !exceeds(EMPTY_SIZE + ring.size, ring.elements.len(), limits)
        {
            self.make_listpack();
        }
    }

    fn make_listpack(&mut self) {
        if let Repr::Ring(ring) = &self.0 {
            let mut packed = Listpack::default();
            packed.insert(packed.end(), ring.elements.iter().map(|e| Element::of(e)));
            self.0 = Repr::Listpack(packed);
        }
    }

    /// Adds elements at an end, one after another.
    pub fn push(&mut self, end: End, elements: &[&[u8]], limits: &Limits) {
        if let Repr::Ring(ring) = &mut self.0 {
            return elements.iter().for_each(|e| ring.push(end, e));
        }
        let bytes = elements.iter().map(|e| e.len()).sum();
        self.make_room_for(elements.len(), bytes, limits);
        match &mut self.0 {
            Repr::Listpack(packed) => {
                let elements = elements.iter().map(|e| Element::of(e));
                match end {
                    End::Head => packed.insert(packed.start(), elements.rev()),
                    End::Tail => packed.insert(packed.end(), elements),
                }
            }
            Repr::Ring(ring) => elements.iter().for_each(|e| ring.push(end, e)),
        }
    }

    /// Takes the element at an end.
    pub fn pop(&mut self, end: End, limits: &Limits) -> Option<ByteString> {
        match &mut self.0 {
            Repr::Listpack(packed) => {
                let (place, element) = match end {
                    End::Head => packed.iter().next(),
                    End::Tail => packed.iter().next_back(),
                }?;
                let element = ByteString::new(&element.text());
                packed.remove(place, 1);
                Some(element)
            }
            Repr::Ring(ring) => {
                let element = ring.pop(end);
                self.shrink(limits);
                element
            }
        }
    }

    /// Puts an element in front of the one at an index.
    pub fn insert(&mut self, index: usize, element: &[u8]) {
        match &mut self.0 {
            Repr::Listpack(packed) => {
                let at = packed
                    .at(index)
                    .map_or(packed.end(), |(place, _)| place.start);
                packed.insert(at, [Element::of(element)]);
            }
            Repr::Ring(ring) => {
                ring.size += element_size(element);
                ring.elements.insert(index, element.into());
            }
        }
    }

    /// Replaces the element at an index, which there must be.
    pub fn set(&mut self, index: usize, element: &[u8], limits: &Limits) {
        match &mut self.0 {
            Repr::Listpack(packed) => {
                if let Some((place, _)) = packed.at(index) {
                    packed.replace(place, Element::of(element));
                }
            }
            Repr::Ring(ring) => {
                if let Some(own) = ring.elements.get_mut(index) {
                    ring.size += element_size(element);
                    ring.size -= element_size(own);
                    *own = element.into();
                }
                self.shrink(limits);
            }
        }
    }

    /// Keeps only the elements of a range.
    pub fn trim(&mut self, range: Range<usize>, limits: &Limits) {
        match &mut self.0 {
            Repr::Listpack(packed) => {
                packed.drain(range.end..packed.len());
                packed.drain(0..range.start);
            }
            Repr::Ring(ring) => {
                ring.elements.truncate(range.end);
                ring.elements.drain(..range.start);
                ring.size = ring.elements.iter().map(|e| element_size(e)).sum();
                self.shrink(limits);
            }
        }
    }

    /// Removes up to `most` elements equal to this one, the nearest to an end
    /// first; how many there were.
    pub fn remove(&mut self, element: &[u8], most: usize, end: End, limits: &Limits) -> usize {
        let wanted = Element::of(element);
        let mut removed = 0;
        match &mut self.0 {
            Repr::Listpack(packed) => {
                let same = |(place, own): (listpack::Place, Element<'_>)| {
                    (own == wanted).then_some(place.start)
                };
                let mut starts: Vec<usize> = match end {
                    End::Head => packed.iter().filter_map(same).take(most).collect(),
                    End::Tail => packed.iter().rev().filter_map(same).take(most).collect(),
                };
                starts.sort_unstable();
                // From the end, so that the other places stay what they are.
                for start in starts.iter().rev() {
                    packed.remove(*start..start + wanted.size(), 1);
                }
                removed = starts.len();
            }
            Repr::Ring(ring) => {
                let mut skip = match end {
                    End::Head => 0,
                    End::Tail => {
                        let same = ring.elements.iter().filter(|e| *e == element).count();
                        same.saturating_sub(most)
                    }
                };
                ring.elements.retain(|own| {
                    if removed == most || own != element {
                        return true;
                    }
                    if skip > 0 {
                        skip -= 1;
                        return true;
                    }
                    removed += 1;
                    false
                });
                ring.size -= removed * element_size(element);
                self.shrink(limits);
            }
        }
        removed
    }
}

/// The elements of a list, from both ends.
#[derive(Debug, Clone)]
pub enum Iter<'a> {
    /// Of a small one.
    Listpack(listpack::Iter<'a>),
    /// Of a large one.
    Ring(vec_deque::Iter<'a, ByteString>),
}

impl<'a> Iterator for Iter<'a> {
    type Item = Text<'a>;

    #[inline]
    fn next(&mut self) -> Option<Text<'a>> {
        match self {
            Iter::Listpack(iter) => iter.next().map(|(_, element)| element.text()),
            Iter::Ring(iter) => iter.next().map(|element| Text::bytes(element)),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Iter::Listpack(iter) => iter.size_hint(),
            Iter::Ring(iter) => iter.size_hint(),
        }
    }
}

impl DoubleEndedIterator for Iter<'_> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Iter::Listpack(iter) => iter.next_back().map(|(_, element)| element.text()),
            Iter::Ring(iter) => iter.next_back().map(|element| Text::bytes(element)),
        }
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests;
