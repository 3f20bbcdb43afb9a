//! Two consumers of one group; one is killed, and what she held is claimed.

use super::scene::{Scene, lost};
use crate::error::Result;
use catalog::text;
use redis::aio::MultiplexedConnection;
use redis::streams::StreamAutoClaimReply;
use redis::{AsyncCommands as _, FromRedisValue};
use std::time::Duration;

const KEY: &str = "lab:demo:orders";
const GROUP: &str = "workers";
const ENTRIES: usize = 6;

type Entries = Vec<(String, Vec<(String, Vec<String>)>)>;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut ola = scene.connect().await?;
    let () = ola.del(KEY).await.map_err(lost)?;
    for number in 1..=ENTRIES {
        let _: String = ola
            .xadd(KEY, "*", &[("order", format!("coffee-{number}"))])
            .await
            .map_err(lost)?;
    }
    let () = call(&mut ola, &["XGROUP", "CREATE", KEY, GROUP, "0"]).await?;
    let mut ala = scene.connect().await?;
    let id: i64 = call(&mut ala, &["CLIENT", "ID"]).await?;
    let taken = read(&mut ala, "ala").await?;
    scene.say(
        "ala",
        format!("XREADGROUP ... COUNT 3 → {}", taken.join(" ")),
    )?;
    let _: i64 = call(&mut ola, &["CLIENT", "KILL", "ID", &id.to_string()]).await?;
    scene.say(
        "ala",
        lang.pick(
            "killed before a single XACK (CLIENT KILL)",
            "zabita przed pierwszym XACK (CLIENT KILL)",
        ),
    )?;
    let own = read(&mut ola, "ola").await?;
    let acked: usize = ola.xack(KEY, GROUP, &own).await.map_err(lost)?;
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
    // Redis 6.2 answers in two parts, later ones in three: this type reads both.
    let taken: StreamAutoClaimReply =
        call(&mut ola, &["XAUTOCLAIM", KEY, GROUP, "ola", "50", "0"]).await?;
    let ids: Vec<String> = taken.claimed.into_iter().map(|entry| entry.id).collect();
    let acked: usize = ola.xack(KEY, GROUP, &ids).await.map_err(lost)?;
    scene.say(
        "ola",
        text!(
            lang,
            "XAUTOCLAIM gave her {}, she did and acknowledged {acked}",
            "XAUTOCLAIM oddał jej {}, wykonała i potwierdziła {acked}",
            ids.len()
        ),
    )?;
    let left = self::pending(&mut ola).await?;
    let () = ola.del(KEY).await.map_err(lost)?;
    scene.tell(text!(
        lang,
        "Pending: {left}. All {ENTRIES} orders done although one consumer died.",
        "Oczekujących: {left}. Wszystkie {ENTRIES} zamówień wykonano, choć jedna osoba zniknęła."
    ))
}

/// Takes up to three new entries for a consumer; gives their IDs.
async fn read(connection: &mut MultiplexedConnection, consumer: &str) -> Result<Vec<String>> {
    let command = [
        "XREADGROUP",
        "GROUP",
        GROUP,
        consumer,
        "COUNT",
        "3",
        "STREAMS",
        KEY,
        ">",
    ];
    let streams: Entries = call(connection, &command).await?;
    let entries = streams.into_iter().flat_map(|(_, entries)| entries);
    Ok(entries.map(|(id, _)| id).collect())
}

/// How many entries are in the pending entries list.
async fn pending(connection: &mut MultiplexedConnection) -> Result<usize> {
    let reply: redis::Value = call(connection, &["XPENDING", KEY, GROUP]).await?;
    match reply {
        redis::Value::Array(items) => match items.first() {
            Some(redis::Value::Int(count)) => Ok(usize::try_from(*count).unwrap_or(0)),
            _ => Ok(0),
        },
        _ => Ok(0),
    }
}

async fn call<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    words: &[&str],
) -> Result<T> {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(connection).await.map_err(lost)
}
