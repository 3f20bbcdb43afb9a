//! Sets: integers in order while there are few, a sequence while there are few
//! and short members, a hash table otherwise.

use super::{ByteString, Dict, Limits};
use crate::wire::number;
use rand::RngExt as _;
use std::borrow::Cow;

/// The value of a set key.
#[derive(Debug, Clone)]
pub enum Set {
    /// Only integers, ascending.
    Intset(Vec<i64>),
    /// Few short members, in the order in which they were added.
    Listpack(Vec<ByteString>),
    /// Anything, in no promised order.
    Table(Dict<()>),
}

impl Default for Set {
    fn default() -> Self {
        Set::Intset(Vec::new())
    }
}

fn written(n: i64) -> Cow<'static, [u8]> {
    Cow::Owned(n.to_string().into_bytes())
}

impl Set {
    /// The number of members.
    pub fn len(&self) -> usize {
        match self {
            Set::Intset(ints) => ints.len(),
            Set::Listpack(members) => members.len(),
            Set::Table(dict) => dict.len(),
        }
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether `member` is in the set.
    pub fn contains(&self, member: &[u8]) -> bool {
        match self {
            Set::Intset(ints) => {
                number::parse_i64(member).is_some_and(|n| ints.binary_search(&n).is_ok())
            }
            Set::Listpack(members) => members.iter().any(|own| own == member),
            Set::Table(dict) => dict.contains(member),
        }
    }

    /// Adds a member; whether it is new.
    pub fn insert(&mut self, member: &[u8], limits: &Limits) -> bool {
        if let Set::Intset(ints) = self {
            if let Some(n) = number::parse_i64(member) {
                let Err(at) = ints.binary_search(&n) else {
                    return false;
                };
                ints.insert(at, n);
                if ints.len() > limits.intset_entries {
                    self.make_table();
                }
                return true;
            }
            let written: Vec<ByteString> = ints
                .iter()
                .map(|n| ByteString::new(itoa::Buffer::new().format(*n).as_bytes()))
                .collect();
            let longest = written.iter().map(|member| member.len()).max();
            *self = Set::Listpack(written);
            if longest.is_some_and(|longest| longest > limits.set_value) {
                self.make_table();
            }
        }
        if let Set::Listpack(members) = self {
            if members.iter().any(|own| own == member) {
                return false;
            }
            if members.len() < limits.set_entries && member.len() <= limits.set_value {
                members.push(member.into());
                return true;
            }
            self.make_table();
        }
        match self {
            Set::Table(dict) => dict.insert(member, ()).is_none(),
            Set::Intset(_) | Set::Listpack(_) => false,
        }
    }

    /// Changes the encoding if `more` members are about to be added that are
    /// too many for it. Redis counts a command's arguments before it looks at
    /// them.
    pub fn make_room_for(&mut self, more: usize, limits: &Limits) {
        let most = match self {
            Set::Intset(ints) if ints.is_empty() && more > limits.intset_entries => {
                *self = Set::Listpack(Vec::new());
                limits.set_entries
            }
            Set::Intset(_) => limits.intset_entries,
            Set::Listpack(_) => limits.set_entries,
            Set::Table(_) => return,
        };
        if more > most {
            self.make_table();
        }
    }

    /// Makes it an intset if all members are integers.
    pub fn compact(&mut self, limits: &Limits) {
        if let Set::Listpack(members) = self {
            let ints: Option<Vec<i64>> = members.iter().map(|m| number::parse_i64(m)).collect();
            if let Some(mut ints) = ints.filter(|ints| ints.len() <= limits.intset_entries) {
                ints.sort_unstable();
                *self = Set::Intset(ints);
            }
        }
    }

    fn make_table(&mut self) {
        let mut dict = Dict::new();
        match self {
            Set::Intset(ints) => {
                for n in ints.drain(..) {
                    dict.insert(itoa::Buffer::new().format(n).as_bytes(), ());
                }
            }
            Set::Listpack(members) => {
                for member in members.drain(..) {
                    dict.insert(&member, ());
                }
            }
            Set::Table(_) => return,
        }
        *self = Set::Table(dict);
    }

    /// Removes a member; whether it was there.
    pub fn remove(&mut self, member: &[u8]) -> bool {
        match self {
            Set::Intset(ints) => match number::parse_i64(member).map(|n| ints.binary_search(&n)) {
                Some(Ok(at)) => {
                    ints.remove(at);
                    true
                }
                _ => false,
            },
            Set::Listpack(members) => match members.iter().position(|own| own == member) {
                Some(at) => {
                    members.remove(at);
                    true
                }
                None => false,
            },
            Set::Table(dict) => dict.remove(member).is_some(),
        }
    }

    /// The members; integers ascending while the set is small.
    pub fn iter(&self) -> Box<dyn Iterator<Item = Cow<'_, [u8]>> + '_> {
        match self {
            Set::Intset(ints) => Box::new(ints.iter().map(|n| written(*n))),
            Set::Listpack(members) => Box::new(members.iter().map(|m| Cow::Borrowed(m.as_slice()))),
            Set::Table(dict) => Box::new(dict.iter().map(|(k, ())| Cow::Borrowed(k.as_slice()))),
        }
    }

    /// The member at `position` of [`Set::iter`].
    pub fn at(&self, position: usize) -> Option<Cow<'_, [u8]>> {
        match self {
            Set::Intset(ints) => ints.get(position).map(|n| written(*n)),
            Set::Listpack(members) => members
                .get(position)
                .map(|member| Cow::Borrowed(member.as_slice())),
            Set::Table(dict) => dict.at(position).map(|(k, ())| Cow::Borrowed(k.as_slice())),
        }
    }

    /// A member chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<Cow<'_, [u8]>> {
        if self.is_empty() {
            return None;
        }
        self.at(rng.random_range(0..self.len()))
    }

    /// The encoding's name.
    pub fn encoding(&self) -> &'static str {
        match self {
            Set::Intset(_) => "intset",
            Set::Listpack(_) => "listpack",
            Set::Table(_) => "hashtable",
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

    #[test]
    fn few_integers_are_an_intset_in_order() {
        let limits = Limits::default();
        let mut set = Set::default();
        for n in ["30", "-1", "7"] {
            assert!(set.insert(n.as_bytes(), &limits));
        }
        assert!(!set.insert(b"7", &limits));
        let members: Vec<_> = set.iter().map(|m| m.into_owned()).collect();
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
}
