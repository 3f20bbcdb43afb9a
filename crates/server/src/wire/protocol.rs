//! Reading requests: RESP arrays of bulk strings, and inline commands.
//!
//! The parser works on the bytes as they came from the socket and yields the
//! places of the arguments, so that a command is executed without being
//! copied. What has been understood of a command that is not complete yet is
//! kept in [`Partial`], so that a large command arriving in many pieces is
//! read once.

use resp::split;

/// The longest line: an inline command, or the header of an array or bulk.
const MAX_LINE: usize = 64 * 1024;

/// What a client that has not authenticated may send.
const UNAUTHENTICATED_ARGS: i64 = 10;
const UNAUTHENTICATED_BULK: i64 = 16 * 1024;

/// An incomplete command: offsets count from where it begins.
#[derive(Debug, Default, Clone)]
pub struct Partial {
    /// Where parsing goes on.
    pos: usize,
    /// Arguments still missing; 0 when the array's header has not been read.
    missing: usize,
    /// The announced length of the argument being read.
    bulk: Option<usize>,
    /// The arguments read.
    args: Vec<(usize, usize)>,
}

impl Partial {
    /// The bytes the command needs at least in all, as far as is known; for
    /// reserving room for a long argument.
    pub fn needs(&self) -> usize {
        self.bulk.map_or(0, |len| self.pos + len + 2)
    }

    /// How many bytes of it are read arguments, and how many of the input
    /// they and what is around them took.
    pub fn read(&self) -> (usize, usize) {
        let args = self.args.iter().map(|(start, end)| end - start);
        (args.sum(), self.pos)
    }
}

/// The limits that apply to one client.
#[derive(Debug, Clone, Copy)]
pub struct RequestLimits {
    /// `proto-max-bulk-len`.
    pub max_bulk: usize,
    /// Whether the client may send large requests.
    pub authenticated: bool,
}

/// What was found at the beginning of the input.
#[derive(Debug, PartialEq, Eq)]
pub enum Request {
    /// More bytes are needed.
    Incomplete,
    /// A command of this many bytes; its arguments are in the buffer given to
    /// [`parse`]. There may be no arguments: an empty line.
    Complete {
        /// The bytes used up.
        used: usize,
    },
    /// An inline command.
    Inline {
        /// The bytes used up.
        used: usize,
        /// The arguments, unquoted.
        argv: Vec<Vec<u8>>,
    },
    /// Not a request. The text follows `ERR Protocol error: `.
    Invalid(String),
}

/// Reads one request from the beginning of `input`; the places of its
/// arguments go to `args`.
pub fn parse(
    input: &[u8],
    partial: &mut Partial,
    limits: RequestLimits,
    args: &mut Vec<(usize, usize)>,
) -> Request {
    args.clear();
    match input.first() {
        None => Request::Incomplete,
        Some(b'*') => parse_array(input, partial, limits, args),
        Some(_) => parse_inline(input),
    }
}

fn parse_inline(input: &[u8]) -> Request {
    let Some(end) = memchr::memchr(b'\n', input) else {
        if input.len() > MAX_LINE {
            return Request::Invalid("too big inline request".into());
        }
        return Request::Incomplete;
    };
    let line = &input[..end];
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    match split::split(line) {
        Ok(argv) => Request::Inline {
            used: end + 1,
            argv,
        },
        Err(_) => Request::Invalid("unbalanced quotes in request".into()),
    }
}

/// The number of a header line beginning at `pos` (behind its first byte),
/// and where the next line begins.
#[inline]
fn header(input: &[u8], pos: usize) -> Header {
    // The usual case: a short number, read without searching for its end.
    let mut n: i64 = 0;
    for (i, byte) in input[pos..].iter().take(9).enumerate() {
        match byte {
            b'0'..=b'9' => n = n * 10 + i64::from(byte - b'0'),
            b'\r' if i > 0 && (i == 1 || input[pos] != b'0') => {
                return if input.len() > pos + i + 1 {
                    Header::Number(n, pos + i + 2)
                } else {
                    Header::Incomplete
                };
            }
            _ => break,
        }
    }
    let Some(len) = memchr::memchr(b'\r', &input[pos..]) else {
        return if input.len() - pos > MAX_LINE {
            Header::TooLong
        } else {
            Header::Incomplete
        };
    };
    if input.len() < pos + len + 2 {
        return Header::Incomplete;
    }
    match crate::wire::number::parse_i64(&input[pos..pos + len]) {
        Some(n) => Header::Number(n, pos + len + 2),
        None => Header::NotANumber,
    }
}

enum Header {
    Incomplete,
    TooLong,
    NotANumber,
    Number(i64, usize),
}

/// How many arguments an array has, and where they begin; otherwise what the
/// input is instead.
#[inline]
fn array_header(input: &[u8], limits: RequestLimits) -> Result<(usize, usize), Request> {
    match header(input, 1) {
        Header::Incomplete => Err(Request::Incomplete),
        Header::TooLong => Err(Request::Invalid("too big mbulk count string".into())),
        Header::NotANumber => Err(Request::Invalid("invalid multibulk length".into())),
        Header::Number(n, _) if n > i64::from(i32::MAX) => {
            Err(Request::Invalid("invalid multibulk length".into()))
        }
        Header::Number(n, _) if n > UNAUTHENTICATED_ARGS && !limits.authenticated => {
            Err(Request::Invalid("unauthenticated multibulk length".into()))
        }
        Header::Number(n, next) => Ok((n.max(0) as usize, next)),
    }
}

/// The length of the argument whose header is at `pos`, and where it begins;
/// otherwise what the input is instead.
#[inline]
fn bulk_header(input: &[u8], pos: usize, limits: RequestLimits) -> Result<(usize, usize), Request> {
    if pos >= input.len() {
        return Err(Request::Incomplete);
    }
    // Redis looks at the line only when it is complete, and at its first byte
    // only then.
    match header(input, pos + 1) {
        Header::Incomplete => Err(Request::Incomplete),
        Header::TooLong => Err(Request::Invalid("too big bulk count string".into())),
        _ if input[pos] != b'$' => Err(Request::Invalid(format!(
            "expected '$', got '{}'",
            char::from(input[pos])
        ))),
        Header::NotANumber => Err(Request::Invalid("invalid bulk length".into())),
        Header::Number(n, _) if n < 0 || n as u64 > limits.max_bulk as u64 => {
            Err(Request::Invalid("invalid bulk length".into()))
        }
        Header::Number(n, _) if n > UNAUTHENTICATED_BULK && !limits.authenticated => {
            Err(Request::Invalid("unauthenticated bulk length".into()))
        }
        Header::Number(n, next) => Ok((n as usize, next)),
    }
}

fn parse_array(
    input: &[u8],
    partial: &mut Partial,
    limits: RequestLimits,
    args: &mut Vec<(usize, usize)>,
) -> Request {
    let Partial {
        mut pos,
        mut missing,
        mut bulk,
        args: known,
    } = std::mem::take(partial);
    if !known.is_empty() {
        *args = known;
    }
    if missing == 0 {
        match array_header(input, limits) {
            Ok((0, used)) => return Request::Complete { used },
            Ok(begun) => (missing, pos) = begun,
            Err(request) => return request,
        }
    }
    while missing > 0 {
        let len = match bulk {
            Some(len) => len,
            None => match bulk_header(input, pos, limits) {
                Ok((len, next)) => {
                    pos = next;
                    len
                }
                Err(Request::Incomplete) => break,
                Err(request) => return request,
            },
        };
        if input.len() < pos + len + 2 {
            bulk = Some(len);
            break;
        }
        args.push((pos, pos + len));
        pos += len + 2;
        bulk = None;
        missing -= 1;
    }
    if missing == 0 {
        return Request::Complete { used: pos };
    }
    *partial = Partial {
        pos,
        missing,
        bulk,
        args: std::mem::take(args),
    };
    Request::Incomplete
}

#[cfg(test)]
mod tests {
    use super::*;

    const OPEN: RequestLimits = RequestLimits {
        max_bulk: 1024,
        authenticated: true,
    };

    fn parse_whole(input: &[u8]) -> (Request, Vec<Vec<u8>>) {
        let mut args = Vec::new();
        let request = parse(input, &mut Partial::default(), OPEN, &mut args);
        let argv = args.iter().map(|(a, b)| input[*a..*b].to_vec()).collect();
        (request, argv)
    }

    #[test]
    fn a_command_arriving_byte_by_byte_is_the_same_command() {
        let input = b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$12\r\nhello\r\nworld\r\n*1\r\n";
        let (request, argv) = parse_whole(input);
        assert_eq!(request, Request::Complete { used: 39 });
        assert_eq!(argv, [&b"SET"[..], b"k", b"hello\r\nworld"]);
        let mut partial = Partial::default();
        let mut args = Vec::new();
        for end in 0..39 {
            assert_eq!(
                parse(&input[..end], &mut partial, OPEN, &mut args),
                Request::Incomplete
            );
        }
        assert_eq!(
            parse(&input[..39], &mut partial, OPEN, &mut args),
            Request::Complete { used: 39 }
        );
        assert_eq!(args, [(8, 11), (17, 18), (25, 37)]);
    }

    #[test]
    fn inline_commands_are_split_as_redis_splits_them() {
        assert_eq!(
            parse_whole(b"set k \"a\\r\\n\"\r\nrest").0,
            Request::Inline {
                used: 15,
                argv: vec![b"set".to_vec(), b"k".to_vec(), b"a\r\n".to_vec()]
            }
        );
        assert_eq!(parse_whole(b"get k").0, Request::Incomplete);
    }

    #[test]
    fn what_is_not_a_request_is_named_as_redis_names_it() {
        for (input, text) in [
            (&b"*x\r\n"[..], "invalid multibulk length"),
            (b"*99999999999\r\n", "invalid multibulk length"),
            (b"*1\r\n:1\r\n", "expected '$', got ':'"),
            (b"*1\r\n$-1\r\n", "invalid bulk length"),
            (b"*1\r\n$2000\r\n", "invalid bulk length"),
            (b"get \"a\r\n", "unbalanced quotes in request"),
        ] {
            assert_eq!(parse_whole(input).0, Request::Invalid(text.into()));
        }
        let long = [b"*1\r\n$".to_vec(), vec![b'1'; MAX_LINE + 1]].concat();
        assert_eq!(
            parse_whole(&long).0,
            Request::Invalid("too big bulk count string".into())
        );
        assert_eq!(parse_whole(b"*0\r\n").0, Request::Complete { used: 4 });
        assert_eq!(parse_whole(b"*-5\r\n").0, Request::Complete { used: 5 });
    }

    #[test]
    fn a_client_without_password_may_not_send_much() {
        let closed = RequestLimits {
            authenticated: false,
            ..OPEN
        };
        let mut args = Vec::new();
        assert_eq!(
            parse(b"*11\r\n", &mut Partial::default(), closed, &mut args),
            Request::Invalid("unauthenticated multibulk length".into())
        );
    }
}
