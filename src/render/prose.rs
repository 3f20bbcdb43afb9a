//! Prose laid out for a terminal's width. Polish letters and wide characters
//! are counted by the columns they take.

use super::style::{Ink, Style};
use crate::lesson::{Inline, Prose};
use textwrap::core::Word;
use textwrap::{Options, WordSeparator, WordSplitter};
use unicode_width::UnicodeWidthStr as _;

/// The narrowest column prose is set in; below it a terminal just wraps.
const NARROWEST: usize = 16;

/// Lays out a piece of prose, ending with a line break.
pub(super) fn lay_out(prose: &Prose, width: usize, style: Style) -> String {
    let mut out = String::new();
    write(prose, width, "", "", style, &mut out);
    out
}

fn write(
    prose: &Prose,
    width: usize,
    first_indent: &str,
    indent: &str,
    style: Style,
    out: &mut String,
) {
    match prose {
        Prose::Paragraph(inlines) => {
            let room = width.saturating_sub(indent.width());
            fill(
                &paint(inlines, room, style),
                width,
                first_indent,
                indent,
                out,
            );
        }
        Prose::Heading(inlines) => {
            let text = style.paint(Ink::Bold, crate::lesson::plain_text(inlines));
            fill(&text, width, first_indent, indent, out);
        }
        Prose::Quote(parts) => {
            let bar = format!("{indent}│ ");
            for part in parts {
                write(part, width, &bar, &bar, style, out);
            }
        }
        Prose::List { start, items } => {
            for (index, item) in items.iter().enumerate() {
                let mark = match start {
                    Some(start) => format!("{indent}{}. ", start + index as u64),
                    None => format!("{indent}• "),
                };
                let below = " ".repeat(mark.width());
                for (part_index, part) in item.iter().enumerate() {
                    let first = if part_index == 0 { &mark } else { &below };
                    write(part, width, first, &below, style, out);
                }
            }
        }
        Prose::Table(rows) => table(rows, width, indent, style, out),
    }
}

/// How text for people is broken into lines: at spaces only, and not behind a
/// word of one letter, as Polish has it. A command's dashes (`redis-lab`,
/// `Ctrl-D`) are no places to break at.
pub fn wrapping<'a>(width: usize) -> Options<'a> {
    Options::new(width.max(NARROWEST))
        .break_words(false)
        .word_splitter(WordSplitter::NoHyphenation)
        .word_separator(WordSeparator::Custom(unbroken))
}

/// What stays together: a word, with those of one letter before it.
fn unbroken(line: &str) -> Box<dyn Iterator<Item = Word<'_>> + '_> {
    let (mut begin, mut end) = (0, 0);
    let words = WordSeparator::AsciiSpace.find_words(line);
    Box::new(words.filter_map(move |word| {
        end += word.word.len() + word.whitespace.len();
        let is_lone = matches!(word.word.as_bytes(), [letter] if letter.is_ascii_alphabetic());
        if is_lone && end < line.len() {
            return None;
        }
        let together = Word::from(&line[begin..end]);
        begin = end;
        Some(together)
    }))
}

/// Stands for a space within code, which stays in one line where it is short.
const HELD: char = '\u{a0}';

/// Longer code, in columns with its marks, may be broken; so may what does not
/// fit into a line.
const LONGEST_HELD: usize = 40;

fn fill(text: &str, width: usize, first_indent: &str, indent: &str, out: &mut String) {
    let options = wrapping(width)
        .initial_indent(first_indent)
        .subsequent_indent(indent);
    for line in text.split('\n') {
        for wrapped in textwrap::wrap(line, &options) {
            out.push_str(&wrapped.trim_end().replace(HELD, " "));
            out.push('\n');
        }
    }
}

/// The words with their tones; every word of a phrase carries the tone itself,
/// so that wrapping cannot cut a colour in two.
fn paint(inlines: &[Inline], room: usize, style: Style) -> String {
    let by_word = |tone, text: &str| {
        text.split(' ')
            .map(|word| style.paint(tone, word))
            .collect::<Vec<_>>()
            .join(" ")
    };
    inlines
        .iter()
        .map(|inline| match inline {
            Inline::Text(text) => text.clone(),
            Inline::Code(code) => {
                let text = if style.is_colored() {
                    by_word(Ink::Option, code)
                } else {
                    format!("`{code}`")
                };
                // Its two marks, and a comma or full stop.
                if code.width() + 3 <= room.min(LONGEST_HELD) {
                    text.replace(' ', HELD.encode_utf8(&mut [0; 2]))
                } else {
                    text
                }
            }
            Inline::Strong(text) => by_word(Ink::Bold, text),
            Inline::Link(text, url) if text == url => url.clone(),
            Inline::Link(text, url) => format!("{text} ({url})"),
            Inline::Break => "\n".to_owned(),
        })
        .collect()
}

/// A table in columns where it fits, otherwise one `name: value` line a cell.
fn table(rows: &[Vec<Vec<Inline>>], width: usize, indent: &str, style: Style, out: &mut String) {
    let plain = Style::new(false);
    let cells: Vec<Vec<String>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| paint(cell, 0, plain)).collect())
        .collect();
    let columns = cells.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| {
            let cells = cells.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        })
        .collect();
    let total = widths.iter().sum::<usize>() + 2 * columns.saturating_sub(1) + indent.width();
    if total <= width {
        for (index, row) in cells.iter().enumerate() {
            let mut line = indent.to_owned();
            for (cell, column_width) in row.iter().zip(&widths) {
                line.push_str(cell);
                line.push_str(&" ".repeat(column_width + 2 - cell.width()));
            }
            let line = line.trim_end();
            let tone = if index == 0 { Some(Ink::Bold) } else { None };
            out.push_str(&tone.map_or(line.to_owned(), |tone| style.paint(tone, line)));
            out.push('\n');
        }
        return;
    }
    let Some((head, body)) = cells.split_first() else {
        return;
    };
    for row in body {
        for (index, (name, cell)) in head.iter().zip(row).enumerate() {
            let text = if name.is_empty() {
                cell.clone()
            } else {
                format!("{name}: {cell}")
            };
            let first = format!("{indent}{}", if index == 0 { "• " } else { "  " });
            fill(&text, width, &first, &format!("{indent}    "), out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{Item, Library};
    use catalog::lang::Lang;

    fn text(words: &str) -> Vec<Inline> {
        vec![Inline::Text(words.to_owned())]
    }

    #[test]
    fn width_is_counted_in_columns() {
        let prose = Prose::Paragraph(text("zażółć gęślą jaźń 日本語 日本語"));
        let out = lay_out(&prose, 18, Style::new(false));
        assert_eq!(out, "zażółć gęślą jaźń\n日本語 日本語\n");
    }

    #[test]
    fn no_line_ends_in_a_lone_letter_or_amid_short_code() {
        let lay = |inlines: Vec<Inline>, width| {
            lay_out(&Prose::Paragraph(inlines), width, Style::new(false))
        };
        assert_eq!(
            lay(text("Kelner i kucharz w kuchni, a z nimi"), 19),
            "Kelner i kucharz\nw kuchni, a z nimi\n"
        );
        let code = |code: &str| {
            let mut inlines = text("Now run ");
            inlines.push(Inline::Code(code.to_owned()));
            inlines
        };
        assert_eq!(lay(code("GET lab:tea"), 16), "Now run\n`GET lab:tea`\n");
        let long = "LPUSH lab:orders espresso cappuccino latte mocha";
        assert!(lay(code(long), 30).lines().all(|line| line.len() <= 30));
    }

    #[test]
    fn no_line_of_the_polish_course_ends_in_a_lone_letter() {
        let library = Library::new(None);
        for id in library.ids(Lang::Pl).unwrap() {
            let lesson = library.get(&id, Lang::Pl).unwrap();
            let items = lesson.steps.iter().flat_map(|step| &step.items);
            for item in items {
                let prose = match item {
                    // A cell of a table may be a letter.
                    Item::Prose(Prose::Table(_)) => continue,
                    Item::Prose(prose) => prose,
                    _ => continue,
                };
                for width in [60, 80] {
                    let laid = lay_out(prose, width, Style::new(false));
                    for line in laid.lines() {
                        let last = line.rsplit(' ').next().unwrap_or_default();
                        let is_lone = matches!(last, "i" | "w" | "z" | "o" | "u" | "a");
                        assert!(!is_lone, "{id}: {line}");
                    }
                }
            }
        }
    }

    #[test]
    fn lists_hang_and_wide_tables_become_lists() {
        let list = Prose::List {
            start: None,
            items: vec![vec![Prose::Paragraph(text("one two three four five"))]],
        };
        assert_eq!(
            lay_out(&list, 16, Style::new(false)),
            "• one two three\n  four five\n"
        );
        let row = |a: &str, b: &str| vec![text(a), text(b)];
        let table = Prose::Table(vec![row("Type", "Use"), row("list", "queues and stacks")]);
        assert_eq!(
            lay_out(&table, 40, Style::new(false)),
            "Type  Use\nlist  queues and stacks\n"
        );
        assert_eq!(
            lay_out(&table, 20, Style::new(false)),
            "• Type: list\n  Use: queues and\n    stacks\n"
        );
    }

    #[test]
    fn colours_do_not_count() {
        let inlines = vec![
            Inline::Text("use ".into()),
            Inline::Code("SET key value".into()),
            Inline::Text(" here".into()),
        ];
        let prose = Prose::Paragraph(inlines);
        let out = lay_out(&prose, 22, Style::new(true));
        assert_eq!(out.lines().count(), 1, "{out:?}");
    }
}
