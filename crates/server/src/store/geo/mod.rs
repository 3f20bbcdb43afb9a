//! Positions on the earth as sorted set scores.
//!
//! GEOADD keeps longitude and latitude as one 52-bit integer whose bits
//! alternate between the two, so that places with a common beginning are
//! near each other and a square on the map is a range of scores. [`area`]
//! finds the squares that cover a search.

pub mod area;

use std::f64::consts::PI;

/// The bits of each coordinate in a score.
pub const STEPS: u8 = 26;
/// Longitudes reach from minus this to this.
const LONGITUDE_MAX: f64 = 180.0;
/// Latitudes reach from minus this to this, as in the Web Mercator projection.
const LATITUDE_MAX: f64 = 85.051_128_78;
/// The radius of the earth in metres that Redis calculates with.
pub const EARTH_RADIUS: f64 = 6_372_797.560_856;

/// Longitude and latitude in degrees.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Point {
    /// East of Greenwich.
    pub longitude: f64,
    /// North of the equator.
    pub latitude: f64,
}

impl Point {
    /// Whether both coordinates are in the range GEOADD accepts.
    pub fn is_valid(&self) -> bool {
        (-LONGITUDE_MAX..=LONGITUDE_MAX).contains(&self.longitude)
            && (-LATITUDE_MAX..=LATITUDE_MAX).contains(&self.latitude)
    }

    /// The cell this point is in, at a precision of `steps` bits a
    /// coordinate.
    pub fn cell(&self, steps: u8) -> Cell {
        self.cell_within(steps, LATITUDE_MAX)
    }

    fn cell_within(&self, steps: u8, latitude_max: f64) -> Cell {
        let scale = (1_u64 << steps) as f64;
        let x = (self.longitude + LONGITUDE_MAX) / (2.0 * LONGITUDE_MAX) * scale;
        let y = (self.latitude + latitude_max) / (2.0 * latitude_max) * scale;
        Cell {
            bits: spread(y as u32) | spread(x as u32) << 1,
            steps,
        }
    }

    /// The score a sorted set keeps for this point.
    pub fn score(&self) -> f64 {
        self.cell(STEPS).bits as f64
    }

    /// The point a score stands for: the middle of its cell. Scores that
    /// GEOADD cannot have made give some valid point.
    pub fn from_score(score: f64) -> Point {
        let bits = to_bits(score);
        Cell { bits, steps: STEPS }.middle()
    }

    /// The point as an eleven-character geohash, which uses latitudes up to
    /// 90 degrees; its last character has no bits left and is always `0`.
    pub fn geohash(&self) -> String {
        const ALPHABET: &[u8; 32] = b"0123456789bcdefghjkmnpqrstuvwxyz";
        let bits = self.cell_within(STEPS, 90.0).bits;
        (1..=11)
            .map(|i| {
                let index = if i == 11 {
                    0
                } else {
                    bits >> (52 - i * 5) & 31
                };
                char::from(ALPHABET[index as usize])
            })
            .collect()
    }

    /// The metres to another point along the surface (haversine formula).
    pub fn distance(&self, other: &Point) -> f64 {
        let (lat1, lat2) = (radians(self.latitude), radians(other.latitude));
        let u = ((lat2 - lat1) / 2.0).sin();
        let v = ((radians(other.longitude) - radians(self.longitude)) / 2.0).sin();
        2.0 * EARTH_RADIUS * (u * u + lat1.cos() * lat2.cos() * v * v).sqrt().asin()
    }
}

/// Degrees as radians.
fn radians(degrees: f64) -> f64 {
    degrees * (PI / 180.0)
}

/// Radians as degrees.
fn degrees(radians: f64) -> f64 {
    radians / (PI / 180.0)
}

/// A rectangle of the map that has one hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cell {
    /// Latitude in the even bits, longitude in the odd ones.
    pub bits: u64,
    /// The bits of each coordinate.
    pub steps: u8,
}

impl Cell {
    /// The corners: the least longitude and latitude, and the greatest.
    pub fn corners(&self) -> (Point, Point) {
        let scale = (1_u64 << self.steps) as f64;
        let x = f64::from(gather(self.bits >> 1));
        let y = f64::from(gather(self.bits));
        let longitude = |x: f64| -LONGITUDE_MAX + x / scale * (2.0 * LONGITUDE_MAX);
        let latitude = |y: f64| -LATITUDE_MAX + y / scale * (2.0 * LATITUDE_MAX);
        let low = Point {
            longitude: longitude(x),
            latitude: latitude(y),
        };
        let high = Point {
            longitude: longitude(x + 1.0),
            latitude: latitude(y + 1.0),
        };
        (low, high)
    }

    fn middle(&self) -> Point {
        let (low, high) = self.corners();
        Point {
            longitude: ((low.longitude + high.longitude) / 2.0)
                .clamp(-LONGITUDE_MAX, LONGITUDE_MAX),
            latitude: ((low.latitude + high.latitude) / 2.0).clamp(-LATITUDE_MAX, LATITUDE_MAX),
        }
    }

    /// The scores of the points in this cell: from the first, and below the
    /// second.
    pub fn scores(&self) -> (u64, u64) {
        let shift = 2 * (STEPS - self.steps);
        (self.bits << shift, (self.bits + 1) << shift)
    }

    /// The cell `east` columns and `north` rows away, around the world.
    pub fn neighbour(&self, east: i32, north: i32) -> Cell {
        let mask = ((1_u64 << self.steps) - 1) as u32;
        let x = gather(self.bits >> 1).wrapping_add_signed(east) & mask;
        let y = gather(self.bits).wrapping_add_signed(north) & mask;
        Cell {
            bits: spread(y) | spread(x) << 1,
            steps: self.steps,
        }
    }
}

/// Moves bit n to bit 2n.
fn spread(n: u32) -> u64 {
    let mut n = u64::from(n);
    for (shift, mask) in [
        (16, 0x0000_ffff_0000_ffff),
        (8, 0x00ff_00ff_00ff_00ff),
        (4, 0x0f0f_0f0f_0f0f_0f0f),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ] {
        n = (n | n << shift) & mask;
    }
    n
}

/// Moves bit 2n to bit n; the odd bits are dropped.
fn gather(n: u64) -> u32 {
    let mut n = n & 0x5555_5555_5555_5555;
    for (shift, mask) in [
        (1, 0x3333_3333_3333_3333),
        (2, 0x0f0f_0f0f_0f0f_0f0f),
        (4, 0x00ff_00ff_00ff_00ff),
        (8, 0x0000_ffff_0000_ffff),
        (16, 0x0000_0000_ffff_ffff),
    ] {
        n = (n | n >> shift) & mask;
    }
    n as u32
}

/// A score as the bits of a geohash. Only scores made by GEOADD mean anything,
/// but any sorted set can be asked: what does not fit is converted as Redis's
/// C code does on x86-64, where it gives neither an error nor the nearest
/// integer.
fn to_bits(score: f64) -> u64 {
    const HALF: f64 = 9_223_372_036_854_775_808.0;
    let signed = |score: f64| {
        if (-HALF..HALF).contains(&score) {
            score as i64
        } else {
            i64::MIN
        }
    };
    if score >= HALF {
        signed(score - HALF) as u64 ^ (1 << 63)
    } else {
        signed(score) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PALERMO: Point = Point {
        longitude: 13.361389,
        latitude: 38.115556,
    };
    const CATANIA: Point = Point {
        longitude: 15.087269,
        latitude: 37.502669,
    };

    #[test]
    fn sicily_is_where_the_documentation_says() {
        assert_eq!(PALERMO.score(), 3_479_099_956_230_698.0);
        assert_eq!(CATANIA.score(), 3_479_447_370_796_909.0);
        let (palermo, catania) = (
            Point::from_score(PALERMO.score()),
            Point::from_score(CATANIA.score()),
        );
        assert_eq!(palermo.geohash(), "sqc8b49rny0");
        assert_eq!(catania.geohash(), "sqdtr74hyu0");
        assert_eq!(format!("{:.4}", palermo.distance(&catania)), "166274.1516");
    }

    #[test]
    fn bits_survive_spreading() {
        for n in [0, 1, 0x03ff_ffff, 0xdead_beef, u32::MAX] {
            assert_eq!(gather(spread(n)), n);
            assert_eq!(gather(spread(n) << 1), 0);
        }
    }

    #[test]
    fn neighbours_wrap_around_the_world() {
        let cell = PALERMO.cell(10);
        assert_eq!(cell.neighbour(1, 1).neighbour(-1, -1), cell);
        let dateline = Point {
            longitude: 179.99,
            latitude: 0.0,
        };
        let (low, _) = dateline.cell(10).neighbour(1, 0).corners();
        assert_eq!(low.longitude, -180.0);
    }
}
