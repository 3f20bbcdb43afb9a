//! What every demo plays on: connections, and a voice.

use crate::conn::Target;
use crate::error::{Error, Result};
use crate::runner::{Event, Picture, Shape};
use catalog::lang::Lang;
use catalog::text;
use redis::AsyncConnectionConfig;
use redis::aio::MultiplexedConnection;
use tokio::sync::mpsc;

/// The part an actor plays, in Polish; a name stays as it is.
fn in_polish(actor: &str) -> &str {
    match actor {
        "producer" => "producent",
        "publisher" => "nadawca",
        "listener" => "słuchacz",
        "main" => "główny",
        name => name,
    }
}

/// A demo's stage: the server, the language, and who listens.
pub(super) struct Scene<'a> {
    pub(super) client: redis::Client,
    pub(super) lang: Lang,
    emit: &'a mut dyn FnMut(Event) -> Result<()>,
}

/// A line from an actor that runs as a task of its own.
pub(super) type Line = (String, String);

impl<'a> Scene<'a> {
    pub(super) fn new(
        target: &Target,
        lang: Lang,
        emit: &'a mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Scene<'a>> {
        Ok(Scene {
            client: target.client()?,
            lang,
            emit,
        })
    }

    /// A connection of its own. Blocking commands may take as long as they
    /// like: by default the crate gives up after half a second.
    pub(super) async fn connect(&self) -> Result<MultiplexedConnection> {
        connect(&self.client).await
    }

    /// The narrator says something.
    pub(super) fn tell(&mut self, text: impl Into<String>) -> Result<()> {
        self.say("", text)
    }

    /// An actor says something.
    pub(super) fn say(&mut self, actor: &str, text: impl Into<String>) -> Result<()> {
        (self.emit)(Event::Demo {
            actor: self.lang.pick(actor, in_polish(actor)).to_owned(),
            text: text.into(),
        })
    }

    /// A picture of what was measured.
    pub(super) fn draw(&mut self, caption: impl Into<String>, shape: Shape) -> Result<()> {
        (self.emit)(Event::Picture(Picture {
            caption: caption.into(),
            shape,
        }))
    }

    /// Repeats what actors in tasks say until all of them are done.
    pub(super) async fn relay(&mut self, mut lines: mpsc::UnboundedReceiver<Line>) -> Result<()> {
        while let Some((actor, text)) = lines.recv().await {
            self.say(&actor, text)?;
        }
        Ok(())
    }
}

/// Opens a connection whose replies may take as long as they like.
pub(super) async fn connect(client: &redis::Client) -> Result<MultiplexedConnection> {
    let config = AsyncConnectionConfig::new().set_response_timeout(None);
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .map_err(lost)
}

/// A failure of the `redis` crate, for a person.
pub(super) fn lost(error: redis::RedisError) -> Error {
    Error::server(crate::conn::failed(&error))
}

/// The result of a task that ran beside the demo.
pub(super) fn joined<T>(
    result: std::result::Result<Result<T>, tokio::task::JoinError>,
) -> Result<T> {
    result.map_err(|error| {
        Error::server(text!(
            "a part of the demo failed: {error}",
            "część pokazu zawiodła: {error}"
        ))
    })?
}
