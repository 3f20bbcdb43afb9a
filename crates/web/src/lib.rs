//! The course in a browser tab: the session core, the lessons and the built-in
//! server as one WebAssembly module. The page (`page/`) runs it in a worker.
//!
//! A tab has one `Tab`. Requests go in as JSON and events come out
//! as JSON: the page writes a request into `buffer`, calls `call`, and reads
//! the answer. Nothing waits inside: what takes time goes on with the next
//! request, and the page asks again while the answer says `busy`.

// Elsewhere there is nothing to build.
#![cfg(target_family = "wasm")]

mod course;
mod play;
mod request;
mod tab;
mod told;
mod wire;

use std::cell::RefCell;
use tab::Tab;

thread_local! {
    static TAB: RefCell<Tab> = RefCell::new(Tab::new());
    static REQUEST: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static ANSWER: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Where the page writes a request of so many bytes.
#[expect(unsafe_code, reason = "this is what a page can call")]
#[unsafe(no_mangle)]
pub extern "C" fn buffer(len: usize) -> *mut u8 {
    REQUEST.with_borrow_mut(|request| {
        request.clear();
        request.resize(len, 0);
        request.as_mut_ptr()
    })
}

/// Carries out the request in the buffer; where its answer is, of so many bytes
/// as [`answered`] says.
#[expect(unsafe_code, reason = "this is what a page can call")]
#[unsafe(no_mangle)]
pub extern "C" fn call() -> *const u8 {
    let request = REQUEST.take();
    let answer = TAB.with_borrow_mut(|tab| tab.answer(&request));
    ANSWER.with_borrow_mut(|kept| {
        *kept = answer.into_bytes();
        kept.as_ptr()
    })
}

/// How long the answer is.
#[expect(unsafe_code, reason = "this is what a page can call")]
#[unsafe(no_mangle)]
pub extern "C" fn answered() -> usize {
    ANSWER.with_borrow(Vec::len)
}
