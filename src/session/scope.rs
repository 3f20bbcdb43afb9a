//! Which keys a command is about to write: by the catalogue, and by the server
//! where the catalogue does not know the command (a newer server, a module).

use crate::conn::state::{Argv, State, name_of};
use crate::conn::{Client, ConnError};
use catalog::lang::Lang;
use resp::Reply;

/// A write of more keys than this is not recorded.
const MOST_KEYS: usize = 100;

/// Why a write cannot be taken back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// FLUSHALL and its like.
    WholeDatabase,
    /// A script that names none.
    UnknownKeys,
    /// MOVE, or SELECT in a transaction.
    OtherDatabase,
    /// More than are copied.
    TooManyKeys,
    /// A key larger than is copied.
    TooLarge,
    /// DUMP or PTTL is refused to this user.
    NotAllowed,
    /// The connection that looks at the keys failed.
    NotSeen,
}

impl Refusal {
    /// The reason, as the end of a sentence.
    pub fn text(self, lang: Lang) -> &'static str {
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
                "the server does not allow DUMP and PTTL",
                "serwer nie pozwala na DUMP i PTTL",
            ),
            Refusal::NotSeen => lang.pick(
                "its keys could not be looked at before",
                "nie udało się przedtem obejrzeć jego kluczy",
            ),
        }
    }
}

/// What a command is about to write: `None` when nothing.
pub type Scope = Option<Result<Vec<Vec<u8>>, Refusal>>;

/// What the catalogue says of one command.
enum Said {
    Scope(Scope),
    /// It does not know the command.
    Nothing,
}

/// The commands that are about to run: those of the queue when it is EXEC,
/// none while they are only being queued.
fn about_to_run<'a>(argv: &'a [Vec<u8>], state: &'a State) -> Vec<&'a [Vec<u8>]> {
    match (&state.transaction, name_of(argv).as_str()) {
        (Some(transaction), "exec") => transaction.queued.iter().map(Argv::as_slice).collect(),
        (Some(_), _) => Vec::new(),
        (None, _) => vec![argv],
    }
}

/// Whether a command may write something now, as far as can be said without
/// asking the server.
pub fn may_write(argv: &[Vec<u8>], state: &State) -> bool {
    let may = |argv: &&[Vec<u8>]| !matches!(by_catalogue(argv), Said::Scope(None));
    about_to_run(argv, state).iter().any(may)
}

/// The keys a command writes now, in the given state, or why they cannot be
/// told.
///
/// # Errors
/// When the second connection fails.
pub async fn scope(side: &mut Client, argv: &[Vec<u8>], state: &State) -> Result<Scope, ConnError> {
    let queue = about_to_run(argv, state);
    let selects = |argv: &&[Vec<u8>]| name_of(argv) == "select";
    let elsewhere = queue.len() > 1 && queue.iter().any(selects);
    let mut all: Vec<Vec<u8>> = Vec::new();
    let mut writes = false;
    for argv in queue {
        let scope = match by_catalogue(argv) {
            Said::Scope(scope) => scope,
            Said::Nothing => by_server(side, argv).await?,
        };
        match scope {
            None => {}
            Some(Err(refusal)) => return Ok(Some(Err(refusal))),
            Some(Ok(keys)) => {
                writes = true;
                all.extend(keys);
            }
        }
    }
    if !writes {
        return Ok(None);
    }
    all.sort();
    all.dedup();
    Ok(Some(if elsewhere {
        Err(Refusal::OtherDatabase)
    } else {
        few(all)
    }))
}

fn few(keys: Vec<Vec<u8>>) -> Result<Vec<Vec<u8>>, Refusal> {
    match keys.len() {
        0 => Err(Refusal::UnknownKeys),
        1..=MOST_KEYS => Ok(keys),
        _ => Err(Refusal::TooManyKeys),
    }
}

fn by_catalogue(argv: &[Vec<u8>]) -> Said {
    let Some(command) = catalog::find_argv(argv) else {
        return Said::Nothing;
    };
    // A container with a subcommand that only newer servers have.
    if !command.subcommands.is_empty() && argv.len() > 1 {
        return Said::Nothing;
    }
    let is_script = matches!(command.name, "eval" | "evalsha" | "fcall");
    if !command.is_write() && !is_script {
        return Said::Scope(None);
    }
    let refused = match command.name {
        "flushall" | "flushdb" | "swapdb" => Some(Refusal::WholeDatabase),
        "move" | "migrate" => Some(Refusal::OtherDatabase),
        "copy"
            if argv
                .iter()
                .skip(3)
                .any(|word| word.eq_ignore_ascii_case(b"db")) =>
        {
            Some(Refusal::OtherDatabase)
        }
        _ => None,
    };
    if let Some(refusal) = refused {
        return Said::Scope(Some(Err(refusal)));
    }
    // It only reads the entries, but its group's state lies in the same key.
    let writes_all = command.name == "xreadgroup";
    let is_written =
        |flags: catalog::KeyFlags| writes_all || !flags.contains(catalog::KeyFlags::RO);
    let keys: Vec<Vec<u8>> = match catalog::keys(argv) {
        Ok(keys) => keys
            .iter()
            .filter(|key| is_written(key.flags))
            .map(|key| argv[key.position].clone())
            .collect(),
        // The server will refuse it as well.
        Err(_) if !is_script => return Said::Scope(None),
        Err(_) => Vec::new(),
    };
    // It may write, and does not as it is given: SORT without STORE.
    if keys.is_empty() && !is_script {
        return Said::Scope(None);
    }
    Said::Scope(Some(few(keys)))
}

/// Asks the server what a command is that the catalogue does not know, and
/// which of its arguments are keys.
async fn by_server(side: &mut Client, argv: &[Vec<u8>]) -> Result<Scope, ConnError> {
    let mut flags = None;
    if let Some(sub) = argv.get(1) {
        let full = [&argv[0], &b"|"[..], sub].concat();
        flags = flags_of(side, &full).await?;
    }
    if flags.is_none() {
        flags = flags_of(side, &argv[0]).await?;
    }
    // Not a command: the server will refuse it.
    let Some(flags) = flags else {
        return Ok(None);
    };
    if !flags.iter().any(|flag| flag == "write") {
        return Ok(None);
    }
    let mut question = vec![b"COMMAND".to_vec(), b"GETKEYS".to_vec()];
    question.extend(argv.iter().cloned());
    let keys = match side.ask(&question).await? {
        Reply::Array(keys) => keys
            .into_iter()
            .filter_map(|key| key.as_bytes().map(<[u8]>::to_vec))
            .collect(),
        _ => Vec::new(),
    };
    Ok(Some(few(keys)))
}

/// The flags that COMMAND INFO tells of a name; `None` where it is no command.
async fn flags_of(side: &mut Client, name: &[u8]) -> Result<Option<Vec<String>>, ConnError> {
    let reply = side.ask(&[b"COMMAND", &b"INFO"[..], name]).await?;
    let entry = reply.as_slice().and_then(|entries| entries.first());
    let flags = entry
        .and_then(Reply::as_slice)
        .and_then(|entry| entry.get(2))
        .and_then(Reply::as_slice);
    Ok(flags.map(|flags| {
        flags
            .iter()
            .filter_map(|flag| flag.as_str().map(str::to_ascii_lowercase))
            .collect()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(line: &str) -> Scope {
        let argv = resp::split::split(line.as_bytes()).unwrap();
        match by_catalogue(&argv) {
            Said::Scope(scope) => scope,
            Said::Nothing => panic!("{line} is not known"),
        }
    }

    fn written(keys: &[&str]) -> Scope {
        Some(Ok(keys.iter().map(|key| key.as_bytes().to_vec()).collect()))
    }

    #[test]
    fn only_what_is_written_is_kept() {
        assert_eq!(keys("get a"), None);
        assert_eq!(keys("set a 1"), written(&["a"]));
        assert_eq!(keys("mset b 1 a 2"), written(&["b", "a"]));
        assert_eq!(keys("sinterstore d a b"), written(&["d"]));
        assert_eq!(keys("set a"), None);
        assert_eq!(keys("xgroup create s g 0"), written(&["s"]));
        assert_eq!(keys("sort l"), None);
        assert_eq!(keys("sort l by nosort store d"), written(&["d"]));
        assert_eq!(keys("georadius g 15 37 200 km"), None);
        assert_eq!(keys("georadius g 15 37 200 km store d"), written(&["d"]));
        assert_eq!(keys("georadiusbymember g m 200 km"), None);
        let read = "xreadgroup group g c streams s t > >";
        assert_eq!(keys(read), written(&["s", "t"]));
        assert_eq!(keys("function flush"), None);
        assert_eq!(keys("flushall"), Some(Err(Refusal::WholeDatabase)));
        assert_eq!(keys("move a 3"), Some(Err(Refusal::OtherDatabase)));
        assert_eq!(keys("copy a b db 3"), Some(Err(Refusal::OtherDatabase)));
        assert_eq!(keys("eval 'x' 0"), Some(Err(Refusal::UnknownKeys)));
        assert_eq!(keys("eval 'x' 1 k v"), written(&["k"]));
    }

    #[test]
    fn what_is_only_queued_writes_nothing_and_what_is_unknown_may() {
        let line = |text: &str| resp::split::split(text.as_bytes()).unwrap();
        let mut state = State::default();
        assert!(may_write(&line("hsetex h fields 1 a b"), &state));
        assert!(!may_write(&line("get a"), &state));
        state.observe(&line("multi"), &Reply::Status("OK".into()));
        assert!(!may_write(&line("set a 1"), &state));
        for queued in ["get b", "incr c"] {
            state.observe(&line(queued), &Reply::Status("QUEUED".into()));
        }
        assert!(may_write(&line("exec"), &state));
    }
}
