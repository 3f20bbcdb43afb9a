//! Streams: entries in the order of their IDs, and the groups that read them.

mod group;
mod id;
mod node;
mod progress;
mod trim;

use super::{ByteString, Limits};
use std::collections::BTreeMap;

pub use group::{Group, Pending};
pub use id::{StreamId, parse_part};
pub use node::{Entry, Node, NodeEntry};
pub use trim::{Trim, Until};

/// The value of a stream key.
#[derive(Debug, Clone, Default)]
pub struct Stream {
    /// The entries, in nodes by their master IDs.
    pub nodes: BTreeMap<StreamId, Node>,
    /// The number of entries.
    pub length: u64,
    /// The greatest ID ever added (or set by XSETID).
    pub last_id: StreamId,
    /// The greatest ID ever deleted by XDEL.
    pub max_deleted_id: StreamId,
    /// The number of entries ever added.
    pub entries_added: u64,
    /// The consumer groups by name.
    pub groups: BTreeMap<ByteString, Group>,
}

impl Stream {
    /// Appends an entry given as fields and values in turn. Its ID must be
    /// greater than `last_id`.
    pub fn append(&mut self, id: StreamId, pairs: &[&[u8]], limits: &Limits) {
        let payload: usize = pairs.iter().map(|text| text.len()).sum();
        let node = match self.nodes.last_entry() {
            Some(last) if !last.get().is_full_for(payload, limits) => last.into_mut(),
            _ => {
                let fields = pairs
                    .iter()
                    .step_by(2)
                    .map(|f| ByteString::new(f))
                    .collect();
                self.nodes
                    .entry(id)
                    .or_insert_with(|| Node::new(id, fields))
            }
        };
        node.push(id, pairs);
        self.length += 1;
        self.entries_added += 1;
        self.last_id = id;
    }

    /// The entries with IDs from `start` to `end`, both included.
    pub fn range(
        &self,
        start: StreamId,
        end: StreamId,
    ) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        // The node before `start` may reach beyond it.
        let from = self
            .nodes
            .range(..=start)
            .next_back()
            .map_or(start, |(id, _)| *id);
        let to = end.max(from);
        self.nodes
            .range(from..=to)
            .flat_map(move |(_, node)| node.range(start, end))
    }

    /// All entries.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        self.range(StreamId::MIN, StreamId::MAX)
    }

    /// Whether there is an entry with this ID.
    pub fn contains(&self, id: StreamId) -> bool {
        self.range(id, id).next().is_some()
    }

    /// The ID of the first entry; `0-0` when there is none.
    pub fn first_id(&self) -> StreamId {
        self.iter().next().map_or(StreamId::MIN, |entry| entry.id)
    }

    /// The ID of the last entry; `0-0` when there is none.
    pub fn last_entry_id(&self) -> StreamId {
        self.iter()
            .next_back()
            .map_or(StreamId::MIN, |entry| entry.id)
    }

    /// Deletes an entry; whether it was there.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let Some((master, node)) = self.nodes.range_mut(..=id).next_back() else {
            return false;
        };
        if !node.delete(id) {
            return false;
        }
        let master = *master;
        if node.live == 0 {
            self.nodes.remove(&master);
        }
        self.length -= 1;
        self.max_deleted_id = self.max_deleted_id.max(id);
        true
    }

    /// The nodes of the radix tree Redis would have, as XINFO STREAM reports
    /// it: chains of single children are one node.
    pub fn radix_tree_nodes(&self) -> usize {
        let keys: Vec<[u8; 16]> = self.nodes.keys().map(|id| id.to_be_bytes()).collect();
        if keys.is_empty() {
            1
        } else {
            radix_nodes(&keys, 0)
        }
    }
}

fn radix_nodes(keys: &[[u8; 16]], depth: usize) -> usize {
    let (first, last) = (&keys[0], &keys[keys.len() - 1]);
    let common = (depth..16).take_while(|i| first[*i] == last[*i]).count();
    let branch = depth + common;
    let chain = usize::from(common > 0);
    if branch == 16 {
        return chain + 1;
    }
    chain
        + 1
        + keys
            .chunk_by(|a, b| a[branch] == b[branch])
            .map(|below| radix_nodes(below, branch + 1))
            .sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbered(n: u64) -> Stream {
        let mut stream = Stream::default();
        for i in 1..=n {
            let value = i.to_string();
            stream.append(
                StreamId::new(i, 0),
                &[b"n", value.as_bytes()],
                &Limits::default(),
            );
        }
        stream
    }

    fn ms<'a>(entries: impl Iterator<Item = Entry<'a>>) -> Vec<u64> {
        entries.map(|e| e.id.ms).collect()
    }

    #[test]
    fn ranges_cross_nodes_both_ways() {
        let stream = numbered(250);
        assert_eq!(stream.nodes.len(), 3);
        let range = || stream.range(StreamId::new(99, 0), StreamId::new(102, 5));
        assert_eq!(ms(range()), [99, 100, 101, 102]);
        assert_eq!(ms(range().rev()), [102, 101, 100, 99]);
        assert_eq!(
            ms(stream.range(StreamId::new(9, 1), StreamId::new(9, 0))),
            [0; 0]
        );
        assert_eq!(stream.iter().count(), 250);
        let entry = stream
            .range(StreamId::new(7, 0), StreamId::MAX)
            .next()
            .unwrap();
        assert_eq!(entry.pairs().collect::<Vec<_>>(), [(&b"n"[..], &b"7"[..])]);
    }

    #[test]
    fn deleting_leaves_the_rest_and_remembers_the_greatest() {
        let mut stream = numbered(250);
        for i in 1..=100 {
            assert!(stream.delete(StreamId::new(i, 0)));
        }
        assert!(!stream.delete(StreamId::new(1, 0)));
        assert_eq!((stream.nodes.len(), stream.length), (2, 150));
        assert_eq!(stream.first_id(), StreamId::new(101, 0));
        assert_eq!(stream.max_deleted_id, StreamId::new(100, 0));
        assert_eq!(stream.last_entry_id(), StreamId::new(250, 0));
    }

    #[test]
    fn entries_with_other_fields_keep_them() {
        let mut stream = Stream::default();
        let limits = Limits::default();
        stream.append(StreamId::new(1, 0), &[b"a", b"1", b"b", b"2"], &limits);
        stream.append(StreamId::new(2, 0), &[b"a", b"3"], &limits);
        stream.append(StreamId::new(3, 0), &[b"b", b"4", b"a", b"5"], &limits);
        let all: Vec<Vec<_>> = stream.iter().map(|e| e.pairs().collect()).collect();
        assert_eq!(all[1], [(&b"a"[..], &b"3"[..])]);
        assert_eq!(all[2], [(&b"b"[..], &b"4"[..]), (b"a", b"5")]);
        assert_eq!(stream.nodes.len(), 1);
    }

    #[test]
    fn radix_nodes_are_counted_as_redis_does() {
        assert_eq!(Stream::default().radix_tree_nodes(), 1);
        assert_eq!(numbered(1).radix_tree_nodes(), 2);
        // Two keys that differ in the eighth byte: a chain, a branch, and a
        // chain with a leaf for each.
        assert_eq!(numbered(150).radix_tree_nodes(), 6);
    }
}
