//! What the pictures have in common: a sheet to draw on, the signs and inks, and
//! the rows that become of it.

use crate::render::harmless::foreign;
use crate::render::style::Ink;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::{Color, Style};
use unicode_width::UnicodeWidthStr as _;

/// From this width on, what signs mean stands beside a picture, not below.
pub(super) const BESIDE: usize = 64;

/// So many signs are explained; the others are counted.
pub(super) const EXPLAINED: usize = 12;

/// A row, in pieces of one ink each.
pub type Row = Vec<(Option<Ink>, String)>;

/// The sign of a place by its number, from 0: 1 to 9, then letters.
pub(super) fn sign(index: usize) -> char {
    b"123456789abcdefghijklmnopqrstuvwxyz"
        .get(index)
        .map_or('•', |byte| char::from(*byte))
}

/// A voice's number travels through a buffer as a colour.
pub(super) fn voice(number: usize) -> Style {
    Style::new().fg(Color::Indexed((number % 5) as u8))
}

/// What is quiet, likewise.
pub(super) const DIM: Color = Color::DarkGray;

pub(super) fn dim() -> Style {
    Style::new().fg(DIM)
}

pub(super) fn ink(style: Style) -> Option<Ink> {
    match style.fg {
        Some(Color::Indexed(number)) => Some(Ink::Voice(number.into())),
        Some(DIM) => Some(Ink::Dim),
        _ => None,
    }
}

/// An empty buffer.
pub(super) fn sheet(width: usize, height: usize) -> Buffer {
    let columns = |size| u16::try_from(size).unwrap_or(u16::MAX);
    Buffer::empty(Rect::new(0, 0, columns(width), columns(height)))
}

/// What was drawn, without the empty end of each row.
pub(super) fn cut(buffer: &Buffer) -> Vec<Row> {
    let area = buffer.area;
    let mut rows = Vec::new();
    for y in area.top()..area.bottom() {
        let mut row: Row = Vec::new();
        let mut x = area.left();
        while x < area.right() {
            let cell = &buffer[(x, y)];
            let ink = match cell.symbol() {
                // A gap has no ink, and needs none of its own.
                " " => row.last().and_then(|(ink, _)| *ink),
                _ => ink(cell.style()),
            };
            match row.last_mut() {
                Some((last, text)) if *last == ink => text.push_str(cell.symbol()),
                _ => row.push((ink, cell.symbol().to_owned())),
            }
            x += u16::try_from(cell.symbol().width().max(1)).unwrap_or(1);
        }
        while let Some((_, text)) = row.last_mut() {
            text.truncate(text.trim_end().len());
            if !text.is_empty() {
                break;
            }
            row.pop();
        }
        rows.push(row);
    }
    rows
}

/// Puts an explanation beside a picture, or below it where there is no room.
pub(super) fn with_legend(
    picture: Vec<Row>,
    across: usize,
    legend: Vec<Row>,
    width: usize,
) -> Vec<Row> {
    if width < BESIDE {
        return picture.into_iter().chain(legend).collect();
    }
    let height = picture.len().max(legend.len());
    let (mut picture, mut legend) = (picture.into_iter(), legend.into_iter());
    let beside = |_| {
        let mut row = picture.next().unwrap_or_default();
        let more = legend.next().unwrap_or_default();
        if !more.is_empty() {
            let used: usize = row.iter().map(|(_, text)| text.width()).sum();
            row.push((None, " ".repeat((across + 2).saturating_sub(used))));
            row.extend(more);
        }
        row
    };
    (0..height).map(beside).collect()
}

/// A text of somebody else's in at most so many columns.
pub(super) fn fit(text: &str, columns: usize) -> String {
    let text = foreign(text).replace('\n', " ");
    if text.width() <= columns {
        return text;
    }
    let mut fitting = String::new();
    for c in text.chars() {
        fitting.push(c);
        if fitting.width() >= columns {
            fitting.pop();
            break;
        }
    }
    fitting + "…"
}
