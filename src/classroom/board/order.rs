//! Who needs the teacher first.

use serde::Serialize;
use std::cmp::Reverse;

/// Tries at one exercise, and the time at it, after which somebody is stuck.
const TRIES: u32 = 5;
const AT_IT_MS: u64 = 4 * 60_000;

/// How often in a row the same error means that it is not understood.
const SAME_ERROR: u32 = 3;

/// After how long without a word somebody may have given up.
const SILENT_MS: u64 = 5 * 60_000;

/// Why a student needs the teacher; the first reason is the most urgent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Why {
    /// A hand is raised.
    Hand,
    /// Many tries at one exercise, for a while.
    Tries,
    /// The same error again and again.
    Error,
    /// Nothing was heard for a while.
    Silent,
}

/// What tells how it goes for a student; times are in ms, and Redis's.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Signs {
    /// When the hand was raised.
    pub(super) hand: Option<u64>,
    /// Tries at the exercise that is open now.
    pub(super) tries: u32,
    /// When that exercise was begun.
    pub(super) since: u64,
    /// How often in a row the last error came.
    pub(super) same: u32,
    /// When something was heard last.
    pub(super) seen: u64,
    /// How many exercises are solved, and of how many.
    pub(super) solved: usize,
    pub(super) of: usize,
}

impl Signs {
    /// Why this student needs the teacher, if so.
    pub(super) fn why(&self, now: u64) -> Option<Why> {
        let for_ms = |since: u64| now.saturating_sub(since);
        if self.hand.is_some() {
            Some(Why::Hand)
        } else if self.tries >= TRIES && for_ms(self.since) >= AT_IT_MS {
            Some(Why::Tries)
        } else if self.same >= SAME_ERROR {
            Some(Why::Error)
        } else if for_ms(self.seen) >= SILENT_MS && self.solved < self.of {
            Some(Why::Silent)
        } else {
            None
        }
    }

    /// Sorts who comes first: the most urgent reason, and among equals who has
    /// had it for longest, or most often; without a reason who has solved least.
    pub(super) fn place(&self, now: u64) -> impl Ord + use<> {
        let why = self.why(now);
        let longest = match why {
            Some(Why::Hand) => (self.hand.unwrap_or_default(), Reverse(0)),
            Some(Why::Tries) => (self.since, Reverse(0)),
            Some(Why::Error) => (0, Reverse(self.same)),
            Some(Why::Silent) => (self.seen, Reverse(0)),
            None => (0, Reverse(0)),
        };
        (why.is_none(), why, longest, self.solved)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: u64 = 100_000_000;
    const MINUTE: u64 = 60_000;

    fn at_work() -> Signs {
        Signs {
            seen: NOW,
            solved: 2,
            of: 40,
            ..Signs::default()
        }
    }

    fn tried(tries: u32, minutes: u64) -> Signs {
        Signs {
            tries,
            since: NOW - minutes * MINUTE,
            ..at_work()
        }
    }

    #[test]
    fn somebody_is_stuck_after_five_tries_and_four_minutes() {
        assert_eq!(tried(5, 4).why(NOW), Some(Why::Tries));
        assert_eq!(tried(4, 60).why(NOW), None);
        assert_eq!(tried(50, 3).why(NOW), None);
    }

    #[test]
    fn the_same_error_three_times_is_told_and_two_times_is_not() {
        let of = |same| Signs { same, ..at_work() }.why(NOW);
        assert_eq!(of(2), None);
        assert_eq!(of(3), Some(Why::Error));
    }

    #[test]
    fn silence_is_told_of_those_who_still_have_something_to_do() {
        let silent = |ms, solved| Signs {
            seen: NOW - ms,
            solved,
            ..at_work()
        };
        assert_eq!(silent(5 * MINUTE, 39).why(NOW), Some(Why::Silent));
        assert_eq!(silent(5 * MINUTE - 1, 39).why(NOW), None);
        assert_eq!(silent(50 * MINUTE, 40).why(NOW), None);
        // A clock that went back is no silence.
        assert_eq!(silent(0, 3).why(NOW - MINUTE), None);
    }

    #[test]
    fn who_is_stuck_comes_first_and_then_who_has_done_least() {
        let hand = |minutes: u64| Signs {
            hand: Some(NOW - minutes * MINUTE),
            ..at_work()
        };
        let same = |same| Signs { same, ..at_work() };
        let silent = |minutes: u64| Signs {
            seen: NOW - minutes * MINUTE,
            ..at_work()
        };
        let solved = |solved| Signs {
            solved,
            ..at_work()
        };
        let expected = [
            hand(9),
            hand(1),
            tried(6, 20),
            tried(9, 5),
            same(7),
            same(3),
            silent(30),
            silent(6),
            solved(0),
            solved(7),
            solved(40),
        ];
        for pair in expected.windows(2) {
            assert!(pair[0].place(NOW) < pair[1].place(NOW), "{pair:#?}");
        }
    }
}
