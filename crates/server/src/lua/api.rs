//! The `redis` table: the functions and constants scripts are given.

use super::arguments::Arguments;
use super::host;
use super::interpreter::within_memory;
use super::{cache, raise};
use crate::state::running::BusyScript;
use crate::wire::VERSION;
use mlua::{Lua, MultiValue, Table, Value};

/// The table for scripts or for functions.
pub(crate) fn library(lua: &Lua, kind: BusyScript) -> mlua::Result<Table> {
    let redis = lua.create_table()?;
    constants(&redis)?;
    let caller = |raises| {
        lua.create_function(move |lua, args: Arguments| {
            // What a command answers is there already.
            within_memory(lua, 0, || host::with(|host| host.call(lua, &args, raises)))?
        })
    };
    redis.raw_set("call", caller(true)?)?;
    redis.raw_set("pcall", caller(false)?)?;
    redis.raw_set("setresp", lua.create_function(setresp)?)?;
    redis.raw_set("log", lua.create_function(log)?)?;
    redis.raw_set("sha1hex", lua.create_function(sha1hex)?)?;
    redis.raw_set("status_reply", lua.create_function(status_reply)?)?;
    redis.raw_set("error_reply", lua.create_function(error_reply)?)?;
    redis.raw_set("set_repl", lua.create_function(set_repl)?)?;
    redis.raw_set("acl_check_cmd", lua.create_function(acl_check_cmd)?)?;
    if kind == BusyScript::Eval {
        let yes = lua.create_function(|_, _: MultiValue| Ok(true))?;
        redis.raw_set("replicate_commands", yes)?;
        // Only the debugger, which is never active, would stop here.
        let no = lua.create_function(|_, _: MultiValue| Ok(false))?;
        redis.raw_set("breakpoint", no)?;
        let nothing = lua.create_function(|_, _: MultiValue| Ok(()))?;
        redis.raw_set("debug", nothing)?;
    }
    Ok(redis)
}

/// The table a library sees while it is loaded.
pub(crate) fn while_loading(lua: &Lua) -> mlua::Result<Table> {
    let redis = lua.create_table()?;
    log_constants(&redis)?;
    redis.raw_set("log", lua.create_function(log)?)?;
    let register =
        lua.create_function(|_, args: MultiValue| host::with(|host| host.register(&args)))?;
    redis.raw_set("register_function", register)?;
    Ok(redis)
}

/// The constants of the `redis` table.
fn constants(redis: &Table) -> mlua::Result<()> {
    log_constants(redis)?;
    for (name, value) in [
        ("REPL_NONE", 0),
        ("REPL_AOF", 1),
        ("REPL_SLAVE", 2),
        ("REPL_REPLICA", 2),
        ("REPL_ALL", 3),
    ] {
        redis.raw_set(name, value)?;
    }
    Ok(())
}

/// The constants a library also sees while it is loaded.
fn log_constants(redis: &Table) -> mlua::Result<()> {
    for (name, value) in [
        ("LOG_DEBUG", 0),
        ("LOG_VERBOSE", 1),
        ("LOG_NOTICE", 2),
        ("LOG_WARNING", 3),
    ] {
        redis.raw_set(name, value)?;
    }
    let number = VERSION
        .split('.')
        .fold(0, |n, part| n << 8 | part.parse::<i64>().unwrap_or(0));
    redis.raw_set("REDIS_VERSION", VERSION)?;
    redis.raw_set("REDIS_VERSION_NUM", number)
}

/// `redis.log(level, ...)`: checked as Redis checks it. There is no log file
/// to write to.
fn log(lua: &Lua, args: MultiValue) -> mlua::Result<()> {
    let problem = if args.len() < 2 {
        "ERR redis.log() requires two arguments or more."
    } else {
        match raise::number_arg(lua, &args, 1).ok() {
            None => "ERR First argument must be a number (log level).",
            Some(level) if !(0.0..=3.0).contains(&level) => "ERR Invalid log level.",
            Some(_) => return Ok(()),
        }
    };
    Err(raise::reply(problem, false))
}

fn setresp(lua: &Lua, args: MultiValue) -> mlua::Result<()> {
    if args.len() != 1 {
        return Err(raise::reply(
            "ERR redis.setresp() requires one argument.",
            false,
        ));
    }
    match raise::number_arg(lua, &args, 1).ok() {
        Some(version) if version == 2.0 || version == 3.0 => {
            host::with(|host| host.set_resp(version as u8))
        }
        _ => Err(raise::reply("ERR RESP version must be 2 or 3.", false)),
    }
}

fn sha1hex(lua: &Lua, args: MultiValue) -> mlua::Result<String> {
    if args.len() != 1 {
        return Err(raise::reply("ERR wrong number of arguments", false));
    }
    let text = lua.coerce_string(args[0].clone())?;
    Ok(cache::text(&match text {
        Some(text) => cache::digest(&text.as_bytes()),
        None => cache::digest(b""),
    }))
}

/// The one string argument of `status_reply` and `error_reply`.
fn only_string(args: &MultiValue) -> Option<Vec<u8>> {
    match args.front() {
        Some(Value::String(text)) if args.len() == 1 => Some(text.as_bytes().to_vec()),
        _ => None,
    }
}

fn wrong_arguments(lua: &Lua) -> mlua::Result<mlua::Table> {
    raise::error_table(lua, b"ERR wrong number or type of arguments", false)
}

fn status_reply(lua: &Lua, args: MultiValue) -> mlua::Result<mlua::Table> {
    let Some(text) = only_string(&args) else {
        return wrong_arguments(lua);
    };
    let table = lua.create_table()?;
    table.raw_set("ok", lua.create_string(text)?)?;
    Ok(table)
}

/// The text is a code and a message, with or without `-` in front; a single
/// word is the message of a general error.
fn error_reply(lua: &Lua, args: MultiValue) -> mlua::Result<mlua::Table> {
    let Some(text) = only_string(&args) else {
        return wrong_arguments(lua);
    };
    let text = text.strip_prefix(b"-").unwrap_or(&text);
    let mut full = if text.contains(&b' ') {
        text.to_vec()
    } else {
        [b"ERR ", text].concat()
    };
    while full
        .last()
        .is_some_and(|byte| matches!(byte, b'\r' | b'\n'))
    {
        full.pop();
    }
    raise::error_table(lua, &full, false)
}

fn set_repl(lua: &Lua, args: MultiValue) -> mlua::Result<()> {
    let problem = if args.len() != 1 {
        "ERR redis.set_repl() requires one argument."
    } else {
        match raise::number_arg(lua, &args, 1).ok() {
            Some(flags) if (0.0..=3.0).contains(&flags) => return Ok(()),
            _ => {
                "ERR Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE."
            }
        }
    };
    Err(raise::reply(problem, false))
}

fn acl_check_cmd(_: &Lua, args: Arguments) -> mlua::Result<bool> {
    host::with(|host| host.may_call(&args))
}
