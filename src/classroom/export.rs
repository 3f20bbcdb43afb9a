//! What a teacher takes home: a table of who solved what, and progress files
//! that `practice verify` checks once more.
//!
//! The table is a consumer of the log: whichever hub reads an entry writes its
//! line, and an entry that a hub took and never acknowledged goes to another.

use super::class::{self, Class};
use super::outline::{Section, Task};
use super::scripts;
use super::seat::{Exercise, Seat};
use crate::conn::link::{LinkError, ScriptCall, entry_field, fields};
use crate::practice::csv_field;
use crate::session::exercise::progress::{Progress, Record};
use resp::Reply;
use std::time::Duration;

/// The consumer group of the log.
const GROUP: &str = "csv";

/// How many entries are read at once.
const PAGE: usize = 500;

/// After how long a consumer that has not acknowledged is taken for dead, in ms.
const PATIENCE: u64 = 30_000;

/// How often the log is read while nobody asks for the table.
const PAUSE: Duration = Duration::from_secs(5);

/// The columns of the table.
const COLUMNS: &str = "name,seat,section,exercise,state,tries,hints,seconds,solved_at\n";

/// Writes the lines of the table as the log grows, for ever: what is trimmed from
/// the log has its line by then. `consumer` is this hub's own name.
pub async fn keep_up(class: &Class, consumer: &str) {
    loop {
        // What cannot be read now is read next time.
        let _ = write_lines(class, consumer).await;
        tokio::time::sleep(PAUSE).await;
    }
}

/// Writes the lines of everything that is in the log and has none.
///
/// # Errors
/// When Redis fails.
pub async fn write_lines(class: &Class, consumer: &str) -> Result<(), LinkError> {
    let log = class.keys.log();
    loop {
        let mut ask = redis::cmd("XREADGROUP");
        ask.arg("GROUP").arg(GROUP).arg(consumer);
        ask.arg("COUNT").arg(PAGE).arg("STREAMS").arg(&log).arg(">");
        let reply = class.link.call(&ask).await?;
        // One stream: its name, its entries.
        let entries = match &reply {
            Reply::Map(streams) => streams.first().map(|(_, entries)| entries),
            other => other
                .as_slice()
                .and_then(|streams| streams.first()?.as_slice()?.get(1)),
        };
        let entries = entries.and_then(Reply::as_slice).unwrap_or_default();
        if entries.is_empty() {
            break;
        }
        write(class, entries).await?;
    }
    // What a hub had read before it was killed; its cursor is of no use to us.
    let mut ask = redis::cmd("XAUTOCLAIM");
    ask.arg(&log)
        .arg(GROUP)
        .arg(consumer)
        .arg(PATIENCE)
        .arg("0");
    ask.arg("COUNT").arg(PAGE);
    let reply = class.link.call(&ask).await?;
    let entries = reply.as_slice().and_then(|parts| parts.get(1)?.as_slice());
    write(class, entries.unwrap_or_default()).await
}

async fn write(class: &Class, entries: &[Reply]) -> Result<(), LinkError> {
    let keys = &class.keys;
    let mut call = ScriptCall::new([keys.log(), keys.csv(), keys.seats()]);
    call.arg(keys.seat(""));
    let mut count = 0;
    for entry in entries {
        let id = entry.as_slice().and_then(|parts| parts.first()?.as_str());
        let Some(id) = id else { continue };
        let text = |field| entry_field(entry, field).unwrap_or_default();
        call.arg(id).arg(text("seat")).arg(text("exercise"));
        count += 1;
    }
    match count {
        0 => Ok(()),
        _ => class.link.script(&scripts::CSV, &call).await.map(drop),
    }
}

/// The table: a line for every exercise that a student has begun.
///
/// # Errors
/// When Redis fails.
pub async fn csv(class: &Class, consumer: &str) -> Result<String, LinkError> {
    write_lines(class, consumer).await?;
    let seats = class.seats().await?;
    let tasks: Vec<(&Section, &Task)> = class.outline.exercises().collect();
    let mut text = COLUMNS.to_owned();
    if tasks.is_empty() {
        return Ok(text);
    }
    for seats in seats.chunks(class::PAGE) {
        let ask = |seat: &Seat| {
            let mut ask = redis::cmd("HMGET");
            ask.arg(class.keys.csv());
            for (_, task) in &tasks {
                ask.arg(format!("{} {}", seat.id, task.id));
            }
            ask
        };
        let asked = seats.iter().map(ask).collect();
        let replies = class.link.pipeline(asked).await?;
        for (seat, reply) in seats.iter().zip(&replies) {
            let lines = reply.as_slice().unwrap_or_default();
            for ((section, task), line) in tasks.iter().zip(lines) {
                if let Some(line) = line.as_str() {
                    text.push_str(&row(seat, section, task, line));
                }
            }
        }
    }
    Ok(text)
}

/// A line of the table.
fn row(seat: &Seat, section: &Section, task: &Task, line: &str) -> String {
    let Exercise {
        tries,
        hints,
        ms,
        solved,
    } = Exercise::read(line);
    let (state, at) = match solved {
        Some(ms) => ("solved", moment(ms)),
        None => ("begun", String::new()),
    };
    let (name, section) = (csv_field(&seat.name), csv_field(&section.id));
    let (id, exercise, seconds) = (&seat.id, csv_field(&task.id), ms / 1000);
    format!("{name},{id},{section},{exercise},{state},{tries},{hints},{seconds},{at}\n")
}

/// A time in ms since 1970 as ISO 8601 has it, in UTC.
fn moment(ms: u64) -> String {
    let moment = jiff::Timestamp::from_millisecond(ms as i64);
    moment.map_or_else(|_| String::new(), |moment| format!("{moment:.0}"))
}

/// The progress file of a seat: the one that its page has kept, and what was
/// reported since.
///
/// # Errors
/// When Redis fails.
pub async fn progress(class: &Class, seat: &str) -> Result<Option<Progress>, LinkError> {
    let Some(known) = class.seat(seat).await? else {
        return Ok(None);
    };
    let file = class.saved(seat).await?;
    let kept = file.and_then(|file| Progress::parse(&file).ok());
    let mut progress = kept.unwrap_or_default();
    let mut ask = redis::cmd("HGETALL");
    ask.arg(class.keys.answers(seat));
    let answers = fields(&class.link.call(&ask).await?);
    for (section, task) in class.outline.exercises() {
        let Some(exercise) = known.exercises.get(&task.id) else {
            continue;
        };
        if progress.is_done(&task.id) || exercise.solved.is_none() {
            continue;
        }
        let lines = answers.get(&task.id).map(String::as_str);
        let commands: Vec<String> = lines
            .and_then(|lines| serde_json::from_str(lines).ok())
            .unwrap_or_default();
        let record = Record {
            section: section.id.clone(),
            done: true,
            attempts: 1,
            hints: exercise.hints as usize,
            submitted: u64::from(exercise.tries),
            seconds: exercise.ms as f64 / 1000.0,
            incomplete: commands.is_empty(),
            commands,
            ..Record::default()
        };
        progress.exercises.insert(task.id.clone(), record);
    }
    Ok(Some(progress))
}
