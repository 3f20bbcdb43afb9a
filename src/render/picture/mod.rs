//! Pictures as rows of a terminal, drawn with ratatui's widgets, and as a
//! sentence for those who hear the lesson read.
//!
//! Colour is never all that tells two things apart: what has one also has a
//! name, a number or a sign of its own. Only signs of one column are drawn
//! that every fixed-width font has, so that a page shows the same.

mod map;
mod ring;
mod sentence;
mod timeline;

pub use sentence::sentence;

use super::harmless::foreign;
use super::style::Ink;
use crate::runner::{Bar, Picture, Shape};
use catalog::lang::Lang;
use ratatui::buffer::Buffer;
use ratatui::layout::{Direction, Rect};
use ratatui::style::{Color, Style};
use ratatui::text::Line;
use ratatui::widgets::{BarChart, BarGroup, Widget as _};
use unicode_width::UnicodeWidthStr as _;

/// The narrowest picture; on a narrower terminal its rows are broken.
const NARROWEST: usize = 30;

/// The widest: further apart, names and bars are hard to connect.
const WIDEST: usize = 76;

/// From this width on, what signs mean stands beside a picture, not below.
const BESIDE: usize = 64;

/// So many signs are explained; the others are counted.
const EXPLAINED: usize = 12;

/// A row, in pieces of one ink each.
pub type Row = Vec<(Option<Ink>, String)>;

/// The rows of a picture without its caption, for so many columns.
pub fn rows(picture: &Picture, width: usize, lang: Lang) -> Vec<Row> {
    let width = width.clamp(NARROWEST, WIDEST);
    match &picture.shape {
        Shape::Bars { bars } => draw_bars(bars, width),
        Shape::Timeline { moments } => timeline::draw(moments, width, lang),
        Shape::Ring { arcs, keys } => ring::draw(arcs, keys, width, lang),
        Shape::Map { places, search } => map::draw(places, *search, width, lang),
    }
}

/// A voice's number travels through a buffer as a colour.
fn voice(number: usize) -> Style {
    Style::new().fg(Color::Indexed((number % 5) as u8))
}

/// What is quiet, likewise.
const DIM: Color = Color::DarkGray;

fn dim() -> Style {
    Style::new().fg(DIM)
}

fn ink(style: Style) -> Option<Ink> {
    match style.fg {
        Some(Color::Indexed(number)) => Some(Ink::Voice(number.into())),
        Some(DIM) => Some(Ink::Dim),
        _ => None,
    }
}

/// An empty buffer.
fn sheet(width: usize, height: usize) -> Buffer {
    let columns = |size| u16::try_from(size).unwrap_or(u16::MAX);
    Buffer::empty(Rect::new(0, 0, columns(width), columns(height)))
}

/// What was drawn, without the empty end of each row.
fn cut(buffer: &Buffer) -> Vec<Row> {
    let area = buffer.area;
    let mut rows = Vec::new();
    for y in area.top()..area.bottom() {
        let mut row: Row = Vec::new();
        let mut x = area.left();
        while x < area.right() {
            let cell = &buffer[(x, y)];
            let ink = match cell.symbol() {
                " " => None,
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
fn with_legend(picture: Vec<Row>, across: usize, legend: Vec<Row>, width: usize) -> Vec<Row> {
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
fn fit(text: &str, columns: usize) -> String {
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

/// Name, value and bar in a row each.
fn draw_bars(bars: &[Bar], width: usize) -> Vec<Row> {
    let longest = |texts: &mut dyn Iterator<Item = &str>| texts.map(|text| text.width()).max();
    let values = longest(&mut bars.iter().map(|bar| bar.text.as_str())).unwrap_or(0);
    let names = longest(&mut bars.iter().map(|bar| bar.label.as_str())).unwrap_or(0);
    let names = names.min(width / 3);
    let longest = bars.iter().map(|bar| bar.value).fold(0.0, f64::max);
    // A bar's length is a whole number; these are finer than any column.
    let scale = if longest > 0.0 { 1e6 / longest } else { 0.0 };
    let drawn: Vec<_> = bars
        .iter()
        .enumerate()
        .map(|(index, bar)| {
            let name = fit(&bar.label, names);
            let gap = names - name.width();
            let room = values - bar.text.width();
            let head = format!(
                "{name}{}  {}{}",
                " ".repeat(gap),
                " ".repeat(room),
                bar.text
            );
            ratatui::widgets::Bar::default()
                .label(Line::raw(head))
                .value((bar.value.max(0.0) * scale) as u64)
                .text_value("")
                .style(voice(index))
        })
        .collect();
    let mut buffer = sheet(width, bars.len());
    BarChart::default()
        .direction(Direction::Horizontal)
        .bar_width(1)
        .bar_gap(0)
        .max(1_000_000)
        .data(BarGroup::default().bars(&drawn))
        .render(buffer.area, &mut buffer);
    cut(&buffer)
}

#[cfg(test)]
mod tests;
