//! Whatever a server sends: what the shell and the lessons show of it has
//! nothing that a terminal would obey, but our own colours.
#![no_main]

use libfuzzer_sys::fuzz_target;
use redis_lab::render::harmless::{Harmless, foreign, own};
use redis_lab::session::Output;
use resp::codec::Decoder;
use std::io::Write as _;

fn obeyed(c: char) -> bool {
    let turns = matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && c != '\n')
}

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    assert!(!foreign(&text).contains(obeyed));
    for (at, piece) in own(&text).split('\x1b').enumerate() {
        assert!(!piece.contains(obeyed));
        assert!(at == 0 || piece.starts_with('['), "only colours are left");
    }
    let mut decoder = Decoder::new();
    let mut rest = bytes;
    while let Ok((used, Some(reply))) = decoder.decode(rest) {
        rest = &rest[used..];
        for form in [Output::Pretty, Output::Raw, Output::Json] {
            let mut out = Harmless::foreign(Vec::new());
            let _printed = form.reply(&[], &reply, &mut out, None).expect("memory");
            form.message(&reply, &mut out).expect("memory");
            out.flush().expect("memory");
            let shown = String::from_utf8(out.into_inner()).expect("text");
            assert!(!shown.contains(obeyed));
        }
    }
});
