//! The exercises of the lessons, in teaching order.

use super::progress::Progress;
use crate::error::{Error, Result};
use crate::lesson::{Exercise, Item, Lesson, Library};
use catalog::lang::Lang;
use catalog::text;

/// The id of the section that `name` means.
///
/// # Errors
/// When there is none: which one may have been meant.
pub fn find_section(library: &Library, name: &str, lang: Lang) -> Result<String> {
    if let Some((id, _)) = library.find(name, lang)? {
        return Ok(id);
    }
    let ids = library.ids(lang)?;
    let wanted = name.to_ascii_lowercase();
    let near = ids
        .iter()
        .map(|id| (strsim::damerau_levenshtein(id, &wanted), id))
        .filter(|(distance, _)| *distance <= 2)
        .min();
    Err(Error::usage(text!(
        "there is no section \"{name}\"",
        "nie ma sekcji „{name}”"
    ))
    .hint(match near {
        Some((_, near)) => text!("did you mean {near}?", "może chodziło o {near}?"),
        None => text!("the sections are: {}", "sekcje to: {}", ids.join(", ")),
    }))
}

/// An exercise with what belongs to it.
#[derive(Debug, Clone)]
pub struct Task {
    /// The section's id.
    pub section: String,
    /// The lesson's title.
    pub section_title: String,
    /// The prompt.
    pub prompt: Vec<Item>,
    /// The exercise.
    pub exercise: Exercise,
}

impl Task {
    /// The exercise's title as it stands alone.
    pub fn title(&self) -> String {
        self.exercise.title_alone()
    }
}

/// Exercises in order.
#[derive(Debug, Clone)]
pub struct Course {
    /// The exercises.
    pub tasks: Vec<Task>,
}

impl Course {
    /// The exercises of one section, or of all.
    ///
    /// # Errors
    /// When a lesson is wrong, or there are no exercises.
    pub fn load(library: &Library, section: Option<&str>, lang: Lang) -> Result<Course> {
        let ids = match section {
            Some(section) => vec![section.to_owned()],
            None => library.ids(lang)?,
        };
        let mut tasks = Vec::new();
        for id in ids {
            tasks.extend(tasks_of(library.get(&id, lang)?));
        }
        if tasks.is_empty() {
            return Err(Error::lesson(text!(
                "there are no exercises in these lessons",
                "w tych lekcjach nie ma ćwiczeń"
            )));
        }
        Ok(Course { tasks })
    }

    /// The exercises of one lesson.
    pub fn of_lesson(lesson: Lesson) -> Course {
        Course {
            tasks: tasks_of(lesson),
        }
    }

    /// The exercise with this id.
    pub fn find(&self, id: &str) -> Option<&Task> {
        self.tasks.iter().find(|task| task.exercise.id == id)
    }

    /// Where to begin: at the exercise shown last, or at the next open one
    /// behind it. `None` when all are solved.
    pub fn start(&self, section: Option<&str>, progress: &Progress) -> Option<usize> {
        let section = section.or(progress.section.as_deref());
        let last = section.and_then(|section| progress.positions.get(section));
        let from = last
            .and_then(|id| self.tasks.iter().position(|task| task.exercise.id == *id))
            .unwrap_or(0);
        self.next_open(from, progress)
    }

    /// The first open exercise from `from` on, going round at the end.
    pub fn next_open(&self, from: usize, progress: &Progress) -> Option<usize> {
        let count = self.tasks.len();
        (0..count)
            .map(|step| (from + step) % count)
            .find(|&index| !progress.is_done(&self.tasks[index].exercise.id))
    }

    /// The sections in order, each with its exercises.
    pub fn sections(&self) -> impl Iterator<Item = &[Task]> {
        self.tasks
            .chunk_by(|one, other| one.section == other.section)
    }

    /// The exercises of a section.
    pub fn section(&self, id: &str) -> &[Task] {
        self.sections()
            .find(|tasks| tasks[0].section == id)
            .unwrap_or_default()
    }
}

/// How many of these are solved.
pub fn done(tasks: &[Task], progress: &Progress) -> usize {
    let is_done = |task: &&Task| progress.is_done(&task.exercise.id);
    tasks.iter().filter(is_done).count()
}

fn tasks_of(lesson: Lesson) -> Vec<Task> {
    let (section, section_title) = (lesson.id, lesson.title);
    let steps = lesson.steps.into_iter();
    steps
        .filter_map(|step| {
            Some(Task {
                section: section.clone(),
                section_title: section_title.clone(),
                prompt: step.items,
                exercise: step.exercise?,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::progress::{Change, ChangeEvent};
    use super::*;

    fn solve(progress: &mut Progress, task: &Task) {
        let event = ChangeEvent::Submitted {
            commands: vec!["PING".to_owned()],
            incomplete: false,
            solved: true,
            took: std::time::Duration::ZERO,
            error: None,
        };
        progress.apply(&Change {
            section: task.section.clone(),
            id: task.exercise.id.clone(),
            event,
        });
    }

    #[test]
    fn there_are_enough_exercises_in_every_section_and_language() {
        let library = Library::new(None);
        for lang in Lang::ALL {
            let course = Course::load(&library, None, lang).unwrap();
            assert!(course.tasks.len() >= 35);
            assert_eq!(course.sections().count(), library.ids(lang).unwrap().len());
            assert_eq!(course.section("challenges").len(), 5);
        }
    }

    #[test]
    fn the_next_open_one_comes_first_and_skipped_ones_come_round() {
        let course = Course::load(&Library::new(None), Some("lists"), Lang::En).unwrap();
        let mut progress = Progress::default();
        assert_eq!(course.start(Some("lists"), &progress), Some(0));
        solve(&mut progress, &course.tasks[0]);
        assert_eq!(course.start(Some("lists"), &progress), Some(1));
        progress.apply(&Change {
            section: "lists".to_owned(),
            id: course.tasks[3].exercise.id.clone(),
            event: ChangeEvent::Shown,
        });
        assert_eq!(course.start(None, &progress), Some(3));
        solve(&mut progress, &course.tasks[3]);
        assert_eq!(course.start(None, &progress), Some(1));
        for task in &course.tasks {
            solve(&mut progress, task);
        }
        assert_eq!(course.start(None, &progress), None);
    }

    #[test]
    fn sections_have_other_names_and_typos() {
        let library = Library::new(None);
        assert_eq!(find_section(&library, "zsets", Lang::En).unwrap(), "sets");
        let error = find_section(&library, "lsits", Lang::En).unwrap_err();
        assert_eq!(error.hint_in(Lang::En), Some("did you mean lists?"));
    }
}
