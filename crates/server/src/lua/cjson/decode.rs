//! JSON as Lua values.

use super::Settings;
use crate::lua::raise;
use mlua::{Lua, Value};

/// The value of a JSON text.
pub(super) fn decode(lua: &Lua, settings: &Settings, text: &[u8]) -> mlua::Result<Value> {
    if text.len() >= 2 && (text[0] == 0 || text[1] == 0) {
        return Err(raise::text(
            lua,
            "JSON parser does not support UTF-16 or UTF-32",
        ));
    }
    let mut decoder = Decoder {
        lua,
        settings,
        text,
        at: 0,
        depth: 0,
    };
    let first = decoder.token();
    let value = decoder.value(first)?;
    let last = decoder.token();
    match last.kind {
        Kind::End => Ok(value),
        _ => Err(decoder.unexpected("the end", &last)),
    }
}

#[derive(Debug, PartialEq)]
enum Kind {
    ObjectBegin,
    ObjectEnd,
    ArrayBegin,
    ArrayEnd,
    String(Vec<u8>),
    Number(f64),
    Boolean(bool),
    Null,
    Colon,
    Comma,
    End,
    Error(&'static str),
}

impl Kind {
    /// What error messages call it.
    fn name(&self) -> &'static str {
        match self {
            Kind::ObjectBegin => "T_OBJ_BEGIN",
            Kind::ObjectEnd => "T_OBJ_END",
            Kind::ArrayBegin => "T_ARR_BEGIN",
            Kind::ArrayEnd => "T_ARR_END",
            Kind::String(_) => "T_STRING",
            Kind::Number(_) => "T_NUMBER",
            Kind::Boolean(_) => "T_BOOLEAN",
            Kind::Null => "T_NULL",
            Kind::Colon => "T_COLON",
            Kind::Comma => "T_COMMA",
            Kind::End => "T_END",
            Kind::Error(text) => text,
        }
    }
}

struct Token {
    kind: Kind,
    /// Where it begins, or where it is wrong.
    at: usize,
}

struct Decoder<'a> {
    lua: &'a Lua,
    settings: &'a Settings,
    text: &'a [u8],
    at: usize,
    depth: i32,
}

impl Decoder<'_> {
    fn unexpected(&self, wanted: &str, token: &Token) -> mlua::Error {
        let (found, at) = (token.kind.name(), token.at + 1);
        let message = format!("Expected {wanted} but found {found} at character {at}");
        raise::text(self.lua, message)
    }

    /// The byte at a distance, 0 beyond the end.
    fn peek(&self, distance: usize) -> u8 {
        self.text.get(self.at + distance).copied().unwrap_or(0)
    }

    fn token(&mut self) -> Token {
        while matches!(self.peek(0), b' ' | b'\t' | b'\n' | b'\r') {
            self.at += 1;
        }
        let at = self.at;
        let single = match self.peek(0) {
            b'{' => Some(Kind::ObjectBegin),
            b'}' => Some(Kind::ObjectEnd),
            b'[' => Some(Kind::ArrayBegin),
            b']' => Some(Kind::ArrayEnd),
            b':' => Some(Kind::Colon),
            b',' => Some(Kind::Comma),
            _ => None,
        };
        let kind = match (single, self.peek(0)) {
            (Some(kind), _) => {
                self.at += 1;
                Ok(kind)
            }
            (_, 0) => Ok(Kind::End),
            (_, b'"') => self.string(),
            (_, b'-' | b'0'..=b'9') => {
                if !self.settings.decode_invalid && self.is_invalid_number() {
                    Err("invalid number")
                } else {
                    self.number()
                }
            }
            _ => self.word(),
        };
        match kind {
            Ok(kind) => Token { kind, at },
            // Mistakes are reported where they are, not where the token began.
            Err(text) => Token {
                kind: Kind::Error(text),
                at: self.at,
            },
        }
    }

    fn word(&mut self) -> Result<Kind, &'static str> {
        for (word, kind) in [
            ("true", Kind::Boolean(true)),
            ("false", Kind::Boolean(false)),
            ("null", Kind::Null),
        ] {
            if self.text[self.at..].starts_with(word.as_bytes()) {
                self.at += word.len();
                return Ok(kind);
            }
        }
        let may_begin_number = matches!(self.peek(0), b'i' | b'I' | b'n' | b'N' | b'+');
        if may_begin_number && self.settings.decode_invalid && self.is_invalid_number() {
            return self.number();
        }
        Err("invalid token")
    }

    /// Whether this is a number for C, but not for JSON.
    fn is_invalid_number(&self) -> bool {
        let rest = &self.text[self.at..];
        if rest.first() == Some(&b'+') {
            return true;
        }
        let rest = rest.strip_prefix(b"-").unwrap_or(rest);
        let second = rest.get(1).copied().unwrap_or(0);
        match rest.first() {
            Some(b'0') => second.eq_ignore_ascii_case(&b'x') || second.is_ascii_digit(),
            Some(..=b'9') | None => false,
            _ => {
                let start = rest.get(..3).unwrap_or(rest);
                start.eq_ignore_ascii_case(b"inf") || start.eq_ignore_ascii_case(b"nan")
            }
        }
    }

    fn number(&mut self) -> Result<Kind, &'static str> {
        let (number, length) = c_number(&self.text[self.at..]).ok_or("invalid number")?;
        self.at += length;
        Ok(Kind::Number(number))
    }

    fn string(&mut self) -> Result<Kind, &'static str> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            match self.peek(0) {
                b'"' => break,
                0 => return Err("unexpected end of string"),
                b'\\' => {
                    let escaped = match self.peek(1) {
                        c @ (b'"' | b'\\' | b'/') => c,
                        b'b' => 8,
                        b'f' => 12,
                        b'n' => b'\n',
                        b'r' => b'\r',
                        b't' => b'\t',
                        b'u' => {
                            self.unicode(&mut out)
                                .ok_or("invalid unicode escape code")?;
                            continue;
                        }
                        _ => return Err("invalid escape code"),
                    };
                    out.push(escaped);
                    self.at += 2;
                }
                byte => {
                    out.push(byte);
                    self.at += 1;
                }
            }
        }
        self.at += 1;
        Ok(Kind::String(out))
    }

    fn hex4(&self, distance: usize) -> Option<u32> {
        let digits = self.text.get(self.at + distance..self.at + distance + 4)?;
        digits.iter().try_fold(0, |n, digit| {
            Some(n * 16 + char::from(*digit).to_digit(16)?)
        })
    }

    fn unicode(&mut self, out: &mut Vec<u8>) -> Option<()> {
        let first = self.hex4(2)?;
        let (code, length) = match first {
            0xD800..=0xDBFF => {
                if self.peek(6) != b'\\' || self.peek(7) != b'u' {
                    return None;
                }
                let second = self.hex4(8).filter(|n| (0xDC00..=0xDFFF).contains(n))?;
                (0x10000 + ((first & 0x3FF) << 10 | second & 0x3FF), 12)
            }
            _ => (first, 6),
        };
        let mut buffer = [0; 4];
        out.extend_from_slice(char::from_u32(code)?.encode_utf8(&mut buffer).as_bytes());
        self.at += length;
        Some(())
    }

    fn value(&mut self, token: Token) -> mlua::Result<Value> {
        match token.kind {
            Kind::String(text) => self.lua.create_string(text).map(Value::String),
            Kind::Number(n) => Ok(Value::Number(n)),
            Kind::Boolean(b) => Ok(Value::Boolean(b)),
            Kind::Null => Ok(Value::NULL),
            Kind::ObjectBegin => self.object(),
            Kind::ArrayBegin => self.array(),
            _ => Err(self.unexpected("value", &token)),
        }
    }

    fn descend(&mut self) -> mlua::Result<()> {
        self.depth += 1;
        if self.depth > self.settings.decode_depth {
            let (depth, at) = (self.depth, self.at);
            let message =
                format!("Found too many nested data structures ({depth}) at character {at}");
            return Err(raise::text(self.lua, message));
        }
        Ok(())
    }

    fn object(&mut self) -> mlua::Result<Value> {
        self.descend()?;
        let table = self.lua.create_table()?;
        let mut token = self.token();
        if token.kind != Kind::ObjectEnd {
            loop {
                let Kind::String(key) = token.kind else {
                    return Err(self.unexpected("object key string", &token));
                };
                let colon = self.token();
                if colon.kind != Kind::Colon {
                    return Err(self.unexpected("colon", &colon));
                }
                let next = self.token();
                let value = self.value(next)?;
                table.raw_set(self.lua.create_string(key)?, value)?;
                let next = self.token();
                match next.kind {
                    Kind::ObjectEnd => break,
                    Kind::Comma => token = self.token(),
                    _ => return Err(self.unexpected("comma or object end", &next)),
                }
            }
        }
        self.depth -= 1;
        Ok(Value::Table(table))
    }

    fn array(&mut self) -> mlua::Result<Value> {
        self.descend()?;
        let table = self.lua.create_table()?;
        let mut token = self.token();
        let mut i = 0_i64;
        if token.kind != Kind::ArrayEnd {
            loop {
                i += 1;
                let value = self.value(token)?;
                table.raw_set(i, value)?;
                let next = self.token();
                match next.kind {
                    Kind::ArrayEnd => break,
                    Kind::Comma => token = self.token(),
                    _ => return Err(self.unexpected("comma or array end", &next)),
                }
            }
        }
        self.depth -= 1;
        Ok(Value::Table(table))
    }
}

/// The longest number at the beginning of a text, as C's `strtod` reads it,
/// and its length.
fn c_number(text: &[u8]) -> Option<(f64, usize)> {
    let sign = usize::from(matches!(text.first(), Some(b'+' | b'-')));
    let rest = &text[sign..];
    let signed = |n: f64| if text.first() == Some(&b'-') { -n } else { n };
    let starts = |word: &[u8]| {
        rest.get(..word.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(word))
    };
    for (word, number) in [
        (&b"infinity"[..], f64::INFINITY),
        (b"inf", f64::INFINITY),
        (b"nan", f64::NAN),
    ] {
        if starts(word) {
            return Some((signed(number), sign + word.len()));
        }
    }
    let digits = |from: usize| {
        let tail = rest.get(from..).unwrap_or_default();
        tail.iter().take_while(|b| b.is_ascii_digit()).count()
    };
    if starts(b"0x") {
        let hex = rest[2..].iter().take_while(|b| b.is_ascii_hexdigit());
        let hex: Vec<_> = hex.collect();
        if !hex.is_empty() {
            let number = hex.iter().fold(0.0, |n, digit| {
                n * 16.0 + f64::from(char::from(**digit).to_digit(16).unwrap_or(0))
            });
            return Some((signed(number), sign + 2 + hex.len()));
        }
    }
    let whole = digits(0);
    let mut end = whole;
    if rest.get(end) == Some(&b'.') {
        let fraction = digits(end + 1);
        if whole + fraction > 0 {
            end += 1 + fraction;
        }
    }
    if end == 0 {
        return None;
    }
    if matches!(rest.get(end), Some(b'e' | b'E')) {
        let mark = usize::from(matches!(rest.get(end + 1), Some(b'+' | b'-')));
        let exponent = digits(end + 1 + mark);
        if exponent > 0 {
            end += 1 + mark + exponent;
        }
    }
    let number = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((signed(number), sign + end))
}

#[cfg(test)]
mod tests {
    use super::c_number;

    #[test]
    fn numbers_end_where_c_ends_them() {
        assert_eq!(c_number(b"12,"), Some((12.0, 2)));
        assert_eq!(c_number(b"-1.5e3]"), Some((-1500.0, 6)));
        assert_eq!(c_number(b"1e]"), Some((1.0, 1)));
        assert_eq!(c_number(b"1.x"), Some((1.0, 2)));
        assert_eq!(c_number(b"0x1F"), Some((31.0, 4)));
        assert_eq!(c_number(b"-inf"), Some((f64::NEG_INFINITY, 4)));
        assert_eq!(c_number(b"-"), None);
        assert_eq!(c_number(b"."), None);
    }
}
