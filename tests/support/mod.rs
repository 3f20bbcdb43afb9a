//! What the differential tests are made of: the two servers, raw
//! connections, case files and random command sequences.

pub mod cases;
pub mod compare;
pub mod coverage;
pub mod generate;
mod grammar;
pub mod random;
pub mod servers;
mod templates;
pub mod wire;
