//! Optimistic locking under contention: two clients, one key, WATCH, and how
//! often EXEC says nil.

use super::scene::{Actor, Scene, actor, joined};
use crate::error::Result;
use catalog::text;
use resp::Reply;

const KEY: &str = "lab:demo:balance";
const TIMES: usize = 25;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut main = scene.actor().await?;
    main.ask(&["SET", KEY, "0"]).await?;
    scene.tell(text!(
lang,
"Two clients, {TIMES} transactions each: WATCH, GET, MULTI, SET, EXEC; again when EXEC says (nil).",
"Dwóch klientów, po {TIMES} transakcji: WATCH, GET, MULTI, SET, EXEC; od nowa, gdy EXEC odpowie (nil)."
))?;
    let mut tasks = Vec::new();
    for _ in 0..2 {
        // WATCH belongs to a connection: clones of one would share it.
        let connection = actor(scene.target).await?;
        tasks.push(tokio::spawn(add_all(connection)));
    }
    for (name, task) in ["ala", "ola"].into_iter().zip(tasks) {
        let retries = joined(task.await)?;
        scene.say(
            name,
            text!(
                lang,
                "{TIMES} done, {retries} times EXEC said (nil) and the loop tried again",
                "{TIMES} wykonanych, {retries} razy EXEC odpowiedziało (nil) i pętla próbowała znów"
            ),
        )?;
    }
    let end = main.number(&["GET", KEY]).await?;
    main.ask(&["DEL", KEY]).await?;
    scene.tell(text!(
        lang,
        "GET {KEY} → {end}: retries cost time, but nothing was lost.",
        "GET {KEY} → {end}: ponowienia kosztują czas, ale nic nie zginęło."
    ))
}

/// Adds 1 so many times; gives how often it had to try again.
async fn add_all(mut connection: Actor) -> Result<usize> {
    let mut retries = 0;
    for _ in 0..TIMES {
        while !add_one(&mut connection).await? {
            retries += 1;
        }
    }
    Ok(retries)
}

/// One transaction; false when the key changed under it.
async fn add_one(connection: &mut Actor) -> Result<bool> {
    connection.ask(&["WATCH", KEY]).await?;
    let balance = connection.number(&["GET", KEY]).await?;
    connection.ask(&["MULTI"]).await?;
    let more = (balance + 1).to_string();
    connection.ask(&["SET", KEY, &more]).await?;
    Ok(connection.ask(&["EXEC"]).await? != Reply::Nil)
}
