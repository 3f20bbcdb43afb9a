//! Members ordered by score, with ranks: a B+ tree whose inner nodes count
//! what is below them.
//!
//! Redis uses a skip list that carries a span in every link; the counts here
//! are the same idea. The tree finds a member, a rank or the end of a range
//! in O(log n), and neighbours lie side by side in memory, which a skip list
//! cannot offer.

use crate::store::ByteString;
use std::cmp::Ordering;

/// The most items of a leaf.
const LEAF: usize = 64;
/// The most children of an inner node.
const FANOUT: usize = 32;

/// A member with its score.
#[derive(Debug, Clone)]
pub struct Item {
    /// The score; never NaN.
    pub score: f64,
    /// The member.
    pub member: ByteString,
}

/// The order of a sorted set: by score, equal scores by the members' bytes.
#[inline]
pub fn order(a: (f64, &[u8]), b: (f64, &[u8])) -> Ordering {
    a.0.partial_cmp(&b.0)
        .unwrap_or(Ordering::Equal)
        .then_with(|| a.1.cmp(b.1))
}

impl Item {
    #[inline]
    fn key(&self) -> (f64, &[u8]) {
        (self.score, &self.member)
    }
}

#[derive(Debug, Clone)]
enum Node {
    Leaf(Vec<Item>),
    Inner(Vec<Child>),
}

#[derive(Debug, Clone)]
struct Child {
    /// Nothing below is less than this, and everything in the children
    /// before is. Not looked at in a node's first child.
    low: Item,
    /// The items below.
    count: usize,
    node: Node,
}

/// The ordered members.
#[derive(Debug, Clone)]
pub struct Tree {
    root: Node,
    len: usize,
}

impl Default for Tree {
    fn default() -> Self {
        Tree {
            root: Node::Leaf(Vec::new()),
            len: 0,
        }
    }
}

impl Tree {
    /// The number of items.
    #[inline]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Adds an item that is not there.
    pub fn insert(&mut self, item: Item) {
        self.len += 1;
        let Some(right) = self.root.insert(item) else {
            return;
        };
        let mut children = Vec::with_capacity(FANOUT + 1);
        let left = std::mem::replace(&mut self.root, Node::Inner(Vec::new()));
        children.push(Child {
            low: right.low.clone(),
            count: left.count(),
            node: left,
        });
        children.push(right);
        self.root = Node::Inner(children);
    }

    /// Removes an item; whether it was there.
    pub fn remove(&mut self, score: f64, member: &[u8]) -> bool {
        if self.root.remove((score, member)).is_none() {
            return false;
        }
        self.len -= 1;
        if let Node::Inner(children) = &mut self.root
            && children.len() == 1
            && let Some(only) = children.pop()
        {
            self.root = only.node;
        }
        true
    }

    /// How many items at the beginning satisfy `before`, which must hold for
    /// a beginning of the order and for nothing after it.
    pub fn partition_point(&self, before: impl Fn(f64, &[u8]) -> bool) -> usize {
        let mut rank = 0;
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(items) => {
                    return rank + items.partition_point(|i| before(i.score, &i.member));
                }
                Node::Inner(children) => {
                    let at = children[1..].partition_point(|c| before(c.low.score, &c.low.member));
                    rank += children[..at].iter().map(|c| c.count).sum::<usize>();
                    node = &children[at].node;
                }
            }
        }
    }

    /// How many items come before this one.
    pub fn rank(&self, score: f64, member: &[u8]) -> usize {
        self.partition_point(|s, m| order((s, m), (score, member)).is_lt())
    }

    /// The leaf that holds the item of this rank, and where in it; `None`
    /// beyond the end.
    pub fn leaf_at(&self, mut rank: usize) -> Option<(&[Item], usize)> {
        if rank >= self.len {
            return None;
        }
        let mut node = &self.root;
        loop {
            match node {
                Node::Leaf(items) => return Some((items, rank)),
                Node::Inner(children) => {
                    node = children.iter().find_map(|child| {
                        if rank < child.count {
                            return Some(&child.node);
                        }
                        rank -= child.count;
                        None
                    })?;
                }
            }
        }
    }
}

impl Node {
    fn count(&self) -> usize {
        match self {
            Node::Leaf(items) => items.len(),
            Node::Inner(children) => children.iter().map(|c| c.count).sum(),
        }
    }

    fn is_small(&self) -> bool {
        match self {
            Node::Leaf(items) => items.len() < LEAF / 4,
            Node::Inner(children) => children.len() < FANOUT / 4,
        }
    }

    /// Adds an item; the right half when the node had to be split.
    fn insert(&mut self, item: Item) -> Option<Child> {
        match self {
            Node::Leaf(items) => {
                let at = items.partition_point(|i| order(i.key(), item.key()).is_lt());
                if items.len() < LEAF {
                    items.insert(at, item);
                    return None;
                }
                // Appending in order leaves full leaves behind.
                let appending = at == items.len();
                let mut right = Vec::with_capacity(LEAF);
                right.extend(items.drain(if appending { LEAF } else { LEAF / 2 }..));
                match at.checked_sub(items.len()) {
                    Some(at) => right.insert(at, item),
                    None => items.insert(at, item),
                }
                Some(Child {
                    low: right.first()?.clone(),
                    count: right.len(),
                    node: Node::Leaf(right),
                })
            }
            Node::Inner(children) => {
                let at = child_of(children, item.key());
                children[at].count += 1;
                let new = children[at].node.insert(item)?;
                children[at].count -= new.count;
                children.insert(at + 1, new);
                if children.len() <= FANOUT {
                    return None;
                }
                let appending = at + 2 == children.len();
                let mut right = Vec::with_capacity(FANOUT + 1);
                right.extend(children.drain(if appending { FANOUT } else { FANOUT / 2 }..));
                let node = Node::Inner(right);
                let count = node.count();
                Some(Child {
                    low: node.first_low()?.clone(),
                    count,
                    node,
                })
            }
        }
    }

    fn first_low(&self) -> Option<&Item> {
        match self {
            Node::Leaf(items) => items.first(),
            Node::Inner(children) => children.first().map(|c| &c.low),
        }
    }

    fn remove(&mut self, key: (f64, &[u8])) -> Option<Item> {
        match self {
            Node::Leaf(items) => {
                let at = items.binary_search_by(|i| order(i.key(), key)).ok()?;
                Some(items.remove(at))
            }
            Node::Inner(children) => {
                let at = child_of(children, key);
                let item = children[at].node.remove(key)?;
                children[at].count -= 1;
                if children[at].node.is_small() && children.len() > 1 {
                    merge(children, at.min(children.len() - 2));
                }
                Some(item)
            }
        }
    }
}

#[inline]
fn child_of(children: &[Child], key: (f64, &[u8])) -> usize {
    children[1..].partition_point(|c| order(c.low.key(), key).is_le())
}

/// Joins a child and its right neighbour, and splits them again evenly when
/// they are too much for one node.
fn merge(children: &mut Vec<Child>, at: usize) {
    let Child {
        low,
        count,
        node: right,
    } = children.remove(at + 1);
    let left = &mut children[at];
    left.count += count;
    let split = match (&mut left.node, right) {
        (Node::Leaf(items), Node::Leaf(more)) => {
            items.extend(more);
            (items.len() > LEAF).then(|| Node::Leaf(items.split_off(items.len() / 2)))
        }
        (Node::Inner(inner), Node::Inner(mut more)) => {
            // Only the parent knew where the neighbour begins.
            if let Some(first) = more.first_mut() {
                first.low = low;
            }
            inner.extend(more);
            (inner.len() > FANOUT).then(|| Node::Inner(inner.split_off(inner.len() / 2)))
        }
        // All leaves are equally deep, so that neighbours are of one kind.
        (_, right) => Some(right),
    };
    if let Some(node) = split
        && let Some(low) = node.first_low().cloned()
    {
        let count = node.count();
        left.count -= count;
        children.insert(at + 1, Child { low, count, node });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn check(node: &Node) -> usize {
        match node {
            Node::Leaf(items) => {
                assert!(
                    items
                        .windows(2)
                        .all(|w| order(w[0].key(), w[1].key()).is_lt())
                );
                items.len()
            }
            Node::Inner(children) => {
                assert!(children.len() > 1 && children.len() <= FANOUT);
                for (i, child) in children.iter().enumerate() {
                    assert_eq!(check(&child.node), child.count);
                    if i > 0 {
                        let low = first(&child.node);
                        assert!(order(child.low.key(), low.key()).is_le());
                    }
                }
                children.iter().map(|c| c.count).sum()
            }
        }
    }

    fn first(node: &Node) -> &Item {
        match node {
            Node::Leaf(items) => &items[0],
            Node::Inner(children) => first(&children[0].node),
        }
    }

    #[test]
    fn it_keeps_order_and_ranks_through_random_changes() {
        for keys in [300_u32, 20_000] {
            let mut tree = Tree::default();
            let mut model = BTreeSet::new();
            let mut state = 7_u32;
            let rounds = 60_000;
            for round in 0..rounds {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let n = (state >> 8) % keys;
                // Few scores, so that members decide the order as well; at
                // the end mostly removals.
                let key = (n % 13, format!("m{n}").into_bytes());
                let remove = if round > rounds / 2 {
                    0b1110_0000
                } else {
                    0b1000_0000
                };
                if state & remove != 0 {
                    let there = model.remove(&key);
                    assert_eq!(tree.remove(f64::from(key.0), &key.1), there);
                } else if model.insert(key.clone()) {
                    tree.insert(Item {
                        score: f64::from(key.0),
                        member: key.1.into(),
                    });
                }
                assert_eq!(tree.len(), model.len());
                if round % 1_000 == 0 {
                    assert_eq!(check(&tree.root), tree.len());
                    for (rank, (score, member)) in model.iter().enumerate() {
                        assert_eq!(tree.rank(f64::from(*score), member), rank);
                        let (leaf, at) = tree.leaf_at(rank).unwrap();
                        assert_eq!(leaf[at].member, **member);
                    }
                    assert!(tree.leaf_at(model.len()).is_none());
                }
            }
        }
    }

    #[test]
    fn appending_in_order_fills_the_leaves() {
        let mut tree = Tree::default();
        for n in 0..10_000 {
            tree.insert(Item {
                score: f64::from(n),
                member: (&b"m"[..]).into(),
            });
        }
        assert_eq!(check(&tree.root), 10_000);
        assert_eq!(tree.leaf_at(0).map(|(leaf, _)| leaf.len()), Some(LEAF));
        assert_eq!(tree.rank(5_000.0, b"m"), 5_000);
    }
}
