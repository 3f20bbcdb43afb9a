//! A picture in words: what it shows, not how it looks.

use super::map::distance;
use super::ring::{owner, owners, ranges};
use super::timeline::{lanes, origin, time};
use crate::render::harmless::foreign;
use crate::runner::{Arc, Moment, Picture, Place, Search, Shape};
use catalog::lang::Lang;
use catalog::text;

/// The eight directions, clockwise from the north.
const EN: [&str; 8] = [
    "north",
    "north-east",
    "east",
    "south-east",
    "south",
    "south-west",
    "west",
    "north-west",
];
const PL: [&str; 8] = [
    "na północ",
    "na północny wschód",
    "na wschód",
    "na południowy wschód",
    "na południe",
    "na południowy zachód",
    "na zachód",
    "na północny zachód",
];

/// A picture as one sentence.
pub fn sentence(picture: &Picture, lang: Lang) -> String {
    let said = match &picture.shape {
        Shape::Bars { bars } => {
            let bar = |bar: &crate::runner::Bar| format!("{} {}", bar.label, bar.text);
            bars.iter().map(bar).collect::<Vec<_>>().join(", ")
        }
        Shape::Timeline { moments } => moments_in_words(moments, lang),
        Shape::Ring { arcs, keys } => ring_in_words(arcs, keys, lang),
        Shape::Map { places, search } => map_in_words(places, *search, lang),
    };
    let caption = picture.caption.trim_end_matches(['.', ':']);
    foreign(&format!("{caption}: {said}.")).replace('\n', " ")
}

fn moments_in_words(moments: &[Moment], lang: Lang) -> String {
    let origin = origin(moments);
    let lane = |name: &&str| {
        let own = moments.iter().filter(|moment| moment.lane == **name);
        let said: Vec<String> = own
            .map(|moment| {
                let refused = if moment.refused {
                    lang.pick(" (refused)", " (odmowa)")
                } else {
                    ""
                };
                let at = time(moment.at - origin, lang);
                let text = format!("{at} {}{refused}", moment.label);
                text.replace("  ", " ").trim_end().to_owned()
            })
            .collect();
        if name.is_empty() {
            said.join(", ")
        } else {
            format!("{name}: {}", said.join(", "))
        }
    };
    lanes(moments)
        .iter()
        .map(lane)
        .collect::<Vec<_>>()
        .join("; ")
}

fn ring_in_words(arcs: &[Arc], keys: &[(String, u16)], lang: Lang) -> String {
    let owned = owners(arcs).into_iter().map(|owner| {
        let slots = ranges(arcs, owner);
        text!(
            lang,
            "{owner} has the slots {slots}",
            "{owner} ma sloty {slots}"
        )
    });
    let stored = keys.iter().map(|(key, slot)| match owner(arcs, *slot) {
        Some(owner) => text!(
            lang,
            "{key} is in slot {slot}, with {owner}",
            "{key} jest w slocie {slot}, na {owner}"
        ),
        None => text!(
            lang,
            "{key} is in slot {slot}, which is nobody's",
            "{key} jest w slocie {slot}, który nie należy do nikogo"
        ),
    });
    owned.chain(stored).collect::<Vec<_>>().join("; ")
}

fn map_in_words(places: &[Place], search: Option<Search>, lang: Lang) -> String {
    let place = |(index, place): (usize, &Place)| {
        let (number, name) = (index + 1, &place.name);
        match search {
            Some(search) => {
                let far = distance(search.centre.distance(place.at), lang);
                let direction = search.centre.direction(place.at);
                let direction = lang.pick(EN, PL)[direction];
                format!("{number}. {name}, {far} {direction}")
            }
            None => {
                let degrees = |value: f64| lang.decimal(value, 4);
                let (north, east) = (degrees(place.at.latitude), degrees(place.at.longitude));
                text!(
                    lang,
                    "{number}. {name}, latitude {north}, longitude {east}",
                    "{number}. {name}, szerokość {north}, długość {east}"
                )
            }
        }
    };
    let said: Vec<String> = places.iter().enumerate().map(place).collect();
    said.join("; ")
}
