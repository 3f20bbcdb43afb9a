//! Taking the samples of LATENCY.

use crate::engine::server::Server;
use crate::state::latency::{Sample, seconds_now};
use std::time::Instant;

impl Server {
    /// Keeps a sample if the event took as long as
    /// `latency-monitor-threshold` says, and that is on.
    #[inline]
    pub(crate) fn latency_sample(&mut self, event: &'static str, milliseconds: u64) {
        let threshold = self.settings.latency_threshold;
        if threshold > 0 && milliseconds >= threshold as u64 {
            self.latency_events.entry(event).or_default().add(Sample {
                time: seconds_now(),
                latency: milliseconds,
            });
        }
    }

    /// The moment an event begins; `None`, without looking at the clock, when
    /// nothing is to be sampled.
    #[inline]
    pub(crate) fn latency_start(&self) -> Option<Instant> {
        (self.settings.latency_threshold > 0).then(Instant::now)
    }

    /// Samples an event that began at [`Server::latency_start`].
    #[inline]
    pub(crate) fn latency_end(&mut self, event: &'static str, start: Option<Instant>) {
        if let Some(start) = start {
            self.latency_sample(event, start.elapsed().as_millis() as u64);
        }
    }
}
