//! A look at a key: type, expiry, encoding, memory and (bounded) value. The
//! base of `:peek` and `:diff`.

mod text;

pub use text::{peek_text, refused_text, ttl_text};

use crate::conn::{Client, ConnError};
use resp::Reply;
use std::collections::BTreeMap;

/// So many elements of a value are read.
const MOST_ELEMENTS: usize = 200;
/// So many bytes of a string are read.
const MOST_BYTES: usize = 4096;

/// What is known of a key.
#[derive(Debug, Clone, PartialEq)]
pub struct Look {
    /// The type as TYPE names it; `none` when there is no such key.
    pub kind: String,
    /// Milliseconds to live, -1 for ever.
    pub ttl: i64,
    /// OBJECT ENCODING, empty when it is not told.
    pub encoding: String,
    /// MEMORY USAGE in bytes, when it is told.
    pub memory: Option<i64>,
    /// Elements, fields, entries or bytes.
    pub length: i64,
    /// The value, as far as it was read.
    pub body: Body,
    /// The fields of a hash that expire, with the milliseconds they have left.
    pub expiring: BTreeMap<Vec<u8>, i64>,
}

/// A value, as far as it was read.
#[derive(Debug, Clone, PartialEq)]
pub enum Body {
    /// There is no such key.
    Missing,
    /// The server does not tell: its error.
    Refused(String),
    /// A string.
    Text(Vec<u8>),
    /// A list, in order.
    List(Vec<Vec<u8>>),
    /// A set, or the elements of a vector set, sorted by their bytes.
    Set(Vec<Vec<u8>>),
    /// The fields of a hash, sorted by name.
    Hash(Vec<(Vec<u8>, Vec<u8>)>),
    /// The members of a sorted set with their scores, in order.
    Ranking(Vec<(Vec<u8>, Vec<u8>)>),
    /// The last entries of a stream, and its groups.
    Stream(Vec<Entry>, Vec<GroupLine>),
    /// A type of a module.
    Other,
}

/// An entry of a stream: its ID and its fields.
pub type Entry = (Vec<u8>, Vec<(Vec<u8>, Vec<u8>)>);

/// A consumer group: name, consumers, pending entries, last delivered ID.
pub type GroupLine = (String, i64, i64, String);

impl Look {
    /// Whether the whole value was read.
    pub fn is_whole(&self) -> bool {
        let read = match &self.body {
            Body::Missing | Body::Refused(_) | Body::Other => return true,
            Body::Text(bytes) => bytes.len(),
            Body::List(items) | Body::Set(items) => items.len(),
            Body::Hash(pairs) | Body::Ranking(pairs) => pairs.len(),
            Body::Stream(entries, _) => entries.len(),
        };
        read as i64 >= self.length
    }
}

/// Looks at a key. What the server refuses to tell is no key that is missing.
///
/// # Errors
/// When the connection fails.
pub async fn look(client: &mut Client, key: &[u8]) -> Result<Look, ConnError> {
    match seen(client, key).await {
        Ok(look) => Ok(look),
        Err(Blind::Lost(error)) => Err(error),
        Err(Blind::Refused(text)) => Ok(Look {
            kind: String::new(),
            ttl: -1,
            encoding: String::new(),
            memory: None,
            length: 0,
            body: Body::Refused(text),
            expiring: BTreeMap::new(),
        }),
    }
}

/// Why nothing is seen of a key.
enum Blind {
    Lost(ConnError),
    /// The server's error: no right to ask, a slot that lies elsewhere.
    Refused(String),
}

impl From<ConnError> for Blind {
    fn from(error: ConnError) -> Self {
        Blind::Lost(error)
    }
}

/// A reply that is no error.
async fn told<A: AsRef<[u8]>>(client: &mut Client, argv: &[A]) -> Result<Reply, Blind> {
    match client.ask(argv).await? {
        Reply::Error(text) => Err(Blind::Refused(text)),
        reply => Ok(reply),
    }
}

async fn seen(client: &mut Client, key: &[u8]) -> Result<Look, Blind> {
    let kind = told(client, &[b"TYPE", key]).await?;
    let kind = kind.as_str().unwrap_or("none").to_owned();
    let ttl = told(client, &[b"PTTL", key]).await?.as_int().unwrap_or(-2);
    // These two may be refused, and are left out then.
    let encoding = client.ask(&[&b"OBJECT"[..], b"ENCODING", key]).await?;
    let encoding = encoding.as_str().unwrap_or_default().to_owned();
    let memory = client.ask(&[&b"MEMORY"[..], b"USAGE", key]).await?.as_int();
    let (length, body) = read(client, key, &kind).await?;
    let expiring = match &body {
        Body::Hash(fields) => field_ttls(client, key, fields).await?,
        _ => BTreeMap::new(),
    };
    Ok(Look {
        expiring,
        kind,
        ttl,
        encoding,
        memory,
        length,
        body,
    })
}

/// How long the value of this type is, and the value.
async fn read(client: &mut Client, key: &[u8], kind: &str) -> Result<(i64, Body), Blind> {
    let most = MOST_ELEMENTS.to_string();
    let last = (MOST_ELEMENTS - 1).to_string();
    Ok(match kind {
        "none" => (0, Body::Missing),
        "string" => {
            let length = count(client, "STRLEN", key).await?;
            let end = (MOST_BYTES - 1).to_string();
            let text = told(client, &[b"GETRANGE", key, b"0", end.as_bytes()]).await?;
            (
                length,
                Body::Text(text.as_bytes().unwrap_or_default().to_vec()),
            )
        }
        "list" => {
            let length = count(client, "LLEN", key).await?;
            let items = told(client, &[b"LRANGE", key, b"0", last.as_bytes()]).await?;
            (length, Body::List(strings(&items)))
        }
        "set" => {
            let length = count(client, "SCARD", key).await?;
            let found = elements(client, ["SMEMBERS", "SSCAN"], key, length).await?;
            let mut items = strings(&found);
            items.sort();
            (length, Body::Set(items))
        }
        "hash" => {
            let length = count(client, "HLEN", key).await?;
            let found = elements(client, ["HGETALL", "HSCAN"], key, length).await?;
            let mut fields = pairs(&found);
            fields.sort();
            (length, Body::Hash(fields))
        }
        "zset" => {
            let length = count(client, "ZCARD", key).await?;
            let question = [b"ZRANGE", key, b"0", last.as_bytes(), b"WITHSCORES"];
            let members = told(client, &question).await?;
            (length, Body::Ranking(pairs(&members)))
        }
        "stream" => {
            let length = count(client, "XLEN", key).await?;
            let question = [b"XREVRANGE", key, b"+", b"-", b"COUNT", most.as_bytes()];
            let newest = told(client, &question).await?;
            let mut entries = entries(&newest);
            entries.reverse();
            let groups = told(client, &[&b"XINFO"[..], b"GROUPS", key]).await?;
            let groups = groups.as_slice().unwrap_or_default();
            (
                length,
                Body::Stream(entries, groups.iter().map(group).collect()),
            )
        }
        "vectorset" => {
            let length = count(client, "VCARD", key).await?;
            let items = told(client, &[b"VRANDMEMBER", key, most.as_bytes()]).await?;
            let mut items = strings(&items);
            items.sort();
            (length, Body::Set(items))
        }
        _ => (0, Body::Other),
    })
}

/// What a value holds in no order: all of it, or what one step of a scan finds
/// where it is large.
async fn elements(
    client: &mut Client,
    [whole, scan]: [&str; 2],
    key: &[u8],
    length: i64,
) -> Result<Reply, Blind> {
    if length as usize <= MOST_ELEMENTS {
        return told(client, &[whole.as_bytes(), key]).await;
    }
    let most = MOST_ELEMENTS.to_string();
    let scan = [scan.as_bytes(), key, b"0", b"COUNT", most.as_bytes()];
    let reply = told(client, &scan).await?;
    Ok(second(&reply).cloned().unwrap_or(Reply::Nil))
}

/// The fields that expire. Servers without HPTTL have none.
async fn field_ttls(
    client: &mut Client,
    key: &[u8],
    fields: &[(Vec<u8>, Vec<u8>)],
) -> Result<BTreeMap<Vec<u8>, i64>, ConnError> {
    if fields.is_empty() {
        return Ok(BTreeMap::new());
    }
    let number = fields.len().to_string();
    let mut question = vec![&b"HPTTL"[..], key, b"FIELDS", number.as_bytes()];
    question.extend(fields.iter().map(|(field, _)| field.as_slice()));
    let reply = client.ask(&question).await?;
    let ttls = reply.as_slice().unwrap_or_default().iter();
    Ok(fields
        .iter()
        .zip(ttls)
        .filter_map(|((field, _), ttl)| Some((field.clone(), ttl.as_int()?)))
        .filter(|(_, ttl)| *ttl >= 0)
        .collect())
}

async fn count(client: &mut Client, command: &str, key: &[u8]) -> Result<i64, Blind> {
    let reply = told(client, &[command.as_bytes(), key]).await?;
    Ok(reply.as_int().unwrap_or(0))
}

fn bytes(reply: &Reply) -> Vec<u8> {
    match reply {
        Reply::Double(text) => text.clone().into_bytes(),
        Reply::Int(n) => n.to_string().into_bytes(),
        other => other.as_bytes().unwrap_or_default().to_vec(),
    }
}

fn second(reply: &Reply) -> Option<&Reply> {
    reply.as_slice()?.get(1)
}

fn strings(reply: &Reply) -> Vec<Vec<u8>> {
    reply
        .as_slice()
        .unwrap_or_default()
        .iter()
        .map(bytes)
        .collect()
}

/// Pairs, flat (RESP2), as a map or as arrays of two (RESP3).
fn pairs(reply: &Reply) -> Vec<(Vec<u8>, Vec<u8>)> {
    match reply {
        Reply::Map(pairs) => pairs.iter().map(|(k, v)| (bytes(k), bytes(v))).collect(),
        _ => {
            let items = reply.as_slice().unwrap_or_default();
            match items.first() {
                Some(Reply::Array(_)) => items
                    .iter()
                    .filter_map(|pair| match pair.as_slice()? {
                        [k, v] => Some((bytes(k), bytes(v))),
                        _ => None,
                    })
                    .collect(),
                _ => items
                    .chunks_exact(2)
                    .map(|pair| (bytes(&pair[0]), bytes(&pair[1])))
                    .collect(),
            }
        }
    }
}

fn entries(reply: &Reply) -> Vec<Entry> {
    let items = reply.as_slice().unwrap_or_default();
    items
        .iter()
        .filter_map(|entry| match entry.as_slice()? {
            [id, fields] => Some((bytes(id), pairs(fields))),
            _ => None,
        })
        .collect()
}

fn group(reply: &Reply) -> GroupLine {
    let fields = pairs(reply);
    let field = |name: &str| {
        fields
            .iter()
            .find(|(own, _)| own == name.as_bytes())
            .map(|(_, value)| String::from_utf8_lossy(value).into_owned())
            .unwrap_or_default()
    };
    let number = |name: &str| field(name).parse().unwrap_or(0);
    (
        field("name"),
        number("consumers"),
        number("pending"),
        field("last-delivered-id"),
    )
}
