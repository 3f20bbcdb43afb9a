//! How much memory is in use, for `maxmemory` and INFO.
//!
//! Every allocation of the process is counted, as Redis counts its own, by
//! whoever started the server: see `Config::allocated`.

use crate::store::{ByteString, Value};

/// The resident memory of the process in bytes, where the system tells.
pub fn resident() -> Option<usize> {
    #[cfg(target_os = "linux")]
    if let Ok(statm) = std::fs::read_to_string("/proc/self/statm")
        && let Some(pages) = statm
            .split(' ')
            .nth(1)
            .and_then(|n| n.parse::<usize>().ok())
    {
        return Some(pages * rustix::param::page_size());
    }
    None
}

/// The bytes a key and its value take, estimated from the first `samples`
/// elements as MEMORY USAGE does. The overhead of an element is what our own
/// structures add to it.
pub fn of_key(key: &[u8], value: &Value, samples: usize) -> usize {
    const ELEMENT: usize = size_of::<ByteString>() + size_of::<usize>();
    let average = |sizes: &mut dyn Iterator<Item = usize>, len: usize| {
        let (mut bytes, mut seen) = (0, 0);
        for size in sizes.take(samples) {
            bytes += size + ELEMENT;
            seen += 1;
        }
        (bytes * len).checked_div(seen).unwrap_or(0)
    };
    let inside = match value {
        Value::String(text) => text.len(),
        Value::List(list) => average(&mut list.iter().map(|e| e.len()), list.len()),
        Value::Set(set) => average(&mut set.iter().map(|m| m.len()), set.len()),
        Value::Hash(hash) => average(
            &mut hash.iter().map(|(f, v)| f.len() + v.len() + ELEMENT),
            hash.len(),
        ),
        Value::SortedSet(zset) => average(
            &mut zset.iter().map(|entry| entry.0.len() + size_of::<f64>()),
            zset.len(),
        ),
        Value::Stream(stream) => stream.length as usize * ELEMENT * 4,
    };
    size_of::<Value>() + size_of::<ByteString>() + key.len() + inside
}
