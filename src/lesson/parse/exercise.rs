//! The parts of an exercise, collected while its step is read.

use super::expect::{self, Complaint};
use super::nodes::Source;
use crate::lesson::{Block, Check, Diagnostic, Exercise, Item, Line, Prose, Span, Step};
use resp::split;

/// An exercise whose checks were read; the rest follows in the file.
pub(super) struct Draft {
    pub(super) id: String,
    pub(super) checks: Vec<Check>,
    pub(super) hints: Vec<Vec<Prose>>,
    pub(super) solution: Option<Block>,
    pub(super) explanation: Vec<Prose>,
    pub(super) learned: String,
    pub(super) right: Vec<Block>,
    pub(super) wrong: Vec<Block>,
    span: Span,
}

impl Draft {
    pub(super) fn new(id: &str, checks: Vec<Check>, span: Span) -> Draft {
        Draft {
            id: id.to_owned(),
            checks,
            hints: Vec::new(),
            solution: None,
            explanation: Vec::new(),
            learned: String::new(),
            right: Vec::new(),
            wrong: Vec::new(),
            span,
        }
    }

    /// Completes the exercise at the end of its step, taking its setup from
    /// the step's items.
    pub(super) fn finish(self, source: &Source, step: &mut Step) -> Result<Exercise, Diagnostic> {
        let error = |span, message: &str| Err(source.error(span, message));
        let Some(solution) = self.solution else {
            return error(self.span, "an exercise without a solution");
        };
        if self.hints.is_empty() {
            return error(self.span, "an exercise without a hint");
        }
        if self.learned.is_empty() {
            return error(
                self.span,
                "an exercise without a <!-- learned: ... --> comment",
            );
        }
        let mut setup = None;
        let mut items = Vec::new();
        for item in std::mem::take(&mut step.items) {
            match item {
                Item::Run(block) if block.setup && setup.is_none() => setup = Some(block),
                Item::Run(block) => {
                    return error(
                        block.span,
                        "an exercise's step has one setup block and no other commands",
                    );
                }
                Item::Await(later) => {
                    return error(later.span, "an expectation has no place in an exercise");
                }
                item => items.push(item),
            }
        }
        step.items = items;
        let title = match step.heading.split_once(": ") {
            Some((_, title)) => title.to_owned(),
            None => step.heading.clone(),
        };
        Ok(Exercise {
            id: self.id,
            title,
            setup,
            checks: self.checks,
            hints: self.hints,
            solution,
            explanation: self.explanation,
            learned: self.learned,
            right: self.right,
            wrong: self.wrong,
            span: self.span,
        })
    }
}

/// Reads a check fence: `# message` lines, `> command`, the expected reply,
/// and so on. A complaint comes with the body's line it counts from.
pub(super) fn checks(body: &str, first_line: usize) -> Result<Vec<Check>, (Complaint, usize)> {
    let lines: Vec<&str> = body.lines().collect();
    let complaint = |line: usize, message: &str| {
        let message = message.to_owned();
        (
            Complaint {
                line: 0,
                column: 0,
                message,
            },
            line,
        )
    };
    let mut checks = Vec::new();
    let mut message: Vec<&str> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at];
        if let Some(text) = line.strip_prefix('#') {
            message.push(text.trim());
            at += 1;
            continue;
        }
        if line.trim().is_empty() {
            at += 1;
            continue;
        }
        let Some(command) = line.strip_prefix("> ") else {
            return Err(complaint(
                at,
                "a check is a \"> command\" line and the reply it must have",
            ));
        };
        let argv = split::split(command.as_bytes())
            .ok()
            .filter(|argv| !argv.is_empty())
            .ok_or_else(|| complaint(at, "the quotes of this command are not balanced"))?;
        if message.is_empty() {
            return Err(complaint(
                at,
                "a check needs a \"# message\" line that says what is missing when it fails",
            ));
        }
        let reply_at = at + 1;
        let reply_end = (reply_at..lines.len())
            .find(|index| lines[*index].starts_with("> ") || lines[*index].starts_with('#'))
            .unwrap_or(lines.len());
        let reply = lines[reply_at..reply_end].join("\n");
        let expected = expect::read_all(&reply, first_line + reply_at)
            .map_err(|complaint| (complaint, reply_at))?;
        if expected.len() != 1 {
            return Err(complaint(at, "a check has one expected reply"));
        }
        checks.push(Check {
            message: std::mem::take(&mut message).join(" "),
            line: Line {
                text: command.to_owned(),
                argv,
                expected,
                span: Span {
                    line: first_line + at,
                    column: 3,
                    len: command.chars().count(),
                },
            },
        });
        at = reply_end;
    }
    if !message.is_empty() {
        return Err(complaint(lines.len() - 1, "a message without a check"));
    }
    Ok(checks)
}
