//! The `cmsgpack` library: MessagePack as version 0.4.0 writes and reads it.

use super::raise;
use mlua::{Lua, MultiValue, Table, Value};

/// Tables nested deeper than this are packed as nil.
const MAX_NESTING: usize = 16;

/// The deepest nesting that is unpacked; Lua's own stack ends there.
const MAX_UNPACK_DEPTH: usize = 1000;

/// The library's table.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let table = lua.create_table()?;
    table.raw_set("_NAME", "cmsgpack")?;
    table.raw_set("_VERSION", "lua-cmsgpack 0.4.0")?;
    table.raw_set("_DESCRIPTION", "MessagePack C implementation for Lua")?;
    table.raw_set("_COPYRIGHT", "Copyright (C) 2012, Salvatore Sanfilippo")?;
    table.raw_set("pack", lua.create_function(pack)?)?;
    table.raw_set(
        "unpack",
        lua.create_function(|lua, args: MultiValue| unpack(lua, &args, 0, 0))?,
    )?;
    table.raw_set(
        "unpack_one",
        lua.create_function(|lua, args: MultiValue| {
            let offset = raise::int_arg_or(lua, &args, 2, 0)?;
            unpack(lua, &args, 1, offset)
        })?,
    )?;
    table.raw_set(
        "unpack_limit",
        lua.create_function(|lua, args: MultiValue| {
            let limit = raise::to_i64(raise::number_arg(lua, &args, 2)?) as i32;
            let offset = raise::int_arg_or(lua, &args, 3, 0)?;
            unpack(lua, &args, limit, offset)
        })?,
    )?;
    Ok(table)
}

fn pack(lua: &Lua, args: MultiValue) -> mlua::Result<mlua::LuaString> {
    if args.is_empty() {
        return Err(raise::argument(lua, 0, "MessagePack pack needs input."));
    }
    let mut out = Vec::new();
    for value in args {
        encode(&mut out, value, 0)?;
    }
    lua.create_string(out)
}

fn encode(out: &mut Vec<u8>, value: Value, level: usize) -> mlua::Result<()> {
    match value {
        Value::String(text) => {
            let bytes = text.as_bytes();
            header(out, bytes.len(), 0xA0, 32, Some(0xD9), 0xDA);
            out.extend_from_slice(&bytes);
        }
        Value::Boolean(b) => out.push(if b { 0xC3 } else { 0xC2 }),
        Value::Integer(n) => integer(out, raise::wide(n)),
        Value::Number(n) if (raise::to_i64(n) as f64) == n => integer(out, raise::to_i64(n)),
        Value::Number(n) if f64::from(n as f32) == n => {
            out.push(0xCA);
            out.extend_from_slice(&(n as f32).to_be_bytes());
        }
        Value::Number(n) => {
            out.push(0xCB);
            out.extend_from_slice(&n.to_be_bytes());
        }
        Value::Table(table) if level < MAX_NESTING => encode_table(out, &table, level)?,
        _ => out.push(0xC0),
    }
    Ok(())
}

/// A length: in the low bits of `short` when below `limit`, otherwise behind
/// an 8-bit mark (if there is one), a 16-bit or the 32-bit mark after it.
fn header(out: &mut Vec<u8>, n: usize, short: u8, limit: usize, eight: Option<u8>, sixteen: u8) {
    match (n, eight) {
        _ if n < limit => out.push(short | n as u8),
        (..=0xFF, Some(mark)) => out.extend_from_slice(&[mark, n as u8]),
        (..=0xFFFF, _) => {
            out.push(sixteen);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        _ => {
            out.push(sixteen + 1);
            out.extend_from_slice(&(n as u32).to_be_bytes());
        }
    }
}

fn integer(out: &mut Vec<u8>, n: i64) {
    match n {
        -32..=127 => out.push(n as u8),
        128..=0xFF => out.extend_from_slice(&[0xCC, n as u8]),
        -0x80..-32 => out.extend_from_slice(&[0xD0, n as u8]),
        0x100..=0xFFFF => {
            out.push(0xCD);
            out.extend_from_slice(&(n as u16).to_be_bytes());
        }
        -0x8000..-0x80 => {
            out.push(0xD1);
            out.extend_from_slice(&(n as i16).to_be_bytes());
        }
        0x1_0000..=0xFFFF_FFFF => {
            out.push(0xCE);
            out.extend_from_slice(&(n as u32).to_be_bytes());
        }
        -0x8000_0000..-0x8000 => {
            out.push(0xD2);
            out.extend_from_slice(&(n as i32).to_be_bytes());
        }
        0x1_0000_0000.. => {
            out.push(0xCF);
            out.extend_from_slice(&n.to_be_bytes());
        }
        _ => {
            out.push(0xD3);
            out.extend_from_slice(&n.to_be_bytes());
        }
    }
}

fn encode_table(out: &mut Vec<u8>, table: &Table, level: usize) -> mlua::Result<()> {
    let (mut count, mut max, mut is_array) = (0_usize, 0_f64, true);
    for pair in table.pairs::<Value, Value>() {
        let number = match pair?.0 {
            Value::Integer(n) => n as f64,
            Value::Number(n) => n,
            _ => 0.0,
        };
        is_array &= number > 0.0 && number.floor() == number;
        max = max.max(number);
        count += 1;
    }
    if is_array && max == count as f64 {
        header(out, count, 0x90, 16, None, 0xDC);
        for i in 1..=count {
            encode(out, table.raw_get(i)?, level + 1)?;
        }
    } else {
        header(out, count, 0x80, 16, None, 0xDE);
        for pair in table.pairs::<Value, Value>() {
            let (key, value) = pair?;
            encode(out, key, level + 1)?;
            encode(out, value, level + 1)?;
        }
    }
    Ok(())
}

/// Unpacks at most `limit` values from `offset` on; with neither all of them.
fn unpack(lua: &Lua, args: &MultiValue, limit: i32, offset: i32) -> mlua::Result<MultiValue> {
    let text = raise::string_arg(lua, args, 1)?;
    let bytes = text.as_bytes();
    let length = bytes.len();
    let all = limit == 0 && offset == 0;
    if offset < 0 || limit < 0 {
        let message =
            format!("Invalid request to unpack with offset of {offset} and limit of {length}.");
        return Err(raise::text(lua, message));
    }
    let offset = offset as usize;
    if offset > length {
        let message = format!("Start offset {offset} greater than input length {length}.");
        return Err(raise::text(lua, message));
    }
    let mut input = &bytes[offset..];
    let mut values = Vec::new();
    while !input.is_empty() && (all || values.len() < limit as usize) {
        match decode(lua, &mut input, 0)? {
            Ok(value) => values.push(value),
            Err(problem) => return Err(raise::text(lua, problem)),
        }
    }
    if !all {
        let next = if input.is_empty() {
            -1.0
        } else {
            (length - input.len()) as f64
        };
        values.insert(0, Value::Number(next));
    }
    Ok(values.into_iter().collect())
}

const MISSING: &str = "Missing bytes in input.";
const BAD: &str = "Bad data format in input.";

type Decoded<T> = Result<T, &'static str>;

fn take<'a>(input: &mut &'a [u8], n: usize) -> Decoded<&'a [u8]> {
    let (taken, rest) = input.split_at_checked(n).ok_or(MISSING)?;
    *input = rest;
    Ok(taken)
}

/// A big-endian unsigned number of up to 8 bytes.
fn unsigned(input: &mut &[u8], bytes: usize) -> Decoded<u64> {
    let bytes = take(input, bytes)?;
    Ok(bytes.iter().fold(0, |n, byte| n << 8 | u64::from(*byte)))
}

/// What a value begins with: the value, or how many bytes or elements follow.
enum Header {
    Value(Value),
    Bytes(u64),
    Array(u64),
    Map(u64),
}

fn read_header(input: &mut &[u8]) -> Decoded<Header> {
    let first = take(input, 1)?[0];
    let number = |n: f64| Header::Value(Value::Number(n));
    Ok(match first {
        0..=0x7F => number(f64::from(first)),
        0xE0..=0xFF => number(f64::from(first as i8)),
        0x80..=0x8F => Header::Map(u64::from(first & 15)),
        0x90..=0x9F => Header::Array(u64::from(first & 15)),
        0xA0..=0xBF => Header::Bytes(u64::from(first & 31)),
        0xC0 => Header::Value(Value::Nil),
        0xC2 => Header::Value(Value::Boolean(false)),
        0xC3 => Header::Value(Value::Boolean(true)),
        0xCA => number(f64::from(f32::from_bits(unsigned(input, 4)? as u32))),
        0xCB => number(f64::from_bits(unsigned(input, 8)?)),
        0xCC => number(unsigned(input, 1)? as f64),
        0xCD => number(unsigned(input, 2)? as f64),
        0xCE => number(unsigned(input, 4)? as f64),
        // As Lua's integers are, with a sign.
        0xCF | 0xD3 => number(unsigned(input, 8)? as i64 as f64),
        0xD0 => number(f64::from(unsigned(input, 1)? as i8)),
        0xD1 => number(f64::from(unsigned(input, 2)? as i16)),
        0xD2 => number(f64::from(unsigned(input, 4)? as i32)),
        0xD9 => Header::Bytes(unsigned(input, 1)?),
        0xDA => Header::Bytes(unsigned(input, 2)?),
        0xDB => Header::Bytes(unsigned(input, 4)?),
        0xDC => Header::Array(unsigned(input, 2)?),
        0xDD => Header::Array(unsigned(input, 4)?),
        0xDE => Header::Map(unsigned(input, 2)?),
        0xDF => Header::Map(unsigned(input, 4)?),
        _ => return Err(BAD),
    })
}

fn decode(lua: &Lua, input: &mut &[u8], depth: usize) -> mlua::Result<Decoded<Value>> {
    if depth > MAX_UNPACK_DEPTH {
        return Err(raise::text(
            lua,
            "stack overflow (in function mp_decode_to_lua_array)",
        ));
    }
    let what = match read_header(input) {
        Ok(what) => what,
        Err(problem) => return Ok(Err(problem)),
    };
    Ok(match what {
        Header::Value(value) => Ok(value),
        Header::Bytes(n) => match take(input, n as usize) {
            Ok(bytes) => Ok(Value::String(lua.create_string(bytes)?)),
            Err(problem) => Err(problem),
        },
        Header::Array(n) => {
            let table = lua.create_table()?;
            for i in 1..=n {
                match decode(lua, input, depth + 1)? {
                    Ok(value) => table.raw_set(i, value)?,
                    Err(problem) => return Ok(Err(problem)),
                }
            }
            Ok(Value::Table(table))
        }
        Header::Map(n) => decode_map(lua, input, depth, n)?,
    })
}

fn decode_map(
    lua: &Lua,
    input: &mut &[u8],
    depth: usize,
    pairs: u64,
) -> mlua::Result<Decoded<Value>> {
    let table = lua.create_table()?;
    for _ in 0..pairs {
        let pair = decode(lua, input, depth + 1)?;
        let pair = match pair {
            Ok(key) => decode(lua, input, depth + 1)?.map(|value| (key, value)),
            Err(problem) => Err(problem),
        };
        match pair {
            Ok((Value::Nil, _)) => return Err(raise::bare("table index is nil")),
            Ok((Value::Number(n), _)) if n.is_nan() => {
                return Err(raise::bare("table index is NaN"));
            }
            Ok((key, value)) => table.raw_set(key, value)?,
            Err(problem) => return Ok(Err(problem)),
        }
    }
    Ok(Ok(Value::Table(table)))
}
