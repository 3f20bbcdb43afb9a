//! A snapshot file as Redis 8.0 writes it (`dump.rdb`): the frame around the
//! values that [`super::dump`] writes.
//!
//! Magic and version, facts about the server (`AUX`), libraries of functions,
//! then each database: its number, how many keys it has and how many of them
//! expire, and every key with its expiry, its use, its type and its value. An
//! end mark and a CRC-64 of all that close it.

use super::{VERSION, crc64, opcodes, write};
use crate::store::{Entry, Limits};

/// How much a key was used, as `maxmemory-policy` has it counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Usage {
    /// Not for so many seconds.
    Idle(u64),
    /// The logarithmic counter of the LFU policies.
    Frequency(u8),
}

/// A snapshot file being written, in memory.
#[derive(Debug)]
pub struct FileWriter<'a> {
    out: Vec<u8>,
    value: Vec<u8>,
    limits: &'a Limits,
}

impl<'a> FileWriter<'a> {
    /// A file that holds nothing yet.
    pub fn new(limits: &'a Limits) -> Self {
        FileWriter {
            out: format!("REDIS{VERSION:04}").into_bytes(),
            value: Vec::new(),
            limits,
        }
    }

    /// A fact about the server that writes the file.
    pub fn fact(&mut self, name: &str, value: &str) {
        self.out.push(opcodes::AUX);
        write::string(&mut self.out, name.as_bytes());
        write::string(&mut self.out, value.as_bytes());
    }

    /// The source of a library of functions.
    pub fn functions(&mut self, source: &[u8]) {
        self.out.push(opcodes::FUNCTION_2);
        write::string(&mut self.out, source);
    }

    /// Begins a database that has so many keys, and so many that expire.
    pub fn database(&mut self, number: usize, keys: usize, volatile: usize) {
        self.out.push(opcodes::SELECT_DB);
        write::len(&mut self.out, number as u64);
        self.out.push(opcodes::RESIZE_DB);
        write::len(&mut self.out, keys as u64);
        write::len(&mut self.out, volatile as u64);
    }

    /// A key of the database begun last.
    pub fn key(&mut self, key: &[u8], entry: &Entry, usage: Option<Usage>) {
        if let Some(when) = entry.expire_at() {
            self.out.push(opcodes::EXPIRE_MS);
            self.out.extend_from_slice(&when.to_le_bytes());
        }
        match usage {
            Some(Usage::Idle(seconds)) => {
                self.out.push(opcodes::IDLE);
                write::len(&mut self.out, seconds);
            }
            Some(Usage::Frequency(count)) => self.out.extend_from_slice(&[opcodes::FREQ, count]),
            None => {}
        }
        // The key stands between the type and the value.
        self.value.clear();
        write::value(&mut self.value, &entry.value, self.limits);
        if let Some((kind, value)) = self.value.split_first() {
            self.out.push(*kind);
            write::string(&mut self.out, key);
            self.out.extend_from_slice(value);
        }
    }

    /// How many bytes there are so far.
    pub fn len(&self) -> usize {
        self.out.len()
    }

    /// The whole file.
    pub fn finish(mut self) -> Vec<u8> {
        self.out.push(opcodes::EOF);
        let checksum = crc64::checksum(&self.out);
        self.out.extend_from_slice(&checksum.to_le_bytes());
        self.out
    }
}
