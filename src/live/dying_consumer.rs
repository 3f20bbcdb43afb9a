//! Two consumers of one group; one is killed, and what she held is claimed.

use super::scene::{Actor, Scene, strings};
use crate::error::Result;
use catalog::text;
use resp::Reply;
use std::time::Duration;

const KEY: &str = "lab:demo:orders";
const GROUP: &str = "workers";
const ENTRIES: usize = 6;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut ola = scene.actor().await?;
    ola.ask(&["DEL", KEY]).await?;
    for number in 1..=ENTRIES {
        let order = format!("coffee-{number}");
        ola.ask(&["XADD", KEY, "*", "order", &order]).await?;
    }
    ola.ask(&["XGROUP", "CREATE", KEY, GROUP, "0"]).await?;
    let mut ala = scene.actor().await?;
    let id = ala.number(&["CLIENT", "ID"]).await?;
    let taken = read(&mut ala, "ala").await?;
    scene.say(
        "ala",
        format!("XREADGROUP ... COUNT 3 → {}", taken.join(" ")),
    )?;
    ola.ask(&["CLIENT", "KILL", "ID", &id.to_string()]).await?;
    scene.say(
        "ala",
        lang.pick(
            "killed before a single XACK (CLIENT KILL)",
            "zabita przed pierwszym XACK (CLIENT KILL)",
        ),
    )?;
    let own = read(&mut ola, "ola").await?;
    let acked = acknowledge(&mut ola, &own).await?;
    scene.say(
        "ola",
        text!(
            lang,
            "read the other {} and acknowledged {acked}",
            "wzięła pozostałe {} i potwierdziła {acked}",
            own.len()
        ),
    )?;
    let pending = pending(&mut ola).await?;
    scene.say(
        "XPENDING",
        text!(
            lang,
            "{pending} entries still belong to ala: the group remembers",
            "{pending} wpisy wciąż należą do konsumenta `ala`: grupa pamięta"
        ),
    )?;
    // Ola takes over what nobody has touched for 50 ms.
    tokio::time::sleep(Duration::from_millis(60)).await;
    let claim = ["XAUTOCLAIM", KEY, GROUP, "ola", "50", "0"];
    // The second part are the entries; from Redis 7 on there is a third.
    let claimed = ola.ask(&claim).await?;
    let claimed = claimed.as_slice().and_then(|parts| parts.get(1));
    let ids = claimed.map(ids).unwrap_or_default();
    let acked = acknowledge(&mut ola, &ids).await?;
    scene.say(
        "ola",
        text!(
            lang,
            "XAUTOCLAIM gave her {}, she did and acknowledged {acked}",
            "XAUTOCLAIM oddało jej {}, wykonała i potwierdziła {acked}",
            ids.len()
        ),
    )?;
    let left = self::pending(&mut ola).await?;
    ola.ask(&["DEL", KEY]).await?;
    scene.tell(text!(
        lang,
        "Pending: {left}. All {ENTRIES} orders done although one consumer died.",
        "Oczekujących: {left}. Wszystkie {ENTRIES} zamówień wykonano, choć jedna osoba zniknęła."
    ))
}

/// Takes up to three new entries for a consumer; gives their IDs.
async fn read(actor: &mut Actor, consumer: &str) -> Result<Vec<String>> {
    let group = ["XREADGROUP", "GROUP", GROUP, consumer];
    let command = [&group[..], &["COUNT", "3", "STREAMS", KEY, ">"]].concat();
    let reply = actor.ask(&command).await?;
    // One stream was asked for: its name and its entries.
    let stream = reply.as_slice().and_then(|streams| streams.first());
    let entries = stream.and_then(|stream| stream.as_slice()?.get(1));
    Ok(entries.map(ids).unwrap_or_default())
}

/// The IDs of entries.
fn ids(entries: &Reply) -> Vec<String> {
    let entries = entries.as_slice().unwrap_or_default().iter();
    entries
        .filter_map(|entry| strings(entry).into_iter().next())
        .collect()
}

/// How many of the entries were acknowledged.
async fn acknowledge(actor: &mut Actor, ids: &[String]) -> Result<i64> {
    let mut command = vec!["XACK", KEY, GROUP];
    command.extend(ids.iter().map(String::as_str));
    actor.number(&command).await
}

/// How many entries are in the pending entries list.
async fn pending(actor: &mut Actor) -> Result<i64> {
    let reply = actor.ask(&["XPENDING", KEY, GROUP]).await?;
    let count = reply.as_slice().and_then(|parts| parts.first());
    Ok(count.and_then(Reply::as_int).unwrap_or_default())
}
