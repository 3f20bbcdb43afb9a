//! RDB, version 12: values as the bytes Redis 8.0 writes, for DUMP and
//! RESTORE and for snapshot files.
//!
//! A payload of DUMP is the type, the value, the RDB version (two bytes,
//! little endian) and a CRC-64 of all that. What the built-in server dumps, a
//! real Redis restores, and the other way round. [`FileWriter`] and
//! [`FileReader`] put many values into a file.

mod crc64;
mod file_read;
mod file_write;
mod lzf;
mod opcodes;
mod read;
mod read_stream;
mod types;
mod write;
mod write_stream;

use super::{Limits, Value};
pub use file_read::{FileError, FileReader, Part, is_snapshot};
pub use file_write::{FileWriter, Usage};

/// The RDB version of Redis 8.0.
const VERSION: u16 = 12;
/// Version and checksum.
const FOOTER: usize = 10;

/// Why a payload was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RestoreError {
    /// Damaged, or of a newer Redis.
    Checksum,
    /// Intact, but not a value that can be read.
    Format,
}

/// The payload of a value.
pub fn dump(value: &Value, limits: &Limits) -> Vec<u8> {
    let mut payload = Vec::new();
    write::value(&mut payload, value, limits);
    seal(payload)
}

/// Adds version and checksum to a type and value.
pub fn seal(mut payload: Vec<u8>) -> Vec<u8> {
    payload.extend_from_slice(&VERSION.to_le_bytes());
    let checksum = crc64::checksum(&payload);
    payload.extend_from_slice(&checksum.to_le_bytes());
    payload
}

/// The payload of FUNCTION DUMP: the sources of libraries.
pub fn dump_libraries<'a>(sources: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut payload = Vec::new();
    for source in sources {
        payload.push(opcodes::FUNCTION_2);
        write::string(&mut payload, source);
    }
    seal(payload)
}

/// The sources in a payload of FUNCTION DUMP.
///
/// # Errors
/// When it is damaged, of a newer Redis, or holds something else.
pub fn restore_libraries(payload: &[u8]) -> Result<Vec<Vec<u8>>, RestoreError> {
    let mut input = read::Reader::new(unseal(payload)?);
    let mut sources = Vec::new();
    while let Some(mark) = input.bytes(1) {
        if mark != [opcodes::FUNCTION_2] {
            return Err(RestoreError::Format);
        }
        let source = input.string().ok_or(RestoreError::Format)?;
        sources.push(source.into_owned());
    }
    Ok(sources)
}

/// The value of a payload.
///
/// # Errors
/// When it is damaged, of a newer Redis, or malformed.
pub fn restore(payload: &[u8], limits: &Limits) -> Result<Value, RestoreError> {
    read::value(unseal(payload)?, limits).ok_or(RestoreError::Format)
}

/// Checks version and checksum, and takes them off.
fn unseal(payload: &[u8]) -> Result<&[u8], RestoreError> {
    let body = payload
        .len()
        .checked_sub(FOOTER)
        .ok_or(RestoreError::Checksum)?;
    let (body, footer) = payload.split_at(body);
    let (version, checksum) = footer.split_at(2);
    let is_intact = crc64::checksum(&payload[..payload.len() - 8]).to_le_bytes() == checksum;
    if u16::from_le_bytes([version[0], version[1]]) > VERSION || !is_intact {
        return Err(RestoreError::Checksum);
    }
    Ok(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::list::End;
    use crate::store::stream::StreamId;
    use crate::store::{Hash, List, Set, Stream, StringValue, ZSet};

    fn round_trip(value: &Value) -> Value {
        let limits = Limits::default();
        let payload = dump(value, &limits);
        let restored = restore(&payload, &limits).unwrap();
        assert_eq!(dump(&restored, &limits), payload);
        assert_eq!(restored.encoding(), value.encoding());
        for at in 0..payload.len() {
            let mut damaged = payload.clone();
            damaged[at] ^= 1;
            assert_eq!(
                restore(&damaged, &limits).err(),
                Some(RestoreError::Checksum)
            );
        }
        restored
    }

    #[test]
    fn strings_survive() {
        let long = vec![b'x'; 1000];
        let mixed: Vec<u8> = (0..1000_u32).map(|n| ((n * n) >> 3) as u8).collect();
        for text in [
            &b""[..],
            b"12",
            b"-70000",
            b"99999999999",
            b"hello",
            &long,
            &mixed,
        ] {
            let value = Value::String(StringValue::new(text));
            match round_trip(&value) {
                Value::String(restored) => assert_eq!(*restored.bytes(), *text),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn collections_survive_in_both_sizes() {
        let limits = Limits::default();
        for n in [3_usize, 1_000] {
            let mut list = List::default();
            let (mut ints, mut set) = (Set::default(), Set::default());
            let (mut hash, mut zset) = (Hash::default(), ZSet::default());
            for i in 0..n {
                let name = format!("element {i}");
                list.push(End::Tail, &[name.as_bytes()], &limits);
                ints.insert(i.to_string().as_bytes(), &limits);
                set.insert(name.as_bytes(), &limits);
                hash.insert(name.as_bytes(), i.to_string().as_bytes(), &limits);
                zset.insert(name.as_bytes(), i as f64 / 4.0, &limits);
            }
            match round_trip(&Value::List(list.clone())) {
                Value::List(restored) => assert!(restored.iter().eq(list.iter())),
                other => panic!("{other:?}"),
            }
            match round_trip(&Value::SortedSet(zset.clone())) {
                Value::SortedSet(restored) => assert!(restored.iter().eq(zset.iter())),
                other => panic!("{other:?}"),
            }
            round_trip(&Value::Set(ints));
            // The order of a hash table is not kept, so only the content is
            // compared.
            let payload = dump(&Value::Set(set.clone()), &limits);
            match restore(&payload, &limits) {
                Ok(Value::Set(restored)) => {
                    assert!(restored.len() == n && set.iter().all(|m| restored.contains(&m)));
                }
                other => panic!("{other:?}"),
            }
            let payload = dump(&Value::Hash(hash.clone()), &limits);
            match restore(&payload, &limits) {
                Ok(Value::Hash(restored)) => {
                    assert!(hash.iter().all(|(f, v)| restored.get(&f) == Some(v)));
                }
                other => panic!("{other:?}"),
            }
            hash.set_expire(b"element 1", 5_000);
            hash.set_expire(b"element 2", 1_000);
            let payload = dump(&Value::Hash(hash.clone()), &limits);
            match restore(&payload, &limits) {
                Ok(Value::Hash(restored)) => {
                    assert!(hash.iter().all(|(f, v)| restored.get(&f) == Some(v)));
                    assert!(
                        hash.iter()
                            .all(|(f, _)| restored.expire(&f) == hash.expire(&f))
                    );
                }
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn streams_survive_with_their_groups() {
        let mut stream = Stream::default();
        for i in 1..=250 {
            let id = StreamId::new(1_000 + i / 3, i);
            let value = i.to_string();
            if i % 5 == 0 {
                stream.append(
                    id,
                    &[b"a", b"b", b"c", value.as_bytes()],
                    &Limits::default(),
                );
            } else {
                stream.append(id, &[b"n", value.as_bytes()], &Limits::default());
            }
        }
        stream.delete(StreamId::new(1_003, 10));
        let mut group = crate::store::stream::Group::new(StreamId::new(1_001, 4), None);
        group.add_consumer(b"ala", 77);
        group.assign(StreamId::new(1_001, 3), b"ala", 5_000, 3);
        stream.groups.insert((&b"workers"[..]).into(), group);
        match round_trip(&Value::Stream(Box::new(stream.clone()))) {
            Value::Stream(restored) => {
                assert_eq!(restored.length, 249);
                let all = |s: &Stream| -> Vec<Vec<(Vec<u8>, Vec<u8>)>> {
                    s.iter()
                        .map(|e| e.pairs().map(|(f, v)| (f.to_vec(), v.to_vec())).collect())
                        .collect()
                };
                assert_eq!(all(&restored), all(&stream));
                let group = &restored.groups[&b"workers"[..]];
                assert_eq!(group.pending[&StreamId::new(1_001, 3)].count, 3);
                assert_eq!(group.entries_read, None);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn truncated_bodies_are_malformed_not_fatal() {
        let limits = Limits::default();
        let mut zset = ZSet::default();
        for n in 0..20 {
            zset.insert(format!("member {n}").as_bytes(), f64::from(n), &limits);
        }
        let mut body = Vec::new();
        write::value(&mut body, &Value::SortedSet(zset), &limits);
        for len in 0..body.len() {
            let mut payload = body[..len].to_vec();
            payload.extend_from_slice(&VERSION.to_le_bytes());
            let checksum = crc64::checksum(&payload);
            payload.extend_from_slice(&checksum.to_le_bytes());
            assert_eq!(restore(&payload, &limits).err(), Some(RestoreError::Format));
        }
    }
}
