//! What there is to do in a class: its sections with their exercises.

use crate::error::Result;
use crate::lesson::{Library, Prose, plain_text};
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
    /// Its hints, each as one text without marks.
    pub hints: Vec<String>,
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
                    title: exercise.title_alone(),
                    step,
                    hints: exercise.hints.iter().map(|hint| words(hint)).collect(),
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

    /// The exercise with this ID.
    pub fn exercise(&self, id: &str) -> Option<&Task> {
        let mut all = self.exercises().map(|(_, task)| task);
        all.find(|task| task.id == id)
    }

    /// Whether there is an exercise with this ID.
    pub fn has(&self, exercise: &str) -> bool {
        self.exercise(exercise).is_some()
    }
}

/// Prose as one text without marks; its parts are lines.
fn words(prose: &[Prose]) -> String {
    let part = |part: &Prose| match part {
        Prose::Paragraph(inlines) | Prose::Heading(inlines) => plain_text(inlines),
        Prose::Quote(parts) => words(parts),
        Prose::List { items, .. } => {
            let items = items.iter().map(|item| format!("- {}", words(item)));
            items.collect::<Vec<_>>().join("\n")
        }
        Prose::Table(rows) => {
            let cells = |row: &Vec<Vec<_>>| row.iter().map(|cell| plain_text(cell)).collect();
            let rows = rows.iter().map(cells);
            let rows: Vec<String> = rows.map(|row: Vec<String>| row.join(" | ")).collect();
            rows.join("\n")
        }
    };
    prose.iter().map(part).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exercise_has_a_title_and_hints_in_both_languages() {
        let library = Library::new(None);
        let load = |lang| Outline::load(&library, &[], lang).unwrap();
        let [english, polish] = Lang::ALL.map(load);
        let ids = |outline: &Outline| -> Vec<String> {
            let all = outline.exercises();
            all.map(|(_, task)| task.id.clone()).collect()
        };
        assert_eq!(ids(&english), ids(&polish));
        for (_, task) in english.exercises().chain(polish.exercises()) {
            assert!(!task.title.is_empty() && !task.hints.is_empty(), "{task:?}");
            for hint in &task.hints {
                assert!(!hint.trim().is_empty() && !hint.contains("**"), "{hint}");
            }
        }
    }

    #[test]
    fn a_class_about_some_sections_knows_these_alone() {
        let named = ["lists".to_owned(), "lua".to_owned()];
        let outline = Outline::load(&Library::new(None), &named, Lang::En).unwrap();
        let ids: Vec<&str> = outline.sections.iter().map(|own| own.id.as_str()).collect();
        assert_eq!(ids, ["lists", "lua"]);
        assert!(outline.section("strings").is_none());
        let first = &outline.sections[0].exercises[0];
        assert_eq!(outline.exercise(&first.id), Some(first));
    }
}
