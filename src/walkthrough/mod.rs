//! Lessons in front of a class: on a full screen, rehearsed without one,
//! recorded as a terminal session, or exported as a page.

mod export;
mod record;

pub use export::export;
pub use record::record;
