//! Loading a library of functions: its code runs once and registers them.

use super::host::Host;
use super::interpreter::{Function, Interpreter, Outcome};
use super::library::{Library, Registered};
use super::{api, raise, sandbox::Sandbox, shebang};
use crate::wire::reply::{CmdError, CmdResult};
use mlua::{MultiValue, Table, Value};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// How long loading may take.
const LOAD_LIMIT: Duration = Duration::from_millis(500);

/// Functions as they are registered.
type Functions = BTreeMap<String, Registered<Function>>;

/// A library being loaded.
struct Loading {
    functions: Functions,
    started: Instant,
}

impl Host for Loading {
    fn register(&mut self, args: &MultiValue) -> mlua::Result<()> {
        register(&mut self.functions, args)
    }

    fn tick(&mut self) -> mlua::Result<()> {
        if self.started.elapsed() > LOAD_LIMIT {
            return Err(raise::reply("ERR FUNCTION LOAD timeout", false));
        }
        Ok(())
    }
}

/// Compiles and runs a library's code; its name and functions.
pub(crate) fn load(interpreter: &Interpreter, code: &[u8]) -> CmdResult<(String, Library)> {
    let (engine, name, skip) = shebang::of_library(code)?;
    if !engine.eq_ignore_ascii_case("lua") {
        return Err(CmdError::owned(format!("ERR Engine '{engine}' not found")));
    }
    let chunk = interpreter
        .compile(&code[skip..], "@user_function")
        .map_err(|message| CmdError::owned(format!("ERR Error compiling function: {message}")))?;
    let broken = |text: String| CmdError::owned(format!("ERR Error registering functions: {text}"));
    let mut loading = Loading {
        functions: BTreeMap::new(),
        started: Instant::now(),
    };
    let gate = &interpreter.sandbox.gate;
    let result = globals_while_loading(interpreter)
        .and_then(|globals| gate.raw_set("__index", globals))
        .and_then(|()| interpreter.run(&mut loading, &chunk));
    let restored = gate.raw_set("__index", interpreter.sandbox.globals.clone());
    let outcome = result
        .and_then(|outcome| restored.map(|()| outcome))
        .map_err(|error| broken(raise::message(&error)))?;
    match outcome {
        Outcome::Returned(_) => {}
        Outcome::Failed { text, .. } => {
            return Err(broken(String::from_utf8_lossy(&text).into_owned()));
        }
        Outcome::Broken(text) => return Err(broken(text)),
    }
    if loading.functions.is_empty() {
        return Err(CmdError::new("ERR No functions registered"));
    }
    let kept = |(name, found): (String, Registered<Function>)| {
        let callback = interpreter.keep(found.callback)?;
        let Registered {
            flags, description, ..
        } = found;
        let registered = Registered {
            callback,
            flags,
            description,
        };
        Ok((name, registered))
    };
    let functions = loading.functions.into_iter().map(kept);
    let functions = functions
        .collect::<mlua::Result<_>>()
        .map_err(|error| broken(raise::message(&error)))?;
    // What loading leaves behind would else double the memory before Lua looks.
    interpreter.collect_some();
    let code = code.to_vec();
    Ok((name, Library { code, functions }))
}

/// The globals a library sees while it is loaded: little more than
/// `redis.register_function`.
fn globals_while_loading(interpreter: &Interpreter) -> mlua::Result<Table> {
    if let Some(globals) = interpreter.while_loading.get() {
        return Ok(globals.clone());
    }
    let lua = &interpreter.lua;
    let behind = lua.create_table()?;
    behind.raw_set("__index", Sandbox::missing(lua)?)?;
    let redis = api::while_loading(lua)?;
    redis.set_metatable(Some(behind.clone()))?;
    let globals = lua.create_table()?;
    globals.raw_set("redis", interpreter.sandbox.read_only(lua, redis)?)?;
    globals.set_metatable(Some(behind))?;
    Ok(interpreter.while_loading.get_or_init(|| globals).clone())
}

fn register(functions: &mut Functions, args: &MultiValue) -> mlua::Result<()> {
    let fail = |text: &str| Err(raise::reply(format!("ERR {text}"), false));
    let (name, registered) = match args.len() {
        1 => match args.front() {
            Some(Value::Table(named)) => match from_table(named)? {
                Ok(parts) => parts,
                Err(text) => return fail(text),
            },
            _ => {
                return fail(
                    "calling redis.register_function with a single argument is only applicable to Lua table (representing named arguments).",
                );
            }
        },
        2 => {
            let Some(name) = text(&args[0]) else {
                return fail("first argument to redis.register_function must be a string");
            };
            let Value::Function(callback) = &args[1] else {
                return fail("second argument to redis.register_function must be a function");
            };
            let registered = Registered {
                callback: callback.clone(),
                flags: shebang::Flags::default(),
                description: None,
            };
            (name, registered)
        }
        _ => return fail("wrong number of arguments to redis.register_function"),
    };
    let name = String::from_utf8_lossy(&name).into_owned();
    shebang::check_name(&name).map_err(|error| raise::reply(error.0.into_owned(), false))?;
    if functions.contains_key(&name) {
        return fail("Function already exists in the library");
    }
    functions.insert(name, registered);
    Ok(())
}

/// A string or number as bytes.
fn text(value: &Value) -> Option<Vec<u8>> {
    match value {
        Value::String(text) => Some(text.as_bytes().to_vec()),
        Value::Number(_) | Value::Integer(_) => value.to_string().ok().map(String::into_bytes),
        _ => None,
    }
}

type Parts = Result<(Vec<u8>, Registered<Function>), &'static str>;

fn from_table(named: &Table) -> mlua::Result<Parts> {
    let (mut name, mut callback, mut description) = (None, None, None);
    let mut flags = shebang::Flags::default();
    for pair in named.pairs::<Value, Value>() {
        let (key, value) = pair?;
        let Some(key) = text(&key) else {
            return Ok(Err(
                "named argument key given to redis.register_function is not a string",
            ));
        };
        match &*String::from_utf8_lossy(&key).to_ascii_lowercase() {
            "function_name" => match text(&value) {
                Some(text) => name = Some(text),
                None => {
                    return Ok(Err(
                        "function_name argument given to redis.register_function must be a string",
                    ));
                }
            },
            "description" => match text(&value) {
                Some(text) => description = Some(text),
                None => {
                    return Ok(Err(
                        "description argument given to redis.register_function must be a string",
                    ));
                }
            },
            "callback" => match value {
                Value::Function(function) => callback = Some(function),
                _ => {
                    return Ok(Err(
                        "callback argument given to redis.register_function must be a function",
                    ));
                }
            },
            "flags" => match value {
                Value::Table(list) => {
                    for flag in list.sequence_values::<Value>() {
                        let known = match flag? {
                            Value::String(flag) => flags.set(&flag.to_string_lossy()),
                            _ => false,
                        };
                        if !known {
                            return Ok(Err("unknown flag given"));
                        }
                    }
                }
                _ => {
                    return Ok(Err(
                        "flags argument to redis.register_function must be a table representing function flags",
                    ));
                }
            },
            _ => return Ok(Err("unknown argument given to redis.register_function")),
        }
    }
    let Some(name) = name else {
        return Ok(Err(
            "redis.register_function must get a function name argument",
        ));
    };
    let Some(callback) = callback else {
        return Ok(Err("redis.register_function must get a callback argument"));
    };
    let registered = Registered {
        callback,
        flags,
        description,
    };
    Ok(Ok((name, registered)))
}
