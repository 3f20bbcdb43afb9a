//! Keeping to our own keys on a server that is not ours.
//!
//! Everything a lesson writes lies under [`PREFIX`]; [`Sandbox::permit`]
//! refuses the rest on an external server, and [`Sandbox::close`] removes what
//! lies under the prefix and puts the one setting lessons change back. A private
//! server is put back as a whole, for the next lesson.

use super::origin::Origin;
use super::server::Server;
use super::{ConnError, Connection, Target, in_time};
use crate::error::{Error, Result};
use catalog;
use catalog::lang::Text;
use catalog::text;
use resp::Reply;

/// What every key of a lesson begins with.
pub const PREFIX: &str = "lab:";

/// The only setting that lessons may change on a server that is not ours.
const EVENTS_SETTING: &str = "notify-keyspace-events";

/// What the connection of a run that has taken the keys is called, so that the
/// next one can see that somebody is at work.
const CLIENT_NAME: &str = "redis-lab-lesson";

/// Commands that reach beyond a lesson's own keys, with the subcommand where
/// only that one does.
const REFUSED: &[(&str, &str)] = &[
    ("ACL", "DELUSER"),
    ("ACL", "LOAD"),
    ("ACL", "SAVE"),
    ("ACL", "SETUSER"),
    ("BGREWRITEAOF", ""),
    ("BGSAVE", ""),
    ("CLIENT", "KILL"),
    ("CLIENT", "PAUSE"),
    ("CLUSTER", ""),
    ("CONFIG", "RESETSTAT"),
    ("CONFIG", "REWRITE"),
    ("DEBUG", ""),
    ("FAILOVER", ""),
    ("FLUSHALL", ""),
    ("FLUSHDB", ""),
    ("FUNCTION", "DELETE"),
    ("FUNCTION", "FLUSH"),
    ("FUNCTION", "LOAD"),
    ("FUNCTION", "RESTORE"),
    ("LATENCY", "RESET"),
    ("MIGRATE", ""),
    ("MODULE", ""),
    ("REPLICAOF", ""),
    ("SAVE", ""),
    ("SCRIPT", "FLUSH"),
    ("SCRIPT", "KILL"),
    ("SHUTDOWN", ""),
    ("SLAVEOF", ""),
    ("SLOWLOG", "RESET"),
    ("SWAPDB", ""),
];

/// A promise to leave a server as it was found.
#[derive(Debug)]
#[must_use = "close it, or the lesson's keys stay on the server"]
pub struct Sandbox {
    target: Target,
    /// A private server as it was; `None` on one that is not ours.
    origin: Option<Origin>,
    /// On an external server: the setting's value before the lesson, when the
    /// user may read it.
    events: Option<Vec<u8>>,
    /// On an external server: held for as long as the keys are ours.
    _claim: Option<Connection>,
}

impl Sandbox {
    /// Takes possession of the lesson's keys on `server`. With `reset`, what
    /// already lies under the prefix is deleted first.
    ///
    /// # Errors
    /// When another run is at work on an external server, or it already holds
    /// keys under the prefix, or the connection fails.
    pub async fn open(server: &Server, reset: bool) -> Result<Sandbox> {
        let target = server.target();
        let mut sandbox = Sandbox {
            target: target.clone(),
            origin: None,
            events: None,
            _claim: None,
        };
        if server.is_private() {
            sandbox.origin = Some(Origin::of(target).await?);
            return Ok(sandbox);
        }
        let mut connection = Connection::connect(target).await?;
        sandbox._claim = Some(claim(target).await?);
        if reset {
            delete_keys(target, &mut connection).await?;
        } else if let Some(key) = first_key(&mut connection).await? {
            return Err(occupied(&key));
        }
        try_writing(&mut connection).await?;
        sandbox.events = read_setting(&mut connection).await?;
        Ok(sandbox)
    }

    /// Whether the server is one that is not ours.
    pub fn is_external(&self) -> bool {
        self.origin.is_none()
    }

    /// Whether a lesson may send this command to this server.
    ///
    /// # Errors
    /// The reason, for a person, when it may not.
    pub fn permit(&self, argv: &[Vec<u8>]) -> Result<(), Text> {
        if !self.is_external() {
            return Ok(());
        }
        permit(argv)
    }

    /// Deletes the lesson's keys and restores the setting, or all that was
    /// changed on a private server, for the next lesson's clean start. A private
    /// server that is gone, or that lets nobody put it back, is started anew.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn clear(&mut self) -> Result<(), ConnError> {
        let target = self.target.clone();
        // A server that has stopped answering must not keep the learner.
        let lost = match in_time(&target, self.clear_all()).await {
            Err(error) if !self.is_external() && !matches!(error, ConnError::Stopped) => error,
            cleared => return cleared,
        };
        match target.renew().await {
            Ok(true) => self.origin = Some(Origin::of(&target).await?),
            _ => return Err(lost),
        }
        Ok(())
    }

    async fn clear_all(&mut self) -> Result<(), ConnError> {
        if let Some(origin) = &mut self.origin {
            let connection = origin.put_back().await?;
            delete_keys(&self.target, connection).await?;
            return forget_size(connection).await;
        }
        let mut connection = Connection::connect(&self.target).await?;
        delete_keys(&self.target, &mut connection).await?;
        if let Some(events) = &self.events
            && read_setting(&mut connection).await?.as_ref() != Some(events)
        {
            let command = [b"CONFIG", &b"SET"[..], EVENTS_SETTING.as_bytes(), events];
            connection.call(&command).await?;
        }
        Ok(())
    }

    /// Looks at every key of the lesson, so that those whose time is over are
    /// deleted now: a server deletes an expired key when somebody comes across
    /// it, or when its own sweep gets there.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn touch_keys(&self) -> Result<(), ConnError> {
        let mut connection = Connection::connect(&self.target).await?;
        let mut scan = Scan::begin();
        // SCAN itself leaves out, and deletes, what has expired.
        while scan.next(&mut connection).await?.is_some() {}
        Ok(())
    }

    /// Leaves the server as it was found. A private server goes away with its
    /// data, so nothing needs to be done there.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn close(mut self) -> Result<(), ConnError> {
        if self.is_external() {
            self.clear().await?;
        }
        Ok(())
    }
}

/// Makes the tables of a private server as small as they were, if it has no
/// keys at all any more: one that has been large keeps its size, and SCAN goes
/// through its empty places too, page by page.
async fn forget_size(connection: &mut Connection) -> Result<(), ConnError> {
    let reply = connection.call(&["INFO", "keyspace"]).await?;
    let has_keys = |info: &str| info.lines().any(|line| line.starts_with("db"));
    if reply.as_str().is_some_and(|info| !has_keys(info)) {
        connection.call(&["FLUSHALL"]).await?;
    }
    Ok(())
}

/// Deletes the lesson's keys in every database.
async fn delete_keys(target: &Target, connection: &mut Connection) -> Result<(), ConnError> {
    for db in databases(connection, target.db()).await? {
        let mut scan = Scan::of(connection, db).await?;
        while let Some(keys) = scan.next(connection).await? {
            if !keys.is_empty() {
                let mut command = vec![b"UNLINK".to_vec()];
                command.extend(keys);
                connection.call(&command).await?;
            }
        }
    }
    Ok(())
}

/// Refuses a server that takes no writes under the prefix (a read-only
/// replica, a user without the right to, a full memory) before a lesson
/// begins, not in its middle.
async fn try_writing(connection: &mut Connection) -> Result<()> {
    let key = format!("{PREFIX}may-i");
    // It would go by itself, should we be killed here.
    let reply = connection.call(&["SET", &key, "?", "EX", "10"]).await?;
    if let Reply::Error(text) = reply {
        let error = Error::server(text!(
            "this server takes no writes under {PREFIX} from us: {text}",
            "ten serwer nie przyjmuje od nas zapisów pod {PREFIX}: {text}"
        ));
        return Err(match text.split(' ').next() {
            Some("READONLY") => error.hint(text!(
                "it is a read-only replica: use its primary's address, or leave out --url",
                "to replika tylko do odczytu: podaj adres serwera głównego albo pomiń --url"
            )),
            Some("NOPERM") => error.hint(text!(
                "a lesson needs a user with ~lab:* +@all, or leave out --url",
                "lekcja wymaga użytkownika z prawami ~lab:* +@all; możesz też pominąć --url"
            )),
            _ => error.hint(text!(
                "mend the server, or leave out --url: redis-lab then starts one of its own",
                "napraw serwer albo pomiń --url: redis-lab uruchomi wtedy własny"
            )),
        });
    }
    connection.call(&["DEL", &key]).await?;
    Ok(())
}

/// The rule of [`Sandbox::permit`] for any external server.
///
/// # Errors
/// The reason, for a person, when a lesson must not send this.
pub fn permit(argv: &[Vec<u8>]) -> Result<(), Text> {
    let word = |index: usize| {
        argv.get(index)
            .map(|word| String::from_utf8_lossy(word).to_uppercase())
            .unwrap_or_default()
    };
    let (name, subcommand) = (word(0), word(1));
    let refused = REFUSED
        .iter()
        .any(|(refused, sub)| *refused == name && (sub.is_empty() || *sub == subcommand));
    let foreign_setting =
        name == "CONFIG" && subcommand == "SET" && word(2) != EVENTS_SETTING.to_uppercase();
    if refused || foreign_setting {
        return Err(text!(
            "{name} {subcommand} reaches beyond the lesson's own keys, and this server is yours",
            "{name} {subcommand} sięga poza klucze lekcji, a to twój serwer",
        ));
    }
    if name == "KEYS" && !word(1).starts_with(&PREFIX.to_uppercase()) {
        return Err(text!(
            "KEYS outside {PREFIX}* would walk over all of your keys",
            "KEYS poza {PREFIX}* przeszłoby po wszystkich twoich kluczach",
        ));
    }
    keeps_to_keys(argv)
}

/// That a command's keys are the lesson's.
///
/// # Errors
/// The reason, for a person, when one is not.
pub fn keeps_to_keys(argv: &[Vec<u8>]) -> Result<(), Text> {
    let foreign = catalog::key_positions(argv)
        .into_iter()
        .filter_map(|position| argv.get(position))
        .find(|key| !key.starts_with(PREFIX.as_bytes()));
    match foreign {
        Some(key) => {
            let key = resp::split::quote(key);
            Err(text!(
                "the key {key} does not begin with {PREFIX}, and this server is yours",
                "klucz {key} nie zaczyna się od {PREFIX}, a to twój serwer",
            ))
        }
        None => Ok(()),
    }
}

/// Names a connection, so that other runs can see it, and makes sure that it
/// is the only one of that name. Of two that begin at the same moment both may
/// give way, but never neither. A user who may not ask is let through: the
/// keys of another run are still found.
async fn claim(target: &Target) -> Result<Connection> {
    let mut connection = Connection::connect(target).await?;
    connection.call(&["CLIENT", "SETNAME", CLIENT_NAME]).await?;
    let reply = connection.call(&["CLIENT", "LIST"]).await?;
    let list = reply.as_str().unwrap_or_default();
    let name = format!("name={CLIENT_NAME}");
    let runs = list
        .lines()
        .filter(|line| line.split(' ').any(|field| field == name));
    if runs.count() > 1 {
        return Err(Error::server(text!(
            "another redis-lab is running a lesson on this server",
            "na tym serwerze inny redis-lab prowadzi właśnie lekcję"
        ))
        .hint(text!(
            "wait for its end, or leave out --url: then each has a server of its own",
            "poczekaj, aż skończy, albo pomiń --url: wtedy każdy ma własny serwer"
        )));
    }
    Ok(connection)
}

fn occupied(key: &[u8]) -> Error {
    let key = resp::split::quote(key);
    Error::server(text!(
        "the server already holds keys under {PREFIX} ({key}): another redis-lab at work, or leftovers",
        "serwer ma już klucze {PREFIX} ({key}): działa inny redis-lab albo to resztki"
    ))
    .hint(text!(
        "wait for the other run, or add --reset-lab to delete everything under lab: first",
        "poczekaj na koniec tamtego albo dodaj --reset-lab, by najpierw usunąć wszystko pod lab:"
    ))
}

async fn read_setting(connection: &mut Connection) -> Result<Option<Vec<u8>>, ConnError> {
    let reply = connection.call(&["CONFIG", "GET", EVENTS_SETTING]).await?;
    let value = reply.as_slice().and_then(|items| items.get(1)?.as_bytes());
    Ok(value.map(<[u8]>::to_vec))
}

/// The databases that hold keys, and the one of the URL; a user who may not
/// ask gets the latter.
async fn databases(connection: &mut Connection, own: i64) -> Result<Vec<i64>, ConnError> {
    let reply = connection.call(&["INFO", "keyspace"]).await?;
    let mut numbers: Vec<i64> = reply
        .as_str()
        .unwrap_or_default()
        .lines()
        .filter_map(|line| line.strip_prefix("db")?.split(':').next()?.parse().ok())
        .collect();
    if !numbers.contains(&own) {
        numbers.push(own);
    }
    Ok(numbers)
}

/// A walk over the keys under the prefix in one database.
struct Scan {
    /// Where SCAN goes on; `None` when it has been everywhere.
    cursor: Option<Vec<u8>>,
}

impl Scan {
    /// Over the database that is selected.
    fn begin() -> Scan {
        Scan {
            cursor: Some(b"0".to_vec()),
        }
    }

    /// Over the database `db`; one that the user may not enter has no keys.
    async fn of(connection: &mut Connection, db: i64) -> Result<Scan, ConnError> {
        let selected = connection.call(&["SELECT", &db.to_string()]).await?;
        Ok(if selected.is_error() {
            Scan { cursor: None }
        } else {
            Scan::begin()
        })
    }

    /// The next keys, perhaps none of them; `None` at the end. A user who may
    /// not SCAN sees no keys.
    async fn next(
        &mut self,
        connection: &mut Connection,
    ) -> Result<Option<Vec<Vec<u8>>>, ConnError> {
        let Some(cursor) = self.cursor.take() else {
            return Ok(None);
        };
        let pattern = format!("{PREFIX}*");
        let command = [
            b"SCAN",
            cursor.as_slice(),
            b"MATCH",
            pattern.as_bytes(),
            b"COUNT",
            b"1000",
        ];
        let reply = connection.call(&command).await?;
        let Some([next, keys]) = reply.as_slice() else {
            return Ok(None);
        };
        self.cursor = next
            .as_bytes()
            .filter(|next| *next != b"0")
            .map(<[u8]>::to_vec);
        let keys = keys.as_slice().unwrap_or_default();
        let keys = keys.iter().filter_map(Reply::as_bytes);
        Ok(Some(keys.map(<[u8]>::to_vec).collect()))
    }
}

/// A key under the prefix in any database.
async fn first_key(connection: &mut Connection) -> Result<Option<Vec<u8>>, ConnError> {
    for db in databases(connection, 0).await? {
        let mut scan = Scan::of(connection, db).await?;
        while let Some(mut keys) = scan.next(connection).await? {
            if let Some(key) = keys.pop() {
                return Ok(Some(key));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(line: &str) -> bool {
        let argv: Vec<Vec<u8>> = line
            .split(' ')
            .map(|word| word.as_bytes().to_vec())
            .collect();
        permit(&argv).is_ok()
    }

    #[test]
    fn only_our_own_keys_and_nothing_that_reaches_further() {
        assert!(allowed("SET lab:a 1"));
        assert!(allowed("mget lab:a lab:b"));
        assert!(!allowed("mget lab:a b"));
        assert!(!allowed("FLUSHALL"));
        assert!(!allowed("flushdb async"));
        assert!(allowed("CONFIG SET notify-keyspace-events KEA"));
        assert!(!allowed("CONFIG SET maxmemory 1"));
        assert!(allowed("CONFIG GET *"));
        assert!(allowed("KEYS lab:*"));
        assert!(!allowed("KEYS *"));
        assert!(allowed("EVAL x 1 lab:k"));
        assert!(!allowed("EVAL x 1 k"));
        assert!(allowed("XREADGROUP GROUP g c STREAMS lab:s >"));
        assert!(!allowed("XREADGROUP GROUP g c STREAMS s >"));
        assert!(allowed("PUBLISH news x"));
        assert!(allowed("PING"));
    }
}
