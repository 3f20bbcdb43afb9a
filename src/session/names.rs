//! Names of keys for Tab: a bounded SCAN, never KEYS.

use super::complete::KeysWanted;
use crate::conn::Client;
use crate::conn::ConnError;

/// SCAN looks at so many keys a call, and is called so many times.
const PER_CALL: &str = "1000";
const MOST_CALLS: usize = 20;
/// So many names are enough.
const MOST_NAMES: usize = 100;

/// Keys that begin with the prefix, each with its type; those of the wanted
/// type first, then by name.
///
/// # Errors
/// When the connection fails.
pub async fn key_names(
    side: &mut Client,
    wanted: &KeysWanted,
) -> Result<Vec<(Vec<u8>, String)>, ConnError> {
    let mut pattern = escape_glob(&wanted.prefix);
    pattern.push(b'*');
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
