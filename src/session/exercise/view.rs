//! What practice says, as text.

mod answer;
mod fault;
mod list;

use super::course::Task;
use crate::lesson::{Item, Prose};
use crate::render::style::{Ink, Style};
use crate::render::{Painter, wrapping};
use crate::runner::Event;
use answer::commands;
use catalog::lang::Lang;
use catalog::text;
use resp::split::{quote, quote_all};

/// So many commands of the learner's are shown beside ours.
const MOST_SHOWN: usize = 24;
/// Lines are not set wider than this.
const WIDEST: usize = 100;

/// In a page there is no Ctrl-D, and nothing beside the shell.
const IN_PAGE: bool = cfg!(target_family = "wasm");

/// Texts for a terminal.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// The language.
    pub lang: Lang,
    /// Colour or none.
    pub style: Style,
    /// Columns.
    pub width: usize,
}

impl View {
    /// Text in one ink, broken into lines that fit.
    pub fn line(&self, ink: Ink, text: impl AsRef<str>) -> String {
        let wrapped = textwrap::wrap(text.as_ref(), wrapping(self.width.clamp(20, WIDEST)));
        wrapped
            .iter()
            .map(|line| self.style.paint(ink, line) + "\n")
            .collect()
    }

    /// A quiet remark.
    pub fn remark(&self, text: &str) -> String {
        let options = wrapping(self.width.clamp(20, WIDEST))
            .initial_indent("  ▸ ")
            .subsequent_indent("    ");
        let wrapped = textwrap::wrap(text, options);
        wrapped
            .iter()
            .map(|line| self.style.paint(Ink::Dim, line) + "\n")
            .collect()
    }

    /// Prose, with an empty line behind each piece.
    pub fn prose(&self, prose: &[Prose]) -> String {
        let mut painter = Painter::new(self.style, self.width, self.lang);
        let events = prose.iter().map(|piece| Event::Prose(piece.clone()));
        events.map(|event| painter.paint(&event)).collect()
    }

    /// An exercise: its title, its prompt and what is already on the server.
    pub fn task(&self, task: &Task) -> String {
        let mut text = format!("\n{}\n", self.style.paint(Ink::Title, task.title()));
        text.push('\n');
        let mut painter = Painter::new(self.style, self.width, self.lang);
        for item in &task.prompt {
            if let Item::Prose(_) | Item::Code { .. } = item
                && let Some(event) = Event::to_read(item)
            {
                text.push_str(&painter.paint(&event));
            }
        }
        if let Some(setup) = &task.exercise.setup {
            let label = self
                .lang
                .pick("The server starts with:", "Serwer zaczyna z:");
            text.push_str(&self.line(Ink::Dim, label));
            for line in commands(setup).iter().flat_map(|command| command.lines()) {
                text.push_str(&self.style.paint(Ink::Dim, format!("    {line}")));
                text.push('\n');
            }
            text.push('\n');
        }
        text
    }

    /// What can be typed, in one line.
    pub fn advice(&self) -> String {
        let text = self.lang.pick(
            ":hint helps, :check says what is missing, :help lists the rest",
            ":hint podpowiada, :check mówi, czego brakuje, :help pokazuje resztę",
        );
        let leaves = self.lang.pick(", Ctrl-D leaves", ", Ctrl-D kończy");
        let leaves = if IN_PAGE { "" } else { leaves };
        self.line(Ink::Dim, format!("{text}{leaves}.")) + "\n"
    }

    /// A hint, with its number.
    pub fn hint(&self, hints: &[Vec<Prose>], shown: usize) -> String {
        let Some(hint) = shown.checked_sub(1).and_then(|index| hints.get(index)) else {
            return String::new();
        };
        let of = hints.len();
        let label = text!(
            self.lang,
            "Hint {shown} of {of}",
            "Podpowiedź {shown} z {of}"
        );
        self.line(Ink::Bold, label) + &self.prose(hint)
    }

    /// Success: what was learned, and our solution beside the learner's.
    pub fn solved(&self, task: &Task, typed: &[String]) -> String {
        let lang = self.lang;
        let heading = lang.pick("✓ Solved: ", "✓ Rozwiązane: ");
        let heading = format!("{heading}{}", task.title());
        let mut text = format!("\n{}\n", self.line(Ink::Good, heading));
        let mut yours: Vec<String> = typed.to_vec();
        if yours.len() > MOST_SHOWN {
            yours.drain(..yours.len() - MOST_SHOWN);
            yours.insert(0, "...".to_owned());
        }
        text.push_str(&self.beside(
            (
                lang.pick("our solution", "nasze rozwiązanie"),
                &commands(&task.exercise.solution),
            ),
            (lang.pick("yours", "twoje"), &yours),
        ));
        text.push('\n');
        let learned = lang.pick("What you have learned: ", "Czego się uczysz: ");
        let learned = Prose::Paragraph(vec![
            crate::lesson::Inline::Strong(learned.to_owned()),
            crate::lesson::Inline::Text(task.exercise.learned.clone()),
        ]);
        text.push_str(&self.prose(&[learned]));
        text
    }

    /// What to do after success.
    pub fn after_success(&self, has_next: bool) -> String {
        let text = if has_next {
            self.lang.pick(
                "Enter: the next exercise. :solution says more; go on trying as long as you like.",
                "Enter: następne ćwiczenie. :solution powie więcej; próbuj dalej, ile chcesz.",
            )
        } else if IN_PAGE {
            self.lang.pick(
                "That was the last open exercise. Enter leaves.",
                "To było ostatnie otwarte ćwiczenie. Enter kończy.",
            )
        } else {
            self.lang.pick(
                "That was the last open exercise. Enter or Ctrl-D leaves.",
                "To było ostatnie otwarte ćwiczenie. Enter albo Ctrl-D kończy.",
            )
        };
        self.line(Ink::Bold, text)
    }

    /// Everything is solved.
    pub fn all_done(&self, section: Option<&str>) -> String {
        let lang = self.lang;
        let what = section.unwrap_or("all");
        let text = match section {
            Some(section) => text!(
                lang,
                "Every exercise of {section} is solved.",
                "Wszystkie ćwiczenia sekcji {section} są rozwiązane."
            ),
            None => lang
                .pick(
                    "Every exercise of every section is solved.",
                    "Wszystkie ćwiczenia wszystkich sekcji są rozwiązane.",
                )
                .to_owned(),
        };
        let advice = if IN_PAGE {
            text!(
                lang,
                "Erase your progress, at the top, to begin again.",
                "Usuń postępy, u góry, żeby zacząć od nowa."
            )
        } else {
            text!(
                lang,
                "redis-lab practice --reset {what} lets you begin again.",
                "redis-lab practice --reset {what} pozwoli zacząć od nowa."
            )
        };
        self.line(Ink::Good, text) + &self.line(Ink::Dim, advice)
    }
}

/// A command as a person would have typed it: a script stays in its lines.
pub fn readable(argv: &[Vec<u8>]) -> String {
    let words = argv.iter().map(|word| match std::str::from_utf8(word) {
        Ok(text) if text.contains('\n') => {
            let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
            let clean: String = escaped
                .chars()
                .map(|c| if c.is_control() && c != '\n' { ' ' } else { c })
                .collect();
            format!("\"{clean}\"")
        }
        _ => quote(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

/// A command as it is recorded: one line that gives the same bytes again.
pub fn recorded(argv: &[Vec<u8>]) -> String {
    quote_all(argv)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::Library;
    use crate::session::exercise::Course;

    fn view(width: usize, lang: Lang) -> View {
        View {
            lang,
            style: Style::new(false),
            width,
        }
    }

    fn texts(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn solutions_stand_side_by_side_or_one_under_the_other() {
        let (ours, yours) = (texts(&["INCR a", "EXPIRE a 5"]), texts(&["SET a 1 EX 5"]));
        let wide = view(70, Lang::En).beside(("ours", &ours), ("yours", &yours));
        let lines: Vec<&str> = wide.lines().collect();
        assert_eq!(lines.len(), 3, "{wide}");
        assert!(lines[1].starts_with("  INCR a  ") && lines[1].ends_with("│ SET a 1 EX 5"));
        let narrow = view(40, Lang::En).beside(("ours", &ours), ("yours", &yours));
        assert_eq!(
            narrow,
            "ours\n    INCR a\n    EXPIRE a 5\nyours\n    SET a 1 EX 5\n"
        );
    }

    #[test]
    fn every_exercise_fits_a_terminal_in_both_languages() {
        for lang in Lang::ALL {
            let course = Course::load(&Library::new(None), None, lang).unwrap();
            let view = view(80, lang);
            for task in &course.tasks {
                let mut text = view.task(task);
                text += &view.solved(task, &texts(&["PING"]));
                for shown in 1..=task.exercise.hints.len() {
                    text += &view.hint(&task.exercise.hints, shown);
                }
                assert!(text.contains(&task.title()));
                let words: String = text.split_whitespace().collect();
                let learned: String = task.exercise.learned.split_whitespace().collect();
                assert!(words.contains(&learned), "{text}");
            }
        }
    }

    #[test]
    fn a_script_stays_in_its_lines_and_is_recorded_in_one() {
        let argv = vec![
            b"EVAL".to_vec(),
            b"return 1\n-- \"x\"".to_vec(),
            b"0".to_vec(),
        ];
        assert_eq!(readable(&argv), "EVAL \"return 1\n-- \\\"x\\\"\" 0");
        let text = recorded(&argv);
        assert_eq!(text.lines().count(), 1);
        assert_eq!(resp::split::split(text.as_bytes()).unwrap(), argv);
    }
}
