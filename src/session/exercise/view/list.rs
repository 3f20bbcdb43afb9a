//! The exercises in a list, and how far the learner is.

use super::View;
use crate::render::style::Ink;
use crate::session::exercise::course::{Course, Task, done};
use crate::session::exercise::progress::{Progress, State};
use catalog::text;

impl View {
    /// A section's title and its exercises, each with a mark.
    pub fn section(&self, tasks: &[Task], progress: &Progress, current: Option<&str>) -> String {
        let Some(first) = tasks.first() else {
            return String::new();
        };
        let (of, done) = (tasks.len(), done(tasks, progress));
        let count = text!(
            self.lang,
            "{done} of {of} solved",
            "rozwiązane: {done} z {of}"
        );
        let mut text = self.style.paint(Ink::Bold, &first.section_title);
        text.push_str(&self.style.paint(Ink::Dim, format!(" · {count}")));
        text.push('\n');
        for task in tasks {
            let id = task.exercise.id.as_str();
            let is_current = current == Some(id);
            let (mark, ink) = match progress.state(id) {
                State::Done => ("✓", Ink::Good),
                _ if is_current => ("▸", Ink::Bold),
                State::Skipped => ("~", Ink::Warn),
                State::Begun => ("…", Ink::Dim),
                State::Open => ("·", Ink::Dim),
            };
            let mark = self.style.paint(ink, mark);
            text.push_str(&format!("  {mark} {}", task.title()));
            let note = match progress.state(id) {
                State::Skipped => self.lang.pick(" (put off)", " (odłożone)"),
                State::Begun if !is_current => self.lang.pick(" (begun)", " (zaczęte)"),
                _ => "",
            };
            text.push_str(&self.style.paint(Ink::Dim, note));
            text.push('\n');
        }
        text
    }

    /// Every section with its exercises.
    pub fn list(&self, course: &Course, progress: &Progress, current: Option<&str>) -> String {
        let sections = course.sections();
        let texts: Vec<String> = sections
            .map(|tasks| self.section(tasks, progress, current))
            .collect();
        texts.join("\n")
    }

    /// How far the learner is, a line per section and one for all.
    pub fn progress(&self, course: &Course, progress: &Progress) -> String {
        let mut text = String::new();
        for tasks in course.sections() {
            let (of, done) = (tasks.len(), done(tasks, progress));
            let bar: String = "■".repeat(done) + &"·".repeat(of - done);
            let id = &tasks[0].section;
            let ink = if done == of { Ink::Good } else { Ink::Option };
            let bar = self.style.paint(ink, format!("{bar:<8}"));
            text.push_str(&format!("  {id:<14} {bar} {done}/{of}\n"));
        }
        let records = || {
            let known = |task: &Task| progress.exercises.get(&task.exercise.id);
            course.tasks.iter().filter_map(known)
        };
        let (all, of) = (done(&course.tasks, progress), course.tasks.len());
        let attempts: u64 = records().map(|record| record.attempts).sum();
        let hints: usize = records().map(|record| record.hints).sum();
        let commands: u64 = records().map(|record| record.submitted).sum();
        let count = text!(
            self.lang,
            "{all} of {of} solved; attempts: {attempts}, hints: {hints}, commands: {commands}",
            "rozwiązane: {all} z {of}; podejścia: {attempts}, podpowiedzi: {hints}, polecenia: {commands}"
        );
        text + &self.line(Ink::Bold, count)
    }
}
