//! How long things take: the samples behind LATENCY and the histograms behind
//! LATENCY HISTOGRAM and INFO's `latencystats`.
//!
//! Two instruments, as in Redis. Every command's duration goes into a
//! [`Histogram`] of its own, which costs a few instructions. And whatever took
//! longer than `latency-monitor-threshold` (off by default) leaves a sample
//! with the time at which it happened, by kind of event.

pub mod doctor;
pub mod histogram;
pub mod sparkline;

pub use histogram::Histogram;
use std::collections::{BTreeMap, VecDeque};
use std::time::{SystemTime, UNIX_EPOCH};

/// How many samples of an event are kept; one a second at most.
const KEPT: usize = 160;

/// The kinds of events, by Redis's names.
pub mod event {
    /// A command that is not one of the fast ones.
    pub const COMMAND: &str = "command";
    /// A command of constant or logarithmic time.
    pub const FAST_COMMAND: &str = "fast-command";
    /// Serving a client that waited.
    pub const COMMAND_UNBLOCKING: &str = "command-unblocking";
    /// A round of active expiry.
    pub const EXPIRE_CYCLE: &str = "expire-cycle";
    /// The removal of one expired key.
    pub const EXPIRE_DEL: &str = "expire-del";
    /// Making room below `maxmemory`.
    pub const EVICTION_CYCLE: &str = "eviction-cycle";
    /// The removal of one evicted key.
    pub const EVICTION_DEL: &str = "eviction-del";
}

/// Something that took long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sample {
    /// When, seconds since 1970.
    pub time: i64,
    /// How long, milliseconds.
    pub latency: u64,
}

/// The samples of one kind of event, oldest first.
#[derive(Debug, Default)]
pub struct Series {
    /// The latest samples.
    pub samples: VecDeque<Sample>,
    /// The longest ever seen, milliseconds.
    pub worst: u64,
}

impl Series {
    /// Adds a sample; of those in one second the longest stays.
    pub fn add(&mut self, sample: Sample) {
        self.worst = self.worst.max(sample.latency);
        match self.samples.back_mut() {
            Some(last) if last.time == sample.time => {
                last.latency = last.latency.max(sample.latency);
            }
            _ => {
                if self.samples.len() == KEPT {
                    self.samples.pop_front();
                }
                self.samples.push_back(sample);
            }
        }
    }
}

/// All series by event.
pub type Events = BTreeMap<&'static str, Series>;

/// Seconds since 1970 at this moment: an event is over after the command's
/// clock has stood still for its whole length.
pub fn seconds_now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_one_second_the_longest_sample_stays() {
        let mut series = Series::default();
        for (time, latency) in [(1, 20), (1, 50), (1, 30), (2, 10)] {
            series.add(Sample { time, latency });
        }
        let kept: Vec<_> = series.samples.iter().map(|s| (s.time, s.latency)).collect();
        assert_eq!(kept, [(1, 50), (2, 10)]);
        assert_eq!(series.worst, 50);
    }

    #[test]
    fn the_oldest_sample_gives_way() {
        let mut series = Series::default();
        for time in 0..=KEPT as i64 {
            series.add(Sample { time, latency: 7 });
        }
        assert_eq!(series.samples.len(), KEPT);
        assert_eq!(series.samples.front().map(|s| s.time), Some(1));
    }
}
