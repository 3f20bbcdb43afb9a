//! Whatever bytes a client sends, in whatever pieces they arrive: the server
//! answers the same.
//!
//! The first byte says whether the client is authenticated and how long the
//! pieces are. The client may do little but what shows how its request was
//! read: ECHO, and be told of commands that do not exist.
#![no_main]

use libfuzzer_sys::fuzz_target;
use server::{Config, Server};

/// What the server answers to these pieces, and whether it hung up.
fn answers<'a>(pieces: impl Iterator<Item = &'a [u8]>, authenticated: bool) -> (Vec<u8>, bool) {
    let mut server = Server::new(Config::default()).expect("it reads no file");
    let id = server.connect().expect("it is the first");
    server.feed(id, b"CONFIG SET proto-max-bulk-len 1048576\r\n");
    server.feed(
        id,
        if authenticated {
            b"ACL SETUSER default -@all +echo +ping\r\n".as_slice()
        } else {
            b"CONFIG SET requirepass secret\r\n"
        },
    );
    let id = if authenticated {
        id
    } else {
        server.connect().expect("it is the second")
    };
    server.take_output(id);
    let mut output = Vec::new();
    for piece in pieces {
        server.feed(id, piece);
        output.extend(server.take_output(id));
    }
    server.tick();
    output.extend(server.take_output(id));
    (output, server.is_connected(id))
}

/// Who has not logged in, and leaves more unread than this, is cut off.
const LEFT_UNREAD: usize = 16 * 1024;

fuzz_target!(|input: &[u8]| {
    let Some((&choice, bytes)) = input.split_first() else {
        return;
    };
    let authenticated = choice & 0x80 != 0;
    let size = usize::from(choice & 0x7f) + 1;
    let at_once = answers(std::iter::once(bytes), authenticated);
    let in_pieces = answers(bytes.chunks(size), authenticated);
    if authenticated || in_pieces.0.len() <= LEFT_UNREAD {
        assert_eq!(at_once, in_pieces);
    }
});
