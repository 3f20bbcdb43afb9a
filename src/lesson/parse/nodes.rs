//! Markdown to a flat list of nodes with their places: the only user of the
//! Markdown crate.

use crate::lesson::{Diagnostic, Inline, Prose, Span, is_obeyed};
use catalog::lang::Text;
use catalog::text;
use pulldown_cmark::{CodeBlockKind, Event, HeadingLevel, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// A top-level piece of a lesson file.
#[derive(Debug)]
pub(super) enum Node {
    Heading {
        level: u8,
        text: String,
        span: Span,
    },
    Prose(Prose, Span),
    Fence {
        info: String,
        body: String,
        span: Span,
    },
    Html {
        text: String,
        span: Span,
    },
}

/// A file's text with its line starts, to turn offsets into places.
pub(super) struct Source<'a> {
    pub(super) file: &'a str,
    pub(super) text: &'a str,
    line_starts: Vec<usize>,
}

impl<'a> Source<'a> {
    pub(super) fn new(file: &'a str, text: &'a str) -> Self {
        let line_starts = std::iter::once(0)
            .chain(text.match_indices('\n').map(|(at, _)| at + 1))
            .collect();
        Source {
            file,
            text,
            line_starts,
        }
    }

    /// The place of a byte range; the caret covers its first line only.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        let line = self
            .line_starts
            .partition_point(|start| *start <= range.start);
        let start = self.line_starts[line - 1];
        let column = self.text[start..range.start].chars().count() + 1;
        let first_line = self.text[range.clone()].lines().next().unwrap_or("");
        Span {
            line,
            column,
            len: first_line.trim_end().chars().count().max(1),
        }
    }

    /// Refuses what a terminal would obey instead of showing it: a lesson has
    /// tabs and ends of lines, and says the rest in its own words (`\x1b`).
    pub(super) fn refuse_controls(&self) -> Result<(), Diagnostic> {
        for (index, line) in self.text.split('\n').enumerate() {
            let line = line.strip_suffix('\r').unwrap_or(line);
            let is_wrong = |(_, c): &(usize, char)| is_obeyed(*c) && *c != '\t';
            if let Some((before, c)) = line.chars().enumerate().find(is_wrong) {
                let span = Span {
                    line: index + 1,
                    column: before + 1,
                    len: 1,
                };
                let message = text!(
                    "the control character U+{:04X}",
                    "znak sterujący U+{:04X}",
                    u32::from(c)
                );
                return Err(self.error(span, message).help(text!(
                    "delete it; in a command a byte is written as in redis-cli: \"\\x1b\"",
                    "usuń go; w poleceniu bajt pisze się jak w redis-cli: \"\\x1b\""
                )));
            }
        }
        Ok(())
    }

    pub(super) fn error(&self, span: Span, message: Text) -> Diagnostic {
        Diagnostic::new(self.file, self.text, span, message)
    }
}

/// Reads the file's nodes.
pub(super) fn read(source: &Source) -> Result<Vec<Node>, Diagnostic> {
    let events: Vec<_> = Parser::new_ext(source.text, Options::ENABLE_TABLES)
        .into_offset_iter()
        .collect();
    Reader {
        source,
        events,
        at: 0,
    }
    .nodes()
}

struct Reader<'a> {
    source: &'a Source<'a>,
    events: Vec<(Event<'a>, Range<usize>)>,
    at: usize,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Option<(Event<'a>, Range<usize>)> {
        let event = self.events.get(self.at).cloned();
        self.at += 1;
        event
    }

    fn nodes(mut self) -> Result<Vec<Node>, Diagnostic> {
        let mut nodes = Vec::new();
        while let Some((event, range)) = self.next() {
            let span = self.source.span(&range);
            match event {
                Event::Start(Tag::Heading { level, .. }) if level <= HeadingLevel::H2 => {
                    let text = crate::lesson::plain_text(&self.inlines()?);
                    let level = level as u8;
                    nodes.push(Node::Heading { level, text, span });
                }
                Event::Start(Tag::CodeBlock(kind)) => {
                    let info = match kind {
                        CodeBlockKind::Fenced(info) => info.to_string(),
                        CodeBlockKind::Indented => {
                            return Err(self
                                .source
                                .error(
                                    span,
                                    text!("an indented code block", "blok kodu zrobiony wcięciem"),
                                )
                                .help(text!(
                                    "put code between ``` fences",
                                    "umieść kod między znakami ```"
                                )));
                        }
                    };
                    let body = self.text_until_end();
                    nodes.push(Node::Fence { info, body, span });
                }
                Event::Start(Tag::HtmlBlock) => {
                    let text = self.text_until_end();
                    nodes.push(Node::Html { text, span });
                }
                Event::Start(tag) => {
                    let prose = self.block(tag, &range)?;
                    nodes.push(Node::Prose(prose, span));
                }
                Event::Rule => {}
                other => return Err(self.unexpected(&other, &range)),
            }
        }
        Ok(nodes)
    }

    /// The text of a code or HTML block up to its end.
    fn text_until_end(&mut self) -> String {
        let mut text = String::new();
        while let Some((event, _)) = self.next() {
            match event {
                Event::Text(piece) | Event::Html(piece) => text.push_str(&piece),
                _ => break,
            }
        }
        text
    }

    /// The blocks up to the end of the one that contains them.
    fn blocks(&mut self) -> Result<Vec<Prose>, Diagnostic> {
        let mut blocks = Vec::new();
        let mut loose = Vec::new();
        while let Some((event, range)) = self.next() {
            match event {
                Event::End(_) => break,
                Event::Start(tag) if is_block(&tag) => {
                    flush(&mut loose, &mut blocks);
                    blocks.push(self.block(tag, &range)?);
                }
                // The text of a tight list's item has no paragraph around it.
                other => self.inline(other, &range, &mut loose)?,
            }
        }
        flush(&mut loose, &mut blocks);
        Ok(blocks)
    }

    fn block(&mut self, tag: Tag<'a>, range: &Range<usize>) -> Result<Prose, Diagnostic> {
        Ok(match tag {
            // Where the line below its head does not fit, a table is none.
            Tag::Paragraph if self.source.text[range.start..].starts_with('|') => {
                return Err(self
                    .source
                    .error(
                        self.source.span(range),
                        text!(
                            "a table that cannot be read",
                            "tabela, której nie da się odczytać"
                        ),
                    )
                    .help(text!(
                        "the line below its head has as many columns as the head: |---|---|",
                        "wiersz pod nagłówkiem tabeli ma tyle kolumn, co nagłówek: |---|---|"
                    )));
            }
            Tag::Paragraph => Prose::Paragraph(self.inlines()?),
            Tag::Heading { .. } => Prose::Heading(self.inlines()?),
            Tag::BlockQuote(_) => Prose::Quote(self.blocks()?),
            Tag::List(start) => {
                let mut items = Vec::new();
                while let Some((Event::Start(Tag::Item), _)) = self.next() {
                    items.push(self.blocks()?);
                }
                Prose::List { start, items }
            }
            Tag::Table(_) => {
                let mut rows = Vec::new();
                while let Some((event, _)) = self.next() {
                    match event {
                        Event::Start(Tag::TableHead | Tag::TableRow) => {
                            let mut row = Vec::new();
                            while let Some((Event::Start(Tag::TableCell), _)) = self.next() {
                                row.push(self.inlines()?);
                            }
                            rows.push(row);
                        }
                        _ => break,
                    }
                }
                Prose::Table(rows)
            }
            other => return Err(self.unexpected(&Event::Start(other), range)),
        })
    }

    /// The inline pieces up to the end of their block.
    fn inlines(&mut self) -> Result<Vec<Inline>, Diagnostic> {
        let mut inlines = Vec::new();
        while let Some((event, range)) = self.next() {
            if matches!(event, Event::End(_)) {
                break;
            }
            self.inline(event, &range, &mut inlines)?;
        }
        Ok(inlines)
    }

    fn inline(
        &mut self,
        event: Event<'a>,
        range: &Range<usize>,
        out: &mut Vec<Inline>,
    ) -> Result<(), Diagnostic> {
        match event {
            Event::Text(text) => push_text(out, &text),
            Event::SoftBreak => push_text(out, " "),
            Event::HardBreak => out.push(Inline::Break),
            Event::Code(code) => out.push(Inline::Code(code.to_string())),
            Event::Start(Tag::Strong | Tag::Emphasis) => {
                let inner = self.inlines()?;
                out.push(Inline::Strong(crate::lesson::plain_text(&inner)));
            }
            Event::Start(Tag::Link { dest_url, .. }) => {
                let inner = self.inlines()?;
                let text = crate::lesson::plain_text(&inner);
                out.push(Inline::Link(text, dest_url.to_string()));
            }
            other => return Err(self.unexpected(&other, range)),
        }
        Ok(())
    }

    fn unexpected(&self, event: &Event, range: &Range<usize>) -> Diagnostic {
        let what = match event {
            Event::Start(Tag::Image { .. }) => text!("an image", "obraz"),
            Event::InlineHtml(_) | Event::Html(_) => text!(
                "HTML or a comment inside a paragraph",
                "HTML albo komentarz wewnątrz akapitu"
            ),
            Event::Start(Tag::CodeBlock(_)) | Event::End(TagEnd::CodeBlock) => text!(
                "a code block inside a list or quotation",
                "blok kodu wewnątrz listy albo cytatu"
            ),
            _ => text!("this kind of Markdown", "taki element Markdowna"),
        };
        let message = Text::in_each(|lang| {
            let what = what.pick(lang);
            text!(
                lang,
                "{what} has no place in a lesson",
                "w lekcji nie ma miejsca na: {what}"
            )
        });
        self.source
            .error(self.source.span(range), message)
            .help(text!(
                "lessons have headings, paragraphs, lists, tables, quotations and fenced blocks",
                "lekcje mają nagłówki, akapity, listy, tabele, cytaty i bloki między ```"
            ))
    }
}

fn is_block(tag: &Tag) -> bool {
    !matches!(
        tag,
        Tag::Strong | Tag::Emphasis | Tag::Link { .. } | Tag::Image { .. } | Tag::Strikethrough
    )
}

fn flush(loose: &mut Vec<Inline>, blocks: &mut Vec<Prose>) {
    if !loose.is_empty() {
        blocks.push(Prose::Paragraph(std::mem::take(loose)));
    }
}

fn push_text(out: &mut Vec<Inline>, text: &str) {
    match out.last_mut() {
        Some(Inline::Text(last)) => last.push_str(text),
        _ => out.push(Inline::Text(text.to_owned())),
    }
}
