//! Reading a snapshot file: what Redis up to 8.0 writes, and Valkey up to 9.0.

use super::file_write::Usage;
use super::read::{self, Reader};
use super::{VERSION, crc64, opcodes, types};
use crate::store::{Limits, Value};
use std::borrow::Cow;
use std::fmt;

/// The version that Valkey 9 writes; those before are Redis's.
const VALKEY_VERSION: u16 = 80;
/// Before it, nothing follows the end mark.
const FIRST_WITH_CHECKSUM: u16 = 5;
/// Magic and version.
const HEADER: usize = 9;

/// Why a file cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FileError {
    /// There is nothing in it.
    Empty,
    /// It is no snapshot at all.
    Foreign,
    /// A newer server wrote it: the version of the format.
    Newer(u16),
    /// It holds what a module keeps: the module's type.
    Module(String),
    /// It holds values of a type that is not known here, or is damaged.
    Type(u8),
    /// It is damaged or cut off: near which byte.
    Damaged(usize),
    /// Its checksum is not that of its contents.
    Checksum,
    /// It has a database of this number, which the server has not.
    Database(u64),
    /// A library of functions that cannot be loaded: why.
    Library(String),
    /// A command in it cannot be executed: which, and what it replied.
    Command(String, String),
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Empty => f.write_str("the file is empty"),
            FileError::Foreign => f.write_str("this is no snapshot and no append-only file"),
            FileError::Newer(version) => {
                write!(f, "a newer server wrote it (RDB version {version})")
            }
            FileError::Module(name) => write!(f, "it holds data of the module type {name}"),
            FileError::Type(kind) => {
                write!(
                    f,
                    "it is damaged, or holds values of the unknown type {kind}"
                )
            }
            FileError::Damaged(at) => write!(f, "it is damaged or cut off near byte {at}"),
            FileError::Checksum => f.write_str("it is damaged: its checksum is wrong"),
            FileError::Database(number) => {
                write!(f, "it has a database {number}, which this server has not")
            }
            FileError::Library(why) => write!(f, "a library of functions in it fails: {why}"),
            FileError::Command(name, why) => write!(f, "the command {name} in it fails: {why}"),
        }
    }
}

impl std::error::Error for FileError {}

/// A part of a snapshot.
#[derive(Debug)]
pub enum Part<'a> {
    /// The source of a library of functions.
    Library(Cow<'a, [u8]>),
    /// The keys that follow are in this database.
    Database(u64),
    /// A key.
    Key(Key<'a>),
}

/// A key of a snapshot.
#[derive(Debug)]
pub struct Key<'a> {
    /// Its name.
    pub name: Cow<'a, [u8]>,
    /// Its value.
    pub value: Value,
    /// When it expires, milliseconds since 1970.
    pub expire: Option<i64>,
    /// How much it was used, if that was counted.
    pub usage: Option<Usage>,
}

/// Reads a snapshot part by part.
pub struct FileReader<'a> {
    whole: &'a [u8],
    input: Reader<'a>,
    limits: &'a Limits,
    /// Some type numbers mean something else to Valkey.
    valkey: bool,
    version: u16,
    used_memory: u64,
}

/// Whether a file begins as a snapshot does.
pub fn is_snapshot(bytes: &[u8]) -> bool {
    bytes.starts_with(b"REDIS") || bytes.starts_with(b"VALKEY")
}

impl<'a> FileReader<'a> {
    /// Begins to read.
    ///
    /// # Errors
    /// When it is no snapshot, or a newer server's.
    pub fn new(whole: &'a [u8], limits: &'a Limits) -> Result<Self, FileError> {
        if whole.is_empty() {
            return Err(FileError::Empty);
        }
        let (header, rest) = whole.split_at_checked(HEADER).ok_or(FileError::Foreign)?;
        let (digits, valkey) = match header {
            [b'R', b'E', b'D', b'I', b'S', digits @ ..] => (digits, false),
            [b'V', b'A', b'L', b'K', b'E', b'Y', digits @ ..] => (digits, true),
            _ => return Err(FileError::Foreign),
        };
        let version: u16 = std::str::from_utf8(digits)
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or(FileError::Foreign)?;
        let newest = if valkey { VALKEY_VERSION } else { VERSION };
        if version > newest {
            return Err(FileError::Newer(version));
        }
        Ok(FileReader {
            whole,
            input: Reader::new(rest),
            limits,
            valkey,
            version,
            used_memory: 0,
        })
    }

    /// The bytes that its data took in the server that wrote it, once it has
    /// said so; else 0.
    pub fn used_memory(&self) -> u64 {
        self.used_memory
    }

    /// How many bytes have been read.
    pub fn position(&self) -> usize {
        self.whole.len() - self.input.left()
    }

    /// The next part; `None` after the last, when the checksum was right.
    ///
    /// # Errors
    /// When the rest is damaged, or holds what cannot be kept here.
    pub fn next(&mut self) -> Result<Option<Part<'a>>, FileError> {
        let at = self.position();
        self.part().unwrap_or(Err(FileError::Damaged(at)))
    }

    /// `None` where the input is malformed.
    fn part(&mut self) -> Option<Result<Option<Part<'a>>, FileError>> {
        let (mut expire, mut usage) = (None, None);
        loop {
            match self.input.byte()? {
                opcodes::AUX => {
                    let (name, value) = (self.input.string()?, self.input.string()?);
                    if *name == *b"used-mem" {
                        let text = std::str::from_utf8(&value).unwrap_or_default();
                        self.used_memory = text.parse().unwrap_or(0);
                    }
                }
                opcodes::RESIZE_DB => {
                    self.input.len()?;
                    self.input.len()?;
                }
                opcodes::SLOT_INFO => {
                    for _ in 0..3 {
                        self.input.len()?;
                    }
                }
                opcodes::EXPIRE_MS => expire = Some(self.input.i64()?),
                opcodes::EXPIRE => {
                    let seconds = self.input.bytes(4)?.try_into().ok()?;
                    expire = Some(i64::from(i32::from_le_bytes(seconds)) * 1000);
                }
                opcodes::IDLE => usage = Some(Usage::Idle(self.input.len()?)),
                opcodes::FREQ => usage = Some(Usage::Frequency(self.input.byte()?)),
                opcodes::FUNCTION_2 => {
                    return Some(Ok(Some(Part::Library(self.input.string()?))));
                }
                opcodes::SELECT_DB => return Some(Ok(Some(Part::Database(self.input.len()?)))),
                opcodes::MODULE_AUX => {
                    return Some(Err(FileError::Module(module_name(self.input.len()?))));
                }
                opcodes::EOF => return self.end().map(|end| end.map(|()| None)),
                kind => {
                    let name = self.input.string()?;
                    if matches!(kind, types::MODULE | types::MODULE_2) {
                        return Some(Err(FileError::Module(module_name(self.input.len()?))));
                    }
                    if !types::is_known(kind) || (kind == types::HASH_2 && !self.valkey) {
                        return Some(Err(FileError::Type(kind)));
                    }
                    let value = read::typed(kind, &mut self.input, self.limits)?;
                    let key = Key {
                        name,
                        value,
                        expire,
                        usage,
                    };
                    return Some(Ok(Some(Part::Key(key))));
                }
            }
        }
    }

    /// The checksum after the end mark; 0 where it was not made.
    fn end(&mut self) -> Option<Result<(), FileError>> {
        if self.version < FIRST_WITH_CHECKSUM {
            return Some(Ok(()));
        }
        let contents = &self.whole[..self.position()];
        let stored = u64::from_le_bytes(self.input.bytes(8)?.try_into().ok()?);
        if stored != 0 && stored != crc64::checksum(contents) {
            return Some(Err(FileError::Checksum));
        }
        Some(Ok(()))
    }
}

/// The name in a module's number: nine characters of six bits, before the
/// version in the last ten.
fn module_name(id: u64) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    (0..9)
        .map(|i| char::from(ALPHABET[(id >> (10 + 6 * (8 - i)) & 63) as usize]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dump::FileWriter;
    use crate::store::{Db, StringValue};

    fn file(db: &Db, limits: &Limits) -> Vec<u8> {
        let mut writer = FileWriter::new(limits);
        writer.fact("redis-ver", "8.0.2");
        writer.functions(b"#!lua name=mine\n");
        writer.database(3, db.len(), db.volatile_len());
        for (key, entry) in db.keys.iter() {
            writer.key(key, entry, Some(Usage::Idle(70_000)));
        }
        writer.finish()
    }

    fn database() -> Db {
        let mut db = Db::default();
        for n in 0..100 {
            let text = format!("value {n} value {n} value {n}");
            let value = Value::String(StringValue::new(text.as_bytes()));
            db.insert(format!("key {n}").as_bytes(), value, 0);
        }
        db.set_expire(b"key 7", Some(4_000_000_000_000));
        db
    }

    fn read_all(bytes: &[u8], limits: &Limits) -> Result<usize, FileError> {
        let mut reader = FileReader::new(bytes, limits)?;
        let mut keys = 0;
        while let Some(part) = reader.next()? {
            match part {
                Part::Library(source) => assert_eq!(*source, *b"#!lua name=mine\n"),
                Part::Database(number) => assert_eq!(number, 3),
                Part::Key(key) => {
                    let volatile = *key.name == *b"key 7";
                    assert_eq!(key.expire, volatile.then_some(4_000_000_000_000));
                    assert_eq!(key.usage, Some(Usage::Idle(70_000)));
                    keys += 1;
                }
            }
        }
        Ok(keys)
    }

    #[test]
    fn what_is_written_is_read() {
        let limits = Limits::default();
        let bytes = file(&database(), &limits);
        assert_eq!(read_all(&bytes, &limits), Ok(100));
        // Behind it may follow something else: the commands of an
        // append-only file.
        assert_eq!(
            read_all(&[&bytes[..], b"*1\r\n"].concat(), &limits),
            Ok(100)
        );
    }

    #[test]
    fn what_is_no_whole_snapshot_is_named() {
        let limits = Limits::default();
        let bytes = file(&database(), &limits);
        assert_eq!(read_all(b"", &limits), Err(FileError::Empty));
        assert_eq!(read_all(b"hello world", &limits), Err(FileError::Foreign));
        assert_eq!(
            read_all(b"REDIS0099xxx", &limits),
            Err(FileError::Newer(99))
        );
        assert_eq!(
            read_all(b"VALKEY081xxx", &limits),
            Err(FileError::Newer(81))
        );
        for at in HEADER..bytes.len() {
            let cut = read_all(&bytes[..at], &limits);
            assert!(matches!(cut, Err(FileError::Damaged(_))), "{at}: {cut:?}");
        }
        // Written by Redis 2.4: a hash as a zipmap, and no checksum.
        let old = b"REDIS0004\xfe\x00\x09\x01h\x07\x01\x01a\x01\x00b\xff\xff";
        let mut old = FileReader::new(old, &limits).expect("a snapshot");
        assert!(matches!(old.next(), Ok(Some(Part::Database(0)))));
        assert!(matches!(old.next(), Ok(Some(Part::Key(_)))));
        assert!(matches!(old.next(), Ok(None)));
        let mut wrong = bytes.clone();
        let text = wrong.len() - 20;
        wrong[text] ^= 1;
        assert!(read_all(&wrong, &limits).is_err());
    }
}
