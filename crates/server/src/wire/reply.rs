//! Writing replies.
//!
//! [`Out`] is a client's output buffer with one method per RESP type; each
//! writes what the client's protocol version calls for, so that commands
//! state what they mean (a map, a double, a null) once.

use crate::wire::number;
use std::borrow::Cow;

/// An error reply: the text after the `-`, beginning with its code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CmdError(pub Cow<'static, [u8]>);

/// What a command's function returns; `Err` is written as an error reply.
pub type CmdResult<T = ()> = Result<T, CmdError>;

impl CmdError {
    /// An error with a fixed text.
    pub const fn new(text: &'static str) -> Self {
        CmdError(Cow::Borrowed(text.as_bytes()))
    }

    /// An error with a text made for the occasion; it may hold bytes a client
    /// sent.
    pub fn owned(text: impl Into<Vec<u8>>) -> Self {
        CmdError(Cow::Owned(text.into()))
    }

    /// The text's first word.
    pub fn code(&self) -> &[u8] {
        self.0.split(|b| *b == b' ').next().unwrap_or_default()
    }
}

/// The error texts shared by many commands (`shared` in Redis's server.c).
pub mod errors {
    use super::CmdError;

    /// The number of arguments is wrong.
    pub fn wrong_arity(command: &str) -> CmdError {
        CmdError::owned(format!(
            "ERR wrong number of arguments for '{command}' command"
        ))
    }

    /// The key holds another type.
    pub const WRONGTYPE: CmdError =
        CmdError::new("WRONGTYPE Operation against a key holding the wrong kind of value");
    /// The arguments do not form a valid command.
    pub const SYNTAX: CmdError = CmdError::new("ERR syntax error");
    /// Not a 64-bit signed integer.
    pub const NOT_INTEGER: CmdError = CmdError::new("ERR value is not an integer or out of range");
    /// The smallest integer, which has no opposite.
    pub const TOO_NEGATIVE: CmdError = CmdError::new(
        "ERR value is out of range, value must between -9223372036854775807 and 9223372036854775807",
    );
    /// Not a double.
    pub const NOT_FLOAT: CmdError = CmdError::new("ERR value is not a valid float");
    /// The index is outside of the list.
    pub const INDEX_RANGE: CmdError = CmdError::new("ERR index out of range");
    /// The key does not exist where it must.
    pub const NO_SUCH_KEY: CmdError = CmdError::new("ERR no such key");
    /// The source and destination are the same.
    pub const SAME_OBJECT: CmdError =
        CmdError::new("ERR source and destination objects are the same");
    /// A count that must be positive is not.
    pub const OUT_OF_RANGE: CmdError = CmdError::new("ERR value is out of range, must be positive");
    /// A string would grow beyond `proto-max-bulk-len`.
    pub const STRING_TOO_LONG: CmdError =
        CmdError::new("ERR string exceeds maximum allowed size (proto-max-bulk-len)");
    /// The memory limit is reached.
    pub const OOM: CmdError =
        CmdError::new("OOM command not allowed when used memory > 'maxmemory'.");
    /// `min-replicas-to-write` asks for more than there are.
    pub const NO_REPLICAS: CmdError =
        CmdError::new("NOREPLICAS Not enough good replicas to write.");
    /// The password has not been given.
    pub const NOAUTH: CmdError = CmdError::new("NOAUTH Authentication required.");
}

/// Output in RESP2 or RESP3.
#[derive(Debug)]
pub struct Out {
    /// The bytes not yet sent.
    pub buf: Vec<u8>,
    /// The protocol version, 2 or 3.
    pub resp: u8,
}

/// A place where a length is filled in later: see [`Out::defer`].
#[derive(Debug, Clone, Copy)]
#[must_use]
pub struct Deferred(usize);

impl Default for Out {
    fn default() -> Self {
        Out::new(2)
    }
}

impl Out {
    /// An empty buffer for protocol version `resp`.
    pub fn new(resp: u8) -> Self {
        Out {
            buf: Vec::new(),
            resp,
        }
    }

    #[inline]
    fn header(&mut self, kind: u8, n: i64) {
        if (0..10).contains(&n) {
            self.buf
                .extend_from_slice(&[kind, b'0' + n as u8, b'\r', b'\n']);
            return;
        }
        let mut digits = itoa::Buffer::new();
        self.buf.push(kind);
        self.buf.extend_from_slice(digits.format(n).as_bytes());
        self.buf.extend_from_slice(b"\r\n");
    }

    /// `+OK`.
    #[inline]
    pub fn ok(&mut self) {
        self.buf.extend_from_slice(b"+OK\r\n");
    }

    /// A simple string.
    pub fn status(&mut self, text: &str) {
        self.buf.push(b'+');
        self.buf.extend_from_slice(text.as_bytes());
        self.buf.extend_from_slice(b"\r\n");
    }

    /// An error. Line breaks in it become spaces, as an error is one line.
    pub fn error(&mut self, error: &CmdError) {
        self.buf.push(b'-');
        let end = error.0.iter().rposition(|b| !matches!(b, b'\r' | b'\n'));
        let text = &error.0[..end.map_or(0, |i| i + 1)];
        self.buf.extend(text.iter().map(|b| match b {
            b'\r' | b'\n' => b' ',
            b => *b,
        }));
        self.buf.extend_from_slice(b"\r\n");
    }

    /// An integer.
    #[inline]
    pub fn int(&mut self, n: i64) {
        self.header(b':', n);
    }

    /// An integer that counts something.
    #[inline]
    pub fn len(&mut self, n: usize) {
        self.header(b':', n as i64);
    }

    /// A bulk string.
    #[inline]
    pub fn bulk(&mut self, bytes: &[u8]) {
        self.buf.reserve(bytes.len() + 16);
        self.header(b'$', bytes.len() as i64);
        self.buf.extend_from_slice(bytes);
        self.buf.extend_from_slice(b"\r\n");
    }

    /// A bulk string, or a null.
    pub fn bulk_or_null(&mut self, bytes: Option<&[u8]>) {
        match bytes {
            Some(bytes) => self.bulk(bytes),
            None => self.null(),
        }
    }

    /// An integer written as a bulk string.
    pub fn bulk_int(&mut self, n: i64) {
        let mut digits = itoa::Buffer::new();
        self.bulk(digits.format(n).as_bytes());
    }

    /// Null: `$-1` in RESP2.
    #[inline]
    pub fn null(&mut self) {
        let text: &[u8] = if self.resp == 2 { b"$-1\r\n" } else { b"_\r\n" };
        self.buf.extend_from_slice(text);
    }

    /// Null where an array was possible: `*-1` in RESP2.
    pub fn null_array(&mut self) {
        let text: &[u8] = if self.resp == 2 { b"*-1\r\n" } else { b"_\r\n" };
        self.buf.extend_from_slice(text);
    }

    /// The header of an array of `n` elements, which follow.
    #[inline]
    pub fn array(&mut self, n: usize) {
        self.header(b'*', n as i64);
    }

    /// The header of a map of `n` pairs; a flat array in RESP2.
    pub fn map(&mut self, n: usize) {
        if self.resp == 2 {
            self.header(b'*', n as i64 * 2);
        } else {
            self.header(b'%', n as i64);
        }
    }

    /// The header of a set of `n` elements; an array in RESP2.
    pub fn set(&mut self, n: usize) {
        self.header(if self.resp == 2 { b'*' } else { b'~' }, n as i64);
    }

    /// The header of out-of-band data; an array in RESP2.
    pub fn push(&mut self, n: usize) {
        self.header(if self.resp == 2 { b'*' } else { b'>' }, n as i64);
    }

    /// A double; a bulk string in RESP2. It is written as short as it can be.
    pub fn double(&mut self, d: f64) {
        let text = number::format_double(d);
        if self.resp == 2 {
            self.bulk(text.as_bytes());
        } else {
            self.buf.push(b',');
            self.buf.extend_from_slice(text.as_bytes());
            self.buf.extend_from_slice(b"\r\n");
        }
    }

    /// A boolean; 1 or 0 in RESP2.
    pub fn bool(&mut self, b: bool) {
        let text: &[u8] = match (self.resp, b) {
            (2, true) => b":1\r\n",
            (2, false) => b":0\r\n",
            (_, true) => b"#t\r\n",
            (_, false) => b"#f\r\n",
        };
        self.buf.extend_from_slice(text);
    }

    /// An integer of any size as its digits; a bulk string in RESP2.
    pub fn big_number(&mut self, digits: &[u8]) {
        if self.resp == 2 {
            self.bulk(digits);
        } else {
            self.buf.push(b'(');
            self.buf.extend_from_slice(digits);
            self.buf.extend_from_slice(b"\r\n");
        }
    }

    /// Text with a three-letter format (`txt`); a bulk string in RESP2.
    pub fn verbatim(&mut self, format: &str, text: &[u8]) {
        if self.resp == 2 {
            self.bulk(text);
        } else {
            self.header(b'=', text.len() as i64 + 4);
            self.buf.extend_from_slice(format.as_bytes());
            self.buf.push(b':');
            self.buf.extend_from_slice(text);
            self.buf.extend_from_slice(b"\r\n");
        }
    }

    /// Remembers this place for an aggregate whose length is known only after
    /// its elements; end it with one of the `finish_*` methods.
    pub fn defer(&mut self) -> Deferred {
        Deferred(self.buf.len())
    }

    /// Makes what was written since `at` an array of `n` elements.
    pub fn finish_array(&mut self, at: Deferred, n: usize) {
        self.finish(at, |out| out.array(n));
    }

    /// Makes what was written since `at` a set of `n` elements.
    pub fn finish_set(&mut self, at: Deferred, n: usize) {
        self.finish(at, |out| out.set(n));
    }

    /// Makes what was written since `at` a map of `n` pairs.
    pub fn finish_map(&mut self, at: Deferred, n: usize) {
        self.finish(at, |out| out.map(n));
    }

    fn finish(&mut self, at: Deferred, header: impl FnOnce(&mut Out)) {
        let end = self.buf.len();
        header(self);
        let len = self.buf.len() - end;
        self.buf[at.0..].rotate_right(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(resp: u8, write: impl FnOnce(&mut Out)) -> String {
        let mut out = Out::new(resp);
        write(&mut out);
        String::from_utf8(out.buf).unwrap()
    }

    #[test]
    fn every_type_is_written_for_both_versions() {
        type Case = (fn(&mut Out), &'static str, &'static str);
        let cases: [Case; 10] = [
            (|o| o.null(), "$-1\r\n", "_\r\n"),
            (|o| o.null_array(), "*-1\r\n", "_\r\n"),
            (|o| o.map(12), "*24\r\n", "%12\r\n"),
            (|o| o.set(3), "*3\r\n", "~3\r\n"),
            (|o| o.push(3), "*3\r\n", ">3\r\n"),
            (|o| o.bool(true), ":1\r\n", "#t\r\n"),
            (|o| o.double(1.5), "$3\r\n1.5\r\n", ",1.5\r\n"),
            (
                |o| o.verbatim("txt", b"hi"),
                "$2\r\nhi\r\n",
                "=6\r\ntxt:hi\r\n",
            ),
            (|o| o.big_number(b"12"), "$2\r\n12\r\n", "(12\r\n"),
            (|o| o.int(-12), ":-12\r\n", ":-12\r\n"),
        ];
        for (write, two, three) in cases {
            assert_eq!(written(2, write), two);
            assert_eq!(written(3, write), three);
        }
    }

    #[test]
    fn a_deferred_length_lands_before_its_elements() {
        let text = written(3, |out| {
            out.array(2);
            let at = out.defer();
            out.int(1);
            out.int(2);
            out.finish_set(at, 2);
            out.ok();
        });
        assert_eq!(text, "*2\r\n~2\r\n:1\r\n:2\r\n+OK\r\n");
    }

    #[test]
    fn an_error_is_one_line() {
        let error = CmdError::owned("ERR unknown 'a\r\nb'");
        assert_eq!(written(2, |o| o.error(&error)), "-ERR unknown 'a  b'\r\n");
        assert_eq!(error.code(), b"ERR");
    }
}
