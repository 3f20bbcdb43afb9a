//! A look at a key as text.

use super::{Body, Entry, GroupLine, Look};
use crate::render::harmless::foreign;
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use catalog::text;
use resp::split::quote;

/// Time to live as people read it.
pub fn ttl_text(ttl: i64, lang: Lang) -> String {
    match ttl {
        -2 => lang.pick("gone", "brak").to_owned(),
        ..0 => lang.pick("no expiry", "bez czasu życia").to_owned(),
        0..=9_999 => format!("{} s", lang.decimal(ttl as f64 / 1000.0, 1)),
        _ => format!("{} s", ttl / 1000),
    }
}

/// Why a key was not seen, by the server's error.
pub fn refused_text(error: &str, lang: Lang) -> String {
    let error = foreign(error);
    text!(
        lang,
        "cannot be looked at: {error}",
        "nie można obejrzeć: {error}"
    )
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
    if let Body::Refused(error) = &look.body {
        return format!("{name}: {}\n", refused_text(error, lang));
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
        Body::Missing | Body::Refused(_) => {}
        Body::Other => text.push_str(lang.pick("  (a module's type)\n", "  (typ z modułu)\n")),
        Body::Text(bytes) => text.push_str(&pretty_string(bytes, style)),
        Body::List(items) => {
            for (i, item) in items.iter().enumerate() {
                text.push_str(&format!(
                    "  {i:>4}  {}\n",
                    style.paint(Ink::Text, quote(item))
                ));
            }
        }
        Body::Set(items) => {
            for item in items {
                text.push_str(&format!("  {}\n", style.paint(Ink::Text, quote(item))));
            }
        }
        Body::Hash(fields) => {
            let width = fields
                .iter()
                .map(|(f, _)| width(&quote(f)))
                .max()
                .unwrap_or(0)
                .min(30);
            for (name, value) in fields {
                let field = quote(name);
                let left = look
                    .expiring
                    .get(name)
                    .map(|ttl| style.paint(Ink::Dim, format!("  ({})", ttl_text(*ttl, lang))));
                let left = left.unwrap_or_default();
                let gap = " ".repeat(width.saturating_sub(self::width(&field)));
                let value = style.paint(Ink::Text, quote(value));
                text.push_str(&format!("  {field}{gap}  {value}{left}\n"));
            }
        }
        Body::Ranking(members) => {
            for (i, (member, score)) in members.iter().enumerate() {
                let score = style.paint(Ink::Number, format!("{:>10}", quote(score)));
                text.push_str(&format!(
                    "  {i:>4} {score}  {}\n",
                    style.paint(Ink::Text, quote(member))
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
                format!("{}={}", quote(field), style.paint(Ink::Text, quote(value)))
            })
            .collect();
        let id = style.paint(Ink::Number, quote(id));
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

fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

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
        let moved = Body::Refused("MOVED 12182 127.0.0.1:7002".into());
        assert_eq!(
            peek("", 0, moved),
            "lab:k: cannot be looked at: MOVED 12182 127.0.0.1:7002\n"
        );
    }
}
