//! What a terminal may be shown. Nothing that a server, a file or a name says
//! may move its cursor, change its colours, hide text or turn it around.
//!
//! There are two nets. [`foreign`] takes a text of somebody else's as it comes
//! in: all that a terminal could obey is escaped, colours too. [`own`] is the
//! last thing before a terminal, for a text of ours with such texts within: it
//! lets through the colours of [`Style`](super::style::Style) and nothing else.

use crate::lesson::is_obeyed;
use std::borrow::Cow;
use std::io::{self, Write};

/// A text of somebody else's, with every character escaped that a terminal
/// could obey; its lines stay lines.
pub fn foreign(text: &str) -> Cow<'_, str> {
    clean(text, |_| None)
}

/// A text of ours for a terminal: only its colours are left.
pub fn own(text: &str) -> Cow<'_, str> {
    clean(text, colour)
}

fn clean(text: &str, allowed: impl Fn(&str) -> Option<usize>) -> Cow<'_, str> {
    let Some(first) = text.find(is_obeyed) else {
        return Cow::Borrowed(text);
    };
    let mut out = String::with_capacity(text.len() + 16);
    out.push_str(&text[..first]);
    let mut rest = &text[first..];
    while let Some(c) = rest.chars().next() {
        if let Some(length) = allowed(rest) {
            out.push_str(&rest[..length]);
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\r' if rest.starts_with('\n') => {}
            c if is_obeyed(c) => push_escaped(c, &mut out),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// As redis-cli escapes within a string; beyond ASCII as JSON does.
fn push_escaped(c: char, out: &mut String) {
    match c {
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{7}' => out.push_str("\\a"),
        '\u{8}' => out.push_str("\\b"),
        c if c.is_ascii() => out.push_str(&format!("\\x{:02x}", c as u32)),
        c => out.push_str(&format!("\\u{:04x}", c as u32)),
    }
}

/// The length of a colour of ours at the beginning of a text: `ESC [`, numbers
/// of the basic attributes and colours, `m`.
fn colour(text: &str) -> Option<usize> {
    let numbers = text.strip_prefix("\x1b[")?;
    let end = numbers.find(|c: char| !c.is_ascii_digit() && c != ';')?;
    let mut codes = numbers[..end].split(';').map(str::parse::<u8>);
    let mut all_ours = true;
    while let Some(code) = codes.next() {
        all_ours &= match code {
            Ok(0..=4 | 7 | 22..=24 | 27 | 31..=37 | 39 | 90..=97) => true,
            // One of the 256, as the colour of text.
            Ok(38) => matches!((codes.next(), codes.next()), (Some(Ok(5)), Some(Ok(_)))),
            _ => false,
        };
    }
    (all_ours && numbers[end..].starts_with('m')).then_some(2 + end + 1)
}

/// A terminal as a place to write to, piece by piece.
#[derive(Debug)]
pub struct Harmless<W> {
    out: W,
    clean: for<'a> fn(&'a str) -> Cow<'a, str>,
    /// The beginning of a character, or of a line end, whose rest is to come.
    begun: Vec<u8>,
}

impl<W: Write> Harmless<W> {
    /// Everything written goes to `out` as [`foreign`] leaves it.
    pub fn foreign(out: W) -> Harmless<W> {
        Harmless {
            out,
            clean: foreign,
            begun: Vec::new(),
        }
    }

    /// Everything written goes to `out` as [`own`] leaves it.
    pub fn own(out: W) -> Harmless<W> {
        Harmless {
            clean: own,
            ..Harmless::foreign(out)
        }
    }

    /// Where everything went.
    pub fn into_inner(self) -> W {
        self.out
    }
}

impl<W: Write> Write for Harmless<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.begun.is_empty() && bytes.iter().all(|byte| matches!(byte, b'\n' | b' '..=b'~')) {
            return self.out.write(bytes);
        }
        self.begun.extend_from_slice(bytes);
        let whole = match std::str::from_utf8(&self.begun) {
            Ok(_) => self.begun.len(),
            // A character that is cut off; what is wrong is shown as such.
            Err(error) if error.error_len().is_none() => error.valid_up_to(),
            Err(_) => self.begun.len(),
        };
        let whole = if self.begun[..whole].ends_with(b"\r") {
            whole - 1
        } else {
            whole
        };
        let ready: Vec<u8> = self.begun.drain(..whole).collect();
        let text = String::from_utf8_lossy(&ready);
        self.out.write_all((self.clean)(&text).as_bytes())?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.begun);
        let text = String::from_utf8_lossy(&rest);
        self.out.write_all((self.clean)(&text).as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_terminal_would_obey_is_escaped() {
        for (text, shown) in [
            ("żółw\nOK", "żółw\nOK"),
            ("a\r\nb\rc", "a\nb\\rc"),
            ("\x1b[2J\x07\t\x08", "\\x1b[2J\\a\\t\\b"),
            ("\u{9b}31m\u{7f}", "\\u009b31m\\x7f"),
            ("abc\u{202e}fed\u{2069}", "abc\\u202efed\\u2069"),
        ] {
            assert_eq!(foreign(text), shown);
            assert_eq!(own(text), shown);
        }
    }

    #[test]
    fn colours_of_ours_pass_where_the_text_is_ours() {
        let text = "\x1b[1;36mGET\x1b[0m \x1b[31;44mx \x1b[8mhidden \x1b[0K";
        assert_eq!(
            own(text),
            "\x1b[1;36mGET\x1b[0m \\x1b[31;44mx \\x1b[8mhidden \\x1b[0K"
        );
        let text = "\x1b[1;38;5;25mx \x1b[38;5my \x1b[38;2;1;2;3mz \x1b[48;5;1m";
        assert_eq!(
            own(text),
            "\x1b[1;38;5;25mx \\x1b[38;5my \\x1b[38;2;1;2;3mz \\x1b[48;5;1m"
        );
        assert_eq!(foreign("\x1b[31mred"), "\\x1b[31mred");
    }

    proptest! {
        #[test]
        fn nothing_passes_whatever_it_is(text in any::<String>()) {
            let obeyed = |text: &str| text.chars().any(is_obeyed);
            prop_assert!(!obeyed(&foreign(&text)));
            let colourless: Vec<String> = own(&text).split('\x1b').map(str::to_owned).collect();
            prop_assert!(colourless.iter().all(|piece| !obeyed(piece)));
        }

        #[test]
        fn pieces_come_to_the_same_as_the_whole(
            bytes in any::<Vec<u8>>(),
            sizes in proptest::collection::vec(1usize..5, 0..40),
        ) {
            let mut out = Harmless::foreign(Vec::new());
            let mut rest = &bytes[..];
            for size in sizes {
                let (piece, more) = rest.split_at(size.min(rest.len()));
                out.write_all(piece).unwrap();
                rest = more;
            }
            out.write_all(rest).unwrap();
            out.flush().unwrap();
            let text = String::from_utf8(out.into_inner()).unwrap();
            prop_assert!(!text.chars().any(is_obeyed));
            if let Ok(whole) = std::str::from_utf8(&bytes) {
                prop_assert_eq!(text, foreign(whole));
            }
        }
    }
}
