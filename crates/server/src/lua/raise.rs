//! Errors between Rust and Lua.
//!
//! A Rust function that fails hands mlua an `Err`, which Lua code would see
//! as an opaque object. Redis's functions raise strings (with the place in
//! the script in front) or tables with an `err` field, so [`Raised`] carries
//! one of these through mlua and [`value`] turns it back wherever Lua code
//! can catch it.

use mlua::{Error, Lua, MultiValue, Value};
use std::fmt;

/// What a failing function throws.
#[derive(Debug, Clone)]
pub(crate) enum Raised {
    /// A message, as Lua's own functions throw.
    Text(Vec<u8>),
    /// A table whose `err` is this error reply (without the `-`).
    Reply {
        /// The error's text, its code first.
        text: Vec<u8>,
        /// Whether the failed command already counted the error.
        counted: bool,
    },
}

impl fmt::Display for Raised {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Raised::Text(text) | Raised::Reply { text, .. }) = self;
        f.write_str(&String::from_utf8_lossy(text))
    }
}

impl std::error::Error for Raised {}

/// Throws a message with the calling line in front: `user_script:1: text`.
pub(crate) fn text(lua: &Lua, text: impl AsRef<[u8]>) -> Error {
    text_at(lua, 1, text)
}

/// The same with the line so many calls up.
pub(crate) fn text_at(lua: &Lua, level: usize, text: impl AsRef<[u8]>) -> Error {
    let mut message = place(lua, level).into_bytes();
    message.extend_from_slice(text.as_ref());
    Error::external(Raised::Text(message))
}

/// Throws a message without a place.
pub(crate) fn bare(text: impl Into<Vec<u8>>) -> Error {
    Error::external(Raised::Text(text.into()))
}

/// Throws an error reply as a table.
pub(crate) fn reply(text: impl Into<Vec<u8>>, counted: bool) -> Error {
    let text = text.into();
    Error::external(Raised::Reply { text, counted })
}

/// Complains about the `n`-th argument of the running function, in the words
/// of Lua's auxiliary library.
pub(crate) fn argument(lua: &Lua, n: usize, problem: &str) -> Error {
    argument_at(lua, 0, n, problem)
}

/// The same of the function so many calls up.
fn argument_at(lua: &Lua, level: usize, n: usize, problem: &str) -> Error {
    let name = lua
        .inspect_stack(level, |debug| {
            debug.names().name.map(|name| name.into_owned())
        })
        .flatten();
    let name = name.unwrap_or_else(|| "?".to_string());
    let problem = format!("bad argument #{n} to '{name}' ({problem})");
    text_at(lua, level + 1, problem)
}

/// Complains about the type of the `n`-th argument (counted from 1).
pub(crate) fn argument_type(lua: &Lua, args: &MultiValue, n: usize, wanted: &str) -> Error {
    argument_type_at(lua, 0, args, n, wanted)
}

/// The same of the function so many calls up, which was given these too.
pub(crate) fn argument_type_at(
    lua: &Lua,
    level: usize,
    args: &MultiValue,
    n: usize,
    wanted: &str,
) -> Error {
    let got = args.get(n - 1).map_or("no value", type_name);
    argument_at(lua, level, n, &format!("{wanted} expected, got {got}"))
}

/// `user_script:3: ` for the Lua line at a stack level, or nothing.
fn place(lua: &Lua, level: usize) -> String {
    let place = lua.inspect_stack(level, |debug| {
        let line = debug.current_line()?;
        let source = debug.source().short_src?.into_owned();
        Some(format!("{source}:{line}: "))
    });
    place.flatten().unwrap_or_default()
}

/// Lua's name of a value's type.
pub(crate) fn type_name(value: &Value) -> &'static str {
    match value {
        Value::LightUserData(_) => "userdata",
        Value::Integer(_) => "number",
        Value::Error(_) => "string",
        other => other.type_name(),
    }
}

/// The value Lua code catches for an error.
pub(crate) fn value(lua: &Lua, error: &Error) -> mlua::Result<Value> {
    if let Some(raised) = raised(error) {
        return match raised {
            Raised::Text(text) => lua.create_string(text).map(Value::String),
            Raised::Reply { text, counted } => error_table(lua, text, *counted).map(Value::Table),
        };
    }
    let text = message(error);
    lua.create_string(text).map(Value::String)
}

/// The table redis.call's errors are.
pub(crate) fn error_table(lua: &Lua, text: &[u8], counted: bool) -> mlua::Result<mlua::Table> {
    let table = lua.create_table()?;
    table.raw_set("err", lua.create_string(text)?)?;
    if counted {
        table.raw_set("ignore_error_stats_update", true)?;
    }
    Ok(table)
}

/// Whether an error table is of a command that has counted it.
pub(crate) fn is_counted(value: &Value) -> bool {
    let flag = value
        .as_table()
        .map(|table| table.raw_get("ignore_error_stats_update"));
    matches!(flag, Some(Ok(true)))
}

fn raised(error: &Error) -> Option<&Raised> {
    match error {
        Error::CallbackError { cause, .. } => raised(cause),
        Error::ExternalError(external) => external.downcast_ref(),
        _ => None,
    }
}

/// The message of an error that is none of ours.
pub(crate) fn message(error: &Error) -> String {
    match error {
        Error::CallbackError { cause, .. } => message(cause),
        Error::RuntimeError(text) | Error::MemoryError(text) => text.clone(),
        Error::SyntaxError { message, .. } => message.clone(),
        other => other.to_string(),
    }
}

/// A string argument (numbers count as strings), or Lua's complaint.
pub(crate) fn string_arg(lua: &Lua, args: &MultiValue, n: usize) -> mlua::Result<mlua::LuaString> {
    let value = args.get(n - 1).cloned().unwrap_or(Value::Nil);
    match value {
        Value::String(text) => Ok(text),
        Value::Number(_) | Value::Integer(_) => lua
            .coerce_string(value)?
            .ok_or_else(|| argument_type(lua, args, n, "string")),
        _ => Err(argument_type(lua, args, n, "string")),
    }
}

/// The value as a number, if it is one.
pub(crate) fn as_number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => Some(*number),
        Value::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

/// A number argument (numeric strings count), or Lua's complaint.
pub(crate) fn number_arg(lua: &Lua, args: &MultiValue, n: usize) -> mlua::Result<f64> {
    let value = args.get(n - 1).cloned().unwrap_or(Value::Nil);
    let number = match value {
        Value::Number(number) => Some(number),
        Value::Integer(n) => Some(n as f64),
        Value::String(_) => lua.coerce_number(value)?,
        _ => None,
    };
    number.ok_or_else(|| argument_type(lua, args, n, "number"))
}

/// An optional number argument as a C `int`, as `luaL_optint` reads it.
pub(crate) fn int_arg_or(
    lua: &Lua,
    args: &MultiValue,
    n: usize,
    default: i32,
) -> mlua::Result<i32> {
    match args.get(n - 1) {
        None | Some(Value::Nil) => Ok(default),
        Some(_) => number_arg(lua, args, n).map(|number| to_i64(number) as i32),
    }
}

/// A whole number, which in mlua has the width of a pointer.
#[allow(clippy::useless_conversion, reason = "it is not where that is 32 bits")]
pub(crate) fn wide(number: mlua::Integer) -> i64 {
    i64::from(number)
}

/// A double as C converts it to a 64-bit integer on x86-64: what does not fit
/// becomes the smallest one.
pub(crate) fn to_i64(number: f64) -> i64 {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    if (-LIMIT..LIMIT).contains(&number) {
        number as i64
    } else {
        i64::MIN
    }
}
