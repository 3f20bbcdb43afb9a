//! Streams to bytes.

use super::write::{len, string};
use crate::store::stream::{Group, Node, StreamId};
use crate::store::{Stream, listpack};

/// An entry is deleted.
pub const DELETED: i64 = 1;
/// An entry has the fields of its node.
pub const SAME_FIELDS: i64 = 2;

/// Appends a stream with its groups.
pub fn stream(out: &mut Vec<u8>, stream: &Stream) {
    len(out, stream.nodes.len() as u64);
    for node in stream.nodes.values() {
        string(out, &node.master_id.to_be_bytes());
        string(out, &packed(node));
    }
    len(out, stream.length);
    for id in [stream.last_id, stream.first_id(), stream.max_deleted_id] {
        write_id(out, id);
    }
    len(out, stream.entries_added);
    len(out, stream.groups.len() as u64);
    for (name, group) in &stream.groups {
        string(out, name);
        write_group(out, group);
    }
}

fn write_id(out: &mut Vec<u8>, id: StreamId) {
    len(out, id.ms);
    len(out, id.seq);
}

/// A node as a listpack: how many entries it has, its fields, the entries.
fn packed(node: &Node) -> Vec<u8> {
    let mut packed = listpack::Writer::default();
    packed.push_int(node.live as i64);
    packed.push_int(node.deleted() as i64);
    packed.push_int(node.fields.len() as i64);
    for field in &node.fields {
        packed.push(field);
    }
    packed.push_int(0);
    for entry in &node.entries {
        let deleted = if entry.deleted { DELETED } else { 0 };
        let same = if entry.same_fields { SAME_FIELDS } else { 0 };
        packed.push_int(deleted | same);
        let (ms, seq) = node.offset(entry.id);
        packed.push_int(ms);
        packed.push_int(seq);
        if !entry.same_fields {
            packed.push_int(entry.data.len() as i64 / 2);
        }
        for text in &entry.data {
            packed.push(text);
        }
        packed.push_int(entry.elements());
    }
    packed.finish()
}

fn write_group(out: &mut Vec<u8>, group: &Group) {
    write_id(out, group.last_id);
    // -1 where it is not known.
    len(out, group.entries_read.unwrap_or(u64::MAX));
    len(out, group.pending.len() as u64);
    for (id, pending) in &group.pending {
        out.extend_from_slice(&id.to_be_bytes());
        out.extend_from_slice(&pending.delivered.to_le_bytes());
        len(out, pending.count);
    }
    len(out, group.consumers.len() as u64);
    for (name, consumer) in &group.consumers {
        string(out, name);
        out.extend_from_slice(&consumer.seen.to_le_bytes());
        out.extend_from_slice(&consumer.active.unwrap_or(-1).to_le_bytes());
        len(out, consumer.pending.len() as u64);
        for id in &consumer.pending {
            out.extend_from_slice(&id.to_be_bytes());
        }
    }
}
