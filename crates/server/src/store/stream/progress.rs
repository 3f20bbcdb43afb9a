//! How far a group has read.
//!
//! The number of entries a group has yet to read (its lag) is the difference
//! of two counters, unless entries were deleted in the part not yet read:
//! then it cannot be known without counting, and Redis says so.

use super::{Group, Stream, StreamId};

impl Stream {
    /// How many entries were added up to this ID, where that follows from
    /// the counters.
    pub fn entries_up_to(&self, id: StreamId) -> Option<u64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.length == 0 && id <= self.last_id {
            return Some(self.entries_added);
        }
        if id >= self.last_id {
            return (id == self.last_id).then_some(self.entries_added);
        }
        let first = self.first_id();
        if self.max_deleted_id != StreamId::MIN && self.max_deleted_id >= first {
            return None;
        }
        // The counters can be set by clients, to anything.
        let before = self.entries_added.wrapping_sub(self.length);
        match id.cmp(&first) {
            std::cmp::Ordering::Less => Some(before),
            std::cmp::Ordering::Equal => Some(before.wrapping_add(1)),
            std::cmp::Ordering::Greater => None,
        }
    }

    /// Whether an entry may have been deleted from `start` on. What was
    /// deleted in front of the first entry leaves no gap.
    fn has_gap_after(&self, start: StreamId) -> bool {
        self.length > 0
            && self.max_deleted_id != StreamId::MIN
            && self.first_id() <= self.max_deleted_id
            && start <= self.max_deleted_id
    }

    /// How many entries a group has yet to read, where that is known;
    /// negative when a client has set its counter too high.
    pub fn lag(&self, group: &Group) -> Option<i64> {
        if self.entries_added == 0 {
            return Some(0);
        }
        if self.length == 0 {
            return Some(0);
        }
        if group.last_id < self.first_id() {
            // Whatever it has read is gone.
            let gap = self.max_deleted_id >= self.first_id();
            return (!gap).then_some(self.length as i64);
        }
        let read = group
            .entries_read
            .filter(|_| !self.has_gap_after(group.last_id))
            .or_else(|| self.entries_up_to(group.last_id))?;
        Some(self.entries_added.wrapping_sub(read) as i64)
    }

    /// What a group's counter becomes when it is given this entry.
    pub fn entries_read_after(&self, group: &Group, id: StreamId) -> Option<u64> {
        match group.entries_read {
            Some(read)
                if group.last_id >= self.first_id() && !self.has_gap_after(group.last_id) =>
            {
                Some(read.wrapping_add(1))
            }
            read if self.entries_added == 0 => read,
            _ => self.entries_up_to(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::Limits;

    #[test]
    fn the_lag_is_known_unless_entries_ahead_were_deleted() {
        let mut stream = Stream::default();
        let mut group = Group::default();
        assert_eq!(stream.lag(&group), Some(0));
        for i in 1..=5 {
            stream.append(StreamId::new(i, 0), &[b"f", b"v"], &Limits::default());
        }
        assert_eq!(stream.lag(&group), Some(5));
        for i in 1..=2 {
            let id = StreamId::new(i, 0);
            group.entries_read = stream.entries_read_after(&group, id);
            group.last_id = id;
        }
        assert_eq!((group.entries_read, stream.lag(&group)), (Some(2), Some(3)));
        group.entries_read = Some(9);
        assert_eq!(stream.lag(&group), Some(-4));
        group.entries_read = Some(2);
        stream.delete(StreamId::new(4, 0));
        assert_eq!(stream.lag(&group), None);
        for i in [3, 5] {
            let id = StreamId::new(i, 0);
            group.entries_read = stream.entries_read_after(&group, id);
            group.last_id = id;
        }
        assert_eq!(stream.lag(&group), Some(0));
    }
}
