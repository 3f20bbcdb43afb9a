//! What can be said of lessons without running them.

use super::tasks;
use crate::conn::sandbox;
use crate::lesson::{Aim, Block, Diagnostic, Expected, Item, Lesson, Line, Span, Step, Task};
use catalog;
use catalog::lang::Lang;
use std::collections::HashMap;

/// How to mend a command that does not keep to the lesson's keys.
const KEEP: &str =
    "lessons keep to keys under lab:; what else one changes needs <!-- own server: why -->";

/// Lints one lesson.
pub fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut complain = |span: Span, message: String, help: &str| {
        found.push(Diagnostic::new(&lesson.file, &lesson.source, span, message).help(help));
    };
    for step in &lesson.steps {
        let mut waiting: Option<&Block> = None;
        for item in &step.items {
            match item {
                Item::Run(block) => {
                    let is_own = lesson.server(block.session.as_deref()).is_some();
                    for line in block.lines.iter().filter(|_| !is_own) {
                        if let Err(reason) = permitted(lesson, line) {
                            complain(line.span, reason, KEEP);
                        }
                    }
                    let due = block.lines.len() - usize::from(block.blocks);
                    let silent = block.lines.iter().all(|line| line.expected.is_empty());
                    if !block.setup && due > 0 && silent {
                        complain(
                            block.span,
                            "a block without an expectation".to_owned(),
                            "write a ```text expect block behind it, or let --bless write it",
                        );
                    }
                    if block.blocks {
                        waiting = Some(block);
                    }
                }
                Item::Picture(picture) => {
                    let line = &picture.line;
                    let is_own = picture.session.is_some();
                    if let Some(reason) = permitted(lesson, line).err().filter(|_| !is_own) {
                        complain(line.span, reason, "lessons keep to keys under lab:");
                    } else if !reads(line) {
                        complain(
                            line.span,
                            "a picture may only read".to_owned(),
                            "its command runs again wherever the step is gone through again",
                        );
                    }
                }
                Item::Await(later)
                    if waiting.is_some_and(|block| block.session == later.session) =>
                {
                    waiting = None;
                }
                _ => {}
            }
        }
        if let Some(block) = waiting {
            complain(
                block.span,
                "the reply of this blocking command is never shown".to_owned(),
                "write ```text expect @session where it arrives, in the same step",
            );
        }
    }
    for exercise in lesson.exercises() {
        for check in exercise.all_checks() {
            if !reads(&check.line) {
                complain(
                    check.line.span,
                    format!("exercise {}: a check may only read", exercise.id),
                    "checks run after every command of the learner and must not change anything",
                );
            }
        }
        for line in exercise.blocks().flat_map(|block| &block.lines) {
            if let Err(reason) = permitted(lesson, line) {
                complain(line.span, reason, KEEP);
            }
        }
    }
    found.extend(tasks::lint(lesson));
    found
}

/// Whether a command leaves every key as it is.
pub(super) fn reads(line: &Line) -> bool {
    let command = catalog::find_argv(&line.argv);
    command.is_some_and(|command| command.is_read_only() || !command.has_keys())
}

fn permitted(lesson: &Lesson, line: &Line) -> Result<(), String> {
    let permit = match lesson.own_server {
        Some(_) => sandbox::keeps_to_keys,
        None => sandbox::permit,
    };
    permit(&line.argv).map_err(|reason| reason.pick(Lang::En).to_owned())
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
                let message = format!("the id {id} is taken by {other}");
                found.push(
                    Diagnostic::new(&lesson.file, &lesson.source, span, message).help(
                        "ids are unique over all sections: learners' progress is kept by them",
                    ),
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
            (missing.as_str(), *at, "the end of the lesson", last)
        }
        None => {
            let (extra, span) = &theirs[ours.len()];
            (
                "the end of the lesson",
                Span::default(),
                extra.as_str(),
                *span,
            )
        }
    };
    let place = format!("{}:{}", first.file, at.line);
    let message = format!(
        "the two languages differ\n  {place} has: {}\n  here stands: {}",
        shorten(expected),
        shorten(actual)
    );
    vec![
        Diagnostic::new(&second.file, &second.source, span, message)
            .help("commands, replies, ids and sessions are the same in both languages; only prose is translated"),
    ]
}

fn shorten(text: &str) -> String {
    let line = text.replace('\n', "\\n");
    match line.char_indices().nth(100) {
        Some((at, _)) => format!("{}...", &line[..at]),
        None => line,
    }
}

/// What must be the same in both languages, piece by piece with its place.
fn skeleton(lesson: &Lesson) -> Vec<(String, Span)> {
    let mut pieces = Vec::new();
    if let Some(needs) = lesson.needs {
        let needs = needs.in_words(Lang::En);
        pieces.push((format!("needs: {needs}"), Span::default()));
    }
    if lesson.own_server.is_some() {
        pieces.push(("an own server".to_owned(), Span::default()));
    }
    for server in &lesson.servers {
        pieces.push((format!("the server {server:?}"), Span::default()));
    }
    for step in &lesson.steps {
        step_skeleton(step, &mut pieces);
    }
    pieces
}

fn step_skeleton(step: &Step, pieces: &mut Vec<(String, Span)>) {
    let mut last = step.span;
    let part = step.part.as_deref().unwrap_or("-");
    pieces.push((format!("a step (part {part})"), step.span));
    for item in &step.items {
        match item {
            Item::Prose(_) => {}
            Item::Code { language, span, .. } => {
                last = *span;
                pieces.push((format!("a {language} block"), *span));
            }
            Item::Run(block) => {
                last = block.span;
                block_skeleton(block, pieces);
            }
            Item::Await(later) => {
                last = later.span;
                for expected in &later.expected {
                    let session = later.session.as_deref().unwrap_or("-");
                    let text = format!("reply on {session}: {}", expected.text);
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
                pieces.push((format!("demo {demo}, {lines} lines recorded"), *span));
            }
            Item::Server { name, act, span } => {
                last = *span;
                pieces.push((format!("{act:?} {name}"), *span));
            }
            Item::Picture(picture) => {
                last = picture.span;
                let kind = picture.kind.name();
                let session = picture.session.as_deref().unwrap_or("-");
                pieces.push((format!("a picture, {kind}, of {session}"), picture.span));
                let command = format!("command {}", picture.line.text);
                pieces.push((command, picture.line.span));
            }
            Item::Pause => pieces.push(("a pause".to_owned(), last)),
            Item::Wait(duration) => pieces.push((format!("a wait of {duration:?}"), last)),
            Item::Task(task) => {
                last = task.span;
                task_skeleton(task, pieces);
            }
            Item::Note(note) => {
                pieces.push((format!("a note of {} min", note.minutes), last));
            }
        }
    }
    if let Some(exercise) = &step.exercise {
        pieces.push((format!("exercise {}", exercise.id), exercise.span));
        for condition in &exercise.uses {
            pieces.push((condition.text.clone(), condition.span));
        }
        for check in exercise.all_checks() {
            pieces.push((format!("check {}", check.line.text), check.line.span));
            for expected in &check.line.expected {
                pieces.push((format!("reply {}", expected.text), expected.span));
            }
        }
        pieces.push((format!("{} hints", exercise.hints.len()), exercise.span));
        for block in exercise.blocks() {
            block_skeleton(block, pieces);
        }
    }
}

fn task_skeleton(task: &Task, pieces: &mut Vec<(String, Span)>) {
    let session = task.session.as_deref().unwrap_or("-");
    pieces.push((format!("task {} on {session}", task.id), task.span));
    let (checks, reply): (&[Line], Option<&Expected>) = match &task.aim {
        Aim::State(checks) => (checks, None),
        Aim::Reply(expected) => (&[], Some(expected)),
        Aim::Predict { line, .. } => (std::slice::from_ref(line), None),
    };
    let lines = task.setup.iter().chain(checks).chain(&task.answer);
    for line in lines.chain([&task.wrong]) {
        pieces.push((format!("command {}", line.text), line.span));
        for expected in line.expected.iter().chain(reply) {
            pieces.push((format!("reply {}", expected.text), expected.span));
        }
    }
}

fn block_skeleton(block: &Block, pieces: &mut Vec<(String, Span)>) {
    let session = block.session.as_deref().unwrap_or("-");
    let kind = match (block.setup, block.blocks, block.until) {
        (true, ..) => "setup",
        (_, true, _) => "blocking",
        (.., true) => "repeated",
        _ => "plain",
    };
    pieces.push((format!("a {kind} block of session {session}"), block.span));
    for line in &block.lines {
        pieces.push((format!("command {}", line.text), line.span));
        for expected in &line.expected {
            pieces.push((format!("reply {}", expected.text), expected.span));
        }
    }
}
