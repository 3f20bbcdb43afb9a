//! Bytes to values. Nothing here trusts its input: whatever is not a value is
//! `None`, and no length that is only claimed is allocated.

use super::{lzf, read_stream, types};
use crate::store::intset::sign_extended;
use crate::store::list::End;
use crate::store::listpack::{self, Element};
use crate::store::{ByteString, Hash, Limits, List, Set, StringValue, Value, ZSet, ziplist};
use crate::wire::number;
use std::borrow::Cow;

/// Reads the type and the value.
pub fn value(body: &[u8], limits: &Limits) -> Option<Value> {
    let mut input = Reader::new(body);
    match input.byte()? {
        // Of Redis, this number is none of a released version.
        types::HASH_2 => None,
        kind => typed(kind, &mut input, limits),
    }
}

/// Reads a value of a type.
pub fn typed(kind: u8, input: &mut Reader<'_>, limits: &Limits) -> Option<Value> {
    let value = match kind {
        types::STRING => Value::String(StringValue::new(&input.string()?)),
        types::LIST => Value::List(plain_list(input, limits)?),
        types::LIST_QUICKLIST_2 => Value::List(quicklist(input, limits)?),
        types::LIST_QUICKLIST => Value::List(old_quicklist(input, limits)?),
        types::LIST_ZIPLIST => Value::List(ziplists(1, input, limits)?),
        types::SET => Value::Set(set(input, limits)?),
        types::SET_INTSET => Value::Set(intset(&input.string()?, limits)?),
        types::SET_LISTPACK => Value::Set(set_listpack(&input.string()?, limits)?),
        types::HASH => Value::Hash(hash(input, limits)?),
        types::HASH_2 => Value::Hash(hash_2(input, limits)?),
        types::HASH_METADATA => Value::Hash(hash_with_times(input, limits)?),
        types::HASH_LISTPACK_EX => {
            // The first moment follows from the others.
            input.i64()?;
            Value::Hash(hash_listpack_ex(&input.string()?, limits)?)
        }
        types::HASH_LISTPACK => {
            let block = input.string()?;
            Value::Hash(small_hash(&listpack::read(&block)?, limits)?)
        }
        types::HASH_ZIPMAP => {
            let block = input.string()?;
            Value::Hash(small_hash(&ziplist::read_zipmap(&block)?, limits)?)
        }
        types::HASH_ZIPLIST => {
            let block = input.string()?;
            Value::Hash(small_hash(&ziplist::read(&block)?, limits)?)
        }
        types::ZSET | types::ZSET_2 => {
            Value::SortedSet(zset(input, kind == types::ZSET_2, limits)?)
        }
        types::ZSET_LISTPACK => {
            let block = input.string()?;
            Value::SortedSet(small_zset(&listpack::read(&block)?, limits)?)
        }
        types::ZSET_ZIPLIST => {
            let block = input.string()?;
            Value::SortedSet(small_zset(&ziplist::read(&block)?, limits)?)
        }
        types::STREAM_LISTPACKS | types::STREAM_LISTPACKS_2 | types::STREAM_LISTPACKS_3 => {
            Value::Stream(Box::new(read_stream::stream(input, kind)?))
        }
        _ => return None,
    };
    Some(value)
}

/// What is still to be read.
pub struct Reader<'a> {
    rest: &'a [u8],
}

/// A length, or the code of a string that is encoded in another way.
enum Length {
    Bytes(u64),
    Encoded(u8),
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Reader { rest: bytes }
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    pub fn bytes(&mut self, n: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(n)?;
        self.rest = rest;
        Some(bytes)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.bytes(1).map(|bytes| bytes[0])
    }

    fn length(&mut self) -> Option<Length> {
        let first = self.byte()?;
        let low = first & 0x3f;
        Some(match first >> 6 {
            0 => Length::Bytes(u64::from(low)),
            1 => Length::Bytes(u64::from(low) << 8 | u64::from(self.byte()?)),
            3 => Length::Encoded(low),
            _ => match first {
                0x80 => Length::Bytes(u64::from(u32::from_be_bytes(
                    self.bytes(4)?.try_into().ok()?,
                ))),
                0x81 => Length::Bytes(u64::from_be_bytes(self.bytes(8)?.try_into().ok()?)),
                _ => return None,
            },
        })
    }

    pub fn len(&mut self) -> Option<u64> {
        match self.length()? {
            Length::Bytes(n) => Some(n),
            Length::Encoded(_) => None,
        }
    }

    pub fn i64(&mut self) -> Option<i64> {
        Some(i64::from_le_bytes(self.bytes(8)?.try_into().ok()?))
    }

    pub fn string(&mut self) -> Option<Cow<'a, [u8]>> {
        let int = |n: i64| Some(Cow::Owned(n.to_string().into_bytes()));
        match self.length()? {
            Length::Bytes(n) => Some(Cow::Borrowed(self.bytes(usize::try_from(n).ok()?)?)),
            Length::Encoded(0) => int(i64::from(self.byte()? as i8)),
            Length::Encoded(1) => {
                let bytes = self.bytes(2)?.try_into().ok()?;
                int(i64::from(i16::from_le_bytes(bytes)))
            }
            Length::Encoded(2) => {
                let bytes = self.bytes(4)?.try_into().ok()?;
                int(i64::from(i32::from_le_bytes(bytes)))
            }
            Length::Encoded(3) => {
                let packed = usize::try_from(self.len()?).ok()?;
                let len = usize::try_from(self.len()?).ok()?;
                let packed = self.bytes(packed)?;
                Some(Cow::Owned(lzf::decompress(packed, len)?))
            }
            Length::Encoded(_) => None,
        }
    }

    /// An old double: its length, or a code, then digits.
    fn double_text(&mut self) -> Option<f64> {
        match self.byte()? {
            253 => Some(f64::NAN),
            254 => Some(f64::INFINITY),
            255 => Some(f64::NEG_INFINITY),
            n => number::parse_f64(self.bytes(usize::from(n))?),
        }
    }
}

/// An empty collection is no value: such keys do not exist.
fn not_empty<T>(value: T, len: usize) -> Option<T> {
    (len > 0).then_some(value)
}

fn made_list(elements: &[ByteString], limits: &Limits) -> Option<List> {
    let mut list = List::default();
    for element in elements {
        list.push(End::Tail, &[element], limits);
    }
    list.compact(limits);
    not_empty(list, elements.len())
}

fn plain_list(input: &mut Reader<'_>, limits: &Limits) -> Option<List> {
    let mut list = Vec::new();
    for _ in 0..input.len()? {
        list.push(ByteString::new(&input.string()?));
    }
    made_list(&list, limits)
}

fn quicklist(input: &mut Reader<'_>, limits: &Limits) -> Option<List> {
    let mut list = Vec::new();
    for _ in 0..input.len()? {
        match input.len()? {
            // A very long element has a node of its own; an empty one never.
            1 => {
                let element = input.string()?;
                if element.is_empty() {
                    return None;
                }
                list.push(ByteString::new(&element));
            }
            2 => {
                for element in listpack::read(&input.string()?)? {
                    list.push(ByteString::new(&element.text()));
                }
            }
            _ => return None,
        }
    }
    made_list(&list, limits)
}

fn old_quicklist(input: &mut Reader<'_>, limits: &Limits) -> Option<List> {
    let nodes = input.len()?;
    ziplists(nodes, input, limits)
}

fn ziplists(nodes: u64, input: &mut Reader<'_>, limits: &Limits) -> Option<List> {
    let mut list = Vec::new();
    for _ in 0..nodes {
        for element in ziplist::read(&input.string()?)? {
            list.push(ByteString::new(&element.text()));
        }
    }
    made_list(&list, limits)
}

fn set(input: &mut Reader<'_>, limits: &Limits) -> Option<Set> {
    let mut set = Set::default();
    for _ in 0..input.len()? {
        if !set.insert(&input.string()?, limits) {
            return None;
        }
    }
    let len = set.len();
    not_empty(set, len)
}

fn set_listpack(block: &[u8], limits: &Limits) -> Option<Set> {
    let mut set = Set::default();
    for member in listpack::read(block)? {
        if !set.insert(&member.text(), limits) {
            return None;
        }
    }
    let len = set.len();
    not_empty(set, len)
}

fn intset(bytes: &[u8], limits: &Limits) -> Option<Set> {
    let (width, rest) = bytes.split_at_checked(4)?;
    let (len, ints) = rest.split_at_checked(4)?;
    let width = u32::from_le_bytes(width.try_into().ok()?) as usize;
    let len = u32::from_le_bytes(len.try_into().ok()?) as usize;
    if ![2, 4, 8].contains(&width) || ints.len() != len.checked_mul(width)? {
        return None;
    }
    let mut set = Set::default();
    let mut last = None;
    for bytes in ints.chunks(width) {
        let n = sign_extended(bytes);
        if last.is_some_and(|last| n <= last) {
            return None;
        }
        last = Some(n);
        set.insert(n.to_string().as_bytes(), limits);
    }
    let len = set.len();
    not_empty(set, len)
}

fn hash(input: &mut Reader<'_>, limits: &Limits) -> Option<Hash> {
    let mut hash = Hash::default();
    for _ in 0..input.len()? {
        let field = input.string()?;
        let value = input.string()?;
        if !hash.insert(&field, &value, limits) {
            return None;
        }
    }
    let len = hash.len();
    not_empty(hash, len)
}

fn small_hash(elements: &[Element<'_>], limits: &Limits) -> Option<Hash> {
    let mut hash = Hash::default();
    for pair in elements.chunks(2) {
        let [field, value] = pair else {
            return None;
        };
        if !hash.insert(&field.text(), &value.text(), limits) {
            return None;
        }
    }
    let len = hash.len();
    not_empty(hash, len)
}

/// Fields with the time at which each expires, -1 for those that do not.
fn hash_2(input: &mut Reader<'_>, limits: &Limits) -> Option<Hash> {
    let mut hash = Hash::default();
    for _ in 0..input.len()? {
        let (field, value) = (input.string()?, input.string()?);
        let when = input.i64()?;
        if !hash.insert(&field, &value, limits) {
            return None;
        }
        if when >= 0 {
            hash.set_expire(&field, when);
        }
    }
    let len = hash.len();
    not_empty(hash, len)
}

/// Fields with the time at which each expires, counted from the first; 0 for
/// those that do not.
fn hash_with_times(input: &mut Reader<'_>, limits: &Limits) -> Option<Hash> {
    let first = input.i64()?;
    let mut hash = Hash::default();
    for _ in 0..input.len()? {
        let when = i64::try_from(input.len()?).ok()?;
        let (field, value) = (input.string()?, input.string()?);
        if !hash.insert(&field, &value, limits) {
            return None;
        }
        if when > 0 {
            hash.set_expire(&field, first.checked_add(when - 1)?);
        }
    }
    let len = hash.len();
    not_empty(hash, len)
}

fn hash_listpack_ex(block: &[u8], limits: &Limits) -> Option<Hash> {
    let elements = listpack::read(block)?;
    let mut hash = Hash::default();
    for triple in elements.chunks(3) {
        let [field, value, when] = triple else {
            return None;
        };
        if !hash.insert(&field.text(), &value.text(), limits) {
            return None;
        }
        match when.int()? {
            0 => {}
            when => hash.set_expire(&field.text(), when),
        }
    }
    let len = hash.len();
    not_empty(hash, len)
}

fn zset(input: &mut Reader<'_>, binary: bool, limits: &Limits) -> Option<ZSet> {
    let mut zset = ZSet::large();
    for _ in 0..input.len()? {
        let member = input.string()?;
        let score = if binary {
            f64::from_le_bytes(input.bytes(8)?.try_into().ok()?)
        } else {
            input.double_text()?
        };
        if score.is_nan() || zset.insert(&member, score, limits).is_some() {
            return None;
        }
    }
    zset.compact(limits);
    let len = zset.len();
    not_empty(zset, len)
}

fn small_zset(elements: &[Element<'_>], limits: &Limits) -> Option<ZSet> {
    let mut zset = ZSet::default();
    for pair in elements.chunks(2) {
        let [member, score] = pair else {
            return None;
        };
        let score = number::parse_f64(&score.text())?;
        if zset.insert(&member.text(), score, limits).is_some() {
            return None;
        }
    }
    let len = zset.len();
    not_empty(zset, len)
}
