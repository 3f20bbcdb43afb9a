//! What survives: servers of the demo's own are killed and started again,
//! their diaries are rewritten and damaged.

use super::scene::{Scene, lost};
use crate::conn::server::{Durable, Kind};
use crate::error::{Error, Result};
use crate::runner::{Bar, Shape};
use catalog::text;
use redis::FromRedisValue;
use redis::aio::MultiplexedConnection;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

async fn call<T: FromRedisValue>(
    connection: &mut MultiplexedConnection,
    words: &[&str],
) -> Result<T> {
    let mut command = redis::cmd(words[0]);
    command.arg(&words[1..]);
    command.query_async(connection).await.map_err(lost)
}

/// A number that INFO tells; 0 where it does not.
async fn told(connection: &mut MultiplexedConnection, field: &str) -> Result<u64> {
    let info: String = call(connection, &["INFO", "persistence"]).await?;
    let value = info
        .lines()
        .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
    Ok(value
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0))
}

async fn connect(server: &Durable) -> Result<MultiplexedConnection> {
    super::scene::connect(&server.target()?.client()?).await
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
            "the built-in server's thread is ended after the last reply",
            "wątek wbudowanego serwera kończy się zaraz po ostatniej odpowiedzi",
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
            let () = call(&mut connection, &["SET", &key, "tea"]).await?;
            took.push(begun.elapsed());
            if name == rdb && number == WRITES / 2 {
                let () = call(&mut connection, &["SAVE"]).await?;
            }
        }
        server.kill();
        server.start_again().await?;
        let mut connection = connect(&server).await?;
        let survived: usize = call(&mut connection, &["DBSIZE"]).await?;
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
    let mut pipeline = redis::pipe();
    for _ in 0..RAISED {
        pipeline.cmd("INCR").arg("lab:demo:visits").ignore();
    }
    let () = pipeline.query_async(&mut connection).await.map_err(lost)?;
    let before = told(&mut connection, "aof_current_size").await?;
    let begun = Instant::now();
    let _: redis::Value = call(&mut connection, &["BGREWRITEAOF"]).await?;
    let mut after = before;
    while begun.elapsed() < PATIENCE {
        let at_work = told(&mut connection, "aof_rewrite_in_progress").await?
            + told(&mut connection, "aof_rewrite_scheduled").await?;
        after = told(&mut connection, "aof_current_size").await?;
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

/// The file of a log that grows: the incremental one since Redis 7.0, the
/// only one before.
fn aof(folder: &Path) -> Result<PathBuf> {
    let inside = |folder: &Path| {
        let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
        let paths = entries.map(|entry| entry.path());
        let mut files: Vec<PathBuf> = paths
            .filter(|path| path.extension().is_some_and(|extension| extension == "aof"))
            .filter(|path| !path.to_string_lossy().contains(".base."))
            .collect();
        files.sort();
        files.pop()
    };
    let found = inside(&folder.join("appendonlydir")).or_else(|| inside(folder));
    found.ok_or_else(|| unusable(&std::io::ErrorKind::NotFound.into()))
}

fn unusable(error: &std::io::Error) -> Error {
    Error::server(text!(
        "the append-only file cannot be used",
        "pliku AOF nie da się użyć"
    ))
    .because(error)
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
        let _: i64 = call(&mut connection, &["RPUSH", "lab:demo:orders", &order]).await?;
    }
    server.kill();
    let path = aof(server.folder().unwrap_or(Path::new("")))?;
    let bytes = std::fs::read(&path).map_err(|error| unusable(&error))?;
    let write = |bytes: &[u8]| std::fs::write(&path, bytes).map_err(|error| unusable(&error));
    write(&bytes[..bytes.len().saturating_sub(7)])?;
    server.start_again().await?;
    let mut connection = connect(&server).await?;
    let left: usize = call(&mut connection, &["LLEN", "lab:demo:orders"]).await?;
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
    write(&hole)?;
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
