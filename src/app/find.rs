//! `redis-lab find` and `redis-lab help`: which step teaches a command, and
//! what the catalogue says of it.

use super::context::Context;
use super::terminal::{columns, print};
use crate::error::{Error, ExitCode, Result};
use crate::lesson::{Item, Lesson, Library, Prose, Step, plain_text};
use crate::render::style::Style;
use crate::render::wrapping;
use crate::session::{Commands, help};
use catalog::text;
use std::fmt::Write as _;

/// Where something is taught.
struct Place<'a> {
    lesson: &'a Lesson,
    /// Index of the step.
    step: usize,
}

/// Prints the steps that have a command, or the words.
pub(super) fn run(context: &Context, words: &[String]) -> Result<ExitCode> {
    let lang = context.lang;
    let lessons = Library::new(context.lessons.as_deref()).all(lang)?;
    let places = places(&lessons, words);
    if places.is_empty() {
        let wanted = words.join(" ");
        let error = Error::usage(text!(
            "no step of the course has {wanted}",
            "żaden krok kursu nie ma {wanted}"
        ));
        return Err(error.hint(text!(
            "redis-lab help {wanted} says what the command does, if there is one",
            "redis-lab help {wanted} powie, co robi to polecenie, o ile takie jest"
        )));
    }
    print(told(&places).as_bytes())
}

/// Prints what the catalogue says, and where it is taught.
pub(super) fn help(context: &Context, topic: &[String]) -> Result<ExitCode> {
    let lang = context.lang;
    let commands = Commands::default();
    let mut text = help::help(topic, &commands, &[], lang, Style::new(context.color));
    if commands.find(&topic.join(" ")).is_some() {
        let lessons = Library::new(context.lessons.as_deref()).all(lang)?;
        let places = places(&lessons, topic);
        if !places.is_empty() {
            let head = lang.pick("In the course:", "W kursie:");
            let _ = write!(text, "\n  {head}\n{}", told(&places));
        }
    }
    print(text.as_bytes())
}

/// The steps that run a command of Redis; for other words, those that say them.
fn places<'a>(lessons: &'a [Lesson], words: &[String]) -> Vec<Place<'a>> {
    let in_words = words.join(" ");
    let is_command = Commands::default().find(&in_words).is_some();
    let in_words = in_words.to_lowercase();
    let is_meant = |step: &Step| {
        if is_command {
            runs(step, words)
        } else {
            says(step, &in_words)
        }
    };
    let mut places = Vec::new();
    for lesson in lessons {
        let steps = lesson.steps.iter().enumerate();
        let meant = steps.filter(|(_, step)| is_meant(step));
        places.extend(meant.map(|(step, _)| Place { lesson, step }));
    }
    places
}

/// Whether a step's heading or its paragraphs have the words, in any case.
fn says(step: &Step, words: &str) -> bool {
    let paragraphs = step.items.iter().filter_map(|item| match item {
        Item::Prose(Prose::Paragraph(inlines)) => Some(plain_text(inlines)),
        _ => None,
    });
    let mut texts = paragraphs.chain([step.heading.clone()]);
    texts.any(|text| text.to_lowercase().contains(words))
}

/// Whether a step, or the solution of its exercise, runs the command.
fn runs(step: &Step, words: &[String]) -> bool {
    let blocks = step.items.iter().filter_map(|item| match item {
        Item::Run(block) if !block.setup => Some(block),
        _ => None,
    });
    let solution = step.exercise.as_ref().map(|exercise| &exercise.solution);
    let mut lines = blocks.chain(solution).flat_map(|block| &block.lines);
    lines.any(|line| {
        let own = line.argv.iter().zip(words);
        line.argv.len() >= words.len()
            && own
                .into_iter()
                .all(|(own, word)| own.eq_ignore_ascii_case(word.as_bytes()))
    })
}

/// The places as the commands that lead there, with the steps' headings.
fn told(places: &[Place]) -> String {
    let rows = places.iter().map(|Place { lesson, step }| {
        let heading = Some(&lesson.steps[*step].heading);
        // The introduction has none.
        let heading = heading.filter(|heading| !heading.is_empty());
        let heading = heading.unwrap_or(&lesson.title);
        (
            format!("redis-lab {} --from {}", lesson.id, step + 1),
            heading,
        )
    });
    let rows: Vec<(String, &String)> = rows.collect();
    let width = rows
        .iter()
        .map(|(command, _)| command.len())
        .max()
        .unwrap_or_default();
    let below = " ".repeat(width + 4);
    let mut text = String::new();
    for (command, heading) in rows {
        let first = format!("  {command:<width$}  ");
        let options = wrapping(columns())
            .initial_indent(&first)
            .subsequent_indent(&below);
        let _ = writeln!(text, "{}", textwrap::fill(heading, options));
    }
    text
}
