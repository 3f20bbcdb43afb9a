//! `:wire on`: the RESP bytes of both directions with what each line means.

use crate::conn::Direction;
use crate::render::style::{Ink, Style};
use catalog::lang::Lang;
use catalog::text;
use resp::format::write_quoted;

/// So many lines of one direction are shown.
const MOST_LINES: usize = 40;

/// Bytes of one direction, line by line: `→ *2\r\n   array of 2 elements`.
pub fn annotate(direction: Direction, bytes: &[u8], lang: Lang, style: Style) -> String {
    let arrow = match direction {
        Direction::Sent => "→",
        Direction::Received => "←",
    };
    let mut text = String::new();
    let mut rest = bytes;
    let mut shown = 0;
    while !rest.is_empty() {
        if shown == MOST_LINES {
            let n = rest.len();
            let more = text!(lang, "bytes more: {n}", "jeszcze {n} B");
            text.push_str(&style.paint(Ink::Dim, format!("{arrow} … {more}")));
            text.push('\n');
            break;
        }
        let (line, meaning, used) = next_line(rest, lang);
        rest = &rest[used..];
        shown += 1;
        let gap = " ".repeat(28usize.saturating_sub(line.chars().count()));
        text.push_str(arrow);
        text.push(' ');
        text.push_str(&line);
        if !meaning.is_empty() {
            text.push_str(&gap);
            text.push_str("  ");
            text.push_str(&style.paint(Ink::Dim, meaning));
        }
        text.push('\n');
    }
    text
}

/// One protocol line as shown, what it means, and how many bytes it takes. A
/// bulk string's content is a line of its own.
fn next_line(bytes: &[u8], lang: Lang) -> (String, String, usize) {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n");
    let Some(end) = end else {
        return (shown(bytes), String::new(), bytes.len());
    };
    let header = &bytes[..end];
    let count = std::str::from_utf8(&header[1.min(end)..]).unwrap_or_default();
    let meaning = match header.first() {
        Some(b'*' | b'$' | b'%' | b'~' | b'>') if count == "?" => lang
            .pick(
                "the length comes piece by piece (streamed RESP3)",
                "długość przyjdzie po kawałku (strumieniowy RESP3)",
            )
            .to_owned(),
        Some(b'*' | b'$' | b'%' | b'~' | b'>') if count.starts_with('-') && count != "-1" => lang
            .pick(
                "a length that RESP does not know",
                "długość, której RESP nie zna",
            )
            .to_owned(),
        Some(b'*') if count == "-1" => lang.pick("no array (nil)", "brak tablicy (nil)").to_owned(),
        Some(b'*') => text!(lang, "array of {count}", "tablica, elementów: {count}"),
        Some(b'$') if count == "-1" => lang.pick("no string (nil)", "brak napisu (nil)").to_owned(),
        Some(b'$') => {
            return bulk(bytes, header, end, count, lang);
        }
        Some(b'+') => lang.pick("simple string", "prosty napis").to_owned(),
        Some(b'-') => lang.pick("error", "błąd").to_owned(),
        Some(b':') => lang.pick("integer", "liczba całkowita").to_owned(),
        Some(b'_') => lang.pick("null (RESP3)", "null (RESP3)").to_owned(),
        Some(b',') => lang
            .pick("double (RESP3)", "liczba zmiennoprzecinkowa (RESP3)")
            .to_owned(),
        Some(b'#') => lang
            .pick("boolean (RESP3)", "wartość logiczna (RESP3)")
            .to_owned(),
        Some(b'(') => lang
            .pick("big number (RESP3)", "wielka liczba (RESP3)")
            .to_owned(),
        Some(b'%') => text!(
            lang,
            "map, pairs: {count} (RESP3)",
            "mapa, par: {count} (RESP3)"
        ),
        Some(b'~') => text!(
            lang,
            "set of {count} (RESP3)",
            "zbiór, elementów: {count} (RESP3)"
        ),
        Some(b'>') => text!(
            lang,
            "push of {count} (RESP3)",
            "komunikat push, elementów: {count} (RESP3)"
        ),
        _ => String::new(),
    };
    (shown(&bytes[..end + 2]), meaning, end + 2)
}

/// A bulk string's header and content on one line: `$3\r\nGET\r\n`.
fn bulk(
    bytes: &[u8],
    header: &[u8],
    end: usize,
    count: &str,
    lang: Lang,
) -> (String, String, usize) {
    let whole = count
        .parse::<usize>()
        .ok()
        .and_then(|len| bytes.get(..end + 2 + len + 2));
    let meaning = text!(lang, "string, bytes: {count}", "napis, bajtów: {count}");
    match whole {
        Some(whole) => (shown(whole), meaning, whole.len()),
        None => (shown(&bytes[..header.len() + 2]), meaning, header.len() + 2),
    }
}

fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 120;
    let mut out = Vec::new();
    // Writing into memory cannot fail.
    let _ = write_quoted(&bytes[..bytes.len().min(MOST)], &mut out);
    let quoted = String::from_utf8_lossy(&out).into_owned();
    let bare = quoted.trim_matches('"').replace("\\\"", "\"");
    if bytes.len() > MOST {
        format!("{bare}…")
    } else {
        bare
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_says_what_it_is() {
        let plain = Style::new(false);
        let sent = annotate(
            Direction::Sent,
            b"*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
            Lang::En,
            plain,
        );
        let lines: Vec<&str> = sent.lines().collect();
        assert_eq!(lines.len(), 3, "{sent}");
        assert!(lines[0].starts_with("→ *2\\r\\n") && lines[0].ends_with("array of 2"));
        assert!(
            lines[1].starts_with("→ $3\\r\\nGET\\r\\n") && lines[1].ends_with("string, bytes: 3")
        );
        let received = annotate(Direction::Received, b"$-1\r\n%1\r\n", Lang::En, plain);
        assert!(received.contains("no string (nil)") && received.contains("map, pairs: 1"));
        let long = annotate(Direction::Received, &b":1\r\n".repeat(100), Lang::En, plain);
        assert_eq!(long.lines().count(), MOST_LINES + 1);
    }
}
