//! Runs lessons: a lesson and its sessions give events, events give a report.
//!
//! [`Stage`] owns the sessions and executes one item at a time, so that the
//! plain run, the walkthrough and the lint drive it as they need. Nothing here
//! knows of terminals.

pub mod check;
mod event;
mod own;
mod picture;
mod play;
pub mod proof;
mod stage;
mod too_old;

pub use event::{EVENTS_VERSION, Event, Verdict};
pub use picture::{Arc, Bar, Coordinates, Moment, Picture, Place, Reach, SLOTS, Search, Shape};
pub use play::{Flow, Host, Summary, play};
pub use stage::{Spot, Stage, Waits};
pub use too_old::{LESSONS_SHOW, TooOld};
