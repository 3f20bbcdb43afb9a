//! Proves an exercise: it fails before the solution, passes after it, and
//! fails again when any line of the solution is dropped. Other right answers
//! pass, tempting wrong ones are refused.

use super::tasks;
use crate::conn::state::Argv;
use crate::error::Result;
use crate::lesson::{Answer, Diagnostic, Exercise, Lesson, Line, Span};
use crate::runner::Stage;
use crate::runner::proof::{Deeds, Fault, Place, failing_checks, give, prove, set_up};
use catalog::lang::Text;
use catalog::text;
use resp::{Reply, format};

/// So many tempting wrong answers an exercise of the course has.
const WRONG_ANSWERS: usize = 2;

/// What was found about a lesson's exercises.
#[derive(Debug, Default)]
pub struct Findings {
    /// What is wrong.
    pub problems: Vec<Diagnostic>,
    /// What is missing for a proof; our own course demands it.
    pub remarks: Vec<Diagnostic>,
}

/// Proves every exercise of a lesson.
///
/// # Errors
/// When the connection fails.
pub async fn prove_exercises(lesson: &Lesson, stage: &mut Stage) -> Result<Findings> {
    let mut findings = Findings::default();
    for exercise in lesson.exercises() {
        let mut proof = Proof {
            lesson,
            exercise,
            stage,
            findings: &mut findings,
        };
        proof.solution().await?;
        proof.elsewhere().await?;
        proof.answers().await?;
        proof.completeness().await?;
    }
    findings.remarks.extend(tasks::steps_without(lesson));
    Ok(findings)
}

struct Proof<'a> {
    lesson: &'a Lesson,
    exercise: &'a Exercise,
    stage: &'a mut Stage,
    findings: &'a mut Findings,
}

impl Proof<'_> {
    fn diagnostic(&self, span: Span, message: &Text) -> Diagnostic {
        let id = &self.exercise.id;
        let message = Text::in_each(|lang| {
            text!(
                lang,
                "exercise {id}: {}",
                "ćwiczenie {id}: {}",
                message.pick(lang)
            )
        });
        Diagnostic::new(&self.lesson.file, &self.lesson.source, span, message)
    }

    fn complain(&mut self, span: Span, message: Text) {
        let found = self.diagnostic(span, &message);
        self.findings.problems.push(found);
    }

    fn remark(&mut self, span: Span, message: Text) {
        let found = self.diagnostic(span, &message);
        self.findings.remarks.push(found);
    }

    async fn solution(&mut self) -> Result<()> {
        let exercise = self.exercise;
        if attempt(exercise, &[], self.stage).await?.solves() {
            self.complain(
                exercise.span,
                text!(
                    "every check passes before anything was done",
                    "wszystkie sprawdzenia przechodzą, zanim cokolwiek zrobiono"
                ),
            );
        }
        let solution: Vec<&Line> = exercise.solution.lines.iter().collect();
        let outcome = attempt(exercise, &solution, self.stage).await?;
        for (span, error) in outcome.errors {
            self.complain(
                span,
                text!(
                    "a command fails: {error}",
                    "polecenie się nie powiodło: {error}"
                ),
            );
        }
        match outcome.fault {
            None => {}
            Some(Fault::State(failed)) => {
                for failed in failed {
                    let actual = format::to_tty(&failed.actual);
                    let message = text!(
                        "this check fails after the solution\n  expected: {}\n  actual:   {}",
                        "to sprawdzenie nie przechodzi po rozwiązaniu\n  oczekiwane: {}\n  otrzymane:  {}",
                        failed.expected,
                        actual.trim_end()
                    );
                    self.complain(failed.span, message);
                }
            }
            Some(fault) => {
                let why = describe(&fault);
                let message = Text::in_each(|lang| {
                    text!(
                        lang,
                        "the solution is refused: {}",
                        "rozwiązanie jest odrzucane: {}",
                        why.pick(lang)
                    )
                });
                self.complain(exercise.solution.span, message);
            }
        }
        for dropped in 0..solution.len() {
            let mut rest = solution.clone();
            let line = rest.remove(dropped);
            if attempt(exercise, &rest, self.stage).await?.solves() {
                let message = text!(
                    "the checks pass without this line of the solution",
                    "sprawdzenia przechodzą bez tego wiersza rozwiązania"
                );
                self.complain(line.span, message);
            }
        }
        Ok(())
    }

    /// The other data and the other client do what they are there for.
    async fn elsewhere(&mut self) -> Result<()> {
        let exercise = self.exercise;
        let mut refused = Vec::new();
        for again in &exercise.again {
            refused.extend(set_up(Some(&again.setup), self.stage).await?);
        }
        for rival in &exercise.rivals {
            refused.extend(set_up(exercise.setup.as_ref(), self.stage).await?);
            for line in &rival.block.lines {
                let replies = give(&line.argv, self.stage).await?;
                if let Some([Reply::Error(error), ..]) = replies.as_deref() {
                    refused.push((line.span, line.text.clone(), error.clone()));
                }
            }
        }
        for (span, _, error) in refused {
            self.complain(
                span,
                text!(
                    "a command fails: {error}",
                    "polecenie się nie powiodło: {error}"
                ),
            );
        }
        Ok(())
    }

    async fn answers(&mut self) -> Result<()> {
        let exercise = self.exercise;
        for answer in &exercise.right {
            let outcome = attempt(exercise, &lines(answer), self.stage).await?;
            if let Some(fault) = outcome.fault {
                let why = describe(&fault);
                let message = Text::in_each(|lang| {
                    text!(
                        lang,
                        "this right answer is refused: {}",
                        "ta dobra odpowiedź jest odrzucana: {}",
                        why.pick(lang)
                    )
                });
                self.complain(answer.block.span, message);
            }
        }
        for answer in &exercise.wrong {
            let outcome = attempt(exercise, &lines(answer), self.stage).await?;
            match outcome.fault {
                None => self.complain(
                    answer.block.span,
                    text!(
                        "this wrong answer passes every check",
                        "ta zła odpowiedź przechodzi wszystkie sprawdzenia"
                    ),
                ),
                Some(Fault::Unrepeatable) => self.complain(
                    answer.block.span,
                    text!(
                        "this wrong answer is refused, but nothing tells the learner why",
                        "ta zła odpowiedź jest odrzucana, ale nic nie mówi uczącemu się dlaczego"
                    ),
                ),
                Some(_) => {}
            }
        }
        Ok(())
    }

    /// What our own course demands besides.
    async fn completeness(&mut self) -> Result<()> {
        let exercise = self.exercise;
        if exercise.wrong.len() < WRONG_ANSWERS {
            let message = text!(
                "wrong answers that tempt: {WRONG_ANSWERS} are asked for, there are {}",
                "kuszące złe odpowiedzi: potrzeba {WRONG_ANSWERS}, jest {}",
                exercise.wrong.len()
            );
            self.remark(exercise.span, message);
        }
        for answer in exercise.right.iter().chain(&exercise.wrong) {
            if answer.why.is_empty() {
                let message = text!(
                    "no sentence above this answer says why it is right or wrong",
                    "żadne zdanie nad tą odpowiedzią nie mówi, czemu jest dobra albo zła"
                );
                self.remark(answer.block.span, message);
            }
        }
        for (span, alone) in requirements(exercise) {
            if !self.refuses_some(&alone).await? {
                let message = text!(
                    "no wrong answer is refused because of this",
                    "żadna zła odpowiedź nie jest odrzucana z tego powodu"
                );
                self.remark(span, message);
            }
        }
        Ok(())
    }

    /// Whether a wrong answer is refused although its state is right.
    async fn refuses_some(&mut self, exercise: &Exercise) -> Result<bool> {
        for answer in &exercise.wrong {
            let outcome = attempt(exercise, &lines(answer), self.stage).await?;
            if matches!(outcome.fault, Some(Fault::Proof(_))) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The exercise with each of its requirements alone, and where that stands.
fn requirements(exercise: &Exercise) -> Vec<(Span, Exercise)> {
    let without = Exercise {
        uses: Vec::new(),
        again: Vec::new(),
        rivals: Vec::new(),
        ..exercise.clone()
    };
    let uses = exercise.uses.iter().map(|one| {
        let uses = vec![one.clone()];
        (
            one.span,
            Exercise {
                uses,
                ..without.clone()
            },
        )
    });
    let again = exercise.again.iter().map(|one| {
        let again = vec![one.clone()];
        (
            one.setup.span,
            Exercise {
                again,
                ..without.clone()
            },
        )
    });
    let rivals = exercise.rivals.iter().map(|one| {
        let rivals = vec![one.clone()];
        (
            one.block.span,
            Exercise {
                rivals,
                ..without.clone()
            },
        )
    });
    uses.chain(again).chain(rivals).collect()
}

fn lines(answer: &Answer) -> Vec<&Line> {
    answer.block.lines.iter().collect()
}

/// Why an answer is refused, for an author.
fn describe(fault: &Fault) -> Text {
    match fault {
        Fault::State(failed) => {
            let first = failed.first().map(|failed| failed.message.clone());
            Text::same(first.unwrap_or_default())
        }
        Fault::Unrepeatable => text!(
            "the state is not reached again from the start",
            "od początku nie dochodzi się znowu do tego stanu"
        ),
        Fault::Proof(objection) => match &objection.place {
            Place::Used => Text::same(&objection.message),
            Place::Again(title) => Text::same(format!("{title}: {}", objection.message)),
            Place::Rival { title, before } => text!(
                "{title}, before command {}: {}",
                "{title}, przed poleceniem {}: {}",
                before + 1,
                objection.message
            ),
        },
    }
}

struct Outcome {
    fault: Option<Fault>,
    /// Setup and answer commands that the server refused.
    errors: Vec<(Span, String)>,
}

impl Outcome {
    fn solves(&self) -> bool {
        self.fault.is_none()
    }
}

/// Starts the exercise afresh, gives an answer, and looks whether it is right.
async fn attempt(exercise: &Exercise, answer: &[&Line], stage: &mut Stage) -> Result<Outcome> {
    let refused = set_up(exercise.setup.as_ref(), stage).await?;
    let mut errors: Vec<(Span, String)> = refused
        .into_iter()
        .map(|(span, _, error)| (span, error))
        .collect();
    let mut deeds = Deeds::default();
    for line in answer {
        let argv: &Argv = &line.argv;
        let replies = give(argv, stage).await?.unwrap_or_default();
        if let Some(Reply::Error(error)) = replies.first() {
            errors.push((line.span, error.clone()));
        }
        deeds.note(argv, &replies);
    }
    let connection = stage.connection(&Some("check".to_owned())).await?;
    let failed = failing_checks(&exercise.checks, connection).await?;
    let fault = if failed.is_empty() {
        prove(exercise, &deeds, stage).await?
    } else {
        Some(Fault::State(failed))
    };
    Ok(Outcome { fault, errors })
}
