//! Bytes to streams.

use super::read::Reader;
use super::types;
use super::write_stream::{DELETED, SAME_FIELDS};
use crate::store::listpack::{self, Element};
use crate::store::stream::{Group, Node, NodeEntry, StreamId};
use crate::store::{ByteString, Stream};

/// Reads a stream of one of the three types: the second has counters, the
/// third also says when a consumer was given something.
pub fn stream(input: &mut Reader<'_>, kind: u8) -> Option<Stream> {
    let with_counters = kind != types::STREAM_LISTPACKS;
    let mut stream = Stream::default();
    for _ in 0..input.len()? {
        let master = StreamId::from_be_bytes(&input.string()?)?;
        let node = node(master, &input.string()?)?;
        if stream.nodes.insert(master, node).is_some() {
            return None;
        }
    }
    stream.length = input.len()?;
    stream.last_id = id(input)?;
    if with_counters {
        // The first ID follows from the entries.
        id(input)?;
        stream.max_deleted_id = id(input)?;
        stream.entries_added = input.len()?;
    } else {
        stream.entries_added = stream.length;
    }
    let live: usize = stream.nodes.values().map(|node| node.live).sum();
    if live as u64 != stream.length || stream.last_entry_id() > stream.last_id {
        return None;
    }
    for _ in 0..input.len()? {
        let name = ByteString::new(&input.string()?);
        let group = group(input, kind, &stream)?;
        if stream.groups.insert(name, group).is_some() {
            return None;
        }
    }
    Some(stream)
}

fn id(input: &mut Reader<'_>) -> Option<StreamId> {
    Some(StreamId::new(input.len()?, input.len()?))
}

/// Walks the elements of a node's listpack.
struct Elements<'a, 'b>(std::slice::Iter<'b, Element<'a>>);

impl Elements<'_, '_> {
    fn int(&mut self) -> Option<i64> {
        self.0.next()?.int()
    }

    fn count(&mut self) -> Option<usize> {
        usize::try_from(self.int()?).ok()
    }

    fn strings(&mut self, n: usize) -> Option<Box<[ByteString]>> {
        if n > self.0.len() {
            return None;
        }
        (0..n)
            .map(|_| Some(ByteString::new(&self.0.next()?.text())))
            .collect()
    }
}

fn node(master: StreamId, block: &[u8]) -> Option<Node> {
    let elements = listpack::read(block)?;
    let mut elements = Elements(elements.iter());
    let (live, deleted) = (elements.count()?, elements.count()?);
    let fields = elements.count()?;
    let mut node = Node::new(master, elements.strings(fields)?);
    if elements.int()? != 0 {
        return None;
    }
    while elements.0.len() > 0 {
        let flags = elements.int()?;
        let (ms, seq) = (elements.int()?, elements.int()?);
        let id = StreamId::new(
            master.ms.wrapping_add(ms as u64),
            master.seq.wrapping_add(seq as u64),
        );
        let same_fields = flags & SAME_FIELDS != 0;
        let data = if same_fields {
            node.fields.len()
        } else {
            elements.count()?.checked_mul(2)?
        };
        let entry = NodeEntry {
            id,
            deleted: flags & DELETED != 0,
            same_fields,
            data: elements.strings(data)?,
        };
        let in_order = node.entries.last().is_none_or(|last| last.id < id);
        if elements.int()? != entry.elements() || !in_order {
            return None;
        }
        node.push_entry(entry);
    }
    (node.live == live && node.deleted() == deleted && live > 0).then_some(node)
}

/// Reads a group; what it has read of the stream is estimated where that was
/// not written.
fn group(input: &mut Reader<'_>, kind: u8, stream: &Stream) -> Option<Group> {
    let last_id = id(input)?;
    let entries_read = if kind != types::STREAM_LISTPACKS {
        Some(input.len()?).filter(|read| *read != u64::MAX)
    } else {
        stream.entries_up_to(last_id)
    };
    let mut group = Group::new(last_id, entries_read);
    // Whose the pending entries are is only said after them.
    let mut pending = std::collections::BTreeMap::new();
    for _ in 0..input.len()? {
        let id = StreamId::from_be_bytes(input.bytes(16)?)?;
        let delivered = input.i64()?;
        if pending.insert(id, (delivered, input.len()?)).is_some() {
            return None;
        }
    }
    for _ in 0..input.len()? {
        let name = input.string()?;
        let seen = input.i64()?;
        if !group.add_consumer(&name, seen) {
            return None;
        }
        let active = match kind {
            types::STREAM_LISTPACKS_3 => input.i64()?,
            _ => seen,
        };
        if let Some(consumer) = group.consumers.get_mut(&*name) {
            consumer.active = (active >= 0).then_some(active);
        }
        for _ in 0..input.len()? {
            let id = StreamId::from_be_bytes(input.bytes(16)?)?;
            let (delivered, count) = pending.remove(&id)?;
            group.assign(id, &name, delivered, count);
        }
    }
    pending.is_empty().then_some(group)
}
