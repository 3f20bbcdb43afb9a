//! Practice: a learner alone with the exercises, who proves what was learned.
//!
//! The [`Course`](crate::session::exercise::Course) is the lessons' exercises in order, the [`Coach`] sets one
//! after the other up on a private server and looks after every command
//! whether its checks hold, and the [`Store`] keeps what was achieved. The
//! coach sits in the shell as its [`Hooks`](crate::session::Hooks); from a pipe,
//! [`run_pipe`] does what the shell would.

mod coach;
mod pipe;
mod report;
mod scene;
mod store;
mod verify;
mod words;

pub use coach::{Coach, CoachOptions};
pub use pipe::{PipeRun, run_pipe};
pub use report::{Report, csv_field, learner};
pub use scene::Scene;
pub use store::{STATE_DIR_VARIABLE, Store, state_folder};
pub use verify::{Recheck, Verdict, recheck};
