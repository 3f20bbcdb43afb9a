//! The commands of a fence: its info string and its lines.

use super::nodes::Source;
use crate::lesson::{Block, Diagnostic, Line, SessionName, Span};
use catalog::lang::Text;
use catalog::text;
use resp::split;

/// The tags of a ```` ```redis ```` fence's info string.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Tags {
    pub(super) session: SessionName,
    pub(super) setup: bool,
    pub(super) blocks: bool,
    pub(super) until: bool,
    /// One of [`ANSWERS`] or [`ELSEWHERE`], and the exercise's id.
    pub(super) answer: Option<(String, String)>,
    pub(super) title: String,
}

/// What an exercise has besides its setup: each names the exercise it belongs to.
const ANSWERS: [&str; 3] = ["solution", "right", "wrong"];

/// Where else an answer has to be right, likewise.
const ELSEWHERE: [&str; 2] = ["again", "rival"];

/// Reads what stands behind `redis` in an info string. Tags come first, the
/// rest is the title. `again` and `rival` are tags in an exercise only.
pub(super) fn tags(words: &[&str], in_exercise: bool) -> Result<Tags, Text> {
    let mut tags = Tags::default();
    let mut words = words.iter().copied().peekable();
    while let Some(word) = words.peek().copied() {
        match word {
            "setup" => tags.setup = true,
            "blocks" => tags.blocks = true,
            "until" => tags.until = true,
            _ if tags.answer.is_none()
                && (ANSWERS.contains(&word) || in_exercise && ELSEWHERE.contains(&word)) =>
            {
                words.next();
                let Some(id) = words.peek() else {
                    return Err(text!(
                        "{word} needs the exercise's id: ```redis {word} ID",
                        "po {word} ma być id ćwiczenia: ```redis {word} ID"
                    ));
                };
                tags.answer = Some((word.to_owned(), (*id).to_owned()));
            }
            _ if word.starts_with('@') => {
                if !is_id(&word[1..]) {
                    return Err(text!(
                        "a session's name is like @ala, not {word}",
                        "nazwa sesji wygląda jak @ala, a nie {word}"
                    ));
                }
                tags.session = Some(word[1..].to_owned());
            }
            _ => break,
        }
        words.next();
    }
    tags.title = words.collect::<Vec<_>>().join(" ");
    Ok(tags)
}

/// Whether `text` can be an id: lower-case letters, digits and dashes.
pub(super) fn is_id(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}

/// Makes a block of a fence's tags and body.
pub(super) fn block(
    source: &Source,
    tags: Tags,
    body: &str,
    fence: Span,
) -> Result<Block, Diagnostic> {
    let lines = lines(source, body, fence)?;
    if lines.is_empty() {
        return Err(source
            .error(fence, text!("a block without commands", "blok bez poleceń"))
            .help(text!(
                "write one Redis command a line",
                "napisz po jednym poleceniu Redisa w wierszu"
            )));
    }
    Ok(Block {
        session: tags.session,
        setup: tags.setup,
        blocks: tags.blocks,
        until: tags.until,
        title: tags.title,
        lines,
        span: fence,
    })
}

/// The commands of a body; a quoted string may go on over lines.
fn lines(source: &Source, body: &str, fence: Span) -> Result<Vec<Line>, Diagnostic> {
    let mut commands = Vec::new();
    let mut pending: Option<(String, usize)> = None;
    for (index, text) in body.lines().enumerate() {
        let number = fence.line + 1 + index;
        let (text, first) = match pending.take() {
            Some((begun, first)) => (format!("{begun}\n{text}"), first),
            None if text.trim().is_empty() || text.trim_start().starts_with('#') => continue,
            None => (text.to_owned(), number),
        };
        let span = Span {
            line: first,
            column: 1,
            len: text.lines().next().unwrap_or("").chars().count(),
        };
        match split::split(text.as_bytes()) {
            Ok(argv) => commands.push(Line {
                text,
                argv,
                expected: Vec::new(),
                span,
            }),
            Err(error) if error.needs_more() => pending = Some((text, first)),
            Err(error) => return Err(bad_quotes(source, &text, first, error.offset)),
        }
    }
    match pending {
        None => Ok(commands),
        Some((text, first)) => Err(bad_quotes(source, &text, first, 0).help(text!(
            "a quote is opened and never closed in this block",
            "cudzysłów otwarty w tym bloku nigdzie nie jest zamknięty"
        ))),
    }
}

/// The complaint at `offset` bytes into a command that begins on line `first`.
fn bad_quotes(source: &Source, text: &str, first: usize, offset: usize) -> Diagnostic {
    let before = text.get(..offset).unwrap_or_default();
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    let span = Span {
        line: first + before.matches('\n').count(),
        column: last_line.chars().count() + 1,
        len: 1,
    };
    source
        .error(span, text!("the quotes of this command are not balanced", "cudzysłowy w tym poleceniu nie są domknięte"))
        .help(text!("a closing quote must be followed by a space; inside double quotes write \\\" for a quote", "po zamykającym cudzysłowie ma być spacja; wewnątrz cudzysłowu pisze się \\\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_come_first_and_the_title_last() {
        let read = |text: &str| tags(&text.split(' ').collect::<Vec<_>>(), false);
        let ala = read("@ala blocks Ala waits").unwrap();
        assert_eq!(ala.session.as_deref(), Some("ala"));
        assert!(ala.blocks && !ala.setup);
        assert_eq!(ala.title, "Ala waits");
        assert_eq!(
            read("solution ack-1").unwrap().answer,
            Some(("solution".into(), "ack-1".into()))
        );
        assert!(read("solution").is_err());
        assert!(read("@Ala").is_err());
        // A title like any other, outside of exercises.
        assert_eq!(read("again with care").unwrap().title, "again with care");
    }

    #[test]
    fn a_quoted_script_spans_lines() {
        let text = "```redis\n# a comment\nEVAL \"return\n 1\" 0\nPING\n```\n";
        let source = Source::new("x.md", text);
        let fence = Span {
            line: 1,
            column: 1,
            len: 8,
        };
        let body = "# a comment\nEVAL \"return\n 1\" 0\nPING\n";
        let lines = lines(&source, body, fence).unwrap();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].argv[1], b"return\n 1");
        assert_eq!((lines[0].span.line, lines[1].span.line), (3, 5));
        let error = super::lines(&source, "SET k \"a\nGET k\n", fence).unwrap_err();
        assert_eq!(error.span.line, 2);
    }
}
