//! Every kind of picture at every width, with colour, without, and in words.

use super::sheet::BESIDE;
use super::*;
use crate::render::Painter;
use crate::render::style::Style as Paint;
use crate::runner::{Arc, Coordinates, Event, Moment, Place, Reach, Search};

fn at(longitude: f64, latitude: f64) -> Coordinates {
    Coordinates {
        longitude,
        latitude,
    }
}

fn places(names: &[(&str, f64, f64)]) -> Vec<Place> {
    let place = |(name, longitude, latitude): &(&str, f64, f64)| Place {
        name: (*name).to_owned(),
        at: at(*longitude, *latitude),
    };
    names.iter().map(place).collect()
}

fn moment(lane: &str, at: f64, label: &str, refused: bool) -> Moment {
    Moment {
        lane: lane.to_owned(),
        at,
        label: label.to_owned(),
        refused,
    }
}

/// One picture of each kind, and some at the edge of what can be drawn.
fn gallery() -> Vec<Picture> {
    let bar = |label: &str, value: f64| Bar {
        label: label.to_owned(),
        value,
        text: value.to_string(),
    };
    let arc = |from, to, owner: &str| Arc {
        from,
        to,
        owner: owner.to_owned(),
    };
    let search = Search {
        centre: at(19.9373, 50.0617),
        reach: Reach::Radius(1000.0),
    };
    let cafes = [
        ("Noworolski", 19.938, 50.0617),
        ("Karma", 19.9285, 50.0665),
        (
            "Zażółć gęślą jaźń przy ulicy bardzo długiej",
            19.945,
            50.0520,
        ),
    ];
    let wide = Search {
        reach: Reach::Box(3000.0, 1000.0),
        ..search
    };
    let far = [("Suva", 178.44, -18.14), ("Apia", -171.76, -13.83)];
    let shapes = vec![
        Shape::Bars {
            bars: vec![bar("GET + SET", 83.0), bar("INCR", 200.0), bar("none", 0.0)],
        },
        Shape::Bars {
            bars: vec![bar("日本語の非常に長い名前", -1.0), bar("", 0.0)],
        },
        Shape::Map {
            places: places(&cafes),
            search: Some(search),
        },
        Shape::Map {
            places: places(&cafes),
            search: Some(wide),
        },
        Shape::Map {
            places: places(&cafes[..1]),
            search: None,
        },
        Shape::Map {
            places: places(&far),
            search: None,
        },
        Shape::Map {
            places: places(&[cafes[0]; 40]),
            search: Some(search),
        },
        Shape::Timeline {
            moments: vec![
                moment("", 1000.0, "coffee", false),
                moment("", 1000.0, "tea", false),
                moment("", 2000.0, "soup", true),
            ],
        },
        Shape::Timeline {
            moments: vec![
                moment("fixed window", 0.0, "", false),
                moment("fixed window", 950.0, "", true),
                moment("token bucket", 30_000.0, "", false),
            ],
        },
        Shape::Timeline {
            moments: vec![moment("ala", 5.0, "one moment only", false)],
        },
        Shape::Ring {
            arcs: vec![
                arc(0, 5460, "a:7001"),
                arc(5461, 10922, "b:7002"),
                arc(10923, 16383, "c:7003"),
            ],
            keys: vec![
                ("user:1".to_owned(), 10778),
                ("{user:1}:cart".to_owned(), 10778),
            ],
        },
        Shape::Ring {
            arcs: vec![arc(7, 7, "only:1")],
            keys: vec![("nobody's".to_owned(), 9000)],
        },
    ];
    let picture = |shape| Picture {
        caption: "What is seen".to_owned(),
        shape,
    };
    shapes.into_iter().map(picture).collect()
}

fn text(rows: &[Row]) -> String {
    let line = |row: &Row| {
        row.iter()
            .map(|(_, text)| text.as_str())
            .collect::<String>()
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn every_picture_fits_at_every_width() {
    for picture in gallery() {
        for lang in Lang::ALL {
            for width in (40..=80).step_by(4).chain([63, 120]) {
                let rows = rows(&picture, width, lang);
                let drawn = text(&rows);
                for line in drawn.lines() {
                    assert!(line.width() <= width, "{width}:\n{drawn}");
                    assert_eq!(line, line.trim_end(), "{width}:\n{drawn}");
                }
                // With its caption it is seen at once on 24 rows.
                assert!(width < BESIDE || rows.len() <= 20, "{width}:\n{drawn}");
            }
        }
    }
}

#[test]
fn colour_adds_nothing_but_colour() {
    for picture in gallery() {
        let paint = |colour| {
            let mut painter = Painter::new(Paint::new(colour), 80, Lang::En);
            painter.paint(&Event::Picture(picture.clone()))
        };
        let (without, with) = (paint(false), paint(true));
        assert!(!without.contains('\x1b'), "{without}");
        assert!(with.starts_with("\x1b[1m"), "{with}");
        let mut bare = with.clone();
        while let Some(at) = bare.find('\x1b') {
            let end = bare[at..].find('m').expect("a colour");
            bare.replace_range(at..=at + end, "");
        }
        assert_eq!(bare, without);
    }
}

#[test]
fn in_words_it_is_a_sentence_with_all_that_is_seen() {
    let said = |at: usize, lang| {
        let picture = &gallery()[at];
        let mut painter = Painter::new(Paint::new(false), 90, lang).in_words(true);
        let told = painter.paint(&Event::Picture(picture.clone()));
        assert!(!told.contains(['·', '●', '─']), "{told}");
        told.replace('\n', " ").trim_end().to_owned()
    };
    assert_eq!(
        said(0, Lang::En),
        "What is seen: GET + SET 83, INCR 200, none 0."
    );
    let map = said(2, Lang::En);
    assert!(
        map.contains("1. Noworolski, 50 m east; 2. Karma, 825 m north-west; 3. "),
        "{map}"
    );
    assert!(said(2, Lang::Pl).contains("na północny zachód; 3. "));
    assert_eq!(
        said(7, Lang::Pl),
        "What is seen: 1000 ms coffee, 1000 ms tea, 2000 ms soup (odmowa)."
    );
    assert_eq!(
        said(8, Lang::En),
        "What is seen: fixed window: 0, 950 ms (refused); token bucket: 30.0 s."
    );
    let ring = said(10, Lang::En);
    assert!(
        ring.contains("b:7002 has the slots 5461–10922; ")
            && ring.contains("user:1 is in slot 10778, with b:7002; "),
        "{ring}"
    );
    assert!(said(11, Lang::En).contains("which is nobody's"));
}

#[test]
fn bars_are_as_long_as_their_numbers() {
    let drawn = text(&rows(&gallery()[0], 40, Lang::En));
    let bar = "█".repeat(25);
    let short = "█".repeat(10);
    assert_eq!(
        drawn,
        format!("GET + SET   83 {short}\nINCR       200 {bar}\nnone         0")
    );
}

#[test]
fn a_map_has_the_places_where_they_are() {
    let drawn = text(&rows(&gallery()[2], 80, Lang::En));
    let lines: Vec<&str> = drawn.lines().collect();
    let place = |sign: char| {
        let inside = |line: &&str| line.chars().take(46).any(|c| c == sign);
        let row = lines[1..16].iter().position(inside).expect("on the map");
        let column = lines[row + 1].chars().position(|c| c == sign);
        (column.expect("there"), row)
    };
    let (first, second, third) = (place('1'), place('2'), place('3'));
    assert!(
        second.0 < first.0 && second.1 < first.1,
        "north-west\n{drawn}"
    );
    assert!(
        third.0 > first.0 && third.1 > first.1,
        "south-east\n{drawn}"
    );
    assert!(
        drawn.contains("1 Noworolski") && drawn.contains("50 m"),
        "{drawn}"
    );
    assert!(lines[16].contains("┤ 1 km "), "{drawn}");
}

#[test]
fn a_server_cannot_paint_over_a_picture() {
    let picture = Picture {
        caption: "a\x1b[2J".to_owned(),
        shape: Shape::Timeline {
            moments: vec![moment("x\x1b[31m", 0.0, "y\u{202e}z\r", false)],
        },
    };
    for in_words in [false, true] {
        let mut painter = Painter::new(Paint::new(false), 80, Lang::En).in_words(in_words);
        let text = painter.paint(&Event::Picture(picture.clone()));
        assert!(!text.contains(['\x1b', '\u{202e}', '\r']), "{text:?}");
    }
}
