//! Bytes to replies, and commands to bytes.
//!
//! The decoder is incremental and not recursive: it keeps a stack of the
//! aggregates it is inside of, so that a reply of ten million elements that
//! arrives in many pieces is read once, and a deeply nested one cannot
//! overflow the call stack.

use super::Reply;
use std::fmt;

/// The deepest nesting a reply may have; beyond it the stream is refused.
/// Redis's own deepest replies have about ten levels, and Lua scripts can
/// return many more.
pub const MAX_DEPTH: usize = 4096;

/// The longest bulk string Redis allows by default: `proto-max-bulk-len`, 512 MB.
const MAX_BULK: usize = 512 * 1024 * 1024;

/// The bytes on the connection are not RESP, or what no Redis server sends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProtocolError {
    /// Aggregates in aggregates, deeper than [`MAX_DEPTH`].
    TooDeep,
    /// A header that does not end.
    EndlessLine,
    /// A streamed reply, which RESP3 allows and Redis does not send: its header.
    Streamed(String),
    /// This instead of a number.
    Number(String),
    /// This instead of `t` or `f`.
    Boolean(String),
    /// An aggregate of so many elements.
    Elements(i64),
    /// A bulk string of so many bytes.
    Bytes(String),
    /// A bulk string that goes on where it should end.
    EndlessBulk,
    /// A verbatim string that does not say in which format it is.
    NoFormat,
    /// A reply of no known kind: the byte it begins with.
    Kind(char),
}

impl fmt::Display for ProtocolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the server's bytes cannot be read: ")?;
        match self {
            ProtocolError::TooDeep => write!(f, "nested deeper than {MAX_DEPTH} levels"),
            ProtocolError::EndlessLine => f.write_str("a line without an end"),
            ProtocolError::Streamed(header) => write!(
                f,
                "a streamed reply ({header}), which RESP3 allows and Redis does not send"
            ),
            ProtocolError::Number(text) => write!(f, "number {text:?}"),
            ProtocolError::Boolean(text) => write!(f, "boolean {text:?}"),
            ProtocolError::Elements(count) => write!(f, "an aggregate of {count} elements"),
            ProtocolError::Bytes(length) => write!(f, "a bulk string of {length} bytes"),
            ProtocolError::EndlessBulk => f.write_str("a bulk string without its end"),
            ProtocolError::NoFormat => f.write_str("a verbatim string without a format"),
            ProtocolError::Kind(first) => write!(f, "a reply beginning with {first:?}"),
        }
    }
}

impl std::error::Error for ProtocolError {}

/// Appends a command as RESP sends it: an array of bulk strings.
pub fn encode_command<A: AsRef<[u8]>>(argv: &[A], out: &mut Vec<u8>) {
    push_header(out, b'*', argv.len());
    for arg in argv {
        let arg = arg.as_ref();
        push_header(out, b'$', arg.len());
        out.extend_from_slice(arg);
        out.extend_from_slice(b"\r\n");
    }
}

fn push_header(out: &mut Vec<u8>, kind: u8, n: usize) {
    out.push(kind);
    out.extend_from_slice(n.to_string().as_bytes());
    out.extend_from_slice(b"\r\n");
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Aggregate {
    Array,
    Set,
    Map,
    Push,
    Attribute,
}

#[derive(Debug)]
struct Frame {
    kind: Aggregate,
    missing: usize,
    items: Vec<Reply>,
    /// Attributes read in front of the next item of this frame.
    pending: Option<Vec<(Reply, Reply)>>,
}

/// An incremental RESP2 and RESP3 decoder.
#[derive(Debug, Default)]
pub struct Decoder {
    stack: Vec<Frame>,
    /// Attributes read in front of the top-level reply.
    pending: Option<Vec<(Reply, Reply)>>,
}

impl Decoder {
    /// A decoder at the start of a reply.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads from `input` as far as a whole reply needs. Returns how many
    /// bytes were used up, and the reply when it is complete; call again with
    /// the rest of the bytes (and more) when it is not.
    ///
    /// # Errors
    /// When the bytes are not RESP; the connection is then of no use.
    pub fn decode(&mut self, input: &[u8]) -> Result<(usize, Option<Reply>), ProtocolError> {
        let mut used = 0;
        loop {
            let Some((len, step)) = self.element(&input[used..])? else {
                return Ok((used, None));
            };
            used += len;
            let done = match step {
                Step::Value(reply) => self.fill(reply),
                Step::Open(kind, count) => self.open(kind, count)?,
            };
            if let Some(reply) = done {
                return Ok((used, Some(reply)));
            }
        }
    }

    /// Whether a reply has been begun and not finished.
    pub fn is_mid_reply(&self) -> bool {
        !self.stack.is_empty() || self.pending.is_some()
    }

    fn open(&mut self, kind: Aggregate, count: usize) -> Result<Option<Reply>, ProtocolError> {
        if self.stack.len() >= MAX_DEPTH {
            return Err(ProtocolError::TooDeep);
        }
        let missing = match kind {
            Aggregate::Map | Aggregate::Attribute => count.saturating_mul(2),
            _ => count,
        };
        self.stack.push(Frame {
            kind,
            missing,
            items: Vec::with_capacity(missing.min(1024)),
            pending: None,
        });
        Ok(if missing == 0 {
            self.close().and_then(|value| self.fill(value))
        } else {
            None
        })
    }

    /// Puts a finished value where it belongs, closing every aggregate it
    /// completes; the top-level reply when whole.
    fn fill(&mut self, mut value: Reply) -> Option<Reply> {
        loop {
            let slot = match self.stack.last_mut() {
                Some(frame) => &mut frame.pending,
                None => &mut self.pending,
            };
            if let Some(attributes) = slot.take() {
                value = Reply::Attribute(attributes, Box::new(value));
            }
            let Some(frame) = self.stack.last_mut() else {
                return Some(value);
            };
            frame.items.push(value);
            frame.missing -= 1;
            if frame.missing > 0 {
                return None;
            }
            value = self.close()?;
        }
    }

    /// Closes the innermost aggregate, which is complete; `None` when it was
    /// attributes, which wait for the value they belong to.
    fn close(&mut self) -> Option<Reply> {
        let frame = self.stack.pop()?;
        Some(match frame.kind {
            Aggregate::Array => Reply::Array(frame.items),
            Aggregate::Set => Reply::Set(frame.items),
            Aggregate::Push => Reply::Push(frame.items),
            Aggregate::Map => Reply::Map(pairs(frame.items)),
            Aggregate::Attribute => {
                let slot = match self.stack.last_mut() {
                    Some(parent) => &mut parent.pending,
                    None => &mut self.pending,
                };
                *slot = Some(pairs(frame.items));
                return None;
            }
        })
    }

    /// Reads one element's header (and body, for a scalar).
    fn element(&self, input: &[u8]) -> Result<Option<(usize, Step)>, ProtocolError> {
        let Some(&kind) = input.first() else {
            return Ok(None);
        };
        let Some(end) = find_crlf(&input[1..]) else {
            if input.len() > 64 * 1024 && !matches!(kind, b'+' | b'-') {
                return Err(ProtocolError::EndlessLine);
            }
            return Ok(None);
        };
        let line = &input[1..=end];
        let used = end + 3;
        if line == b"?" || matches!(kind, b';' | b'.') {
            let header = format!("{}{}", char::from(kind), lossy(line));
            return Err(ProtocolError::Streamed(header));
        }
        let scalar = |reply| Ok(Some((used, Step::Value(reply))));
        match kind {
            b'+' => scalar(Reply::Status(lossy(line))),
            b'-' => scalar(Reply::Error(lossy(line))),
            b':' => scalar(Reply::Int(number(line)?)),
            b'_' => scalar(Reply::Nil),
            b',' => scalar(Reply::Double(lossy(line))),
            b'(' => scalar(Reply::BigNumber(lossy(line))),
            b'#' => match line {
                b"t" => scalar(Reply::Bool(true)),
                b"f" => scalar(Reply::Bool(false)),
                _ => Err(ProtocolError::Boolean(lossy(line))),
            },
            b'$' | b'=' | b'!' => self.bulk(kind, line, used, input),
            b'*' | b'~' | b'%' | b'>' | b'|' => {
                let count: i64 = number(line)?;
                // RESP2's nil; of a map or a set there is none.
                if count == -1 && kind == b'*' {
                    return scalar(Reply::Nil);
                }
                let count = usize::try_from(count).map_err(|_| ProtocolError::Elements(count))?;
                let aggregate = match kind {
                    b'*' => Aggregate::Array,
                    b'~' => Aggregate::Set,
                    b'%' => Aggregate::Map,
                    b'>' => Aggregate::Push,
                    _ => Aggregate::Attribute,
                };
                Ok(Some((used, Step::Open(aggregate, count))))
            }
            other => Err(ProtocolError::Kind(char::from(other))),
        }
    }

    fn bulk(
        &self,
        kind: u8,
        line: &[u8],
        used: usize,
        input: &[u8],
    ) -> Result<Option<(usize, Step)>, ProtocolError> {
        let len: i64 = number(line)?;
        if len == -1 && kind == b'$' {
            return Ok(Some((used, Step::Value(Reply::Nil))));
        }
        let len = usize::try_from(len).ok().filter(|len| *len <= MAX_BULK);
        let Some(len) = len else {
            return Err(ProtocolError::Bytes(lossy(line)));
        };
        let Some(body) = input.get(used..used + len + 2) else {
            return Ok(None);
        };
        if &body[len..] != b"\r\n" {
            return Err(ProtocolError::EndlessBulk);
        }
        let body = &body[..len];
        let reply = match kind {
            b'$' => Reply::Bulk(body.to_vec()),
            b'!' => Reply::Error(lossy(body)),
            _ => match body {
                [a, b, c, b':', text @ ..] => Reply::Verbatim(lossy(&[*a, *b, *c]), text.to_vec()),
                _ => return Err(ProtocolError::NoFormat),
            },
        };
        Ok(Some((used + len + 2, Step::Value(reply))))
    }
}

enum Step {
    Value(Reply),
    Open(Aggregate, usize),
}

fn pairs(items: Vec<Reply>) -> Vec<(Reply, Reply)> {
    let mut items = items.into_iter();
    std::iter::from_fn(|| Some((items.next()?, items.next()?))).collect()
}

fn find_crlf(bytes: &[u8]) -> Option<usize> {
    bytes.windows(2).position(|pair| pair == b"\r\n")
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn number(line: &[u8]) -> Result<i64, ProtocolError> {
    std::str::from_utf8(line)
        .ok()
        .and_then(|text| text.parse().ok())
        .ok_or_else(|| ProtocolError::Number(lossy(line)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode_all(mut input: &[u8]) -> Vec<Reply> {
        let mut decoder = Decoder::new();
        let mut replies = Vec::new();
        while !input.is_empty() {
            let (used, reply) = decoder.decode(input).expect("valid RESP");
            input = &input[used..];
            match reply {
                Some(reply) => replies.push(reply),
                None => break,
            }
        }
        replies
    }

    #[test]
    fn every_type_is_read() {
        let bytes = b"+OK\r\n-ERR no\r\n:-7\r\n$2\r\nhi\r\n$-1\r\n*-1\r\n_\r\n,1.5\r\n#t\r\n\
            (123456789012345678901234567890\r\n=6\r\ntxt:hi\r\n~1\r\n:1\r\n\
            %1\r\n+a\r\n:1\r\n>1\r\n+p\r\n!5\r\nERR x\r\n*0\r\n";
        assert_eq!(
            decode_all(bytes),
            vec![
                Reply::Status("OK".into()),
                Reply::Error("ERR no".into()),
                Reply::Int(-7),
                Reply::Bulk(b"hi".to_vec()),
                Reply::Nil,
                Reply::Nil,
                Reply::Nil,
                Reply::Double("1.5".into()),
                Reply::Bool(true),
                Reply::BigNumber("123456789012345678901234567890".into()),
                Reply::Verbatim("txt".into(), b"hi".to_vec()),
                Reply::Set(vec![Reply::Int(1)]),
                Reply::Map(vec![(Reply::Status("a".into()), Reply::Int(1))]),
                Reply::Push(vec![Reply::Status("p".into())]),
                Reply::Error("ERR x".into()),
                Reply::Array(vec![]),
            ]
        );
    }

    #[test]
    fn an_attribute_belongs_to_the_reply_behind_it() {
        let replies = decode_all(b"|1\r\n+ttl\r\n:9\r\n*2\r\n|0\r\n:1\r\n:2\r\n");
        assert_eq!(
            replies,
            vec![Reply::Attribute(
                vec![(Reply::Status("ttl".into()), Reply::Int(9))],
                Box::new(Reply::Array(vec![
                    Reply::Attribute(vec![], Box::new(Reply::Int(1))),
                    Reply::Int(2)
                ]))
            )]
        );
    }

    #[test]
    fn a_reply_in_single_bytes_is_the_same_reply() {
        let bytes = b"*3\r\n$3\r\na\r\n\r\n*1\r\n:5\r\n%1\r\n+k\r\n$0\r\n\r\n";
        let whole = decode_all(bytes);
        let mut decoder = Decoder::new();
        let mut buffer = Vec::new();
        let mut pieces = Vec::new();
        for byte in bytes {
            buffer.push(*byte);
            let (used, reply) = decoder.decode(&buffer).unwrap();
            buffer.drain(..used);
            pieces.extend(reply);
        }
        assert_eq!(pieces, whole);
        assert!(!decoder.is_mid_reply());
    }

    #[test]
    fn garbage_is_an_error_and_depth_is_bounded() {
        assert!(Decoder::new().decode(b"HTTP/1.1 400\r\n").is_err());
        assert!(Decoder::new().decode(b":12x\r\n").is_err());
        assert!(Decoder::new().decode(b"$3\r\nabcde").is_err());
        assert!(Decoder::new().decode(b"$999999999999\r\n").is_err());
        let deep = b"*1\r\n".repeat(MAX_DEPTH + 1);
        assert!(Decoder::new().decode(&deep).is_err());
        let mut fits = b"*1\r\n".repeat(MAX_DEPTH - 1);
        fits.extend_from_slice(b":1\r\n");
        let (used, reply) = Decoder::new().decode(&fits).unwrap();
        assert_eq!(used, fits.len());
        assert!(reply.is_some());
    }

    #[test]
    fn a_command_is_an_array_of_bulk_strings() {
        let mut out = Vec::new();
        encode_command(&[&b"SET"[..], b"k", b"\r\n"], &mut out);
        assert_eq!(out, b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\n\r\n\r\n");
    }
}
