//! Expected replies: redis-cli's terminal text with wildcards, read into a
//! pattern and compared with replies as values.

use resp::Reply;

/// What a reply must be like.
#[derive(Debug, Clone, PartialEq)]
pub enum Pattern {
    /// `[..]`: any one reply.
    Any,
    /// `(nil)`.
    Nil,
    /// `(integer) 5`.
    Int(i64),
    /// `[int 1..30]`: both ends included.
    IntRange(i64, i64),
    /// `[ms-id]`: a stream ID, milliseconds and sequence.
    StreamId,
    /// `"text"`.
    Bulk(TextPattern),
    /// `OK`: also a verbatim string, which redis-cli shows the same way.
    Status(TextPattern),
    /// `(error) ERR ...`.
    Error(TextPattern),
    /// `(double) 1.5`.
    Double(TextPattern),
    /// `(true)` or `(false)`.
    Bool(bool),
    /// `1) ...`, or `1~ ...` for a RESP3 set.
    Array {
        /// The elements.
        items: Vec<Pattern>,
        /// `...`: any further elements.
        open: bool,
        /// `[unordered]`: in any order.
        unordered: bool,
    },
    /// `1# key => value`.
    Map(Vec<(Pattern, Pattern)>),
}

/// Text with `[..]` for any text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextPattern {
    /// The literal pieces between the wildcards; one piece means no wildcard.
    pieces: Vec<Vec<u8>>,
}

impl TextPattern {
    /// Splits `text` at its wildcards.
    pub fn new(text: &[u8]) -> TextPattern {
        const WILDCARD: &[u8] = b"[..]";
        let mut pieces = vec![Vec::new()];
        let mut rest = text;
        while let Some(&byte) = rest.first() {
            if rest.starts_with(WILDCARD) {
                pieces.push(Vec::new());
                rest = &rest[WILDCARD.len()..];
            } else {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(byte);
                }
                rest = &rest[1..];
            }
        }
        TextPattern { pieces }
    }

    /// Whether `text` fits.
    pub fn matches(&self, text: &[u8]) -> bool {
        let [first, middle @ .., last] = self.pieces.as_slice() else {
            return self.pieces.first().is_some_and(|only| only == text);
        };
        let Some(mut rest) = text.strip_prefix(first.as_slice()) else {
            return false;
        };
        for piece in middle {
            match find(rest, piece) {
                Some(at) => rest = &rest[at + piece.len()..],
                None => return false,
            }
        }
        rest.ends_with(last)
    }
}

/// What is another each time, in a recording.
const ELSE: &str = "...";

impl TextPattern {
    /// The text, with a sign for what is another each time.
    fn recorded(&self) -> Vec<u8> {
        self.pieces.join(ELSE.as_bytes())
    }

    fn recorded_text(&self) -> String {
        String::from_utf8_lossy(&self.recorded()).into_owned()
    }
}

fn find(text: &[u8], piece: &[u8]) -> Option<usize> {
    if piece.is_empty() {
        return Some(0);
    }
    text.windows(piece.len()).position(|window| window == piece)
}

impl Pattern {
    /// The reply as the lesson has recorded it: what a wildcard leaves open is
    /// another each time, and a sign says so.
    pub fn recorded(&self) -> Reply {
        match self {
            Pattern::Any => Reply::Status(ELSE.to_owned()),
            Pattern::Nil => Reply::Nil,
            Pattern::Int(n) => Reply::Int(*n),
            Pattern::IntRange(..) => Reply::Status(format!("(integer) {ELSE}")),
            Pattern::StreamId => Reply::Bulk(ELSE.into()),
            Pattern::Bulk(text) => Reply::Bulk(text.recorded()),
            Pattern::Status(text) => Reply::Status(text.recorded_text()),
            Pattern::Error(text) => Reply::Error(text.recorded_text()),
            Pattern::Double(text) => Reply::Double(text.recorded_text()),
            Pattern::Bool(value) => Reply::Bool(*value),
            Pattern::Array { items, open, .. } => {
                let items = items.iter().map(Pattern::recorded);
                let more = open.then(|| Reply::Status(ELSE.to_owned()));
                Reply::Array(items.chain(more).collect())
            }
            Pattern::Map(pairs) => {
                let pairs = pairs
                    .iter()
                    .map(|(key, value)| (key.recorded(), value.recorded()));
                Reply::Map(pairs.collect())
            }
        }
    }

    /// Whether `reply` is as expected.
    pub fn matches(&self, reply: &Reply) -> bool {
        match (self, reply) {
            (pattern, Reply::Attribute(_, reply)) => pattern.matches(reply),
            (Pattern::Any, _) | (Pattern::Nil, Reply::Nil) => true,
            (Pattern::Int(expected), Reply::Int(n)) => expected == n,
            (Pattern::IntRange(low, high), Reply::Int(n)) => (low..=high).contains(&n),
            (Pattern::StreamId, Reply::Bulk(id)) => is_stream_id(id),
            (Pattern::Bulk(text), Reply::Bulk(bytes)) => text.matches(bytes),
            (Pattern::Status(text), Reply::Status(status)) => text.matches(status.as_bytes()),
            (Pattern::Status(text), Reply::Verbatim(_, bytes)) => text.matches(bytes),
            (Pattern::Error(text), Reply::Error(error)) => text.matches(error.as_bytes()),
            (Pattern::Double(text), Reply::Double(value)) => text.matches(value.as_bytes()),
            (Pattern::Bool(expected), Reply::Bool(value)) => expected == value,
            (
                Pattern::Array {
                    items,
                    open,
                    unordered,
                },
                Reply::Array(replies) | Reply::Set(replies) | Reply::Push(replies),
            ) => {
                let enough = if *open {
                    replies.len() >= items.len()
                } else {
                    replies.len() == items.len()
                };
                enough
                    && if *unordered {
                        match_unordered(items, replies)
                    } else {
                        items
                            .iter()
                            .zip(replies)
                            .all(|(item, reply)| item.matches(reply))
                    }
            }
            (Pattern::Map(pairs), Reply::Map(replies)) => {
                pairs.len() == replies.len()
                    && pairs
                        .iter()
                        .zip(replies)
                        .all(|((pk, pv), (k, v))| pk.matches(k) && pv.matches(v))
            }
            _ => false,
        }
    }
}

/// Whether every item can be given a reply of its own: a bipartite matching by
/// augmenting paths, since a wildcard may have to leave a reply to another item.
fn match_unordered(items: &[Pattern], replies: &[Reply]) -> bool {
    fn assign(
        item: usize,
        items: &[Pattern],
        replies: &[Reply],
        owner: &mut [Option<usize>],
        seen: &mut [bool],
    ) -> bool {
        for (at, reply) in replies.iter().enumerate() {
            if seen[at] || !items[item].matches(reply) {
                continue;
            }
            seen[at] = true;
            let free = match owner[at] {
                None => true,
                Some(other) => assign(other, items, replies, owner, seen),
            };
            if free {
                owner[at] = Some(item);
                return true;
            }
        }
        false
    }
    let mut owner = vec![None; replies.len()];
    (0..items.len()).all(|item| {
        let mut seen = vec![false; replies.len()];
        assign(item, items, replies, &mut owner, &mut seen)
    })
}

fn is_stream_id(bytes: &[u8]) -> bool {
    let digits = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    let mut parts = bytes.splitn(2, |byte| *byte == b'-');
    match (parts.next(), parts.next()) {
        (Some(ms), Some(sequence)) => digits(ms) && ms.len() >= 13 && digits(sequence),
        _ => false,
    }
}

/// How many replies a command gets: one for each channel when it subscribes
/// or unsubscribes, otherwise one.
pub fn reply_count(argv: &[Vec<u8>]) -> usize {
    let per_channel = argv.first().is_some_and(|name| {
        [
            "subscribe",
            "psubscribe",
            "ssubscribe",
            "unsubscribe",
            "punsubscribe",
            "sunsubscribe",
        ]
        .iter()
        .any(|command| name.eq_ignore_ascii_case(command.as_bytes()))
    });
    if per_channel {
        (argv.len() - 1).max(1)
    } else {
        1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(pattern: &str, value: &str) -> bool {
        TextPattern::new(pattern.as_bytes()).matches(value.as_bytes())
    }

    #[test]
    fn what_is_another_each_time_is_so_in_a_recording() {
        let items = vec![
            Pattern::Int(3),
            Pattern::IntRange(0, 9),
            Pattern::Bulk(TextPattern::new(b"at [..] o'clock")),
        ];
        let pattern = Pattern::Array {
            items,
            open: true,
            unordered: false,
        };
        let shown = resp::format::to_tty(&pattern.recorded());
        let lines: Vec<&str> = shown.lines().collect();
        let expected = [
            "1) (integer) 3",
            "2) (integer) ...",
            "3) \"at ... o'clock\"",
            "4) ...",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn text_wildcards_stand_anywhere() {
        assert!(text("a", "a") && !text("a", "ab"));
        assert!(text("[..]", "") && text("[..]", "anything"));
        assert!(text("ERR [..] args", "ERR wrong number of args"));
        assert!(text("a[..]b[..]c", "a--b--b--c"));
        assert!(!text("a[..]b", "a--c"));
        assert!(!text("ab[..]ba", "aba"), "pieces must not overlap");
    }

    #[test]
    fn unordered_finds_an_assignment_where_greed_would_fail() {
        let pattern = Pattern::Array {
            items: vec![Pattern::Any, Pattern::Int(1)],
            open: false,
            unordered: true,
        };
        assert!(pattern.matches(&Reply::Array(vec![Reply::Int(1), Reply::Int(2)])));
        assert!(!pattern.matches(&Reply::Array(vec![Reply::Int(3), Reply::Int(2)])));
    }

    #[test]
    fn stream_ids_and_ranges() {
        assert!(Pattern::StreamId.matches(&Reply::Bulk(b"1700000000000-0".to_vec())));
        assert!(!Pattern::StreamId.matches(&Reply::Bulk(b"1-1".to_vec())));
        assert!(Pattern::IntRange(1, 3).matches(&Reply::Int(3)));
        assert!(!Pattern::IntRange(1, 3).matches(&Reply::Int(4)));
    }

    #[test]
    fn subscribing_answers_once_a_channel() {
        let argv = |line: &str| -> Vec<Vec<u8>> {
            line.split(' ')
                .map(|word| word.as_bytes().to_vec())
                .collect()
        };
        assert_eq!(reply_count(&argv("SUBSCRIBE a b")), 2);
        assert_eq!(reply_count(&argv("UNSUBSCRIBE")), 1);
        assert_eq!(reply_count(&argv("GET a b c")), 1);
    }
}
