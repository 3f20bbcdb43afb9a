//! How much memory is in use, for `maxmemory` and INFO.
//!
//! Every allocation of the process is counted, as Redis counts its own, by
//! whoever started the server: see [`Allocator`].

use crate::store::listpack::Listpack;
use crate::store::{ByteString, Dict, Entry, Value};

/// The process's allocator, as the server sees it.
#[derive(Debug, Clone, Copy)]
pub struct Allocator {
    /// Its name, which INFO shows.
    pub name: &'static str,
    /// How many bytes the process has allocated.
    pub allocated: fn() -> usize,
    /// Gives back to the system what this thread has freed.
    pub give_back: fn(),
}

impl Default for Allocator {
    /// One that nobody counts.
    fn default() -> Self {
        Allocator {
            name: "libc",
            allocated: || 0,
            give_back: || {},
        }
    }
}

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

/// How much memory scripts may take where nobody says it, bytes: three
/// quarters of what the machine (or container) has free.
pub fn for_scripts() -> usize {
    /// Where the system does not tell.
    const USUAL: usize = 2 << 30;
    free().map_or(USUAL, |free| free / 4 * 3)
}

/// The memory of the machine, bytes, where the system tells.
pub fn total() -> Option<usize> {
    of_machine("MemTotal:")
}

/// What Linux tells of the machine's memory by this name, bytes.
fn of_machine(name: &str) -> Option<usize> {
    if !cfg!(target_os = "linux") {
        return None;
    }
    let told = std::fs::read_to_string("/proc/meminfo").ok()?;
    let rest = told.lines().find_map(|line| line.strip_prefix(name))?;
    let kilobytes: usize = rest.trim().trim_end_matches(" kB").parse().ok()?;
    Some(kilobytes.saturating_mul(1024))
}

/// The memory that is free, bytes, where the system tells.
fn free() -> Option<usize> {
    let number =
        |path: &str| -> Option<usize> { std::fs::read_to_string(path).ok()?.trim().parse().ok() };
    let machine = of_machine("MemAvailable:")?;
    let most = number("/sys/fs/cgroup/memory.max");
    let used = number("/sys/fs/cgroup/memory.current").unwrap_or(0);
    Some(most.map_or(machine, |most| machine.min(most.saturating_sub(used))))
}

/// The bytes a key and its value take; of a large collection estimated from
/// the first `samples` elements, as MEMORY USAGE does. The overhead of an
/// element is what our own structures add to it.
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
    let small = match value {
        Value::String(text) => Some(text.heap_size()),
        Value::List(list) => list.packed().map(Listpack::heap_size),
        Value::Set(set) => set.packed_size(),
        Value::Hash(hash) if hash.is_timed() => None,
        Value::Hash(hash) => hash.packed().map(Listpack::heap_size),
        Value::SortedSet(zset) => zset.packed().map(Listpack::heap_size),
        Value::Stream(_) => None,
    };
    let inside = small.unwrap_or_else(|| match value {
        Value::String(_) => 0,
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
    });
    Dict::<Entry>::SLOT_SIZE + ByteString::heap_size(key.len()) + inside
}
