//! Expected replies as redis-cli shows them on a terminal, read into patterns.

use crate::lesson::{Expected, Pattern, Span, TextPattern};
use catalog::lang::Text;
use catalog::text;

/// A complaint about one line of an expectation: line index and column from 0,
/// and what is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Complaint {
    pub(super) line: usize,
    pub(super) column: usize,
    pub(super) message: Text,
}

/// Reads all replies of a fence. `first_line` is the file's line of the first
/// line of `body`.
pub(super) fn read_all(body: &str, first_line: usize) -> Result<Vec<Expected>, Complaint> {
    let lines: Vec<&str> = body.lines().collect();
    let mut reader = Reader {
        lines: &lines,
        at: 0,
    };
    let mut all = Vec::new();
    loop {
        while reader.line().is_some_and(|line| line.trim().is_empty()) {
            reader.at += 1;
        }
        if reader.line().is_none() {
            return Ok(all);
        }
        let start = reader.at;
        let pattern = reader.element(0, 0)?;
        let text = lines[start..reader.at].join("\n");
        all.push(Expected {
            pattern,
            span: Span {
                line: first_line + start,
                column: 1,
                len: lines[start].chars().count(),
            },
            lines: reader.at - start,
            text,
        });
    }
}

/// Reads replies line by line; an element's place is a line and a column.
struct Reader<'a> {
    lines: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn line(&self) -> Option<&'a str> {
        self.lines.get(self.at).copied()
    }

    fn complaint(&self, column: usize, message: Text) -> Complaint {
        Complaint {
            line: self.at,
            column,
            message,
        }
    }

    /// The reply that begins at byte `first` of the current line and whose
    /// further lines begin at `column`; leaves the reader behind its last line.
    /// The two differ for the value of a map's entry only: redis-cli indents
    /// its further lines like the key.
    fn element(&mut self, first: usize, column: usize) -> Result<Pattern, Complaint> {
        let line = self.line().unwrap_or_default();
        let text = line.get(first..).unwrap_or_default();
        if text.trim() == "[unordered]" {
            self.at += 1;
            return match self.element(column, column)? {
                Pattern::Array { items, open, .. } => Ok(Pattern::Array {
                    items,
                    open,
                    unordered: true,
                }),
                _ => {
                    self.at -= 1;
                    Err(self.complaint(
                        first,
                        text!(
                            "[unordered] must stand before an array",
                            "[unordered] ma stać przed tablicą"
                        ),
                    ))
                }
            };
        }
        match index_prefix(text) {
            Some(prefix) => self.aggregate(first, column, &prefix),
            None => {
                let pattern = scalar(text).map_err(|message| self.complaint(first, message))?;
                self.at += 1;
                Ok(pattern)
            }
        }
    }

    fn aggregate(
        &mut self,
        begin: usize,
        column: usize,
        first: &Prefix,
    ) -> Result<Pattern, Complaint> {
        if first.index != 1 {
            return Err(self.complaint(
                begin,
                text!(
                    "an array's first index is 1",
                    "pierwszy indeks tablicy to 1"
                ),
            ));
        }
        let mut items = Vec::new();
        let mut pairs = Vec::new();
        let mut open = false;
        let mut at = begin + first.width;
        let mut content = column + first.width;
        loop {
            if first.mark == '#' {
                pairs.push(self.pair(at, content)?);
            } else {
                items.push(self.element(at, content)?);
            }
            // The first line of an element is after the indices of those
            // around it; its further lines are indented below them.
            let Some(rest) = self.line().and_then(|line| {
                let (indent, rest) = line.split_at_checked(column)?;
                indent.bytes().all(|byte| byte == b' ').then_some(rest)
            }) else {
                break;
            };
            if rest.trim() == "..." {
                self.at += 1;
                open = true;
                break;
            }
            match index_prefix(rest) {
                Some(next)
                    if next.mark == first.mark && next.index == items.len() + pairs.len() + 1 =>
                {
                    content = column + next.width;
                    at = content;
                }
                _ => break,
            }
        }
        Ok(if first.mark == '#' {
            Pattern::Map(pairs)
        } else {
            Pattern::Array {
                items,
                open,
                unordered: false,
            }
        })
    }

    /// `key => value` of a map; the key is a scalar.
    fn pair(&mut self, first: usize, column: usize) -> Result<(Pattern, Pattern), Complaint> {
        let line = self.line().unwrap_or_default();
        let text = line.get(first..).unwrap_or_default();
        let Some(arrow) = text.find(" =>") else {
            return Err(self.complaint(
                first,
                text!(
                    "a map's entry is written key => value",
                    "element mapy pisze się klucz => wartość"
                ),
            ));
        };
        let key = scalar(&text[..arrow]).map_err(|message| self.complaint(first, message))?;
        // redis-cli begins an aggregate on a line of its own.
        let value = if text[arrow + 3..].trim().is_empty() {
            self.at += 1;
            self.element(column, column)?
        } else {
            self.element(first + arrow + 4, column)?
        };
        Ok((key, value))
    }
}

/// `1) `, ` 2) `, `1# `, `1~ ` at the start of an element.
struct Prefix {
    index: usize,
    mark: char,
    /// Bytes up to the element's own text.
    width: usize,
}

fn index_prefix(text: &str) -> Option<Prefix> {
    let digits_at = text.len() - text.trim_start_matches(' ').len();
    let rest = &text[digits_at..];
    let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
    let index = rest[..digits].parse().ok()?;
    let mark = rest[digits..].chars().next()?;
    if !matches!(mark, ')' | '#' | '~') || !rest[digits + 1..].starts_with(' ') {
        return None;
    }
    Some(Prefix {
        index,
        mark,
        width: digits_at + digits + 2,
    })
}

/// A reply on one line.
fn scalar(text: &str) -> Result<Pattern, Text> {
    let text = text.trim_end();
    let array = |items| Pattern::Array {
        items,
        open: false,
        unordered: false,
    };
    match text {
        "[..]" => return Ok(Pattern::Any),
        "(nil)" => return Ok(Pattern::Nil),
        "[ms-id]" => return Ok(Pattern::StreamId),
        "(true)" => return Ok(Pattern::Bool(true)),
        "(false)" => return Ok(Pattern::Bool(false)),
        "(empty array)" | "(empty list or set)" | "(empty set)" => return Ok(array(Vec::new())),
        "(empty hash)" => return Ok(Pattern::Map(Vec::new())),
        "..." => {
            return Ok(Pattern::Array {
                items: Vec::new(),
                open: true,
                unordered: false,
            });
        }
        _ => {}
    }
    if let Some(range) = wildcard_range(text.strip_prefix("(integer) ").unwrap_or(text)) {
        return range;
    }
    if let Some(number) = text.strip_prefix("(integer) ") {
        return number.parse().map(Pattern::Int).map_err(|_| {
            text!(
                "\"{number}\" is not an integer",
                "„{number}” nie jest liczbą całkowitą"
            )
        });
    }
    if let Some(error) = text.strip_prefix("(error) ") {
        return Ok(Pattern::Error(TextPattern::new(error.as_bytes())));
    }
    if let Some(value) = text.strip_prefix("(double) ") {
        return Ok(Pattern::Double(TextPattern::new(value.as_bytes())));
    }
    if text.starts_with('"') {
        return quoted(text).map(Pattern::Bulk);
    }
    if text.starts_with('(') && !text.starts_with("(big") {
        return Err(text!(
            "unknown kind of reply {text}",
            "nieznany rodzaj odpowiedzi {text}"
        ));
    }
    if text.is_empty() {
        return Err(text!("an element is missing", "brakuje elementu"));
    }
    Ok(Pattern::Status(TextPattern::new(text.as_bytes())))
}

/// `[int 1..30]`.
fn wildcard_range(text: &str) -> Option<Result<Pattern, Text>> {
    let range = text.strip_prefix("[int ")?.strip_suffix(']')?;
    let bounds = range
        .split_once("..")
        .and_then(|(low, high)| Some((low.trim().parse().ok()?, high.trim().parse().ok()?)));
    Some(match bounds {
        Some((low, high)) if low <= high => Ok(Pattern::IntRange(low, high)),
        _ => Err(text!(
            "a range is written [int 1..30], not {text}",
            "zakres pisze się [int 1..30], a nie {text}"
        )),
    })
}

/// A string in double quotes with redis-cli's escapes.
fn quoted(text: &str) -> Result<TextPattern, Text> {
    match resp::split::split(text.as_bytes()) {
        Ok(words) if words.len() == 1 => Ok(TextPattern::new(&words[0])),
        _ => Err(text!(
            "a string is written in one pair of double quotes",
            "napis pisze się w jednej parze cudzysłowów"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use resp::Reply;

    fn one(text: &str) -> Pattern {
        let mut all = read_all(text, 1).expect("well written");
        assert_eq!(all.len(), 1, "{text}");
        all.remove(0).pattern
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn what_redis_cli_prints_matches_the_reply_it_was_printed_for() {
        let long = Reply::Array((0..12).map(Reply::Int).collect());
        let replies = [
            Reply::Nil,
            Reply::Int(-3),
            Reply::Status("OK".into()),
            Reply::Error("WRONGTYPE Operation against a key".into()),
            bulk("a\"b\\c\n\x07\x01ż"),
            Reply::Array(vec![]),
            long,
            Reply::Array(vec![
                Reply::Array(vec![
                    bulk("lab:orders"),
                    Reply::Array(vec![Reply::Array(vec![
                        bulk("1-1"),
                        Reply::Array(vec![bulk("item"), bulk("coffee")]),
                    ])]),
                ]),
                Reply::Nil,
            ]),
            Reply::Map(vec![
                (bulk("k"), Reply::Int(1)),
                (bulk("l"), Reply::Array(vec![Reply::Int(1), Reply::Int(2)])),
            ]),
            Reply::Set(vec![
                bulk("x"),
                Reply::Bool(true),
                Reply::Double("1.5".into()),
            ]),
        ];
        for reply in replies {
            let text = resp::format::to_tty(&reply);
            assert!(one(&text).matches(&reply), "{text}\n{:?}", one(&text));
        }
    }

    #[test]
    fn several_replies_stand_one_after_the_other() {
        let all = read_all("1) \"a\"\n1) \"b\"\n2) \"c\"\nOK\n\n(integer) 1\n", 10).unwrap();
        assert_eq!(all.len(), 4);
        assert_eq!((all[1].span.line, all[1].lines), (11, 2));
        assert_eq!(all[3].span.line, 15);
    }

    #[test]
    fn wildcards() {
        assert!(one("[..]").matches(&Reply::Nil));
        assert!(one("1) \"a\"\n...").matches(&Reply::Array(vec![bulk("a"), Reply::Nil])));
        assert!(!one("1) \"b\"\n...").matches(&Reply::Array(vec![bulk("a"), Reply::Nil])));
        assert!(
            one("[unordered]\n1) \"a\"\n2) \"b\"")
                .matches(&Reply::Array(vec![bulk("b"), bulk("a")]))
        );
        assert!(
            one("1) \"0\"\n2) [unordered]\n   1) \"a\"\n   2) \"b\"").matches(&Reply::Array(vec![
                bulk("0"),
                Reply::Array(vec![bulk("b"), bulk("a")])
            ]))
        );
        assert!(one("(integer) [int 1..3]").matches(&Reply::Int(2)));
        assert!(one("[int 1..3]").matches(&Reply::Int(3)));
        assert!(one("(error) WRONGTYPE [..]").matches(&Reply::Error("WRONGTYPE x".into())));
        assert!(
            one("1) [ms-id]\n2) 1) \"[..]x\"").matches(&Reply::Array(vec![
                bulk("1700000000000-0"),
                Reply::Array(vec![bulk("yx")])
            ]))
        );
    }

    #[test]
    fn mistakes_are_located() {
        let complaint = read_all("OK\n1) (integer) x\n", 1).unwrap_err();
        assert_eq!((complaint.line, complaint.column), (1, 3));
        assert!(read_all("2) \"a\"", 1).is_err());
        assert!(read_all("\"open", 1).is_err());
        assert!(read_all("[unordered]\nOK", 1).is_err());
        assert!(read_all("(interger) 1", 1).is_err());
        assert!(read_all("[int 5..1]", 1).is_err());
    }
}
