//! Which cells of the map a search has to look at.
//!
//! A cell about as large as the search area and its eight neighbours cover
//! it; neighbours the area does not reach are left out. The order of the
//! cells is the order of an unsorted GEOSEARCH reply, so it follows Redis.

use super::{Cell, EARTH_RADIUS, Point, STEPS, degrees, radians};

/// Half the circumference of the projected earth, metres.
const MERCATOR_MAX: f64 = 20_037_726.37;

/// The form and size of a search area, metres.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extent {
    /// A circle.
    Radius(f64),
    /// A rectangle along the axes.
    Box {
        /// From west to east.
        width: f64,
        /// From south to north.
        height: f64,
    },
}

/// A search area.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Area {
    /// Its middle.
    pub center: Point,
    /// Its form and size.
    pub extent: Extent,
}

impl Area {
    /// The metres from the middle to a point inside; `None` for one outside.
    pub fn distance_inside(&self, point: &Point) -> Option<f64> {
        let distance = self.center.distance(point);
        let inside = match self.extent {
            Extent::Radius(radius) => distance <= radius,
            Extent::Box { width, height } => {
                let north = (radians(point.latitude) - radians(self.center.latitude)).abs();
                let same_row = Point {
                    longitude: self.center.longitude,
                    latitude: point.latitude,
                };
                EARTH_RADIUS * north <= height / 2.0 && same_row.distance(point) <= width / 2.0
            }
        };
        inside.then_some(distance)
    }

    /// The cells to look at, in the order Redis does.
    pub fn cells(&self) -> Vec<Cell> {
        let (low, high) = self.bounds();
        let mut steps = self.steps();
        let reaches = |steps| {
            let cell = self.center.cell(steps);
            let north = cell.neighbour(0, 1).corners().1.latitude;
            let south = cell.neighbour(0, -1).corners().0.latitude;
            let east = cell.neighbour(1, 0).corners().1.longitude;
            let west = cell.neighbour(-1, 0).corners().0.longitude;
            north >= high.latitude
                && south <= low.latitude
                && east >= high.longitude
                && west <= low.longitude
        };
        if steps > 1 && !reaches(steps) {
            steps -= 1;
        }
        let cell = self.center.cell(steps);
        let (from, to) = cell.corners();
        let needed = |east: i32, north: i32| {
            steps < 2
                || !((north < 0 && from.latitude < low.latitude)
                    || (north > 0 && to.latitude > high.latitude)
                    || (east < 0 && from.longitude < low.longitude)
                    || (east > 0 && to.longitude > high.longitude))
        };
        let mut cells: Vec<Cell> = vec![cell];
        let mut last = None;
        for (east, north) in [
            (0, 1),
            (0, -1),
            (1, 0),
            (-1, 0),
            (1, 1),
            (-1, 1),
            (1, -1),
            (-1, -1),
        ] {
            let cell = cell.neighbour(east, north);
            // With very few, very large cells a neighbour may come twice.
            // Redis compares with the one before, but not with the middle.
            if needed(east, north) && last != Some(cell) {
                cells.push(cell);
                last = Some(cell);
            }
        }
        cells
    }

    /// The rectangle around the area.
    fn bounds(&self) -> (Point, Point) {
        let (half_width, half_height) = match self.extent {
            Extent::Radius(radius) => (radius, radius),
            Extent::Box { width, height } => (width / 2.0, height / 2.0),
        };
        let Point {
            longitude,
            latitude,
        } = self.center;
        let north = degrees(half_height / EARTH_RADIUS);
        // Meridians come together towards the pole: the wider side counts.
        let nearer_pole = if latitude < 0.0 {
            latitude - north
        } else {
            latitude + north
        };
        let east = degrees(half_width / EARTH_RADIUS / radians(nearer_pole).cos());
        let low = Point {
            longitude: longitude - east,
            latitude: latitude - north,
        };
        let high = Point {
            longitude: longitude + east,
            latitude: latitude + north,
        };
        (low, high)
    }

    /// The precision at which nine cells probably cover the area.
    fn steps(&self) -> u8 {
        let mut radius = match self.extent {
            Extent::Radius(radius) => radius,
            Extent::Box { width, height } => (width / 2.0).hypot(height / 2.0),
        };
        if radius == 0.0 {
            return STEPS;
        }
        let mut steps = 1_i32;
        while radius < MERCATOR_MAX {
            radius *= 2.0;
            steps += 1;
        }
        steps -= 2;
        // Cells are narrower towards the poles.
        let latitude = self.center.latitude.abs();
        if latitude > 66.0 {
            steps -= 1;
        }
        if latitude > 80.0 {
            steps -= 1;
        }
        steps.clamp(1, i32::from(STEPS)) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_point_inside_is_in_one_of_the_cells() {
        let mut state = 5_u32;
        let mut random = |from: f64, to: f64| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            from + f64::from(state >> 8) / f64::from(1 << 24) * (to - from)
        };
        let mut inside = 0;
        for round in 0..2_000 {
            let center = Point {
                longitude: random(-170.0, 170.0),
                latitude: random(-75.0, 75.0),
            };
            let size = 10_f64.powf(random(1.0, 6.0));
            let extent = if round % 2 == 0 {
                Extent::Radius(size)
            } else {
                Extent::Box {
                    width: size,
                    height: size / 3.0,
                }
            };
            let area = Area { center, extent };
            let cells = area.cells();
            for _ in 0..20 {
                let reach = size / 111_000.0;
                let near = Point {
                    longitude: center.longitude + random(-reach, reach),
                    latitude: center.latitude + random(-reach, reach),
                };
                if !near.is_valid() || area.distance_inside(&near).is_none() {
                    continue;
                }
                inside += 1;
                let score = near.score() as u64;
                let found = cells.iter().any(|cell| {
                    let (low, high) = cell.scores();
                    (low..high).contains(&score)
                });
                assert!(found, "{near:?} in {area:?}");
            }
        }
        assert!(inside > 5_000);
    }

    #[test]
    fn a_point_is_searched_at_full_precision() {
        let area = Area {
            center: Point {
                longitude: 15.0,
                latitude: 37.0,
            },
            extent: Extent::Radius(0.0),
        };
        assert!(area.cells().iter().all(|cell| cell.steps == STEPS));
    }
}
