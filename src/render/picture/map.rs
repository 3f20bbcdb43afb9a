//! A map: where a search looks, and the places in it by their numbers.

use super::sheet::{
    BESIDE, DIM, EXPLAINED, Row, cut, dim, fit, ink, sheet, sign, voice, with_legend,
};
use crate::render::style::Ink;
use crate::runner::{Coordinates, Place, Reach, Search};
use catalog::lang::Lang;
use catalog::text;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::symbols::Marker;
use ratatui::text::Span;
use ratatui::widgets::Widget as _;
use ratatui::widgets::canvas::{Canvas, Circle, Rectangle};
use ratatui::widgets::{Block, Borders};
use unicode_width::UnicodeWidthStr as _;

/// A terminal's cell is about so many times as high as it is wide.
const CELL: f64 = 2.0;

/// The least that a map shows in metres, when all places are one.
const LEAST: f64 = 50.0;

/// A distance for a person: `240 m`, `1.3 km`.
pub(super) fn distance(metres: f64, lang: Lang) -> String {
    match metres {
        near if near < 999.5 => format!("{near:.0} m"),
        far if far < 99_950.0 => format!("{} km", lang.decimal(far / 1000.0, 1)),
        far => format!("{:.0} km", far / 1000.0),
    }
}

pub(super) fn draw(places: &[Place], search: Option<Search>, width: usize, lang: Lang) -> Vec<Row> {
    let (across, height) = match width {
        narrow if narrow < BESIDE => (narrow, 13),
        _ => (46, 17),
    };
    let view = View::of(places, search, across - 2, height - 2);
    let (x, y) = view.bounds();
    let scale = view.scale(lang);
    let mut buffer = sheet(across, height);
    let canvas = Canvas::default()
        .block(
            Block::new()
                .borders(Borders::ALL)
                .border_style(dim())
                .title_top(Span::styled(lang.pick(" north ", " północ "), dim()))
                .title_bottom(Span::styled(scale, dim())),
        )
        .marker(Marker::Custom('·'))
        .x_bounds(x)
        .y_bounds(y)
        .paint(|canvas| {
            if let Some(search) = search {
                let (x, y) = view.middle.offset(search.centre);
                match search.reach {
                    Reach::Radius(radius) => canvas.draw(&Circle::new(x, y, radius, DIM)),
                    Reach::Box(width, height) => canvas.draw(&Rectangle {
                        x: x - width / 2.0,
                        y: y - height / 2.0,
                        width,
                        height,
                        color: DIM,
                    }),
                }
            }
        });
    canvas.render(buffer.area, &mut buffer);
    // Not as the canvas's labels: those are cut off to the left, a place
    // belongs into the nearest cell.
    let inside = Rect::new(1, 1, buffer.area.width - 2, buffer.area.height - 2);
    let mut mark = |at: Coordinates, sign: char, style| {
        if let Some((x, y)) = view.cell(at, inside) {
            buffer.set_string(x, y, sign.to_string(), style);
        }
    };
    if let Some(search) = search {
        mark(search.centre, '+', Style::new());
    }
    // The nearest last: where two share a cell, it is on top.
    for (index, place) in places.iter().enumerate().rev() {
        mark(place.at, sign(index), voice(index));
    }
    with_legend(
        cut(&buffer),
        across,
        legend(places, search, width, across, lang),
        width,
    )
}

fn legend(
    places: &[Place],
    search: Option<Search>,
    width: usize,
    across: usize,
    lang: Lang,
) -> Vec<Row> {
    let room = if width < BESIDE {
        width
    } else {
        width - across - 2
    };
    let shown = &places[..places.len().min(EXPLAINED)];
    let far: Vec<String> = shown
        .iter()
        .map(|place| {
            let far = search.map(|search| search.centre.distance(place.at));
            far.map_or_else(String::new, |far| distance(far, lang))
        })
        .collect();
    let longest = far.iter().map(|text| text.width()).max().unwrap_or(0);
    let names = room.saturating_sub(longest + 4);
    let longest_name = shown.iter().map(|place| fit(&place.name, names).width());
    let longest_name = longest_name.max().unwrap_or(0);
    let mut rows: Vec<Row> = shown
        .iter()
        .zip(&far)
        .enumerate()
        .map(|(index, (place, far))| {
            let name = fit(&place.name, names);
            let gap = longest_name - name.width() + longest - far.width();
            let colour = ink(voice(index));
            let words = format!(" {name}  {}{far}", " ".repeat(gap));
            vec![
                (colour, sign(index).to_string()),
                (None, words.trim_end().to_owned()),
            ]
        })
        .collect();
    if places.len() > shown.len() {
        let more = places.len() - shown.len();
        let text = text!(lang, "and {more} more", "i jeszcze {more}");
        rows.push(vec![(Some(Ink::Dim), text)]);
    }
    rows
}

/// What part of the world is seen.
struct View {
    /// The middle of the map.
    middle: Coordinates,
    /// Metres from its middle to its right and upper border.
    east: f64,
    north: f64,
    columns: usize,
}

impl View {
    /// As near as possible, with everything in sight, and as far to the right
    /// as upwards.
    fn of(places: &[Place], search: Option<Search>, columns: usize, rows: usize) -> View {
        let middle = search.map(|search| search.centre);
        let points = places.iter().map(|place| place.at);
        let first = middle.or(places.first().map(|place| place.at));
        let first = first.unwrap_or(Coordinates {
            longitude: 0.0,
            latitude: 0.0,
        });
        let offsets: Vec<(f64, f64)> = points.map(|at| first.offset(at)).collect();
        let ends = |of: fn(&(f64, f64)) -> f64| {
            let (least, most) = offsets.iter().map(of).fold((0.0_f64, 0.0_f64), |ends, at| {
                (ends.0.min(at), ends.1.max(at))
            });
            (least, most)
        };
        let (west, east) = ends(|at| at.0);
        let (south, north) = ends(|at| at.1);
        let (middle, mut wide, mut high) = match middle {
            Some(middle) => (middle, east.max(-west), north.max(-south)),
            None => {
                let degree = first.offset(Coordinates {
                    longitude: first.longitude + 1.0,
                    latitude: first.latitude + 1.0,
                });
                let middle = Coordinates {
                    longitude: first.longitude + (east + west) / 2.0 / degree.0,
                    latitude: first.latitude + (north + south) / 2.0 / degree.1,
                };
                (middle, (east - west) / 2.0, (north - south) / 2.0)
            }
        };
        if let Some(search) = search {
            let (width, height) = match search.reach {
                Reach::Radius(radius) => (radius, radius),
                Reach::Box(width, height) => (width / 2.0, height / 2.0),
            };
            (wide, high) = (wide.max(width), high.max(height));
        }
        let (columns_f, rows_f) = (columns as f64, rows as f64);
        // Metres a row; a little is left free at the borders.
        let row = (high / rows_f)
            .max(wide * CELL / columns_f)
            .max(LEAST / rows_f)
            * 2.0
            * 1.06;
        View {
            middle,
            east: row * columns_f / CELL / 2.0,
            north: row * rows_f / 2.0,
            columns,
        }
    }

    fn bounds(&self) -> ([f64; 2], [f64; 2]) {
        ([-self.east, self.east], [-self.north, self.north])
    }

    fn cell(&self, at: Coordinates, area: Rect) -> Option<(u16, u16)> {
        let (x, y) = self.middle.offset(at);
        let across = (x + self.east) / (2.0 * self.east);
        let down = (self.north - y) / (2.0 * self.north);
        let inside = |part: f64| (0.0..=1.0).contains(&part);
        (inside(across) && inside(down)).then(|| {
            let place = |part: f64, size: u16| (part * f64::from(size - 1)).round() as u16;
            (
                area.x + place(across, area.width),
                area.y + place(down, area.height),
            )
        })
    }

    /// A line of a round length, with that length: `├────┤ 500 m`.
    fn scale(&self, lang: Lang) -> String {
        let column = 2.0 * self.east / self.columns as f64;
        let most = column * self.columns as f64 / 3.0;
        let power = 10_f64.powf(most.log10().floor());
        let round = [5.0, 2.0, 1.0].map(|step| step * power);
        let length = round.into_iter().find(|length| *length <= most);
        let length = length.unwrap_or(power);
        let columns = (length / column).round().max(2.0) as usize;
        let text = distance(length, lang).replace(lang.pick(".0 ", ",0 "), " ");
        format!(" ├{}┤ {text} ", "─".repeat(columns - 2))
    }
}
