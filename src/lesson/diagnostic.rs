//! What is wrong with a lesson file, where, and how to mend it.

use super::Span;
use crate::error::Error;
use catalog::lang::{Lang, Text};

/// A located complaint about a lesson file: message, file, line, the line
/// itself and a caret under the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// What is wrong.
    pub message: Text,
    /// The file's name as the reader knows it.
    pub file: String,
    /// Where in the file.
    pub span: Span,
    /// The text of that line.
    pub source_line: String,
    /// How to mend it.
    pub help: Option<Text>,
}

impl Diagnostic {
    /// A complaint about `span` of the file `file`, whose text is `source`.
    pub fn new(file: &str, source: &str, span: Span, message: Text) -> Self {
        let source_line = source.lines().nth(span.line.saturating_sub(1));
        Diagnostic {
            message,
            file: file.to_owned(),
            span,
            source_line: source_line.unwrap_or_default().to_owned(),
            help: None,
        }
    }

    /// Adds advice.
    #[must_use]
    pub fn help(mut self, help: Text) -> Self {
        self.help = Some(help);
        self
    }

    /// The whole complaint, in several lines.
    pub fn report(&self, lang: Lang) -> String {
        let Span { line, column, len } = self.span;
        let number = line.to_string();
        let margin = " ".repeat(number.len());
        // Tabs stay tabs, so that the caret stands under its place.
        let indent: String = self
            .source_line
            .chars()
            .take(column.saturating_sub(1))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let help = match &self.help {
            Some(help) => format!("\n{margin} = {}", help.pick(lang)),
            None => String::new(),
        };
        format!(
            "{}\n{margin}--> {}:{line}:{column}\n{margin} |\n{number} | {}\n{margin} | {indent}{}{help}",
            self.message.pick(lang),
            self.file,
            self.source_line,
            "^".repeat(len.max(1)),
        )
    }
}

impl From<Diagnostic> for Error {
    fn from(diagnostic: Diagnostic) -> Self {
        Error::lesson(Text::in_each(|lang| diagnostic.report(lang)))
    }
}

/// Whether a terminal does something at this character instead of showing it:
/// C0, DEL and C1, and the controls of bidirectional text (Unicode Standard
/// Annex 9), which show it in another order than it has.
pub fn is_obeyed(c: char) -> bool {
    match c {
        '\n' => false,
        '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            true
        }
        c => c.is_control(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use catalog::text;

    #[test]
    fn the_caret_stands_under_the_place_also_behind_polish_letters() {
        let source = "# Zażółć\ngęś jaźń X\n";
        let span = Span {
            line: 2,
            column: 10,
            len: 1,
        };
        let found = Diagnostic::new("pl/x.md", source, span, text!("odd X", "dziwne X"))
            .help(text!("leave it out", "usuń je"));
        assert_eq!(
            found.report(Lang::En),
            "odd X\n --> pl/x.md:2:10\n  |\n2 | gęś jaźń X\n  |          ^\n  = leave it out"
        );
        assert_eq!(
            Error::from(found).message_in(Lang::Pl),
            "dziwne X\n --> pl/x.md:2:10\n  |\n2 | gęś jaźń X\n  |          ^\n  = usuń je"
        );
    }
}
