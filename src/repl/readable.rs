//! UTF-8 that redis-cli's text has as escapes, shown as the characters it is.

use std::io::{self, Write};

/// The text of a reply with UTF-8 escapes as the characters they stand for.
/// Quoted strings escape every backslash, so an escape cannot be mistaken.
pub(super) fn readable(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let (escaped, used) = hex_run(&bytes[at..]);
        if used > 0 {
            push_readable(&escaped, &mut out);
            at += used;
        } else if bytes[at] == b'\\' && at + 1 < bytes.len() {
            out.extend_from_slice(&bytes[at..at + 2]);
            at += 2;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Bytes of consecutive `\xHH` escapes, and how much text they take.
fn hex_run(text: &[u8]) -> (Vec<u8>, usize) {
    let mut bytes = Vec::new();
    for escape in text.chunks(4) {
        let value = match escape {
            [b'\\', b'x', high, low] => std::str::from_utf8(&[*high, *low])
                .ok()
                .and_then(|hex| u8::from_str_radix(hex, 16).ok()),
            _ => None,
        };
        match value {
            Some(value) => bytes.push(value),
            None => break,
        }
    }
    let used = bytes.len() * 4;
    (bytes, used)
}

fn push_readable(bytes: &[u8], out: &mut Vec<u8>) {
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            let mut utf8 = [0; 4];
            let encoded = c.encode_utf8(&mut utf8);
            if c.is_ascii() || c.is_control() {
                push_escapes(encoded.as_bytes(), out);
            } else {
                out.extend_from_slice(encoded.as_bytes());
            }
        }
        push_escapes(chunk.invalid(), out);
    }
}

fn push_escapes(bytes: &[u8], out: &mut Vec<u8>) {
    for byte in bytes {
        out.extend_from_slice(format!("\\x{byte:02x}").as_bytes());
    }
}

/// Passes lines on, with their UTF-8 escapes as characters where that is wanted.
pub(super) struct Readable<W> {
    out: W,
    wanted: bool,
    line: Vec<u8>,
}

impl<W: Write> Readable<W> {
    /// To `out`.
    pub(super) fn new(wanted: bool, out: W) -> Readable<W> {
        Readable {
            out,
            wanted,
            line: Vec::new(),
        }
    }
}

impl<W: Write> Write for Readable<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if !self.wanted {
            return self.out.write(bytes);
        }
        self.line.extend_from_slice(bytes);
        if let Some(end) = self.line.iter().rposition(|byte| *byte == b'\n') {
            let lines: Vec<u8> = self.line.drain(..=end).collect();
            let text = readable(&String::from_utf8_lossy(&lines));
            self.out.write_all(text.as_bytes())?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let rest = std::mem::take(&mut self.line);
        let text = readable(&String::from_utf8_lossy(&rest));
        self.out.write_all(text.as_bytes())?;
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf8_escapes_become_characters() {
        assert_eq!(readable(r#""\xc5\xbc\xc3\xb3\xc5\x82w""#), "\"żółw\"");
        assert_eq!(
            readable(r#""\\xc5\xbc" \xff \x00"#),
            r#""\\xc5\xbc" \xff \x00"#
        );
    }
}
