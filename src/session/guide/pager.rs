//! Text in screenfuls: what does not fit under what is already there waits for
//! Enter.

use std::collections::VecDeque;
use textwrap::core::display_width;

/// So many rows stay free for the prompt and what is typed at it.
const FOR_PROMPT: usize = 2;

/// The shortest screenful; on a lower terminal text just scrolls.
const LEAST: usize = 5;

/// Hands out text by screenfuls.
#[derive(Debug, Default)]
pub(super) struct Pager {
    columns: usize,
    rows: usize,
    /// Rows shown since the learner last pressed Enter.
    used: usize,
    waiting: VecDeque<String>,
}

impl Pager {
    /// The terminal has this size now.
    pub(super) fn resize(&mut self, (columns, rows): (usize, usize)) {
        self.columns = columns.max(1);
        self.rows = rows;
    }

    fn room(&self) -> usize {
        let rows = self.rows.saturating_sub(FOR_PROMPT).max(LEAST);
        rows.saturating_sub(self.used)
    }

    fn rows_of(&self, text: &str) -> usize {
        text.lines()
            .map(|line| display_width(line).div_ceil(self.columns).max(1))
            .sum()
    }

    /// Whether there is more to show.
    pub(super) fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// Adds a text; gives back what of it can be shown now.
    pub(super) fn push(&mut self, text: String) -> String {
        if !text.is_empty() {
            self.waiting.push_back(text);
        }
        self.fill(false)
    }

    /// The learner goes on: the next screenful.
    pub(super) fn turn(&mut self) -> String {
        self.used = 0;
        self.fill(true)
    }

    /// Everything that waits.
    pub(super) fn rest(&mut self) -> String {
        self.waiting.drain(..).collect()
    }

    /// What waits is no longer wanted.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.used = 0;
    }

    /// Takes texts as long as they fit. One that is taller than a screen by
    /// itself is split, and a new screen does not begin with an empty line.
    fn fill(&mut self, new_screen: bool) -> String {
        let mut shown = String::new();
        while let Some(mut text) = self.waiting.pop_front() {
            if new_screen && shown.is_empty() {
                text = text.trim_start_matches('\n').to_owned();
            }
            let rows = self.rows_of(&text);
            if rows <= self.room() {
                self.used += rows;
                shown.push_str(&text);
                continue;
            }
            if self.used == 0 {
                let (first, rest) = self.split(&text);
                self.used += self.rows_of(&first);
                shown.push_str(&first);
                text = rest;
            }
            if !text.is_empty() {
                self.waiting.push_front(text);
            }
            break;
        }
        shown
    }

    fn split(&self, text: &str) -> (String, String) {
        let mut rows = 0;
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            rows += self.rows_of(line);
            if at > 0 && rows > self.room() {
                break;
            }
            at += line.len();
        }
        (text[..at].to_owned(), text[at..].to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pager(rows: usize) -> Pager {
        let mut pager = Pager::default();
        pager.resize((10, rows));
        pager
    }

    #[test]
    fn what_does_not_fit_waits_for_enter() {
        let mut pager = pager(8);
        assert_eq!(pager.push("a\nb\nc\n".into()), "a\nb\nc\n");
        assert_eq!(pager.push("\nd\ne\nf\n".into()), "");
        assert_eq!(pager.push("g\n".into()), "", "the order is kept");
        assert!(pager.is_waiting());
        assert_eq!(pager.turn(), "d\ne\nf\ng\n");
        assert!(!pager.is_waiting());
    }

    #[test]
    fn a_text_taller_than_the_screen_is_split() {
        let mut pager = pager(7);
        let text: String = (0..12).map(|n| format!("{n}\n")).collect();
        let mut shown = pager.push(text.clone());
        assert_eq!(shown.lines().count(), 5);
        for lines in [5, 2] {
            let page = pager.turn();
            assert_eq!(page.lines().count(), lines);
            shown += &page;
        }
        assert_eq!(shown, text);
    }

    #[test]
    fn wrapped_lines_and_colours_count_by_what_is_seen() {
        let pager = pager(8);
        assert_eq!(pager.rows_of("0123456789\n"), 1);
        assert_eq!(pager.rows_of("0123456789a\n\n"), 3);
        assert_eq!(pager.rows_of("\x1b[1mżółwżółw\x1b[0m\n"), 1);
    }
}
