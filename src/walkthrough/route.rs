//! Where in which lesson the walkthrough is, and what lies around it.

use crate::lesson::{Lesson, Step};
use std::rc::Rc;

/// A step: the number of its lesson, and its own.
pub(super) type Place = (usize, usize);

/// The lessons, and the current step.
#[derive(Debug)]
pub(super) struct Route {
    /// At least one.
    lessons: Vec<Rc<Lesson>>,
    lesson: usize,
    step: usize,
}

impl Route {
    /// At the first step of the first lesson. Give it at least one.
    pub(super) fn new(lessons: Vec<Lesson>) -> Route {
        Route {
            lessons: lessons.into_iter().map(Rc::new).collect(),
            lesson: 0,
            step: 0,
        }
    }

    /// The current lesson.
    pub(super) fn lesson(&self) -> &Rc<Lesson> {
        &self.lessons[self.lesson]
    }

    /// The current step.
    pub(super) fn step(&self) -> &Step {
        &self.lesson().steps[self.step]
    }

    /// Where that is.
    pub(super) fn place(&self) -> Place {
        (self.lesson, self.step)
    }

    /// Goes to a step, the last one where there are not as many; from one
    /// that has nothing to show, on to the next that has.
    pub(super) fn go(&mut self, (lesson, step): Place) {
        self.lesson = lesson;
        self.step = step.min(self.lesson().steps.len().saturating_sub(1));
        if self.is_hollow(self.place())
            && let Some(place) = self.ahead()
        {
            (self.lesson, self.step) = place;
        }
    }

    /// A step of the current lesson.
    pub(super) fn here(&self, step: usize) -> Place {
        (self.lesson, step)
    }

    /// The nearest step behind this one that shows something.
    pub(super) fn ahead(&self) -> Option<Place> {
        let (mut lesson, mut step) = self.place();
        loop {
            step += 1;
            if step >= self.lessons[lesson].steps.len() {
                (lesson, step) = (lesson + 1, 0);
            }
            self.lessons.get(lesson)?.steps.get(step)?;
            if !self.is_hollow((lesson, step)) {
                return Some((lesson, step));
            }
        }
    }

    /// The nearest step before this one that shows something.
    pub(super) fn back(&self) -> Option<Place> {
        let (mut lesson, mut step) = self.place();
        loop {
            if step > 0 {
                step -= 1;
            } else {
                lesson = lesson.checked_sub(1)?;
                step = self.lessons[lesson].steps.len().checked_sub(1)?;
            }
            if !self.is_hollow((lesson, step)) {
                return Some((lesson, step));
            }
        }
    }

    /// The start of the next lesson, or of the one before.
    pub(super) fn section(&self, forward: bool) -> Option<Place> {
        let wanted = if forward {
            self.lesson + 1
        } else {
            self.lesson.checked_sub(1)?
        };
        (wanted < self.lessons.len()).then_some((wanted, 0))
    }

    /// The step behind the current one: its lesson, and itself.
    pub(super) fn following(&self) -> Option<(&Lesson, &Step)> {
        let (lesson, step) = self.ahead()?;
        let lesson = &self.lessons[lesson];
        Some((lesson, &lesson.steps[step]))
    }

    /// Whether the lesson shows nothing before this step.
    pub(super) fn is_first_shown(&self) -> bool {
        (0..self.step).all(|step| self.is_hollow((self.lesson, step)))
    }

    /// Whether a step has nothing to show (an introduction that is empty).
    fn is_hollow(&self, (lesson, step): Place) -> bool {
        let step = &self.lessons[lesson].steps[step];
        step.items.is_empty() && step.heading.is_empty()
    }

    /// Another text of the current lesson.
    pub(super) fn replace(&mut self, lesson: Lesson) {
        self.lessons[self.lesson] = Rc::new(lesson);
    }

    /// Minutes planned for all lessons.
    pub(super) fn planned_minutes(&self) -> u32 {
        self.lessons.iter().map(|lesson| lesson.minutes()).sum()
    }

    /// Minutes planned for what lies before the current step.
    pub(super) fn planned_so_far(&self) -> u32 {
        let lessons = self.lessons[..self.lesson].iter();
        let before: u32 = lessons.map(|lesson| lesson.minutes()).sum();
        let steps = self.lesson().steps[..self.step].iter();
        before + steps.map(Step::minutes).sum::<u32>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::parse;

    fn route(texts: &[&str]) -> Route {
        let lessons = texts.iter().map(|text| parse("t", "t.md", text));
        Route::new(lessons.map(|lesson| lesson.expect("good")).collect())
    }

    #[test]
    fn what_shows_nothing_is_passed_over_in_both_directions() {
        let mut route = route(&["# One\n\n## A\n\nText.\n", "# Two\n\n## B\n\nText.\n"]);
        route.go((0, 0));
        assert_eq!(route.place(), (0, 1), "the empty introduction");
        assert!(route.is_first_shown());
        assert_eq!(route.back(), None);
        assert_eq!(route.ahead(), Some((1, 1)));
        route.go((1, 9));
        assert_eq!((route.place(), route.ahead()), ((1, 1), None));
        assert_eq!(route.back(), Some((0, 1)));
        assert_eq!(
            (route.section(true), route.section(false)),
            (None, Some((0, 0)))
        );
    }
}
