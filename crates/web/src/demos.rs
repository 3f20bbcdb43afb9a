//! The lessons' live demos, as the guide plays them.

use catalog::lang::Lang;
use redis_lab::error::Result;
use redis_lab::live::Early;
use redis_lab::runner::{Event, Stage};
use redis_lab::session::Demos;

/// The live demos.
#[derive(Debug)]
pub(crate) struct LiveDemos {
    pub(crate) lang: Lang,
}

impl Demos for LiveDemos {
    async fn play(
        &mut self,
        name: &str,
        stage: &Stage,
        emit: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<()> {
        let mut early = Early::default();
        early.run(name, stage, self.lang, emit).await
    }
}
