//! Listeners that run until Ctrl-C: `pubsub --listen`, `notifications --listen`,
//! and `pubsub --publish`.

use super::scene::lost;
use crate::conn::Target;
use crate::error::Result;
use catalog::lang::Text;
use catalog::text;
use futures_util::StreamExt as _;
use redis::aio::PubSub;
use std::time::Duration;

/// How long a lost connection is retried at most between two tries.
const LONGEST_RETRY: Duration = Duration::from_secs(5);

/// What to listen to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Topics {
    /// Channels, by name.
    pub channels: Vec<String>,
    /// Channels, by glob.
    pub patterns: Vec<String>,
}

/// What a listener hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// The subscriptions hold (again).
    Ready,
    /// A message.
    Message {
        /// The channel it was sent to.
        channel: String,
        /// The glob that matched, when it came by one.
        pattern: Option<String>,
        /// The message's bytes.
        payload: Vec<u8>,
    },
    /// The connection is gone, for this reason; it is tried again after this long.
    Lost(Text, Duration),
}

/// Listens until `hear` fails; reconnects by itself when the server goes away.
///
/// # Errors
/// When the first connection fails, or what `hear` returns.
pub async fn listen(
    target: &Target,
    topics: &Topics,
    hear: &mut dyn FnMut(Heard) -> Result<()>,
) -> Result<()> {
    let client = target.client()?;
    let mut connection = subscribe(&client, topics).await?;
    let mut delay = Duration::from_millis(100);
    loop {
        hear(Heard::Ready)?;
        {
            let mut messages = connection.on_message();
            while let Some(message) = messages.next().await {
                delay = Duration::from_millis(100);
                hear(Heard::Message {
                    channel: message.get_channel_name().to_owned(),
                    pattern: message.get_pattern().map_err(lost)?,
                    payload: message.get_payload_bytes().to_vec(),
                })?;
            }
        }
        let mut reason = text!(
            "the server closed the connection",
            "serwer zamknął połączenie"
        );
        connection = loop {
            hear(Heard::Lost(reason, delay))?;
            tokio::time::sleep(delay).await;
            delay = (delay * 2).min(LONGEST_RETRY);
            match subscribe(&client, topics).await {
                Ok(connection) => break connection,
                Err(error) => reason = error.into_message(),
            }
        };
    }
}

async fn subscribe(client: &redis::Client, topics: &Topics) -> Result<PubSub> {
    let mut connection = client.get_async_pubsub().await.map_err(lost)?;
    if !topics.channels.is_empty() {
        connection.subscribe(&topics.channels).await.map_err(lost)?;
    }
    if !topics.patterns.is_empty() {
        connection
            .psubscribe(&topics.patterns)
            .await
            .map_err(lost)?;
    }
    Ok(connection)
}

/// Sends a message; gives how many received it.
///
/// # Errors
/// When the server cannot be reached or refuses.
pub async fn publish(target: &Target, channel: &str, message: &str) -> Result<usize> {
    let mut actor = super::scene::actor(target).await?;
    let receivers = actor.number(&["PUBLISH", channel, message]).await?;
    Ok(usize::try_from(receivers).unwrap_or_default())
}

/// The channels that carry the events asked for: by key glob, by event name,
/// or all of them. A keyspace channel's message is the event, a keyevent
/// channel's message is the key.
pub fn event_topics(key: Option<&str>, event: Option<&str>) -> Topics {
    let pattern = match (key, event) {
        (Some(key), _) => format!("__keyspace@*__:{key}"),
        (None, Some(event)) => format!("__keyevent@*__:{event}"),
        (None, None) => "__keyevent@*__:*".to_owned(),
    };
    Topics {
        channels: Vec::new(),
        patterns: vec![pattern],
    }
}

/// An event as heard on one of its channels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyEvent {
    /// The database's number.
    pub db: String,
    /// The event's name: `set`, `expired`.
    pub event: String,
    /// The key.
    pub key: String,
}

impl KeyEvent {
    /// Reads the channel's name and the message of it.
    pub fn read(channel: &str, payload: &[u8]) -> Option<KeyEvent> {
        let payload = String::from_utf8_lossy(payload).into_owned();
        let (head, tail) = channel.split_once("__:")?;
        let (kind, db) = head.strip_prefix("__")?.split_once('@')?;
        let (event, key) = match kind {
            "keyspace" => (payload, tail.to_owned()),
            "keyevent" => (tail.to_owned(), payload),
            _ => return None,
        };
        Some(KeyEvent {
            db: db.to_owned(),
            event,
            key,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_read_from_both_kinds_of_channel() {
        let wanted = KeyEvent {
            db: "0".into(),
            event: "set".into(),
            key: "user:1".into(),
        };
        assert_eq!(
            KeyEvent::read("__keyspace@0__:user:1", b"set").as_ref(),
            Some(&wanted)
        );
        assert_eq!(
            KeyEvent::read("__keyevent@0__:set", b"user:1").as_ref(),
            Some(&wanted)
        );
        assert_eq!(KeyEvent::read("news", b"x"), None);
    }
}
