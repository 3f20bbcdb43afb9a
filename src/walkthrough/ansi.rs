//! Styled text of `render` as lines a terminal UI draws, so that a lesson
//! looks the same in every form and texts exist once.

use crate::render::harmless::own;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthChar as _;

/// Text with SGR sequences as lines of spans.
pub(super) fn lines(text: &str) -> Vec<Line<'static>> {
    own(text).lines().map(line).collect()
}

fn line(text: &str) -> Line<'static> {
    let mut spans = Vec::new();
    let mut style = Style::new();
    let mut pieces = text.split("\x1b[");
    if let Some(plain) = pieces.next().filter(|plain| !plain.is_empty()) {
        spans.push(Span::raw(plain.to_owned()));
    }
    for piece in pieces {
        let (codes, words) = piece.split_once('m').unwrap_or(("", piece));
        for code in codes.split(';') {
            style = with_code(style, code);
        }
        if !words.is_empty() {
            spans.push(Span::styled(words.to_owned(), style));
        }
    }
    Line::from(spans)
}

fn with_code(style: Style, code: &str) -> Style {
    let colour = |color| style.fg(color);
    match code {
        "" | "0" => Style::new(),
        "1" => style.add_modifier(Modifier::BOLD),
        "2" => style.add_modifier(Modifier::DIM),
        "3" => style.add_modifier(Modifier::ITALIC),
        "4" => style.add_modifier(Modifier::UNDERLINED),
        "7" => style.add_modifier(Modifier::REVERSED),
        "31" => colour(Color::Red),
        "32" => colour(Color::Green),
        "33" => colour(Color::Yellow),
        "34" => colour(Color::Blue),
        "35" => colour(Color::Magenta),
        "36" => colour(Color::Cyan),
        _ => style,
    }
}

/// Cuts a line into lines of at most `width` columns.
pub(super) fn wrap(line: &Line<'static>, width: usize) -> Vec<Line<'static>> {
    let width = width.max(2);
    let mut out = Vec::new();
    let mut spans: Vec<Span<'static>> = Vec::new();
    let mut used = 0;
    for span in &line.spans {
        let mut text = String::new();
        for c in span.content.chars().filter(|c| !c.is_control()) {
            let columns = c.width().unwrap_or(0);
            if used + columns > width {
                spans.push(Span::styled(std::mem::take(&mut text), span.style));
                out.push(Line::from(std::mem::take(&mut spans)));
                used = 0;
            }
            text.push(c);
            used += columns;
        }
        if !text.is_empty() {
            spans.push(Span::styled(text, span.style));
        }
    }
    out.push(Line::from(spans));
    out
}

/// Cuts a line off at `width` columns, with an ellipsis where something is lost.
pub(super) fn cut(line: &Line<'static>, width: usize) -> Line<'static> {
    if line.width() <= width {
        return line.clone();
    }
    let mut first = wrap(line, width.saturating_sub(1)).swap_remove(0);
    first.spans.push(Span::raw("…"));
    first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_become_spans() {
        let found = lines("a\x1b[1;36mSET\x1b[0m b\n\x1b[2mdim\x1b[0m");
        assert_eq!(found.len(), 2);
        let words: Vec<&str> = found[0].spans.iter().map(|s| s.content.as_ref()).collect();
        assert_eq!(words, ["a", "SET", " b"]);
        assert_eq!(found[0].spans[1].style.fg, Some(Color::Cyan));
        assert_eq!(found[0].spans[2].style, Style::new());
    }

    #[test]
    fn wide_characters_count_twice() {
        let parts = wrap(&Line::raw("日本語x"), 4);
        let texts: Vec<String> = parts.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["日本", "語x"]);
        assert_eq!(cut(&Line::raw("zażółć"), 4).to_string(), "zaż…");
    }
}
