//! What the replies of stream commands have in common.

use crate::store::stream::{Entry, StreamId};
use crate::wire::reply::{CmdError, Out};

/// The key or the group is not there.
pub fn no_group(key: &[u8], group: &[u8], where_: &str) -> CmdError {
    let text = [
        b"NOGROUP No such key '",
        key,
        b"' or consumer group '",
        group,
        b"'",
        where_.as_bytes(),
    ];
    CmdError::owned(text.concat())
}

pub fn write_id(out: &mut Out, id: StreamId) {
    out.bulk(id.to_string().as_bytes());
}

/// An entry: its ID, and its fields and values in turn.
pub fn write_entry(out: &mut Out, entry: Entry<'_>) {
    out.array(2);
    write_id(out, entry.id);
    out.array(entry.len() * 2);
    for (field, value) in entry.pairs() {
        out.bulk(field);
        out.bulk(value);
    }
}

/// Entries, at most `count` of them; how many were written.
pub fn write_entries<'a>(
    out: &mut Out,
    entries: impl Iterator<Item = Entry<'a>>,
    count: usize,
) -> usize {
    let at = out.defer();
    let mut written = 0;
    for entry in entries.take(count) {
        write_entry(out, entry);
        written += 1;
    }
    out.finish_array(at, written);
    written
}
