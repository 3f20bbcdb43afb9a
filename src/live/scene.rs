//! What every demo plays on: connections, and a voice.

use crate::conn::server::Kind;
use crate::conn::{Connection, Target};
use crate::error::{Error, Result};
use crate::runner::{Event, Picture, Shape, Stage};
use catalog::lang::{Lang, Text};
use catalog::text;
#[cfg(not(target_family = "wasm"))]
use redis::aio::MultiplexedConnection;
use resp::Reply;
use std::time::Duration;
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
    pub(super) target: &'a Target,
    /// What kind of server the lesson is played on.
    pub(super) kind: Kind,
    /// The lesson's own servers, by name.
    #[cfg(not(target_family = "wasm"))]
    own: Vec<(String, Target)>,
    pub(super) lang: Lang,
    emit: &'a mut dyn FnMut(Event) -> Result<()>,
}

/// A line from an actor that runs as a task of its own.
pub(super) type Line = (String, String);

impl<'a> Scene<'a> {
    pub(super) fn new(
        stage: &'a Stage,
        lang: Lang,
        emit: &'a mut dyn FnMut(Event) -> Result<()>,
    ) -> Scene<'a> {
        Scene {
            target: stage.target(),
            kind: stage.kind().clone(),
            #[cfg(not(target_family = "wasm"))]
            own: stage.own_targets(),
            lang,
            emit,
        }
    }

    /// A connection of its own.
    pub(super) async fn actor(&self) -> Result<Actor> {
        actor(self.target).await
    }

    /// Where one of the lesson's own servers is.
    ///
    /// # Errors
    /// When the lesson has no such server, or it is down.
    #[cfg(not(target_family = "wasm"))]
    pub(super) fn own(&self, name: &str) -> Result<redis::Client> {
        let found = self.own.iter().find(|(own, _)| own == name);
        let (_, target) = found.ok_or_else(|| {
            Error::server(text!(
                "this demo needs the server {name}, which does not run",
                "ten pokaz wymaga serwera {name}, a on nie działa"
            ))
        })?;
        target.client()
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

/// A connection of a demo's own. A refusal of the server ends the demo.
pub(super) struct Actor(Connection);

/// A message as a subscriber gets it.
pub(super) struct Message {
    /// The glob that matched, when it came by one.
    pub(super) pattern: Option<String>,
    pub(super) channel: String,
    pub(super) payload: String,
}

impl Actor {
    /// The reply to a command, however long it takes.
    pub(super) async fn ask<A: AsRef<[u8]>>(&mut self, words: &[A]) -> Result<Reply> {
        accepted(self.reply(words).await?)
    }

    /// The reply to a command that the server may refuse.
    pub(super) async fn reply<A: AsRef<[u8]>>(&mut self, words: &[A]) -> Result<Reply> {
        Ok(self.0.call(words).await?)
    }

    /// What the server sends next without being asked: a line of `MONITOR`.
    pub(super) async fn next(&mut self) -> Result<Reply> {
        accepted(self.0.receive().await?)
    }

    /// The integer that answers a command, or a string that is one.
    pub(super) async fn number<A: AsRef<[u8]>>(&mut self, words: &[A]) -> Result<i64> {
        let reply = self.ask(words).await?;
        let number = reply.as_int();
        Ok(number
            .or_else(|| reply.as_str()?.parse().ok())
            .unwrap_or_default())
    }

    /// The replies to a command that is sent so many times, all in one go.
    pub(super) async fn pipeline(&mut self, words: &[&str], times: usize) -> Result<()> {
        for _ in 0..times {
            self.0.queue(words);
        }
        self.0.flush().await?;
        for _ in 0..times {
            accepted(self.0.receive().await?)?;
        }
        Ok(())
    }

    /// The replies to several commands, which are sent in one go.
    pub(super) async fn batch<C, A>(&mut self, commands: &[C]) -> Result<Vec<Reply>>
    where
        C: AsRef<[A]>,
        A: AsRef<[u8]>,
    {
        for words in commands {
            self.0.queue(words.as_ref());
        }
        self.0.flush().await?;
        let mut replies = Vec::new();
        for _ in commands {
            replies.push(accepted(self.0.receive().await?)?);
        }
        Ok(replies)
    }

    /// The next message, if one comes in time.
    pub(super) async fn message(&mut self, patience: Duration) -> Result<Option<Message>> {
        let received = async {
            loop {
                let arrived = self.0.receive().await?;
                if let Some(message) = read(&arrived) {
                    return Ok(message);
                }
            }
        };
        match tokio::time::timeout(patience, received).await {
            Ok(message) => message.map(Some),
            Err(_) => Ok(None),
        }
    }
}

/// A message, which a subscription's confirmation is not.
fn read(arrived: &Reply) -> Option<Message> {
    let words: Option<Vec<&str>> = arrived.as_slice()?.iter().map(Reply::as_str).collect();
    match words?.as_slice() {
        ["message", channel, payload] => Some((None, channel, payload)),
        ["pmessage", pattern, channel, payload] => Some((Some(pattern), channel, payload)),
        _ => None,
    }
    .map(|(pattern, channel, payload)| Message {
        pattern: pattern.map(|pattern| (*pattern).to_owned()),
        channel: (*channel).to_owned(),
        payload: (*payload).to_owned(),
    })
}

fn accepted(reply: Reply) -> Result<Reply> {
    match reply {
        Reply::Error(text) => Err(Error::server(Text::same(text))),
        reply => Ok(reply),
    }
}

/// Opens a connection.
pub(super) async fn actor(target: &Target) -> Result<Actor> {
    Ok(Actor(Connection::connect(target).await?))
}

/// Opens a connection as an application has it, whose replies may take as long
/// as they like: by default the crate gives up after half a second.
#[cfg(not(target_family = "wasm"))]
pub(super) async fn connect(client: &redis::Client) -> Result<MultiplexedConnection> {
    let config = redis::AsyncConnectionConfig::new().set_response_timeout(None);
    client
        .get_multiplexed_async_connection_with_config(&config)
        .await
        .map_err(lost)
}

/// A failure of the `redis` crate, for a person.
#[cfg(not(target_family = "wasm"))]
pub(super) fn lost(error: redis::RedisError) -> Error {
    Error::server(crate::conn::failed(&error))
}

/// The strings of an array.
pub(super) fn strings(reply: &Reply) -> Vec<String> {
    let items = reply.as_slice().unwrap_or_default().iter();
    items
        .filter_map(|item| item.as_str().map(str::to_owned))
        .collect()
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
