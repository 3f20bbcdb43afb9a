//! Pictures as rows of a terminal, drawn with ratatui's widgets, and as a
//! sentence for those who hear the lesson read.
//!
//! Colour is never all that tells two things apart: what has one also has a
//! name, a number or a sign of its own. Only signs of one column are drawn
//! that every fixed-width font has, so that a page shows the same.

mod map;
mod ring;
mod sentence;
mod sheet;
mod timeline;

pub use sentence::sentence;
pub use sheet::Row;

use crate::runner::{Bar, Picture, Shape};
use catalog::lang::Lang;
use ratatui::layout::Direction;
use ratatui::text::Line;
use ratatui::widgets::{BarChart, BarGroup, Widget as _};
use sheet::{cut, fit, sheet, voice};
use unicode_width::UnicodeWidthStr as _;

/// The narrowest picture; on a narrower terminal its rows are broken.
const NARROWEST: usize = 30;

/// The widest: further apart, names and bars are hard to connect.
const WIDEST: usize = 76;

/// The rows of a picture without its caption, for so many columns.
pub fn rows(picture: &Picture, width: usize, lang: Lang) -> Vec<Row> {
    let width = width.clamp(NARROWEST, WIDEST);
    match &picture.shape {
        Shape::Bars { bars } => draw_bars(bars, width),
        Shape::Timeline { moments } => timeline::draw(moments, width, lang),
        Shape::Ring { arcs, keys } => ring::draw(arcs, keys, width),
        Shape::Map { places, search } => map::draw(places, *search, width, lang),
    }
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
