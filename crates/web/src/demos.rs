//! The lessons' live demos.

use catalog::lang::Lang;
use redis_lab::error::Result;
use redis_lab::runner::{Event, Stage};
use redis_lab::session::Demos;

/// Demos as they were recorded: what they need, other programs or many
/// connections at once, a tab does not have.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) lang: Lang,
}

impl Demos for Recorded {
    async fn play(
        &mut self,
        name: &str,
        _: &Stage,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let why = self.lang.pick(
            "(recorded: in the terminal this runs live)",
            "(nagranie: w terminalu to działa na żywo)",
        );
        emit(Event::Demo {
            actor: String::new(),
            text: format!("{why} {name}"),
        })
    }
}
