//! Lessons in front of a class: on a full screen, rehearsed without one,
//! recorded as a terminal session, or exported as pages.
//!
//! On the screen, [`Show`] is the model (what a key means), [`Presenter`] does
//! what it wants on the server, [`draw`] shows it; [`follow`] is the second
//! terminal with the notes.

mod ansi;
mod beats;
mod export;
mod feed;
mod keys;
mod meeting;
mod news;
mod notes;
mod play;
mod present;
mod record;
mod route;
mod screen;
mod scroll;
mod shell;
mod show;
mod terminal;

pub use beats::Beat;
pub use export::{Chapter, contents, export, page, pages};
pub use meeting::Meeting;
pub use news::{CHANNEL, News};
pub use notes::{Notes, draw_notes, follow};
pub use present::{Keys, Presenter, Turn};
pub use record::{Recording, record};
pub use screen::draw;
pub use scroll::Scroll;
pub use shell::shell;
pub use show::{Options, Overlay, Phase, Show, Want};
pub use terminal::{FullScreen, canvas, forget_typed_ahead};
