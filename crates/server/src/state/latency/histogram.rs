//! A histogram of durations with a bounded relative error.
//!
//! The cells are those of an HDR histogram with two significant digits, for 1
//! nanosecond to 1 second, as Redis has one for each command: the first 256
//! values have a cell each, then every further power of two has 128. What
//! LATENCY HISTOGRAM and INFO show are limits of such cells, so another
//! layout would show other numbers for the same durations.

/// Cells of one power of two.
const HALF: usize = 128;

/// Powers of two above the first 256 values, up to a second.
const POWERS: usize = 23;

/// Longer durations count as this one, nanoseconds.
const LONGEST: u64 = 1_000_000_000;

/// How often a command took how long.
#[derive(Debug, Clone)]
pub struct Histogram {
    /// Four bytes each: every command that was ever called has a histogram.
    cells: Box<[u32]>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram {
            cells: vec![0; (POWERS + 1) * HALF].into_boxed_slice(),
            total: 0,
        }
    }
}

/// The cell of a duration in nanoseconds.
#[inline]
fn cell_of(nanos: u64) -> usize {
    let shift = (u64::BITS - (nanos | 255).leading_zeros() - 8) as usize;
    (shift * HALF) + (nanos >> shift) as usize
}

/// The longest duration of a cell, nanoseconds.
fn longest_of(cell: usize) -> u64 {
    let shift = (cell / HALF).saturating_sub(1);
    let value = (cell - shift * HALF) as u64;
    ((value + 1) << shift) - 1
}

impl Histogram {
    /// Counts one duration.
    #[inline]
    pub fn record(&mut self, micros: u64) {
        let nanos = micros.saturating_mul(1000).clamp(1, LONGEST);
        if let Some(cell) = self.cells.get_mut(cell_of(nanos)) {
            *cell = cell.saturating_add(1);
            self.total += 1;
        }
    }

    /// How many durations were counted.
    pub fn total(&self) -> u64 {
        self.total
    }

    /// The duration that `percent` of all did not exceed, nanoseconds.
    pub fn percentile(&self, percent: f64) -> u64 {
        let wanted = (percent.min(100.0) / 100.0 * self.total as f64 + 0.5) as u64;
        let mut seen = 0;
        let cell = self.cells.iter().position(|count| {
            seen += u64::from(*count);
            seen >= wanted.max(1)
        });
        let cell = cell.unwrap_or(0);
        if percent == 0.0 && cell > 0 {
            return longest_of(cell - 1) + 1;
        }
        longest_of(cell)
    }

    /// How many durations took at most so long, for limits that double from a
    /// microsecond to a second: pairs of microseconds and count, without the
    /// limits at which nothing is added.
    pub fn cumulative(&self) -> Vec<(u64, u64)> {
        let mut steps = Vec::new();
        let (mut seen, mut shown, mut limit) = (0, 0, 1024);
        for (cell, count) in self.cells.iter().enumerate() {
            seen += u64::from(*count);
            let last = cell + 1 == self.cells.len();
            if cell == cell_of(limit) || last {
                if seen > shown {
                    steps.push((longest_of(cell) / 1000, seen));
                    shown = seen;
                }
                limit *= 2;
            }
        }
        steps
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_lies_within_its_cell() {
        for nanos in (1..5000).chain([65_535, 65_536, 999_999_999, LONGEST]) {
            let cell = cell_of(nanos);
            assert!(nanos <= longest_of(cell), "{nanos}");
            assert!(cell == 0 || nanos > longest_of(cell - 1), "{nanos}");
        }
        assert!(cell_of(LONGEST) < (POWERS + 1) * HALF);
    }

    /// The figures are those that a Redis 7.0.15 showed.
    #[test]
    fn percentiles_are_limits_of_cells() {
        for (micros, shown) in [(1, 1003), (3, 3007), (12, 12_031), (831, 831_487)] {
            let mut histogram = Histogram::default();
            histogram.record(micros);
            assert_eq!(histogram.percentile(50.0), shown);
            assert_eq!(histogram.percentile(100.0), shown);
        }
    }

    #[test]
    fn limits_double_and_those_that_add_nothing_are_left_out() {
        let mut histogram = Histogram::default();
        for micros in [0, 1, 1, 2, 17, 33, 34, 700_000, 5_000_000] {
            histogram.record(micros);
        }
        assert_eq!(
            histogram.cumulative(),
            [(1, 3), (2, 4), (33, 6), (66, 7), (1_073_741, 9)]
        );
        assert_eq!(histogram.total(), 9);
    }
}
