//! The line up to the cursor.

use crate::session::commands::Commands;
use crate::session::line::{is_repetition, logical_lines};
use catalog::Command;
use resp::split;

/// A line up to the cursor, as far as completion and hints need it.
#[derive(Debug)]
pub struct Cursor {
    /// The finished words of the current command, without a repetition.
    pub words_before: Vec<String>,
    /// The word being typed, unquoted; empty at a gap.
    pub current: String,
    /// Where the word being typed starts in the text.
    pub start: usize,
    /// The text ends inside quotes.
    pub quote_is_open: bool,
}

impl Cursor {
    /// Reads the text before the cursor; of several lines the last one counts.
    pub fn at(text: &str) -> Cursor {
        let line = if text.ends_with('\n') && !ends_in_quotes(text) {
            ""
        } else {
            logical_lines(text).last().copied().unwrap_or("")
        };
        let offset = text.len() - line.len();
        let scan = split::scan(line.as_bytes());
        let quote_is_open = scan.error.is_some_and(|error| error.needs_more());
        let mut words: Vec<(String, usize)> = scan
            .words
            .iter()
            .map(|word| {
                let text = String::from_utf8_lossy(&word.bytes).into_owned();
                (text, offset + word.span.start)
            })
            .collect();
        let touches = scan
            .words
            .last()
            .is_some_and(|word| word.span.end == line.len());
        let (current, start) = if touches {
            words.pop().unwrap_or_default()
        } else {
            (String::new(), text.len())
        };
        let mut words_before: Vec<String> = words.into_iter().map(|(word, _)| word).collect();
        if words_before.first().is_some_and(|word| is_repetition(word)) {
            words_before.remove(0);
        }
        Cursor {
            words_before,
            current,
            start,
            quote_is_open,
        }
    }

    /// The command (or subcommand) that is typed, the word at the cursor
    /// included when it is the name itself.
    pub fn command(&self, commands: &Commands) -> Option<&'static Command> {
        if self.words_before.is_empty() {
            return commands
                .find(&self.current)
                .filter(|_| !self.current.contains(' '));
        }
        let command = commands.find_argv(&self.words_before)?;
        if self.words_before.len() == 1
            && let Some(sub) = command.subcommand(&self.current)
        {
            return Some(sub);
        }
        Some(command)
    }

    /// The finished words behind the command's name.
    pub fn arguments(&self, commands: &Commands) -> &[String] {
        let names = self
            .command(commands)
            .map_or(1, |command| command.name.split('|').count());
        self.words_before.get(names..).unwrap_or_default()
    }
}

fn ends_in_quotes(text: &str) -> bool {
    logical_lines(text).last().is_some_and(|line| {
        split::scan(line.as_bytes())
            .error
            .is_some_and(|e| e.needs_more())
    })
}
