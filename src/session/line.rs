//! What a typed line asks for, by redis-cli's rules: repetition, the shell's
//! own words, and everything else for the server.

use crate::conn::state::Argv;
use resp::split::{self, SplitError, Word, split};

/// What redis-cli prints for a line it cannot split.
pub const INVALID_ARGUMENTS: &str = "Invalid argument(s)";
/// What redis-cli prints for a repetition of zero or less.
pub const INVALID_REPEAT: &str = "Invalid redis-cli repeat command option value.";

/// What a line asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// Nothing.
    Blank,
    /// A command for the server, so many times.
    Command {
        /// Its arguments.
        argv: Argv,
        /// How often to run it.
        times: u64,
    },
    /// `quit` or `exit`.
    Leave,
    /// `help ...` or `? ...`, with the words behind it.
    Help(Vec<String>),
    /// `:name ...`: a word of the shell, and the words behind it.
    Meta(String, Vec<String>),
    /// `clear`.
    Clear,
    /// `connect HOST PORT`.
    Connect(String, u16),
    /// A number of repetitions that is none.
    BadRepeat,
    /// It cannot be split into arguments.
    Unreadable(SplitError),
}

/// A typed line, read once: its text, its words with their places, and what it
/// asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed<'a> {
    /// As typed.
    pub text: &'a str,
    /// Its words, as far as it can be split.
    pub words: Vec<Word>,
    /// What it asks for.
    pub asks: Line,
}

impl<'a> Typed<'a> {
    /// Reads a line.
    pub fn read(text: &'a str) -> Typed<'a> {
        let scan = split::scan(text.as_bytes());
        let asks = match scan.error {
            Some(error) => Line::Unreadable(error),
            None => asked(scan.words.iter().map(|word| word.bytes.clone()).collect()),
        };
        Typed {
            text,
            words: scan.words,
            asks,
        }
    }

    /// `COMMAND | PROGRAM`, when a `|` stands alone outside quotes.
    pub fn shell_pipe(&self) -> Option<(Typed<'a>, &'a str)> {
        let mut words = self.words.iter().enumerate().skip(1);
        let (at, bar) = words.find(|(_, word)| word.bytes == b"|" && !word.quoted)?;
        let program = self.text[bar.span.end..].trim();
        let words = self.words[..at].to_vec();
        let command = Typed {
            text: &self.text[..bar.span.start],
            asks: asked(words.iter().map(|word| word.bytes.clone()).collect()),
            words,
        };
        (!program.is_empty()).then_some((command, program))
    }
}

/// Reads a line.
pub fn read(line: &[u8]) -> Line {
    match split(line) {
        Ok(argv) => asked(argv),
        Err(error) => Line::Unreadable(error),
    }
}

fn asked(mut argv: Argv) -> Line {
    if argv.is_empty() {
        return Line::Blank;
    }
    let mut times = 1;
    if argv.len() > 1
        && let Some(number) = repetition(&argv[0])
    {
        let Some(number) = number else {
            return Line::BadRepeat;
        };
        times = number;
        argv.remove(0);
    }
    let word = argv[0].to_ascii_lowercase();
    match word.as_slice() {
        b"quit" | b"exit" => Line::Leave,
        b"clear" if argv.len() == 1 => Line::Clear,
        b"help" | b"?" => Line::Help(texts(&argv[1..])),
        b"connect" if argv.len() == 3 => match port(&argv[2]) {
            Some(port) => Line::Connect(String::from_utf8_lossy(&argv[1]).into_owned(), port),
            None => Line::Command { argv, times },
        },
        // As lessons write it.
        [b'@', ..] if argv.len() == 1 => Line::Meta("session".to_owned(), texts(&argv)),
        [b':', name @ ..] if !name.is_empty() => Line::Meta(
            String::from_utf8_lossy(name).into_owned(),
            texts(&argv[1..]),
        ),
        _ => Line::Command { argv, times },
    }
}

fn texts(argv: &[Vec<u8>]) -> Vec<String> {
    argv.iter()
        .map(|word| String::from_utf8_lossy(word).into_owned())
        .collect()
}

fn port(word: &[u8]) -> Option<u16> {
    std::str::from_utf8(word).ok()?.parse().ok()
}

/// Whether a word in front of a command is a number of repetitions.
pub fn is_repetition(word: &str) -> bool {
    matches!(repetition(word.as_bytes()), Some(Some(_)))
}

/// `Some` when a word is a number as C's `strtol` reads one, which makes it a
/// repetition; inside, how often, or `None` when it is no sensible count.
/// An empty word counts as the number zero, as it does for redis-cli.
fn repetition(word: &[u8]) -> Option<Option<u64>> {
    if word.is_empty() {
        return Some(None);
    }
    let text = std::str::from_utf8(word).ok()?;
    let text = text.trim_start_matches([' ', '\t', '\n', '\r', '\x0b', '\x0c']);
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let count = digits.parse::<u64>().ok();
    Some(count.filter(|&n| !negative && n > 0 && i64::try_from(n).is_ok()))
}

/// Cuts pasted or multi-line text into lines for the server: at line ends,
/// but not inside quotes. The last one may be unfinished.
pub fn logical_lines(text: &str) -> Vec<&str> {
    let mut lines = Vec::new();
    let mut start = 0;
    let mut end = 0;
    for piece in text.split_inclusive('\n') {
        end += piece.len();
        let line = &text[start..end];
        let unfinished = split(line.as_bytes()).is_err_and(|error| error.needs_more());
        if !unfinished {
            lines.push(line.trim_end_matches(['\n', '\r']));
            start = end;
        }
    }
    if start < text.len() {
        lines.push(&text[start..]);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str) -> (Vec<String>, u64) {
        match read(line.as_bytes()) {
            Line::Command { argv, times } => (texts(&argv), times),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn repetition_follows_strtol() {
        assert_eq!(command("3 incr n"), (vec!["incr".into(), "n".into()], 3));
        assert_eq!(command("+2 ping").1, 2);
        assert_eq!(command("\" 2\" ping").1, 2);
        assert_eq!(command("3"), (vec!["3".into()], 1));
        assert_eq!(command("0x3 ping"), (vec!["0x3".into(), "ping".into()], 1));
        assert_eq!(command("- ping").1, 1);
        for line in [
            "0 ping",
            "-1 ping",
            "99999999999999999999 ping",
            "\"\" ping",
        ] {
            assert_eq!(read(line.as_bytes()), Line::BadRepeat, "{line}");
        }
    }

    #[test]
    fn the_shells_own_words_are_known() {
        assert_eq!(read(b" \t"), Line::Blank);
        assert_eq!(read(b"QUIT now"), Line::Leave);
        assert_eq!(read(b"2 exit"), Line::Leave);
        assert_eq!(read(b"? get"), Line::Help(vec!["get".into()]));
        assert_eq!(
            read(b":diff on"),
            Line::Meta("diff".into(), vec!["on".into()])
        );
        assert_eq!(
            read(b"connect localhost 7000"),
            Line::Connect("localhost".into(), 7000)
        );
        assert_eq!(
            read(b"@ala"),
            Line::Meta("session".into(), vec!["@ala".into()])
        );
        assert!(matches!(read(b": x"), Line::Command { .. }));
        assert!(matches!(read(b"get 'x"), Line::Unreadable(error) if error.needs_more()));
    }

    #[test]
    fn a_bar_alone_pipes() {
        let typed = Typed::read("lrange q 0 -1 | grep 'a b'");
        let (command, program) = typed.shell_pipe().unwrap();
        assert_eq!((command.text, program), ("lrange q 0 -1 ", "grep 'a b'"));
        assert!(matches!(command.asks, Line::Command { argv, .. } if argv.len() == 4));
        for line in ["set k '|' ", "set k a|b", "set k |"] {
            assert_eq!(Typed::read(line).shell_pipe(), None, "{line}");
        }
    }

    #[test]
    fn lines_are_cut_outside_quotes_only() {
        let text = "set a 1\r\neval \"return\n1\" 0\n\nget a";
        assert_eq!(
            logical_lines(text),
            ["set a 1", "eval \"return\n1\" 0", "", "get a"]
        );
        assert_eq!(logical_lines("get 'x\ny"), ["get 'x\ny"]);
        assert_eq!(logical_lines("bad \"a\"b\nping"), ["bad \"a\"b", "ping"]);
        assert!(logical_lines("").is_empty());
    }
}
