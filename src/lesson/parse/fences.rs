//! Fenced blocks: commands, expected replies, checks, tasks, and code that is
//! only shown.

use super::exercise::{self, Checks, Draft, Elsewhere};
use super::{Assembler, commands, expect, task};
use crate::lesson::{
    Answer, Await, Block, Diagnostic, Expected, Item, Prose, Span, Task, reply_count,
};
use catalog::lang::{Lang, Text};
use catalog::text;

impl Assembler<'_> {
    /// Takes a fenced block; `info` are the words behind its backticks.
    pub(super) fn fence(&mut self, info: &str, body: &str, span: Span) -> Result<(), Diagnostic> {
        if self.title.is_none() {
            return Err(self.no_title(span));
        }
        let words: Vec<&str> = info.split_whitespace().collect();
        match words.as_slice() {
            ["redis", rest @ ..] => self.commands(rest, body, span),
            ["text", "expect", rest @ ..] => self.expectation(rest, body, span),
            ["text", "check", rest @ ..] => self.checks(rest, body, span),
            ["text", "task", rest @ ..] => self.task(rest, body, span),
            ["live", rest @ ..] => self.live(rest, body, span),
            ["picture", rest @ ..] => self.picture(rest, body, span),
            [] => Err(self
                .error(
                    span,
                    text!("a fenced block without a language", "blok ``` bez języka"),
                )
                .help(text!(
                    "write ```text for text that is only shown",
                    "napisz ```text, jeśli tekst ma być tylko pokazany"
                ))),
            _ if self.details.is_some() => Err(self
                .error(
                    span,
                    text!(
                        "code inside a hint or solution",
                        "kod wewnątrz podpowiedzi albo rozwiązania"
                    ),
                )
                .help(text!(
                    "hints are prose; a solution's commands are in ```redis solution ID",
                    "podpowiedzi to zwykły tekst; polecenia rozwiązania są w ```redis solution ID"
                ))),
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
        let mut tags = commands::tags(words, self.draft.is_some())
            .map_err(|message| self.error(span, message))?;
        let answer = tags.answer.take();
        if (tags.setup || answer.is_some()) && tags.blocks {
            return Err(self.error(
                span,
                text!(
                    "only a block that is shown can block",
                    "blokować może tylko blok, który jest pokazywany"
                ),
            ));
        }
        if tags.until && (tags.setup || tags.blocks || answer.is_some()) {
            return Err(self.error(
                span,
                text!(
                    "only a block with replies can be asked until they come",
                    "powtarzać do skutku można tylko blok z odpowiedziami"
                ),
            ));
        }
        let block = commands::block(self.source, tags, body, span)?;
        match (answer, &mut self.details) {
            (Some((kind, id)), details) if Elsewhere::read(&kind).is_some() => {
                if let Some(details) = details {
                    details.has_answer = true;
                }
                self.answer(&kind, &id, block, Vec::new())
            }
            (Some((kind, id)), Some(details)) => {
                details.has_answer = true;
                let why = match kind.as_str() {
                    "solution" => Vec::new(),
                    _ => std::mem::take(&mut details.prose),
                };
                self.answer(&kind, &id, block, why)
            }
            (Some(_), None) => Err(self
                .error(
                    span,
                    text!("a solution in plain sight", "rozwiązanie na widoku"),
                )
                .help(text!(
                    "put it between <details><summary>Solution</summary> and </details>",
                    "umieść je między <details><summary>Rozwiązanie</summary> a </details>"
                ))),
            (None, Some(_)) => Err(self
                .error(
                    span,
                    text!("commands inside a hint", "polecenia wewnątrz podpowiedzi"),
                )
                .help(text!(
                    "a solution's block begins with ```redis solution ID",
                    "blok rozwiązania zaczyna się od ```redis solution ID"
                ))),
            (None, None) => {
                self.step.items.push(Item::Run(block));
                Ok(())
            }
        }
    }

    /// The draft of the exercise that is called `id`.
    fn draft(&mut self, id: &str, span: Span) -> Result<&mut Draft, Diagnostic> {
        let source = self.source;
        match self.draft.as_mut() {
            Some(draft) if draft.id != id => {
                let message = text!(
                    "this is of \"{id}\", but the exercise is \"{}\"",
                    "to należy do „{id}”, a ćwiczenie nazywa się „{}”",
                    draft.id
                );
                Err(source.error(span, message))
            }
            Some(draft) => Ok(draft),
            None => Err(source
                .error(
                    span,
                    text!(
                        "this stands before the exercise's checks",
                        "to stoi przed sprawdzeniami ćwiczenia"
                    ),
                )
                .help(text!(
                    "an exercise has its ```text check ID block first",
                    "ćwiczenie zaczyna się od bloku ```text check ID"
                ))),
        }
    }

    fn answer(
        &mut self,
        kind: &str,
        id: &str,
        block: Block,
        why: Vec<Prose>,
    ) -> Result<(), Diagnostic> {
        let span = block.span;
        self.draft(id, span)?;
        if block.session.is_some() {
            return Err(self
                .source
                .error(
                    span,
                    text!("a solution on another session", "rozwiązanie w innej sesji"),
                )
                .help(text!(
                    "the learner has one session: leave out the @name",
                    "uczący się ma jedną sesję: usuń @nazwę"
                )));
        }
        if Elsewhere::read(kind).is_some() && block.title.is_empty() {
            return Err(self
                .error(
                    span,
                    text!(
                        "this says nothing of itself to the learner",
                        "to nic o sobie nie mówi uczącemu się"
                    ),
                )
                .help(text!(
                    "behind the id: \"with an empty list\", or \"a second buyer comes\"",
                    "po id: „przy pustej liście” albo „przychodzi drugi kupujący”"
                )));
        }
        let source = self.source;
        let draft = self.draft(id, span)?;
        match kind {
            "solution" if draft.solution.is_some() => {
                return Err(source
                    .error(span, text!("a second solution", "drugie rozwiązanie"))
                    .help(text!(
                        "further right answers are ```redis right ID",
                        "dalsze dobre odpowiedzi są w ```redis right ID"
                    )));
            }
            "solution" => draft.solution = Some(block),
            "right" => draft.right.push(Answer { why, block }),
            "wrong" => draft.wrong.push(Answer { why, block }),
            other => draft.elsewhere(Elsewhere::read(other).unwrap_or(Elsewhere::Again), block),
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
            .help(text!("write replies as redis-cli shows them; wildcards are [..], ..., [unordered], [int 1..30], [ms-id]", "pisz odpowiedzi tak, jak pokazuje je redis-cli; wzorce to [..], ..., [unordered], [int 1..30], [ms-id]"))
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
                    text!(
                        "an expectation is ```text expect or ```text expect @session",
                        "oczekiwana odpowiedź to ```text expect albo ```text expect @sesja"
                    ),
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
                .error(
                    span,
                    text!(
                        "an expectation without a block before it",
                        "oczekiwana odpowiedź bez bloku przed nią"
                    ),
                )
                .help(text!(
                    "later messages of a session are ```text expect @session",
                    "późniejsze komunikaty sesji są w ```text expect @sesja"
                )));
        }
        if expected.is_empty() {
            return Err(self.error(
                span,
                text!("an empty expectation", "pusta oczekiwana odpowiedź"),
            ));
        }
        self.step.items.push(Item::Await(Await {
            session,
            expected,
            span,
        }));
        Ok(())
    }

    fn checks(&mut self, words: &[&str], body: &str, span: Span) -> Result<(), Diagnostic> {
        let (elsewhere, id) = match words {
            [id] => (None, id),
            [kind, id] if Elsewhere::read(kind).is_some() => (Elsewhere::read(kind), id),
            _ => {
                return Err(self
                    .error(
                        span,
                        text!(
                            "checks are written ```text check ID",
                            "sprawdzenia pisze się ```text check ID"
                        ),
                    )
                    .help(text!(
                        "or ```text check again ID, ```text check rival ID",
                        "albo ```text check again ID, ```text check rival ID"
                    )));
            }
        };
        if !commands::is_id(id) {
            return Err(self.error(
                span,
                text!(
                    "an id has lower-case letters, digits and dashes, not \"{id}\"",
                    "id składa się z małych liter, cyfr i kresek, a tu jest „{id}”"
                ),
            ));
        }
        if let Some(kind) = elsewhere {
            let checks = self.read_checks(body, span)?;
            let taken = self.draft(id, span)?.checks_of(kind, checks);
            return taken.map_err(|message| self.error(span, message));
        }
        if self.draft.is_some() {
            return Err(self
                .error(
                    span,
                    text!(
                        "a second check block in one exercise",
                        "drugi blok sprawdzeń w jednym ćwiczeniu"
                    ),
                )
                .help(text!(
                    "one exercise has one check block, with several checks in it",
                    "ćwiczenie ma jeden blok check, a w nim kilka sprawdzeń"
                )));
        }
        let checks = self.read_checks(body, span)?;
        self.draft = Some(Draft::new(id, checks, span));
        Ok(())
    }

    fn read_checks(&self, body: &str, span: Span) -> Result<Checks, Diagnostic> {
        let checks = exercise::checks(body, span.line + 1).map_err(|(complaint, offset)| {
            let body: String = body
                .lines()
                .skip(offset)
                .map(|line| format!("{line}\n"))
                .collect();
            self.complaint(&body, span.line + 1 + offset, &complaint)
        })?;
        if checks.state.is_empty() {
            return Err(self.error(
                span,
                text!("a check block without checks", "blok check bez sprawdzeń"),
            ));
        }
        Ok(checks)
    }

    fn task(&mut self, words: &[&str], body: &str, span: Span) -> Result<(), Diagnostic> {
        let (id, session) = match words {
            [id] => (id, None),
            [id, name] if name.starts_with('@') => (id, Some(&name[1..])),
            _ => {
                return Err(self.error(
                    span,
                    text!(
                        "a task is written ```text task ID",
                        "zadanie pisze się ```text task ID"
                    ),
                ));
            }
        };
        if session.is_some() && !self.is_server(session) {
            return Err(self
                .error(
                    span,
                    text!(
                        "a task on a session that is no server of the lesson's own",
                        "zadanie w sesji, która nie jest własnym serwerem lekcji"
                    ),
                )
                .help(text!(
                    "it is done on the session that the step has shown last",
                    "robi się je w sesji, którą krok pokazał ostatnio"
                )));
        }
        if !commands::is_id(id) {
            let message = text!(
                "an id has lower-case letters, digits and dashes, not \"{id}\"",
                "id składa się z małych liter, cyfr i kresek, a tu jest „{id}”"
            );
            return Err(self.error(span, message));
        }
        if self.details.is_some() || self.draft.is_some() {
            return Err(self.error(
                span,
                text!("a task inside an exercise", "zadanie wewnątrz ćwiczenia"),
            ));
        }
        let task = task::read(id, body, span).map_err(|(line, message)| {
            let text = body.lines().nth(line).unwrap_or_default();
            let place = Span {
                line: span.line + 1 + line,
                column: 1,
                len: text.chars().count().max(1),
            };
            self.error(place, message)
        })?;
        self.step.items.push(Item::Task(Box::new(Task {
            session: session.map(str::to_owned),
            ..task
        })));
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
fn attach(block: &mut Block, expected: Vec<Expected>) -> Result<(), Text> {
    let due = replies_due(block);
    if expected.len() != due {
        let (commands, here) = (block.lines.len(), expected.len());
        return Err(Text::in_each(|lang| match lang {
            Lang::En => format!(
                "{commands} command{} give{} {due} repl{}, but {here} {} expected here",
                if commands == 1 { "" } else { "s" },
                if commands == 1 { "s" } else { "" },
                if due == 1 { "y" } else { "ies" },
                if here == 1 { "is" } else { "are" },
            ),
            Lang::Pl => {
                format!("poleceń: {commands}, odpowiedzi na nie: {due}, a tu jest ich {here}")
            }
        }));
    }
    let mut expected = expected.into_iter();
    for line in &mut block.lines {
        let count = reply_count(&line.argv);
        line.expected = expected.by_ref().take(count).collect();
    }
    Ok(())
}
