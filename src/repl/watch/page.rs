//! What `:watch` has on the screen: the last reply, with what has changed in it
//! marked.

use super::{Look, Wanted};
use crate::render::harmless::{foreign, own};
use crate::render::style::{Ink, Style};
use crate::repl::screen::size;
use crate::session::Output;
use catalog::text;
use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};
use resp::split::quote_all;
use std::io::{self, Write as _};
use unicode_width::UnicodeWidthChar as _;

/// So much of a reply is looked at.
const MOST_LINES: usize = 10_000;

/// What a key asks for.
pub(super) enum Pressed {
    /// To go on.
    On,
    /// To stop the program for a while.
    Stop,
    /// To leave.
    Leave,
}

/// What is on the screen.
pub(super) struct Page<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) look: Look,
    pub(super) lines: Vec<String>,
    /// Of each line, which of its characters have changed.
    pub(super) marked: Vec<Vec<bool>>,
    /// The first line that is shown.
    pub(super) top: usize,
    pub(super) runs: usize,
    /// The server has not answered for a second.
    pub(super) waits: bool,
}

impl Page<'_> {
    /// Takes a reply in.
    pub(super) fn take(&mut self, reply: &resp::Reply) {
        let (columns, _) = size();
        let output = match self.look.output {
            Output::Table(_) => Output::table(columns - 2, self.look.lang),
            other => other,
        };
        let mut text = Vec::new();
        // Writing into memory cannot fail.
        let _ = output.reply(&self.wanted.argv, reply, &mut text, None);
        let text = foreign(&String::from_utf8_lossy(&text)).into_owned();
        let lines: Vec<String> = text.lines().take(MOST_LINES).map(str::to_owned).collect();
        self.marked = match self.runs {
            0 => lines.iter().map(|_| Vec::new()).collect(),
            _ => marks(&self.lines, &lines),
        };
        self.lines = lines;
        self.runs += 1;
        self.waits = false;
    }

    /// What a key or a resize does.
    pub(super) fn pressed(&mut self, event: &Event) -> Pressed {
        let (_, rows) = size();
        let page = rows.saturating_sub(3).max(1);
        let Event::Key(key) = event else {
            return Pressed::On;
        };
        if key.kind == KeyEventKind::Release {
            return Pressed::On;
        }
        let last = self.lines.len().saturating_sub(page);
        match key.code {
            KeyCode::Char('c' | 'd') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Pressed::Leave;
            }
            KeyCode::Char('z') if key.modifiers.contains(KeyModifiers::CONTROL) => {
                return Pressed::Stop;
            }
            KeyCode::Char('q' | 'Q') | KeyCode::Esc => return Pressed::Leave,
            KeyCode::Down | KeyCode::Char('j') => self.top = (self.top + 1).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ') => self.top = (self.top + page).min(last),
            KeyCode::PageUp => self.top = self.top.saturating_sub(page),
            KeyCode::Home => self.top = 0,
            KeyCode::End => self.top = last,
            _ => {}
        }
        Pressed::On
    }

    pub(super) fn draw(&self) -> io::Result<()> {
        let mut out = io::stdout().lock();
        let text = self.text(size());
        // In raw mode a line end goes down only.
        let text = own(&text).replace('\n', "\x1b[K\r\n");
        out.write_all(format!("\x1b[H{text}\x1b[J").as_bytes())?;
        out.flush()
    }

    pub(super) fn text(&self, (columns, rows): (usize, usize)) -> String {
        let Look { style, lang, .. } = self.look;
        let every = self.wanted.every.as_secs_f64();
        let every = lang.decimal(every, if every.fract() == 0.0 { 0 } else { 1 });
        let command = quote_all(&self.wanted.argv);
        let mut head = text!(
            lang,
            "every {every} s: {command}",
            "co {every} s: {command}"
        );
        if self.waits {
            let waits = lang.pick("no answer yet", "jeszcze nie odpowiada");
            head = format!("{waits} · {head}");
        }
        let mut text = style.paint(Ink::Bold, cut(&foreign(&head), columns - 1));
        text.push('\n');
        let height = rows.saturating_sub(3).max(1);
        let shown = self.lines.iter().zip(&self.marked).skip(self.top);
        for (line, marks) in shown.take(height) {
            if marks.contains(&true) {
                text.push_str(&style.paint(Ink::Warn, "*"))
            } else {
                text.push(' ')
            }
            text.push(' ');
            text.push_str(&painted(line, marks, columns - 3, style));
            text.push('\n');
        }
        let below = self.lines.len().saturating_sub(self.top + height);
        let mut foot = lang
            .pick(
                "* has changed; arrows move, q leaves",
                "* zmiana; strzałki przewijają, q kończy",
            )
            .to_owned();
        if below > 0 {
            foot = text!(
                lang,
                "{foot}; {below} more below",
                "{foot}; niżej jeszcze: {below}"
            );
        }
        text.push_str(&style.paint(Ink::Dim, cut(&foot, columns - 1)));
        text
    }
}

/// Which characters of the new lines differ from the old ones.
fn marks(before: &[String], after: &[String]) -> Vec<Vec<bool>> {
    let empty = String::new();
    let each = after.iter().enumerate().map(|(at, line)| {
        let old: Vec<char> = before.get(at).unwrap_or(&empty).chars().collect();
        let chars = line.chars().enumerate();
        let mut marks: Vec<bool> = chars.map(|(at, c)| old.get(at) != Some(&c)).collect();
        // Something went away at its end.
        if old.len() > marks.len()
            && let Some(last) = marks.last_mut()
        {
            *last = true;
        }
        marks
    });
    each.collect()
}

/// The beginning of a text that fits so many columns.
fn cut(text: &str, columns: usize) -> String {
    let mut used = 0;
    let fits = text.chars().take_while(|c| {
        used += c.width().unwrap_or(0);
        used <= columns
    });
    fits.collect()
}

/// A line with its changed parts painted.
fn painted(line: &str, marks: &[bool], columns: usize, style: Style) -> String {
    let line = cut(line, columns);
    let mut text = String::new();
    let mut part = String::new();
    let mut is_marked = false;
    let mut flush = |part: &mut String, is_marked: bool| {
        if is_marked {
            text.push_str(&style.paint(Ink::Changed, &*part))
        } else {
            text.push_str(part)
        }
        part.clear();
    };
    for (at, c) in line.chars().enumerate() {
        let own = marks.get(at).copied().unwrap_or(false);
        if own != is_marked {
            flush(&mut part, is_marked);
            is_marked = own;
        }
        part.push(c);
    }
    flush(&mut part, is_marked);
    text
}
