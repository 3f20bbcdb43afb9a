//! redis-lab: an interactive Redis tutorial for the terminal.
//!
//! The crate map, from the bottom up. Imports point one way only; a test
//! (`tests/structure.rs`) keeps it true.
//!
//! | module | what it is for |
//! |---|---|
//! | crate [`resp`] | replies, the RESP codec, redis-cli's text format and quoting (pure) |
//! | crate [`catalog`] | what each Redis command is, in English and Polish (pure data), and the languages |
//! | crate [`server`] | the built-in server: a faithful Redis inside the process |
//! | crate [`thumbnailer`] | thumbnails of pictures that strangers upload (pure) |
//! | [`whole_file`] | files that nobody ever sees half of |
//! | [`lesson`] | Markdown → lesson with spans; the library of embedded lessons (pure) |
//! | [`conn`] | talking to Redis: connections, choosing and starting a server, the sandbox |
//! | [`runner`] | lesson + sessions → events → report; checks, lint, progress |
//! | [`render`] | events → styled text; the only user of colour |
//! | [`session`] | what a learner talks to: lines in, events out; no terminal of its own |
//! | [`repl`] | the teaching shell on a terminal and in a pipe |
//! | [`live`] | what lessons cannot express as data: listeners, contention, dying consumers |
//! | [`http`] | pages of this machine: the accept loop and its guard |
//! | [`page`] | the course in a browser: one static page, served or written |
//! | [`jobs`] | a job system made of Redis commands: queue, worker, web page |
//! | [`practice`] | a learner alone with the exercises: coach, progress, re-checking |
//! | [`walkthrough`] | lessons in front of a class: full screen, recording, page |
//! | [`classroom`] | a class: students who join, a board for the teacher, and Redis between them |
//! | [`cli`], [`app`] | the command line's types, and what each command does |
//!
//! The modules up to [`session`], [`live`] and the coach of [`practice`] need no terminal,
//! socket, file or process: they are all that there is when this is built for WebAssembly.

// Output goes through the terminal that `app` owns.
#![warn(clippy::print_stdout, clippy::print_stderr)]

#[cfg(not(target_family = "wasm"))]
pub mod app;
#[cfg(not(target_family = "wasm"))]
pub mod classroom;
#[cfg(not(target_family = "wasm"))]
pub mod cli;
pub mod conn;
pub mod error;
#[cfg(not(target_family = "wasm"))]
pub mod http;
#[cfg(not(target_family = "wasm"))]
pub mod jobs;
pub mod lesson;
pub mod live;
#[cfg(not(target_family = "wasm"))]
pub mod page;
pub mod practice;
pub mod render;
#[cfg(not(target_family = "wasm"))]
pub mod repl;
pub mod runner;
pub mod session;
#[cfg(not(target_family = "wasm"))]
pub mod walkthrough;
#[cfg(not(target_family = "wasm"))]
pub mod whole_file;

#[cfg(not(target_family = "wasm"))]
use mimalloc::MiMalloc as Source;
/// Where memory comes from: an allocator that has no header on each of a
/// million small keys, and that gives back what is free. In the browser it is
/// the one that is there.
#[cfg(target_family = "wasm")]
use std::alloc::System as Source;

/// Counts what the process allocates: the built-in server's `maxmemory` and
/// memory figures are about its own allocations, as Redis's are.
#[global_allocator]
static HEAP: cap::Cap<Source> = cap::Cap::new(Source, usize::MAX);

/// What a built-in server is told of it.
pub const ALLOCATOR: server::Allocator = server::Allocator {
    name: if cfg!(target_family = "wasm") {
        "libc"
    } else {
        "mimalloc"
    },
    allocated: || HEAP.allocated(),
    give_back,
};

/// Has the allocator take address space in pieces of 128 MiB rather than a
/// gigabyte: it notes what is where in a piece, and 150 kB of room for the notes
/// of a gigabyte would be written at the start. The standard library allocates
/// before `main`, so this is among what is run before that.
#[cfg(target_os = "linux")]
#[expect(unsafe_code, reason = "the allocator has no other way to be told")]
#[used]
// SAFETY: what this section has is called once, by the only thread, with or
// without arguments; the option is a number, which is read when a piece is taken.
#[unsafe(link_section = ".init_array")]
static BEGIN: extern "C" fn() = {
    /// `mi_option_arena_reserve`, which the bindings do not name.
    const PIECE: libmimalloc_sys::mi_option_t = 23;
    const KILOBYTES: std::ffi::c_long = 128 * 1024;
    extern "C" fn begin() {
        unsafe { libmimalloc_sys::mi_option_set_default(PIECE, KILOBYTES) };
    }
    begin
};

/// Gives back to the system what this thread has freed.
fn give_back() {
    #[cfg(not(target_family = "wasm"))]
    #[expect(
        unsafe_code,
        reason = "the allocator has no other way to be told; any thread may call it at any time"
    )]
    // SAFETY: it takes a flag and touches nothing but what is free already.
    unsafe {
        libmimalloc_sys::mi_collect(true);
    }
}

/// Lets this process allocate so many bytes and no more: what needs more ends it.
pub fn limit_allocated(bytes: usize) {
    // It fails only where as much is taken already.
    let _ = HEAP.set_limit(bytes);
}
