//! `redis-lab` alone: the ways in, in the order a newcomer needs them, and the
//! course on half a screen.

use super::context::Context;
use super::terminal::{columns, print};
use crate::error::{ExitCode, Result};
use crate::lesson::{Library, Section};
use crate::practice::{Keep as _, Store, state_folder};
use crate::render::wrapping;
use crate::session::exercise::Progress;
use catalog::lang::Lang;
use catalog::text;
use std::fmt::Write as _;

/// Up to so many sections each has a line of its own, and says what it is about.
const FEW: usize = 12;

/// Between two columns of the course.
const GAP: usize = 4;

/// Prints it.
pub(super) fn show(context: &Context) -> Result<ExitCode> {
    let lang = context.lang;
    let sections = Library::new(context.lessons.as_deref()).sections(lang)?;
    // What cannot be read is told where it matters: in a lesson, in practice.
    let store = state_folder().and_then(|folder| Store::open(folder, lang).ok());
    let progress = store.map_or_else(Progress::default, |store| store.progress().clone());
    let mut text = String::from(lang.pick(
        "redis-lab: learn Redis by running it.\n\n",
        "redis-lab: ucz się Redisa, uruchamiając go.\n\n",
    ));
    text.push_str(&ways(&sections, &progress, lang));
    text.push_str(&told(&sections, &progress, lang));
    text.push_str(&course(&sections, &progress, columns()));
    print(text.as_bytes())
}

fn ways(sections: &[Section], progress: &Progress, lang: Lang) -> String {
    let begun = |section: &&Section| {
        let place = progress.lessons.get(&section.id);
        place.is_some_and(|place| !place.finished && place.step > 0)
    };
    let unread = |section: &&Section| {
        let place = progress.lessons.get(&section.id);
        !place.is_some_and(|place| place.finished)
    };
    let (label, first) = match sections.iter().find(begun) {
        Some(section) => (
            lang.pick("Go on with the course", "Wróć do kursu"),
            Some(section),
        ),
        None => (
            lang.pick("Begin the course", "Zacznij kurs"),
            sections.iter().find(unread).or(sections.first()),
        ),
    };
    let other = lang.pick(
        ("Po polsku", "redis-lab --lang pl"),
        ("In English", "redis-lab --lang en"),
    );
    let first = first.map(|section| (label, format!("redis-lab {}", section.id)));
    let rest = lang.pick(
        [
            ("Exercises only", "redis-lab practice"),
            ("A shell to try in", "redis-lab repl"),
            ("Show it to a class", "redis-lab walkthrough"),
            ("Which step has XACK?", "redis-lab find XACK"),
            ("Everything else", "redis-lab help"),
        ],
        [
            ("Same ćwiczenia", "redis-lab practice"),
            ("Powłoka do prób", "redis-lab repl"),
            ("Pokaż to grupie", "redis-lab walkthrough"),
            ("Gdzie jest XACK?", "redis-lab find XACK"),
            ("Wszystko inne", "redis-lab help"),
        ],
    );
    let rest = rest.into_iter().chain([other]);
    let rest = rest.map(|(label, command)| (label, command.to_owned()));
    let rows: Vec<(&str, String)> = first.into_iter().chain(rest).collect();
    let width = rows.iter().map(|(label, _)| label.chars().count()).max();
    let width = width.unwrap_or_default();
    rows.iter()
        .fold(String::new(), |mut text, (label, command)| {
            let _ = writeln!(text, "  {label:<width$}  {command}");
            text
        })
}

/// What stands above the course, with the learner's share of it.
fn told(sections: &[Section], progress: &Progress, lang: Lang) -> String {
    let all: usize = sections.iter().map(|section| section.to_solve).sum();
    let done: usize = sections.iter().map(|own| solved(own, progress)).sum();
    match done {
        0 => text!(
            lang,
            "\nThe course: minutes, after which sections\n",
            "\nKurs: minuty, po których sekcjach\n"
        ),
        _ => text!(
            lang,
            "\nThe course: minutes, after which sections, solved ({done} of {all})\n",
            "\nKurs: minuty, po których sekcjach, rozwiązane ({done} z {all})\n"
        ),
    }
}

/// The tasks and exercises of a section that the learner has solved.
fn solved(section: &Section, progress: &Progress) -> usize {
    let tasks = progress.tasks.values();
    let tasks = tasks.filter(|task| task.solved && task.section == section.id);
    let exercises = progress.exercises.values();
    let exercises = exercises.filter(|record| record.done && record.section == section.id);
    // A lesson may have lost some since.
    (tasks.count() + exercises.count()).min(section.to_solve)
}

/// The course: the sections in their order, each with its minutes, the numbers
/// of those it builds on, and how much of it is solved.
fn course(sections: &[Section], progress: &Progress, width: usize) -> String {
    let number = |id: &String| sections.iter().position(|section| section.id == *id);
    let row = |(index, section): (usize, &Section)| {
        let after = section.after.iter().filter_map(number);
        let after: Vec<String> = after.map(|index| (index + 1).to_string()).collect();
        let minutes = match section.minutes {
            0 => String::new(),
            minutes => format!("{minutes} min"),
        };
        let solved = match solved(section, progress) {
            0 => String::new(),
            solved => format!("{solved}/{}", section.to_solve),
        };
        [
            (index + 1).to_string(),
            section.id.clone(),
            minutes,
            after.join(","),
            solved,
        ]
    };
    let rows: Vec<[String; 5]> = sections.iter().enumerate().map(row).collect();
    let widest = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let [w0, w1, w2, w3, w4] = [widest(0), widest(1), widest(2), widest(3), widest(4)];
    let cells = rows.iter().map(|[number, id, minutes, after, solved]| {
        format!("{number:>w0$}  {id:<w1$}  {minutes:>w2$}  {after:<w3$}  {solved:>w4$}")
    });
    let cells: Vec<String> = cells.collect();
    let one = cells.first().map_or(0, |cell| cell.chars().count());
    let mut text = String::new();
    if sections.len() <= FEW {
        for (cell, section) in cells.iter().zip(sections) {
            let below = " ".repeat(one + 2);
            let options = wrapping(width)
                .initial_indent(cell)
                .subsequent_indent(&below);
            let about = format!("  {}", section.summary);
            let _ = writeln!(text, "{}", textwrap::fill(&about, options));
        }
        return text;
    }
    let columns = if 2 * one + GAP <= width { 2 } else { 1 };
    let height = cells.len().div_ceil(columns);
    for line in 0..height {
        let of_line = cells.iter().skip(line).step_by(height.max(1));
        let of_line: Vec<&str> = of_line.map(String::as_str).collect();
        let _ = writeln!(text, "{}", of_line.join(&" ".repeat(GAP)).trim_end());
    }
    text
}
