//! How much memory is in use, for `maxmemory` and INFO.
//!
//! Every allocation of the process is counted, as Redis counts its own; what
//! the rest of redis-lab uses is subtracted by remembering the figure at the
//! server's start.

/// The allocated memory of the process in bytes.
pub fn used() -> usize {
    crate::ALLOCATOR.allocated()
}

/// The resident memory of the process in bytes; the allocated memory where
/// the system does not tell.
pub fn resident() -> usize {
    #[cfg(target_os = "linux")]
    if let Ok(statm) = std::fs::read_to_string("/proc/self/statm")
        && let Some(pages) = statm
            .split(' ')
            .nth(1)
            .and_then(|n| n.parse::<usize>().ok())
    {
        return pages * rustix::param::page_size();
    }
    used()
}
