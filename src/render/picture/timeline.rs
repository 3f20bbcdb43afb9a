//! A line of time: marks where something happened, with its name below.

use super::sheet::{Row, cut, dim, fit, sheet, voice};
use crate::runner::Moment;
use catalog::lang::Lang;
use unicode_width::UnicodeWidthStr as _;

/// What happened, and what was turned down.
pub(super) const DONE: char = '●';
pub(super) const REFUSED: char = '×';

/// The lanes in their order.
pub(super) fn lanes(moments: &[Moment]) -> Vec<&str> {
    let mut lanes: Vec<&str> = Vec::new();
    for moment in moments {
        if !lanes.contains(&moment.lane.as_str()) {
            lanes.push(&moment.lane);
        }
    }
    lanes
}

/// What times are counted from: the earliest, where they are those of a clock
/// (milliseconds since 1970), and otherwise 0, as they are.
pub(super) fn origin(moments: &[Moment]) -> f64 {
    let earliest = earliest(moments);
    if (0.0..1e10).contains(&earliest) {
        0.0
    } else {
        earliest
    }
}

fn earliest(moments: &[Moment]) -> f64 {
    let times = moments.iter().map(|moment| moment.at);
    times.fold(f64::INFINITY, f64::min)
}

/// A time for a person: `0`, `150 ms`, `2.5 s`, `3 min`.
pub(super) fn time(millis: f64, lang: Lang) -> String {
    match millis {
        none if none < 0.05 => "0".to_owned(),
        short if short < 10.0 => format!("{} ms", lang.decimal(short, 1)),
        short if short < 9_999.5 => format!("{short:.0} ms"),
        long if long < 599_950.0 => format!("{} s", lang.decimal(long / 1000.0, 1)),
        long if long < 5_970_000.0 => format!("{:.0} min", long / 60_000.0),
        long => format!("{} h", lang.decimal(long / 3_600_000.0, 1)),
    }
}

pub(super) fn draw(moments: &[Moment], width: usize, lang: Lang) -> Vec<Row> {
    let names = lanes(moments);
    let longest = names.iter().map(|name| name.width()).max().unwrap_or(0);
    let head = longest.min(width / 4);
    let left = if head == 0 { 0 } else { head + 1 };
    let line = width - left;
    let first = earliest(moments);
    let span = moments
        .iter()
        .map(|moment| moment.at - first)
        .fold(0.0, f64::max);
    // The end of the line is its arrow.
    let most = (line - 3) as f64;
    let column = |at: f64| {
        let part = if span > 0.0 { (at - first) / span } else { 0.0 };
        left + (part * most).round() as usize
    };
    let mut rows = Vec::new();
    for (number, name) in names.iter().enumerate() {
        let own = moments.iter().filter(|moment| moment.lane == *name);
        let own: Vec<&Moment> = own.collect();
        let mut labels = Labels::default();
        for moment in &own {
            labels.hang(column(moment.at), &moment.label, width, line / 3);
        }
        let mut buffer = sheet(width, 1 + labels.rows.len());
        buffer.set_string(0, 0, fit(name, head), voice(number));
        buffer.set_string(left as u16, 0, "─".repeat(line - 1) + ">", dim());
        for moment in own {
            let sign = if moment.refused { REFUSED } else { DONE };
            let x = column(moment.at) as u16;
            buffer.set_string(x, 0, sign.to_string(), voice(number));
        }
        for (row, labels) in labels.rows.iter().enumerate() {
            for (x, label) in labels {
                let y = u16::try_from(row + 1).unwrap_or(u16::MAX);
                buffer.set_string(*x as u16, y, label, ratatui::style::Style::new());
            }
        }
        rows.extend(cut(&buffer));
    }
    let mut buffer = sheet(width, 1);
    let origin = origin(moments);
    let end = time(first + span - origin, lang);
    buffer.set_string(left as u16, 0, time(first - origin, lang), dim());
    if span > 0.0 {
        let x = column(first + span) + 1;
        buffer.set_string(x.saturating_sub(end.width()) as u16, 0, end, dim());
    }
    rows.extend(cut(&buffer));
    rows
}

/// Names below a line, each as high as it finds room.
#[derive(Default)]
struct Labels {
    rows: Vec<Vec<(usize, String)>>,
}

impl Labels {
    fn hang(&mut self, column: usize, label: &str, width: usize, longest: usize) {
        if label.is_empty() {
            return;
        }
        let label = fit(label, longest);
        // What would stand out to the right ends below its mark.
        let column = if column + label.width() > width {
            (column + 1).saturating_sub(label.width())
        } else {
            column
        };
        let ends = |row: &Vec<(usize, String)>| {
            let free = |(at, other): &(usize, String)| {
                column + label.width() < *at || at + other.width() < column
            };
            row.iter().all(free)
        };
        match self.rows.iter_mut().find(|row| ends(row)) {
            Some(row) => row.push((column, label)),
            None => self.rows.push(vec![(column, label)]),
        }
    }
}
