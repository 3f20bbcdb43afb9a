//! A beat on the stage: the commands, the demo or the picture that it is, and
//! what they told.

use super::beats::Beat;
use crate::error::Result;
use crate::lesson::{Exercise, Item, Lesson};
use crate::live;
use crate::runner::{Event as Happening, Spot, Stage, Verdict, Waits, proof};
use catalog::lang::Lang;
use resp::Reply;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::sleep;

/// A beat on the stage; without one, everything up to the step `step`.
///
/// Who explains takes time, and keys expire meanwhile: where a reply is not as
/// the lesson says, the step's data is put back, and the beat is run once more
/// before anything of that is shown.
pub(super) async fn play(
    stage: &mut Stage,
    lesson: &Lesson,
    step: usize,
    beat: Option<&Beat>,
    lang: Lang,
    tell: mpsc::UnboundedSender<Happening>,
) -> Result<()> {
    let Some(beat) = beat else {
        let start = Spot {
            step,
            ..Spot::default()
        };
        return stage.replay(lesson, start, Waits::All).await;
    };
    // The receiver is only gone when the show is.
    let tell = |event| drop(tell.send(event));
    let again = beat.spot(step);
    let (mut shown, mut late) = (0, false);
    let mut emit = |event: Happening| {
        late |= again.is_some() && event.may_be_late();
        if !late {
            shown += 1;
            tell(event);
        }
        Ok(())
    };
    run(stage, lesson, step, beat, lang, &mut emit).await?;
    let Some(spot) = again.filter(|_| late) else {
        return Ok(());
    };
    stage.replay(lesson, spot, Waits::Near).await?;
    let mut emit = |event: Happening| {
        match shown {
            0 => tell(event),
            _ => shown -= 1,
        }
        Ok(())
    };
    run(stage, lesson, step, beat, lang, &mut emit).await
}

async fn run(
    stage: &mut Stage,
    lesson: &Lesson,
    step: usize,
    beat: &Beat,
    lang: Lang,
    emit: &mut impl FnMut(Happening) -> Result<()>,
) -> Result<()> {
    let item = |index: usize| lesson.steps.get(step)?.items.get(index);
    match beat {
        Beat::Command {
            item: index, lines, ..
        } => {
            if let Some(Item::Run(block)) = item(*index) {
                for line in lines.clone() {
                    stage.run_command(lesson, block, line, emit).await?;
                }
            }
        }
        Beat::Await { item: index, .. } => {
            if let Some(Item::Await(later)) = item(*index) {
                stage.run_await(lesson, later, emit).await?;
            }
        }
        Beat::Live { item: index, .. } => match item(*index) {
            Some(Item::Live {
                demo, recording, ..
            }) => {
                emit(Happening::DemoBegan { name: demo.clone() })?;
                match stage.recorded_demo(recording) {
                    Some(events) => events.into_iter().try_for_each(emit)?,
                    None => live::run(demo, stage, lang, emit).await?,
                }
            }
            Some(item) => stage.run_item(lesson, item, emit).await?,
            None => {}
        },
        Beat::Picture { item: index } => {
            if let Some(Item::Picture(block)) = item(*index) {
                stage.run_picture(lesson, block, emit).await?;
            }
        }
        Beat::Wait(duration) => {
            emit(Happening::Wait(*duration))?;
            sleep(*duration).await;
        }
        Beat::SetUp => {
            if let Some(exercise) = lesson.steps.get(step).and_then(|s| s.exercise.as_ref()) {
                set_up(stage, exercise, emit).await?;
            }
        }
        Beat::Text(_) => {}
    }
    Ok(())
}

/// Gives the server what an exercise begins with, so that a class can solve it.
async fn set_up(
    stage: &mut Stage,
    exercise: &Exercise,
    emit: &mut impl FnMut(Happening) -> Result<()>,
) -> Result<()> {
    let refused = proof::set_up(exercise.setup.as_ref(), stage).await?;
    let Some(block) = &exercise.setup else {
        return Ok(());
    };
    emit(Happening::BlockBegan {
        session: None,
        title: block.title.clone(),
        setup: true,
    })?;
    for line in &block.lines {
        emit(Happening::Command {
            session: None,
            text: line.text.clone(),
        })?;
        if let Some((_, _, error)) = refused.as_ref().filter(|(span, ..)| *span == line.span) {
            return emit(Happening::Reply {
                session: None,
                reply: Some(Reply::Error(error.clone())),
                verdict: Verdict::Unchecked,
                took: Duration::ZERO,
            });
        }
    }
    Ok(())
}
