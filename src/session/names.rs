//! Names for Tab that only the server knows: of keys by a bounded SCAN, never
//! KEYS, and of what is within one.

use super::complete::{KeysWanted, Within};
use crate::conn::Client;
use crate::conn::ConnError;
use resp::Reply;
use resp::split::quote;

/// SCAN looks at so many keys a call, and is called so many times.
const PER_CALL: &str = "1000";
const MOST_CALLS: usize = 20;
/// So many names are enough.
const MOST_NAMES: usize = 100;

/// Keys that begin with the prefix, each with its type; those of the wanted
/// type first, then by name. Or what is within a key, each with what it is.
///
/// # Errors
/// When the connection fails.
pub async fn key_names(
    side: &mut Client,
    wanted: &KeysWanted,
) -> Result<Vec<(Vec<u8>, String)>, ConnError> {
    if let Some(within) = &wanted.within {
        return names_within(side, within, &wanted.prefix).await;
    }
    let pattern = beginning_with(&wanted.prefix);
    let mut cursor = b"0".to_vec();
    let mut names: Vec<Vec<u8>> = Vec::new();
    for _ in 0..MOST_CALLS {
        let reply = side
            .ask(&[
                b"SCAN",
                &cursor[..],
                b"MATCH",
                &pattern,
                b"COUNT",
                PER_CALL.as_bytes(),
            ])
            .await?;
        let Some([next, found]) = reply.as_slice() else {
            break;
        };
        cursor = next.as_bytes().unwrap_or(b"0").to_vec();
        let found = found.as_slice().unwrap_or_default();
        names.extend(
            found
                .iter()
                .filter_map(|name| Some(name.as_bytes()?.to_vec())),
        );
        if cursor == b"0" || names.len() >= MOST_NAMES {
            break;
        }
    }
    names.sort();
    // SCAN may give a name twice.
    names.dedup();
    names.truncate(MOST_NAMES);
    let mut keys = Vec::with_capacity(names.len());
    for name in &names {
        side.queue(&[b"TYPE".to_vec(), name.clone()]);
    }
    side.flush().await?;
    for name in names {
        let kind = side.receive().await?;
        keys.push((name, kind.as_str().unwrap_or_default().to_owned()));
    }
    if let Some(kind) = wanted.kind {
        keys.sort_by_key(|(_, own)| own != kind);
    }
    Ok(keys)
}

fn beginning_with(prefix: &[u8]) -> Vec<u8> {
    let mut pattern = escape_glob(prefix);
    pattern.push(b'*');
    pattern
}

async fn names_within(
    side: &mut Client,
    within: &Within,
    prefix: &[u8],
) -> Result<Vec<(Vec<u8>, String)>, ConnError> {
    let mut names = match within {
        Within::Fields(key) => scanned(side, "HSCAN", key, prefix).await?,
        Within::Members(key) => {
            let kind = side.ask(&[b"TYPE", key.as_slice()]).await?;
            match kind.as_str() {
                Some("set") => scanned(side, "SSCAN", key, prefix).await?,
                Some("zset") => scanned(side, "ZSCAN", key, prefix).await?,
                _ => Vec::new(),
            }
        }
        Within::Ids(key) => {
            let most = MOST_NAMES.to_string();
            let newest = [
                b"XREVRANGE",
                key.as_slice(),
                b"+",
                b"-",
                b"COUNT",
                most.as_bytes(),
            ];
            let entries = side.ask(&newest).await?;
            let entries = entries.as_slice().unwrap_or_default().iter();
            let id = |entry: &Reply| {
                let [id, fields] = entry.as_slice()? else {
                    return None;
                };
                let pairs = fields.as_slice().unwrap_or_default().chunks(2);
                let pairs = pairs.map(|pair| pair.iter().map(text).collect::<Vec<_>>().join("="));
                Some((id.as_bytes()?.to_vec(), pairs.collect::<Vec<_>>().join(" ")))
            };
            // The newest first: they are those that somebody is busy with.
            return Ok(entries
                .filter_map(id)
                .filter(|(id, _)| id.starts_with(prefix))
                .collect());
        }
        Within::Groups(key) => {
            let groups = side.ask(&[b"XINFO", &b"GROUPS"[..], key]).await?;
            records(&groups)
        }
        Within::Consumers(key, group) => {
            let question = [b"XINFO", &b"CONSUMERS"[..], key, group];
            records(&side.ask(&question).await?)
        }
        Within::Channels => {
            let pattern = beginning_with(prefix);
            let channels = side.ask(&[b"PUBSUB", &b"CHANNELS"[..], &pattern]).await?;
            let channels = channels.as_slice().unwrap_or_default().iter();
            let name = |channel: &Reply| Some((channel.as_bytes()?.to_vec(), String::new()));
            channels.filter_map(name).collect()
        }
    };
    names.retain(|(name, _)| name.starts_with(prefix));
    names.sort();
    // A scan may give a name twice.
    names.dedup_by(|one, other| one.0 == other.0);
    names.truncate(MOST_NAMES);
    Ok(names)
}

/// The names within a key that begin with the prefix, each with its value or
/// score.
async fn scanned(
    side: &mut Client,
    command: &str,
    key: &[u8],
    prefix: &[u8],
) -> Result<Vec<(Vec<u8>, String)>, ConnError> {
    let pattern = beginning_with(prefix);
    let mut cursor = b"0".to_vec();
    let mut names = Vec::new();
    for _ in 0..MOST_CALLS {
        let question = [
            command.as_bytes(),
            key,
            &cursor,
            b"MATCH",
            &pattern,
            b"COUNT",
            PER_CALL.as_bytes(),
        ];
        let reply = side.ask(&question).await?;
        let Some([next, found]) = reply.as_slice() else {
            break;
        };
        let found = found.as_slice().unwrap_or_default();
        let width = if command == "SSCAN" { 1 } else { 2 };
        for pair in found.chunks(width) {
            let about = pair.get(1).map(text).unwrap_or_default();
            names.extend(pair[0].as_bytes().map(|name| (name.to_vec(), about)));
        }
        cursor = next.as_bytes().unwrap_or(b"0").to_vec();
        if cursor == b"0" || names.len() >= MOST_NAMES {
            break;
        }
    }
    Ok(names)
}

/// XINFO's groups or consumers: the name of each, and what it has pending.
fn records(reply: &Reply) -> Vec<(Vec<u8>, String)> {
    let records = reply.as_slice().unwrap_or_default().iter();
    let record = |record: &Reply| {
        let field = |name: &str| {
            let mut pairs = record.as_slice()?.chunks(2);
            let pair = pairs.find(|pair| pair[0].as_str() == Some(name))?;
            pair.get(1)
        };
        let pending = field("pending").map(text).unwrap_or_default();
        Some((
            field("name")?.as_bytes()?.to_vec(),
            format!("pending: {pending}"),
        ))
    };
    records.filter_map(record).collect()
}

/// A value in a few words.
fn text(reply: &Reply) -> String {
    match reply {
        Reply::Int(n) => n.to_string(),
        Reply::Double(text) => text.clone(),
        other => quote(
            &other
                .as_bytes()
                .unwrap_or_default()
                .iter()
                .copied()
                .take(60)
                .collect::<Vec<_>>(),
        ),
    }
}

/// A pattern that stands for exactly these bytes.
fn escape_glob(bytes: &[u8]) -> Vec<u8> {
    let mut pattern = Vec::with_capacity(bytes.len());
    for &byte in bytes {
        if matches!(byte, b'*' | b'?' | b'[' | b']' | b'\\' | b'^') {
            pattern.push(b'\\');
        }
        pattern.push(byte);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn glob_characters_stand_for_themselves() {
        assert_eq!(escape_glob(b"a*[b]?"), b"a\\*\\[b\\]\\?");
        assert_eq!(escape_glob("ż:1".as_bytes()), "ż:1".as_bytes());
    }
}
