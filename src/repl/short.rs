//! The short form of long replies: their beginning, and how much more there is.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// So many lines of a reply are shown: elements, for those of one level.
pub(super) const MOST_LINES: usize = 100;
/// So many lines of a report such as INFO, which is read as a whole.
pub(super) const MOST_LINES_OF_REPORT: usize = 600;
/// So many bytes.
pub(super) const MOST_BYTES: usize = 64 * 1024;

/// Keeps the beginning of what is written. What comes later is dropped, and
/// the flag says that nothing more is needed.
pub(super) struct Beginning<'a> {
    text: Vec<u8>,
    lines: usize,
    most: (usize, usize),
    full: &'a AtomicBool,
}

impl<'a> Beginning<'a> {
    /// So many lines and bytes at most; `full` is raised at the first byte
    /// that finds no room.
    pub(super) fn new(lines: usize, bytes: usize, full: &'a AtomicBool) -> Beginning<'a> {
        Beginning {
            text: Vec::new(),
            lines: 0,
            most: (lines, bytes),
            full,
        }
    }

    /// What was kept, whole lines where it was cut between some.
    pub(super) fn into_text(self) -> Vec<u8> {
        self.text
    }
}

impl Write for Beginning<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let (most_lines, most_bytes) = self.most;
        let mut room = most_bytes.saturating_sub(self.text.len());
        if self.lines >= most_lines {
            room = 0;
        }
        let mut kept = 0;
        for (at, byte) in bytes.iter().take(room).enumerate() {
            kept = at + 1;
            if *byte == b'\n' {
                self.lines += 1;
                if self.lines >= most_lines {
                    break;
                }
            }
        }
        self.text.extend_from_slice(&bytes[..kept]);
        if kept < bytes.len() {
            self.full.store(true, Ordering::Relaxed);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Passes on what comes after so many bytes.
pub(super) struct Rest<W> {
    out: W,
    skip: usize,
}

impl<W: Write> Rest<W> {
    pub(super) fn new(skip: usize, out: W) -> Rest<W> {
        Rest { out, skip }
    }
}

impl<W: Write> Write for Rest<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        self.out.write_all(&bytes[skipped..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(pieces: &[&str], lines: usize, bytes: usize) -> (String, bool) {
        let full = AtomicBool::new(false);
        let mut beginning = Beginning::new(lines, bytes, &full);
        for piece in pieces {
            beginning.write_all(piece.as_bytes()).unwrap();
        }
        let text = String::from_utf8(beginning.into_text()).unwrap();
        (text, full.load(Ordering::Relaxed))
    }

    #[test]
    fn a_beginning_is_of_lines_and_bytes() {
        assert_eq!(cut(&["a\nb\n", "c"], 2, 99), ("a\nb\n".into(), true));
        assert_eq!(cut(&["a\nb\n"], 2, 99), ("a\nb\n".into(), false));
        assert_eq!(cut(&["abc", "def"], 2, 4), ("abcd".into(), true));
        assert_eq!(cut(&["abc"], 2, 3), ("abc".into(), false));
    }

    #[test]
    fn beginning_and_rest_are_the_whole() {
        let text = "one\ntwo\nthree\n";
        let (begun, _) = cut(&[text], 1, 99);
        let mut rest = Rest::new(begun.len(), Vec::new());
        for byte in text.bytes() {
            rest.write_all(&[byte]).unwrap();
        }
        assert_eq!(begun + std::str::from_utf8(&rest.out).unwrap(), text);
    }
}
