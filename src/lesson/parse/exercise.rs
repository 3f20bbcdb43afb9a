//! The parts of an exercise, collected while its step is read.

use super::expect::{self, Complaint};
use super::nodes::Source;
use crate::lesson::{
    Again, Answer, Block, Check, Condition, Diagnostic, Exercise, Item, Line, Prose, Rival, Span,
    Step, Uses,
};
use resp::split;

/// An exercise whose checks were read; the rest follows in the file.
pub(super) struct Draft {
    pub(super) id: String,
    checks: Checks,
    again: Vec<Again>,
    rivals: Vec<Rival>,
    pub(super) hints: Vec<Vec<Prose>>,
    pub(super) solution: Option<Block>,
    pub(super) explanation: Vec<Prose>,
    pub(super) learned: String,
    pub(super) right: Vec<Answer>,
    pub(super) wrong: Vec<Answer>,
    span: Span,
}

/// What a check fence asks.
#[derive(Default)]
pub(super) struct Checks {
    pub(super) state: Vec<Check>,
    pub(super) uses: Vec<Condition>,
}

/// Where else an answer has to be right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Elsewhere {
    Again,
    Rival,
}

impl Elsewhere {
    /// The word in a fence.
    pub(super) fn read(word: &str) -> Option<Elsewhere> {
        match word {
            "again" => Some(Elsewhere::Again),
            "rival" => Some(Elsewhere::Rival),
            _ => None,
        }
    }
}

impl Draft {
    pub(super) fn new(id: &str, checks: Checks, span: Span) -> Draft {
        Draft {
            id: id.to_owned(),
            checks,
            again: Vec::new(),
            rivals: Vec::new(),
            hints: Vec::new(),
            solution: None,
            explanation: Vec::new(),
            learned: String::new(),
            right: Vec::new(),
            wrong: Vec::new(),
            span,
        }
    }

    /// Takes a second setup, or another client's commands; its checks follow.
    pub(super) fn elsewhere(&mut self, kind: Elsewhere, block: Block) {
        let checks = Vec::new();
        match kind {
            Elsewhere::Again => self.again.push(Again {
                setup: block,
                checks,
            }),
            Elsewhere::Rival => self.rivals.push(Rival { block, checks }),
        }
    }

    /// Takes the checks of the block of this kind that was read last.
    ///
    /// # Errors
    /// What is wrong with that.
    pub(super) fn checks_of(
        &mut self,
        kind: Elsewhere,
        checks: Checks,
    ) -> Result<(), &'static str> {
        if !checks.uses.is_empty() {
            return Err("a \"uses\" line belongs to the exercise's own checks");
        }
        let own = match kind {
            Elsewhere::Again => self.again.last_mut().map(|again| &mut again.checks),
            Elsewhere::Rival => self.rivals.last_mut().map(|rival| &mut rival.checks),
        };
        match own {
            Some(own) if own.is_empty() => *own = checks.state,
            _ => return Err("these checks stand before the commands they belong to"),
        }
        Ok(())
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
        let unchecked = self
            .again
            .iter()
            .map(|again| (&again.setup, &again.checks))
            .chain(
                self.rivals
                    .iter()
                    .map(|rival| (&rival.block, &rival.checks)),
            )
            .find(|(_, checks)| checks.is_empty());
        if let Some((block, _)) = unchecked {
            return Err(source
                .error(block.span, "nothing says what is right here")
                .help("write ```text check again ID, or ```text check rival ID, behind it"));
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
                Item::Picture(picture) => {
                    return error(picture.span, "a picture has no place in an exercise");
                }
                Item::Server { span, .. } => {
                    return error(span, "an exercise is done on one server");
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
            checks: self.checks.state,
            uses: self.checks.uses,
            again: self.again,
            rivals: self.rivals,
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
pub(super) fn checks(body: &str, first_line: usize) -> Result<Checks, (Complaint, usize)> {
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
    let mut checks = Checks::default();
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
        if message.is_empty() {
            return Err(complaint(
                at,
                "a check needs a \"# message\" line that says what is missing when it fails",
            ));
        }
        if let Some(what) = line.strip_prefix("uses ") {
            checks.uses.push(Condition {
                message: std::mem::take(&mut message).join(" "),
                what: uses(what).map_err(|text| complaint(at, text))?,
                text: line.to_owned(),
                span: Span {
                    line: first_line + at,
                    column: 1,
                    len: line.chars().count(),
                },
            });
            at += 1;
            continue;
        }
        let Some(command) = line.strip_prefix("> ") else {
            return Err(complaint(
                at,
                "a check is a \"> command\" line and the reply it must have, or a \"uses\" line",
            ));
        };
        let argv = split::split(command.as_bytes())
            .ok()
            .filter(|argv| !argv.is_empty())
            .ok_or_else(|| complaint(at, "the quotes of this command are not balanced"))?;
        let reply_at = at + 1;
        let reply_end = (reply_at..lines.len())
            .find(|index| {
                let line = lines[*index];
                line.starts_with("> ") || line.starts_with('#') || line.starts_with("uses ")
            })
            .unwrap_or(lines.len());
        let reply = lines[reply_at..reply_end].join("\n");
        let expected = expect::read_all(&reply, first_line + reply_at)
            .map_err(|complaint| (complaint, reply_at))?;
        if expected.len() != 1 {
            return Err(complaint(at, "a check has one expected reply"));
        }
        checks.state.push(Check {
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

/// Reads what stands behind `uses`.
fn uses(what: &str) -> Result<Uses, &'static str> {
    let words: Vec<&str> = what.split_whitespace().collect();
    let names = |text: &str| {
        let names = text.split('|').map(str::to_uppercase);
        let known = |name: &String| catalog::find(name).is_some();
        let names: Vec<String> = names.collect();
        if names.iter().all(known) {
            Ok(names)
        } else {
            Err("there is no such command")
        }
    };
    match words.as_slice() {
        ["at", "most", count, "command" | "commands"] => match count.parse() {
            Ok(count) if count > 0 => Ok(Uses::AtMost(count)),
            _ => Err("how many commands? A number from 1 on"),
        },
        ["no", one] => Ok(Uses::None(names(one)?)),
        [one] => Ok(Uses::Any(names(one)?)),
        _ => Err("write \"uses at most 1 command\", \"uses EVAL|EVALSHA\" or \"uses no GET|SET\""),
    }
}
