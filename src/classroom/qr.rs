//! An address as a QR code, for phones: on a terminal, and as a picture.

use qrcode::{Color, EcLevel, QrCode};
use std::fmt::Write as _;

/// As many light modules as have to stand around it.
const QUIET: usize = 4;

/// The modules of a code with its quiet zone.
struct Modules {
    dark: Vec<bool>,
    width: usize,
}

impl Modules {
    /// `None` for a text that is longer than any address.
    fn of(text: &str) -> Option<Modules> {
        let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
        let colors = code.to_colors().into_iter();
        Some(Modules {
            dark: colors.map(|color| color == Color::Dark).collect(),
            width: code.width(),
        })
    }

    fn is_dark(&self, x: usize, y: usize) -> bool {
        let inside = |place: usize| (QUIET..QUIET + self.width).contains(&place);
        inside(x) && inside(y) && self.dark[(y - QUIET) * self.width + x - QUIET]
    }

    fn side(&self) -> usize {
        self.width + 2 * QUIET
    }
}

/// The code in half blocks, two modules a character; on a dark terminal the
/// light ones are drawn. Gives the lines and how many columns they have.
pub fn for_terminal(text: &str, on_light: bool) -> Option<(Vec<String>, usize)> {
    let modules = Modules::of(text)?;
    let side = modules.side();
    let drawn = |x: usize, y: usize| modules.is_dark(x, y) == on_light;
    let line = |y: usize| {
        let half = |x: usize| {
            // Below an odd last line there is nothing but light.
            let below = if y + 1 < side {
                drawn(x, y + 1)
            } else {
                !on_light
            };
            match (drawn(x, y), below) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }
        };
        (0..side).map(half).collect::<String>()
    };
    Some(((0..side).step_by(2).map(line).collect(), side))
}

/// The code as an SVG picture, black on white whatever is around it.
pub fn svg(text: &str) -> Option<String> {
    let modules = Modules::of(text)?;
    let side = modules.side();
    let mut path = String::new();
    for y in 0..side {
        for x in (0..side).filter(|&x| modules.is_dark(x, y)) {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{x} {y}h1v1h-1z");
        }
    }
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
         shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
         <path d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_two_polarities_are_each_others_opposite() {
        let address = "http://192.168.1.17:8380/";
        let (dark, columns) = for_terminal(address, false).unwrap();
        let (light, _) = for_terminal(address, true).unwrap();
        assert_eq!(dark.len(), columns.div_ceil(2));
        let opposite = |c: char| match c {
            '█' => ' ',
            ' ' => '█',
            '▀' => '▄',
            _ => '▀',
        };
        for (one, other) in dark.iter().zip(&light).take(columns / 2) {
            assert_eq!(one.chars().map(opposite).collect::<String>(), *other);
        }
        // The quiet zone of two lines.
        assert!(dark[0].chars().all(|c| c == '█') && dark[1] == dark[0]);
    }

    #[test]
    fn the_picture_is_black_on_white() {
        let svg = svg("http://192.168.1.17:8380/").unwrap();
        assert!(svg.starts_with("<svg") && svg.contains("#fff"));
    }
}
