//! What a picture shows, as data: of a reply, or put together by a live demo.
//! How it is drawn, `render` decides.

mod read;

use crate::lesson::PictureKind;
use serde::Serialize;
use std::f64::consts::{PI, TAU};

/// The radius of the earth in metres that Redis computes with
/// (`geohash_helper.c`).
const EARTH: f64 = 6_372_797.560_856;

/// How many slots a cluster has.
pub const SLOTS: u16 = 16_384;

/// A picture, and what is to be seen in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Picture {
    /// In the reader's language.
    pub caption: String,
    /// What is drawn.
    #[serde(flatten)]
    pub shape: Shape,
}

/// What is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub enum Shape {
    /// Numbers side by side.
    Bars {
        /// From top to bottom.
        bars: Vec<Bar>,
    },
    /// What happened when.
    Timeline {
        /// In any order.
        moments: Vec<Moment>,
    },
    /// A cluster's slots.
    Ring {
        /// Whose they are.
        arcs: Vec<Arc>,
        /// Keys, each with its slot.
        keys: Vec<(String, u16)>,
    },
    /// Places.
    Map {
        /// The nearest first, where there is a search.
        places: Vec<Place>,
        /// Where was searched.
        search: Option<Search>,
    },
}

/// A bar.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Bar {
    /// Its name.
    pub label: String,
    /// Its length; what is negative has none.
    pub value: f64,
    /// The value as it is to be read, with its unit: `12.5 ms`.
    pub text: String,
}

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// Whose it is: each has a line. One without a name where there is one only.
    pub lane: String,
    /// When, in milliseconds; only the differences count.
    pub at: f64,
    /// What; may be empty.
    pub label: String,
    /// It was turned down.
    pub refused: bool,
}

/// Slots next to each other.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Arc {
    /// The first.
    pub from: u16,
    /// The last, included.
    pub to: u16,
    /// Whose they are.
    pub owner: String,
}

/// A place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    /// Its name.
    pub name: String,
    /// Where it is.
    pub at: Coordinates,
}

/// A point on the earth, in degrees.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Coordinates {
    /// East of Greenwich.
    pub longitude: f64,
    /// North of the equator.
    pub latitude: f64,
}

/// Where a search looks.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Search {
    /// Its middle.
    pub centre: Coordinates,
    /// How far it reaches.
    pub reach: Reach,
}

/// How far a search reaches, in metres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Reach {
    /// Everywhere within this distance.
    Radius(f64),
    /// Within a box of this width and height.
    Box(f64, f64),
}

impl Coordinates {
    /// The distance in metres, on a sphere as Redis computes it.
    pub fn distance(self, other: Coordinates) -> f64 {
        let (from, to) = (self.latitude.to_radians(), other.latitude.to_radians());
        let across = (other.longitude - self.longitude).to_radians();
        let u = ((to - from) / 2.0).sin();
        let v = (across / 2.0).sin();
        let chord = u * u + from.cos() * to.cos() * v * v;
        2.0 * EARTH * chord.sqrt().min(1.0).asin()
    }

    /// How many metres `other` lies to the east and to the north, on a plane.
    pub fn offset(self, other: Coordinates) -> (f64, f64) {
        let degree = EARTH * PI / 180.0;
        let east = (other.longitude - self.longitude + 540.0).rem_euclid(360.0) - 180.0;
        let north = other.latitude - self.latitude;
        let shrunk = self.latitude.to_radians().cos();
        (east * shrunk * degree, north * degree)
    }

    /// The direction of `other` as one of eight, clockwise from the north.
    pub fn direction(self, other: Coordinates) -> usize {
        let (east, north) = self.offset(other);
        let eighths = east.atan2(north) / TAU * 8.0;
        eighths.round().rem_euclid(8.0) as usize
    }
}

impl Picture {
    /// What it is.
    pub fn kind(&self) -> PictureKind {
        match self.shape {
            Shape::Bars { .. } => PictureKind::Bars,
            Shape::Timeline { .. } => PictureKind::Timeline,
            Shape::Ring { .. } => PictureKind::Ring,
            Shape::Map { .. } => PictureKind::Map,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_redis() {
        // redis-cli: GEODIST of the example in its documentation.
        let at = |longitude, latitude| Coordinates {
            longitude,
            latitude,
        };
        let palermo = at(13.361_389_338_970_184, 38.115_556_395_496_3);
        let catania = at(15.087_267_458_438_873, 37.502_668_423_331_62);
        let distance = palermo.distance(catania);
        assert!((distance - 166_274.151_6).abs() < 0.01, "{distance}");
        // Across the date line it is not far.
        let (east, _) = at(179.9, 0.0).offset(at(-179.9, 0.0));
        assert!((east - 22_245.0).abs() < 50.0, "{east}");
    }
}
