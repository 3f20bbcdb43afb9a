//! What survives: servers of the demo's own are killed and started again,
//! their diaries are rewritten and damaged.

use super::info::Info;
use super::scene::{Actor, Scene, actor};
use crate::conn::server::{Durable, Kind};
use crate::error::Result;
use crate::runner::{Bar, Shape};
use catalog::text;
use std::time::{Duration, Instant};

async fn connect(server: &Durable) -> Result<Actor> {
    actor(&server.target()?).await
}

/// How many writes each server gets, one after the other.
const WRITES: usize = 200;

const AOF: &str = "appendonly";
const FSYNC: &str = "appendfsync";

/// Five servers get the same writes, are killed, and started again.
pub(super) async fn kill_nine(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let kind = scene.kind.clone();
    let how = match &kind {
        Kind::Spawned(_) => lang.pick(
            "kill -9 after the last reply",
            "kill -9 po ostatniej odpowiedzi",
        ),
        Kind::Builtin | Kind::External => lang.pick(
            "the built-in server is ended on the spot after the last reply",
            "wbudowany serwer zostaje przerwany zaraz po ostatniej odpowiedzi",
        ),
    };
    scene.tell(text!(
        lang,
        "{WRITES} writes each, {how}; then it is started again.",
        "Po {WRITES} zapisów, {how}; potem nowy start."
    ))?;
    let rdb = lang.pick("RDB, SAVE halfway", "RDB, SAVE w połowie");
    let nothing = lang.pick("nothing", "nic");
    let servers: [(&str, &[(&str, &str)]); 5] = [
        (nothing, &[]),
        (rdb, &[]),
        ("AOF no", &[(AOF, "yes"), (FSYNC, "no")]),
        ("AOF everysec", &[(AOF, "yes"), (FSYNC, "everysec")]),
        ("AOF always", &[(AOF, "yes"), (FSYNC, "always")]),
    ];
    let (mut left, mut times) = (Vec::new(), Vec::new());
    for (name, options) in servers {
        let mut server = Durable::start(&kind, options).await?;
        let mut connection = connect(&server).await?;
        let mut took = Vec::new();
        for number in 1..=WRITES {
            let key = format!("lab:demo:order:{number}");
            let begun = Instant::now();
            connection.ask(&["SET", &key, "tea"]).await?;
            took.push(begun.elapsed());
            if name == rdb && number == WRITES / 2 {
                connection.ask(&["SAVE"]).await?;
            }
        }
        server.kill();
        server.start_again().await?;
        let mut connection = connect(&server).await?;
        let survived = connection.number(&["DBSIZE"]).await?;
        left.push(Bar {
            label: name.to_owned(),
            value: survived as f64,
            text: text!(lang, "{survived} of {WRITES}", "{survived} z {WRITES}"),
        });
        took.sort();
        let micros = took[WRITES / 2].as_secs_f64() * 1e6;
        if name != rdb {
            times.push(Bar {
                label: name.to_owned(),
                value: micros,
                text: format!("{} µs", lang.decimal(micros, 0)),
            });
        }
    }
    scene.draw(
        lang.pick("Left after the new start", "Zostało po nowym starcie"),
        Shape::Bars { bars: left },
    )?;
    if !Durable::IS_ON_DISK {
        return scene.tell(lang.pick(
            "There is no disk in a browser: what a write takes with each of them, the terminal shows.",
            "W przeglądarce nie ma dysku: ile trwa zapis przy każdym z ustawień, pokazuje terminal.",
        ));
    }
    scene.draw(
        lang.pick(
            "What a write takes on this disk, the median",
            "Ile trwa zapis na tym dysku, mediana",
        ),
        Shape::Bars { bars: times },
    )
}

/// So often a counter is raised before its log is rewritten.
const RAISED: usize = 20_000;

/// The longest a rewrite may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A log of many lines, and the shortest one that leads to the same data.
pub(super) async fn rewrite(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let options = [(AOF, "yes"), (FSYNC, "no")];
    let server = Durable::start(&scene.kind, &options).await?;
    let mut connection = connect(&server).await?;
    let raise = ["INCR", "lab:demo:visits"];
    connection.pipeline(&raise, RAISED).await?;
    const SIZE: &str = "aof_current_size";
    let before = Info::of(&mut connection).await?.number(SIZE);
    let begun = Instant::now();
    connection.ask(&["BGREWRITEAOF"]).await?;
    let mut after = before;
    while begun.elapsed() < PATIENCE {
        let info = Info::of(&mut connection).await?;
        let at_work = info.number("aof_rewrite_in_progress") + info.number("aof_rewrite_scheduled");
        after = info.number(SIZE);
        if at_work == 0 && after < before {
            break;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let bar = |label: &str, bytes: u64| Bar {
        label: label.to_owned(),
        value: bytes as f64,
        text: format!("{bytes} B"),
    };
    scene.draw(
        text!(
            lang,
            "The log of a counter that was raised {RAISED} times",
            "Dziennik licznika podniesionego {RAISED} razy"
        ),
        Shape::Bars {
            bars: vec![
                bar(lang.pick("before", "przed"), before),
                bar(lang.pick("rewritten", "przepisany"), after),
            ],
        },
    )
}

/// So many orders are written before the log is damaged.
const ORDERS: usize = 100;

/// A log with its tail cut off, and one with a hole in its middle.
pub(super) async fn damaged_tail(scene: &mut Scene<'_>) -> Result<()> {
    let lang = scene.lang;
    let options = [(AOF, "yes"), (FSYNC, "no")];
    let mut server = Durable::start(&scene.kind, &options).await?;
    let mut connection = connect(&server).await?;
    for number in 1..=ORDERS {
        let order = format!("order:{number}");
        connection
            .ask(&["RPUSH", "lab:demo:orders", &order])
            .await?;
    }
    server.kill();
    let bytes = server.log()?;
    server.put_log(&bytes[..bytes.len().saturating_sub(7)])?;
    server.start_again().await?;
    let mut connection = connect(&server).await?;
    let left = connection.number(&["LLEN", "lab:demo:orders"]).await?;
    scene.say(
        lang.pick("cut tail", "ucięty ogon"),
        text!(
            lang,
            "{ORDERS} orders written, the last 7 bytes cut off: it starts, and {left} orders are there",
            "zapisano {ORDERS} zamówień, ucięto ostatnie 7 bajtów: serwer startuje i ma {left} zamówień"
        ),
    )?;
    server.kill();
    let mut hole = bytes;
    let middle = hole.len() / 2;
    for byte in hole.iter_mut().skip(middle).take(40) {
        *byte = b'?';
    }
    server.put_log(&hole)?;
    let answer = match server.start_again().await {
        Ok(()) => lang.pick("it starts", "serwer startuje").to_owned(),
        Err(error) => error.message_in(lang).to_owned(),
    };
    scene.say(
        lang.pick("a hole", "dziura"),
        text!(
            lang,
            "40 bytes in the middle overwritten: {answer}",
            "40 bajtów w środku nadpisanych: {answer}"
        ),
    )
}
