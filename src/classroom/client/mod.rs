//! A learner's side of a class, from a terminal: joining, reporting what is
//! done, hearing what the teacher says. The browser's page does the same in
//! `src/page/assets`.

mod address;
mod http;
mod kept;
mod link;
mod news;
mod outbox;
pub mod seat;

pub use address::{Address, tidy_code};
pub use http::{Fault, Http};
pub use kept::Kept;
pub use link::{AWAY, Link, Notice, Reports};
pub use news::{Ear, News, Way};
pub use outbox::Outbox;
