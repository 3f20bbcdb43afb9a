//! When, or how often, a key was used: what OBJECT IDLETIME and OBJECT FREQ
//! show and eviction goes by.
//!
//! Like Redis, a key has one small field for this, whose meaning depends on
//! `maxmemory-policy`: the second of the last access, or (the LFU policies) a
//! logarithmic counter of accesses in the low byte and the minute it was last
//! brought up to date above it.

use crate::state::eviction::{Order, Policy};
use crate::state::settings::Settings;
use rand::RngExt as _;
use rand::rngs::SmallRng;

/// The counter of a new key: enough to survive until it is used again.
const NEW_KEY: u8 = 5;

/// The clock accesses are stamped with.
#[derive(Debug)]
pub struct AccessClock {
    /// Seconds since 1970.
    seconds: u32,
    /// Minutes since 1970, the low 16 bits.
    minutes: u16,
    frequency: Option<Frequency>,
    /// Uses of keys are not noted (CLIENT NO-TOUCH).
    pub held: bool,
    rng: SmallRng,
}

/// How accesses are counted: `lfu-log-factor`, `lfu-decay-time` (minutes).
#[derive(Debug, Clone, Copy)]
struct Frequency {
    log_factor: i64,
    decay: i64,
}

impl Default for AccessClock {
    fn default() -> Self {
        AccessClock {
            seconds: 0,
            minutes: 0,
            frequency: None,
            held: false,
            rng: rand::make_rng::<SmallRng>(),
        }
    }
}

impl AccessClock {
    /// Sets the time, in milliseconds since 1970.
    #[inline]
    pub fn set(&mut self, now: i64) {
        self.seconds = (now / 1000) as u32;
        self.minutes = (now / 60_000) as u16;
    }

    /// Takes over what the parameters say.
    pub fn configure(&mut self, settings: &Settings) {
        let counts = matches!(
            settings.maxmemory_policy,
            Policy::AllKeys(Order::Frequency) | Policy::Volatile(Order::Frequency)
        );
        self.frequency = counts.then_some(Frequency {
            log_factor: settings.lfu_log_factor,
            decay: settings.lfu_decay_time,
        });
    }

    /// Whether accesses are counted rather than timed.
    pub fn counts(&self) -> bool {
        self.frequency.is_some()
    }

    /// The field of a key just made.
    #[inline]
    pub fn fresh(&self) -> u32 {
        match self.frequency {
            None => self.seconds,
            Some(_) => self.counter(NEW_KEY),
        }
    }

    /// The field of a key used now.
    #[inline]
    pub fn touched(&mut self, field: u32) -> u32 {
        match self.frequency {
            _ if self.held => field,
            None => self.seconds,
            Some(frequency) => {
                let count = self.decayed(field, frequency);
                let count = self.incremented(count, frequency);
                self.counter(count)
            }
        }
    }

    /// How long a key has not been used, seconds.
    pub fn idle(&self, field: u32) -> u32 {
        self.seconds.saturating_sub(field)
    }

    /// The field of a key last used so many seconds ago (RESTORE IDLETIME).
    pub fn idle_since(&self, seconds: i64) -> u32 {
        let seconds = u32::try_from(seconds).unwrap_or(u32::MAX);
        self.seconds.saturating_sub(seconds)
    }

    /// The access counter as it is now, 0 to 255.
    pub fn frequency(&self, field: u32) -> u8 {
        self.frequency
            .map_or(field as u8, |frequency| self.decayed(field, frequency))
    }

    /// The field of a key with this counter (RESTORE FREQ).
    pub fn counter(&self, count: u8) -> u32 {
        u32::from(self.minutes) << 8 | u32::from(count)
    }

    /// How good a key is for eviction; more is better.
    pub fn dispensable(&self, field: u32) -> u32 {
        match self.frequency {
            None => self.idle(field),
            Some(frequency) => u32::from(u8::MAX - self.decayed(field, frequency)),
        }
    }

    /// The counter loses one for every `lfu-decay-time` minutes.
    fn decayed(&self, field: u32, frequency: Frequency) -> u8 {
        let elapsed = self.minutes.wrapping_sub((field >> 8) as u16);
        let periods = i64::from(elapsed).checked_div(frequency.decay).unwrap_or(0);
        (field as u8).saturating_sub(periods.min(255) as u8)
    }

    /// The higher the counter, the less likely it grows: 255 stands for about
    /// a million accesses with the default factor.
    fn incremented(&mut self, count: u8, frequency: Frequency) -> u8 {
        let base = f64::from(count.saturating_sub(NEW_KEY));
        let chance = 1.0 / (base * frequency.log_factor as f64 + 1.0);
        if self.rng.random::<f64>() < chance {
            count.saturating_add(1)
        } else {
            count
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting() -> AccessClock {
        let mut clock = AccessClock::default();
        clock.configure(&Settings {
            maxmemory_policy: Policy::AllKeys(Order::Frequency),
            ..Settings::default()
        });
        clock
    }

    #[test]
    fn an_access_is_timed_in_seconds() {
        let mut clock = AccessClock::default();
        clock.set(61_000);
        let field = clock.fresh();
        clock.set(66_500);
        assert_eq!(clock.idle(field), 5);
        assert_eq!(clock.dispensable(field), 5);
        let touched = clock.touched(field);
        assert_eq!(clock.idle(touched), 0);
    }

    #[test]
    fn accesses_are_counted_logarithmically_and_forgotten() {
        let mut clock = counting();
        clock.set(0);
        let mut field = clock.fresh();
        assert_eq!(clock.frequency(field), NEW_KEY);
        field = clock.touched(field);
        assert_eq!(clock.frequency(field), NEW_KEY + 1);
        for _ in 0..1_000 {
            field = clock.touched(field);
        }
        let often = clock.frequency(field);
        assert!((10..60).contains(&often), "{often}");
        clock.set(3 * 60_000);
        assert_eq!(clock.frequency(field), often - 3);
        clock.set(1_000 * 60_000);
        assert_eq!(clock.frequency(field), 0);
        assert_eq!(clock.dispensable(field), 255);
    }
}
