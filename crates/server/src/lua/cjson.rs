//! The `cjson` library, as version 2.1.0 encodes, decodes and complains.

mod decode;
mod encode;

use super::raise;
use mlua::{Lua, MultiValue, Table, Value};
use std::cell::RefCell;
use std::rc::Rc;

/// What to do with NaN and infinities.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Invalid {
    /// Refuse them.
    Refuse,
    /// Write or read them although JSON has none.
    Allow,
    /// Write `null`.
    Null,
}

/// The library's settings, which scripts change by its functions.
#[derive(Debug, Clone)]
struct Settings {
    sparse_convert: bool,
    sparse_ratio: i32,
    sparse_safe: i32,
    encode_depth: i32,
    decode_depth: i32,
    precision: i32,
    keep_buffer: bool,
    encode_invalid: Invalid,
    decode_invalid: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            sparse_convert: false,
            sparse_ratio: 2,
            sparse_safe: 10,
            encode_depth: 1000,
            decode_depth: 1000,
            precision: 14,
            keep_buffer: true,
            encode_invalid: Invalid::Refuse,
            decode_invalid: true,
        }
    }
}

type Shared = Rc<RefCell<Settings>>;

/// The library's table, with settings of its own.
pub(crate) fn library(lua: &Lua) -> mlua::Result<Table> {
    let settings: Shared = Rc::default();
    let table = lua.create_table()?;
    table.raw_set("_NAME", "cjson")?;
    table.raw_set("_VERSION", "2.1.0")?;
    table.raw_set("null", Value::NULL)?;
    let shared = settings.clone();
    let function = lua.create_function(move |lua, args: MultiValue| {
        let value = only_argument(lua, &args)?;
        let text = encode::encode(lua, &shared.borrow(), value)?;
        lua.create_string(text)
    })?;
    table.raw_set("encode", function)?;
    let shared = settings.clone();
    let function = lua.create_function(move |lua, args: MultiValue| {
        only_argument(lua, &args)?;
        let text = raise::string_arg(lua, &args, 1)?;
        decode::decode(lua, &shared.borrow(), &text.as_bytes())
    })?;
    table.raw_set("decode", function)?;
    table.raw_set("new", lua.create_function(|lua, ()| library(lua))?)?;
    let setters: [(&str, Setter); 7] = [
        ("encode_sparse_array", sparse_array),
        ("encode_max_depth", |lua, s, args| {
            integer_setting(lua, args, 1, &mut s.encode_depth, 1, i32::MAX)
        }),
        ("decode_max_depth", |lua, s, args| {
            integer_setting(lua, args, 1, &mut s.decode_depth, 1, i32::MAX)
        }),
        ("encode_number_precision", |lua, s, args| {
            integer_setting(lua, args, 1, &mut s.precision, 1, 14)
        }),
        ("encode_keep_buffer", |lua, s, args| {
            flag_setting(lua, args, 1, &mut s.keep_buffer)
        }),
        ("encode_invalid_numbers", encode_invalid),
        ("decode_invalid_numbers", |lua, s, args| {
            flag_setting(lua, args, 1, &mut s.decode_invalid)
        }),
    ];
    for (name, setter) in setters {
        let shared = settings.clone();
        let function = lua.create_function(move |lua, args: MultiValue| {
            let most = if name == "encode_sparse_array" { 3 } else { 1 };
            if args.len() > most {
                return Err(raise::argument(lua, most + 1, "found too many arguments"));
            }
            setter(lua, &mut shared.borrow_mut(), &args)
        })?;
        table.raw_set(name, function)?;
    }
    Ok(table)
}

type Setter = fn(&Lua, &mut Settings, &MultiValue) -> mlua::Result<MultiValue>;

fn only_argument(lua: &Lua, args: &MultiValue) -> mlua::Result<Value> {
    match args.len() {
        1 => Ok(args[0].clone()),
        _ => Err(raise::argument(lua, 1, "expected 1 argument")),
    }
}

fn given(args: &MultiValue, n: usize) -> Option<&Value> {
    args.get(n - 1).filter(|value| !value.is_nil())
}

fn integer_setting(
    lua: &Lua,
    args: &MultiValue,
    n: usize,
    setting: &mut i32,
    min: i32,
    max: i32,
) -> mlua::Result<MultiValue> {
    if given(args, n).is_some() {
        let value = raise::int_arg_or(lua, args, n, 0)?;
        if !(min..=max).contains(&value) {
            let problem = format!("expected integer between {min} and {max}");
            return Err(raise::argument(lua, n, &problem));
        }
        *setting = value;
    }
    Ok([Value::Number(f64::from(*setting))].into_iter().collect())
}

fn flag(lua: &Lua, args: &MultiValue, n: usize, words: &[&str]) -> mlua::Result<Option<usize>> {
    match given(args, n) {
        None => Ok(None),
        Some(Value::Boolean(on)) => Ok(Some(usize::from(*on))),
        Some(_) => {
            let text = raise::string_arg(lua, args, n)?;
            let bytes = text.as_bytes();
            let found = words.iter().position(|word| word.as_bytes() == &bytes[..]);
            let problem = || format!("invalid option '{}'", String::from_utf8_lossy(&bytes));
            match found {
                Some(i) => Ok(Some(i)),
                None => Err(raise::argument(lua, n, &problem())),
            }
        }
    }
}

fn flag_setting(
    lua: &Lua,
    args: &MultiValue,
    n: usize,
    setting: &mut bool,
) -> mlua::Result<MultiValue> {
    if let Some(value) = flag(lua, args, n, &["off", "on"])? {
        *setting = value == 1;
    }
    Ok([Value::Boolean(*setting)].into_iter().collect())
}

fn encode_invalid(
    lua: &Lua,
    settings: &mut Settings,
    args: &MultiValue,
) -> mlua::Result<MultiValue> {
    if let Some(value) = flag(lua, args, 1, &["off", "on", "null"])? {
        settings.encode_invalid = [Invalid::Refuse, Invalid::Allow, Invalid::Null][value];
    }
    let value = match settings.encode_invalid {
        Invalid::Refuse => Value::Boolean(false),
        Invalid::Allow => Value::Boolean(true),
        Invalid::Null => Value::String(lua.create_string("null")?),
    };
    Ok([value].into_iter().collect())
}

fn sparse_array(lua: &Lua, settings: &mut Settings, args: &MultiValue) -> mlua::Result<MultiValue> {
    flag_setting(lua, args, 1, &mut settings.sparse_convert)?;
    integer_setting(lua, args, 2, &mut settings.sparse_ratio, 0, i32::MAX)?;
    integer_setting(lua, args, 3, &mut settings.sparse_safe, 0, i32::MAX)?;
    let number = |n: i32| Value::Number(f64::from(n));
    Ok([
        Value::Boolean(settings.sparse_convert),
        number(settings.sparse_ratio),
        number(settings.sparse_safe),
    ]
    .into_iter()
    .collect())
}
