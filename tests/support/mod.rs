//! What the differential tests are made of: the two servers, raw
//! connections, case files and random command sequences.

pub mod cases;
pub mod compare;
pub mod generate;
pub mod random;
pub mod servers;
mod templates;
pub mod wire;
