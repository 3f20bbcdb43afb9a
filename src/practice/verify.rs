//! Recorded submissions against the lessons as they are now: was an answer
//! refused that a corrected check accepts, or the other way round?

use super::scene::Scene;
use crate::error::Result;
use crate::runner::proof::Fault;
use crate::session::exercise::course::Course;
use crate::session::exercise::progress::{Progress, Record};

/// What became of a recorded submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It was accepted, and is.
    StillSolved,
    /// It was accepted, and is not any more: what is missing.
    NoLongerSolved(Fault),
    /// It was not accepted, and is now.
    NowSolved,
    /// It was not accepted, and is not.
    StillOpen,
    /// It was not recorded in full.
    Incomplete,
    /// This server refuses the exercise's start: a confined one has no settings
    /// and users to change.
    NotHere,
    /// The lessons have no such exercise (any more).
    Unknown,
}

/// A recorded submission that was looked at again.
#[derive(Debug, Clone, PartialEq)]
pub struct Recheck {
    /// The exercise's id.
    pub id: String,
    /// Its section.
    pub section: String,
    /// What became of it.
    pub verdict: Verdict,
}

impl Verdict {
    /// The word for it in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Verdict::StillSolved => "still-solved",
            Verdict::NoLongerSolved(_) => "no-longer-solved",
            Verdict::NowSolved => "now-solved",
            Verdict::StillOpen => "still-open",
            Verdict::Incomplete => "incomplete",
            Verdict::NotHere => "not-here",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Repeats every recorded submission. With `section`, those of other sections
/// are left alone.
///
/// # Errors
/// When the server fails.
pub async fn recheck(
    course: &Course,
    section: Option<&str>,
    progress: &Progress,
    scene: &mut Scene,
) -> Result<Vec<Recheck>> {
    let mut checked = Vec::new();
    for (id, record) in &progress.exercises {
        let elsewhere = section.is_some_and(|section| record.section != section);
        if elsewhere || record.commands.is_empty() {
            continue;
        }
        checked.push(Recheck {
            id: id.clone(),
            section: record.section.clone(),
            verdict: verdict(course, id, record, scene).await?,
        });
    }
    Ok(checked)
}

async fn verdict(course: &Course, id: &str, record: &Record, scene: &mut Scene) -> Result<Verdict> {
    let Some(task) = course.find(id) else {
        return Ok(Verdict::Unknown);
    };
    if record.incomplete {
        return Ok(Verdict::Incomplete);
    }
    if scene.refusal(&task.exercise).await?.is_some() {
        return Ok(Verdict::NotHere);
    }
    let fault = scene.repeat(&task.exercise, record).await?;
    Ok(match (record.done, fault) {
        (true, None) => Verdict::StillSolved,
        (true, Some(fault)) => Verdict::NoLongerSolved(fault),
        (false, None) => Verdict::NowSolved,
        (false, Some(_)) => Verdict::StillOpen,
    })
}
