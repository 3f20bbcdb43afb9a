//! A run of neighbouring entries.
//!
//! Redis keeps a stream as listpacks of up to 100 entries. Trimming with `~`
//! removes whole nodes, so their borders can be seen from outside; and
//! entries with the same fields as the node's first keep only their values.

use super::StreamId;
use crate::store::listpack::{EMPTY_SIZE, element_size, int_element_size};
use crate::store::{ByteString, Limits};

/// Entries that lie together.
#[derive(Debug, Clone)]
pub struct Node {
    /// The ID the node was begun with.
    pub master_id: StreamId,
    /// The fields of the first entry.
    pub fields: Box<[ByteString]>,
    /// The entries by ID, deleted ones included.
    pub entries: Vec<NodeEntry>,
    /// The entries that are not deleted.
    pub live: usize,
    /// The bytes its entries take in a listpack.
    entry_bytes: usize,
}

/// An entry as its node keeps it.
#[derive(Debug, Clone)]
pub struct NodeEntry {
    /// Its ID.
    pub id: StreamId,
    /// Deleted, but still taking its place.
    pub deleted: bool,
    /// It has the node's fields, and `data` only values.
    pub same_fields: bool,
    /// Fields and values in turn, or only values.
    pub data: Box<[ByteString]>,
}

/// An entry to read.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Its ID.
    pub id: StreamId,
    /// The node's fields, when the entry has the same.
    fields: Option<&'a [ByteString]>,
    data: &'a [ByteString],
}

impl<'a> Entry<'a> {
    /// The number of field-value pairs.
    pub fn len(&self) -> usize {
        match self.fields {
            Some(fields) => fields.len(),
            None => self.data.len() / 2,
        }
    }

    /// The fields and values.
    pub fn pairs(self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
        (0..self.len()).map(move |i| match self.fields {
            Some(fields) => (fields[i].as_slice(), self.data[i].as_slice()),
            None => (self.data[2 * i].as_slice(), self.data[2 * i + 1].as_slice()),
        })
    }
}

impl Node {
    /// A node begun by an entry with these fields.
    pub fn new(master_id: StreamId, fields: Box<[ByteString]>) -> Self {
        Node {
            master_id,
            fields,
            entries: Vec::new(),
            live: 0,
            entry_bytes: 0,
        }
    }

    /// The entries that are deleted.
    pub fn deleted(&self) -> usize {
        self.entries.len() - self.live
    }

    /// The bytes of the node as a listpack.
    pub fn bytes(&self) -> usize {
        let fields: usize = self.fields.iter().map(|f| element_size(f)).sum();
        EMPTY_SIZE
            + int_element_size(self.live as i64)
            + int_element_size(self.deleted() as i64)
            + int_element_size(self.fields.len() as i64)
            + fields
            + int_element_size(0)
            + self.entry_bytes
    }

    /// Whether an entry with `payload` bytes of fields and values must begin
    /// a new node.
    pub fn is_full_for(&self, payload: usize, limits: &Limits) -> bool {
        /// The largest node Redis makes whatever is configured.
        const MAX_BYTES: usize = 1 << 30;
        let max = match limits.stream_node_bytes {
            0 => MAX_BYTES,
            bytes => bytes.min(MAX_BYTES),
        };
        self.bytes() + payload >= max
            || (limits.stream_node_entries > 0 && self.entries.len() >= limits.stream_node_entries)
    }

    /// Appends an entry given as fields and values in turn.
    pub fn push(&mut self, id: StreamId, pairs: &[&[u8]]) {
        let same_fields = pairs.len() == self.fields.len() * 2
            && pairs
                .iter()
                .step_by(2)
                .zip(&self.fields)
                .all(|(field, mine)| **field == **mine);
        let data = pairs
            .iter()
            .skip(usize::from(same_fields))
            .step_by(if same_fields { 2 } else { 1 })
            .map(|text| ByteString::new(text))
            .collect();
        self.push_entry(NodeEntry {
            id,
            deleted: false,
            same_fields,
            data,
        });
    }

    /// Appends an entry as a node keeps it.
    pub fn push_entry(&mut self, entry: NodeEntry) {
        self.live += usize::from(!entry.deleted);
        self.entry_bytes += self.entry_size(&entry);
        self.entries.push(entry);
    }

    fn entry_size(&self, entry: &NodeEntry) -> usize {
        let count = if entry.same_fields {
            0
        } else {
            int_element_size(entry.data.len() as i64 / 2)
        };
        let (ms, seq) = self.offset(entry.id);
        let data: usize = entry.data.iter().map(|text| element_size(text)).sum();
        int_element_size(0)
            + int_element_size(ms)
            + int_element_size(seq)
            + count
            + data
            + int_element_size(entry.elements())
    }

    /// An ID as the node's listpack writes it: the differences of both parts
    /// to the master ID.
    pub fn offset(&self, id: StreamId) -> (i64, i64) {
        (
            id.ms.wrapping_sub(self.master_id.ms) as i64,
            id.seq.wrapping_sub(self.master_id.seq) as i64,
        )
    }

    /// Marks an entry deleted; whether it was there.
    pub fn delete(&mut self, id: StreamId) -> bool {
        let Ok(at) = self.entries.binary_search_by_key(&id, |e| e.id) else {
            return false;
        };
        if self.entries[at].deleted {
            return false;
        }
        self.entries[at].deleted = true;
        self.live -= 1;
        true
    }

    /// The entries with IDs from `start` to `end` that are not deleted.
    pub fn range(
        &self,
        start: StreamId,
        end: StreamId,
    ) -> impl DoubleEndedIterator<Item = Entry<'_>> {
        let from = self.entries.partition_point(|e| e.id < start);
        let to = self.entries.partition_point(|e| e.id <= end);
        self.entries[from..to.max(from)]
            .iter()
            .filter(|e| !e.deleted)
            .map(|e| Entry {
                id: e.id,
                fields: e.same_fields.then_some(&*self.fields),
                data: &e.data,
            })
    }
}

impl NodeEntry {
    /// The number of listpack elements in front of the one that says so.
    pub fn elements(&self) -> i64 {
        let count = usize::from(!self.same_fields);
        (3 + count + self.data.len()) as i64
    }
}
