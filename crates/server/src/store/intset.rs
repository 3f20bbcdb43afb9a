//! Integers in order in one block, each as wide as the widest needs: what a
//! set of integers is while there are few.
//!
//! The first byte is the width, 2, 4 or 8 bytes; the integers follow, little
//! endian. Removing the widest does not make the others narrower.

use super::block::splice;

/// The byte of the width.
const HEADER: usize = 1;

/// A set of integers.
#[derive(Debug, Clone, Default)]
pub struct Intset(Box<[u8]>);

/// The least width of an integer, bytes.
fn width_of(n: i64) -> usize {
    if i16::try_from(n).is_ok() {
        2
    } else if i32::try_from(n).is_ok() {
        4
    } else {
        8
    }
}

/// Reads an integer of as many bytes.
pub fn sign_extended(bytes: &[u8]) -> i64 {
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut le = [if negative { 0xff } else { 0 }; 8];
    le[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(le)
}

/// The integers of a block, to read.
#[derive(Debug, Clone, Copy)]
pub struct Ints<'a> {
    width: usize,
    bytes: &'a [u8],
}

impl<'a> Ints<'a> {
    /// Those of a block that an [`Intset`] was made into.
    pub fn of(block: &'a [u8]) -> Self {
        match block.split_first() {
            Some((width, bytes)) => Ints {
                width: usize::from(*width),
                bytes,
            },
            None => Ints {
                width: width_of(0),
                bytes: &[],
            },
        }
    }

    /// How many there are.
    pub fn len(self) -> usize {
        self.bytes.len() / self.width
    }

    /// The integers, ascending.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = i64> + ExactSizeIterator + 'a {
        self.bytes.chunks_exact(self.width).map(sign_extended)
    }

    /// The integer at a place.
    pub fn at(self, place: usize) -> Option<i64> {
        let start = place.checked_mul(self.width)?;
        let bytes = self.bytes.get(start..start.checked_add(self.width)?)?;
        Some(sign_extended(bytes))
    }

    /// Where an integer is, or would have to be.
    pub fn find(self, n: i64) -> Result<usize, usize> {
        let (mut low, mut high) = (0, self.len());
        while low < high {
            let middle = low.midpoint(high);
            match self.at(middle).map(|own| own.cmp(&n)) {
                Some(std::cmp::Ordering::Less) => low = middle + 1,
                Some(std::cmp::Ordering::Equal) => return Ok(middle),
                _ => high = middle,
            }
        }
        Err(low)
    }

    /// The block as DUMP writes it: width and number as 32 bits each.
    pub fn framed(self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(8 + self.bytes.len());
        bytes.extend_from_slice(&(self.width as u32).to_le_bytes());
        bytes.extend_from_slice(&(self.len() as u32).to_le_bytes());
        bytes.extend_from_slice(self.bytes);
        bytes
    }
}

impl Intset {
    /// The set that a block is.
    pub fn from_block(block: Box<[u8]>) -> Self {
        Intset(block)
    }

    /// The block: empty, or the width and the integers.
    pub fn into_block(self) -> Box<[u8]> {
        self.0
    }

    /// The integers, to read.
    pub fn ints(&self) -> Ints<'_> {
        Ints::of(&self.0)
    }

    /// Adds an integer; whether it is new.
    pub fn insert(&mut self, n: i64) -> bool {
        let Err(place) = self.ints().find(n) else {
            return false;
        };
        let width = width_of(n).max(self.ints().width);
        if self.0.is_empty() || width > self.ints().width {
            self.widen(width);
        }
        let at = HEADER + place * width;
        splice(&mut self.0, at..at, &n.to_le_bytes()[..width]);
        true
    }

    /// Removes an integer; whether it was there.
    pub fn remove(&mut self, n: i64) -> bool {
        let Ok(place) = self.ints().find(n) else {
            return false;
        };
        let width = self.ints().width;
        let at = HEADER + place * width;
        splice(&mut self.0, at..at + width, &[]);
        true
    }

    fn widen(&mut self, width: usize) {
        let ints = self.ints();
        let mut bytes = Vec::with_capacity(HEADER + ints.len() * width);
        bytes.push(width as u8);
        for n in ints.iter() {
            bytes.extend_from_slice(&n.to_le_bytes()[..width]);
        }
        self.0 = bytes.into_boxed_slice();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn it_is_as_wide_as_its_widest() {
        let mut ints = Intset::default();
        assert!(ints.insert(-1) && ints.insert(300) && !ints.insert(300));
        assert_eq!(ints.clone().into_block().len(), HEADER + 2 * 2);
        assert!(ints.insert(1 << 20));
        assert_eq!(ints.clone().into_block().len(), HEADER + 3 * 4);
        assert!(ints.insert(i64::MIN));
        assert_eq!(ints.clone().into_block().len(), HEADER + 4 * 8);
        let all: Vec<i64> = ints.ints().iter().collect();
        assert_eq!(all, [i64::MIN, -1, 300, 1 << 20]);
        assert_eq!(ints.ints().at(1), Some(-1));
        assert_eq!(ints.ints().at(4), None);
    }

    /// Integers of every width, often the same ones.
    fn integer() -> impl Strategy<Value = i64> {
        prop_oneof![-20_i64..20, -40_000_i64..40_000, any::<i64>()]
    }

    proptest! {
        #[test]
        fn it_behaves_as_a_set(steps in proptest::collection::vec((any::<bool>(), integer()), 0..200)) {
            let mut ints = Intset::default();
            let mut model = BTreeSet::new();
            for (add, n) in steps {
                if add {
                    prop_assert_eq!(ints.insert(n), model.insert(n));
                } else {
                    prop_assert_eq!(ints.remove(n), model.remove(&n));
                }
                prop_assert_eq!(ints.ints().len(), model.len());
                prop_assert!(ints.ints().iter().eq(model.iter().copied()));
                prop_assert_eq!(ints.ints().find(n).is_ok(), model.contains(&n));
            }
        }
    }
}
