//! Values between RESP and Lua, by Redis's rules.

use super::raise;
use crate::wire::number::parse_i64;
use crate::wire::reply::{CmdError, Out};
use mlua::{Either, IntoLua, Lua, Table, Value};
use std::cell::RefCell;

/// Tables nested deeper than this are an error: Redis's interpreter runs out
/// of its stack there.
const MAX_DEPTH: usize = 1_990;

/// Bytes on their way to becoming a string of Lua.
struct Bytes<'a>(&'a [u8]);

impl IntoLua for Bytes<'_> {
    fn into_lua(self, lua: &Lua) -> mlua::Result<Value> {
        lua.create_string(self.0).map(Value::String)
    }
}

/// A string for Lua. What is UTF-8 gets there without a reference to it being
/// made and dropped.
pub(super) fn string(bytes: &[u8]) -> impl IntoLua {
    match str::from_utf8(bytes) {
        Ok(text) => Either::Left(text),
        Err(_) => Either::Right(Bytes(bytes)),
    }
}

/// The Lua value of a reply (its first element), in the form scripts get it.
/// `resp` is what the script asked for by `redis.setresp`.
pub(crate) fn to_lua(lua: &Lua, reply: &[u8], resp: u8) -> mlua::Result<Value> {
    Reader { lua, rest: reply }.value(resp)
}

struct Reader<'a> {
    lua: &'a Lua,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn line(&mut self) -> &'a [u8] {
        let end = self.rest.iter().position(|byte| *byte == b'\r');
        let end = end.unwrap_or(self.rest.len());
        let line = &self.rest[..end];
        self.rest = self.rest.get(end + 2..).unwrap_or_default();
        line
    }

    fn string(&mut self, length: &[u8]) -> &'a [u8] {
        let length = parse_i64(length).unwrap_or(0).max(0) as usize;
        let (text, rest) = self
            .rest
            .split_at_checked(length)
            .unwrap_or((self.rest, b""));
        self.rest = rest.get(2..).unwrap_or_default();
        text
    }

    fn field(&self, name: &str, value: impl IntoLua) -> mlua::Result<Value> {
        self.lua
            .create_table_from([(name, value)])
            .map(Value::Table)
    }

    fn value(&mut self, resp: u8) -> mlua::Result<Value> {
        let line = self.line();
        let Some((kind, text)) = line.split_first() else {
            return Ok(Value::Nil);
        };
        Ok(match kind {
            b':' => Value::Number(parse_i64(text).unwrap_or(0) as f64),
            b'$' | b'*' if text == b"-1" => Value::Boolean(false),
            b'$' => Value::String(self.lua.create_string(self.string(text))?),
            b'+' => self.field("ok", string(text))?,
            b'-' => Value::Table(raise::error_table(self.lua, text, true)?),
            b'*' | b'>' => Value::Table(self.array(text, resp)?),
            b'%' => {
                let table = self.lua.create_table()?;
                for _ in 0..parse_i64(text).unwrap_or(0) {
                    let (key, value) = (self.value(resp)?, self.value(resp)?);
                    if !key.is_nil() {
                        table.raw_set(key, value)?;
                    }
                }
                self.field("map", table)?
            }
            b'~' => {
                let table = self.lua.create_table()?;
                for _ in 0..parse_i64(text).unwrap_or(0) {
                    let member = self.value(resp)?;
                    if !member.is_nil() {
                        table.raw_set(member, true)?;
                    }
                }
                self.field("set", table)?
            }
            b'#' => Value::Boolean(text == b"t"),
            b',' => {
                let number = std::str::from_utf8(text).ok().and_then(|t| t.parse().ok());
                self.field("double", number.unwrap_or(f64::NAN))?
            }
            b'(' => self.field("big_number", string(text))?,
            b'=' => {
                let text = self.string(text);
                let (format, text) = text.split_at_checked(4).unwrap_or((b"txt:", text));
                let parts = [("format", string(&format[..3])), ("string", string(text))];
                self.field("verbatim_string", self.lua.create_table_from(parts)?)?
            }
            _ => Value::Nil,
        })
    }

    fn array(&mut self, count: &[u8], resp: u8) -> mlua::Result<Table> {
        let count = parse_i64(count).unwrap_or(0).max(0) as usize;
        let lua = self.lua;
        let reader = RefCell::new(self);
        lua.create_sequence_from((0..count).map(|_| Element {
            reader: &reader,
            resp,
        }))
    }
}

/// The next element of a reply, read when the table being made asks for it.
struct Element<'r, 'a, 'b> {
    reader: &'r RefCell<&'b mut Reader<'a>>,
    resp: u8,
}

impl IntoLua for Element<'_, '_, '_> {
    fn into_lua(self, _: &Lua) -> mlua::Result<Value> {
        self.reader.borrow_mut().value(self.resp)
    }
}

/// Writes what a script returned as a reply. `script_resp` is the version the
/// script chose: it decides about booleans.
pub(crate) fn write_reply(
    out: &mut Out,
    value: &Value,
    script_resp: u8,
    depth: usize,
) -> mlua::Result<()> {
    if depth > MAX_DEPTH {
        out.error(&CmdError::new("ERR reached lua stack limit"));
        return Ok(());
    }
    match value {
        Value::String(text) => out.bulk(&text.as_bytes()),
        Value::Boolean(b) if script_resp >= 3 => out.bool(*b),
        Value::Boolean(true) => out.int(1),
        Value::Integer(n) => out.int(raise::wide(*n)),
        Value::Number(n) => out.int(raise::to_i64(*n)),
        Value::Table(table) => write_table(out, table, script_resp, depth)?,
        _ => out.null(),
    }
    Ok(())
}

fn write_table(out: &mut Out, table: &Table, script_resp: u8, depth: usize) -> mlua::Result<()> {
    if let Value::String(text) = table.raw_get("err")? {
        out.error(&CmdError::owned(text.as_bytes().to_vec()));
        return Ok(());
    }
    if let Value::String(text) = table.raw_get("ok")? {
        out.buf.push(b'+');
        out.buf.extend(one_line(&text.as_bytes()));
        out.buf.extend_from_slice(b"\r\n");
        return Ok(());
    }
    if let number @ (Value::Number(_) | Value::Integer(_)) = table.raw_get("double")? {
        out.double(raise::as_number(&number).unwrap_or_default());
        return Ok(());
    }
    if let Value::Table(map) = table.raw_get("map")? {
        return write_map(out, &map, script_resp, depth);
    }
    if let Value::Table(set) = table.raw_get("set")? {
        return write_set(out, &set, script_resp, depth);
    }
    if let Value::String(digits) = table.raw_get("big_number")? {
        let digits: Vec<u8> = one_line(&digits.as_bytes()).collect();
        out.big_number(&digits);
        return Ok(());
    }
    if let Value::Table(verbatim) = table.raw_get("verbatim_string")? {
        let format: Value = verbatim.raw_get("format")?;
        let text: Value = verbatim.raw_get("string")?;
        if let (Value::String(format), Value::String(text)) = (format, text) {
            out.verbatim(&short_format(&format.to_string_lossy()), &text.as_bytes());
            return Ok(());
        }
    }
    let at = out.defer();
    let mut count = 0;
    for value in table.sequence_values::<Value>() {
        write_reply(out, &value?, script_resp, depth + 1)?;
        count += 1;
    }
    out.finish_array(at, count);
    Ok(())
}

fn write_map(out: &mut Out, map: &Table, script_resp: u8, depth: usize) -> mlua::Result<()> {
    let at = out.defer();
    let mut count = 0;
    for pair in map.pairs::<Value, Value>() {
        let (key, value) = pair?;
        write_reply(out, &key, script_resp, depth + 1)?;
        write_reply(out, &value, script_resp, depth + 1)?;
        count += 1;
    }
    out.finish_map(at, count);
    Ok(())
}

/// The members of a set are the keys of its table.
fn write_set(out: &mut Out, set: &Table, script_resp: u8, depth: usize) -> mlua::Result<()> {
    let at = out.defer();
    let mut count = 0;
    for pair in set.pairs::<Value, Value>() {
        write_reply(out, &pair?.0, script_resp, depth + 1)?;
        count += 1;
    }
    out.finish_set(at, count);
    Ok(())
}

/// A text in one line, as the protocol has to have it.
fn one_line(text: &[u8]) -> impl Iterator<Item = u8> {
    text.iter().map(|byte| match byte {
        b'\r' | b'\n' => b' ',
        byte => *byte,
    })
}

/// A verbatim string's format has exactly three characters.
fn short_format(format: &str) -> String {
    let mut three: String = format.chars().filter(char::is_ascii).take(3).collect();
    while three.len() < 3 {
        three.push(' ');
    }
    three
}
