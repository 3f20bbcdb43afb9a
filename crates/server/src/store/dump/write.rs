//! Values to bytes.

use super::{lzf, types, write_stream};
use crate::store::{Hash, Limits, List, Set, Value, ZSet, listpack};
use crate::wire::number;

/// Appends the type and the value.
pub fn value(out: &mut Vec<u8>, value: &Value, limits: &Limits) {
    match value {
        Value::String(text) => {
            out.push(types::STRING);
            string(out, &text.bytes());
        }
        Value::List(elements) => {
            out.push(types::LIST_QUICKLIST_2);
            list(out, elements, limits);
        }
        Value::Set(members) => set(out, members),
        Value::Hash(fields) => hash(out, fields),
        Value::SortedSet(members) => zset(out, members),
        Value::Stream(entries) => {
            out.push(types::STREAM_LISTPACKS_3);
            write_stream::stream(out, entries);
        }
    }
}

/// Appends a length: two bits say in how many bytes it is.
pub fn len(out: &mut Vec<u8>, n: u64) {
    match n {
        0..64 => out.push(n as u8),
        64..16_384 => out.extend_from_slice(&[0x40 | (n >> 8) as u8, n as u8]),
        _ => match u32::try_from(n) {
            Ok(n) => {
                out.push(0x80);
                out.extend_from_slice(&n.to_be_bytes());
            }
            Err(_) => {
                out.push(0x81);
                out.extend_from_slice(&n.to_be_bytes());
            }
        },
    }
}

/// Appends a string: a small integer as such, a long string compressed.
pub fn string(out: &mut Vec<u8>, text: &[u8]) {
    /// The longest text that can be an integer of 32 bits.
    const INT_TEXT: usize = 11;
    /// Shorter strings are not worth compressing.
    const COMPRESS_FROM: usize = 21;

    if text.len() <= INT_TEXT
        && let Some(n) = number::parse_i64(text).and_then(|n| i32::try_from(n).ok())
    {
        let bytes = n.to_le_bytes();
        let (code, size) = match n {
            -0x80..=0x7f => (0xc0, 1),
            -0x8000..=0x7fff => (0xc1, 2),
            _ => (0xc2, 4),
        };
        out.push(code);
        out.extend_from_slice(&bytes[..size]);
        return;
    }
    if text.len() >= COMPRESS_FROM
        && let Some(packed) = lzf::compress(text, text.len() - 4)
    {
        out.push(0xc3);
        len(out, packed.len() as u64);
        len(out, text.len() as u64);
        out.extend_from_slice(&packed);
        return;
    }
    len(out, text.len() as u64);
    out.extend_from_slice(text);
}

/// A list in nodes: a small one in one, another's as large as Redis makes them
/// when elements are pushed at the end.
fn list(out: &mut Vec<u8>, list: &List, limits: &Limits) {
    /// What Redis adds to an element's length to estimate its place.
    const OVERHEAD: usize = 8;
    /// A node's contents are a listpack.
    const PACKED: u64 = 2;

    if let Some(packed) = list.packed() {
        len(out, 1);
        len(out, PACKED);
        string(out, &packed.framed());
        return;
    }
    let mut nodes: Vec<Vec<u8>> = Vec::new();
    let mut node = listpack::Writer::default();
    for element in list.iter() {
        let bytes = node.size() + element.len() + OVERHEAD;
        let full = match limits.list_size {
            0.. => node.len() as i64 >= limits.list_size.max(1),
            class => bytes > 2048 << class.unsigned_abs().min(5),
        };
        if full && !node.is_empty() {
            nodes.push(std::mem::take(&mut node).finish());
        }
        node.push(&element);
    }
    if !node.is_empty() {
        nodes.push(node.finish());
    }
    len(out, nodes.len() as u64);
    for node in nodes {
        len(out, PACKED);
        string(out, &node);
    }
}

fn set(out: &mut Vec<u8>, set: &Set) {
    if let Some(ints) = set.ints() {
        out.push(types::SET_INTSET);
        string(out, &ints.framed());
    } else if let Some(dict) = set.dict() {
        out.push(types::SET);
        len(out, dict.len() as u64);
        for (member, ()) in dict.iter() {
            string(out, member);
        }
    } else {
        out.push(types::SET_LISTPACK);
        let mut packed = listpack::Writer::default();
        for member in set.iter() {
            packed.push(&member);
        }
        string(out, &packed.finish());
    }
}

fn hash(out: &mut Vec<u8>, hash: &Hash) {
    match (hash.view(), hash.next_expiry()) {
        (Ok(packed), None) => {
            out.push(types::HASH_LISTPACK);
            string(out, &packed.framed());
        }
        (Err(dict), None) => {
            out.push(types::HASH);
            len(out, dict.len() as u64);
            for (field, value) in dict.iter() {
                string(out, field);
                string(out, value);
            }
        }
        // The first moment, then each field with its own; 0 for never.
        (Ok(_), Some(first)) => {
            out.push(types::HASH_LISTPACK_EX);
            out.extend_from_slice(&first.to_le_bytes());
            let mut fields: Vec<_> = hash.iter().collect();
            fields.sort_by_key(|(field, _)| hash.expire(field).unwrap_or(i64::MAX));
            let mut packed = listpack::Writer::default();
            for (field, value) in fields {
                packed.push(&field);
                packed.push(&value);
                packed.push_int(hash.expire(&field).unwrap_or(0));
            }
            string(out, &packed.finish());
        }
        // The same, counted from the first.
        (Err(dict), Some(first)) => {
            out.push(types::HASH_METADATA);
            out.extend_from_slice(&first.to_le_bytes());
            len(out, dict.len() as u64);
            for (field, value) in dict.iter() {
                let when = hash.expire(field).map_or(0, |when| when - first + 1);
                len(out, when as u64);
                string(out, field);
                string(out, value);
            }
        }
    }
}

fn zset(out: &mut Vec<u8>, zset: &ZSet) {
    if let Some(packed) = zset.packed() {
        out.push(types::ZSET_LISTPACK);
        string(out, &packed.framed());
        return;
    }
    out.push(types::ZSET_2);
    len(out, zset.len() as u64);
    // From the greatest score to the least: then loading always inserts at
    // the front, which is fastest in a skip list.
    for (member, score) in zset.iter().rev() {
        string(out, &member);
        out.extend_from_slice(&score.to_le_bytes());
    }
}
