//! What rustyline asks while a line is edited: candidates, hints, colours,
//! and whether the line is complete.

use super::editor::{KEYS_DEADLINE, KeysRequest, MOST_CANDIDATES, Shared, lock};
use super::highlight::highlight;
use super::screen::size;
use crate::render::cut;
use crate::render::harmless::foreign;
use crate::render::style::Ink;
use crate::session::complete::{Candidate, KeysWanted, complete};
use crate::session::line::logical_lines;
use crate::session::{Next, hint};
use resp::split::{quote, split};
use rustyline::completion::{Candidate as RlCandidate, Completer};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Context, Helper};
use std::borrow::Cow;
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;
use tokio::sync::mpsc::UnboundedSender;
use unicode_width::UnicodeWidthStr as _;

/// What rustyline asks while a line is edited.
pub(super) struct Assistant {
    pub(super) shared: Arc<Mutex<Shared>>,
    pub(super) keys: UnboundedSender<KeysRequest>,
}

impl Helper for Assistant {}

/// A candidate with its description, one per row of the menu.
pub(super) struct Row {
    display: String,
    replacement: String,
}

impl RlCandidate for Row {
    fn display(&self) -> &str {
        &self.display
    }

    fn replacement(&self) -> &str {
        &self.replacement
    }
}

impl Assistant {
    fn key_rows(&self, wanted: KeysWanted) -> Vec<Candidate> {
        let (answer, names) = channel();
        if self.keys.send(KeysRequest { wanted, answer }).is_err() {
            return Vec::new();
        }
        let names = names.recv_timeout(KEYS_DEADLINE + Duration::from_millis(100));
        names
            .unwrap_or_default()
            .into_iter()
            .map(|(name, kind)| Candidate {
                text: quote(&name),
                about: kind,
            })
            .collect()
    }
}

impl Completer for Assistant {
    type Candidate = Row;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Row>)> {
        let (look, asking) = {
            let shared = lock(&self.shared);
            (shared.look.clone(), shared.asking)
        };
        if asking {
            return Ok((pos, Vec::new()));
        }
        let completion = complete(&line[..pos], &look.commands, &look.extra, look.lang);
        let mut candidates = completion.candidates;
        if completion.sessions {
            let typed = &line[completion.start..pos];
            let names = look.sessions.iter().filter(|name| name.starts_with(typed));
            candidates.extend(names.map(|name| Candidate {
                text: name.clone(),
                about: String::new(),
            }));
        }
        if let Some(wanted) = completion.keys {
            candidates.extend(self.key_rows(wanted));
        }
        // A name that a terminal would obey is not put into the line.
        candidates.retain(|candidate| matches!(foreign(&candidate.text), Cow::Borrowed(_)));
        candidates.truncate(MOST_CANDIDATES);
        let single = candidates.len() == 1;
        let widest = candidates.iter().map(|c| c.text.width()).max().unwrap_or(0);
        let (columns, _) = size();
        let rows = candidates
            .into_iter()
            .map(|candidate| {
                let gap = " ".repeat(widest - candidate.text.width());
                let about = foreign(&candidate.about);
                let text = format!("{}{gap}  {about}", candidate.text);
                let mut display = cut(text.trim_end(), columns - 1);
                // So wide that the menu has one candidate per row.
                let missing = (columns / 2 + 1).saturating_sub(display.width());
                if !candidate.about.is_empty() {
                    display.push_str(&" ".repeat(missing));
                }
                let mut replacement = candidate.text;
                if single {
                    replacement.push(' ');
                }
                Row {
                    display,
                    replacement,
                }
            })
            .collect();
        Ok((completion.start, rows))
    }
}

/// What is shown behind the cursor. rustyline asks for it when a key is pressed;
/// what Enter does may change before that.
#[derive(Debug, Default)]
pub(super) struct Shown {
    text: String,
    /// What a key takes into the line; syntax is never inserted.
    taken: Option<String>,
    later: Later,
}

/// What it has become since.
type Later = Arc<OnceLock<Box<Shown>>>;

impl Shown {
    fn only(text: String) -> Shown {
        Shown {
            text,
            ..Shown::default()
        }
    }

    fn now(&self) -> &Shown {
        self.later.get().map_or(self, |later| later.now())
    }
}

/// What stands behind the cursor, and where its change is told.
#[derive(Debug)]
pub(super) struct Ghost(String, Later);

impl Ghost {
    fn of(shown: &Shown) -> Ghost {
        Ghost(shown.text.clone(), Arc::clone(&shown.later))
    }
}

/// A text as long as it has to be to end in the row that `old` ends in, behind
/// so many columns: rustyline reckons with that row. `None` where it cannot.
fn in_its_rows(old: &str, new: &str, before: usize, columns: usize) -> Option<String> {
    if old.contains('\n') || new.contains('\n') {
        return None;
    }
    // At the edge rustyline begins the next row by itself.
    let row = (before + old.width()).saturating_sub(1) / columns;
    let room = ((row + 1) * columns).checked_sub(before + 1)?;
    let mut text = cut(new, room);
    let least = (row * columns + 1).saturating_sub(before);
    let missing = if row == 0 {
        0
    } else {
        least.saturating_sub(text.width())
    };
    text.push_str(&" ".repeat(missing));
    Some(text)
}

impl Shared {
    /// What is to stand behind a line whose end the cursor is at.
    fn shown(&self, line: &str) -> Option<Shown> {
        if self.asking {
            return None;
        }
        if let Some(rest) = rest_of_next(line, self.look.next.as_ref()) {
            return Some(Shown {
                text: rest.to_owned(),
                taken: Some(rest.to_owned()),
                ..Shown::default()
            });
        }
        if line.is_empty() {
            return match &self.look.next {
                Some(Next::Words(words)) => Some(Shown::only(words.clone())),
                _ => None,
            };
        }
        let lang = self.look.lang;
        let last = logical_lines(line).last().copied().unwrap_or_default();
        if split(last.as_bytes()).is_err_and(|error| error.needs_more()) {
            return last.ends_with('\n').then(|| {
                Shown::only(
                    lang.pick(
                        "(close the quote, or Ctrl-C)",
                        "(zamknij cudzysłów albo Ctrl-C)",
                    )
                    .to_owned(),
                )
            });
        }
        if !self.look.syntax {
            return None;
        }
        let text = foreign(&hint(line, &self.look.commands)?).into_owned();
        let (columns, _) = size();
        let room = columns.saturating_sub(self.before(line, columns) + 1);
        (room > 3).then(|| Shown::only(cut(&text, room)))
    }

    /// The columns before the cursor, in its row.
    fn before(&self, line: &str, columns: usize) -> usize {
        let typed = line.rsplit('\n').next().unwrap_or_default().width();
        (self.prompt.width() + typed) % columns
    }

    /// Has what stands behind the cursor say what Enter does now; it is seen
    /// with the next text above the line.
    pub(super) fn renew_ghost(&mut self) {
        let Some(Ghost(old, later)) = &self.ghost else {
            return;
        };
        let new = self.shown(&self.text).unwrap_or_default();
        let (columns, _) = size();
        let before = self.before(&self.text, columns);
        let Some(text) = in_its_rows(old, &new.text, before, columns) else {
            return;
        };
        if text != *old {
            let new = Box::new(Shown { text, ..new });
            let ghost = Ghost::of(&new);
            // Nobody else sets it.
            let _ = later.set(new);
            self.ghost = Some(ghost);
        }
    }
}

/// What is still to come of the command that Enter alone would run, behind
/// the part of it that is typed.
fn rest_of_next<'a>(line: &str, next: Option<&'a Next>) -> Option<&'a str> {
    let Some(Next::Command(command)) = next else {
        return None;
    };
    let typed = command.get(..line.len())?;
    (typed.eq_ignore_ascii_case(line) && typed.len() < command.len())
        .then(|| &command[line.len()..])
}

impl Hint for Shown {
    fn display(&self) -> &str {
        &self.now().text
    }

    fn completion(&self) -> Option<&str> {
        self.now().taken.as_deref()
    }
}

impl Hinter for Assistant {
    type Hint = Shown;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<Shown> {
        let mut shared = lock(&self.shared);
        // Without colour this is the only place that sees the line.
        line.clone_into(&mut shared.text);
        let shown = (pos == line.len()).then(|| shared.shown(line)).flatten();
        shared.ghost = shown.as_ref().map(Ghost::of);
        shown
    }
}

impl Highlighter for Assistant {
    fn highlight<'l>(&self, line: &'l str, _: usize) -> Cow<'l, str> {
        let mut shared = lock(&self.shared);
        line.clone_into(&mut shared.text);
        if shared.asking || !shared.look.style.is_colored() {
            return Cow::Borrowed(line);
        }
        Cow::Owned(highlight(line, &shared.look.commands, shared.look.style))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        Cow::Owned(lock(&self.shared).look.style.paint(Ink::Dim, hint))
    }

    fn highlight_candidate<'c>(&self, candidate: &'c str, _: CompletionType) -> Cow<'c, str> {
        let style = lock(&self.shared).look.style;
        match candidate.find("  ") {
            Some(at) => Cow::Owned(format!(
                "{}{}",
                style.paint(Ink::Command, &candidate[..at]),
                style.paint(Ink::Dim, &candidate[at..])
            )),
            None => Cow::Borrowed(candidate),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        true
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        if lock(&self.shared).asking {
            return Ok(ValidationResult::Valid(None));
        }
        let last = logical_lines(context.input())
            .last()
            .copied()
            .unwrap_or_default();
        let unfinished = split(last.as_bytes()).is_err_and(|error| error.needs_more());
        Ok(if unfinished {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changes_behind_the_cursor_ends_in_the_same_row() {
        let new = "(Enter: to the teacher, lists 2)";
        let end = |old: usize, new: &str| {
            let text = in_its_rows(&"x".repeat(old), new, 5, 40).expect("it can be changed");
            5 + text.width()
        };
        assert_eq!(end(1, new), 5 + new.len());
        assert_eq!(end(1, ""), 5);
        assert_eq!(end(1, &new.repeat(2)), 39);
        // At the edge rustyline goes to the next row after it.
        assert_eq!(end(35, &new.repeat(2)), 39);
        assert_eq!(end(36, new), 41);
        assert_eq!(end(36, ""), 41);
        assert_eq!(end(75, new), 41);
        assert_eq!(end(76, new), 81);
        assert_eq!(in_its_rows("EVAL \"a\nb\" 0", new, 5, 40), None);
    }
}
