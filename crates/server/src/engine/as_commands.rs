//! The data as commands that make them: the base of an append-only file with
//! `aof-use-rdb-preamble no`, which people can read.

use crate::engine::image::Image;
use crate::engine::server::Server;
use crate::store::stream::{Group, StreamId};
use crate::store::{Hash, Stream, Value};
use resp::codec::encode_command;

/// So many elements at most are in one command.
const MOST: usize = 64;

impl Server {
    /// All data as commands.
    pub(crate) fn commands_of_data(&self) -> Image {
        let mut pieces = self.pieces();
        let mut out = Vec::new();
        if self.settings.aof_timestamps {
            let second = self.clock.now() / 1000;
            out.extend_from_slice(format!("#TS:{second}\r\n").as_bytes());
        }
        for (_, source) in self.script.sources_of_libraries() {
            encode_command(&[b"FUNCTION", &b"LOAD"[..], source], &mut out);
        }
        for (number, db) in self.dbs.iter().enumerate().filter(|(_, db)| !db.is_empty()) {
            encode_command(&[b"SELECT", number.to_string().as_bytes()], &mut out);
            for (key, entry) in db.keys.iter() {
                write_value(&mut out, key, &entry.value);
                if let Some(when) = entry.expire_at() {
                    let when = when.to_string();
                    encode_command(&[b"PEXPIREAT", &**key, when.as_bytes()], &mut out);
                }
                pieces.key(out.len());
            }
        }
        Image { bytes: out, pieces }
    }
}

fn write_value(out: &mut Vec<u8>, key: &[u8], value: &Value) {
    match value {
        Value::String(text) => encode_command(&[b"SET", key, &text.bytes()], out),
        Value::List(list) => write_parts(out, b"RPUSH", key, list.iter().map(|e| [e.to_vec()])),
        Value::Set(set) => write_parts(out, b"SADD", key, set.iter().map(|m| [m.to_vec()])),
        Value::SortedSet(zset) => {
            let pairs = zset.iter().map(|(member, score)| {
                [
                    crate::wire::number::format_double(score).into_bytes(),
                    member.to_vec(),
                ]
            });
            write_parts(out, b"ZADD", key, pairs);
        }
        Value::Hash(hash) => write_hash(out, key, hash),
        Value::Stream(stream) => write_stream(out, key, stream),
    }
}

/// A command for every so many elements, each of one or more arguments.
fn write_parts<const N: usize>(
    out: &mut Vec<u8>,
    name: &[u8],
    key: &[u8],
    elements: impl Iterator<Item = [Vec<u8>; N]>,
) {
    let elements: Vec<[Vec<u8>; N]> = elements.collect();
    for part in elements.chunks(MOST) {
        let mut argv: Vec<&[u8]> = vec![name, key];
        argv.extend(part.iter().flatten().map(Vec::as_slice));
        encode_command(&argv, out);
    }
}

fn write_hash(out: &mut Vec<u8>, key: &[u8], hash: &Hash) {
    let pairs = hash
        .iter()
        .map(|(field, value)| [field.to_vec(), value.to_vec()]);
    write_parts(out, b"HMSET", key, pairs);
    for (field, _) in hash.iter() {
        if let Some(when) = hash.expire(&field) {
            let when = when.to_string();
            let argv = [b"HPEXPIREAT", key, when.as_bytes(), b"FIELDS", b"1", &field];
            encode_command(&argv, out);
        }
    }
}

fn write_stream(out: &mut Vec<u8>, key: &[u8], stream: &Stream) {
    let text = |id: StreamId| id.to_string().into_bytes();
    if stream.length == 0 {
        // An entry that is gone at once, so that there is a stream.
        let argv: [&[u8]; 7] = [b"XADD", key, b"MAXLEN", b"0", b"0-1", b"x", b"y"];
        encode_command(&argv, out);
    }
    for entry in stream.iter() {
        let id = text(entry.id);
        let mut argv: Vec<&[u8]> = vec![b"XADD", key, &id];
        for (field, value) in entry.pairs() {
            argv.extend([field, value]);
        }
        encode_command(&argv, out);
    }
    let added = stream.entries_added.to_string();
    encode_command(
        &[
            b"XSETID",
            key,
            &text(stream.last_id),
            b"ENTRIESADDED",
            added.as_bytes(),
            b"MAXDELETEDID",
            &text(stream.max_deleted_id),
        ],
        out,
    );
    for (name, group) in &stream.groups {
        write_group(out, key, name, group);
    }
}

fn write_group(out: &mut Vec<u8>, key: &[u8], name: &[u8], group: &Group) {
    let text = |id: StreamId| id.to_string().into_bytes();
    let read = group
        .entries_read
        .map_or(-1, |read| read as i64)
        .to_string();
    let create = [
        b"XGROUP",
        &b"CREATE"[..],
        key,
        name,
        &text(group.last_id),
        b"ENTRIESREAD",
        read.as_bytes(),
    ];
    encode_command(&create, out);
    for consumer in group.consumers.keys() {
        let argv = [b"XGROUP", &b"CREATECONSUMER"[..], key, name, consumer];
        encode_command(&argv, out);
    }
    for (id, pending) in &group.pending {
        let (time, count) = (pending.delivered.to_string(), pending.count.to_string());
        let claim = [
            b"XCLAIM",
            key,
            name,
            &pending.consumer,
            b"0",
            &text(*id),
            b"TIME",
            time.as_bytes(),
            b"RETRYCOUNT",
            count.as_bytes(),
            b"JUSTID",
            b"FORCE",
        ];
        encode_command(&claim, out);
    }
}
