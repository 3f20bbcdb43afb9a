//! `:undo`: the keys a write touched are dumped before it and restored on
//! request, with their time to live.

use super::scope::Refusal;
use crate::conn::{Client, ConnError};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::split::quote_all;
use std::time::Instant;

/// So many writes can be taken back.
const MOST_STEPS: usize = 50;
/// Keys larger than this are not dumped: a copy would cost too much.
const MOST_BYTES: i64 = 8 * 1024 * 1024;

/// The writes that can be taken back.
#[derive(Debug, Default)]
pub struct UndoLog {
    steps: Vec<Step>,
}

/// A write that can be taken back, or why it cannot.
#[derive(Debug)]
pub struct Step {
    command: String,
    db: i64,
    keys: Result<Vec<Before>, Refusal>,
}

#[derive(Debug)]
struct Before {
    key: Vec<u8>,
    dump: Option<Vec<u8>>,
    ttl: i64,
    at: Instant,
}

impl Step {
    /// A command that is about to write `keys`, which are dumped.
    ///
    /// # Errors
    /// When the second connection fails.
    pub async fn before(
        side: &mut Client,
        argv: &[Vec<u8>],
        db: i64,
        keys: Result<Vec<Vec<u8>>, Refusal>,
    ) -> Result<Step, ConnError> {
        let keys = match keys {
            Ok(names) => dump_all(side, names).await?,
            Err(refusal) => Err(refusal),
        };
        Ok(Step::new(argv, db, keys))
    }

    /// A command that may have written what nobody looked at: it bars the
    /// steps before it.
    pub fn unseen(argv: &[Vec<u8>], db: i64) -> Step {
        Step::new(argv, db, Err(Refusal::NotSeen))
    }

    fn new(argv: &[Vec<u8>], db: i64, keys: Result<Vec<Before>, Refusal>) -> Step {
        let mut command = quote_all(argv);
        if command.chars().count() > 60 {
            command = command.chars().take(59).chain(['…']).collect();
        }
        Step { command, db, keys }
    }
}

async fn dump_all(
    side: &mut Client,
    names: Vec<Vec<u8>>,
) -> Result<Result<Vec<Before>, Refusal>, ConnError> {
    let mut keys = Vec::with_capacity(names.len());
    for key in names {
        let size = side.ask(&[&b"MEMORY"[..], b"USAGE", &key]).await?;
        if size.as_int().is_some_and(|size| size > MOST_BYTES) {
            return Ok(Err(Refusal::TooLarge));
        }
        let dump = match side.ask(&[b"DUMP", key.as_slice()]).await? {
            Reply::Bulk(bytes) => Some(bytes),
            Reply::Nil => None,
            _ => return Ok(Err(Refusal::NotAllowed)),
        };
        // Without it the key would be restored to live for ever.
        let Some(ttl) = side.ask(&[b"PTTL", key.as_slice()]).await?.as_int() else {
            return Ok(Err(Refusal::NotAllowed));
        };
        keys.push(Before {
            key,
            dump,
            ttl,
            at: Instant::now(),
        });
    }
    Ok(Ok(keys))
}

impl UndoLog {
    /// Keeps a step whose command has been run.
    pub fn push(&mut self, step: Step) {
        if self.steps.len() == MOST_STEPS {
            self.steps.remove(0);
        }
        self.steps.push(step);
    }

    /// Takes back the last write. Says what was restored, or why nothing was;
    /// a step that cannot be taken back stays, for the ones before it would
    /// be restored to a state that never was.
    ///
    /// # Errors
    /// When the second connection fails.
    pub async fn undo(&mut self, side: &mut Client, lang: Lang) -> Result<String, ConnError> {
        let Some(step) = self.steps.pop() else {
            return Ok(lang
                .pick(
                    "there is no write to take back\n",
                    "nie ma zapisu do cofnięcia\n",
                )
                .to_owned());
        };
        let command = step.command.clone();
        let keys = match &step.keys {
            Ok(keys) => keys,
            Err(refusal) => {
                let why = refusal.text(lang);
                let text = text!(
                    lang,
                    "{command} cannot be taken back: {why}\n",
                    "nie można cofnąć {command}: {why}\n"
                );
                self.steps.push(step);
                return Ok(text);
            }
        };
        let here = side.state.db;
        side.ask(&["SELECT", &step.db.to_string()]).await?;
        let failed = restore_all(side, keys).await?;
        side.ask(&["SELECT", &here.to_string()]).await?;
        if let Some(error) = failed {
            let text = text!(
                lang,
                "{command} was not taken back: {error}\n",
                "nie cofnięto {command}: {error}\n"
            );
            return Ok(text);
        }
        let names: Vec<Vec<u8>> = keys.iter().map(|before| before.key.clone()).collect();
        let names = quote_all(&names);
        Ok(text!(
            lang,
            "taken back: {command} (restored: {names})\n",
            "cofnięto: {command} (przywrócono: {names})\n"
        ))
    }
}

/// Restores all keys at once; the error when the server refuses.
async fn restore_all(side: &mut Client, keys: &[Before]) -> Result<Option<String>, ConnError> {
    side.ask(&["MULTI"]).await?;
    for before in keys {
        let passed = i64::try_from(before.at.elapsed().as_millis()).unwrap_or(i64::MAX);
        let ttl = match before.ttl {
            ..=-1 => Some(0),
            // It would have expired by now.
            ttl if ttl <= passed => None,
            ttl => Some(ttl - passed),
        };
        match (&before.dump, ttl) {
            (Some(dump), Some(ttl)) => {
                let ttl = ttl.to_string();
                side.ask(&[
                    b"RESTORE",
                    before.key.as_slice(),
                    ttl.as_bytes(),
                    dump,
                    b"REPLACE",
                ])
                .await?;
            }
            _ => {
                side.ask(&[b"DEL", before.key.as_slice()]).await?;
            }
        }
    }
    let replies = side.ask(&["EXEC"]).await?;
    let errors = std::iter::once(&replies).chain(replies.as_slice().unwrap_or_default());
    let first = errors.into_iter().find_map(|reply| match reply {
        Reply::Error(text) => Some(text.clone()),
        _ => None,
    });
    Ok(first)
}
