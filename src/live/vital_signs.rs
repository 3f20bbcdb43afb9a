//! The lines of INFO that tell how a server is, read and explained.

use super::info::Info;
use super::scene::Scene;
use crate::error::Result;
use catalog::text;

const KEY: &str = "lab:demo:there";
const MISSING: &str = "lab:demo:missing";

/// Reads between the two looks at the counters: found, and not found.
const FOUND: usize = 30;
const NOT_FOUND: usize = 10;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut connection = scene.actor().await?;
    connection.ask(&["SET", KEY, "tea"]).await?;
    let before = Info::of(&mut connection).await?;
    for (key, times) in [(KEY, FOUND), (MISSING, NOT_FOUND)] {
        connection.pipeline(&["GET", key], times).await?;
    }
    let after = Info::of(&mut connection).await?;
    connection.ask(&["DEL", KEY]).await?;

    let (used, limit) = (
        after.text("used_memory_human"),
        after.text("maxmemory_human"),
    );
    scene.say(
        &label("used_memory"),
        match after.number("maxmemory") {
            0 => text!(
                lang,
                "{used}, and no limit: it may grow until the system kills it",
                "{used}, bez limitu: może rosnąć, aż zabije go system"
            ),
            _ => text!(lang, "{used} of {limit}", "{used} z {limit}"),
        },
    )?;
    let ratio = after.text("mem_fragmentation_ratio");
    scene.say(
        &label("mem_fragmentation_ratio"),
        text!(
            lang,
            "{ratio}: says little while there is hardly any data",
            "{ratio}: mówi mało, dopóki danych prawie nie ma"
        ),
    )?;
    let (clients, blocked) = (
        after.text("connected_clients"),
        after.text("blocked_clients"),
    );
    scene.say(
        &label("connected_clients"),
        text!(
            lang,
            "{clients}, of them waiting in a command: {blocked}",
            "{clients}, w tym czekających w poleceniu: {blocked}"
        ),
    )?;
    let (evicted, rejected) = (
        after.number("evicted_keys"),
        after.number("rejected_connections"),
    );
    scene.say(
        &label("evicted_keys"),
        text!(
            lang,
            "{evicted}; connections turned away: {rejected}. They should stay 0",
            "{evicted}; odprawione połączenia: {rejected}. Powinno być 0"
        ),
    )?;
    let (hits, misses) = (
        after.since(&before, "keyspace_hits"),
        after.since(&before, "keyspace_misses"),
    );
    let rate = hits * 100 / (hits + misses).max(1);
    scene.say(
        &label("keyspace_hits"),
        text!(
            lang,
            "{} → {}, misses {} → {}: {hits} of {} found, {rate} %",
            "{} → {}, chybienia {} → {}: znaleziono {hits} z {}, {rate}%",
            before.text("keyspace_hits"),
            after.text("keyspace_hits"),
            before.text("keyspace_misses"),
            after.text("keyspace_misses"),
            hits + misses
        ),
    )?;
    scene.say(
        &label("rdb_last_bgsave_status"),
        after.text("rdb_last_bgsave_status"),
    )
}

/// A line's name, as wide as the longest.
fn label(name: &str) -> String {
    format!("{name:>23}")
}
