//! `:undo`: the keys a write touched are dumped before it and restored on
//! request, with their time to live.

use crate::conn::Client;
use crate::conn::ConnError;
use crate::conn::state::{Argv, State, name_of};
use catalog;
use catalog::lang::Lang;
use resp::Reply;
use resp::split::quote_all;
use std::time::Instant;

/// So many writes can be taken back.
const MOST_STEPS: usize = 50;
/// Keys larger than this are not dumped: a copy would cost too much.
const MOST_BYTES: i64 = 8 * 1024 * 1024;
/// A write of more keys than this is not recorded.
const MOST_KEYS: usize = 100;

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

/// Why a write cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Refusal {
    WholeDatabase,
    UnknownKeys,
    OtherDatabase,
    TooManyKeys,
    TooLarge,
    NotAllowed,
}

impl Refusal {
    fn text(self, lang: Lang) -> &'static str {
        match self {
            Refusal::WholeDatabase => lang.pick(
                "it touches every key of a database",
                "dotyczy wszystkich kluczy bazy",
            ),
            Refusal::UnknownKeys => lang.pick(
                "it does not name the keys it writes",
                "nie podaje kluczy, które zapisuje",
            ),
            Refusal::OtherDatabase => {
                lang.pick("it writes to another database", "zapisuje do innej bazy")
            }
            Refusal::TooManyKeys => {
                lang.pick("it touches too many keys", "dotyczy zbyt wielu kluczy")
            }
            Refusal::TooLarge => lang.pick(
                "a key was larger than 8 MB, too large to copy",
                "klucz miał ponad 8 MB, za dużo na kopię",
            ),
            Refusal::NotAllowed => lang.pick(
                "the server does not allow DUMP",
                "serwer nie pozwala na DUMP",
            ),
        }
    }
}

/// The keys a command may write, in the given state: those of the queue when
/// it is EXEC. `None` when it writes nothing now.
pub fn written_keys(argv: &[Vec<u8>], state: &State) -> Option<Vec<Vec<u8>>> {
    scope(argv, state).map(|keys| keys.unwrap_or_default())
}

fn scope(argv: &[Vec<u8>], state: &State) -> Option<Result<Vec<Vec<u8>>, Refusal>> {
    let queue: &[Argv] = match (&state.transaction, name_of(argv).as_str()) {
        (Some(transaction), "exec") => &transaction.queued,
        (Some(_), _) => return None,
        (None, _) => &[argv.to_vec()],
    };
    let mut all: Vec<Vec<u8>> = Vec::new();
    let mut writes = false;
    for argv in queue {
        match of_command(argv) {
            None => {}
            Some(Err(refusal)) => return Some(Err(refusal)),
            Some(Ok(keys)) => {
                writes = true;
                all.extend(keys);
            }
        }
    }
    all.sort();
    all.dedup();
    writes.then_some(Ok(all))
}

fn of_command(argv: &[Vec<u8>]) -> Option<Result<Vec<Vec<u8>>, Refusal>> {
    let command = catalog::find_argv(argv)?;
    let is_script = matches!(command.name, "eval" | "evalsha" | "fcall");
    if !command.is_write() && !is_script {
        return None;
    }
    match command.name {
        "flushall" | "flushdb" | "swapdb" => return Some(Err(Refusal::WholeDatabase)),
        "move" | "migrate" => return Some(Err(Refusal::OtherDatabase)),
        "copy"
            if argv
                .iter()
                .skip(3)
                .any(|word| word.eq_ignore_ascii_case(b"db")) =>
        {
            return Some(Err(Refusal::OtherDatabase));
        }
        _ => {}
    }
    let keys: Vec<Vec<u8>> = match catalog::keys(argv) {
        Ok(keys) => keys
            .iter()
            .filter(|key| !key.flags.contains(catalog::KeyFlags::RO))
            .map(|key| argv[key.position].clone())
            .collect(),
        // The server will refuse it as well.
        Err(_) if !is_script => return None,
        Err(_) => Vec::new(),
    };
    Some(if keys.is_empty() {
        Err(Refusal::UnknownKeys)
    } else if keys.len() > MOST_KEYS {
        Err(Refusal::TooManyKeys)
    } else {
        Ok(keys)
    })
}

/// Dumps what a command is about to write; `None` when it writes nothing.
///
/// # Errors
/// When the second connection fails.
pub async fn before(
    side: &mut Client,
    argv: &[Vec<u8>],
    state: &State,
) -> Result<Option<Step>, ConnError> {
    let Some(scope) = scope(argv, state) else {
        return Ok(None);
    };
    let keys = match scope {
        Ok(names) => dump_all(side, names).await?,
        Err(refusal) => Err(refusal),
    };
    let mut command = quote_all(argv);
    if command.chars().count() > 60 {
        command = command.chars().take(59).chain(['…']).collect();
    }
    Ok(Some(Step {
        command,
        db: state.db,
        keys,
    }))
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
        let ttl = side
            .ask(&[b"PTTL", key.as_slice()])
            .await?
            .as_int()
            .unwrap_or(-1);
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
                let text = lang.pick(
                    format!("{command} cannot be taken back: {why}\n"),
                    format!("nie można cofnąć {command}: {why}\n"),
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
            let text = lang.pick(
                format!("{command} was not taken back: {error}\n"),
                format!("nie cofnięto {command}: {error}\n"),
            );
            return Ok(text);
        }
        let names: Vec<Vec<u8>> = keys.iter().map(|before| before.key.clone()).collect();
        let names = quote_all(&names);
        Ok(lang.pick(
            format!("taken back: {command} (restored: {names})\n"),
            format!("cofnięto: {command} (przywrócono: {names})\n"),
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

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Option<Result<Vec<String>, Refusal>> {
        let argv = resp::split::split(line.as_bytes()).unwrap();
        let text = |keys: Vec<Vec<u8>>| -> Vec<String> {
            keys.into_iter()
                .map(|key| String::from_utf8(key).unwrap())
                .collect()
        };
        scope(&argv, &State::default()).map(|keys| keys.map(text))
    }

    #[test]
    fn only_what_is_written_is_kept() {
        assert_eq!(keys("get a"), None);
        assert_eq!(keys("set a 1"), Some(Ok(vec!["a".into()])));
        assert_eq!(keys("mset b 1 a 2"), Some(Ok(vec!["a".into(), "b".into()])));
        assert_eq!(keys("sinterstore d a b"), Some(Ok(vec!["d".into()])));
        assert_eq!(keys("set a"), None);
        assert_eq!(keys("flushall"), Some(Err(Refusal::WholeDatabase)));
        assert_eq!(keys("move a 3"), Some(Err(Refusal::OtherDatabase)));
        assert_eq!(keys("copy a b db 3"), Some(Err(Refusal::OtherDatabase)));
        assert_eq!(keys("eval 'x' 0"), Some(Err(Refusal::UnknownKeys)));
        assert_eq!(keys("eval 'x' 1 k v"), Some(Ok(vec!["k".into()])));
    }

    #[test]
    fn exec_writes_what_was_queued() {
        let mut state = State::default();
        let line = |text: &str| resp::split::split(text.as_bytes()).unwrap();
        state.observe(&line("multi"), &Reply::Status("OK".into()));
        assert_eq!(written_keys(&line("set a 1"), &state), None);
        for queued in ["set a 1", "get b", "incr c"] {
            state.observe(&line(queued), &Reply::Status("QUEUED".into()));
        }
        assert_eq!(
            written_keys(&line("exec"), &state),
            Some(vec![b"a".to_vec(), b"c".to_vec()])
        );
    }
}
