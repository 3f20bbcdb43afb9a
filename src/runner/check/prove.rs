//! Proves an exercise: it fails before the solution, passes after it, and
//! fails again when any line of the solution is dropped. Other right answers
//! pass, tempting wrong ones fail.

use crate::conn::{ConnError, Connection};
use crate::error::Result;
use crate::lesson::{Diagnostic, Exercise, Lesson, Line, Span};
use crate::runner::Stage;
use resp::{Reply, format};

/// A check that does not hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Failed {
    /// What the lesson says then.
    pub message: String,
    /// The command that was asked.
    pub command: String,
    /// What should have come back.
    pub expected: String,
    /// What came back.
    pub actual: Reply,
    /// The check's place.
    pub span: Span,
}

/// Runs an exercise's checks on `connection`; gives those that do not hold.
///
/// # Errors
/// When the connection fails.
pub async fn failing_checks(
    exercise: &Exercise,
    connection: &mut Connection,
) -> Result<Vec<Failed>, ConnError> {
    let mut failed = Vec::new();
    for check in &exercise.checks {
        let actual = connection.call(&check.line.argv).await?;
        let holds = check
            .line
            .expected
            .iter()
            .all(|expected| expected.pattern.matches(&actual));
        if !holds {
            failed.push(Failed {
                message: check.message.clone(),
                command: check.line.text.clone(),
                expected: check.line.expected.iter().map(|e| e.text.clone()).collect(),
                actual,
                span: check.line.span,
            });
        }
    }
    Ok(failed)
}

/// Proves every exercise of a lesson.
///
/// # Errors
/// When the connection fails.
pub async fn prove_exercises(lesson: &Lesson, stage: &mut Stage) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    for exercise in lesson.exercises() {
        prove(lesson, exercise, stage, &mut found).await?;
    }
    Ok(found)
}

async fn prove(
    lesson: &Lesson,
    exercise: &Exercise,
    stage: &mut Stage,
    found: &mut Vec<Diagnostic>,
) -> Result<()> {
    let complain = |span: Span, message: String| {
        Diagnostic::new(
            &lesson.file,
            &lesson.source,
            span,
            format!("exercise {}: {message}", exercise.id),
        )
    };
    if attempt(exercise, &[], stage).await?.failed.is_empty() {
        found.push(complain(
            exercise.span,
            "every check passes before anything was done".to_owned(),
        ));
    }
    let solution: Vec<&Line> = exercise.solution.lines.iter().collect();
    let outcome = attempt(exercise, &solution, stage).await?;
    for (span, error) in outcome.errors {
        found.push(complain(span, format!("a command fails: {error}")));
    }
    for failed in outcome.failed {
        let actual = format::to_tty(&failed.actual);
        found.push(complain(
            failed.span,
            format!(
                "this check fails after the solution\n  expected: {}\n  actual:   {}",
                failed.expected,
                actual.trim_end()
            ),
        ));
    }
    for dropped in 0..solution.len() {
        let mut rest = solution.clone();
        let line = rest.remove(dropped);
        if attempt(exercise, &rest, stage).await?.failed.is_empty() {
            found.push(complain(
                line.span,
                "the checks pass without this line of the solution".to_owned(),
            ));
        }
    }
    for (answers, right) in [(&exercise.right, true), (&exercise.wrong, false)] {
        for answer in answers {
            let lines: Vec<&Line> = answer.lines.iter().collect();
            let outcome = attempt(exercise, &lines, stage).await?;
            if outcome.failed.is_empty() != right {
                let message = if right {
                    format!("this right answer fails: {}", outcome.failed[0].message)
                } else {
                    "this wrong answer passes every check".to_owned()
                };
                found.push(complain(answer.span, message));
            }
        }
    }
    Ok(())
}

struct Outcome {
    failed: Vec<Failed>,
    /// Setup and answer commands that the server refused.
    errors: Vec<(Span, String)>,
}

/// Starts the exercise afresh, gives an answer, and runs the checks.
async fn attempt(exercise: &Exercise, answer: &[&Line], stage: &mut Stage) -> Result<Outcome> {
    stage.reset().await?;
    let mut errors = Vec::new();
    let setup = exercise.setup.iter().flat_map(|block| &block.lines);
    for (session, lines) in [
        (Some("setup".to_owned()), setup.collect::<Vec<_>>()),
        (None, answer.to_vec()),
    ] {
        for line in lines {
            let connection = stage.connection(&session).await?;
            let reply = connection.call(&line.argv).await?;
            if let Reply::Error(error) = reply {
                errors.push((line.span, error));
            }
        }
    }
    let connection = stage.connection(&Some("check".to_owned())).await?;
    Ok(Outcome {
        failed: failing_checks(exercise, connection).await?,
        errors,
    })
}
