//! What can be said of lessons without running them.

use super::tasks;
use crate::conn::sandbox;
use crate::lesson::{
    Aim, Block, Diagnostic, Exercise, Expected, Item, Lesson, Line, PictureBlock, Span, Step, Task,
};
use catalog::lang::Text;
use catalog::{Version, text};
use std::collections::HashMap;

/// How to mend a command that does not keep to the lesson's keys.
fn keep() -> Text {
    text!(
        "lessons keep to keys under lab:; what else one changes needs <!-- own server: why -->",
        "lekcje trzymają się kluczy lab:; kto zmienia coś innego, potrzebuje <!-- own server: dlaczego -->"
    )
}

/// Lints one lesson.
pub fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let mut linter = Linter {
        lesson,
        found: Vec::new(),
    };
    for step in &lesson.steps {
        linter.step(step);
    }
    for exercise in lesson.exercises() {
        linter.exercise(exercise);
    }
    linter.found.extend(tasks::lint(lesson));
    linter.found
}

struct Linter<'a> {
    lesson: &'a Lesson,
    found: Vec<Diagnostic>,
}

impl Linter<'_> {
    fn complain(&mut self, span: Span, message: Text, help: Text) {
        let found = Diagnostic::new(&self.lesson.file, &self.lesson.source, span, message);
        self.found.push(found.help(help));
    }

    /// Refuses commands that do not keep to the lesson's keys.
    fn keeps<'a>(&mut self, lines: impl IntoIterator<Item = &'a Line>) {
        for line in lines {
            if let Err(reason) = permitted(self.lesson, line) {
                self.complain(line.span, reason, keep());
            }
        }
    }

    fn step(&mut self, step: &Step) {
        let mut waiting: Option<&Block> = None;
        for item in &step.items {
            match item {
                Item::Run(block) => {
                    self.block(block);
                    if block.blocks {
                        waiting = Some(block);
                    }
                }
                Item::Picture(picture) => self.picture(picture),
                Item::Await(later)
                    if waiting.is_some_and(|block| block.session == later.session) =>
                {
                    waiting = None;
                }
                _ => {}
            }
        }
        if let Some(block) = waiting {
            self.complain(
                block.span,
                text!(
                    "the reply of this blocking command is never shown",
                    "odpowiedź tego blokującego polecenia nigdy nie jest pokazana"
                ),
                text!(
                    "write ```text expect @session where it arrives, in the same step",
                    "napisz ```text expect @sesja tam, gdzie przychodzi, w tym samym kroku"
                ),
            );
        }
    }

    fn block(&mut self, block: &Block) {
        if self.lesson.server(block.session.as_deref()).is_none() {
            self.keeps(&block.lines);
        }
        let due = block.lines.len() - usize::from(block.blocks);
        let silent = block.lines.iter().all(|line| line.expected.is_empty());
        if !block.setup && due > 0 && silent {
            self.complain(
                block.span,
                text!(
                    "a block without an expectation",
                    "blok bez oczekiwanej odpowiedzi"
                ),
                text!(
                    "write a ```text expect block behind it, or let --bless write it",
                    "napisz po nim blok ```text expect albo każ to zrobić opcji --bless"
                ),
            );
        }
    }

    fn picture(&mut self, picture: &PictureBlock) {
        let line = &picture.line;
        let is_own = picture.session.is_some();
        if let Some(reason) = permitted(self.lesson, line).err().filter(|_| !is_own) {
            self.complain(
                line.span,
                reason,
                text!(
                    "lessons keep to keys under lab:",
                    "lekcje trzymają się kluczy lab:"
                ),
            );
        } else if !reads(line) {
            self.complain(
                line.span,
                text!("a picture may only read", "rysunek może tylko czytać"),
                text!(
                    "its command runs again wherever the step is gone through again",
                    "jego polecenie wykonuje się znowu, ilekroć krok jest powtarzany"
                ),
            );
        }
    }

    fn exercise(&mut self, exercise: &Exercise) {
        // Those of other data and other clients are asked where nobody works.
        for check in exercise.checks.iter().filter(|check| !reads(&check.line)) {
            self.complain(
                check.line.span,
                text!(
                    "exercise {}: a check may only read",
                    "ćwiczenie {}: sprawdzenie może tylko czytać",
                    exercise.id
                ),
                text!(
                    "checks run after every command of the learner and must not change anything",
                    "sprawdzenia wykonują się po każdym poleceniu uczącego się i nie mogą niczego zmieniać"
                ),
            );
        }
        for block in exercise.blocks() {
            self.keeps(&block.lines);
        }
        let checks = exercise.all_checks().map(|check| &check.line);
        self.keeps(checks.filter(|line| !reads(line)));
    }
}

/// Whether a command leaves every key as it is.
pub(super) fn reads(line: &Line) -> bool {
    let command = catalog::find_argv(&line.argv);
    command.is_some_and(|command| command.is_read_only() || !command.has_keys())
}

fn permitted(lesson: &Lesson, line: &Line) -> Result<(), Text> {
    let permit = match lesson.own_server {
        Some(_) => sandbox::keeps_to_keys,
        None => sandbox::permit,
    };
    permit(&line.argv)
}

/// Exercise ids must be unique over all sections: progress is kept by them.
pub fn lint_ids<'a>(lessons: impl IntoIterator<Item = &'a Lesson>) -> Vec<Diagnostic> {
    let mut seen: HashMap<&str, &str> = HashMap::new();
    let mut found = Vec::new();
    for lesson in lessons {
        let exercises = lesson
            .exercises()
            .map(|exercise| (&exercise.id, exercise.span));
        let tasks = lesson.tasks().map(|task| (&task.id, task.span));
        for (id, span) in exercises.chain(tasks) {
            if let Some(other) = seen.insert(id, &lesson.file) {
                let message = text!(
                    "the id {id} is taken by {other}",
                    "id {id} jest już w {other}"
                );
                found.push(
                    Diagnostic::new(&lesson.file, &lesson.source, span, message).help(text!(
                        "ids are unique over all sections: learners' progress is kept by them",
                        "id nie powtarzają się w żadnej sekcji: według nich zapisywane są postępy"
                    )),
                );
            }
        }
    }
    found
}

/// Both languages must have the same commands, replies, ids and sessions in
/// the same order; complaints are about the second.
pub fn lint_languages(first: &Lesson, second: &Lesson) -> Vec<Diagnostic> {
    let ours = skeleton(first);
    let theirs = skeleton(second);
    let differing = ours
        .iter()
        .zip(&theirs)
        .find(|((a, _), (b, _))| a != b)
        .map(|((a, at), (b, span))| (a.as_str(), *at, b.as_str(), *span));
    let (expected, at, actual, span) = match differing {
        Some(found) => found,
        None if ours.len() == theirs.len() => return Vec::new(),
        None if ours.len() > theirs.len() => {
            let (missing, at) = &ours[theirs.len()];
            let last = theirs.last().map_or(Span::default(), |(_, span)| *span);
            (missing.as_str(), *at, END, last)
        }
        None => {
            let (extra, span) = &theirs[ours.len()];
            (END, Span::default(), extra.as_str(), *span)
        }
    };
    let place = format!("{}:{}", first.file, at.line);
    let message = text!(
        "the two languages differ\n  {place} has: {}\n  here stands: {}",
        "wersje językowe się różnią\n  {place} ma: {}\n  a tu jest: {}",
        shorten(expected),
        shorten(actual)
    );
    vec![
        Diagnostic::new(&second.file, &second.source, span, message)
            .help(text!(
                "commands, replies, ids and sessions are the same in both languages; only prose is translated",
                "polecenia, odpowiedzi, id i sesje są takie same w obu językach; tłumaczy się tylko tekst"
            )),
    ]
}

/// What stands behind a lesson's last line.
const END: &str = "EOF";

fn shorten(text: &str) -> String {
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(100) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}

/// What must be the same in both languages, piece by piece about as a lesson
/// writes it, with its place.
fn skeleton(lesson: &Lesson) -> Vec<(String, Span)> {
    let mut pieces = Vec::new();
    if let Some(needs) = lesson.needs {
        let since = |version: Option<Version>| version.map_or("-".to_owned(), |v| v.to_string());
        let (redis, valkey) = (since(needs.redis), since(needs.valkey));
        let needs = format!("<!-- needs: redis {redis}, valkey {valkey} -->");
        pieces.push((needs, Span::default()));
    }
    if lesson.own_server.is_some() {
        pieces.push(("<!-- own server: ... -->".to_owned(), Span::default()));
    }
    for server in &lesson.servers {
        pieces.push((format!("<!-- servers: {server:?} -->"), Span::default()));
    }
    for step in &lesson.steps {
        step_skeleton(step, &mut pieces);
    }
    pieces
}

fn step_skeleton(step: &Step, pieces: &mut Vec<(String, Span)>) {
    let mut last = step.span;
    let part = step.part.as_deref().unwrap_or("-");
    pieces.push((format!("<!-- part: {part} --> ##"), step.span));
    for item in &step.items {
        match item {
            Item::Prose(_) => {}
            Item::Code { language, span, .. } => {
                last = *span;
                pieces.push((format!("```{language}"), *span));
            }
            Item::Run(block) => {
                last = block.span;
                block_skeleton(block, pieces);
            }
            Item::Await(later) => {
                last = later.span;
                for expected in &later.expected {
                    let session = later.session.as_deref().unwrap_or("-");
                    let text = format!("@{session} {}", expected.text);
                    pieces.push((text, expected.span));
                }
            }
            Item::Live {
                demo,
                recording,
                span,
            } => {
                last = *span;
                let lines = recording.len();
                pieces.push((format!("```live demo={demo} ({lines})"), *span));
            }
            Item::Server { name, act, span } => {
                last = *span;
                pieces.push((format!("```live {}={name}", act.word()), *span));
            }
            Item::Picture(picture) => {
                last = picture.span;
                let kind = picture.kind.name();
                let session = picture.session.as_deref().unwrap_or("-");
                pieces.push((format!("```picture {kind} @{session}"), picture.span));
                pieces.push((format!("> {}", picture.line.text), picture.line.span));
            }
            Item::Pause => pieces.push(("<!-- pause -->".to_owned(), last)),
            Item::Wait(duration) => pieces.push((format!("<!-- wait: {duration:?} -->"), last)),
            Item::Task(task) => {
                last = task.span;
                task_skeleton(task, pieces);
            }
            Item::Note(note) => {
                pieces.push((format!("<!-- note: ... ({} min) -->", note.minutes), last));
            }
        }
    }
    if let Some(exercise) = &step.exercise {
        exercise_skeleton(exercise, pieces);
    }
}

fn exercise_skeleton(exercise: &Exercise, pieces: &mut Vec<(String, Span)>) {
    pieces.push((format!("```text check {}", exercise.id), exercise.span));
    for condition in &exercise.uses {
        pieces.push((condition.text.clone(), condition.span));
    }
    for check in exercise.all_checks() {
        pieces.push((format!("> {}", check.line.text), check.line.span));
        for expected in &check.line.expected {
            pieces.push((expected.text.clone(), expected.span));
        }
    }
    let hints = exercise.hints.len();
    pieces.push((format!("<details> ({hints})"), exercise.span));
    for block in exercise.blocks() {
        block_skeleton(block, pieces);
    }
}

fn task_skeleton(task: &Task, pieces: &mut Vec<(String, Span)>) {
    let session = task.session.as_deref().unwrap_or("-");
    pieces.push((format!("```text task {} @{session}", task.id), task.span));
    let (checks, reply): (&[Line], Option<&Expected>) = match &task.aim {
        Aim::State(checks) => (checks, None),
        Aim::Reply(expected) => (&[], Some(expected)),
        Aim::Predict { line, .. } => (std::slice::from_ref(line), None),
    };
    let lines = task.setup.iter().chain(checks).chain(&task.answer);
    for line in lines.chain([&task.wrong]) {
        pieces.push((format!("> {}", line.text), line.span));
        for expected in line.expected.iter().chain(reply) {
            pieces.push((expected.text.clone(), expected.span));
        }
    }
}

fn block_skeleton(block: &Block, pieces: &mut Vec<(String, Span)>) {
    let session = block.session.as_deref().unwrap_or("-");
    let kind = match (block.setup, block.blocks, block.until) {
        (true, ..) => "setup",
        (_, true, _) => "blocks",
        (.., true) => "until",
        _ => "",
    };
    pieces.push((format!("```redis @{session} {kind}"), block.span));
    for line in &block.lines {
        pieces.push((format!("> {}", line.text), line.span));
        for expected in &line.expected {
            pieces.push((expected.text.clone(), expected.span));
        }
    }
}
