//! Bounds on this process, before it runs what somebody else has written.

/// How many bytes may be allocated, beyond what a server's own limits let through.
const MEMORY: usize = 256 << 20;

/// How many seconds of the processor there are.
#[cfg(unix)]
const SECONDS: u64 = 60;

/// Bounds this process: its memory, its time on the processor, and that it writes
/// no file. The system ends it at once where it goes beyond one of them.
pub(super) fn this_process() {
    crate::limit_allocated(MEMORY);
    #[cfg(unix)]
    {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        let bounds = [
            (Resource::Cpu, SECONDS),
            (Resource::Fsize, 1 << 20),
            (Resource::Core, 0),
            // Scripts allocate beside the counted memory; stacks and the
            // program itself are part of it.
            (Resource::As, 2 << 30),
        ];
        for (resource, most) in bounds {
            let known = getrlimit(resource).maximum;
            let most = Some(known.map_or(most, |known| known.min(most)));
            let bound = Rlimit {
                current: most,
                maximum: most,
            };
            // What the system does not bound is bounded by whoever waits.
            let _ = setrlimit(resource, bound);
        }
    }
}
