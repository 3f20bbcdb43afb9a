//! RESP, the Redis serialization protocol, and the text people read it as.
//!
//! Pure: no I/O. [`Reply`] is a reply as data, [`codec`] turns bytes into
//! replies and commands into bytes, [`mod@format`] writes replies the way redis-cli
//! does on a terminal, and [`split`] turns a typed line into arguments by
//! redis-cli's quoting rules.
//!
//! Source of the protocol's facts: the "Redis serialization protocol
//! specification" page of the Redis documentation.

pub mod codec;
pub mod format;
pub mod split;

/// A reply of a server, RESP2 or RESP3.
///
/// A server's error is a reply like any other; only a lost or garbled
/// connection is an `Err` elsewhere. Strings are bytes: Redis is binary-safe.
#[derive(Debug, Clone, PartialEq)]
pub enum Reply {
    /// The null bulk string, null array (RESP2) or null (RESP3).
    Nil,
    /// A simple string such as `OK`.
    Status(String),
    /// An error; the first word is its code (`WRONGTYPE Operation against ...`).
    Error(String),
    /// A 64-bit signed integer.
    Int(i64),
    /// A bulk string.
    Bulk(Vec<u8>),
    /// An array.
    Array(Vec<Reply>),
    /// A map (RESP3), in the order sent.
    Map(Vec<(Reply, Reply)>),
    /// A set (RESP3), in the order sent.
    Set(Vec<Reply>),
    /// A double (RESP3), as the text the server sent (`inf`, `3.14`).
    Double(String),
    /// A boolean (RESP3).
    Bool(bool),
    /// An integer beyond 64 bits (RESP3), as its digits.
    BigNumber(String),
    /// A string with a three-letter format (RESP3), `txt` or `mkd`.
    Verbatim(String, Vec<u8>),
    /// Out-of-band data (RESP3): messages, invalidations.
    Push(Vec<Reply>),
    /// Auxiliary data (RESP3) in front of the reply it belongs to.
    Attribute(Vec<(Reply, Reply)>, Box<Reply>),
}

impl Reply {
    /// The error's code (its first word), if this is an error.
    pub fn error_code(&self) -> Option<&str> {
        match self {
            Reply::Error(text) => Some(text.split(' ').next().unwrap_or("")),
            _ => None,
        }
    }

    /// The bytes of a bulk, status or verbatim string.
    pub fn as_bytes(&self) -> Option<&[u8]> {
        match self {
            Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => Some(bytes),
            Reply::Status(text) => Some(text.as_bytes()),
            _ => None,
        }
    }

    /// The text of a string reply, when it is UTF-8.
    pub fn as_str(&self) -> Option<&str> {
        self.as_bytes()
            .and_then(|bytes| std::str::from_utf8(bytes).ok())
    }

    /// The number of an integer reply.
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Reply::Int(n) => Some(*n),
            _ => None,
        }
    }

    /// The elements of an array, set or push.
    pub fn as_slice(&self) -> Option<&[Reply]> {
        match self {
            Reply::Array(items) | Reply::Set(items) | Reply::Push(items) => Some(items),
            _ => None,
        }
    }

    /// Whether this is an error reply.
    pub fn is_error(&self) -> bool {
        matches!(self, Reply::Error(_))
    }
}
