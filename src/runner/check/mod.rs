//! Proves lessons: every reply as written, every exercise solvable and not by
//! accident, both languages in step.

mod bless;
mod lint;
mod prove;
mod tasks;

pub use bless::bless;
pub use lint::{lint, lint_ids, lint_languages};
pub use prove::{Findings, prove_exercises};
pub use tasks::prove_tasks;

use super::{Event, Flow, Host, Stage, TooOld, Verdict, play};
use crate::error::Result;
use crate::lesson::{Diagnostic, Lesson, Span};
use catalog::lang::Text;
use catalog::text;
use resp::format;

/// Plays the whole lesson and compares every reply.
///
/// # Errors
/// When the connection fails.
pub async fn replies<D>(lesson: &Lesson, stage: &mut Stage, demo: D) -> Result<Vec<Diagnostic>>
where
    D: AsyncFnMut(&str, &Stage) -> Result<()>,
{
    let mut inspector = Inspector {
        lesson,
        demo,
        command: String::new(),
        found: Vec::new(),
    };
    play(lesson, 0, String::new(), "", stage, &mut inspector).await?;
    Ok(inspector.found)
}

struct Inspector<'a, D> {
    lesson: &'a Lesson,
    demo: D,
    command: String,
    found: Vec<Diagnostic>,
}

impl<D> Host for Inspector<'_, D>
where
    D: AsyncFnMut(&str, &Stage) -> Result<()>,
{
    fn event(&mut self, event: Event) -> Result<()> {
        match event {
            Event::Command { text, .. } => self.command = text,
            Event::Reply {
                reply,
                verdict:
                    Verdict::Differs {
                        expected,
                        place,
                        too_old,
                    },
                ..
            } => {
                let actual = match &reply {
                    Some(reply) => Text::same(indent(format::to_tty(reply).trim_end())),
                    None => text!("nothing arrived", "nic nie przyszło"),
                };
                let line = place.rsplit(':').next().and_then(|line| line.parse().ok());
                let span = Span {
                    line: line.unwrap_or(1),
                    column: 1,
                    len: expected.lines().next().unwrap_or("").chars().count(),
                };
                let command = self.command.replace('\n', "\\n");
                let expected = indent(&expected);
                let message = Text::in_each(|lang| {
                    text!(
                        lang,
                        "the reply to \"{command}\" is not as expected\n  expected: {expected}\n  actual:   {}",
                        "odpowiedź na „{command}” jest inna niż oczekiwana\n  oczekiwana: {expected}\n  otrzymana:  {}",
                        actual.pick(lang)
                    )
                });
                let found = Diagnostic::new(&self.lesson.file, &self.lesson.source, span, message);
                self.found.push(match too_old {
                    Some(reason) => found.help(Text::in_each(|lang| {
                        format!("{}; {}", reason.sentence(lang), TooOld::advice(lang))
                    })),
                    None => found.help(text!(
                        "if the server is right, run redis-lab check --bless on this file",
                        "jeśli serwer ma rację, uruchom na tym pliku redis-lab check --bless"
                    )),
                });
            }
            _ => {}
        }
        Ok(())
    }

    async fn pause(&mut self) -> Result<Flow> {
        Ok(Flow::Continue)
    }

    async fn demo(&mut self, name: &str, stage: &Stage) -> Result<()> {
        (self.demo)(name, stage).await
    }
}

/// Lines up the further lines of a reply under its first.
fn indent(text: &str) -> String {
    text.replace('\n', "\n            ")
}
