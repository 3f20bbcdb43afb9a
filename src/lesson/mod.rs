//! Lessons as data: the model, the Markdown parser with spans, the embedded
//! library. Pure: nothing here talks to a server or a terminal.
//!
//! The format is described for authors in `lessons/README.md`.

mod course;
mod diagnostic;
mod head;
mod library;
mod model;
mod parse;
mod pattern;
mod picture;
mod prose;
mod servers;
mod task;

pub use diagnostic::{Diagnostic, is_obeyed};
pub use library::{Library, Section, read_file, singular};
pub use model::{
    Again, Answer, Await, Block, Check, Condition, DEMOS, Exercise, Expected, Item, Lesson, Line,
    Note, Rival, SessionName, Span, Step, Uses,
};
pub use parse::parse;
pub use pattern::{Pattern, TextPattern, reply_count};
pub use picture::{PictureBlock, PictureKind};
pub use prose::{Inline, Prose, plain_text};
pub use servers::{LessonServer, ServerAct, ServerKind, with_numbers};
pub use task::{Aim, TRY_PREFIX, Task};
