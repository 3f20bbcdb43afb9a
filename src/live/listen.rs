//! A listener and a publisher on one server: what `pubsub --listen` does, in
//! one terminal.

use super::scene::{Scene, lost};
use crate::error::{Error, Result};
use catalog::text;
use futures_util::StreamExt as _;
use redis::AsyncCommands as _;
use std::time::Duration;

const CHANNEL: &str = "pokaz_kanal";
const MESSAGES: [&str; 3] = ["hello", "cześć", "koniec"];

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut publisher = scene.connect().await?;
    let early: usize = publisher
        .publish(CHANNEL, "too early")
        .await
        .map_err(lost)?;
    scene.say(
        "publisher",
        text!(
            lang,
            "PUBLISH before anyone listens → {early} receivers: gone for good",
            "PUBLISH, gdy nikt nie słucha → odbiorców: {early}; przepadło"
        ),
    )?;
    let mut listener = scene.client.get_async_pubsub().await.map_err(lost)?;
    listener.subscribe(CHANNEL).await.map_err(lost)?;
    listener.psubscribe("pokaz_*").await.map_err(lost)?;
    scene.say(
        "listener",
        format!("SUBSCRIBE {CHANNEL}, PSUBSCRIBE pokaz_*"),
    )?;
    let mut messages = listener.on_message();
    for text in MESSAGES {
        let receivers: usize = publisher.publish(CHANNEL, text).await.map_err(lost)?;
        scene.say(
            "publisher",
            format!("PUBLISH {CHANNEL} {text} → {receivers}"),
        )?;
        // Others may listen too; ours are the channel and the pattern.
        for _ in 0..2 {
            let message = tokio::time::timeout(Duration::from_secs(2), messages.next())
                .await
                .ok()
                .flatten()
                .ok_or_else(|| {
                    Error::server(text!(
                        "the message did not arrive",
                        "wiadomość nie przyszła"
                    ))
                })?;
            let payload: String = message.get_payload().map_err(lost)?;
            let how = match message.get_pattern::<Option<String>>().map_err(lost)? {
                Some(pattern) => format!("pmessage ({pattern})"),
                None => "message".to_owned(),
            };
            scene.say("listener", format!("{how}: {payload}"))?;
        }
    }
    scene.tell(lang.pick(
        "Each message came twice: once for the channel, once for the pattern.",
        "Każda wiadomość przyszła dwa razy: raz za kanał, raz za wzorzec.",
    ))
}
