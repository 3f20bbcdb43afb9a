//! Events to styled text; the only user of colour.
//!
//! Pure: a [`Painter`] turns events into strings; who owns the terminal writes
//! them.

mod event;
pub mod harmless;
mod prose;
pub mod style;

pub use event::Painter;
pub use prose::wrapping;
