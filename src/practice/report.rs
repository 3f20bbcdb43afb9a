//! What a class has achieved: learners against exercises, as a table to look
//! at and as CSV to go on with.

use crate::render::style::Ink;
use crate::session::exercise::progress::State;
use crate::session::exercise::{Course, Progress, Record, View};
use std::path::Path;
use unicode_width::UnicodeWidthStr as _;

/// The columns of the CSV.
const COLUMNS: &str =
    "learner,section,exercise,state,attempts,hints,solution_read,commands,seconds\n";

/// Columns of a cell of the table.
const CELL: usize = 6;

/// A class.
#[derive(Debug)]
pub struct Report {
    /// The exercises.
    pub course: Course,
    /// Each learner's name and progress.
    pub learners: Vec<(String, Progress)>,
}

/// Whose progress a file is: its name, or its folder's where the file is
/// called as redis-lab calls it.
pub fn learner(path: &Path) -> String {
    let text =
        |part: Option<&std::ffi::OsStr>| part.map(|part| part.to_string_lossy().into_owned());
    let stem = text(path.file_stem()).unwrap_or_default();
    let folder = path.parent().and_then(Path::file_name);
    match text(folder) {
        Some(folder) if stem == "practice" => folder,
        _ => stem,
    }
}

impl Report {
    /// A row for each learner and exercise.
    pub fn rows(&self) -> impl Iterator<Item = (&str, &str, &str, State, Record)> {
        self.learners.iter().flat_map(move |(name, progress)| {
            self.course.tasks.iter().map(move |task| {
                let id = task.exercise.id.as_str();
                let record = progress.exercises.get(id).cloned().unwrap_or_default();
                let state = progress.state(id);
                (name.as_str(), task.section.as_str(), id, state, record)
            })
        })
    }

    /// Every learner with every exercise, a line each.
    pub fn csv(&self) -> String {
        let mut text = COLUMNS.to_owned();
        for (learner, section, id, state, record) in self.rows() {
            let Record {
                attempts,
                hints,
                solution_read,
                submitted,
                seconds,
                ..
            } = record;
            let (learner, section, state) = (csv_field(learner), csv_field(section), state.word());
            text.push_str(&format!(
                "{learner},{section},{id},{state},{attempts},{hints},{solution_read},{submitted},{seconds:.0}\n"
            ));
        }
        text
    }

    /// A row for each exercise and a column for each learner: whether it is
    /// solved, in how many attempts, and with hints. The learners stand below.
    pub fn table(&self, view: &View) -> String {
        let ids = self
            .course
            .tasks
            .iter()
            .map(|task| task.exercise.id.width());
        let first = ids.max().unwrap_or_default() + 2;
        let fit = (view.width.saturating_sub(first) / CELL).max(1);
        let mut text = String::new();
        for (chunk, learners) in self.learners.chunks(fit).enumerate() {
            text.push_str(&" ".repeat(first));
            for number in 0..learners.len() {
                let number = chunk * fit + number + 1;
                text.push_str(&format!("{number:<CELL$}"));
            }
            text = text.trim_end().to_owned() + "\n";
            for task in &self.course.tasks {
                let id = &task.exercise.id;
                let mut line = format!("{id:<first$}");
                for (_, progress) in learners {
                    line.push_str(&cell(view, progress, id));
                }
                text.push_str(line.trim_end());
                text.push('\n');
            }
            text.push('\n');
        }
        for (number, (name, progress)) in self.learners.iter().enumerate() {
            text.push_str(&self.summary(view, number + 1, name, progress));
        }
        let legend = view.lang.pick(
            "✓ solved, … begun, ~ put off, · open; the number of attempts; ? with hints, ! after reading the solution",
            "✓ rozwiązane, … zaczęte, ~ odłożone, · otwarte; liczba podejść; ? z podpowiedziami, ! po przeczytaniu rozwiązania",
        );
        text + "\n" + &view.line(Ink::Dim, legend)
    }

    fn summary(&self, view: &View, number: usize, name: &str, progress: &Progress) -> String {
        let ids = || self.course.tasks.iter().map(|task| &task.exercise.id);
        let records = || ids().filter_map(|id| progress.exercises.get(id));
        let (of, solved) = (
            ids().count(),
            ids().filter(|id| progress.is_done(id)).count(),
        );
        let attempts: u64 = records().map(|record| record.attempts).sum();
        let hints: usize = records().map(|record| record.hints).sum();
        let seconds: f64 = records().map(|record| record.seconds).sum();
        let minutes = (seconds / 60.0).round();
        view.line(
            Ink::Bold,
            view.lang.pick(
                format!("{number:>3} {name}: {solved} of {of} solved; attempts: {attempts}, hints: {hints}, minutes: {minutes}"),
                format!("{number:>3} {name}: rozwiązane {solved} z {of}; podejścia: {attempts}, podpowiedzi: {hints}, minuty: {minutes}"),
            ),
        )
    }
}

fn cell(view: &View, progress: &Progress, id: &str) -> String {
    let (mark, ink) = match progress.state(id) {
        State::Done => ("✓", Ink::Good),
        State::Skipped => ("~", Ink::Warn),
        State::Begun => ("…", Ink::Warn),
        State::Open => ("·", Ink::Dim),
    };
    let record = progress.exercises.get(id).cloned().unwrap_or_default();
    let attempts = match record.attempts {
        0 => String::new(),
        count => count.to_string(),
    };
    let help = match record {
        Record {
            solution_read: true,
            ..
        } => "!",
        Record { hints: 1.., .. } => "?",
        _ => "",
    };
    let rest = format!("{attempts}{help}");
    let pad = " ".repeat(CELL.saturating_sub(1 + rest.width()));
    format!("{}{rest}{pad}", view.style.paint(ink, mark))
}

/// A field of CSV. What a spreadsheet would take for a formula is kept text, also
/// where it takes semicolons for commas.
pub fn csv_field(text: &str) -> String {
    let begins = text.trim_start_matches(|c: char| c.is_whitespace() || c.is_control());
    // Some spreadsheets take full-width signs for the narrow ones.
    let text = if begins.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '|', '%'])
        || text.starts_with(['\t', '\r', '\n'])
    {
        format!("'{text}")
    } else {
        text.to_owned()
    };
    if text.contains([',', ';', '"', '\t', '\n', '\r']) {
        return format!("\"{}\"", text.replace('"', "\"\""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_learner_is_called_by_the_file_or_by_its_folder() {
        assert_eq!(learner(Path::new("class/ala.json")), "ala");
        assert_eq!(learner(Path::new("class/ola/practice.json")), "ola");
        assert_eq!(learner(Path::new("practice.json")), "practice");
    }

    #[test]
    fn csv_fields_stay_one_field_and_no_formula() {
        assert_eq!(csv_field("ala"), "ala");
        assert_eq!(csv_field("Kot, Ala \"A\""), "\"Kot, Ala \"\"A\"\"\"");
        for formula in ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "＝1+1", "|x"] {
            let field = csv_field(formula);
            assert!(
                field.starts_with('\'') || field.starts_with("\"'"),
                "{field}"
            );
        }
    }
}
