//! How much is done in a second, for INFO: the mean of the last 1.6 seconds,
//! in 16 samples as Redis takes them.
//!
//! No timer takes them: whoever looks at the clock closes the periods that have
//! passed. Nothing happens while nobody does, so the first of these has what
//! was counted since, and the rest nothing.

use std::time::{Duration, Instant};

const SAMPLES: usize = 16;

const PERIOD: Duration = Duration::from_millis(100);

/// What is counted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Counted {
    /// Commands executed.
    pub commands: u64,
    /// Bytes received.
    pub input: u64,
    /// Bytes sent.
    pub output: u64,
    /// Turns of the event loop.
    pub turns: u64,
    /// How long these took, nanoseconds.
    pub nanos: u64,
}

impl Counted {
    fn each(self, other: Counted, combine: impl Fn(u64, u64) -> u64) -> Counted {
        Counted {
            commands: combine(self.commands, other.commands),
            input: combine(self.input, other.input),
            output: combine(self.output, other.output),
            turns: combine(self.turns, other.turns),
            nanos: combine(self.nanos, other.nanos),
        }
    }
}

/// The samples.
#[derive(Debug, Default)]
pub struct Rates {
    /// When the period began that is not over yet; `None` before the first.
    since: Option<Instant>,
    /// What had been counted by then.
    before: Counted,
    samples: [Counted; SAMPLES],
    /// The place of the next sample.
    next: usize,
}

impl Rates {
    /// Begins at this moment, unless it has begun.
    #[inline]
    pub fn begin(&mut self, moment: Instant) {
        self.since.get_or_insert(moment);
    }

    /// Whether a period is over.
    #[inline]
    pub fn is_due(&self, moment: Instant) -> bool {
        self.since
            .is_some_and(|since| moment.saturating_duration_since(since) >= PERIOD)
    }

    /// Closes the periods that are over; `all` is what has been counted since
    /// the beginning.
    pub fn sample(&mut self, moment: Instant, all: Counted) {
        let Some(since) = self.since else {
            return;
        };
        let over = moment.saturating_duration_since(since).as_millis() / PERIOD.as_millis();
        let Ok(over) = u32::try_from(over) else {
            *self = Rates::default();
            return;
        };
        let mut sample = all.each(self.before, u64::saturating_sub);
        for _ in 0..over.min(SAMPLES as u32 + 1) {
            self.samples[self.next] = std::mem::take(&mut sample);
            self.next = (self.next + 1) % SAMPLES;
        }
        if over > 0 {
            self.before = all;
            self.since = Some(since + PERIOD * over);
        }
    }

    /// What was counted in the last 1.6 seconds.
    pub fn recent(&self) -> Counted {
        let samples = self.samples.iter();
        samples.fold(Counted::default(), |all, sample| {
            all.each(*sample, |a, b| a + b)
        })
    }
}

/// What so much in the last 1.6 seconds is in one.
pub fn per_second(recent: u64) -> f64 {
    recent as f64 / (PERIOD * SAMPLES as u32).as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_counts_for_the_time_of_the_samples() {
        let start = Instant::now();
        let at = |millis: u64| start + Duration::from_millis(millis);
        let commands = |commands| Counted {
            commands,
            ..Counted::default()
        };
        let mut rates = Rates::default();
        assert!(!rates.is_due(at(500)));
        rates.begin(start);
        assert!(!rates.is_due(at(99)) && rates.is_due(at(100)));
        rates.sample(at(99), commands(160));
        assert_eq!(rates.recent().commands, 0);
        rates.sample(at(120), commands(160));
        assert_eq!(rates.recent().commands, 160);
        assert_eq!(per_second(160), 100.0);
        // Nobody looked for a while: it was all done at once.
        rates.sample(at(1_650), commands(170));
        assert_eq!(rates.recent().commands, 170);
        rates.sample(at(1_700), commands(170));
        assert_eq!(rates.recent().commands, 10);
        rates.sample(at(60_000), commands(171));
        assert_eq!(rates.recent().commands, 0);
    }
}
