//! A Lua state prepared for scripts: sandbox, libraries, error handler, hook.

use super::convert::string;
use super::host::{self, Host};
use super::random::Random;
use super::sandbox::{SANDBOX, Sandbox};
use super::{api, bit, cjson, cmsgpack, raise, structs};
use crate::state::running::BusyScript;
use crate::wire::reply::{CmdError, CmdResult};
use mlua::chunk::ChunkMode;
pub(crate) use mlua::{Function, RegistryKey};
use mlua::{HookTriggers, Lua, LuaOptions, StdLib, Table, Value, VmState};
use std::cell::{Cell, OnceCell};
use std::rc::Rc;

/// After how many instructions a running script is looked at.
const HOOK_INSTRUCTIONS: u32 = 100_000;

/// A prepared Lua state.
pub(crate) struct Interpreter {
    pub(crate) lua: Lua,
    pub(crate) sandbox: Sandbox,
    /// The globals of libraries that are being loaded, once there was one.
    pub(super) while_loading: OnceCell<Table>,
    /// Set when the running script is to die.
    killed: Rc<Cell<bool>>,
    xpcall: Function,
    handler: Function,
    bind: Function,
    memory_limit: usize,
}

/// How a script ended.
pub(crate) enum Outcome {
    /// It returned a value.
    Returned(Value),
    /// It failed: the error's text, where (source and line), and whether the
    /// command that failed has counted the error.
    Failed {
        text: Vec<u8>,
        place: Option<(String, i64)>,
        counted: bool,
    },
    /// It failed and so did describing it (out of memory, for instance).
    Broken(String),
}

impl Interpreter {
    /// An interpreter for scripts or for functions.
    pub(crate) fn start(
        random: &Random,
        memory_limit: usize,
        kind: BusyScript,
    ) -> CmdResult<Interpreter> {
        Interpreter::new(random, memory_limit, kind).map_err(|error| {
            CmdError::owned(format!(
                "ERR Lua cannot be started: {}",
                raise::message(&error)
            ))
        })
    }

    fn new(random: &Random, memory_limit: usize, kind: BusyScript) -> mlua::Result<Interpreter> {
        let libraries = StdLib::TABLE | StdLib::STRING | StdLib::MATH;
        let lua = Lua::new_with(libraries, LuaOptions::new())?;
        let xpcall: Function = lua.globals().raw_get("xpcall")?;
        random.install(&lua, &lua.globals().raw_get("math")?)?;
        let handler = lua.create_function(|lua, error: Value| describe(lua, error))?;
        let bind = lua
            .load("local f, keys, args = ... return function() return f(keys, args) end")
            .set_name("=bind")
            .into_function()?;
        let killed = Rc::new(Cell::new(false));
        let sandbox = Sandbox::new(&lua, &killed)?;
        sandbox.provide(&lua, "cjson", cjson::library(&lua)?)?;
        sandbox.provide(&lua, "cmsgpack", cmsgpack::library(&lua)?)?;
        sandbox.provide(&lua, "struct", structs::library(&lua)?)?;
        sandbox.provide(&lua, "bit", bit::library(&lua)?)?;
        sandbox.provide(&lua, "redis", api::library(&lua, kind)?)?;
        let interpreter = Interpreter {
            lua,
            sandbox,
            while_loading: OnceCell::new(),
            killed,
            xpcall,
            handler,
            bind,
            memory_limit,
        };
        interpreter.install_hook()?;
        Ok(interpreter)
    }

    fn install_hook(&self) -> mlua::Result<()> {
        let killed = Rc::clone(&self.killed);
        let triggers = HookTriggers::new().every_nth_instruction(HOOK_INSTRUCTIONS);
        self.lua.set_global_hook(triggers, move |_, _| {
            host::tick().inspect_err(|_| killed.set(true))?;
            Ok(VmState::Continue)
        })
    }

    /// The bytes it uses.
    pub(crate) fn memory(&self) -> usize {
        self.lua.used_memory()
    }

    /// Collects about as much garbage as loading a small library leaves behind.
    /// Should that fail, it is Lua's own turn to collect it.
    pub(super) fn collect_some(&self) {
        for _ in 0..4 {
            let _ = self.lua.gc_step();
        }
    }

    /// Compiles a chunk; the message of a syntax error otherwise.
    pub(crate) fn compile(&self, code: &[u8], name: &str) -> Result<Function, String> {
        self.lua
            .load(code)
            .set_name(name)
            .set_mode(ChunkMode::Text)
            .into_function()
            .map_err(|error| raise::message(&error))
    }

    /// Keeps a function for later, until the key is dropped. Of functions that are
    /// at hand there can be some thousands only.
    pub(crate) fn keep(&self, function: Function) -> mlua::Result<RegistryKey> {
        self.lua.expire_registry_values();
        self.lua.create_registry_value(function)
    }

    /// Compiles a function and keeps it.
    ///
    /// # Errors
    /// Lua's message.
    pub(crate) fn compile_to_keep(&self, code: &[u8], name: &str) -> Result<RegistryKey, String> {
        let kept = self.keep(self.compile(code, name)?);
        kept.map_err(|error| raise::message(&error))
    }

    /// A function that was kept.
    pub(crate) fn kept(&self, key: &RegistryKey) -> mlua::Result<Function> {
        self.lua.registry_value(key)
    }

    /// A function without arguments that calls `function` with two.
    pub(crate) fn bind(
        &self,
        function: &Function,
        keys: Table,
        args: Table,
    ) -> mlua::Result<Function> {
        self.bind.call((function, keys, args))
    }

    /// A list of strings.
    pub(crate) fn strings(&self, items: &[&[u8]]) -> mlua::Result<Table> {
        self.lua
            .create_sequence_from(items.iter().map(|item| string(item)))
    }

    /// Runs a function without arguments, with `host` in reach.
    pub(crate) fn run(&self, host: &mut dyn Host, function: &Function) -> mlua::Result<Outcome> {
        self.killed.set(false);
        let protected = (function, &self.handler);
        // A script that wants more gets an error, and does not take the whole
        // server with it.
        let result = within_memory(&self.lua, self.memory_limit, || {
            host::within(host, || self.xpcall.call::<(bool, Value)>(protected))
        })?;
        self.killed.set(false);
        if self.lua.used_memory() > self.memory_limit / 2 {
            // What it has left behind is not to be in the next one's way. Twice,
            // for what has something to do when it goes.
            self.lua.gc_collect()?;
            self.lua.gc_collect()?;
        }
        Ok(match result? {
            (true, value) => Outcome::Returned(value),
            (false, Value::Table(error)) => failed(error)?,
            (false, Value::String(text)) => Outcome::Broken(text.to_string_lossy()),
            (false, Value::Error(error)) => Outcome::Broken(raise::message(&error)),
            (false, _) => Outcome::Broken("execution failure".into()),
        })
    }
}

/// Runs `body` while Lua may have so many bytes, 0 for as many as there are;
/// afterwards it is as before. With a limit every value that is made for Lua is
/// made in a protected call, in case that was one too many: a third of the time
/// of a script that calls two commands.
pub(super) fn within_memory<R>(
    lua: &Lua,
    limit: usize,
    body: impl FnOnce() -> R,
) -> mlua::Result<R> {
    let before = lua.set_memory_limit(limit)?;
    let result = body();
    lua.set_memory_limit(before)?;
    Ok(result)
}

fn failed(error: Table) -> mlua::Result<Outcome> {
    let text = match error.raw_get("err")? {
        Value::String(text) => text.as_bytes().to_vec(),
        other => other.to_string()?.into_bytes(),
    };
    let place = match (error.raw_get("source")?, error.raw_get("line")?) {
        (Value::String(source), Value::Integer(line)) => {
            Some((source.to_string_lossy(), raise::wide(line)))
        }
        (Value::String(source), Value::Number(line)) => {
            Some((source.to_string_lossy(), line as i64))
        }
        _ => None,
    };
    let counted = raise::is_counted(&Value::Table(error));
    Ok(Outcome::Failed {
        text,
        place,
        counted,
    })
}

/// The error handler: makes every error a table with its text and place.
fn describe(lua: &Lua, error: Value) -> mlua::Result<Table> {
    let error = match error {
        Value::Error(error) => raise::value(lua, &error)?,
        other => other,
    };
    let table = match error {
        Value::Table(table) => table,
        other => {
            let mut text = b"ERR ".to_vec();
            match &other {
                Value::String(message) => text.extend_from_slice(&message.as_bytes()),
                other => text.extend_from_slice(other.to_string()?.as_bytes()),
            }
            raise::error_table(lua, &text, false)?
        }
    };
    let place = |level| {
        lua.inspect_stack(level, |debug| {
            let source = debug.source();
            let line = debug.current_line().map_or(-1, |line| line as i64);
            let text = source.source.unwrap_or_default().into_owned();
            (source.what == "C", text, line)
        })
    };
    // The function that failed; its caller when it is not written in Lua.
    // Our own wrappers around pcall and the like do not count.
    let mut level = 1;
    if matches!(place(level), Some((true, ..))) {
        level += 1;
    }
    let mut ours = false;
    while let Some((_, source, _)) = place(level) {
        ours |= source == SANDBOX;
        if source != SANDBOX && !(ours && source == "=(tail call)") {
            break;
        }
        level += 1;
    }
    let raiser = place(level);
    if let Some((_, source, line)) = raiser {
        table.raw_set("source", source)?;
        table.raw_set("line", line)?;
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lua_executes_before_a_script_is_not_taken_for_one() {
        let start = Interpreter::start(&Random::default(), 0, BusyScript::Function);
        let interpreter = start.map_err(|error| error.0).expect("an interpreter");
        let function = interpreter.compile(b"return 1", "@f").expect("a function");
        // The hook is called in some of these.
        for _ in 0..HOOK_INSTRUCTIONS {
            let list = || interpreter.strings(&[]).expect("a list");
            let bound = interpreter.bind(&function, list(), list());
            assert!(bound.is_ok(), "{bound:?}");
        }
    }
}
