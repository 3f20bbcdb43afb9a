//! What there is to do in a class: its sections with their exercises.

use crate::error::Result;
use crate::lesson::Library;
use catalog::lang::Lang;
use serde::Serialize;

/// The sections of a class, in teaching order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outline {
    /// The sections.
    pub sections: Vec<Section>,
}

/// A section of the class.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Section {
    /// Its ID, which is the lesson's.
    pub id: String,
    /// The lesson's title.
    pub title: String,
    /// The headings of its steps.
    pub steps: Vec<String>,
    /// Its exercises in order.
    pub exercises: Vec<Task>,
}

/// An exercise of a section.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// Its ID.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The step it stands in, from 0.
    pub step: usize,
}

impl Outline {
    /// The outline of the whole course, or of these sections of it.
    ///
    /// # Errors
    /// When a lesson is wrong.
    pub fn load(library: &Library, sections: &[String], lang: Lang) -> Result<Outline> {
        let ids = library.ids(lang)?.into_iter();
        let ids = ids.filter(|id| sections.is_empty() || sections.contains(id));
        let section = |id: String| {
            let lesson = library.get(&id, lang)?;
            let exercises = lesson.steps.iter().enumerate().filter_map(|(step, found)| {
                let exercise = found.exercise.as_ref()?;
                Some(Task {
                    id: exercise.id.clone(),
                    title: exercise.title.clone(),
                    step,
                })
            });
            Ok(Section {
                exercises: exercises.collect(),
                steps: lesson
                    .steps
                    .iter()
                    .map(|step| step.heading.clone())
                    .collect(),
                title: lesson.title,
                id,
            })
        };
        let sections = ids.map(section).collect::<Result<_>>()?;
        Ok(Outline { sections })
    }

    /// The section with this ID.
    pub fn section(&self, id: &str) -> Option<&Section> {
        self.sections.iter().find(|section| section.id == id)
    }

    /// Every exercise with its section, in order.
    pub fn exercises(&self) -> impl Iterator<Item = (&Section, &Task)> {
        self.sections
            .iter()
            .flat_map(|section| section.exercises.iter().map(move |task| (section, task)))
    }

    /// Whether there is an exercise with this ID.
    pub fn has(&self, exercise: &str) -> bool {
        self.exercises().any(|(_, task)| task.id == exercise)
    }
}
