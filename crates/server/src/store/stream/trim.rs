//! Making a stream shorter: MAXLEN and MINID, exactly or roughly.

use super::{Stream, StreamId};

/// Which entries are to go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// The oldest, until this many are left.
    MaxLen(u64),
    /// Those with lesser IDs.
    MinId(StreamId),
}

/// How to trim a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Trim {
    /// Which entries are to go.
    pub until: Until,
    /// Only whole nodes (`~`), which is much cheaper.
    pub approximate: bool,
    /// The most entries to remove when approximate; 0 for any number.
    pub limit: u64,
}

impl Stream {
    /// Removes old entries; how many.
    pub fn trim(&mut self, trim: &Trim) -> u64 {
        let mut removed = 0;
        while let Some(first) = self.nodes.first_entry() {
            if let Until::MaxLen(max) = trim.until
                && self.length <= max
            {
                break;
            }
            let node = first.get();
            let live = node.live as u64;
            if trim.limit > 0 && removed + live > trim.limit {
                break;
            }
            let whole = match trim.until {
                Until::MaxLen(max) => self.length - live >= max,
                Until::MinId(min) => node.entries.last().is_none_or(|e| e.id < min),
            };
            if whole {
                first.remove();
                self.length -= live;
                removed += live;
                continue;
            }
            if trim.approximate {
                break;
            }
            let node = first.into_mut();
            for entry in &mut node.entries {
                let done = match trim.until {
                    Until::MaxLen(max) => self.length <= max,
                    Until::MinId(min) => entry.id >= min,
                };
                if done {
                    break;
                }
                if !entry.deleted {
                    entry.deleted = true;
                    node.live -= 1;
                    self.length -= 1;
                    removed += 1;
                }
            }
            break;
        }
        removed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Limits;

    fn trimmed(until: Until, approximate: bool, limit: u64) -> (u64, u64) {
        let mut stream = Stream::default();
        for i in 1..=250 {
            stream.append(StreamId::new(i, 0), &[b"f", b"v"], &Limits::default());
        }
        let trim = Trim {
            until,
            approximate,
            limit,
        };
        let removed = stream.trim(&trim);
        assert_eq!(stream.iter().count() as u64, stream.length);
        assert_eq!(stream.entries_added, 250);
        (removed, stream.length)
    }

    #[test]
    fn exact_and_approximate_trimming() {
        let min = |ms| Until::MinId(StreamId::new(ms, 0));
        assert_eq!(trimmed(Until::MaxLen(30), false, 0), (220, 30));
        assert_eq!(trimmed(Until::MaxLen(30), true, 0), (200, 50));
        assert_eq!(trimmed(Until::MaxLen(30), true, 150), (100, 150));
        assert_eq!(trimmed(Until::MaxLen(0), false, 0), (250, 0));
        assert_eq!(trimmed(min(130), false, 0), (129, 121));
        assert_eq!(trimmed(min(130), true, 0), (100, 150));
        assert_eq!(trimmed(min(1), false, 0), (0, 250));
    }
}
