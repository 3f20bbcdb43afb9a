//! Two workers in a BRPOP loop and a producer: who waits gets the job, and an
//! empty list ends the loop.

use super::scene::{Actor, Line, Scene, actor, joined, strings};
use crate::error::Result;
use catalog::lang::Lang;
use catalog::text;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

const KEY: &str = "lab:demo:jobs";
const JOBS: usize = 6;

pub(super) async fn play(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let mut main = scene.actor().await?;
    main.ask(&["DEL", KEY]).await?;
    let (voice, lines) = mpsc::unbounded_channel::<Line>();
    let begun = Instant::now();
    let mut tasks = Vec::new();
    for name in ["worker-1", "worker-2"] {
        let connection = actor(scene.target).await?;
        tasks.push(tokio::spawn(work(
            name,
            connection,
            voice.clone(),
            lang,
            begun,
        )));
    }
    tasks.push(tokio::spawn(async move {
        for number in 1..=JOBS {
            let job = format!("job-{number}");
            main.ask(&["LPUSH", KEY, &job]).await?;
            let _ = voice.send((
                "producer".into(),
                format!("{} LPUSH {KEY} {job}", at(begun)),
            ));
            tokio::time::sleep(Duration::from_millis(8)).await;
        }
        Ok(0)
    }));
    scene.relay(lines).await?;
    let mut done = 0;
    for task in tasks {
        done += joined(task.await)?;
    }
    scene.tell(text!(
        lang,
        "{done} of {JOBS} jobs done, each by exactly one worker, and nobody polled.",
        "Wykonano {done} z {JOBS} zadań, każde przez dokładnie jednego workera i bez odpytywania."
    ))
}

async fn work(
    name: &'static str,
    mut connection: Actor,
    voice: mpsc::UnboundedSender<Line>,
    lang: Lang,
    begun: Instant,
) -> Result<usize> {
    let mut done = 0;
    loop {
        let popped = connection.ask(&["BRPOP", KEY, "0.2"]).await?;
        let [_, job]: [String; 2] = strings(&popped).try_into().unwrap_or_default();
        if job.is_empty() {
            let text = text!(
                lang,
                "{} BRPOP timed out (nil): the list stayed empty, the loop ends",
                "{} BRPOP: minął czas (nil): lista wciąż pusta, koniec pętli",
                at(begun)
            );
            let _ = voice.send((name.into(), text));
            return Ok(done);
        }
        let text = text!(lang, "{} got {job}", "{} dostał {job}", at(begun));
        let _ = voice.send((name.into(), text));
        tokio::time::sleep(Duration::from_millis(20)).await;
        done += 1;
    }
}

/// Milliseconds since the demo began, in a column.
fn at(begun: Instant) -> String {
    format!("{:>5.0} ms ", begun.elapsed().as_secs_f64() * 1e3)
}
