//! Colour for small pieces of text, or none: the shell's prompt, hints and
//! tables. Select Graphic Rendition codes of ECMA-48; the 16 basic colours
//! only, which every terminal shows readably on its own background.

/// Whether text is coloured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    color: bool,
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
    /// An option such as `EX`.
    Option,
}

impl Ink {
    fn code(self) -> &'static str {
        match self {
            Ink::Dim => "2",
            Ink::Bold => "1",
            Ink::Good => "32",
            Ink::Bad => "31",
            Ink::Warn => "33",
            Ink::Command => "1;36",
            Ink::Key => "34",
            Ink::Text => "32",
            Ink::Number => "35",
            Ink::Option => "36",
        }
    }
}

impl Style {
    /// With colour, or without.
    pub fn new(color: bool) -> Style {
        Style { color }
    }

    /// Whether it colours.
    pub fn is_colored(self) -> bool {
        self.color
    }

    /// The text in this ink. Each line is painted by itself, so that a pager
    /// or a cut leaves no colour behind.
    pub fn paint(self, ink: Ink, text: impl AsRef<str>) -> String {
        let text = text.as_ref();
        if !self.color || text.is_empty() {
            return text.to_owned();
        }
        let lines: Vec<String> = text
            .split('\n')
            .map(|line| match line {
                "" => String::new(),
                line => format!("\x1b[{}m{line}\x1b[0m", ink.code()),
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
    }
}
