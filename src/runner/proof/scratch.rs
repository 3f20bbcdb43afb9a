//! A private server on which answers are proved, beside the learner's own.

use super::{Deeds, Fault, breaks, prove};
use crate::conn::server::{Choice, Kind, Server};
use crate::error::Result;
use crate::lesson::{Exercise, Span};
use crate::runner::Stage;
use catalog::lang::Lang;
use std::time::Duration;
use tokio::time::timeout;

/// How long a proof may take altogether.
const LIMIT: Duration = Duration::from_secs(20);

/// The server; it is started when it is needed first.
#[derive(Debug)]
pub struct Scratch {
    choice: Choice,
    lang: Lang,
    running: Option<(Stage, Server)>,
}

impl Scratch {
    /// A server like the one a learner works on, as far as that one is ours.
    pub fn like(kind: &Kind, lang: Lang) -> Scratch {
        let choice = match kind {
            Kind::External => Choice::Auto,
            Kind::Spawned(program) => Choice::Program(program.clone()),
            Kind::Builtin => Choice::Builtin,
        };
        Scratch {
            choice,
            lang,
            running: None,
        }
    }

    /// As [`prove`].
    ///
    /// # Errors
    /// When no server can be started.
    pub async fn prove(&mut self, exercise: &Exercise, deeds: &Deeds) -> Result<Option<Fault>> {
        if !exercise.needs_proof() {
            return Ok(None);
        }
        let (mut stage, server) = self.start().await?;
        match timeout(LIMIT, prove(exercise, deeds, &mut stage)).await {
            Ok(Ok(fault)) => {
                self.running = Some((stage, server));
                Ok(fault)
            }
            // The answer itself has stopped the server: it goes away with it.
            _ => Ok(Some(Fault::Unrepeatable)),
        }
    }

    /// As [`breaks`].
    ///
    /// # Errors
    /// When no server can be started.
    pub async fn breaks(&mut self, exercise: &Exercise, check: Span) -> Result<bool> {
        let (mut stage, server) = self.start().await?;
        let breaks = breaks(exercise, check, &mut stage).await?;
        self.running = Some((stage, server));
        Ok(breaks)
    }

    async fn start(&mut self) -> Result<(Stage, Server)> {
        if let Some(running) = self.running.take() {
            return Ok(running);
        }
        let server = Server::resolve(None, self.choice.clone()).await?;
        Ok((Stage::open(&server, false, self.lang).await?, server))
    }
}
