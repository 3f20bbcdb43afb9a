//! Answers to an exercise: ours, others, and one beside the learner's.

use super::super::course::Task;
use super::{View, WIDEST};
use crate::lesson::{Answer, Block};
use crate::render::style::Ink;
use crate::render::wrapping;
use unicode_width::UnicodeWidthStr as _;

/// Two columns narrower than this together are set one under the other.
const SIDE_BY_SIDE: usize = 64;

impl View {
    /// Our solution, what is said about it, and other answers, right and wrong.
    pub fn solution(&self, task: &Task) -> String {
        let lang = self.lang;
        let exercise = &task.exercise;
        let mut text = self.line(Ink::Bold, lang.pick("Our solution", "Nasze rozwiązanie"));
        text.push_str(&self.block(&exercise.solution));
        text.push_str(&self.prose(&exercise.explanation));
        let right = lang.pick("Another right answer", "Inna dobra odpowiedź");
        let wrong = lang.pick("A wrong answer", "Zła odpowiedź");
        for (label, answers) in [(right, &exercise.right), (wrong, &exercise.wrong)] {
            for answer in answers {
                text.push_str(&self.answer(label, answer));
            }
        }
        text
    }

    /// An answer with what is said about it above.
    fn answer(&self, label: &str, answer: &Answer) -> String {
        let said = if answer.why.is_empty() {
            self.line(Ink::Bold, label)
        } else {
            self.prose(&answer.why)
        };
        said + &self.block(&answer.block)
    }

    fn block(&self, block: &Block) -> String {
        let mut text = String::new();
        for line in commands(block).iter().flat_map(|command| command.lines()) {
            text.push_str(&format!("    {}\n", self.style.paint(Ink::Command, line)));
        }
        text + "\n"
    }

    /// Two lists of commands in columns, or one under the other.
    pub(super) fn beside(&self, left: (&str, &[String]), right: (&str, &[String])) -> String {
        let style = self.style;
        let width = self.width.min(WIDEST);
        if width < SIDE_BY_SIDE {
            let mut text = String::new();
            for (title, commands) in [left, right] {
                text.push_str(&self.line(Ink::Bold, title));
                for line in wrapped(commands, width.max(20) - 4) {
                    text.push_str(&format!("    {}\n", style.paint(Ink::Command, line)));
                }
            }
            return text;
        }
        let column = (width - 7) / 2;
        let (ours, yours) = (wrapped(left.1, column), wrapped(right.1, column));
        let pad = |text: &str| " ".repeat(column.saturating_sub(text.width()));
        let title = style.paint(Ink::Bold, left.0);
        let mut text = format!("  {title}{} │ ", pad(left.0));
        text.push_str(&style.paint(Ink::Bold, right.0));
        text.push('\n');
        for index in 0..ours.len().max(yours.len()) {
            let one = ours.get(index).map_or("", String::as_str);
            let other = yours.get(index).map_or("", String::as_str);
            let line = format!(
                "  {}{} │ {}",
                style.paint(Ink::Command, one),
                pad(one),
                style.paint(Ink::Command, other)
            );
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// A block's commands as the lesson writes them.
pub(super) fn commands(block: &Block) -> Vec<String> {
    block.lines.iter().map(|line| line.text.clone()).collect()
}

/// Commands in lines no wider than `width`, continued lines indented.
fn wrapped(commands: &[String], width: usize) -> Vec<String> {
    let options = wrapping(width).subsequent_indent("  ");
    let lines = commands.iter().flat_map(|command| command.lines());
    lines
        .flat_map(|line| textwrap::wrap(line, &options))
        .map(|line| line.into_owned())
        .collect()
}
