//! Colour for small pieces of text, or none: the shell's prompt, hints and
//! tables. On a dark background the basic colours; on a light one darker ones
//! of the 256, for yellow, cyan and green cannot be read there. Nothing is told
//! by colour alone.

use super::harmless::foreign;
use colored::{Color, ColoredString, Colorize as _};

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
    light: bool,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// A side remark.
    Dim,
    /// A heading.
    Bold,
    /// Something new or right.
    Good,
    /// Something gone or wrong.
    Bad,
    /// Something to look at.
    Warn,
    /// A command's name.
    Command,
    /// A key.
    Key,
    /// A quoted string.
    Text,
    /// A number.
    Number,
    /// An option such as `EX`, or code within prose.
    Option,
    /// A lesson's title.
    Title,
    /// What is not as it was, within a line.
    Changed,
    /// One of several speakers: a session, an actor of a demo.
    Voice(usize),
}

impl Ink {
    /// On a light background each has a contrast of 4.2 to white at least.
    fn on_light(self, text: &str) -> ColoredString {
        match self {
            Ink::Good | Ink::Text => text.color(Color::AnsiColor(28)),
            Ink::Warn => text.color(Color::AnsiColor(130)),
            Ink::Command => text.bold().color(Color::AnsiColor(25)),
            Ink::Option => text.color(Color::AnsiColor(30)),
            Ink::Number => text.color(Color::AnsiColor(127)),
            Ink::Voice(number) => {
                const VOICES: [u8; 5] = [28, 25, 127, 130, 18];
                text.color(Color::AnsiColor(VOICES[number % VOICES.len()]))
            }
            other => other.on(text),
        }
    }

    fn on(self, text: &str) -> ColoredString {
        match self {
            Ink::Dim => text.dimmed(),
            Ink::Bold => text.bold(),
            Ink::Title => text.bold().underline(),
            Ink::Good => text.green(),
            Ink::Bad => text.red(),
            Ink::Warn => text.yellow(),
            Ink::Command => text.bold().cyan(),
            Ink::Key => text.blue(),
            Ink::Text => text.green(),
            Ink::Number => text.magenta(),
            Ink::Option => text.cyan(),
            Ink::Changed => text.reversed(),
            Ink::Voice(number) => {
                const VOICES: [Color; 5] = [
                    Color::Green,
                    Color::Cyan,
                    Color::Magenta,
                    Color::Yellow,
                    Color::Blue,
                ];
                text.color(VOICES[number % VOICES.len()])
            }
        }
    }
}

impl Style {
    /// With colour, or without.
    pub fn new(color: bool) -> Style {
        Style {
            color,
            light: false,
        }
    }

    /// The same for a light background.
    #[must_use]
    pub fn on_light(self, light: bool) -> Style {
        Style { light, ..self }
    }

    /// Whether it colours.
    pub fn is_colored(self) -> bool {
        self.color
    }

    /// The text in this ink. Each line is painted by itself, so that a pager
    /// or a cut leaves no colour behind.
    pub fn paint(self, ink: Ink, text: impl AsRef<str>) -> String {
        // Whoever's it is: within an ink there are no other colours.
        let text = foreign(text.as_ref());
        if !self.color || text.is_empty() {
            return text.into_owned();
        }
        // The caller has decided; the crate's own guess at the terminal is not asked.
        colored::control::set_override(true);
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| match line {
                "" => String::new(),
                line if self.light => ink.on_light(line).to_string(),
                line => ink.on(line).to_string(),
            })
            .collect();
        lines.join("\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_ends_its_colour() {
        let style = Style::new(true);
        assert_eq!(
            style.paint(Ink::Bad, "a\n\nb"),
            "\x1b[31ma\x1b[0m\n\n\x1b[31mb\x1b[0m"
        );
        assert_eq!(Style::new(false).paint(Ink::Bad, "a"), "a");
        let light = style.on_light(true);
        assert_eq!(light.paint(Ink::Good, "a"), "\x1b[38;5;28ma\x1b[0m");
        assert_eq!(light.paint(Ink::Key, "a"), style.paint(Ink::Key, "a"));
    }

    /// What a terminal may be shown lets every ink pass.
    #[test]
    fn every_ink_is_seen() {
        for ink in [
            Ink::Dim,
            Ink::Bold,
            Ink::Good,
            Ink::Bad,
            Ink::Warn,
            Ink::Command,
            Ink::Key,
            Ink::Text,
            Ink::Number,
            Ink::Option,
            Ink::Title,
            Ink::Changed,
            Ink::Voice(0),
            Ink::Voice(4),
        ] {
            for light in [false, true] {
                let text = Style::new(true).on_light(light).paint(ink, "a");
                assert_ne!(text, "a");
                assert_eq!(crate::render::harmless::own(&text), text);
            }
        }
    }
}
