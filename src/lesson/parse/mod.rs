//! A lesson file to a [`Lesson`], or a located complaint.

mod commands;
mod directive;
mod exercise;
mod expect;
mod fences;
mod html;
mod live;
mod nodes;
mod task;

use super::{Diagnostic, Item, Lesson, LessonServer, Span, Step, with_numbers};
use catalog::lang::Text;
use catalog::{Since, text};
use exercise::Draft;
use html::Details;
use nodes::{Node, Source};

/// Reads the lesson `id` from a file's text. `file` is the name used in
/// complaints.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(id: &str, file: &str, text: &str) -> Result<Lesson, Diagnostic> {
    // What editors on Windows put before a text that is UTF-8.
    let source = Source::new(file, text.strip_prefix('\u{feff}').unwrap_or(text));
    source.refuse_controls()?;
    let nodes = nodes::read(&source)?;
    let mut assembler = Assembler {
        source: &source,
        title: None,
        steps: Vec::new(),
        step: Step::introduction(),
        draft: None,
        details: None,
        part: None,
        needs: None,
        own_server: None,
        servers: Vec::new(),
    };
    for node in nodes {
        assembler.node(node)?;
    }
    let needs = assembler.needs;
    let own_server = assembler.own_server.take();
    let servers = std::mem::take(&mut assembler.servers);
    let (title, steps) = assembler.finish()?;
    Ok(Lesson {
        id: id.to_owned(),
        title,
        file: file.to_owned(),
        source: text.to_owned(),
        needs,
        own_server,
        servers,
        steps,
    })
}

impl Lesson {
    /// The same lesson with other ports: each pair has the written one first.
    /// Its source stays as it is written.
    pub fn at_ports(&self, ports: &[(u16, u16)]) -> Lesson {
        let text = with_numbers(&self.source, ports);
        match parse(&self.id, &self.file, &text) {
            Ok(lesson) => Lesson {
                source: self.source.clone(),
                servers: self.servers.clone(),
                ..lesson
            },
            // It has been read with other numbers already.
            Err(_) => self.clone(),
        }
    }
}

impl Step {
    fn introduction() -> Step {
        Step {
            heading: String::new(),
            part: None,
            items: Vec::new(),
            exercise: None,
            span: Span {
                line: 1,
                column: 1,
                len: 1,
            },
        }
    }
}

struct Assembler<'a> {
    source: &'a Source<'a>,
    title: Option<String>,
    steps: Vec<Step>,
    step: Step,
    /// The exercise of the current step, once its checks were read.
    draft: Option<Draft>,
    details: Option<Details>,
    part: Option<(String, Span)>,
    needs: Option<Since>,
    own_server: Option<String>,
    servers: Vec<LessonServer>,
}

impl Assembler<'_> {
    fn error(&self, span: Span, message: Text) -> Diagnostic {
        self.source.error(span, message)
    }

    fn node(&mut self, node: Node) -> Result<(), Diagnostic> {
        match node {
            Node::Heading { level, text, span } => self.heading(level, text, span),
            Node::Prose(prose, span) => {
                if self.title.is_none() {
                    return Err(self.no_title(span));
                }
                match &mut self.details {
                    Some(details) => details.prose.push(prose),
                    None => self.step.items.push(Item::Prose(prose)),
                }
                Ok(())
            }
            Node::Fence { info, body, span } => self.fence(&info, &body, span),
            Node::Html { text, span } => self.html(&text, span),
        }
    }

    fn no_title(&self, span: Span) -> Diagnostic {
        self.error(
            span,
            text!(
                "the file does not begin with its title",
                "plik nie zaczyna się od tytułu"
            ),
        )
        .help(text!(
            "the first line is \"# Title\"",
            "pierwszy wiersz to „# Tytuł”"
        ))
    }

    fn heading(&mut self, level: u8, text: String, span: Span) -> Result<(), Diagnostic> {
        if let Some(details) = &self.details {
            return Err(self.error(
                details.span,
                text!(
                    "this <details> is not closed before the next heading",
                    "to <details> nie jest zamknięte przed następnym nagłówkiem"
                ),
            ));
        }
        match (level, &self.title) {
            (1, None) => {
                self.title = Some(text);
                return Ok(());
            }
            (1, Some(_)) => {
                return Err(self
                    .error(span, text!("a second title", "drugi tytuł"))
                    .help(text!(
                        "steps begin with \"## Heading\"",
                        "kroki zaczynają się od „## Nagłówek”"
                    )));
            }
            (_, None) => return Err(self.no_title(span)),
            _ => {}
        }
        self.close_step()?;
        self.step = Step {
            heading: text,
            part: self.part.take().map(|(alias, _)| alias),
            items: Vec::new(),
            exercise: None,
            span,
        };
        Ok(())
    }

    fn close_step(&mut self) -> Result<(), Diagnostic> {
        let mut step = std::mem::replace(&mut self.step, Step::introduction());
        if let Some(draft) = self.draft.take() {
            step.exercise = Some(draft.finish(self.source, &mut step)?);
        }
        self.steps.push(step);
        Ok(())
    }

    fn finish(mut self) -> Result<(String, Vec<Step>), Diagnostic> {
        let end = Span {
            line: self.source.text.lines().count().max(1),
            column: 1,
            len: 1,
        };
        if let Some(details) = &self.details {
            return Err(self.error(
                details.span,
                text!(
                    "this <details> is never closed",
                    "to <details> nigdzie nie jest zamknięte"
                ),
            ));
        }
        if let Some((_, span)) = &self.part {
            return Err(self.error(
                *span,
                text!(
                    "a part: comment stands before the heading it names",
                    "komentarz part: stoi przed nagłówkiem, który nazywa"
                ),
            ));
        }
        let Some(title) = self.title.take() else {
            return Err(self.no_title(end));
        };
        self.close_step()?;
        Ok((title, self.steps))
    }
}

#[cfg(test)]
mod tests;
