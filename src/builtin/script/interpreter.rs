//! A Lua state prepared for scripts: sandbox, libraries, error handler, hook.

use super::random::Random;
use super::sandbox::{SANDBOX, Sandbox};
use super::{bit, cjson, cmsgpack, raise, structs};
use crate::builtin::VERSION;
use mlua::chunk::ChunkMode;
use mlua::{Function, HookTriggers, Lua, LuaOptions, MultiValue, StdLib, Table, Value, VmState};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// After how many instructions a running script is looked at.
const HOOK_INSTRUCTIONS: u32 = 100_000;

/// A prepared Lua state.
pub(super) struct Interpreter {
    pub(super) lua: Lua,
    pub(super) sandbox: Sandbox,
    /// The `redis` table itself, to which each run adds its functions.
    pub(super) redis: Table,
    /// What `redis.call`, `redis.pcall` and `redis.setresp` do in this run.
    pub(super) slots: [(&'static str, Slot); 3],
    /// Set when the running script is to die.
    pub(super) killed: Rc<Cell<bool>>,
    /// Called every [`HOOK_INSTRUCTIONS`] while a script runs.
    tick: Slot,
    xpcall: Function,
    handler: Function,
    bind: Function,
}

/// A place for a function that lives only as long as one run.
pub(super) type Slot = Rc<RefCell<Option<Function>>>;

/// How a script ended.
pub(super) enum Outcome {
    /// It returned a value.
    Returned(Value),
    /// It failed: the error's text, and where (source and line).
    Failed {
        text: Vec<u8>,
        place: Option<(String, i64)>,
    },
    /// It failed and so did describing it (out of memory, for instance).
    Broken(String),
}

impl Interpreter {
    pub(super) fn new(random: &Random) -> mlua::Result<Interpreter> {
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
        let redis = lua.create_table()?;
        constants(&redis)?;
        sandbox.provide(&lua, "redis", redis.clone())?;
        let mut slots = ["call", "pcall", "setresp"].map(|name| (name, Slot::default()));
        for (name, slot) in &mut slots {
            let otherwise = "ERR redis.call can only be called inside a script invocation";
            let (function, own) = Interpreter::lasting(&lua, otherwise)?;
            redis.raw_set(*name, function)?;
            *slot = own;
        }
        let interpreter = Interpreter {
            lua,
            sandbox,
            redis,
            slots,
            killed,
            tick: Rc::default(),
            xpcall,
            handler,
            bind,
        };
        interpreter.install_hook()?;
        Ok(interpreter)
    }

    fn install_hook(&self) -> mlua::Result<()> {
        let tick = Rc::clone(&self.tick);
        let triggers = HookTriggers::new().every_nth_instruction(HOOK_INSTRUCTIONS);
        self.lua.set_global_hook(triggers, move |_, _| {
            let function = tick.borrow().clone();
            match function {
                Some(function) => function.call::<()>(()).map(|()| VmState::Continue),
                None => Ok(VmState::Continue),
            }
        })
    }

    /// A function that can stay for ever and calls what is in the slot it comes
    /// with: a library may keep `redis.call` and use it in a later run.
    pub(super) fn lasting(lua: &Lua, otherwise: &'static str) -> mlua::Result<(Function, Slot)> {
        let slot = Slot::default();
        let inside = Rc::clone(&slot);
        let function = lua.create_function(move |_, args: MultiValue| {
            let function = inside.borrow().clone();
            match function {
                Some(function) => function.call::<MultiValue>(args),
                None => Err(raise::reply(otherwise, false)),
            }
        })?;
        Ok((function, slot))
    }

    /// Compiles a chunk; the message of a syntax error otherwise.
    pub(super) fn compile(&self, code: &[u8], name: &str) -> Result<Function, String> {
        self.lua
            .load(code)
            .set_name(name)
            .set_mode(ChunkMode::Text)
            .into_function()
            .map_err(|error| raise::message(&error))
    }

    /// A function without arguments that calls `function` with two.
    pub(super) fn bind(
        &self,
        function: &Function,
        keys: Table,
        args: Table,
    ) -> mlua::Result<Function> {
        self.bind.call((function, keys, args))
    }

    /// A list of strings.
    pub(super) fn strings(&self, items: &[&[u8]]) -> mlua::Result<Table> {
        let table = self.lua.create_table_with_capacity(items.len(), 0)?;
        for (i, item) in items.iter().enumerate() {
            table.raw_set(i + 1, self.lua.create_string(item)?)?;
        }
        Ok(table)
    }

    /// Runs a function without arguments, calling `tick` now and then.
    pub(super) fn run(&self, function: Function, tick: Function) -> mlua::Result<Outcome> {
        self.killed.set(false);
        *self.tick.borrow_mut() = Some(tick);
        let result = self
            .xpcall
            .call::<(bool, Value)>((function, self.handler.clone()));
        *self.tick.borrow_mut() = None;
        self.killed.set(false);
        self.sandbox.clean()?;
        Ok(match result? {
            (true, value) => Outcome::Returned(value),
            (false, Value::Table(error)) => failed(&error)?,
            (false, Value::String(text)) => Outcome::Broken(text.to_string_lossy()),
            (false, Value::Error(error)) => Outcome::Broken(raise::message(&error)),
            (false, _) => Outcome::Broken("execution failure".into()),
        })
    }
}

fn failed(error: &Table) -> mlua::Result<Outcome> {
    let text = match error.raw_get("err")? {
        Value::String(text) => text.as_bytes().to_vec(),
        other => other.to_string()?.into_bytes(),
    };
    let place = match (error.raw_get("source")?, error.raw_get("line")?) {
        (Value::String(source), Value::Integer(line)) => Some((source.to_string_lossy(), line)),
        (Value::String(source), Value::Number(line)) => {
            Some((source.to_string_lossy(), line as i64))
        }
        _ => None,
    };
    Ok(Outcome::Failed { text, place })
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

/// The constants of the `redis` table.
pub(super) fn constants(redis: &Table) -> mlua::Result<()> {
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
pub(super) fn log_constants(redis: &Table) -> mlua::Result<()> {
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
pub(super) fn log(lua: &Lua, args: MultiValue) -> mlua::Result<()> {
    let problem = if args.len() < 2 {
        "ERR redis.log() requires two arguments or more."
    } else {
        match raise::number_arg(lua, &args, 1).ok() {
            None => "ERR First argument must be a number (log level).",
            Some(level) if !(0.0..=3.0).contains(&level) => "ERR Invalid debug level.",
            Some(_) => return Ok(()),
        }
    };
    Err(raise::reply(problem, false))
}
