//! Where what a learner achieves is kept, as the coach sees it.

use crate::error::Result;
use crate::session::exercise::progress::{Change, Progress};
use catalog::lang::Lang;
use std::fmt;

/// A place for progress.
pub trait Keep: fmt::Debug {
    /// The progress as far as it is known.
    fn progress(&self) -> &Progress;

    /// Adds a change. One that cannot be kept is known all the same.
    ///
    /// # Errors
    /// When it cannot be kept.
    fn record(&mut self, change: Change) -> Result<()>;

    /// What has to be told to the learner, once.
    fn take_notices(&mut self) -> Vec<String>;

    /// Where it is, for people: `kept in ...`.
    fn place(&self, lang: Lang) -> String;
}
