//! Sets: integers in order while there are few, a sequence while there are few
//! and short members, a hash table otherwise.

use super::intset::{Ints, Intset};
use super::listpack::{self, Element, Listpack};
use super::text::Text;
use super::{ByteString, Dict, Limits};
use crate::wire::number;
use rand::RngExt as _;

/// The value of a set key.
#[derive(Debug, Clone)]
pub struct Set(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Only integers, or few short members in the order in which they were
    /// added: an [`Intset`]'s or a [`Listpack`]'s block, which its first byte
    /// tells. Both in one variant leave no room to be lost for a tag.
    Packed(Box<[u8]>),
    /// Anything, in no promised order.
    Table(Box<Dict<()>>),
}

/// A small set, to read.
enum Packed<'a> {
    Ints(Ints<'a>),
    Listpack(listpack::Iter<'a>),
}

fn packed(block: &[u8]) -> Packed<'_> {
    match block.first() {
        Some(0) => Packed::Listpack(listpack::Iter::over(block)),
        _ => Packed::Ints(Ints::of(block)),
    }
}

impl Default for Set {
    fn default() -> Self {
        Set(Repr::Packed(Box::default()))
    }
}

impl Set {
    /// The number of members.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(ints) => ints.len(),
                Packed::Listpack(members) => members.len(),
            },
            Repr::Table(dict) => dict.len(),
        }
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `member` is in the set.
    pub fn contains(&self, member: &[u8]) -> bool {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(ints) => {
                    number::parse_i64(member).is_some_and(|n| ints.find(n).is_ok())
                }
                Packed::Listpack(members) => members.find(Element::of(member), 1).is_some(),
            },
            Repr::Table(dict) => dict.contains(member),
        }
    }

    /// Changes a small set; `None` for a table.
    fn edit<T>(
        &mut self,
        ints: impl FnOnce(&mut Intset) -> T,
        members: impl FnOnce(&mut Listpack) -> T,
    ) -> Option<T> {
        let Repr::Packed(block) = &mut self.0 else {
            return None;
        };
        let is_listpack = block.first() == Some(&0);
        let own = std::mem::take(block);
        Some(if is_listpack {
            let mut packed = Listpack::from_block(own);
            let result = members(&mut packed);
            *block = packed.into_block();
            result
        } else {
            let mut set = Intset::from_block(own);
            let result = ints(&mut set);
            *block = set.into_block();
            result
        })
    }

    /// Adds a member; whether it is new.
    pub fn insert(&mut self, member: &[u8], limits: &Limits) -> bool {
        let element = Element::of(member);
        if let Repr::Packed(block) = &self.0
            && let Packed::Ints(ints) = packed(block)
        {
            match element.int() {
                Some(n) => {
                    let new = self.edit(|ints| ints.insert(n), |_| false) == Some(true);
                    if new && self.len() > limits.intset_entries {
                        self.make_table();
                    }
                    return new;
                }
                None => {
                    let (first, last) = (ints.at(0), ints.iter().next_back());
                    let longest = [first, last].into_iter().flatten();
                    let longest = longest.map(|n| Text::int(n).len()).max();
                    let too_long = longest.is_some_and(|longest| longest > limits.set_value);
                    let mut packed = Listpack::with_header();
                    packed.insert(packed.end(), ints.iter().map(Element::Int));
                    self.0 = Repr::Packed(packed.into_block());
                    if too_long {
                        self.make_table();
                    }
                }
            }
        }
        if let Repr::Packed(block) = &self.0 {
            let members = listpack::Iter::over(block);
            let len = members.len();
            if members.find(element, 1).is_some() {
                return false;
            }
            if len < limits.set_entries && member.len() <= limits.set_value {
                self.edit(|_| (), |members| members.push(element));
                return true;
            }
            self.make_table();
        }
        match &mut self.0 {
            Repr::Table(dict) => dict.insert(member, ()).is_none(),
            Repr::Packed(_) => false,
        }
    }

    /// Changes the encoding if these members are too many for it. Redis counts
    /// a command's arguments before it looks at them, but for the first one of
    /// a new set.
    pub fn make_room_for(&mut self, more: &[&[u8]], limits: &Limits) {
        let Repr::Packed(block) = &self.0 else {
            return;
        };
        let begins_with_text = || {
            more.first()
                .is_some_and(|first| Element::of(first).int().is_none())
        };
        let more = more.len();
        let most = match packed(block) {
            Packed::Ints(ints)
                if ints.len() == 0 && (more > limits.intset_entries || begins_with_text()) =>
            {
                self.0 = Repr::Packed(Listpack::with_header().into_block());
                limits.set_entries
            }
            Packed::Ints(_) => limits.intset_entries,
            Packed::Listpack(_) => limits.set_entries,
        };
        if more > most {
            self.make_table();
        }
    }

    /// Makes it an intset if all members are integers.
    pub fn compact(&mut self, limits: &Limits) {
        if let Repr::Packed(block) = &self.0
            && let Packed::Listpack(members) = packed(block)
            && members.len() <= limits.intset_entries
        {
            let ints: Option<Vec<i64>> = members.map(|(_, member)| member.int()).collect();
            if let Some(ints) = ints {
                let mut set = Intset::default();
                for n in ints {
                    set.insert(n);
                }
                self.0 = Repr::Packed(set.into_block());
            }
        }
    }

    fn make_table(&mut self) {
        if let Repr::Packed(_) = &self.0 {
            let mut dict = Dict::new();
            for member in self.iter() {
                dict.insert(&member, ());
            }
            self.0 = Repr::Table(Box::new(dict));
        }
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        if let Repr::Table(dict) = &mut self.0 {
            return dict.remove(member).is_some();
        }
        let element = Element::of(member);
        let removed = self.edit(
            |ints| element.int().is_some_and(|n| ints.remove(n)),
            |members| {
                let Some(place) = members.iter().find(element, 1) else {
                    return false;
                };
                members.remove(place, 1);
                true
            },
        );
        removed == Some(true)
    }

    /// The members; integers ascending while the set is small.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Text<'_>> + '_> {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(ints) => Box::new(ints.iter().map(Text::int)),
                Packed::Listpack(members) => Box::new(members.map(|(_, member)| member.text())),
            },
            Repr::Table(dict) => Box::new(dict.iter().map(|(k, ())| Text::bytes(k))),
        }
    }

    /// The member at `position` of [`Set::iter`].
    pub fn at(&self, position: usize) -> Option<Text<'_>> {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(ints) => ints.at(position).map(Text::int),
                Packed::Listpack(mut members) => members.nth(position).map(|(_, m)| m.text()),
            },
            Repr::Table(dict) => dict.at(position).map(|(k, ())| Text::bytes(k)),
        }
    }

    /// A member chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<Text<'_>> {
        if self.is_empty() {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(_) => "intset",
                Packed::Listpack(_) => "listpack",
            },
            Repr::Table(_) => "hashtable",
        }
    }

    /// The hash table of a large one, for scans.
    pub fn dict(&self) -> Option<&Dict<()>> {
        match &self.0 {
            Repr::Packed(_) => None,
            Repr::Table(dict) => Some(dict),
        }
    }

    /// The integers of a set of few.
    pub fn ints(&self) -> Option<Ints<'_>> {
        match &self.0 {
            Repr::Packed(block) => match packed(block) {
                Packed::Ints(ints) => Some(ints),
                Packed::Listpack(_) => None,
            },
            Repr::Table(_) => None,
        }
    }

    /// The bytes of a small one.
    pub fn packed_size(&self) -> Option<usize> {
        match &self.0 {
            Repr::Packed(block) => Some(block.len()),
            Repr::Table(_) => None,
        }
    }
}

impl FromIterator<ByteString> for Set {
    /// A set of any strings with the default limits of an intset.
    fn from_iter<I: IntoIterator<Item = ByteString>>(members: I) -> Self {
        let limits = Limits::default();
        let mut set = Set::default();
        for member in members {
            set.insert(&member, &limits);
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn few_integers_are_an_intset_in_order() {
        let limits = Limits::default();
        let mut set = Set::default();
        for n in ["30", "-1", "7"] {
            assert!(set.insert(n.as_bytes(), &limits));
        }
        assert!(!set.insert(b"7", &limits));
        let members: Vec<_> = set.iter().map(|m| m.to_vec()).collect();
        assert_eq!(members, [&b"-1"[..], b"7", b"30"]);
        assert!(!set.contains(b"07"));
        set.insert(b"x", &limits);
        assert_eq!(set.encoding(), "listpack");
        assert!(set.contains(b"30") && set.remove(b"30") && !set.remove(b"30"));
        assert_eq!(set.len(), 3);
        set.insert(&[b'y'; 65], &limits);
        assert_eq!(set.encoding(), "hashtable");
        assert!(set.contains(b"x") && set.len() == 4);
    }

    /// Few different members of every kind.
    fn member() -> impl Strategy<Value = Vec<u8>> {
        prop_oneof![
            4 => (-9_i64..99).prop_map(|n| n.to_string().into_bytes()),
            1 => any::<i64>().prop_map(|n| n.to_string().into_bytes()),
            1 => (0..6_usize).prop_map(|n| vec![b'x'; n]),
            1 => Just(vec![b'y'; 65]),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_behaves_as_a_set_in_every_encoding(
            steps in proptest::collection::vec((0..5_u8, member()), 0..80),
            most in 0..60_usize,
        ) {
            let limits = Limits { intset_entries: most, set_entries: most, ..Limits::default() };
            let (mut set, mut model) = (Set::default(), BTreeSet::new());
            for (kind, member) in steps {
                match kind {
                    0..3 => prop_assert_eq!(set.insert(&member, &limits), model.insert(member.clone())),
                    3 => prop_assert_eq!(set.remove(&member), model.remove(&member)),
                    _ => set.compact(&limits),
                }
                prop_assert_eq!(set.len(), model.len());
                prop_assert_eq!(set.contains(&member), model.contains(&member));
                let members: BTreeSet<Vec<u8>> = set.iter().map(|m| m.to_vec()).collect();
                prop_assert_eq!(&members, &model);
                for (place, member) in set.iter().enumerate() {
                    prop_assert_eq!(set.at(place), Some(member));
                }
                prop_assert_eq!(set.at(set.len()), None);
            }
        }
    }
}
