//! The listpack that a small collection is kept in.

use super::EMPTY_SIZE;
use super::element::{Element, last_size};
use crate::store::block::splice;
use std::ops::Range;

/// Our own header: a zero, which tells a listpack from an
/// [`crate::store::intset`], and the number of elements. The total and the end
/// mark of Redis's are left out: the block knows its length.
const HEADER: usize = 4;

/// The most elements the header can say.
const MOST: usize = (1 << 24) - 1;

/// A sequence of strings in one block of bytes. It is found by reading, so it
/// is for few strings.
#[derive(Debug, Clone, Default)]
pub struct Listpack(Box<[u8]>);

/// Where an element lies in a listpack: valid until its next change.
pub type Place = Range<usize>;

impl Listpack {
    /// The listpack that a block is.
    pub fn from_block(block: Box<[u8]>) -> Self {
        Listpack(block)
    }

    /// The block.
    pub fn into_block(self) -> Box<[u8]> {
        self.0
    }

    /// An empty one that can be told from any other empty block.
    pub fn with_header() -> Self {
        Listpack(Box::new([0; HEADER]))
    }

    /// The number of elements.
    #[inline]
    pub fn len(&self) -> usize {
        Iter::over(&self.0).len()
    }

    /// Whether so many more would be too many for any listpack.
    pub fn is_full(&self, more: usize) -> bool {
        self.len().saturating_add(more) > MOST
    }

    /// The bytes it takes here.
    pub fn heap_size(&self) -> usize {
        self.0.len()
    }

    /// The bytes it takes as Redis keeps and sends it.
    pub fn size(&self) -> usize {
        EMPTY_SIZE + self.0.len().saturating_sub(HEADER)
    }

    /// The elements with their places.
    #[inline]
    pub fn iter(&self) -> Iter<'_> {
        Iter::over(&self.0)
    }

    /// The element with this number, reached from the nearer end.
    pub fn at(&self, number: usize) -> Option<(Place, Element<'_>)> {
        let from_end = self.len().checked_sub(number + 1)?;
        if number <= from_end {
            self.iter().nth(number)
        } else {
            self.iter().nth_back(from_end)
        }
    }

    /// The element at an offset.
    pub fn element_at(&self, at: usize) -> Option<Element<'_>> {
        Element::read(self.0.get(at..)?).map(|(element, _)| element)
    }

    /// The bytes the element at an offset takes.
    pub fn size_at(&self, at: usize) -> Option<usize> {
        Element::read(self.0.get(at..)?).map(|(_, size)| size)
    }

    /// The elements with these numbers.
    pub fn range(&self, range: Range<usize>) -> Iter<'_> {
        let mut iter = self.iter();
        let end = range.end.min(iter.left);
        let start = range.start.min(end);
        let offset = |number| self.at(number).map_or(self.end(), |(place, _)| place.start);
        iter.front = offset(start);
        iter.left = end - start;
        // Where the last one ends matters only to who comes from there.
        iter.back = if end == self.len() {
            iter.back
        } else {
            offset(end)
        };
        iter
    }

    /// In front of the first element.
    pub fn start(&self) -> usize {
        HEADER
    }

    /// Behind the last element.
    pub fn end(&self) -> usize {
        self.0.len().max(HEADER)
    }

    /// Puts elements in front of what lies at an offset.
    pub fn insert<'a>(&mut self, at: usize, elements: impl IntoIterator<Item = Element<'a>>) {
        if self.0.is_empty() {
            self.0 = Box::new([0; HEADER]);
        }
        let (mut bytes, mut more) = (Vec::new(), 0);
        for element in elements {
            element.write(&mut bytes);
            more += 1;
        }
        let len = self.len() + more;
        splice(&mut self.0, at..at, &bytes);
        self.set_len(len);
    }

    /// Puts an element at the end.
    pub fn push(&mut self, element: Element<'_>) {
        self.insert(self.end(), [element]);
    }

    /// Replaces an element.
    pub fn replace(&mut self, place: Place, element: Element<'_>) {
        let mut bytes = Vec::new();
        element.write(&mut bytes);
        splice(&mut self.0, place, &bytes);
    }

    /// Removes so many elements, which take these bytes.
    pub fn remove(&mut self, place: Place, elements: usize) {
        if elements == 0 {
            return;
        }
        let len = self.len().saturating_sub(elements);
        splice(&mut self.0, place, &[]);
        self.set_len(len);
    }

    /// Removes the elements with these numbers.
    pub fn drain(&mut self, range: Range<usize>) {
        let rest = self.range(range);
        let (place, removed) = (rest.front..rest.back, rest.left);
        self.remove(place, removed);
    }

    /// The block as Redis keeps and sends it.
    pub fn framed(&self) -> Vec<u8> {
        super::framed(self.0.get(HEADER..).unwrap_or_default(), self.len())
    }

    fn set_len(&mut self, len: usize) {
        if let Some(header) = self.0.get_mut(1..HEADER) {
            header.copy_from_slice(&(len as u32).to_le_bytes()[..3]);
        }
    }
}

/// The elements of a listpack with their places, from both ends.
#[derive(Debug, Clone)]
pub struct Iter<'a> {
    block: &'a [u8],
    front: usize,
    back: usize,
    left: usize,
}

impl<'a> Iter<'a> {
    /// Those of a block that a [`Listpack`] was made into.
    #[inline]
    pub fn over(block: &'a [u8]) -> Self {
        let left = match block {
            [_, a, b, c, ..] => u32::from_le_bytes([*a, *b, *c, 0]) as usize,
            _ => 0,
        };
        Iter {
            block,
            front: HEADER,
            back: block.len().max(HEADER),
            left,
        }
    }

    /// Where this element is, if it is one of them. Looks only at every
    /// `step`th.
    pub fn find(mut self, wanted: Element<'_>, step: usize) -> Option<Place> {
        loop {
            let (place, element) = self.next()?;
            if element == wanted {
                return Some(place);
            }
            for _ in 1..step {
                self.next()?;
            }
        }
    }
}

impl<'a> Iterator for Iter<'a> {
    type Item = (Place, Element<'a>);

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let (element, size) = Element::read(self.block.get(self.front..self.back)?)?;
        let place = self.front..self.front + size;
        self.front = place.end;
        self.left -= 1;
        Some((place, element))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl DoubleEndedIterator for Iter<'_> {
    #[inline]
    fn next_back(&mut self) -> Option<Self::Item> {
        if self.left == 0 {
            return None;
        }
        let size = last_size(self.block.get(self.front..self.back)?)?;
        let place = self.back - size..self.back;
        let (element, _) = Element::read(&self.block[place.clone()])?;
        self.back = place.start;
        self.left -= 1;
        Some((place, element))
    }
}

impl ExactSizeIterator for Iter<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::listpack;
    use proptest::prelude::*;
    use proptest::sample::Index;

    fn texts(packed: &Listpack) -> Vec<Vec<u8>> {
        packed.iter().map(|(_, e)| e.text().to_vec()).collect()
    }

    /// Strings of every kind of encoding.
    fn text() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            proptest::collection::vec(any::<u8>(), 0..10),
            proptest::collection::vec(any::<u8>(), 60..200),
            any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            (-5_000_i64..5_000).prop_map(|n| n.to_string().into_bytes()),
            Just(b"007".to_vec()),
        ]
    }

    #[derive(Debug, Clone)]
    enum Step {
        Insert(Index, Vec<Vec<u8>>),
        Replace(Index, Vec<u8>),
        Remove(Index, Index),
        Drain(Index, Index),
    }

    fn step() -> impl Strategy<Value = Step> {
        let index = any::<Index>;
        prop_oneof![
            4 => (index(), proptest::collection::vec(text(), 0..4))
                .prop_map(|(at, texts)| Step::Insert(at, texts)),
            2 => (index(), text()).prop_map(|(at, text)| Step::Replace(at, text)),
            2 => (index(), index()).prop_map(|(a, b)| Step::Remove(a, b)),
            1 => (index(), index()).prop_map(|(a, b)| Step::Drain(a, b)),
        ]
    }

    /// Two places of `0..=len`, in order.
    fn range(a: &Index, b: &Index, len: usize) -> Range<usize> {
        let (a, b) = (a.index(len + 1), b.index(len + 1));
        a.min(b)..a.max(b)
    }

    /// The offset of the element with this number.
    fn offset(packed: &Listpack, number: usize) -> usize {
        let found = packed.iter().nth(number);
        found.map_or(packed.end(), |(place, _)| place.start)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_behaves_as_a_sequence(steps in proptest::collection::vec(step(), 0..40)) {
            let mut packed = Listpack::default();
            let mut model: Vec<Vec<u8>> = Vec::new();
            for step in steps {
                match step {
                    Step::Insert(at, texts) => {
                        let at = at.index(model.len() + 1);
                        let offset = offset(&packed, at);
                        packed.insert(offset, texts.iter().map(|t| Element::of(t)));
                        model.splice(at..at, texts);
                    }
                    Step::Replace(at, text) if !model.is_empty() => {
                        let at = at.index(model.len());
                        let (place, _) = packed.iter().nth(at).unwrap();
                        packed.replace(place, Element::of(&text));
                        model[at] = text;
                    }
                    Step::Replace(..) => {}
                    Step::Remove(a, b) => {
                        let range = range(&a, &b, model.len());
                        let bytes = offset(&packed, range.start)..offset(&packed, range.end);
                        packed.remove(bytes, range.len());
                        model.drain(range);
                    }
                    Step::Drain(a, b) => {
                        let range = range(&a, &b, model.len());
                        let part: Vec<Vec<u8>> =
                            packed.range(range.clone()).map(|(_, e)| e.text().to_vec()).collect();
                        prop_assert_eq!(&part[..], &model[range.clone()]);
                        packed.drain(range.clone());
                        model.drain(range);
                    }
                }
                prop_assert_eq!(packed.len(), model.len());
                prop_assert_eq!(&texts(&packed), &model);
                let mut backwards: Vec<Vec<u8>> =
                    packed.iter().rev().map(|(_, e)| e.text().to_vec()).collect();
                backwards.reverse();
                prop_assert_eq!(&backwards, &model);
                for text in &model {
                    let found = packed.iter().find(Element::of(text), 1).map(|place| place.start);
                    let first = model.iter().position(|own| own == text).unwrap();
                    prop_assert_eq!(found, Some(offset(&packed, first)));
                }
                // What is sent is what Redis would read.
                let framed = packed.framed();
                prop_assert_eq!(framed.len(), packed.size());
                let read = listpack::read(&framed).unwrap();
                prop_assert!(read.iter().map(|e| e.text().to_vec()).eq(model.iter().cloned()));
            }
        }
    }
}
