//! A key expires, and the server tells: when the event really comes.

use super::scene::Scene;
use super::setting::Setting;
use crate::error::{Error, Result};
use catalog::text;
use std::time::{Duration, Instant};

const KEY: &str = "lab:demo:tea";
const TTL: Duration = Duration::from_millis(150);

/// How long the event may take before we look at the key ourselves.
const PATIENCE: Duration = Duration::from_secs(1);

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let setting = Setting::turn_on(scene.target).await?;
    let outcome = watch(scene).await;
    let restored = setting.restore().await;
    outcome.and(restored)
}

async fn watch(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut main = scene.actor().await?;
    let mut listener = scene.actor().await?;
    listener
        .ask(&["PSUBSCRIBE", "__keyevent@*__:expired"])
        .await?;
    let begun = Instant::now();
    let millis = TTL.as_millis().to_string();
    main.ask(&["PSETEX", KEY, &millis, "earl grey"]).await?;
    scene.say("main", format!("SET {KEY} \"earl grey\" PX {millis}"))?;
    let mut touched = false;
    loop {
        let message = match listener.message(PATIENCE).await? {
            Some(message) => message,
            None if touched => {
                return Err(Error::server(text!(
                    "the expired event did not arrive",
                    "zdarzenie expired nie przyszło"
                )));
            }
            None => {
                // Among many volatile keys the sweep takes long to get to ours.
                touched = true;
                main.ask(&["EXISTS", KEY]).await?;
                continue;
            }
        };
        let (channel, key) = (message.channel, message.payload);
        if key != KEY {
            continue;
        }
        let late = begun.elapsed().saturating_sub(TTL).as_secs_f64() * 1e3;
        scene.say("listener", format!("{channel}: {key}"))?;
        return scene.tell(text!(
lang,
"The event came {late:.0} ms after the TTL ran out: it is sent when the server deletes the key (its regular sweep, or somebody's access), not at the very moment.",
"Zdarzenie przyszło {late:.0} ms po końcu TTL: serwer wysyła je, gdy usuwa klucz (podczas przeglądu albo przy czyimś dostępie), a nie dokładnie o czasie."
));
    }
}
