//! Reading the shapes in which Redis answers: hashes and stream entries.

use super::LinkError;
use resp::Reply;
use std::collections::HashMap;

/// A reply of a shape that this version of Redis should not give.
pub fn unexpected(what: &str) -> LinkError {
    LinkError::Refused(format!("an unexpected reply to {what}"))
}

/// The fields of a hash as HGETALL gives them.
pub fn fields(reply: &Reply) -> HashMap<String, String> {
    let text = |reply: &Reply| {
        reply
            .as_bytes()
            .map(|bytes| String::from_utf8_lossy(bytes).into_owned())
    };
    match reply {
        Reply::Map(pairs) => pairs
            .iter()
            .filter_map(|(field, value)| Some((text(field)?, text(value)?)))
            .collect(),
        other => other
            .as_slice()
            .unwrap_or_default()
            .chunks_exact(2)
            .filter_map(|pair| Some((text(&pair[0])?, text(&pair[1])?)))
            .collect(),
    }
}

/// The value of `field` in a stream entry `[id, [field, value, ...]]`.
pub fn entry_field<'a>(entry: &'a Reply, field: &str) -> Option<&'a str> {
    entry
        .as_slice()?
        .get(1)?
        .as_slice()?
        .chunks_exact(2)
        .find(|pair| pair[0].as_str() == Some(field))
        .and_then(|pair| pair[1].as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_and_hashes_are_read() {
        let bulk = |text: &str| Reply::Bulk(text.as_bytes().to_vec());
        let entry = Reply::Array(vec![
            bulk("1-1"),
            Reply::Array(vec![bulk("job"), bulk("x"), bulk("task"), bulk("t")]),
        ]);
        assert_eq!(entry_field(&entry, "task"), Some("t"));
        assert_eq!(entry_field(&entry, "none"), None);
        assert_eq!(entry_field(&Reply::Nil, "job"), None);
        let hash = Reply::Array(vec![bulk("a"), bulk("1")]);
        assert_eq!(fields(&hash).get("a").map(String::as_str), Some("1"));
    }
}
