//! A look at a key: type, expiry, encoding, memory and (bounded) value. The
//! base of `:peek` and `:diff`.

use crate::conn::Client;
use crate::conn::ConnError;
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use catalog::text;
use resp::Reply;
use resp::split::quote;
use std::collections::BTreeMap;

/// So many elements of a value are read.
pub const MOST_ELEMENTS: usize = 200;
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
            Body::Missing | Body::Other => return true,
            Body::Text(bytes) => bytes.len(),
            Body::List(items) | Body::Set(items) => items.len(),
            Body::Hash(pairs) | Body::Ranking(pairs) => pairs.len(),
            Body::Stream(entries, _) => entries.len(),
        };
        read as i64 >= self.length
    }
}

/// Looks at a key.
///
/// # Errors
/// When the connection fails.
pub async fn look(client: &mut Client, key: &[u8]) -> Result<Look, ConnError> {
    let kind = client.ask(&[b"TYPE", key]).await?;
    let kind = kind.as_str().unwrap_or("none").to_owned();
    let ttl = client.ask(&[b"PTTL", key]).await?.as_int().unwrap_or(-2);
    let encoding = client.ask(&[&b"OBJECT"[..], b"ENCODING", key]).await?;
    let encoding = encoding.as_str().unwrap_or_default().to_owned();
    let memory = client.ask(&[&b"MEMORY"[..], b"USAGE", key]).await?.as_int();
    let most = MOST_ELEMENTS.to_string();
    let last = (MOST_ELEMENTS - 1).to_string();
    let (length, body) = match kind.as_str() {
        "none" => (0, Body::Missing),
        "string" => {
            let length = count(client, "STRLEN", key).await?;
            let end = (MOST_BYTES - 1).to_string();
            let text = client
                .ask(&[b"GETRANGE", key, b"0", end.as_bytes()])
                .await?;
            (
                length,
                Body::Text(text.as_bytes().unwrap_or_default().to_vec()),
            )
        }
        "list" => {
            let length = count(client, "LLEN", key).await?;
            let items = client.ask(&[b"LRANGE", key, b"0", last.as_bytes()]).await?;
            (length, Body::List(strings(&items)))
        }
        "set" => {
            let length = count(client, "SCARD", key).await?;
            let mut items = if length as usize <= MOST_ELEMENTS {
                strings(&client.ask(&[b"SMEMBERS", key]).await?)
            } else {
                let reply = client
                    .ask(&[b"SSCAN", key, b"0", b"COUNT", most.as_bytes()])
                    .await?;
                second(&reply).map(strings).unwrap_or_default()
            };
            items.sort();
            (length, Body::Set(items))
        }
        "hash" => {
            let length = count(client, "HLEN", key).await?;
            let mut fields = if length as usize <= MOST_ELEMENTS {
                pairs(&client.ask(&[b"HGETALL", key]).await?)
            } else {
                let reply = client
                    .ask(&[b"HSCAN", key, b"0", b"COUNT", most.as_bytes()])
                    .await?;
                second(&reply).map(pairs).unwrap_or_default()
            };
            fields.sort();
            (length, Body::Hash(fields))
        }
        "zset" => {
            let length = count(client, "ZCARD", key).await?;
            let members = client
                .ask(&[b"ZRANGE", key, b"0", last.as_bytes(), b"WITHSCORES"])
                .await?;
            (length, Body::Ranking(pairs(&members)))
        }
        "stream" => {
            let length = count(client, "XLEN", key).await?;
            let newest = client
                .ask(&[b"XREVRANGE", key, b"+", b"-", b"COUNT", most.as_bytes()])
                .await?;
            let mut entries = entries(&newest);
            entries.reverse();
            let groups = client.ask(&[&b"XINFO"[..], b"GROUPS", key]).await?;
            let groups = groups.as_slice().unwrap_or_default();
            (
                length,
                Body::Stream(entries, groups.iter().map(group).collect()),
            )
        }
        "vectorset" => {
            let length = count(client, "VCARD", key).await?;
            let items = client.ask(&[b"VRANDMEMBER", key, most.as_bytes()]).await?;
            let mut items = strings(&items);
            items.sort();
            (length, Body::Set(items))
        }
        _ => (0, Body::Other),
    };
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

async fn count(client: &mut Client, command: &str, key: &[u8]) -> Result<i64, ConnError> {
    let reply = client.ask(&[command.as_bytes(), key]).await?;
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

/// Time to live as people read it.
pub fn ttl_text(ttl: i64, lang: Lang) -> String {
    match ttl {
        -2 => lang.pick("gone", "brak").to_owned(),
        ..0 => lang.pick("no expiry", "bez czasu życia").to_owned(),
        0..=9_999 => format!("{} s", lang.decimal(ttl as f64 / 1000.0, 1)),
        _ => format!("{} s", ttl / 1000),
    }
}

/// The text of `:peek`.
pub fn peek_text(key: &[u8], look: &Look, lang: Lang, style: Style) -> String {
    let name = style.paint(Ink::Key, quote(key));
    if look.body == Body::Missing {
        return text!(
            lang,
            "{name}: no such key\n",
            "{name}: nie ma takiego klucza\n"
        );
    }
    let mut head = vec![look.kind.clone()];
    head.push(ttl_text(look.ttl, lang));
    if !look.encoding.is_empty() {
        head.push(look.encoding.clone());
    }
    if let Some(memory) = look.memory {
        head.push(format!("{memory} B"));
    }
    let unit = match look.body {
        Body::Text(_) => lang.pick("bytes", "bajtów"),
        Body::Hash(_) => lang.pick("fields", "pól"),
        Body::Stream(..) => lang.pick("entries", "wpisów"),
        _ => lang.pick("elements", "elementów"),
    };
    head.push(format!("{unit}: {}", look.length));
    let mut text = format!("{name}  {}\n", style.paint(Ink::Dim, head.join(" · ")));
    body(look, lang, style, &mut text);
    if !look.is_whole() {
        text.push_str(&style.paint(Ink::Dim, "  …\n"));
    }
    text
}

fn body(look: &Look, lang: Lang, style: Style, text: &mut String) {
    match &look.body {
        Body::Missing => {}
        Body::Other => text.push_str(lang.pick("  (a module's type)\n", "  (typ z modułu)\n")),
        Body::Text(bytes) => text.push_str(&pretty_string(bytes, style)),
        Body::List(items) => {
            for (i, item) in items.iter().enumerate() {
                text.push_str(&format!(
                    "  {i:>4}  {}\n",
                    style.paint(Ink::Text, show(item))
                ));
            }
        }
        Body::Set(items) => {
            for item in items {
                text.push_str(&format!("  {}\n", style.paint(Ink::Text, show(item))));
            }
        }
        Body::Hash(fields) => {
            let width = fields
                .iter()
                .map(|(f, _)| width(&show(f)))
                .max()
                .unwrap_or(0)
                .min(30);
            for (name, value) in fields {
                let field = show(name);
                let left = look
                    .expiring
                    .get(name)
                    .map(|ttl| style.paint(Ink::Dim, format!("  ({})", ttl_text(*ttl, lang))));
                let left = left.unwrap_or_default();
                let gap = " ".repeat(width.saturating_sub(self::width(&field)));
                let value = style.paint(Ink::Text, show(value));
                text.push_str(&format!("  {field}{gap}  {value}{left}\n"));
            }
        }
        Body::Ranking(members) => {
            for (i, (member, score)) in members.iter().enumerate() {
                let score = style.paint(Ink::Number, format!("{:>10}", show(score)));
                text.push_str(&format!(
                    "  {i:>4} {score}  {}\n",
                    style.paint(Ink::Text, show(member))
                ));
            }
        }
        Body::Stream(entries, groups) => stream(entries, groups, lang, style, text),
    }
}

fn stream(entries: &[Entry], groups: &[GroupLine], lang: Lang, style: Style, text: &mut String) {
    for (id, fields) in entries {
        let fields: Vec<String> = fields
            .iter()
            .map(|(field, value)| {
                format!("{}={}", show(field), style.paint(Ink::Text, show(value)))
            })
            .collect();
        let id = style.paint(Ink::Number, show(id));
        text.push_str(&format!("  {id}  {}\n", fields.join(" ")));
    }
    for (name, consumers, pending, last) in groups {
        text.push_str(&text!(
            lang,
            "  group {name}: consumers {consumers}, pending {pending}, delivered up to {last}\n",
            "  grupa {name}: konsumentów {consumers}, w toku {pending}, wydano do {last}\n"
        ));
    }
}

/// JSON is laid out, other text is shown as it is, bytes are quoted.
fn pretty_string(bytes: &[u8], style: Style) -> String {
    let json = serde_json::from_slice::<serde_json::Value>(bytes).ok();
    let json = json.filter(|value| value.is_object() || value.is_array());
    let shown = match json.and_then(|value| serde_json::to_string_pretty(&value).ok()) {
        Some(pretty) => pretty,
        None => match std::str::from_utf8(bytes) {
            Ok(text)
                if !text
                    .chars()
                    .any(|c| c.is_control() && c != '\n' && c != '\t') =>
            {
                text.to_owned()
            }
            _ => quote(bytes),
        },
    };
    let lines: Vec<String> = shown.lines().map(|line| format!("  {line}")).collect();
    format!("{}\n", style.paint(Ink::Text, lines.join("\n")))
}

/// One line for a value.
pub fn show(bytes: &[u8]) -> String {
    quote(bytes)
}

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peek(kind: &str, length: i64, body: Body) -> String {
        let look = Look {
            kind: kind.into(),
            ttl: -1,
            encoding: "listpack".into(),
            memory: Some(72),
            length,
            body,
            expiring: BTreeMap::from([(b"w".to_vec(), 90_000)]),
        };
        peek_text(b"lab:k", &look, Lang::En, Style::new(false))
    }

    #[test]
    fn each_type_has_its_view() {
        let text = peek("string", 7, Body::Text(b"{\"a\":1}".to_vec()));
        assert_eq!(
            text,
            "lab:k  string · no expiry · listpack · 72 B · bytes: 7\n  {\n    \"a\": 1\n  }\n"
        );
        let text = peek(
            "hash",
            2,
            Body::Hash(vec![
                (b"name".to_vec(), b"Ala K".to_vec()),
                (b"w".to_vec(), b"1".to_vec()),
            ]),
        );
        assert!(
            text.contains("  name  \"Ala K\"\n  w     1  (90 s)\n"),
            "{text}"
        );
        let text = peek(
            "zset",
            500,
            Body::Ranking(vec![(b"ala".to_vec(), b"10".to_vec())]),
        );
        assert!(
            text.contains("0         10  ala\n") && text.ends_with("…\n"),
            "{text}"
        );
        let text = peek(
            "stream",
            1,
            Body::Stream(
                vec![(b"1-1".to_vec(), vec![(b"item".to_vec(), b"tea".to_vec())])],
                vec![("workers".into(), 1, 2, "1-1".into())],
            ),
        );
        assert!(
            text.contains("  1-1  item=tea\n  group workers: consumers 1, pending 2"),
            "{text}"
        );
        assert!(peek("none", 0, Body::Missing).contains("no such key"));
    }
}
