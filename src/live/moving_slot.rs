//! A slot on the move: a client of the `redis` crate that knows the cluster
//! counts on, while another connection hands the slot and its keys over.

use super::scene::{Scene, connect, lost};
use crate::error::{Error, Result};
use catalog::text;
use redis::aio::MultiplexedConnection;
use redis::{AsyncCommands as _, Cmd, FromRedisValue};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Keys of one slot, by their tag.
const TAG: &str = "lab:{demo}";
const KEYS: usize = 20;

/// How long the writer goes on before and after the move.
const AROUND: Duration = Duration::from_millis(60);

/// Somewhere in a cluster.
struct Node {
    name: &'static str,
    id: String,
    port: u16,
    connection: MultiplexedConnection,
}

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut nodes = Vec::new();
    for name in ["a", "b", "c"] {
        let mut connection = connect(&scene.own(name)?).await?;
        let id = ask(&mut connection, redis::cmd("CLUSTER").arg("MYID")).await?;
        let port: (String, u16) =
            ask(&mut connection, redis::cmd("CONFIG").arg("GET").arg("port")).await?;
        nodes.push(Node {
            name,
            id,
            port: port.1,
            connection,
        });
    }
    let slot: u16 = ask(
        &mut nodes[0].connection,
        redis::cmd("CLUSTER").arg("KEYSLOT").arg(TAG),
    )
    .await?;
    let from = owner(&mut nodes).await?;
    let to = (from + 1) % nodes.len();
    let seed = format!("redis://127.0.0.1:{}/", nodes[from].port);
    let client = redis::cluster::ClusterClient::new(vec![seed]).map_err(lost)?;
    let mut counter = client.get_async_connection().await.map_err(lost)?;
    let (ends, written) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicU64::new(0)),
    );
    let writer = tokio::spawn({
        let (ends, written) = (Arc::clone(&ends), Arc::clone(&written));
        async move {
            let mut number = 0;
            while !ends.load(Ordering::Relaxed) {
                let key = format!("{TAG}:{}", number % KEYS);
                let _: i64 = counter.incr(key, 1).await.map_err(lost)?;
                written.fetch_add(1, Ordering::Relaxed);
                number += 1;
            }
            Ok::<_, Error>(counter)
        }
    });
    let so_far = || written.load(Ordering::Relaxed);
    tokio::time::sleep(AROUND).await;
    let before = so_far();
    let (old, new) = (nodes[from].name, nodes[to].name);
    scene.say(
        lang.pick("writer", "piszący"),
        text!(
            lang,
            "INCR on {KEYS} keys of slot {slot}, without a pause: {before} so far, all on {old}",
            "INCR na {KEYS} kluczach slotu {slot}, bez przerwy: dotąd {before}, wszystkie na {old}"
        ),
    )?;
    let begun = Instant::now();
    let moved = hand_over(&mut nodes, from, to, slot).await?;
    let took = lang.decimal(begun.elapsed().as_secs_f64() * 1e3, 1);
    let meanwhile = so_far() - before;
    scene.say(
        lang.pick("mover", "przenoszący"),
        text!(
            lang,
            "slot {slot} and {moved} keys are on {new} after {took} ms; {meanwhile} writes meanwhile",
            "slot {slot} i {moved} kluczy są na {new} po {took} ms; w tym czasie {meanwhile} zapisów"
        ),
    )?;
    tokio::time::sleep(AROUND).await;
    ends.store(true, Ordering::Relaxed);
    let mut counter = super::scene::joined(writer.await)?;
    let mut sum = 0;
    for number in 0..KEYS {
        let key = format!("{TAG}:{number}");
        let value: Option<u64> = counter.get(&key).await.map_err(lost)?;
        sum += value.unwrap_or(0);
        let _: i64 = counter.del(&key).await.map_err(lost)?;
    }
    // Where it was, for whatever comes next.
    hand_over(&mut nodes, to, from, slot).await?;
    let all = so_far();
    scene.tell(text!(
        lang,
        "{all} writes, and the keys add up to {sum}: none was lost and none failed. The client followed ASK while the slot was on its way, and MOVED at the end.",
        "{all} zapisów, a suma w kluczach to {sum}: żaden nie zginął i każdy się powiódł. Klient szedł za ASK, gdy slot był w drodze, a na końcu za MOVED."
    ))
}

/// Which of the nodes has a slot: the others know better than to look.
async fn owner(nodes: &mut [Node]) -> Result<usize> {
    for (index, node) in nodes.iter_mut().enumerate() {
        let asked: redis::RedisResult<i64> = node.connection.exists(TAG).await;
        if asked.is_ok() {
            return Ok(index);
        }
    }
    Err(Error::server(text!(
        "the cluster does not work",
        "klaster nie działa"
    )))
}

/// Moves a slot with its keys, one by one; gives how many there were.
async fn hand_over(nodes: &mut [Node], from: usize, to: usize, slot: u16) -> Result<usize> {
    let (old, new) = (nodes[from].id.clone(), nodes[to].id.clone());
    let port = nodes[to].port;
    set_slot(&mut nodes[to], slot, "IMPORTING", &old).await?;
    set_slot(&mut nodes[from], slot, "MIGRATING", &new).await?;
    let mut moved = 0;
    loop {
        let source = &mut nodes[from].connection;
        let mut next = redis::cmd("CLUSTER");
        next.arg("GETKEYSINSLOT").arg(slot).arg(1);
        let keys: Vec<String> = ask(source, &next).await?;
        if keys.is_empty() {
            break;
        }
        let mut migrate = redis::cmd("MIGRATE");
        migrate.arg("127.0.0.1").arg(port).arg("").arg(0).arg(1000);
        let _: String = ask(source, migrate.arg("KEYS").arg(&keys)).await?;
        moved += keys.len();
    }
    // The new owner first: from then on somebody answers for the slot.
    set_slot(&mut nodes[to], slot, "NODE", &new).await?;
    for (index, node) in nodes.iter_mut().enumerate() {
        if index != to {
            set_slot(node, slot, "NODE", &new).await?;
        }
    }
    Ok(moved)
}

async fn set_slot(node: &mut Node, slot: u16, state: &str, id: &str) -> Result<()> {
    let mut command = redis::cmd("CLUSTER");
    command.arg("SETSLOT").arg(slot).arg(state).arg(id);
    ask(&mut node.connection, &command).await
}

async fn ask<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    command: &Cmd,
) -> Result<T> {
    command.query_async(connection).await.map_err(lost)
}
