//! Sorted sets: members with scores, in order and by name.
//!
//! A small one is a sequence in order, as a listpack is; a large one is a
//! hash table from members to scores beside a [`tree`] in order. All ranges
//! (by score, by member, by rank) become ranges of ranks first, so that
//! reading and removing are written once.

mod iter;
mod range;
mod tree;

use super::{ByteString, Dict, Limits};
use crate::wire::number;
use rand::RngExt as _;
use std::ops::Range;
use tree::{Item, Tree, order};

pub use iter::Iter;
pub use range::{LexRange, ScoreRange};

/// The value of a sorted set key.
#[derive(Debug, Clone)]
pub struct ZSet(Repr);

#[derive(Debug, Clone)]
enum Repr {
    /// Few short members.
    Listpack(Vec<Item>),
    /// Many members, or long ones.
    Skiplist { scores: Dict<f64>, tree: Tree },
}

impl Default for ZSet {
    fn default() -> Self {
        ZSet(Repr::Listpack(Vec::new()))
    }
}

impl ZSet {
    /// An empty sorted set that begins as a hash table and a tree.
    pub fn large() -> Self {
        ZSet(Repr::Skiplist {
            scores: Dict::new(),
            tree: Tree::default(),
        })
    }

    /// The number of members.
    pub fn len(&self) -> usize {
        match &self.0 {
            Repr::Listpack(items) => items.len(),
            Repr::Skiplist { tree, .. } => tree.len(),
        }
    }

    /// Whether there are no members.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The encoding as OBJECT ENCODING names it.
    pub fn encoding(&self) -> &'static str {
        match &self.0 {
            Repr::Listpack(_) => "listpack",
            Repr::Skiplist { .. } => "skiplist",
        }
    }

    /// A member's score.
    pub fn score(&self, member: &[u8]) -> Option<f64> {
        match &self.0 {
            Repr::Listpack(items) => items
                .iter()
                .find(|item| item.member == *member)
                .map(|item| item.score),
            Repr::Skiplist { scores, .. } => scores.get(member).copied(),
        }
    }

    /// Sets a member's score, which must not be NaN; the score it had.
    pub fn insert(&mut self, member: &[u8], score: f64, limits: &Limits) -> Option<f64> {
        if let Repr::Listpack(items) = &mut self.0 {
            // A listpack keeps whole scores as integers, which have no -0.
            let score = score + 0.0;
            if let Some(at) = items.iter().position(|item| item.member == *member) {
                let old = items[at].score;
                if old != score {
                    let item = items.remove(at);
                    place(items, Item { score, ..item });
                }
                return Some(old);
            }
            if items.len() < limits.zset_entries && member.len() <= limits.zset_value {
                let member = ByteString::new(member);
                place(items, Item { score, member });
                return None;
            }
            self.make_large();
        }
        let Repr::Skiplist { scores, tree } = &mut self.0 else {
            return None;
        };
        let (stored, new) = scores.get_or_insert_with(member, || score);
        let mut old = None;
        if !new {
            old = Some(*stored);
            if *stored == score {
                return old;
            }
            tree.remove(*stored, member);
            *stored = score;
        }
        let member = ByteString::new(member);
        tree.insert(Item { score, member });
        old
    }

    /// Removes a member; the score it had.
    pub fn remove(&mut self, member: &[u8]) -> Option<f64> {
        match &mut self.0 {
            Repr::Listpack(items) => {
                let at = items.iter().position(|item| item.member == *member)?;
                Some(items.remove(at).score)
            }
            Repr::Skiplist { scores, tree } => {
                let (_, score) = scores.remove(member)?;
                tree.remove(score, member);
                Some(score)
            }
        }
    }

    /// How many members come before this one.
    pub fn rank(&self, member: &[u8]) -> Option<usize> {
        match &self.0 {
            Repr::Listpack(items) => items.iter().position(|item| item.member == *member),
            Repr::Skiplist { scores, tree } => Some(tree.rank(*scores.get(member)?, member)),
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
            Repr::Listpack(items) => items
                .iter()
                .position(|item| !before(item.score, &item.member))
                .unwrap_or(items.len()),
            Repr::Skiplist { tree, .. } => tree.partition_point(before),
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
    pub fn at(&self, rank: usize) -> Option<(&ByteString, f64)> {
        let (leaf, at) = self.leaf_at(rank)?;
        leaf.get(at).map(|item| (&item.member, item.score))
    }

    fn leaf_at(&self, rank: usize) -> Option<(&[Item], usize)> {
        match &self.0 {
            Repr::Listpack(items) => (rank < items.len()).then_some((items, rank)),
            Repr::Skiplist { tree, .. } => tree.leaf_at(rank),
        }
    }

    /// Removes the members with ranks in `range`; how many there were.
    pub fn remove_range(&mut self, range: Range<usize>) -> usize {
        let end = range.end.min(self.len());
        if range.start >= end {
            return 0;
        }
        match &mut self.0 {
            Repr::Listpack(items) => {
                items.drain(range.start..end);
            }
            Repr::Skiplist { .. } => {
                let members: Vec<ByteString> = self
                    .range(range.start..end)
                    .map(|(member, _)| member.clone())
                    .collect();
                for member in &members {
                    self.remove(member);
                }
            }
        }
        end - range.start
    }

    /// A member chosen uniformly at random.
    pub fn random(&self, rng: &mut impl rand::Rng) -> Option<(&ByteString, f64)> {
        match &self.0 {
            Repr::Listpack(items) if items.is_empty() => None,
            Repr::Listpack(items) => {
                let item = &items[rng.random_range(0..items.len())];
                Some((&item.member, item.score))
            }
            Repr::Skiplist { scores, .. } => scores.random(rng).map(|(m, score)| (m, *score)),
        }
    }

    /// The hash table of a large one, for scans.
    pub fn dict(&self) -> Option<&Dict<f64>> {
        match &self.0 {
            Repr::Listpack(_) => None,
            Repr::Skiplist { scores, .. } => Some(scores),
        }
    }

    /// Changes to the large encoding.
    pub fn make_large(&mut self) {
        if let Repr::Listpack(items) = &mut self.0 {
            let mut scores = Dict::new();
            let mut tree = Tree::default();
            for item in items.drain(..) {
                scores.insert(&item.member, item.score);
                tree.insert(item);
            }
            self.0 = Repr::Skiplist { scores, tree };
        }
    }

    /// Turns a result that has become small enough into a listpack, as Redis
    /// does after ZUNIONSTORE and its kin (never after removals).
    pub fn compact(&mut self, limits: &Limits) {
        if let Repr::Skiplist { .. } = &self.0
            && self.len() <= limits.zset_entries
            && self.iter().all(|(m, _)| m.len() <= limits.zset_value)
        {
            let items = self
                .iter()
                .map(|(member, score)| Item {
                    // As in `insert`: no -0.
                    score: score + 0.0,
                    member: member.clone(),
                })
                .collect();
            self.0 = Repr::Listpack(items);
        }
    }
}

/// A score as a listpack keeps it, and ZSCAN shows it: whole numbers with all
/// their digits.
pub fn listpack_score(score: f64) -> String {
    let is_whole = score.trunc() == score && score.abs() <= (i64::MAX / 2) as f64;
    if is_whole {
        (score as i64).to_string()
    } else {
        number::format_double(score)
    }
}

fn place(items: &mut Vec<Item>, item: Item) {
    let key = (item.score, item.member.as_slice());
    let at = items.partition_point(|i| order((i.score, &i.member), key).is_lt());
    items.insert(at, item);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names<'a>(items: impl Iterator<Item = (&'a ByteString, f64)>) -> Vec<String> {
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
            taken.push(member.clone());
            taken.extend(iter.next_back().map(|(m, _)| m.clone()));
            assert_eq!(iter.len(), 980 - taken.len());
        }
        taken.sort();
        assert_eq!(
            taken,
            zset.range(10..990)
                .map(|(m, _)| m.clone())
                .collect::<Vec<_>>()
        );
    }
}
