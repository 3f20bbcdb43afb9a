//! A typed line to arguments, by redis-cli's quoting rules.
//!
//! - Words are separated by blanks.
//! - `"..."` understands `\n \r \t \b \a \xHH \" \\`; before any other
//!   character the backslash is dropped.
//! - `'...'` is literal but for `\'`.
//! - A quote may open in the middle of a word (`a"b c"` is `ab c`), but a
//!   blank or the end of the line must follow where it closes: `"a""b"` is an
//!   error.
//! - Outside quotes a backslash is an ordinary character.
//!
//! A line that ends inside quotes is not wrong but unfinished: the shell asks
//! for more lines, which is how a Lua script is typed.

use std::fmt;
use std::ops::Range;

/// What is wrong with a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SplitErrorKind {
    /// The line ends inside double quotes that open at the offset.
    OpenDoubleQuote,
    /// The line ends inside single quotes that open at the offset.
    OpenSingleQuote,
    /// The character at the offset follows a closing quote.
    TextAfterQuote,
}

/// Where and why a line cannot be split.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SplitError {
    /// Byte offset into the line.
    pub offset: usize,
    /// What is wrong there.
    pub kind: SplitErrorKind,
}

impl SplitError {
    /// Whether more lines could mend it: the line ends inside quotes.
    pub fn needs_more(&self) -> bool {
        self.kind != SplitErrorKind::TextAfterQuote
    }
}

impl fmt::Display for SplitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.offset + 1;
        match self.kind {
            SplitErrorKind::OpenDoubleQuote => {
                write!(f, "the double quote at byte {place} is never closed")
            }
            SplitErrorKind::OpenSingleQuote => {
                write!(f, "the single quote at byte {place} is never closed")
            }
            SplitErrorKind::TextAfterQuote => write!(
                f,
                "a blank must follow the closing quote before byte {place}"
            ),
        }
    }
}

impl std::error::Error for SplitError {}

/// An argument and where it stands in the line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// The argument after unquoting.
    pub bytes: Vec<u8>,
    /// The bytes of the line it was typed as, quotes included.
    pub span: Range<usize>,
    /// Whether any of it was quoted.
    pub quoted: bool,
}

/// A line as far as it can be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scan {
    /// The words; the last one is unfinished when there is an error.
    pub words: Vec<Word>,
    /// Why the line is not complete, if it is not.
    pub error: Option<SplitError>,
}

/// Splits a line into arguments. A blank line gives none.
///
/// ```
/// use redis_lab_resp::split::split;
///
/// let argv = split(br#"set "lab:a key" '{"n":1}' \x41"#).unwrap();
/// assert_eq!(argv, [&b"set"[..], b"lab:a key", br#"{"n":1}"#, br"\x41"]);
/// assert!(split(br#"set key "no end"#).unwrap_err().needs_more());
/// ```
///
/// # Errors
/// Where redis-cli says "Invalid argument(s)"; [`SplitError::needs_more`]
/// tells the unfinished lines from the wrong ones.
pub fn split(line: &[u8]) -> Result<Vec<Vec<u8>>, SplitError> {
    let scan = scan(line);
    match scan.error {
        Some(error) => Err(error),
        None => Ok(scan.words.into_iter().map(|word| word.bytes).collect()),
    }
}

/// Reads a line's words with their places, as far as possible; never fails,
/// so that a line being typed can be coloured and completed.
pub fn scan(line: &[u8]) -> Scan {
    let mut words = Vec::new();
    let mut at = 0;
    loop {
        while line.get(at).is_some_and(|&byte| is_space(byte)) {
            at += 1;
        }
        if at >= line.len() {
            return Scan { words, error: None };
        }
        let (word, error) = word(line, at);
        at = word.span.end;
        words.push(word);
        if error.is_some() {
            return Scan { words, error };
        }
    }
}

/// The blanks of C's `isspace`.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c)
}

fn word(line: &[u8], start: usize) -> (Word, Option<SplitError>) {
    let mut bytes = Vec::new();
    let mut at = start;
    let finish = |bytes, end, quoted, error| {
        let word = Word {
            bytes,
            span: start..end,
            quoted,
        };
        (word, error)
    };
    while let Some(&byte) = line.get(at) {
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' => return finish(bytes, at, false, None),
            b'"' | b'\'' => {
                let open = at;
                let Some(end) = quoted(line, at, &mut bytes) else {
                    let kind = if byte == b'"' {
                        SplitErrorKind::OpenDoubleQuote
                    } else {
                        SplitErrorKind::OpenSingleQuote
                    };
                    let error = SplitError { offset: open, kind };
                    return finish(bytes, line.len(), true, Some(error));
                };
                let error = line
                    .get(end)
                    .is_some_and(|&next| !is_space(next))
                    .then_some(SplitError {
                        offset: end,
                        kind: SplitErrorKind::TextAfterQuote,
                    });
                return finish(bytes, end, true, error);
            }
            other => {
                bytes.push(other);
                at += 1;
            }
        }
    }
    finish(bytes, at, false, None)
}

/// Reads a quoted part that opens at `open`; returns the place behind its
/// closing quote, or `None` when there is none.
fn quoted(line: &[u8], open: usize, bytes: &mut Vec<u8>) -> Option<usize> {
    let quote = line[open];
    let mut at = open + 1;
    loop {
        let byte = *line.get(at)?;
        if byte == quote {
            return Some(at + 1);
        }
        let (value, used) = match (quote, &line[at..]) {
            (b'"', [b'\\', b'x', high, low, ..])
                if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() =>
            {
                (hex(*high) * 16 + hex(*low), 4)
            }
            (b'"', [b'\\', escaped, ..]) => (unescape(*escaped), 2),
            (b'\'', [b'\\', b'\'', ..]) => (b'\'', 2),
            _ => (byte, 1),
        };
        bytes.push(value);
        at += used;
    }
}

fn hex(digit: u8) -> u8 {
    match digit {
        b'0'..=b'9' => digit - b'0',
        _ => (digit | 0x20) - b'a' + 10,
    }
}

fn unescape(escaped: u8) -> u8 {
    match escaped {
        b'n' => b'\n',
        b'r' => b'\r',
        b't' => b'\t',
        b'b' => 0x08,
        b'a' => 0x07,
        other => other,
    }
}

/// An argument as one would type it: bare when it can be, else in double
/// quotes. Text in any language stays readable; [`split`] gives the bytes back.
///
/// ```
/// use redis_lab_resp::split::{quote, split};
///
/// assert_eq!(quote("żółw".as_bytes()), "żółw");
/// assert_eq!(quote(b"a \xff"), r#""a \xff""#);
/// assert_eq!(split(quote(b"a \xff").as_bytes()).unwrap(), [b"a \xff"]);
/// ```
pub fn quote(arg: &[u8]) -> String {
    let text = std::str::from_utf8(arg).ok();
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && c != '"' && c != '\'';
    if let Some(text) = text
        && !text.is_empty()
        && text.chars().all(is_plain)
    {
        return text.to_owned();
    }
    let mut out = String::from("\"");
    for chunk in arg.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => {
                    let mut utf8 = [0; 4];
                    push_hex(&mut out, c.encode_utf8(&mut utf8).as_bytes());
                }
                c => out.push(c),
            }
        }
        push_hex(&mut out, chunk.invalid());
    }
    out.push('"');
    out
}

fn push_hex(out: &mut String, bytes: &[u8]) {
    for byte in bytes {
        out.push_str(&format!("\\x{byte:02x}"));
    }
}

/// A whole command as one would type it.
pub fn quote_all<A: AsRef<[u8]>>(argv: &[A]) -> String {
    let words: Vec<String> = argv.iter().map(|arg| quote(arg.as_ref())).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn words(line: &str) -> Vec<String> {
        split(line.as_bytes())
            .unwrap()
            .into_iter()
            .map(|word| String::from_utf8_lossy(&word).into_owned())
            .collect()
    }

    #[test]
    fn redis_clis_rules_hold() {
        assert_eq!(words("  set  k  v "), ["set", "k", "v"]);
        assert_eq!(words("  \t\r\n"), Vec::<String>::new());
        assert_eq!(words(r#"echo "a\x41\n\"\q""#), ["echo", "aA\n\"q"]);
        assert_eq!(words(r"echo 'it\'s \n'"), ["echo", r"it's \n"]);
        assert_eq!(words(r#"echo a"b c" '' """#), ["echo", "ab c", "", ""]);
        assert_eq!(words(r#"echo "\x4" \n"#), ["echo", "x4", r"\n"]);
        assert_eq!(split(b"x \"\\x00\\xff\"").unwrap()[1], [0, 255]);
    }

    #[test]
    fn errors_say_where() {
        let error = split(b"set k \"a\"b").unwrap_err();
        assert_eq!(
            (error.offset, error.kind),
            (9, SplitErrorKind::TextAfterQuote)
        );
        assert!(!error.needs_more());
        let error = split(b"eval 'return 1\n").unwrap_err();
        assert_eq!(
            (error.offset, error.kind),
            (5, SplitErrorKind::OpenSingleQuote)
        );
        assert!(error.needs_more());
        assert_eq!(
            split(b"\"a\\").unwrap_err().kind,
            SplitErrorKind::OpenDoubleQuote
        );
        assert_eq!(split(b"\"a\"\"b\"").unwrap_err().offset, 3);
    }

    #[test]
    fn a_scan_knows_the_places() {
        let scan = scan(b"get  'a b");
        assert_eq!(scan.words[0].span, 0..3);
        assert_eq!(
            (scan.words[1].span.clone(), scan.words[1].quoted),
            (5..9, true)
        );
        assert_eq!(scan.words[1].bytes, b"a b");
        assert!(scan.error.unwrap().needs_more());
    }

    #[test]
    fn quoting_keeps_what_reads_well() {
        assert_eq!(quote(b"user:1"), "user:1");
        assert_eq!(quote("żółw".as_bytes()), "żółw");
        assert_eq!(quote(b""), "\"\"");
        assert_eq!(quote(b"a b\n"), "\"a b\\n\"");
        assert_eq!(quote(b"{\"a\":1}"), "\"{\\\"a\\\":1}\"");
        assert_eq!(quote(b"\xff\0"), "\"\\xff\\x00\"");
        assert_eq!(quote_all(&["set", "k", "a b"]), "set k \"a b\"");
    }

    proptest! {
        #[test]
        fn what_is_quoted_splits_back(args in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..12), 1..6)) {
            prop_assert_eq!(split(quote_all(&args).as_bytes()).unwrap(), args);
        }

        #[test]
        fn no_line_panics_and_spans_are_in_order(line in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'"'), Just(b'\''), Just(b'\\'), Just(b' ')], 0..60)) {
            let scan = scan(&line);
            let mut end = 0;
            for word in &scan.words {
                prop_assert!(word.span.start >= end && word.span.end <= line.len());
                end = word.span.end;
            }
        }
    }
}
