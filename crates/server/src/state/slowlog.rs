//! The slow log: the latest commands that took longer than
//! `slowlog-log-slower-than`.

use crate::store::ByteString;

/// A command that was slow, for SLOWLOG.
#[derive(Debug, Clone)]
pub struct SlowEntry {
    /// Its number.
    pub id: u64,
    /// When it ran, seconds since 1970.
    pub time: i64,
    /// How long it took, microseconds.
    pub micros: u64,
    /// Its arguments, long ones cut.
    pub argv: Vec<Vec<u8>>,
    /// The client's address.
    pub addr: String,
    /// The client's name.
    pub name: ByteString,
}
