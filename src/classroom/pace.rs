//! How much one student, or one address, may ask of a hub: bounds against
//! whoever means harm, and far above what a page ever needs.

use super::problem::Problem;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How long what was asked counts.
const WINDOW: Duration = Duration::from_secs(10);

/// How many are remembered before those are forgotten that have been silent.
const MOST_KNOWN: usize = 10_000;

/// How many requests and events a seat may send within [`WINDOW`].
pub const OF_SEAT: u32 = 600;

/// How many requests without a seat an address may send: a class behind one
/// router joins at once.
pub const OF_ADDRESS: u32 = 3_000;

/// How many seats an address may ask for within [`WINDOW`]: a class behind one
/// router has joined in half a minute, and nobody takes them all at once.
pub const JOINS: u32 = 200;

/// How many streams of news a seat may have at a time: so many devices and tabs.
const EARS: u32 = 4;

/// Who has asked how much since when.
#[derive(Debug, Default)]
pub struct Pace(Mutex<HashMap<String, (Instant, u32)>>);

impl Pace {
    /// Counts `cost` for somebody who may have `most` of it.
    ///
    /// # Errors
    /// When that is too much, for how long.
    pub fn take(&self, who: &str, cost: u32, most: u32) -> Result<(), Problem> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= MOST_KNOWN {
            known.retain(|_, (since, _)| since.elapsed() < WINDOW);
        }
        let (since, spent) = known
            .entry(who.to_owned())
            .or_insert_with(|| (Instant::now(), 0));
        if since.elapsed() >= WINDOW {
            (*since, *spent) = (Instant::now(), 0);
        }
        if spent.saturating_add(cost) > most {
            let left = WINDOW.saturating_sub(since.elapsed());
            return Err(Problem::TooOften(left.as_secs() + 1));
        }
        *spent += cost;
        Ok(())
    }
}

/// Who hears the news by how many streams.
#[derive(Debug, Clone, Default)]
pub struct Ears(Arc<Mutex<HashMap<String, u32>>>);

impl Ears {
    /// Another stream of a seat, until it is dropped.
    ///
    /// # Errors
    /// When the seat has too many.
    pub fn open(&self, seat: &str) -> Result<Ear, Problem> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = open.entry(seat.to_owned()).or_insert(0);
        if *count >= EARS {
            return Err(Problem::TooOften(5));
        }
        *count += 1;
        Ok(Ear {
            ears: self.clone(),
            seat: seat.to_owned(),
        })
    }
}

/// A stream that hears the news.
#[derive(Debug)]
#[must_use = "the stream is over when it is dropped"]
pub struct Ear {
    ears: Ears,
    seat: String,
}

impl Drop for Ear {
    fn drop(&mut self) {
        let mut open = self.ears.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = open.get_mut(&self.seat) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.seat);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_much_is_refused_and_others_are_unaffected() {
        let pace = Pace::default();
        assert!(pace.take("ala", 3, 4).is_ok());
        assert!(matches!(
            pace.take("ala", 2, 4),
            Err(Problem::TooOften(1..))
        ));
        assert!(pace.take("ala", 1, 4).is_ok());
        assert!(pace.take("ola", 4, 4).is_ok());
    }

    #[test]
    fn a_seat_has_so_many_streams_and_gives_them_back() {
        let ears = Ears::default();
        let open: Vec<_> = (0..EARS).map(|_| ears.open("ala").unwrap()).collect();
        assert!(ears.open("ala").is_err());
        assert!(ears.open("ola").is_ok());
        drop(open);
        assert!(ears.open("ala").is_ok());
        assert!(ears.0.lock().unwrap().is_empty());
    }
}
