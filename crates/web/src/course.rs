//! The course as the page lists it, and progress files.

use crate::request::Code;
use redis_lab::error::Result;
use redis_lab::lesson::{Item, Library};
use redis_lab::session::exercise::Progress;
use redis_lab::session::exercise::progress::Unreadable;
use serde_json::{Value, json};

/// Every section, with what was achieved of it.
pub(crate) fn listed(lang: Code, progress: &Progress) -> Result<Value> {
    let (lang, library) = (lang.lang(), Library::new(None));
    let mut sections = Vec::new();
    for section in library.sections(lang)? {
        let lesson = library.get(&section.id, lang)?;
        let steps = lesson.steps.iter();
        let headings: Vec<&str> = steps.map(|step| step.heading.as_str()).collect();
        let items = lesson.steps.iter().flat_map(|step| &step.items);
        let tasks: Vec<&str> = items
            .filter_map(|item| match item {
                Item::Task(task) => Some(task.id.as_str()),
                _ => None,
            })
            .collect();
        let place = progress.lessons.get(&section.id);
        let exercises: Vec<&str> = lesson.exercises().map(|own| own.id.as_str()).collect();
        sections.push(json!({
            "id": section.id,
            "title": lesson.title,
            "summary": section.summary,
            "headings": headings,
            "step": place.map_or(0, |place| place.step),
            "finished": place.is_some_and(|place| place.finished),
            "exercises": exercises.len(),
            "solved": exercises.iter().filter(|id| progress.is_done(id)).count(),
            "tasks": tasks.len(),
            "done": tasks.iter().filter(|id| progress.tasks.get(**id).is_some_and(|task| task.solved)).count(),
        }));
    }
    Ok(json!({"type": "course", "sections": sections}))
}

/// Reads a progress file; an empty text is none yet.
pub(crate) fn progress(text: &str) -> Result<Progress, Unreadable> {
    match text.trim() {
        "" => Ok(Progress::default()),
        text => Progress::parse(text.as_bytes()),
    }
}

/// What two progress files hold together, or why the second one cannot be read.
pub(crate) fn merged(own: &str, other: &str) -> Result<Progress, Unreadable> {
    let mut own = progress(own).unwrap_or_default();
    own.merge(Progress::parse(other.as_bytes())?);
    Ok(own)
}

/// Why a progress file cannot be read.
pub(crate) fn unreadable(reason: &Unreadable) -> Value {
    match reason {
        Unreadable::Damaged(reason) => json!({"type": "unreadable", "reason": reason}),
        Unreadable::Newer(version) => json!({"type": "unreadable", "newer": version}),
    }
}

/// A progress file for the page to keep.
pub(crate) fn file(progress: &Progress) -> Value {
    // Numbers and strings can always be written.
    let text = progress.to_json().unwrap_or_default();
    json!({"type": "progress", "file": text})
}
