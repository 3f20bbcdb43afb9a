//! Sorted sets: members with scores, in order and by name.
//!
//! A small one is a listpack in order; a large one is a hash table from members to scores beside a [`tree`] in order. All ranges
//! (by score, by member, by rank) become ranges of ranks first, so that
//! reading and removing are written once.

mod iter;
mod packed;
mod range;
mod tree;

use super::listpack::Listpack;
use super::text::Text;
use super::{ByteString, Dict, Limits};
use rand::RngExt as _;
use std::ops::Range;
use tree::{Item, Tree};

pub use iter::Iter;
pub use packed::listpack_score;
pub use range::{LexRange, ScoreRange};

/// The value of a sorted set key.
#[derive(Debug, Clone)]
pub struct ZSet(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Few short members, each before its score.
    Listpack(Listpack),
    /// Many members, or long ones.
    Skiplist(Box<Skiplist>),
}

#[derive(Debug, Clone, Default)]
struct Skiplist {
    scores: Dict<f64>,
    tree: Tree,
}

impl Default for ZSet {
    fn default() -> Self {
        ZSet(Repr::Listpack(Listpack::default()))
    }
}

impl ZSet {
    /// An empty sorted set that begins as a hash table and a tree.
    pub fn large() -> Self {
        ZSet(Repr::Skiplist(Box::default()))
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(packed) => packed.len() / 2,
            Repr::Skiplist(large) => large.tree.len(),
        }
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether it is held as a skiplist.
    pub fn is_large(&self) -> bool {
        matches!(self.0, Repr::Skiplist(_))
    }

    /// The encoding as OBJECT ENCODING names it.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Skiplist(_) => "skiplist",
        }
    }

    /// A member's score.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Listpack(packed) => packed::find(packed, member).map(|(_, score)| score),
            Repr::Skiplist(large) => large.scores.get(member).copied(),
        }
    }

    /// Changes the encoding if so many members are too many for a listpack.
    /// Redis counts a command's members before it looks whether they are new.
    pub fn make_room_for(&mut self, more: usize, limits: &Limits) {
        if more > limits.zset_entries {
            self.make_large();
        }
    }

    /// Sets a member's score, which must not be NaN; the score it had.
    pub fn insert(&mut self, member: &[u8], score: f64, limits: &Limits) -> Option<f64> {
        if let Repr::Listpack(packed) = &mut self.0 {
            if let Some((place, old)) = packed::find(packed, member) {
                if old != score {
                    packed.remove(place, 2);
                    packed::insert(packed, member, score);
                }
                return Some(old);
            }
            if packed.len() / 2 < limits.zset_entries
                && member.len() <= limits.zset_value
                && !packed.is_full(2)
            {
                packed::insert(packed, member, score);
                return None;
            }
            self.make_large();
        }
        let Repr::Skiplist(large) = &mut self.0 else {
            return None;
        };
        let (stored, new) = large.scores.get_or_insert_with(member, || score);
        let mut old = None;
        if !new {
            old = Some(*stored);
            if *stored == score {
                return old;
            }
            large.tree.remove(*stored, member);
            *stored = score;
        }
        let member = ByteString::new(member);
        large.tree.insert(Item { score, member });
        old
    }

    /// Removes a member; the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.0 {
            Repr::Listpack(packed) => {
                let (place, score) = packed::find(packed, member)?;
                packed.remove(place, 2);
                Some(score)
            }
            Repr::Skiplist(large) => {
                let (_, score) = large.scores.remove(member)?;
                large.tree.remove(score, member);
                Some(score)
            }
        }
    }

    /// How many members come before this one.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match &self.0 {
            Repr::Listpack(packed) => packed::rank(packed, member),
            Repr::Skiplist(large) => {
                let score = *large.scores.get(member)?;
                Some(large.tree.rank(score, member))
            }
        }
    }

    /// The ranks of the members whose scores are in a range.
    pub fn score_range(&self, range: &ScoreRange) -> Range<usize> {
        if range.is_empty() {
            return 0..0;
        }
        let start = self.partition_point(|score, _| !range.above_min(score));
        let end = self.partition_point(|score, _| range.below_max(score));
        start..end.max(start)
    }

    /// The ranks of the members in a range; where scores differ, Redis
    /// leaves the result open.
    pub fn lex_range(&self, range: &LexRange<'_>) -> Range<usize> {
        if range.is_empty() {
            return 0..0;
        }
        let start = self.partition_point(|_, member| !range.above_min(member));
        let end = self.partition_point(|_, member| range.below_max(member));
        start..end.max(start)
    }

    fn partition_point(&self, before: impl Fn(f64, &[u8]) -> bool) -> usize {
        match &self.0 {
            Repr::Listpack(packed) => packed::pairs(packed.iter())
                .take_while(|(member, score)| before(*score, member))
                .count(),
            Repr::Skiplist(large) => large.tree.partition_point(before),
        }
    }

    /// The members with ranks in `range`, lowest first; ranks beyond the end
    /// are ignored.
    pub fn range(&self, range: Range<usize>) -> Iter<'_> {
        Iter::new(self, range)
    }

    /// All members, lowest first.
    pub fn iter(&self) -> Iter<'_> {
        self.range(0..self.len())
    }

    /// The member at a rank.
    pub fn at(&self, rank: usize) -> Option<(Text<'_>, f64)> {
        self.range(rank..rank.checked_add(1)?).next()
    }

    /// Removes the members with ranks in `range`; how many there were.
    pub fn remove_range(&mut self, range: Range<usize>) -> usize {
        let end = range.end.min(self.len());
        if range.start >= end {
            return 0;
        }
        match &mut self.0 {
            Repr::Listpack(packed) => packed.drain(range.start * 2..end * 2),
            Repr::Skiplist(_) => {
                let members: Vec<Vec<u8>> = self
                    .range(range.start..end)
                    .map(|(member, _)| member.to_vec())
                    .collect();
                for member in &members {
                    self.remove(member);
                }
            }
        }
        end - range.start
    }

    /// A member chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(Text<'_>, f64)> {
        match &self.0 {
            Repr::Listpack(_) if self.is_empty() => None,
            Repr::Listpack(_) => self.at(rng.random_range(0..self.len())),
            Repr::Skiplist(large) => {
                let (member, score) = large.scores.random(rng)?;
                Some((Text::bytes(member), *score))
            }
        }
    }

    /// The hash table of a large one, for scans.
    pub fn dict(&self) -> Option<&Dict<f64>> {
        match &self.0 {
            Repr::Listpack(_) => None,
            Repr::Skiplist(large) => Some(&large.scores),
        }
    }

    /// The listpack of a small one, members and scores in turn.
    pub fn packed(&self) -> Option<&Listpack> {
        match &self.0 {
            Repr::Listpack(packed) => Some(packed),
            Repr::Skiplist(_) => None,
        }
    }

    /// Changes to the large encoding.
    pub fn make_large(&mut self) {
        if let Repr::Listpack(packed) = &self.0 {
            let mut large = Skiplist::default();
            for (member, score) in packed::pairs(packed.iter()) {
                large.scores.insert(&member, score);
                let member = ByteString::new(&member);
                large.tree.insert(Item { score, member });
            }
            self.0 = Repr::Skiplist(Box::new(large));
        }
    }

    /// Turns a result that has become small enough into a listpack, as Redis
    /// does after ZUNIONSTORE and its kin (never after removals).
    pub fn compact(&mut self, limits: &Limits) {
        if let Repr::Skiplist(_) = &self.0
            && self.len() <= limits.zset_entries
            && self.iter().all(|(m, _)| m.len() <= limits.zset_value)
        {
            let mut packed = Listpack::default();
            for (member, score) in self.iter() {
                packed::append(&mut packed, &member, score);
            }
            self.0 = Repr::Listpack(packed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn names<'a>(items: impl Iterator<Item = (Text<'a>, f64)>) -> Vec<String> {
        items
            .map(|(m, _)| String::from_utf8(m.to_vec()).unwrap())
            .collect()
    }

    fn both(limits: &Limits) -> [ZSet; 2] {
        let mut large = ZSet::large();
        let mut small = ZSet::default();
        for (member, score) in [("c", 3.0), ("a", 1.0), ("b", 1.0), ("d", 2.5)] {
            assert_eq!(large.insert(member.as_bytes(), score, limits), None);
            assert_eq!(small.insert(member.as_bytes(), score, limits), None);
        }
        [small, large]
    }

    #[test]
    fn both_encodings_order_by_score_then_member() {
        let limits = Limits::default();
        for mut zset in both(&limits) {
            assert_eq!(names(zset.iter()), ["a", "b", "d", "c"]);
            assert_eq!(names(zset.iter().rev()), ["c", "d", "b", "a"]);
            assert_eq!(zset.rank(b"d"), Some(2));
            assert_eq!(zset.insert(b"d", 0.5, &limits), Some(2.5));
            assert_eq!((zset.rank(b"d"), zset.score(b"d")), (Some(0), Some(0.5)));
            let range = ScoreRange::parse(b"(0.5", b"3").unwrap();
            assert_eq!(zset.score_range(&range), 1..4);
            assert_eq!(zset.remove_range(1..3), 2);
            assert_eq!(names(zset.range(0..9)), ["d", "c"]);
            assert_eq!(zset.remove(b"d"), Some(0.5));
            assert_eq!(zset.remove(b"d"), None);
            assert_eq!(
                zset.at(0).map(|(m, s)| (m.to_vec(), s)),
                Some((b"c".to_vec(), 3.0))
            );
        }
    }

    #[test]
    fn ranges_by_member_work_in_both_encodings() {
        let limits = Limits::default();
        for mut zset in [ZSet::default(), ZSet::large()] {
            for member in ["a", "b", "c", "d"] {
                zset.insert(member.as_bytes(), 0.0, &limits);
            }
            for (min, max, expected) in [
                (&b"-"[..], &b"+"[..], 0..4),
                (b"(a", b"[c", 1..3),
                (b"[bb", b"+", 2..4),
                (b"[x", b"+", 4..4),
                (b"+", b"-", 0..0),
            ] {
                let range = LexRange::parse(min, max).unwrap();
                assert_eq!(zset.lex_range(&range), expected);
            }
        }
    }

    #[test]
    fn the_129th_member_or_a_long_one_changes_the_encoding_for_good() {
        let limits = Limits::default();
        let mut zset = ZSet::default();
        for n in 0..128 {
            zset.insert(format!("m{n}").as_bytes(), f64::from(n), &limits);
        }
        assert_eq!(zset.encoding(), "listpack");
        zset.insert(b"one more", 1.0, &limits);
        assert_eq!((zset.encoding(), zset.len()), ("skiplist", 129));
        zset.remove_range(1..129);
        assert_eq!((zset.encoding(), zset.len()), ("skiplist", 1));
        zset.compact(&limits);
        assert_eq!((zset.encoding(), zset.len()), ("listpack", 1));
        zset.insert(&[b'x'; 64], 1.0, &limits);
        assert_eq!(zset.encoding(), "listpack");
        zset.insert(&[b'y'; 65], 1.0, &limits);
        assert_eq!(zset.encoding(), "skiplist");
    }

    #[test]
    fn iterators_from_both_ends_meet() {
        let limits = Limits::default();
        let mut zset = ZSet::default();
        for n in 0..1_000 {
            zset.insert(format!("{n:04}").as_bytes(), 0.0, &limits);
        }
        let mut iter = zset.range(10..990);
        let mut taken = Vec::new();
        while let Some((member, _)) = iter.next() {
            taken.push(member.to_vec());
            taken.extend(iter.next_back().map(|(m, _)| m.to_vec()));
            assert_eq!(iter.len(), 980 - taken.len());
        }
        taken.sort();
        assert_eq!(
            taken,
            zset.range(10..990)
                .map(|(m, _)| m.to_vec())
                .collect::<Vec<_>>()
        );
    }

    /// Scores of every form, often the same ones.
    fn score() -> impl Strategy<Value = f64> {
        prop_oneof![
            4 => (-3_i32..4).prop_map(|n| f64::from(n) / 2.0),
            1 => any::<i64>().prop_map(|n| n as f64),
            1 => any::<f64>().prop_filter("a number", |n| !n.is_nan()),
            1 => Just(f64::INFINITY),
            1 => Just(-0.0),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn both_encodings_do_the_same(
            steps in proptest::collection::vec((0..5_u8, 0..20_u8, score()), 0..60),
        ) {
            let limits = Limits::default();
            let (mut small, mut large) = (ZSet::default(), ZSet::large());
            for (kind, n, score) in steps {
                // Some members are numbers.
                let member = if n % 2 == 0 { n.to_string() } else { format!("m{n}") };
                let member = member.as_bytes();
                match kind {
                    0..3 => {
                        let old = small.insert(member, score, &limits);
                        prop_assert_eq!(old, large.insert(member, score, &limits));
                    }
                    3 => prop_assert_eq!(small.remove(member), large.remove(member)),
                    _ => {
                        let start = usize::from(n / 2);
                        let range = start..start + usize::from(n % 3);
                        let removed = small.remove_range(range.clone());
                        prop_assert_eq!(removed, large.remove_range(range));
                    }
                }
                prop_assert_eq!((small.encoding(), large.encoding()), ("listpack", "skiplist"));
                prop_assert!(small.iter().eq(large.iter()));
                prop_assert!(small.iter().rev().eq(large.iter().rev()));
                prop_assert_eq!(small.rank(member), large.rank(member));
                prop_assert_eq!(small.score(member), large.score(member));
                prop_assert_eq!(small.at(3), large.at(3));
                let range = ScoreRange { min: -1.0, min_exclusive: true, max: 1.0, max_exclusive: false };
                prop_assert_eq!(small.score_range(&range), large.score_range(&range));
                let part = small.score_range(&range);
                prop_assert!(small.range(part.clone()).rev().eq(large.range(part).rev()));
            }
            let mut compacted = large.clone();
            compacted.compact(&limits);
            prop_assert!(compacted.iter().eq(small.iter()));
            small.make_large();
            prop_assert!(small.iter().eq(large.iter()));
        }
    }
}
