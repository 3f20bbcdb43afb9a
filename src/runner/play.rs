//! Plays a whole lesson, step by step.

use super::{Event, Stage};
use crate::error::Result;
use crate::lesson::{Item, Lesson};
use std::time::{Duration, Instant};

/// Whether to go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// With the next thing.
    Continue,
    /// The person has seen enough.
    Leave,
}

/// Who watches a lesson being played.
pub trait Host {
    /// Something happened.
    ///
    /// # Errors
    /// When it cannot be shown; the lesson then ends.
    fn event(&mut self, event: Event) -> Result<()>;

    /// Waits until the learner goes on.
    fn pause(&mut self) -> impl Future<Output = Result<Flow>>;

    /// Runs a live demo on the stage's server.
    fn demo(&mut self, name: &str, stage: &Stage) -> impl Future<Output = Result<()>>;
}

/// How a lesson went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Replies that were not as expected.
    pub surprises: usize,
    /// Whether it was left before its end.
    pub left: bool,
}

/// Plays `lesson` on a fresh stage, from step `from` on. Earlier steps are run
/// silently, since later ones may build on what they stored.
///
/// # Errors
/// When the connection fails, a command is refused, or the host fails.
pub async fn play<H: Host>(
    lesson: &Lesson,
    from: usize,
    server: String,
    lang: &'static str,
    stage: &mut Stage,
    host: &mut H,
) -> Result<Summary> {
    let begun = Instant::now();
    let lesson = &stage.ready(lesson).await?;
    stage.reset().await?;
    host.event(Event::LessonBegan {
        id: lesson.id.clone(),
        title: lesson.title.clone(),
        lang,
        steps: lesson.steps.len(),
        server: stage.cast(&server),
    })?;
    for step in lesson.steps.iter().take(from) {
        for item in &step.items {
            stage.run_item(lesson, item, &mut |_| Ok(())).await?;
        }
    }
    let (commands, surprises) = (stage.commands(), stage.surprises());
    let mut left = false;
    for index in from..lesson.steps.len() {
        // A step that only holds the title has nothing to show.
        if lesson.steps[index].items.is_empty() && lesson.steps[index].heading.is_empty() {
            continue;
        }
        let mut flow = play_step(lesson, index, stage, host).await?;
        let last = index + 1 == lesson.steps.len();
        if flow == Flow::Continue && !last {
            flow = host.pause().await?;
        }
        if flow == Flow::Leave {
            left = true;
            break;
        }
    }
    let summary = Summary {
        surprises: stage.surprises() - surprises,
        left,
    };
    host.event(Event::LessonEnded {
        id: lesson.id.clone(),
        commands: stage.commands() - commands,
        surprises: summary.surprises,
        took: begun.elapsed(),
    })?;
    Ok(summary)
}

async fn play_step<H: Host>(
    lesson: &Lesson,
    index: usize,
    stage: &mut Stage,
    host: &mut H,
) -> Result<Flow> {
    let step = &lesson.steps[index];
    host.event(Event::StepBegan {
        number: index + 1,
        of: lesson.steps.len(),
        heading: step.heading.clone(),
    })?;
    let commands = stage.commands();
    let mut took = Duration::ZERO;
    for item in &step.items {
        let mut emit = |event: Event| {
            if let Event::Reply { took: reply, .. } = &event {
                took += *reply;
            }
            host.event(event)
        };
        match item {
            Item::Prose(_) | Item::Code { .. } | Item::Note(_) | Item::Task(_) => {
                Event::to_read(item).into_iter().try_for_each(emit)?;
            }
            Item::Run(_) | Item::Await(_) | Item::Server { .. } => {
                stage.run_item(lesson, item, &mut emit).await?;
            }
            Item::Picture(block) => stage.run_picture(lesson, block, &mut emit).await?,
            Item::Wait(duration) => {
                emit(Event::Wait(*duration))?;
                tokio::time::sleep(*duration).await;
            }
            Item::Live {
                demo, recording, ..
            } => {
                emit(Event::DemoBegan { name: demo.clone() })?;
                match stage.recorded_demo(recording) {
                    Some(events) => events.into_iter().try_for_each(emit)?,
                    None => host.demo(demo, stage).await?,
                }
            }
            Item::Pause => {
                if host.pause().await? == Flow::Leave {
                    return Ok(Flow::Leave);
                }
            }
        }
    }
    if let Some(exercise) = &step.exercise {
        host.event(Event::Exercise {
            id: exercise.id.clone(),
        })?;
    }
    host.event(Event::StepEnded {
        took,
        round_trips: stage.commands() - commands,
    })?;
    Ok(Flow::Continue)
}
