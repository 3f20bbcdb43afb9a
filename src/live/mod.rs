//! Live demos that lessons cannot express as data: real concurrency, real
//! processes of time, listeners that run until Ctrl-C.
//!
//! Each demo is one function in a file of its own, and plays on the lesson's
//! server with connections of the `redis` crate, as an application would.

use crate::conn::Target;
use crate::error::{Error, Result};
use crate::lang::Lang;
use crate::runner::Event;

/// Runs the demo `name`, telling what happens as events.
///
/// # Errors
/// When the server fails or `emit` does.
pub async fn run(
    name: &str,
    target: &Target,
    lang: Lang,
    emit: &mut dyn FnMut(Event) -> Result<()>,
) -> Result<()> {
    let _ = (target, lang, emit);
    match name {
        _ => Err(Error::lesson(format!("there is no demo \"{name}\""))),
    }
}
