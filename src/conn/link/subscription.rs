//! Hearing a channel: a subscription that comes back when it was lost.
//!
//! Pub/sub forgets what nobody hears. Whoever must miss nothing looks at what
//! is kept after every [`Heard::Subscribed`].

use crate::conn::Target;
use futures_util::StreamExt as _;
use std::convert::Infallible;
use std::time::Duration;

/// How long after a loss it is tried again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a subscription hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard<'a> {
    /// It is new: messages before it were not heard.
    Subscribed,
    /// A message, if it is UTF-8.
    Message(&'a str),
    /// It was lost.
    Lost,
}

/// Listens to `channel`, for ever.
pub async fn subscribe(
    target: &Target,
    channel: &str,
    mut hear: impl FnMut(Heard<'_>),
) -> Infallible {
    loop {
        // Any end of the subscription is followed by another try.
        let _ = listen(target, channel, &mut hear).await;
        hear(Heard::Lost);
        tokio::time::sleep(PAUSE).await;
    }
}

async fn listen(
    target: &Target,
    channel: &str,
    hear: &mut impl FnMut(Heard<'_>),
) -> redis::RedisResult<()> {
    let gone = |_| redis::RedisError::from((redis::ErrorKind::Io, "no sentinel knows the master"));
    let target = target.master().await.map_err(gone)?;
    let client = redis::Client::open(target.info())?;
    let mut pubsub = client.get_async_pubsub().await?;
    pubsub.subscribe(channel).await?;
    hear(Heard::Subscribed);
    let mut messages = pubsub.into_on_message();
    while let Some(message) = messages.next().await {
        if let Ok(text) = std::str::from_utf8(message.get_payload_bytes()) {
            hear(Heard::Message(text));
        }
    }
    Ok(())
}
