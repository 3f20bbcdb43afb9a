//! A class: students who join by a code, a board that shows the teacher who is
//! where and who is stuck, and a hub between them that keeps nothing of its own.
//!
//! Every learner has a Redis of his own, in his own tab or terminal. The class
//! itself is made of Redis: all hubs of a class see the same keys, and any of
//! them may be killed.
//!
//! # Keys
//!
//! All under `lab:class:CODE`, and `lab:classes`, the sorted set of codes by when
//! the classes began.
//!
//! | key | type | what it holds |
//! |---|---|---|
//! | (the class) | hash | `version created sections names salt`; `follow` = `SECTION STEP`; `ended` (ms) |
//! | `seat:ID` | hash | `name lang pin joined seen`; where it is: `section step`; the exercise that is tried: `exercise tries since error same`; `hand` (ms), `looked`, `solved`, `post`; `x:EXERCISE` = `tries hints ms solved_at` |
//! | `devices:ID` | hash | digest of a device's token: the number of its last post |
//! | `answers:ID` | hash | the accepted lines of each exercise, as JSON |
//! | `lines:ID` | list | the last 30 lines, the newest first: `{line, error}` |
//! | `saved:ID` | string | the progress file |
//! | `screen:ID` | string | what the screen shows while the teacher looks; for a minute |
//! | `names` | hash | the seat of each name: `HSETNX` keeps names apart |
//! | `seats` | sorted set | seats by when they were taken |
//! | `progress` | sorted set | seats by how many exercises are solved |
//! | `time:EXERCISE` | sorted set | seats by how many ms it took them: medians |
//! | `hands` | list | seats whose hand is up, the first one first |
//! | `log` | stream | all that was reported, trimmed to about 200,000 entries |
//! | (consumer group `csv`) | | writes `csv`, whichever hub reads |
//! | `boards` | set | digests of the cookies of browsers that have opened the board |
//! | `csv` | hash | `SEAT EXERCISE` = `tries hints ms solved_at` |
//! | `news` | stream | what goes out to students: `to what json`, trimmed to about 1,000 |
//! | `wake` | channel | `news`, or `seat ID`: there is something new |
//! | `guess:WHO` | string | wrong codes and PINs; it expires |
//!
//! All times are the server's (`TIME`), and what belongs together is one script
//! of `lua/`.

pub mod addresses;
pub mod board;
pub mod check;
mod class;
pub mod client;
mod entry;
pub mod export;
mod keys;
mod names;
mod news;
mod outline;
mod pace;
mod problem;
pub mod qr;
pub mod recheck;
mod report;
mod scripts;
mod seat;
mod secret;
pub mod student;
mod teaching;

pub use class::{Class, Found, Names};
pub use entry::{Device, Joined, MOST_SEATS};
pub use keys::Keys;
pub use news::{Change, Feed, Id, Item};
pub use outline::{Outline, Section, Task};
pub use problem::Problem;
pub use report::{Event, Post};
pub use seat::{Exercise, Seat};
pub use secret::{digest, random};
