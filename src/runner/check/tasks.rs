//! Proves the tasks of a lesson where they stand: the answer is taken, the
//! wrong one is not, and with all of them solved every reply of the lesson is
//! as it is with none.

use super::lint::reads;
use crate::conn::Connection;
use crate::error::Result;
use crate::lesson::{
    Aim, Diagnostic, Item, Lesson, Line, SessionName, Span, Step, TRY_PREFIX, Task,
};
use crate::runner::{Event, Stage, Verdict};
use resp::Reply;

/// Never more than one task for so many commands.
const COMMANDS_A_TASK: usize = 3;

/// Lints the tasks of a lesson.
pub(super) fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in &lesson.steps {
        let commands: Vec<&Line> = shown(step).collect();
        for (index, task) in step.tasks().enumerate() {
            let complain = |span: Span, message: &str| {
                let message = format!("task {}: {message}", task.id);
                Diagnostic::new(&lesson.file, &lesson.source, span, message)
            };
            if index > 0 && (index + 1) * COMMANDS_A_TASK > commands.len() {
                found.push(complain(
                    task.span,
                    "more than one for every three commands",
                ));
            }
            let predicted = match &task.aim {
                Aim::Predict { line, .. } => Some(line),
                _ => None,
            };
            let is_shown = |line: &Line| commands.iter().any(|command| same(command, line));
            if task.answer.iter().chain(predicted).all(is_shown) {
                found.push(complain(task.span, "its answer is what its step has shown"));
            }
            let wrong = predicted.is_none().then_some(&task.wrong);
            let own = task.setup.iter().chain(&task.answer).chain(predicted);
            for line in own.chain(wrong) {
                if !reads(line) && !keeps_to_tasks(line) {
                    let message = "it may change keys under lab:try: only";
                    found.push(complain(line.span, message));
                }
            }
        }
    }
    found
}

/// The steps that run commands and have no task.
pub(super) fn steps_without(lesson: &Lesson) -> impl Iterator<Item = Diagnostic> {
    let idle = |step: &&Step| shown(step).next().is_some() && step.tasks().next().is_none();
    lesson.steps.iter().filter(idle).map(|step| {
        let message = "a step with commands and without a task: nothing to do for the learner";
        Diagnostic::new(&lesson.file, &lesson.source, step.span, message)
            .help("write a ```text task ID right after what it practises")
    })
}

/// The commands a step shows.
fn shown(step: &Step) -> impl Iterator<Item = &Line> {
    let blocks = step.items.iter().filter_map(|item| match item {
        Item::Run(block) if !block.setup => Some(block),
        _ => None,
    });
    blocks.flat_map(|block| &block.lines)
}

fn same(one: &Line, other: &Line) -> bool {
    let (Some((name, own)), Some((other, others))) =
        (one.argv.split_first(), other.argv.split_first())
    else {
        return false;
    };
    name.eq_ignore_ascii_case(other) && own == others
}

fn keeps_to_tasks(line: &Line) -> bool {
    let positions = catalog::key_positions(&line.argv);
    let mut keys = positions.iter().filter_map(|at| line.argv.get(*at));
    keys.all(|key| key.starts_with(TRY_PREFIX.as_bytes()))
}

/// Plays a lesson with every task solved.
///
/// # Errors
/// When the connection fails.
pub async fn prove_tasks(lesson: &Lesson, stage: &mut Stage) -> Result<Vec<Diagnostic>> {
    let mut found = Vec::new();
    if lesson.tasks().next().is_none() {
        return Ok(found);
    }
    let lesson = &stage.ready(lesson).await?;
    stage.reset().await?;
    let mut session: SessionName = None;
    for step in &lesson.steps {
        let mut done = Vec::new();
        for item in &step.items {
            let mut differ = |event: Event| {
                if let Event::Reply {
                    verdict: Verdict::Differs { too_old: None, .. },
                    ..
                } = event
                {
                    done.push(());
                }
                Ok(())
            };
            stage.run_item(lesson, item, &mut differ).await?;
            match item {
                Item::Run(block) if !block.setup && !block.blocks => {
                    session.clone_from(&block.session);
                }
                Item::Wait(duration) => tokio::time::sleep(*duration).await,
                Item::Task(task) => {
                    for (span, message) in prove(task, &session, stage).await? {
                        let message = format!("task {}: {message}", task.id);
                        found.push(Diagnostic::new(&lesson.file, &lesson.source, span, message));
                    }
                }
                _ => {}
            }
        }
        if !done.is_empty() {
            let message = "with the tasks solved, replies of this step are not as expected";
            found.push(Diagnostic::new(
                &lesson.file,
                &lesson.source,
                step.span,
                message,
            ));
        }
    }
    Ok(found)
}

async fn prove(
    task: &Task,
    session: &SessionName,
    stage: &mut Stage,
) -> Result<Vec<(Span, String)>> {
    let mut found = Vec::new();
    let session = task.session.as_ref().map_or(session, |_| &task.session);
    if !stage.is_away(session) {
        prepare(task, stage).await?;
    }
    match &task.aim {
        Aim::Predict { line, guess } => {
            if !stage.is_away(session) {
                let reply = stage.client(session).await?.ask(&line.argv).await?;
                if let Some(message) = differs(line, &reply) {
                    found.push((line.span, message));
                }
            }
            let right: String = line.expected.iter().map(|e| e.text.as_str()).collect();
            if !task.is_guessed(&right) || task.is_guessed(guess) {
                let message = "the reply must be taken as a guess, and the wrong one not";
                found.push((line.span, message.to_owned()));
            }
        }
        // Nobody is there to try it on.
        _ if stage.is_away(session) => return Ok(found),
        Aim::State(checks) => {
            if holds(task, checks, stage).await? {
                found.push((task.span, "it is done before anything was done".to_owned()));
            }
            stage.client(session).await?.ask(&task.wrong.argv).await?;
            if holds(task, checks, stage).await? {
                found.push((task.wrong.span, "this wrong answer is taken".to_owned()));
            }
            prepare(task, stage).await?;
            for line in &task.answer {
                stage.client(session).await?.ask(&line.argv).await?;
            }
            if !holds(task, checks, stage).await? {
                found.push((task.span, "its answer is not taken".to_owned()));
            }
        }
        Aim::Reply(expected) => {
            let reply = stage.client(session).await?.ask(&task.wrong.argv).await?;
            if expected.pattern.matches(&reply) {
                found.push((task.wrong.span, "this wrong answer is taken".to_owned()));
            }
            prepare(task, stage).await?;
            let mut last = Reply::Nil;
            for line in &task.answer {
                last = stage.client(session).await?.ask(&line.argv).await?;
            }
            if !expected.pattern.matches(&last) {
                let actual = resp::format::to_tty(&last);
                let message = format!("its answer replies\n{}", actual.trim_end());
                found.push((expected.span, message));
            }
        }
    }
    if !stage.is_away(session) {
        clear(task, stage).await?;
    }
    Ok(found)
}

fn differs(line: &Line, reply: &Reply) -> Option<String> {
    let as_said = line.expected.iter().all(|e| e.pattern.matches(reply));
    (!as_said).then(|| {
        let actual = resp::format::to_tty(reply);
        format!("the command answers\n{}", actual.trim_end())
    })
}

async fn holds(task: &Task, checks: &[Line], stage: &mut Stage) -> Result<bool> {
    let mut connection = Connection::connect(&stage.target_of(&task.session)?).await?;
    for check in checks {
        let reply = connection.call(&check.argv).await?;
        if differs(check, &reply).is_some() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn prepare(task: &Task, stage: &mut Stage) -> Result<()> {
    clear(task, stage).await?;
    let mut connection = Connection::connect(&stage.target_of(&task.session)?).await?;
    for line in &task.setup {
        connection.call(&line.argv).await?;
    }
    Ok(())
}

async fn clear(task: &Task, stage: &mut Stage) -> Result<()> {
    let mut connection = Connection::connect(&stage.target_of(&task.session)?).await?;
    let pattern = format!("{TRY_PREFIX}*");
    let keys = connection.call(&["KEYS", &pattern]).await?;
    for key in keys.as_slice().unwrap_or_default() {
        if let Some(key) = key.as_bytes() {
            connection.call(&[b"DEL", key]).await?;
        }
    }
    Ok(())
}
