//! The exercises of the lessons: in order, what a learner has achieved of them,
//! and how they are shown.

mod attempt;
pub mod course;
pub mod progress;
mod report;
pub mod view;

pub use attempt::{Attempt, Judged, Slip};
pub use course::{Course, Task};
pub use progress::{Change, ChangeEvent, Place, Progress, Record};
pub use report::report;
pub use view::View;
