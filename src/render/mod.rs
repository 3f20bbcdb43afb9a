//! Events to styled text; the only user of colour.
//!
//! A [`picture`] is drawn with ratatui's widgets, into a buffer of its own.
//!
//! Pure: a [`Painter`] turns events into strings; who owns the terminal writes
//! them.

mod cut;
mod event;
pub mod harmless;
pub mod html;
pub mod picture;
mod prose;
pub mod style;

pub use cut::cut;
pub use event::{Painter, server_act};
pub use prose::wrapping;
