//! `:diff on`: what a write changed: the keys it touched before and after,
//! element by element where they were read whole.

use super::value::{Body, Look, refused_text, ttl_text};
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use resp::split::quote;
use std::collections::BTreeMap;
use std::time::Duration;

/// The difference between two looks at a key; `None` when nothing changed.
/// Where the server refused one of them, that is said.
pub fn diff(
    key: &[u8],
    before: &Look,
    after: &Look,
    elapsed: Duration,
    lang: Lang,
    style: Style,
) -> Option<String> {
    if let (Body::Refused(error), _) | (_, Body::Refused(error)) = (&before.body, &after.body) {
        let (mark, name) = (
            style.paint(Ink::Warn, "?"),
            style.paint(Ink::Key, quote(key)),
        );
        return Some(format!("{mark} {name}  {}\n", refused_text(error, lang)));
    }
    let ttl_changed = ttl_changed(before, after, elapsed);
    let mut lines = body_lines(before, after);
    field_lines(before, after, elapsed, lang, &mut lines);
    let same = before.kind == after.kind
        && before.encoding == after.encoding
        && before.length == after.length
        && !ttl_changed
        && lines.is_empty();
    if same {
        return None;
    }
    let (mark, ink) = match (&before.body, &after.body) {
        (Body::Missing, _) => ("+", Ink::Good),
        (_, Body::Missing) => ("-", Ink::Bad),
        _ => ("~", Ink::Warn),
    };
    let mut head = Vec::new();
    if after.body == Body::Missing {
        head.push(lang.pick("deleted", "usunięty").to_owned());
        head.push(before.kind.clone());
    } else {
        head.push(change(&before.kind, &after.kind, "none"));
        head.push(change(&before.encoding, &after.encoding, ""));
        if ttl_changed {
            head.push(format!(
                "{} → {}",
                ttl_text(before.ttl, lang),
                ttl_text(after.ttl, lang)
            ));
        }
        if before.body != Body::Missing && before.length != after.length {
            let label = lang.pick("length", "długość");
            head.push(format!("{label} {} → {}", before.length, after.length));
        }
    }
    head.retain(|part| !part.is_empty());
    let mut text = format!(
        "{} {}  {}\n",
        style.paint(ink, mark),
        style.paint(Ink::Key, quote(key)),
        style.paint(Ink::Dim, head.join(" · "))
    );
    for (ink, line) in lines {
        text.push_str("    ");
        text.push_str(&style.paint(ink, line));
        text.push('\n');
    }
    Some(text)
}

fn change(before: &str, after: &str, nothing: &str) -> String {
    if before == after || before == nothing {
        after.to_owned()
    } else {
        format!("{before} → {after}")
    }
}

/// Time passing is no change; setting, dropping or moving an expiry is.
fn ttl_changed(before: &Look, after: &Look, elapsed: Duration) -> bool {
    if before.body == Body::Missing {
        return after.ttl >= 0;
    }
    ttl_moved(before.ttl, after.ttl, elapsed)
}

fn ttl_moved(old: i64, new: i64, elapsed: Duration) -> bool {
    if old < 0 || new < 0 {
        return old != new;
    }
    let passed = i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
    // Reading both takes time as well, on the server's clock.
    new > old || old - new > passed.saturating_add(200)
}

/// The fields of a hash that got, lost or moved a time to live.
fn field_lines(before: &Look, after: &Look, elapsed: Duration, lang: Lang, lines: &mut Lines) {
    let Body::Hash(fields) = &after.body else {
        return;
    };
    if !before.is_whole() || !after.is_whole() {
        return;
    }
    for (field, _) in fields {
        let ttl = |look: &Look| look.expiring.get(field).copied().unwrap_or(-1);
        let (old, new) = (ttl(before), ttl(after));
        if ttl_moved(old, new, elapsed) {
            let (old, new) = (ttl_text(old, lang), ttl_text(new, lang));
            lines.push((Ink::Warn, format!("~ {}: {old} → {new}", quote(field))));
        }
    }
}

type Lines = Vec<(Ink, String)>;

fn body_lines(before: &Look, after: &Look) -> Lines {
    let mut lines = Vec::new();
    match (&before.body, &after.body) {
        (Body::Text(old), Body::Text(new)) if old != new => {
            lines.push((Ink::Warn, format!("{} → {}", quote(old), quote(new))));
        }
        (Body::Text(_), Body::Text(_)) => {}
        (old, new) if std::mem::discriminant(old) == std::mem::discriminant(new) => {
            if before.is_whole() && after.is_whole() {
                same_type(old, new, &mut lines);
            }
        }
        (old, new) => {
            for (_, line) in whole(old) {
                lines.push((Ink::Bad, format!("- {line}")));
            }
            for (_, line) in whole(new) {
                lines.push((Ink::Good, format!("+ {line}")));
            }
        }
    }
    lines
}

fn same_type(old: &Body, new: &Body, lines: &mut Lines) {
    match (old, new) {
        (Body::List(old), Body::List(new)) => list_lines(old, new, lines),
        (Body::Stream(_, old), Body::Stream(_, new)) if old != new => {
            // Entries are compared below; groups are counted.
            for group in new.iter().filter(|group| !old.contains(group)) {
                let (name, consumers, pending, last) = group;
                lines.push((
                    Ink::Warn,
                    format!("~ {name}: consumers={consumers} pending={pending} last={last}"),
                ));
            }
            for (name, ..) in old {
                if !new.iter().any(|(other, ..)| other == name) {
                    lines.push((Ink::Bad, format!("- {name}")));
                }
            }
        }
        _ => {}
    }
    if matches!(new, Body::List(_)) {
        return;
    }
    let (old, new): (BTreeMap<_, _>, BTreeMap<_, _>) = (
        whole(old).into_iter().collect(),
        whole(new).into_iter().collect(),
    );
    for (key, line) in &old {
        match new.get(key) {
            None => lines.push((Ink::Bad, format!("- {line}"))),
            Some(other) if other != line => {
                lines.push((Ink::Warn, format!("~ {line} → {other}")));
            }
            Some(_) => {}
        }
    }
    for (key, line) in &new {
        if !old.contains_key(key) {
            lines.push((Ink::Good, format!("+ {line}")));
        }
    }
}

/// Lists keep their order: what both share at the ends is left out.
fn list_lines(old: &[Vec<u8>], new: &[Vec<u8>], lines: &mut Lines) {
    let head = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let (old, new) = (&old[head..], &new[head..]);
    let tail = old
        .iter()
        .rev()
        .zip(new.iter().rev())
        .take_while(|(a, b)| a == b)
        .count();
    for (i, item) in old[..old.len() - tail].iter().enumerate() {
        lines.push((Ink::Bad, format!("- [{}] {}", head + i, quote(item))));
    }
    for (i, item) in new[..new.len() - tail].iter().enumerate() {
        lines.push((Ink::Good, format!("+ [{}] {}", head + i, quote(item))));
    }
}

/// Every element as what identifies it and its line.
fn whole(body: &Body) -> Vec<(Vec<u8>, String)> {
    match body {
        Body::Missing | Body::Refused(_) | Body::Other => Vec::new(),
        Body::Text(bytes) => vec![(Vec::new(), quote(bytes))],
        Body::List(items) | Body::Set(items) => items
            .iter()
            .map(|item| (item.clone(), quote(item)))
            .collect(),
        Body::Hash(pairs) | Body::Ranking(pairs) => pairs
            .iter()
            .map(|(name, value)| (name.clone(), format!("{} {}", quote(name), quote(value))))
            .collect(),
        Body::Stream(entries, _) => entries
            .iter()
            .map(|(id, fields)| {
                let fields: Vec<String> = fields
                    .iter()
                    .map(|(field, value)| format!("{} {}", quote(field), quote(value)))
                    .collect();
                (id.clone(), format!("{} {}", quote(id), fields.join(" ")))
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(kind: &str, ttl: i64, body: Body) -> Look {
        let length = match &body {
            Body::Missing | Body::Refused(_) | Body::Other => 0,
            Body::Text(bytes) => bytes.len(),
            Body::List(items) | Body::Set(items) => items.len(),
            Body::Hash(pairs) | Body::Ranking(pairs) => pairs.len(),
            Body::Stream(entries, _) => entries.len(),
        } as i64;
        Look {
            kind: kind.into(),
            ttl,
            encoding: String::new(),
            memory: None,
            length,
            body,
            expiring: BTreeMap::new(),
        }
    }

    fn text(before: &Look, after: &Look) -> Option<String> {
        let plain = Style::new(false);
        diff(
            b"k",
            before,
            after,
            Duration::from_millis(5),
            Lang::En,
            plain,
        )
    }

    fn list(items: &[&str]) -> Body {
        Body::List(items.iter().map(|item| item.as_bytes().to_vec()).collect())
    }

    #[test]
    fn each_kind_of_change_has_its_line() {
        let missing = look("none", -2, Body::Missing);
        let a = look("string", -1, Body::Text(b"a".to_vec()));
        let b = look("string", 9000, Body::Text(b"b".to_vec()));
        assert_eq!(text(&missing, &a).unwrap(), "+ k  string\n    + a\n");
        assert_eq!(
            text(&a, &b).unwrap(),
            "~ k  string · no expiry → 9.0 s\n    a → b\n"
        );
        assert_eq!(
            text(&b, &missing).unwrap(),
            "- k  deleted · string\n    - b\n"
        );
        assert_eq!(text(&b, &look("string", 8990, b.body.clone())), None);
        let old = look("list", -1, list(&["a", "b", "c"]));
        let new = look("list", -1, list(&["a", "x", "b", "c"]));
        assert_eq!(
            text(&old, &new).unwrap(),
            "~ k  list · length 3 → 4\n    + [1] x\n"
        );
        let refused = look("", -1, Body::Refused("NOPERM this user".into()));
        assert_eq!(
            text(&refused, &refused).unwrap(),
            "? k  cannot be looked at: NOPERM this user\n"
        );
        let pair = |value: &str| vec![(b"f".to_vec(), value.as_bytes().to_vec())];
        let old = look("hash", -1, Body::Hash(pair("1")));
        let new = look("hash", -1, Body::Hash(pair("2")));
        assert_eq!(text(&old, &new).unwrap(), "~ k  hash\n    ~ f 1 → f 2\n");
    }
}
