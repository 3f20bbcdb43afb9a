//! A key expires, and the server tells: when the event really comes.

use super::scene::{Scene, lost};
use crate::error::{Error, Result};
use crate::live::listener::Setting;
use catalog::text;
use futures_util::StreamExt as _;
use redis::AsyncCommands as _;
use std::time::{Duration, Instant};

const KEY: &str = "lab:demo:tea";
const TTL: Duration = Duration::from_millis(150);

/// How long the event may take before we look at the key ourselves.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let setting = Setting::turn_on(scene.client.clone()).await?;
    let outcome = watch(scene).await;
    let restored = setting.restore().await;
    outcome.and(restored)
}

async fn watch(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut main = scene.connect().await?;
    let mut listener = scene.client.get_async_pubsub().await.map_err(lost)?;
    listener
        .psubscribe("__keyevent@*__:expired")
        .await
        .map_err(lost)?;
    let begun = Instant::now();
    let millis = u64::try_from(TTL.as_millis()).unwrap_or(u64::MAX);
    let () = main.pset_ex(KEY, "earl grey", millis).await.map_err(lost)?;
    scene.say("main", format!("SET {KEY} \"earl grey\" PX {millis}"))?;
    let mut messages = listener.on_message();
    let mut touched = false;
    loop {
        let message = match tokio::time::timeout(PATIENCE, messages.next()).await {
            Ok(message) => message,
            Err(_) if touched => None,
            Err(_) => {
                // Among many volatile keys the sweep takes long to get to ours.
                touched = true;
                let _: bool = main.exists(KEY).await.map_err(lost)?;
                continue;
            }
        };
        let message = message.ok_or_else(|| {
            Error::server(text!(
                "the expired event did not arrive",
                "zdarzenie expired nie przyszło"
            ))
        })?;
        let key: String = message.get_payload().map_err(lost)?;
        if key != KEY {
            continue;
        }
        let late = begun.elapsed().saturating_sub(TTL).as_secs_f64() * 1e3;
        let channel = message.get_channel_name().to_owned();
        scene.say("listener", format!("{channel}: {key}"))?;
        return scene.tell(text!(
lang,
"The event came {late:.0} ms after the TTL ran out: it is sent when the server deletes the key (its regular sweep, or somebody's access), not at the very moment.",
"Zdarzenie przyszło {late:.0} ms po końcu TTL: serwer wysyła je, gdy usuwa klucz (podczas przeglądu albo przy czyimś dostępie), a nie dokładnie o czasie."
));
    }
}
