//! A reply as one line of JSON.

use super::common::{Items, Printed, Role, children};
use super::to_json;
use crate::Reply;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes a reply as one line of JSON that is always valid:
///
/// - an error is `{"error": "..."}`;
/// - a map is an object; a key that is no string becomes its own JSON text,
///   and a repeated key keeps all its pairs, as JSON allows;
/// - a double that JSON has no number for (`inf`, `nan`) is a string;
/// - a string that is not UTF-8 has each byte as the character of that number
///   (`\u00ff`), so that no byte is lost;
/// - attributes become `{"attributes": {...}, "value": ...}`.
///
/// # Errors
/// When `out` fails.
pub fn write_json(
    reply: &Reply,
    out: &mut impl Write,
    cancel: Option<&AtomicBool>,
) -> io::Result<Printed> {
    let mut levels: Vec<JsonLevel<'_>> = Vec::new();
    let mut current = Some((reply, Role::Item));
    loop {
        if let Some((value, role)) = current.take() {
            if role == Role::Key {
                write_json_key(value, out)?;
            } else {
                match children(value) {
                    Some((items, _)) => {
                        let (open, close, after) = match value {
                            Reply::Attribute(_, inner) => {
                                ("{\"attributes\":{", "}", Some(&**inner))
                            }
                            Reply::Map(_) => ("{", "}", None),
                            _ => ("[", "]", None),
                        };
                        out.write_all(open.as_bytes())?;
                        levels.push(JsonLevel {
                            items: Some(items),
                            next: 0,
                            close,
                            after,
                        });
                    }
                    None => write_json_scalar(value, out)?,
                }
            }
        }
        let Some(level) = levels.last_mut() else {
            out.write_all(b"\n")?;
            return Ok(Printed::Whole);
        };
        if cancel.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            return Ok(Printed::Cut);
        }
        match level.items.and_then(|items| items.step(level.next)) {
            Some((child, role)) => {
                if role == Role::Value {
                    out.write_all(b":")?;
                } else if level.next > 0 {
                    out.write_all(b",")?;
                }
                level.next += 1;
                current = Some((child, role));
            }
            None => {
                out.write_all(level.close.as_bytes())?;
                match level.after.take() {
                    Some(inner) => {
                        out.write_all(b",\"value\":")?;
                        level.items = None;
                        current = Some((inner, Role::Item));
                    }
                    None => {
                        levels.pop();
                    }
                }
            }
        }
    }
}

struct JsonLevel<'a> {
    /// `None` once only the value behind the attributes is missing.
    items: Option<Items<'a>>,
    next: usize,
    close: &'static str,
    after: Option<&'a Reply>,
}

fn write_json_key(key: &Reply, out: &mut impl Write) -> io::Result<()> {
    match key {
        Reply::Bulk(_) | Reply::Status(_) | Reply::Verbatim(..) => write_json_scalar(key, out),
        other => {
            let text = to_json(other);
            write_json_string(text.trim_end().as_bytes(), out)
        }
    }
}

fn write_json_scalar(reply: &Reply, out: &mut impl Write) -> io::Result<()> {
    match reply {
        Reply::Nil => out.write_all(b"null"),
        Reply::Bool(value) => write!(out, "{value}"),
        Reply::Int(n) => write!(out, "{n}"),
        Reply::Double(text) | Reply::BigNumber(text) if is_json_number(text) => {
            out.write_all(text.as_bytes())
        }
        Reply::Double(text) | Reply::BigNumber(text) | Reply::Status(text) => {
            write_json_string(text.as_bytes(), out)
        }
        Reply::Error(text) => {
            out.write_all(b"{\"error\":")?;
            write_json_string(text.as_bytes(), out)?;
            out.write_all(b"}")
        }
        Reply::Bulk(bytes) | Reply::Verbatim(_, bytes) => write_json_string(bytes, out),
        _ => Ok(()),
    }
}

/// Whether a text is a number by JSON's grammar (RFC 8259, section 6).
fn is_json_number(text: &str) -> bool {
    fn digits(text: &str) -> &str {
        text.trim_start_matches(|c: char| c.is_ascii_digit())
    }
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let rest = digits(unsigned);
    let whole = &unsigned[..unsigned.len() - rest.len()];
    if whole.is_empty() || (whole.len() > 1 && whole.starts_with('0')) {
        return false;
    }
    let rest = match rest.strip_prefix('.') {
        Some(fraction) => {
            let rest = digits(fraction);
            if rest.len() == fraction.len() {
                return false;
            }
            rest
        }
        None => rest,
    };
    match rest.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            !exponent.is_empty() && digits(exponent).is_empty()
        }
        None => rest.is_empty(),
    }
}

fn write_json_string(bytes: &[u8], out: &mut impl Write) -> io::Result<()> {
    out.write_all(b"\"")?;
    match std::str::from_utf8(bytes) {
        Ok(text) => {
            let mut plain = 0;
            for (at, byte) in text.bytes().enumerate() {
                if byte < 0x20 || byte == b'"' || byte == b'\\' || byte == 0x7f {
                    out.write_all(&bytes[plain..at])?;
                    write_json_escape(byte, out)?;
                    plain = at + 1;
                }
            }
            out.write_all(&bytes[plain..])?;
        }
        Err(_) => {
            for &byte in bytes {
                match byte {
                    b' '..=b'~' if byte != b'"' && byte != b'\\' => out.write_all(&[byte])?,
                    _ => write_json_escape(byte, out)?,
                }
            }
        }
    }
    out.write_all(b"\"")
}

fn write_json_escape(byte: u8, out: &mut impl Write) -> io::Result<()> {
    match byte {
        b'"' => out.write_all(b"\\\""),
        b'\\' => out.write_all(b"\\\\"),
        b'\n' => out.write_all(b"\\n"),
        b'\r' => out.write_all(b"\\r"),
        b'\t' => out.write_all(b"\\t"),
        other => write!(out, "\\u{other:04x}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bulk(text: &str) -> Reply {
        Reply::Bulk(text.as_bytes().to_vec())
    }

    #[test]
    fn json_is_valid_whatever_the_reply() {
        let reply = Reply::Array(vec![
            Reply::Error("ERR \"x\"".into()),
            Reply::Double("inf".into()),
            Reply::Double("1e300".into()),
            Reply::Double("-0.5".into()),
            Reply::BigNumber("123456789012345678901234567890".into()),
            Reply::Bulk(vec![0xff, 0, b'a']),
            bulk("żółw\n\u{7f}"),
            Reply::Map(vec![(Reply::Array(vec![Reply::Int(1)]), Reply::Nil)]),
            Reply::Bool(true),
        ]);
        let text = to_json(&reply);
        let value: serde_json::Value = serde_json::from_str(&text).expect(&text);
        assert_eq!(value[0]["error"], "ERR \"x\"");
        assert_eq!(value[1], "inf");
        assert_eq!(value[5], "\u{ff}\0a");
        assert_eq!(value[6], "żółw\n\u{7f}");
        assert!(value[7]["[1]"].is_null());
        for (text, is_number) in [
            ("01", false),
            ("1.", false),
            ("nan", false),
            ("-1.5e+3", true),
        ] {
            assert_eq!(is_json_number(text), is_number, "{text}");
        }
    }
}
