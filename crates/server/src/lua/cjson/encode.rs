//! Lua values as JSON.

use super::{Invalid, Settings};
use crate::lua::raise;
use crate::wire::number::format_g;
use mlua::{Lua, Table, Value};

/// The JSON text of a value.
pub(super) fn encode(lua: &Lua, settings: &Settings, value: Value) -> mlua::Result<Vec<u8>> {
    let mut encoder = Encoder {
        lua,
        settings,
        out: Vec::new(),
    };
    encoder.value(value, 0)?;
    Ok(encoder.out)
}

struct Encoder<'a> {
    lua: &'a Lua,
    settings: &'a Settings,
    out: Vec<u8>,
}

impl Encoder<'_> {
    fn refuse(&self, what: &Value, why: &str) -> mlua::Error {
        let kind = raise::type_name(what);
        raise::text(self.lua, format!("Cannot serialise {kind}: {why}"))
    }

    fn value(&mut self, value: Value, depth: i32) -> mlua::Result<()> {
        match value {
            Value::String(text) => self.string(&text.as_bytes()),
            Value::Integer(n) => self.number(n as f64)?,
            Value::Number(n) => self.number(n)?,
            Value::Boolean(true) => self.out.extend_from_slice(b"true"),
            Value::Boolean(false) => self.out.extend_from_slice(b"false"),
            Value::Nil => self.out.extend_from_slice(b"null"),
            Value::LightUserData(pointer) if pointer.0.is_null() => {
                self.out.extend_from_slice(b"null");
            }
            Value::Table(table) => self.table(table, depth + 1)?,
            other => return Err(self.refuse(&other, "type not supported")),
        }
        Ok(())
    }

    fn table(&mut self, table: Table, depth: i32) -> mlua::Result<()> {
        if depth > self.settings.encode_depth {
            let message = format!("Cannot serialise, excessive nesting ({depth})");
            return Err(raise::text(self.lua, message));
        }
        match self.array_length(&table)? {
            Some(length) if length > 0 => self.array(&table, length, depth),
            _ => self.object(&table, depth),
        }
    }

    /// The length of a table whose keys are all positive integers; `None` for
    /// an object.
    fn array_length(&self, table: &Table) -> mlua::Result<Option<i64>> {
        let (mut max, mut count) = (0_f64, 0_f64);
        for pair in table.pairs::<Value, Value>() {
            let key = match pair?.0 {
                Value::Integer(n) => n as f64,
                Value::Number(n) => n,
                _ => return Ok(None),
            };
            if key.floor() != key || key < 1.0 {
                return Ok(None);
            }
            max = max.max(key);
            count += 1.0;
        }
        let settings = self.settings;
        let ratio = f64::from(settings.sparse_ratio);
        if ratio > 0.0 && max > count * ratio && max > f64::from(settings.sparse_safe) {
            if !settings.sparse_convert {
                let table = Value::Table(table.clone());
                return Err(self.refuse(&table, "excessively sparse array"));
            }
            return Ok(None);
        }
        Ok(Some(max as i64))
    }

    fn array(&mut self, table: &Table, length: i64, depth: i32) -> mlua::Result<()> {
        self.out.push(b'[');
        for i in 1..=length {
            if i > 1 {
                self.out.push(b',');
            }
            self.value(table.raw_get(i)?, depth)?;
        }
        self.out.push(b']');
        Ok(())
    }

    fn object(&mut self, table: &Table, depth: i32) -> mlua::Result<()> {
        self.out.push(b'{');
        let mut first = true;
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            if !first {
                self.out.push(b',');
            }
            first = false;
            match key {
                Value::String(text) => self.string(&text.as_bytes()),
                Value::Integer(_) | Value::Number(_) => {
                    let number = raise::as_number(&key).unwrap_or_default();
                    self.out.push(b'"');
                    self.number(number)?;
                    self.out.push(b'"');
                }
                other => {
                    return Err(self.refuse(&other, "table key must be a number or string"));
                }
            }
            self.out.push(b':');
            self.value(value, depth)?;
        }
        self.out.push(b'}');
        Ok(())
    }

    fn number(&mut self, number: f64) -> mlua::Result<()> {
        if !number.is_finite() {
            match self.settings.encode_invalid {
                Invalid::Refuse => {
                    return Err(self.refuse(&Value::Number(number), "must not be NaN or Inf"));
                }
                Invalid::Null => {
                    self.out.extend_from_slice(b"null");
                    return Ok(());
                }
                Invalid::Allow if number.is_nan() => {
                    self.out.extend_from_slice(b"nan");
                    return Ok(());
                }
                Invalid::Allow => {}
            }
        }
        let precision = usize::try_from(self.settings.precision).unwrap_or(14);
        self.out
            .extend_from_slice(format_g(number, precision).as_bytes());
        Ok(())
    }

    fn string(&mut self, text: &[u8]) {
        self.out.push(b'"');
        for byte in text {
            match byte {
                b'"' | b'\\' | b'/' => self.out.extend_from_slice(&[b'\\', *byte]),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                8 => self.out.extend_from_slice(b"\\b"),
                12 => self.out.extend_from_slice(b"\\f"),
                0..32 | 127 => self
                    .out
                    .extend_from_slice(format!("\\u{byte:04x}").as_bytes()),
                _ => self.out.push(*byte),
            }
        }
        self.out.push(b'"');
    }
}
