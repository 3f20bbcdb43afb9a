//! Events to styled text; the only user of colour.

pub mod style;
