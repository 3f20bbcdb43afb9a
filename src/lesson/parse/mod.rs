//! A lesson file to a [`Lesson`], or a located complaint.

mod commands;
mod directive;
mod exercise;
mod expect;
mod nodes;

use super::{Await, Block, DEMOS, Diagnostic, Expected, Item, Lesson, Span, Step, reply_count};
use directive::Directive;
use exercise::Draft;
use nodes::{Node, Source};

/// Reads the lesson `id` from a file's text. `file` is the name used in
/// complaints.
///
/// # Errors
/// The first thing that is wrong, with its place.
pub fn parse(id: &str, file: &str, text: &str) -> Result<Lesson, Diagnostic> {
    let source = Source::new(file, text);
    let nodes = nodes::read(&source)?;
    let mut assembler = Assembler {
        source: &source,
        title: None,
        steps: Vec::new(),
        step: Step::introduction(),
        draft: None,
        details: None,
        part: None,
    };
    for node in nodes {
        assembler.node(node)?;
    }
    let (title, steps) = assembler.finish()?;
    Ok(Lesson {
        id: id.to_owned(),
        title,
        file: file.to_owned(),
        source: text.to_owned(),
        steps,
    })
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

/// A `<details>` that is open.
struct Details {
    prose: Vec<super::Prose>,
    has_answer: bool,
    span: Span,
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
}

impl Assembler<'_> {
    fn error(&self, span: Span, message: impl Into<String>) -> Diagnostic {
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
        self.error(span, "the file does not begin with its title")
            .help("the first line is \"# Title\"")
    }

    fn heading(&mut self, level: u8, text: String, span: Span) -> Result<(), Diagnostic> {
        if let Some(details) = &self.details {
            return Err(self.error(
                details.span,
                "this <details> is not closed before the next heading",
            ));
        }
        match (level, &self.title) {
            (1, None) => {
                self.title = Some(text);
                return Ok(());
            }
            (1, Some(_)) => {
                return Err(self
                    .error(span, "a second title")
                    .help("steps begin with \"## Heading\""));
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
            return Err(self.error(details.span, "this <details> is never closed"));
        }
        if let Some((_, span)) = &self.part {
            return Err(self.error(*span, "a part: comment stands before the heading it names"));
        }
        let Some(title) = self.title.take() else {
            return Err(self.no_title(end));
        };
        self.close_step()?;
        Ok((title, self.steps))
    }

    fn html(&mut self, text: &str, span: Span) -> Result<(), Diagnostic> {
        let mut rest = text.trim();
        while !rest.is_empty() {
            if let Some(comment) = rest.strip_prefix("<!--") {
                let closed = comment
                    .split_once("-->")
                    .filter(|(inside, _)| !inside.contains("<!--"));
                let Some((inside, behind)) = closed else {
                    return Err(self.error(span, "a comment that is never closed"));
                };
                self.directive(inside, span)?;
                rest = behind.trim_start();
            } else if let Some(behind) = rest.strip_prefix("<details>") {
                let summary = behind
                    .trim_start()
                    .strip_prefix("<summary>")
                    .and_then(|behind| behind.split_once("</summary>"));
                let Some((_, behind)) = summary else {
                    return Err(self
                        .error(span, "a <details> without a summary")
                        .help("write <details><summary>Hint</summary>"));
                };
                if self.details.is_some() {
                    return Err(self.error(span, "a <details> inside another"));
                }
                self.details = Some(Details {
                    prose: Vec::new(),
                    has_answer: false,
                    span,
                });
                rest = behind.trim_start();
            } else if let Some(behind) = rest.strip_prefix("</details>") {
                self.close_details(span)?;
                rest = behind.trim_start();
            } else {
                return Err(self
                    .error(span, "HTML other than <details> and comments")
                    .help("leave a blank line behind <details><summary>...</summary>"));
            }
        }
        Ok(())
    }

    fn close_details(&mut self, span: Span) -> Result<(), Diagnostic> {
        let Some(details) = self.details.take() else {
            return Err(self.error(span, "</details> without <details>"));
        };
        let Some(draft) = &mut self.draft else {
            return Err(self
                .source
                .error(
                    details.span,
                    "a hint or solution before the exercise's checks",
                )
                .help("an exercise has its ```text check ID block first"));
        };
        if details.has_answer {
            draft.explanation.extend(details.prose);
        } else if details.prose.is_empty() {
            return Err(self.error(details.span, "an empty hint"));
        } else {
            draft.hints.push(details.prose);
        }
        Ok(())
    }

    fn directive(&mut self, comment: &str, span: Span) -> Result<(), Diagnostic> {
        let directive = directive::read(comment).map_err(|message| self.error(span, message))?;
        let item = match directive {
            Directive::Pause => Item::Pause,
            Directive::Wait(duration) => Item::Wait(duration),
            Directive::Note(text, minutes) => Item::Note(Directive::note(text, minutes)),
            Directive::Part(alias) => {
                self.part = Some((alias, span));
                return Ok(());
            }
            Directive::Learned(text) => {
                let Some(draft) = &mut self.draft else {
                    return Err(self.error(span, "a learned: comment outside an exercise"));
                };
                draft.learned = text;
                return Ok(());
            }
        };
        self.step.items.push(item);
        Ok(())
    }

    fn fence(&mut self, info: &str, body: &str, span: Span) -> Result<(), Diagnostic> {
        if self.title.is_none() {
            return Err(self.no_title(span));
        }
        let words: Vec<&str> = info.split_whitespace().collect();
        match words.as_slice() {
            ["redis", rest @ ..] => self.commands(rest, body, span),
            ["text", "expect", rest @ ..] => self.expectation(rest, body, span),
            ["text", "check", rest @ ..] => self.checks(rest, body, span),
            ["live", rest @ ..] => self.live(rest, span),
            [] => Err(self
                .error(span, "a fenced block without a language")
                .help("write ```text for text that is only shown")),
            _ if self.details.is_some() => Err(self
                .error(span, "code inside a hint or solution")
                .help("hints are prose; a solution's commands are in ```redis solution ID")),
            [language, ..] => {
                self.step.items.push(Item::Code {
                    language: (*language).to_owned(),
                    text: body.trim_end().to_owned(),
                    span,
                });
                Ok(())
            }
        }
    }

    fn commands(&mut self, words: &[&str], body: &str, span: Span) -> Result<(), Diagnostic> {
        let mut tags = commands::tags(words).map_err(|message| self.error(span, message))?;
        let answer = tags.answer.take();
        if (tags.setup || answer.is_some()) && tags.blocks {
            return Err(self.error(span, "only a block that is shown can block"));
        }
        let block = commands::block(self.source, tags, body, span)?;
        match (answer, &mut self.details) {
            (Some((kind, id)), Some(details)) => {
                details.has_answer = true;
                self.answer(&kind, &id, block)
            }
            (Some(_), None) => Err(self
                .error(span, "a solution in plain sight")
                .help("put it between <details><summary>Solution</summary> and </details>")),
            (None, Some(_)) => Err(self
                .error(span, "commands inside a hint")
                .help("a solution's block begins with ```redis solution ID")),
            (None, None) => {
                self.step.items.push(Item::Run(block));
                Ok(())
            }
        }
    }

    fn answer(&mut self, kind: &str, id: &str, block: Block) -> Result<(), Diagnostic> {
        let span = block.span;
        let Some(draft) = &mut self.draft else {
            return Err(self.error(span, "a solution before the exercise's checks"));
        };
        if draft.id != id {
            let message = format!(
                "this answers \"{id}\", but the exercise is \"{}\"",
                draft.id
            );
            return Err(self.source.error(span, message));
        }
        if block.session.is_some() {
            return Err(self
                .source
                .error(span, "a solution on another session")
                .help("the learner has one session: leave out the @name"));
        }
        match kind {
            "solution" if draft.solution.is_some() => {
                return Err(self
                    .source
                    .error(span, "a second solution")
                    .help("further right answers are ```redis right ID"));
            }
            "solution" => draft.solution = Some(block),
            "right" => draft.right.push(block),
            _ => draft.wrong.push(block),
        }
        Ok(())
    }

    fn read_expected(&self, body: &str, span: Span) -> Result<Vec<Expected>, Diagnostic> {
        expect::read_all(body, span.line + 1)
            .map_err(|complaint| self.complaint(body, span.line + 1, &complaint))
    }

    /// Places a complaint about a line of a fence's body, whose first line is
    /// the file's line `first_line`.
    fn complaint(
        &self,
        body: &str,
        first_line: usize,
        complaint: &expect::Complaint,
    ) -> Diagnostic {
        let line = body.lines().nth(complaint.line).unwrap_or_default();
        let before = line.get(..complaint.column).unwrap_or(line).chars().count();
        let span = Span {
            line: first_line + complaint.line,
            column: before + 1,
            len: line.chars().count().saturating_sub(before).max(1),
        };
        self.error(span, complaint.message.clone())
            .help("write replies as redis-cli shows them; wildcards are [..], ..., [unordered], [int 1..30], [ms-id]")
    }

    fn expectation(&mut self, words: &[&str], body: &str, span: Span) -> Result<(), Diagnostic> {
        let expected = self.read_expected(body, span)?;
        let session = match words {
            [] => None,
            [name] if name.starts_with('@') && commands::is_id(&name[1..]) => {
                Some(name[1..].to_owned())
            }
            _ => {
                return Err(self.error(
                    span,
                    "an expectation is ```text expect or ```text expect @session",
                ));
            }
        };
        if let Some(Item::Run(block)) = self.step.items.last_mut()
            && !block.setup
            && block.lines.iter().all(|line| line.expected.is_empty())
            && (session.is_none() || session == block.session)
            && replies_due(block) > 0
        {
            return attach(block, expected).map_err(|message| self.error(span, message));
        }
        if session.is_none() {
            return Err(self
                .error(span, "an expectation without a block before it")
                .help("later messages of a session are ```text expect @session"));
        }
        if expected.is_empty() {
            return Err(self.error(span, "an empty expectation"));
        }
        self.step.items.push(Item::Await(Await {
            session,
            expected,
            span,
        }));
        Ok(())
    }

    fn checks(&mut self, words: &[&str], body: &str, span: Span) -> Result<(), Diagnostic> {
        let [id] = words else {
            return Err(self.error(span, "checks are written ```text check ID"));
        };
        if !commands::is_id(id) {
            return Err(self.error(
                span,
                format!("an id has lower-case letters, digits and dashes, not \"{id}\""),
            ));
        }
        if self.draft.is_some() {
            return Err(self
                .error(span, "a second check block in one exercise")
                .help("one exercise has one check block, with several checks in it"));
        }
        let checks = exercise::checks(body, span.line + 1).map_err(|(complaint, offset)| {
            let body: String = body
                .lines()
                .skip(offset)
                .map(|line| format!("{line}\n"))
                .collect();
            self.complaint(&body, span.line + 1 + offset, &complaint)
        })?;
        if checks.is_empty() {
            return Err(self.error(span, "a check block without checks"));
        }
        self.draft = Some(Draft::new(id, checks, span));
        Ok(())
    }

    fn live(&mut self, words: &[&str], span: Span) -> Result<(), Diagnostic> {
        let name = match words {
            [word] => word.strip_prefix("demo="),
            _ => None,
        };
        let Some(name) = name else {
            return Err(self.error(span, "a live block is written ```live demo=NAME"));
        };
        if !DEMOS.contains(&name) {
            let close = DEMOS
                .into_iter()
                .min_by_key(|known| strsim::damerau_levenshtein(known, name))
                .unwrap_or_default();
            return Err(self
                .error(
                    span,
                    format!("unknown demo \"{name}\"; did you mean \"{close}\"?"),
                )
                .help(format!("the demos are {}", DEMOS.join(", "))));
        }
        self.step.items.push(Item::Live {
            demo: name.to_owned(),
            span,
        });
        Ok(())
    }
}

/// How many replies a block's expectation has to hold.
fn replies_due(block: &Block) -> usize {
    let waiting = if block.blocks { 1 } else { 0 };
    block
        .lines
        .iter()
        .take(block.lines.len() - waiting)
        .map(|line| reply_count(&line.argv))
        .sum()
}

/// Deals the expected replies out to the block's commands.
fn attach(block: &mut Block, expected: Vec<Expected>) -> Result<(), String> {
    let due = replies_due(block);
    if expected.len() != due {
        let commands = block.lines.len();
        return Err(format!(
            "{commands} command{} give{} {due} repl{}, but {} {} expected here",
            if commands == 1 { "" } else { "s" },
            if commands == 1 { "s" } else { "" },
            if due == 1 { "y" } else { "ies" },
            expected.len(),
            if expected.len() == 1 { "is" } else { "are" },
        ));
    }
    let mut expected = expected.into_iter();
    for line in &mut block.lines {
        let count = reply_count(&line.argv);
        line.expected = expected.by_ref().take(count).collect();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;

    const LESSON: &str = include_str!("testdata/small.md");

    #[test]
    fn a_lesson_is_read_into_steps() {
        let lesson = parse("small", "small.md", LESSON).expect("well written");
        assert_eq!(lesson.title, "Streams: nothing gets lost");
        assert_eq!(lesson.steps.len(), 3);
        assert_eq!(lesson.part("second"), Some(1));
        assert_eq!(lesson.minutes(), 2);
        let [exercise] = lesson.exercises().collect::<Vec<_>>()[..] else {
            panic!("one exercise")
        };
        assert_eq!(exercise.id, "ack-1");
        assert_eq!(exercise.title, "finish the order");
        assert_eq!(exercise.checks.len(), 1);
        assert_eq!(exercise.checks[0].message, "The message is still pending.");
        assert_eq!(exercise.hints.len(), 1);
        assert!(exercise.setup.is_some());
        let Some(Item::Run(block)) = lesson.steps[1]
            .items
            .iter()
            .find(|item| matches!(item, Item::Run(block) if block.session.is_some()))
        else {
            panic!("a block for @ala")
        };
        assert_eq!(block.title, "Ala takes an order");
        assert_eq!(block.lines[0].expected.len(), 1);
    }

    /// Each mutation of the good lesson, what the complaint says, and its line.
    #[test]
    fn mistakes_are_named_with_their_line() {
        let cases = [
            ("# Streams", "Streams", "does not begin with its title", 1),
            (
                "<!-- pause -->",
                "<!-- puase -->",
                "did you mean \"pause\"",
                25,
            ),
            ("(2 min) -->", "(2 min)", "never closed", 14),
            (
                "demo=dying-consumer",
                "demo=dying-consumers",
                "did you mean \"dying-consumer\"",
                27,
            ),
            (
                "```text expect\n1)",
                "```text expect\nOK\n1)",
                "2 are expected here",
                20,
            ),
            (
                "```redis solution ack-1",
                "```redis solution ack-2",
                "the exercise is \"ack-1\"",
                57,
            ),
            (
                "1) (integer) 0",
                "1) (integer) zero",
                "is not an integer",
                44,
            ),
            ("XACK lab:orders", "XACK \"lab:orders", "not balanced", 58),
            ("<!-- learned:", "<!-- note:", "without a <!-- learned", 41),
        ];
        for (from, to, message, line) in cases {
            assert!(LESSON.contains(from), "{from}");
            let broken = LESSON.replacen(from, to, 1);
            let error = parse("small", "small.md", &broken).expect_err(from);
            assert!(error.message.contains(message), "{from}: {error}");
            assert_eq!(error.span.line, line, "{from}: {error}");
        }
    }

    #[test]
    fn every_embedded_lesson_can_be_read() {
        let library = Library::new(None);
        for lang in crate::lang::Lang::ALL {
            for id in library.ids(lang).expect("embedded") {
                if let Err(error) = library.get(&id, lang) {
                    panic!("{error}");
                }
            }
        }
    }
}
