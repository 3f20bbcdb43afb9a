//! Whatever bytes a client sends, in whatever pieces they arrive: the server
//! reads the same requests from them, or refuses them in the same words.
//!
//! The first byte says whether the client is authenticated and how long the
//! pieces are.
#![no_main]

use libfuzzer_sys::fuzz_target;
use server::wire::protocol::{Partial, Request, RequestLimits, parse};

/// What was read from the input.
#[derive(Debug, PartialEq)]
enum Read {
    Command(Vec<Vec<u8>>),
    Refused(String),
}

/// Reads as the server does: what has come is kept until it is a request.
fn read_all<'a>(pieces: impl Iterator<Item = &'a [u8]>, limits: RequestLimits) -> Vec<Read> {
    let (mut query, mut partial) = (Vec::new(), Partial::default());
    let (mut places, mut read) = (Vec::new(), Vec::new());
    for piece in pieces {
        query.extend_from_slice(piece);
        if query.len() < partial.needs() {
            continue;
        }
        let mut used = 0;
        loop {
            let rest = &query[used..];
            match parse(rest, &mut partial, limits, &mut places) {
                Request::Incomplete => break,
                Request::Complete { used: len } => {
                    let argv = places.iter().map(|(a, b)| rest[*a..*b].to_vec()).collect();
                    read.push(Read::Command(argv));
                    used += len;
                }
                Request::Inline { used: len, argv } => {
                    read.push(Read::Command(argv));
                    used += len;
                }
                Request::Invalid(text) => {
                    read.push(Read::Refused(text));
                    return read;
                }
            }
        }
        query.drain(..used);
    }
    read
}

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let limits = RequestLimits {
        max_bulk: 1024 * 1024,
        authenticated: choice & 0x80 != 0,
    };
    let size = usize::from(choice & 0x7f) + 1;
    let at_once = read_all(std::iter::once(bytes), limits);
    let in_pieces = read_all(bytes.chunks(size), limits);
    assert_eq!(at_once, in_pieces);
});
