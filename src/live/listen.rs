//! A listener and a publisher on one server: what `pubsub --listen` does, in
//! one terminal.

use super::scene::Scene;
use crate::error::{Error, Result};
use catalog::text;
use std::time::Duration;

const CHANNEL: &str = "pokaz_kanal";
const MESSAGES: [&str; 3] = ["hello", "cześć", "koniec"];

/// How long a message may take.
const PATIENCE: Duration = Duration::from_secs(2);

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut publisher = scene.actor().await?;
    let early = publisher.number(&["PUBLISH", CHANNEL, "too early"]).await?;
    scene.say(
        "publisher",
        text!(
            lang,
            "PUBLISH before anyone listens → {early} receivers: gone for good",
            "PUBLISH, gdy nikt nie słucha → odbiorców: {early}; przepadło"
        ),
    )?;
    let mut listener = scene.actor().await?;
    listener.ask(&["SUBSCRIBE", CHANNEL]).await?;
    listener.ask(&["PSUBSCRIBE", "pokaz_*"]).await?;
    scene.say(
        "listener",
        format!("SUBSCRIBE {CHANNEL}, PSUBSCRIBE pokaz_*"),
    )?;
    for text in MESSAGES {
        let receivers = publisher.number(&["PUBLISH", CHANNEL, text]).await?;
        scene.say(
            "publisher",
            format!("PUBLISH {CHANNEL} {text} → {receivers}"),
        )?;
        // Others may listen too; ours are the channel and the pattern.
        for _ in 0..2 {
            let message = listener.message(PATIENCE).await?.ok_or_else(|| {
                Error::server(text!(
                    "the message did not arrive",
                    "wiadomość nie przyszła"
                ))
            })?;
            let how = match message.pattern {
                Some(pattern) => format!("pmessage ({pattern})"),
                None => "message".to_owned(),
            };
            scene.say("listener", format!("{how}: {}", message.payload))?;
        }
    }
    scene.tell(lang.pick(
        "Each message came twice: once for the channel, once for the pattern.",
        "Każda wiadomość przyszła dwa razy: raz za kanał, raz za wzorzec.",
    ))
}
