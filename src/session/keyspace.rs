//! What changed in the keyspace: pictures of the keys before and after, and
//! the difference.

use crate::conn::sandbox::PREFIX;
use crate::conn::{ConnError, Connection, Target};
use catalog::lang::Lang;
use resp::Reply;
use resp::split::quote;
use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

/// More rounds of SCAN than this are not made: on a huge external server the
/// class would wait for them after every command.
const ROUNDS: usize = 300;

/// More keys than this are not looked at.
const MOST_KEYS: usize = 200;

/// A value with more elements (or bytes) is told apart by its size and its
/// first elements only.
const BIG: i64 = 100_000;

/// How many elements are shown.
const SHOWN: usize = 6;

/// How far two measurements of one expiry may lie apart.
const DRIFT: Duration = Duration::from_millis(1500);

/// A key: the database, and its name.
pub type Place = (i64, Vec<u8>);

/// A key's value, as far as it is shown.
#[derive(Debug, Clone)]
pub struct Value {
    /// As `TYPE` says.
    pub kind: String,
    /// Elements, bytes of a string.
    pub len: i64,
    /// The first elements.
    pub view: String,
    /// When it expires.
    pub deadline: Option<Instant>,
    fingerprint: u64,
}

/// A key's name, with its database where that is not 0.
pub fn named((db, key): &Place) -> String {
    match db {
        0 => quote(key),
        db => format!("[{db}] {}", quote(key)),
    }
}

impl Value {
    /// Its type, its size and when it expires.
    pub fn summary(&self, lang: Lang) -> String {
        let mut text = format!("{} {}", self.kind, self.len);
        if let Some(deadline) = self.deadline {
            let left = deadline.saturating_duration_since(Instant::now());
            let word = lang.pick("expires in", "wygaśnie za");
            text.push_str(&format!(", {word} {:.0} s", left.as_secs_f64()));
        }
        text
    }

    fn same(&self, other: &Value) -> bool {
        let same_deadline = match (self.deadline, other.deadline) {
            (None, None) => true,
            (Some(a), Some(b)) => a.max(b) - a.min(b) < DRIFT,
            _ => false,
        };
        same_deadline
            && (&self.kind, self.len, self.fingerprint)
                == (&other.kind, other.len, other.fingerprint)
    }
}

/// The keys at one moment.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// The keys with their values.
    pub keys: BTreeMap<Place, Value>,
    /// There are more keys than were looked at.
    pub partial: bool,
}

/// What happened to a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    /// It is new.
    New,
    /// Its value or expiry is another.
    Changed,
    /// It is gone.
    Gone,
}

/// A key that changed.
#[derive(Debug, Clone)]
pub struct Change {
    /// What happened.
    pub sign: Sign,
    /// To which key.
    pub place: Place,
    /// The value before, for a string that changed.
    pub before: Option<String>,
}

impl Snapshot {
    /// What is different in `now`.
    pub fn changes(&self, now: &Snapshot) -> Vec<Change> {
        let mut changes = Vec::new();
        for (place, value) in &now.keys {
            let change = |sign, before| Change {
                sign,
                place: place.clone(),
                before,
            };
            match self.keys.get(place) {
                None => changes.push(change(Sign::New, None)),
                Some(old) if !old.same(value) => {
                    let is_string = old.kind == "string" && value.kind == "string";
                    let before = (is_string && old.view != value.view).then(|| old.view.clone());
                    changes.push(change(Sign::Changed, before));
                }
                Some(_) => {}
            }
        }
        let gone = self
            .keys
            .keys()
            .filter(|place| !now.keys.contains_key(*place));
        changes.extend(gone.map(|place| Change {
            sign: Sign::Gone,
            place: place.clone(),
            before: None,
        }));
        changes
    }
}

/// Looks at the keys on a connection of its own, so that no session of the
/// lesson notices.
#[derive(Debug)]
pub struct Observer {
    target: Target,
    /// What the keys begin with.
    prefix: &'static str,
    connection: Option<Connection>,
}

impl Observer {
    /// An observer of the lesson's keys; it connects when it first looks.
    pub fn new(target: Target) -> Observer {
        Observer {
            target,
            prefix: PREFIX,
            connection: None,
        }
    }

    /// An observer of all keys of a server.
    pub fn of_all(target: Target) -> Observer {
        Observer {
            prefix: "",
            ..Observer::new(target)
        }
    }

    /// The connection, for other things that no session should notice.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub async fn connection(&mut self) -> Result<&mut Connection, ConnError> {
        if self.connection.is_none() {
            self.connection = Some(Connection::connect(&self.target).await?);
        }
        self.connection.as_mut().ok_or(ConnError::Closed)
    }

    /// Forgets a connection that failed or was left in the middle of a reply.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// The keys as they are now.
    ///
    /// # Errors
    /// When the connection fails.
    pub async fn look(&mut self) -> Result<Snapshot, ConnError> {
        let (own, prefix) = (self.target.db(), self.prefix);
        let connection = self.connection().await?;
        let mut snapshot = Snapshot::default();
        for db in databases(connection, own).await? {
            connection.call(&["SELECT", &db.to_string()]).await?;
            let names = names(connection, prefix, &mut snapshot.partial).await?;
            let room = MOST_KEYS.saturating_sub(snapshot.keys.len());
            snapshot.partial |= names.len() > room;
            for name in names.into_iter().take(room) {
                if let Some(value) = value(connection, &name).await? {
                    snapshot.keys.insert((db, name), value);
                }
            }
        }
        connection.call(&["SELECT", &own.to_string()]).await?;
        Ok(snapshot)
    }
}

/// The databases with keys in them.
async fn databases(connection: &mut Connection, own: i64) -> Result<Vec<i64>, ConnError> {
    let reply = connection.call(&["INFO", "keyspace"]).await?;
    let Some(info) = reply.as_str().filter(|_| !reply.is_error()) else {
        return Ok(vec![own]);
    };
    Ok(info
        .lines()
        .filter_map(|line| line.strip_prefix("db")?.split(':').next()?.parse().ok())
        .collect())
}

async fn names(
    connection: &mut Connection,
    prefix: &str,
    partial: &mut bool,
) -> Result<Vec<Vec<u8>>, ConnError> {
    let pattern = format!("{prefix}*");
    let mut cursor = "0".to_owned();
    let mut names = Vec::new();
    for _ in 0..ROUNDS {
        let scan = ["SCAN", &cursor, "MATCH", &pattern, "COUNT", "1000"];
        let reply = connection.call(&scan).await?;
        let Some([next, found]) = reply.as_slice() else {
            return Ok(names);
        };
        let found = found.as_slice().unwrap_or_default().iter();
        names.extend(found.filter_map(|name| name.as_bytes().map(<[u8]>::to_vec)));
        cursor = next.as_str().unwrap_or("0").to_owned();
        if cursor == "0" {
            names.sort();
            names.dedup();
            return Ok(names);
        }
    }
    *partial = true;
    names.sort();
    names.dedup();
    Ok(names)
}

/// A key's value; `None` when the key is gone meanwhile.
async fn value(connection: &mut Connection, key: &[u8]) -> Result<Option<Value>, ConnError> {
    let kind = connection.call(&[&b"TYPE"[..], key]).await?;
    let kind = kind.as_str().unwrap_or("?").to_owned();
    if kind == "none" {
        return Ok(None);
    }
    let expiry = connection.call(&[&b"PTTL"[..], key]).await?.as_int();
    let deadline = expiry
        .and_then(|millis| u64::try_from(millis).ok())
        .map(|millis| Instant::now() + Duration::from_millis(millis));
    let (len, first): (&str, &[&str]) = match kind.as_str() {
        "string" => ("STRLEN", &["GETRANGE", "", "0", "79"]),
        "list" => ("LLEN", &["LRANGE", "", "0", "5"]),
        "set" => ("SCARD", &["SSCAN", "", "0", "COUNT", "6"]),
        "zset" => ("ZCARD", &["ZRANGE", "", "0", "5", "WITHSCORES"]),
        "hash" => ("HLEN", &["HSCAN", "", "0", "COUNT", "6"]),
        "stream" => ("XLEN", &["XREVRANGE", "", "+", "-", "COUNT", "3"]),
        _ => ("EXISTS", &["TYPE", ""]),
    };
    let len = connection.call(&[len.as_bytes(), key]).await?;
    let len = len.as_int().unwrap_or(0);
    let command: Vec<&[u8]> = first
        .iter()
        .map(|word| {
            if word.is_empty() {
                key
            } else {
                word.as_bytes()
            }
        })
        .collect();
    let reply = connection.call(&command).await?;
    let mut view = shown(&kind, &reply, len);
    if kind == "stream" {
        let groups = connection.call(&[&b"XINFO"[..], b"GROUPS", key]).await?;
        view.push_str(&pending(&groups));
    }
    let mut hasher = DefaultHasher::new();
    view.hash(&mut hasher);
    if len <= BIG
        && let Some(bytes) = connection.call(&[&b"DUMP"[..], key]).await?.as_bytes()
    {
        bytes.hash(&mut hasher);
    }
    Ok(Some(Value {
        kind,
        len,
        view,
        deadline,
        fingerprint: hasher.finish(),
    }))
}

/// The first elements of a value on one line.
fn shown(kind: &str, reply: &Reply, len: i64) -> String {
    let item = |reply: &Reply| quote(reply.as_bytes().unwrap_or_default());
    if let Some(bytes) = reply.as_bytes() {
        let text = quote(bytes);
        let cut = usize::try_from(len).is_ok_and(|len| len > bytes.len());
        return if cut { format!("{text}…") } else { text };
    }
    let mut items = reply.as_slice().unwrap_or_default();
    if matches!(kind, "set" | "hash") {
        items = items.get(1).and_then(Reply::as_slice).unwrap_or_default();
    }
    let words: Vec<String> = match kind {
        "hash" | "zset" => items
            .chunks(2)
            .map(|pair| {
                let value = pair.get(1).map(&item).unwrap_or_default();
                format!("{}: {value}", pair.first().map(&item).unwrap_or_default())
            })
            .collect(),
        "stream" => items
            .iter()
            .rev()
            .filter_map(|entry| match entry.as_slice()? {
                [id, fields] => {
                    let fields: Vec<String> = fields
                        .as_slice()
                        .unwrap_or_default()
                        .iter()
                        .map(item)
                        .collect();
                    Some(format!("{} {}", item(id), fields.join(" ")))
                }
                _ => None,
            })
            .collect(),
        _ => items.iter().map(item).collect(),
    };
    let total = usize::try_from(len).unwrap_or(0);
    let kept = words.len().min(SHOWN);
    let mut text = words[..kept].join(", ");
    if total > kept {
        // A stream shows its newest entries, everything else its first.
        text = if kind == "stream" {
            format!("…, {text}")
        } else {
            format!("{text}, …")
        };
    }
    text
}

/// `; workers: 2 pending` for each consumer group with something pending.
fn pending(groups: &Reply) -> String {
    let field = |group: &[Reply], name: &str| -> Option<Reply> {
        group
            .chunks(2)
            .find(|pair| pair.first().and_then(Reply::as_str) == Some(name))
            .and_then(|pair| pair.get(1).cloned())
    };
    groups
        .as_slice()
        .unwrap_or_default()
        .iter()
        .filter_map(|group| {
            let group = group.as_slice()?;
            let name = field(group, "name")?;
            let count = field(group, "pending")?.as_int()?;
            Some(format!("; {}: {count} pending", quote(name.as_bytes()?)))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conn::server::{Choice, Server};

    #[tokio::test]
    async fn new_changed_and_gone_keys_are_seen_in_every_database() {
        let server = Server::resolve(None, Choice::Builtin)
            .await
            .expect("the built-in server");
        let mut observer = Observer::new(server.target().clone());
        let mut other = Connection::connect(server.target())
            .await
            .expect("connects");
        let mut send = async |words: &[&str]| other.call(words).await.expect("a reply");
        send(&["SET", "lab:s", "1"]).await;
        send(&["RPUSH", "lab:l", "a", "b"]).await;
        send(&["SET", "lab:stays", "x", "EX", "100"]).await;
        send(&["SET", "foreign", "x"]).await;
        let before = observer.look().await.expect("a snapshot");
        assert_eq!(before.keys.len(), 3);
        send(&["SET", "lab:s", "2"]).await;
        send(&["DEL", "lab:l"]).await;
        send(&["SELECT", "1"]).await;
        send(&["HSET", "lab:h", "f", "v"]).await;
        let now = observer.look().await.expect("a snapshot");
        let changes = before.changes(&now);
        let found: Vec<(Sign, i64, String)> = changes
            .iter()
            .map(|change| (change.sign, change.place.0, quote(&change.place.1)))
            .collect();
        assert_eq!(
            found,
            [
                (Sign::Changed, 0, "lab:s".to_owned()),
                (Sign::New, 1, "lab:h".to_owned()),
                (Sign::Gone, 0, "lab:l".to_owned()),
            ]
        );
        assert_eq!(changes[0].before.as_deref(), Some("1"));
        let hash = &now.keys[&(1, b"lab:h".to_vec())];
        assert_eq!((hash.kind.as_str(), hash.view.as_str()), ("hash", "f: v"));
    }
}
