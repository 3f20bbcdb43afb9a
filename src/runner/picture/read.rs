//! A picture of a reply: what it shows is read from what the command answers.

use super::{Arc, Bar, Coordinates, Moment, Picture, Place, Reach, SLOTS, Search, Shape};
use crate::lesson::{PictureBlock, PictureKind};
use resp::Reply;

impl Picture {
    /// The picture of a reply to a lesson's command; `None` when that cannot
    /// be drawn, or there is nothing in it.
    pub fn of(block: &PictureBlock, reply: &Reply) -> Option<Picture> {
        let argv = &block.line.argv;
        let (shape, count) = match block.kind {
            PictureKind::Bars => {
                let bars = bars(argv, reply)?;
                let count = bars.len();
                (Shape::Bars { bars }, count)
            }
            PictureKind::Timeline => {
                let moments = moments(reply)?;
                let count = moments.len();
                (Shape::Timeline { moments }, count)
            }
            PictureKind::Ring => {
                let arcs = items(reply)?.iter().map(arc).collect::<Option<Vec<_>>>()?;
                let (count, keys) = (arcs.len(), Vec::new());
                (Shape::Ring { arcs, keys }, count)
            }
            PictureKind::Map => {
                let places = items(reply)?
                    .iter()
                    .map(place)
                    .collect::<Option<Vec<_>>>()?;
                let (count, search) = (places.len(), search(argv));
                (Shape::Map { places, search }, count)
            }
        };
        let caption = block.caption.clone();
        (count > 0).then_some(Picture { caption, shape })
    }
}

fn items(reply: &Reply) -> Option<&[Reply]> {
    match reply {
        Reply::Array(items) | Reply::Set(items) => Some(items),
        _ => None,
    }
}

fn words(reply: &Reply) -> Option<String> {
    match reply {
        Reply::Int(number) => Some(number.to_string()),
        Reply::Double(text) => Some(text.clone()),
        text => Some(String::from_utf8_lossy(text.as_bytes()?).into_owned()),
    }
}

fn number(reply: &Reply) -> Option<f64> {
    let number: f64 = words(reply)?.trim().parse().ok()?;
    number.is_finite().then_some(number)
}

/// Names and values: in one row, pair by pair, or as a map.
fn pairs(reply: &Reply) -> Option<Vec<(&Reply, &Reply)>> {
    if let Reply::Map(pairs) = reply {
        return Some(pairs.iter().map(|(name, value)| (name, value)).collect());
    }
    let items = items(reply)?;
    if let Some(Reply::Array(_)) = items.first() {
        let pair = |item| items_of_two(item).map(|[name, value]| (name, value));
        return items.iter().map(pair).collect();
    }
    let (pairs, rest) = items.as_chunks::<2>();
    rest.is_empty()
        .then(|| pairs.iter().map(|[name, value]| (name, value)).collect())
}

fn items_of_two(reply: &Reply) -> Option<&[Reply; 2]> {
    items(reply)?.try_into().ok()
}

fn bars(argv: &[Vec<u8>], reply: &Reply) -> Option<Vec<Bar>> {
    let bar = |label: String, value: &Reply| {
        Some(Bar {
            label,
            value: number(value)?,
            text: words(value)?,
        })
    };
    let is_mget = argv
        .first()
        .is_some_and(|name| name.eq_ignore_ascii_case(b"MGET"));
    if is_mget {
        let keys = argv.iter().skip(1);
        let named = keys.zip(items(reply)?);
        return named
            .map(|(key, value)| bar(String::from_utf8_lossy(key).into_owned(), value))
            .collect();
    }
    let pairs = pairs(reply)?.into_iter();
    pairs
        .map(|(name, value)| bar(words(name)?, value))
        .collect()
}

/// The entries of a stream, or members with their scores.
fn moments(reply: &Reply) -> Option<Vec<Moment>> {
    let entry = |(name, value): (&Reply, &Reply)| {
        let (at, label) = match items(value) {
            Some(fields) => {
                let id = words(name)?;
                let (millis, _) = id.split_once('-')?;
                let values = fields.iter().skip(1).step_by(2).filter_map(words);
                (millis.parse().ok()?, values.take(1).collect())
            }
            None => (number(value)?, words(name)?),
        };
        Some(Moment {
            lane: String::new(),
            at,
            label,
            refused: false,
        })
    };
    pairs(reply)?.into_iter().map(entry).collect()
}

/// `[from, to, [host, port, ...], ...]`.
fn arc(reply: &Reply) -> Option<Arc> {
    let [from, to, owner, ..] = items(reply)? else {
        return None;
    };
    let slot = |reply: &Reply| u16::try_from(reply.as_int()?).ok();
    let [host, port, ..] = items(owner)? else {
        return None;
    };
    Some(Arc {
        from: slot(from)?,
        to: slot(to).filter(|to| *to < SLOTS)?,
        owner: format!("{}:{}", words(host)?, words(port)?),
    })
}

/// `[name, ..., [longitude, latitude]]`.
fn place(reply: &Reply) -> Option<Place> {
    let (name, more) = items(reply)?.split_first()?;
    let [longitude, latitude] = more.iter().rev().find_map(items_of_two)?;
    Some(Place {
        name: words(name)?,
        at: Coordinates {
            longitude: number(longitude)?,
            latitude: number(latitude)?,
        },
    })
}

/// Where a GEOSEARCH looks, if it says so itself.
fn search(argv: &[Vec<u8>]) -> Option<Search> {
    let texts: Vec<String> = argv
        .iter()
        .map(|word| String::from_utf8_lossy(word).to_uppercase())
        .collect();
    let behind = |name: &str| {
        let at = texts.iter().position(|text| text == name)?;
        texts.get(at + 1..)
    };
    let value = |text: Option<&String>| text?.parse::<f64>().ok();
    let metres = |unit: Option<&String>| match unit?.as_str() {
        "M" => Some(1.0),
        "KM" => Some(1000.0),
        "MI" => Some(1609.34),
        "FT" => Some(0.3048),
        _ => None,
    };
    let middle = behind("FROMLONLAT")?;
    let reach = match (behind("BYRADIUS"), behind("BYBOX")) {
        (Some(rest), _) => Reach::Radius(value(rest.first())? * metres(rest.get(1))?),
        (_, Some(rest)) => {
            let unit = metres(rest.get(2))?;
            Reach::Box(value(rest.first())? * unit, value(rest.get(1))? * unit)
        }
        _ => return None,
    };
    Some(Search {
        centre: Coordinates {
            longitude: value(middle.first())?,
            latitude: value(middle.get(1))?,
        },
        reach,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lesson::{Item, parse};

    fn block(kind: &str, command: &str) -> PictureBlock {
        let text = format!("# T\n\n```picture {kind} To be seen\n{command}\n```\n");
        let lesson = parse("t", "t.md", &text).expect("a good lesson");
        match lesson.steps[0].items.first() {
            Some(Item::Picture(block)) => block.clone(),
            other => panic!("{other:?}"),
        }
    }

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    fn array<const N: usize>(items: [Reply; N]) -> Reply {
        Reply::Array(items.to_vec())
    }

    fn bars_of(command: &str, reply: Reply) -> Option<Vec<(String, f64)>> {
        match Picture::of(&block("bars", command), &reply)?.shape {
            Shape::Bars { bars } => {
                Some(bars.into_iter().map(|bar| (bar.label, bar.value)).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn names_and_numbers_are_read_from_every_form_they_come_in() {
        let ala = Some(vec![("ala".to_owned(), 3.5), ("ola".to_owned(), 2.0)]);
        let range = "ZRANGE lab:z 0 -1 WITHSCORES";
        let flat = array([bulk("ala"), bulk("3.5"), bulk("ola"), bulk("2")]);
        assert_eq!(bars_of(range, flat), ala);
        let double = |text: &str| Reply::Double(text.to_owned());
        let nested = array([
            array([bulk("ala"), double("3.5")]),
            array([bulk("ola"), double("2")]),
        ]);
        assert_eq!(bars_of(range, nested), ala);
        let map = vec![(bulk("ala"), bulk("3.5")), (bulk("ola"), Reply::Int(2))];
        assert_eq!(bars_of("HGETALL lab:h", Reply::Map(map)), ala);
        let values = array([bulk("3.5"), bulk("2")]);
        assert_eq!(bars_of("MGET ala ola", values), ala);
    }

    #[test]
    fn what_cannot_be_drawn_is_none() {
        for reply in [
            Reply::Nil,
            Reply::Error("ERR x".to_owned()),
            array([]),
            array([bulk("ala")]),
            array([bulk("ala"), bulk("many")]),
            array([bulk("ala"), bulk("inf")]),
        ] {
            assert_eq!(bars_of("HGETALL lab:h", reply.clone()), None, "{reply:?}");
            for (kind, command) in [
                ("map", "GEOSEARCH lab:g FROMMEMBER a BYRADIUS 1 km"),
                ("ring", "CLUSTER SLOTS"),
            ] {
                assert_eq!(Picture::of(&block(kind, command), &reply), None);
            }
        }
        let slots = array([array([
            Reply::Int(0),
            Reply::Int(16384),
            array([bulk("h"), Reply::Int(1)]),
        ])]);
        assert_eq!(Picture::of(&block("ring", "CLUSTER SLOTS"), &slots), None);
    }

    #[test]
    fn a_search_is_read_from_its_command() {
        let command = "geosearch lab:g fromlonlat 19.9373 50.0617 byradius 1.5 km withcoord";
        let at = array([bulk("19.94"), bulk("50.06")]);
        let reply = array([array([bulk("Karma"), bulk("0.2"), at])]);
        let picture = Picture::of(&block("map", command), &reply).expect("a map");
        let Shape::Map { places, search } = picture.shape else {
            panic!("a map")
        };
        assert_eq!(places[0].name, "Karma");
        let search = search.expect("the command says where");
        assert_eq!(search.reach, Reach::Radius(1500.0));
        assert_eq!(search.centre.latitude, 50.0617);
        assert_eq!(search.centre.direction(places[0].at), 3, "south-east");
    }

    #[test]
    fn entries_of_a_stream_stand_at_their_milliseconds() {
        let entry = |id: &str, item: &str| array([bulk(id), array([bulk("item"), bulk(item)])]);
        let reply = array([entry("1000-0", "coffee"), entry("1500-3", "tea")]);
        let picture = Picture::of(&block("timeline", "XRANGE lab:s - +"), &reply);
        let Some(Shape::Timeline { moments }) = picture.map(|picture| picture.shape) else {
            panic!("a time line")
        };
        let found: Vec<_> = moments.iter().map(|m| (m.at, m.label.as_str())).collect();
        assert_eq!(found, [(1000.0, "coffee"), (1500.0, "tea")]);
    }
}
