//! The time commands go by: it stands still while one is executed.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The wall clock as it was last read.
#[derive(Debug)]
pub struct Clock {
    /// When the server started.
    started: Instant,
    /// Both clocks read together, to derive one from the other cheaply.
    base: (Instant, i64),
    micros: i64,
    now: i64,
}

impl Clock {
    /// A clock that shows this moment.
    pub fn new() -> Self {
        let moment = Instant::now();
        let micros = wall_micros();
        Clock {
            started: moment,
            base: (moment, micros),
            micros,
            now: micros / 1000,
        }
    }

    /// Milliseconds since 1970.
    #[inline]
    pub fn now(&self) -> i64 {
        self.now
    }

    /// Microseconds since 1970.
    #[inline]
    pub fn micros(&self) -> i64 {
        self.micros
    }

    /// When the wall clock was last read.
    #[inline]
    pub fn read_at(&self) -> Instant {
        self.base.0
    }

    /// How long the server has been running.
    pub fn uptime(&self) -> Duration {
        self.started.elapsed()
    }

    /// Reads the wall clock again (it may have been set).
    pub fn sync(&mut self) {
        self.base = (Instant::now(), wall_micros());
        self.set(self.base.0);
    }

    /// Goes on to a moment of the monotonic clock.
    #[inline]
    pub fn set(&mut self, moment: Instant) {
        let since = moment.saturating_duration_since(self.base.0);
        self.micros = self.base.1 + since.as_micros() as i64;
        self.now = self.micros / 1000;
    }
}

fn wall_micros() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |d| i64::try_from(d.as_micros()).unwrap_or(i64::MAX))
}
