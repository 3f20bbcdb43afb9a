//! Proves the tasks of a lesson where they stand: the answer is taken, the
//! wrong one is not, and with all of them solved every reply of the lesson is
//! as it is with none.

use super::lint::reads;
use crate::conn::Connection;
use crate::error::Result;
use crate::lesson::{
    Aim, Diagnostic, Expected, Item, Lesson, Line, SessionName, Span, Step, TRY_PREFIX, Task,
};
use crate::runner::{Event, Stage, Verdict};
use catalog::lang::Text;
use catalog::text;
use resp::Reply;

/// Never more than one task for so many commands.
const COMMANDS_A_TASK: usize = 3;

/// Lints the tasks of a lesson.
pub(super) fn lint(lesson: &Lesson) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for step in &lesson.steps {
        let commands: Vec<&Line> = shown(step).collect();
        for (index, task) in step.tasks().enumerate() {
            let complain = |span: Span, message: Text| of_task(lesson, task, span, &message);
            if index > 0 && (index + 1) * COMMANDS_A_TASK > commands.len() {
                found.push(complain(
                    task.span,
                    text!(
                        "more than one for every three commands",
                        "więcej niż jedno na trzy polecenia"
                    ),
                ));
            }
            let predicted = match &task.aim {
                Aim::Predict { line, .. } => Some(line),
                _ => None,
            };
            let is_shown = |line: &Line| commands.iter().any(|command| same(command, line));
            if task.answer.iter().chain(predicted).all(is_shown) {
                found.push(complain(
                    task.span,
                    text!(
                        "its answer is what its step has shown",
                        "odpowiedzią jest to, co krok już pokazał"
                    ),
                ));
            }
            let wrong = predicted.is_none().then_some(&task.wrong);
            let own = task.setup.iter().chain(&task.answer).chain(predicted);
            for line in own.chain(wrong) {
                if !reads(line) && !keeps_to_tasks(line) {
                    let message = text!(
                        "it may change keys under lab:try: only",
                        "zmieniać może tylko klucze lab:try:"
                    );
                    found.push(complain(line.span, message));
                }
            }
        }
    }
    found
}

fn of_task(lesson: &Lesson, task: &Task, span: Span, message: &Text) -> Diagnostic {
    let message = Text::in_each(|lang| {
        text!(
            lang,
            "task {}: {}",
            "zadanie {}: {}",
            task.id,
            message.pick(lang)
        )
    });
    Diagnostic::new(&lesson.file, &lesson.source, span, message)
}

/// The steps that run commands and have no task.
pub(super) fn steps_without(lesson: &Lesson) -> impl Iterator<Item = Diagnostic> {
    let idle = |step: &&Step| shown(step).next().is_some() && step.tasks().next().is_none();
    lesson.steps.iter().filter(idle).map(|step| {
        let message = text!(
            "a step with commands and without a task: nothing to do for the learner",
            "krok z poleceniami i bez zadania: uczący się nie ma nic do zrobienia"
        );
        Diagnostic::new(&lesson.file, &lesson.source, step.span, message).help(text!(
            "write a ```text task ID right after what it practises",
            "napisz ```text task ID zaraz po tym, co ćwiczy"
        ))
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
                        found.push(of_task(lesson, task, span, &message));
                    }
                }
                _ => {}
            }
        }
        if !done.is_empty() {
            let message = text!(
                "with the tasks solved, replies of this step are not as expected",
                "po rozwiązaniu zadań odpowiedzi tego kroku są inne niż oczekiwane"
            );
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

/// What is wrong with a task, tried on the stage.
async fn prove(task: &Task, session: &SessionName, stage: &mut Stage) -> Result<Vec<(Span, Text)>> {
    let session = task.session.as_ref().map_or(session, |_| &task.session);
    let is_away = stage.is_away(session);
    if !is_away {
        prepare(task, stage).await?;
    }
    let found = match &task.aim {
        Aim::Predict { line, guess } => prove_prediction(task, line, guess, session, stage).await?,
        // Nobody is there to try it on.
        _ if is_away => return Ok(Vec::new()),
        Aim::State(checks) => prove_state(task, checks, session, stage).await?,
        Aim::Reply(expected) => prove_reply(task, expected, session, stage).await?,
    };
    if !stage.is_away(session) {
        clear(task, stage).await?;
    }
    Ok(found)
}

/// The command replies as the lesson says, and of the two guesses only the
/// right one is taken.
async fn prove_prediction(
    task: &Task,
    line: &Line,
    guess: &str,
    session: &SessionName,
    stage: &mut Stage,
) -> Result<Vec<(Span, Text)>> {
    let mut found = Vec::new();
    if !stage.is_away(session) {
        let reply = stage.client(session).await?.ask(&line.argv).await?;
        if let Some(message) = differs(line, &reply) {
            found.push((line.span, message));
        }
    }
    let right: String = line.expected.iter().map(|e| e.text.as_str()).collect();
    if !task.is_guessed(&right) || task.is_guessed(guess) {
        let message = text!(
            "the reply must be taken as a guess, and the wrong one not",
            "ta odpowiedź ma być przyjęta jako przewidywanie, a zła nie"
        );
        found.push((line.span, message));
    }
    Ok(found)
}

/// The checks hold after the answer, and neither before it nor after the wrong
/// one.
async fn prove_state(
    task: &Task,
    checks: &[Line],
    session: &SessionName,
    stage: &mut Stage,
) -> Result<Vec<(Span, Text)>> {
    let mut found = Vec::new();
    if holds(task, checks, stage).await? {
        found.push((
            task.span,
            text!(
                "it is done before anything was done",
                "jest rozwiązane, zanim cokolwiek zrobiono"
            ),
        ));
    }
    stage.client(session).await?.ask(&task.wrong.argv).await?;
    if holds(task, checks, stage).await? {
        found.push((task.wrong.span, wrong_is_taken()));
    }
    prepare(task, stage).await?;
    for line in &task.answer {
        stage.client(session).await?.ask(&line.argv).await?;
    }
    if !holds(task, checks, stage).await? {
        found.push((
            task.span,
            text!(
                "its answer is not taken",
                "jego odpowiedź nie jest przyjmowana"
            ),
        ));
    }
    Ok(found)
}

/// The answer replies what is asked for, and the wrong one does not.
async fn prove_reply(
    task: &Task,
    expected: &Expected,
    session: &SessionName,
    stage: &mut Stage,
) -> Result<Vec<(Span, Text)>> {
    let mut found = Vec::new();
    let reply = stage.client(session).await?.ask(&task.wrong.argv).await?;
    if expected.pattern.matches(&reply) {
        found.push((task.wrong.span, wrong_is_taken()));
    }
    prepare(task, stage).await?;
    let mut last = Reply::Nil;
    for line in &task.answer {
        last = stage.client(session).await?.ask(&line.argv).await?;
    }
    if !expected.pattern.matches(&last) {
        let actual = resp::format::to_tty(&last);
        let message = text!(
            "its answer replies\n{}",
            "odpowiedź zadania daje\n{}",
            actual.trim_end()
        );
        found.push((expected.span, message));
    }
    Ok(found)
}

fn wrong_is_taken() -> Text {
    text!(
        "this wrong answer is taken",
        "ta zła odpowiedź jest przyjmowana"
    )
}

fn differs(line: &Line, reply: &Reply) -> Option<Text> {
    let as_said = line.expected.iter().all(|e| e.pattern.matches(reply));
    (!as_said).then(|| {
        let actual = resp::format::to_tty(reply);
        text!(
            "the command answers\n{}",
            "polecenie odpowiada\n{}",
            actual.trim_end()
        )
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
