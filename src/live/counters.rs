//! A counter under contention: GET + SET loses increments, INCR does not.

use super::scene::{Scene, actor, joined};
use crate::error::Result;
use catalog::text;

const CLIENTS: usize = 4;
const TIMES: usize = 50;
const KEY: &str = "lab:demo:counter";

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    scene.tell(text!(
        lang,
        "{CLIENTS} clients add 1 to one key, {TIMES} times each:",
        "{CLIENTS} klientów dodaje 1 do jednego klucza, każdy {TIMES} razy:"
    ))?;
    let by_hand = race(scene, false).await?;
    let incr = race(scene, true).await?;
    let wanted = (CLIENTS * TIMES) as i64;
    scene.say(
        "GET + SET",
        text!(
            lang,
            "{by_hand} of {wanted}: {} increments lost",
            "{by_hand} z {wanted}: zginęło {}",
            wanted - by_hand
        ),
    )?;
    scene.say(
        "INCR",
        text!(
            lang,
            "{incr} of {wanted}: none lost",
            "{incr} z {wanted}: nic nie zginęło"
        ),
    )
}

/// Lets the clients count at once; gives where the counter ends.
async fn race(scene: &mut Scene<'_>, atomic: bool) -> Result<i64> {
    let mut main = scene.actor().await?;
    main.ask(&["SET", KEY, "0"]).await?;
    let mut clients = Vec::new();
    for _ in 0..CLIENTS {
        let target = scene.target.clone();
        clients.push(tokio::spawn(async move {
            let mut connection = actor(&target).await?;
            for _ in 0..TIMES {
                if atomic {
                    connection.ask(&["INCR", KEY]).await?;
                } else {
                    let n = connection.number(&["GET", KEY]).await?;
                    let more = (n + 1).to_string();
                    connection.ask(&["SET", KEY, &more]).await?;
                }
            }
            Ok(())
        }));
    }
    for client in clients {
        joined(client.await)?;
    }
    let end = main.number(&["GET", KEY]).await?;
    main.ask(&["DEL", KEY]).await?;
    Ok(end)
}
