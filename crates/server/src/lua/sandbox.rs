//! The Lua environment scripts see: a fixed set of globals that nobody can
//! change.
//!
//! Redis patches the interpreter so that tables can be read-only. Ours is
//! unpatched, so what scripts see are empty tables that pass reads on to the
//! real ones and refuse writes. Functions that would look behind them
//! (`pairs`, `rawset`, `setmetatable`, ...) know about that.

use super::raise;
use mlua::chunk::ChunkMode;
use mlua::{Function, Lua, MultiValue, Table, Value};
use std::cell::Cell;
use std::rc::Rc;
use std::time::Instant;

/// The globals of Lua that scripts keep.
const KEPT: &[&str] = &[
    "_VERSION",
    "assert",
    "collectgarbage",
    "coroutine",
    "error",
    "gcinfo",
    "getmetatable",
    "ipairs",
    "load",
    "loadstring",
    "math",
    "next",
    "pairs",
    "pcall",
    "rawequal",
    "rawget",
    "rawset",
    "select",
    "setmetatable",
    "string",
    "table",
    "tonumber",
    "tostring",
    "type",
    "unpack",
    "xpcall",
];

/// The name of our own Lua code.
pub(crate) const SANDBOX: &str = "=sandbox";

const READ_ONLY: &str = "Attempt to modify a readonly table";

/// The environment, from both sides.
#[derive(Debug, Clone)]
pub(crate) struct Sandbox {
    /// The real globals; only we write here.
    pub(crate) globals: Table,
    /// What scripts have as their globals.
    pub(crate) visible: Table,
    /// The metatable of `visible`, whose `__index` can be pointed elsewhere.
    pub(crate) gate: Table,
    /// Every read-only table (weakly held), with what is behind it.
    real: Table,
    refuse: Function,
}

impl Sandbox {
    /// Replaces the globals of a fresh interpreter by the sandbox.
    pub(crate) fn new(lua: &Lua, killed: &Rc<Cell<bool>>) -> mlua::Result<Sandbox> {
        let original = lua.globals();
        let globals = lua.create_table()?;
        for name in KEPT {
            globals.raw_set(*name, original.raw_get::<Value>(*name)?)?;
        }
        let real = lua.create_table()?;
        let weak = lua.create_table()?;
        weak.raw_set("__mode", "k")?;
        real.set_metatable(Some(weak))?;
        let refuse = lua.create_function(|lua, _: MultiValue| -> mlua::Result<()> {
            Err(raise::text(lua, READ_ONLY))
        })?;
        let visible = lua.create_table()?;
        let gate = lua.create_table()?;
        let sandbox = Sandbox {
            globals,
            visible,
            gate,
            real,
            refuse,
        };
        sandbox.wrap_catchers(lua, killed)?;
        sandbox.wrap_table_functions(lua)?;
        sandbox.wrap_compilers(lua)?;
        sandbox.guard_globals(lua)?;
        lua.set_globals(sandbox.visible.clone())?;
        Ok(sandbox)
    }

    /// Adds a library (or other value) that scripts can read.
    pub(crate) fn provide(&self, lua: &Lua, name: &str, library: Table) -> mlua::Result<()> {
        self.globals.raw_set(name, self.read_only(lua, library)?)
    }

    /// An empty table that reads from `table` and refuses writes.
    pub(crate) fn read_only(&self, lua: &Lua, table: Table) -> mlua::Result<Table> {
        let visible = lua.create_table()?;
        let gate = lua.create_table()?;
        gate.raw_set("__index", table.clone())?;
        gate.raw_set("__newindex", self.refuse.clone())?;
        // What scripts get from getmetatable: nothing, as for a plain table.
        gate.raw_set("__metatable", false)?;
        visible.set_metatable(Some(gate))?;
        self.real.raw_set(visible.clone(), table)?;
        Ok(visible)
    }

    /// A function that complains about a global that does not exist.
    pub(crate) fn missing(lua: &Lua) -> mlua::Result<Function> {
        lua.create_function(|lua, (_, name): (Value, Value)| -> mlua::Result<Value> {
            let mut text = b"Script attempted to access nonexistent global variable '".to_vec();
            let shown = match &name {
                Value::String(name) => name.as_bytes().to_vec(),
                other => other.to_string().unwrap_or_default().into_bytes(),
            };
            text.extend_from_slice(&shown);
            text.push(b'\'');
            Err(raise::text(lua, text))
        })
    }

    fn guard_globals(&self, lua: &Lua) -> mlua::Result<()> {
        let behind = lua.create_table()?;
        let missing = Self::missing(lua)?;
        behind.raw_set("__index", missing.clone())?;
        self.globals.set_metatable(Some(behind))?;
        self.gate.raw_set("__index", self.globals.clone())?;
        self.gate.raw_set("__newindex", self.refuse.clone())?;
        let shown = lua.create_table()?;
        shown.raw_set("__index", missing)?;
        self.gate
            .raw_set("__metatable", self.read_only(lua, shown)?)?;
        self.visible.set_metatable(Some(self.gate.clone()))?;
        self.real
            .raw_set(self.visible.clone(), self.globals.clone())?;
        self.globals.raw_set("_G", self.visible.clone())?;
        let os = lua.create_table()?;
        let started = Instant::now();
        let clock = move |_: &Lua, _: MultiValue| Ok(started.elapsed().as_secs_f64());
        os.raw_set("clock", lua.create_function(clock)?)?;
        self.provide(lua, "os", os)?;
        self.guard_insert(lua)?;
        for name in ["string", "table", "math", "coroutine"] {
            let library: Table = self.globals.raw_get(name)?;
            self.provide(lua, name, library)?;
        }
        // Methods of strings: ("x"):upper().
        let strings = lua.create_table()?;
        let library: Value = self.globals.raw_get("string")?;
        strings.raw_set("__index", library.clone())?;
        let shown = lua.create_table()?;
        shown.raw_set("__index", library)?;
        strings.raw_set("__metatable", self.read_only(lua, shown)?)?;
        lua.set_type_metatable::<mlua::LuaString>(Some(strings));
        Ok(())
    }

    /// `table.insert` writes without asking a table's metatable. (Its
    /// relatives `table.remove` and `table.sort` find nothing to do in an
    /// empty table.) Lua code looks at the usual calls and passes the others
    /// on to be refused.
    fn guard_insert(&self, lua: &Lua) -> mlua::Result<()> {
        let table: Table = self.globals.raw_get("table")?;
        let insert: Function = table.raw_get("insert")?;
        let (original, real) = (insert.clone(), self.real.clone());
        let unusual = lua.create_function(move |lua, args: MultiValue| {
            // Called from the guard, which was called by the script.
            let complain = |n, wanted| Err(raise::argument_type_at(lua, 1, &args, n, wanted));
            let Some(Value::Table(table)) = args.front() else {
                return complain(1, "table");
            };
            if !(2..=3).contains(&args.len()) {
                let text = "wrong number of arguments to 'insert'";
                return Err(raise::text_at(lua, 2, text));
            }
            if args.len() == 3 && lua.coerce_number(args[1].clone())?.is_none() {
                return complain(2, "number");
            }
            if real.raw_get::<Value>(table)? != Value::Nil {
                return Err(raise::bare(READ_ONLY));
            }
            original.call::<()>(args)
        })?;
        let guard: Function = lua.load(INSERT).set_name(SANDBOX).into_function()?.call((
            insert,
            self.globals.raw_get::<Function>("type")?,
            self.globals.raw_get::<Function>("select")?,
            self.real.clone(),
            unusual,
        ))?;
        table.raw_set("insert", guard)
    }

    /// What catches errors must not catch the script's death.
    fn wrap_catchers(&self, lua: &Lua, killed: &Rc<Cell<bool>>) -> mlua::Result<()> {
        let killed = Rc::clone(killed);
        let caught = lua.create_function(move |lua, value: Value| match value {
            // A script that is to die must not catch its death.
            _ if killed.get() => Err(raise::bare(super::host::KILLED)),
            Value::Error(error) => raise::value(lua, &error),
            other => Ok(other),
        })?;
        let coroutine: Table = self.globals.raw_get("coroutine")?;
        let wrap: Function = lua
            .load(WRAPPERS)
            .set_name(SANDBOX)
            .into_function()?
            .call(())?;
        type Wrapped = (Function, Function, Function, Function);
        let (pcall, xpcall, resume, getmetatable): Wrapped = wrap.call((
            self.globals.raw_get::<Function>("pcall")?,
            self.globals.raw_get::<Function>("xpcall")?,
            coroutine.raw_get::<Function>("resume")?,
            self.globals.raw_get::<Function>("getmetatable")?,
            self.globals.raw_get::<Function>("type")?,
            caught,
        ))?;
        self.globals.raw_set("getmetatable", getmetatable)?;
        self.globals.raw_set("pcall", pcall)?;
        self.globals.raw_set("xpcall", xpcall)?;
        coroutine.raw_set("resume", resume)
    }

    /// What reads and changes tables sees through those that are protected, and
    /// leaves them alone.
    fn wrap_table_functions(&self, lua: &Lua) -> mlua::Result<()> {
        let next: Function = self.globals.raw_get("next")?;
        for name in ["next", "rawget"] {
            let real = self.real.clone();
            let original: Function = self.globals.raw_get(name)?;
            let seeing = lua.create_function(move |lua, mut args: MultiValue| {
                let Some(Value::Table(table)) = args.front_mut() else {
                    return Err(raise::argument_type(lua, &args, 1, "table"));
                };
                if let Some(behind) = real.raw_get(&*table)? {
                    *table = behind;
                }
                if name == "rawget" && args.len() < 2 {
                    return Err(raise::argument(lua, 2, "value expected"));
                }
                original.call::<MultiValue>(args).map_err(|error| {
                    let message = raise::message(&error);
                    let first = message.lines().next().unwrap_or_default();
                    raise::bare(first)
                })
            })?;
            self.globals.raw_set(name, seeing)?;
        }
        // What goes over a protected table must not be given what is behind it.
        let seeing: Function = self.globals.raw_get("next")?;
        let real = self.real.clone();
        self.globals.raw_set(
            "pairs",
            lua.create_function(move |lua, args: MultiValue| {
                let Some(Value::Table(table)) = args.front() else {
                    return Err(raise::argument_type(lua, &args, 1, "table"));
                };
                let is_protected = real.raw_get::<Value>(table)? != Value::Nil;
                let next = if is_protected { &seeing } else { &next };
                Ok((next.clone(), table.clone(), Value::Nil))
            })?,
        )?;
        for name in ["rawset", "setmetatable"] {
            let real = self.real.clone();
            let original: Function = self.globals.raw_get(name)?;
            let guarded = lua.create_function(move |lua, args: MultiValue| {
                let Some(Value::Table(table)) = args.front() else {
                    return Err(raise::argument_type(lua, &args, 1, "table"));
                };
                if real.raw_get::<Value>(table)? != Value::Nil {
                    return Err(raise::bare(READ_ONLY));
                }
                if name == "setmetatable" {
                    if !matches!(args.get(1), Some(Value::Table(_) | Value::Nil)) {
                        return Err(raise::argument(lua, 2, "nil or table expected"));
                    }
                } else if args.len() < 3 {
                    return Err(raise::argument(lua, args.len() + 1, "value expected"));
                }
                original.call::<Value>(args).map_err(|error| {
                    let message = raise::message(&error);
                    let first = message.lines().next().unwrap_or_default();
                    raise::text(lua, first)
                })
            })?;
            self.globals.raw_set(name, guarded)?;
        }
        Ok(())
    }

    /// Only text is compiled: precompiled code could do anything to the
    /// interpreter.
    fn wrap_compilers(&self, lua: &Lua) -> mlua::Result<()> {
        let compiler = lua.create_function(|lua, args: MultiValue| compile(lua, &args))?;
        self.globals.raw_set("loadstring", compiler)?;
        let reader: Function = lua
            .load("local compile = ... return function(f, name) local parts = {} repeat local part = f() parts[#parts + 1] = part until not part or part == '' return compile(table.concat(parts), name or '=(load)') end")
            .set_name(SANDBOX)
            .into_function()?
            .call(self.globals.raw_get::<Function>("loadstring")?)?;
        self.globals.raw_set("load", reader)
    }
}

/// `loadstring`: compiles text; nil and a message when that fails.
fn compile(lua: &Lua, args: &MultiValue) -> mlua::Result<(Option<Function>, Option<String>)> {
    let code = raise::string_arg(lua, args, 1)?;
    let name = match args.get(1) {
        None | Some(Value::Nil) => code.to_string_lossy(),
        Some(_) => raise::string_arg(lua, args, 2)?.to_string_lossy(),
    };
    let bytes = code.as_bytes();
    let chunk = lua
        .load(&bytes[..])
        .set_name(name)
        .set_mode(ChunkMode::Text);
    Ok(match chunk.into_function() {
        Ok(function) => (Some(function), None),
        Err(error) => (None, Some(raise::message(&error))),
    })
}

/// See [`Sandbox::guard_insert`].
const INSERT: &str = r"
local insert, type, select, guarded, unusual = ...
return function(...)
  local t, position = ...
  if type(t) == 'table' and not guarded[t] then
    local n = select('#', ...)
    if n == 2 then insert(t, position) return end
    if n == 3 and type(position) == 'number' then insert(...) return end
  end
  -- Not a tail call: the message names the script's line, two calls up.
  local nothing = unusual(...)
end
";

/// The functions that catch errors, around Lua's own. They are Lua code,
/// because a protected call made from Rust would lose the thrown value.
const WRAPPERS: &str = r"
return function(raw_pcall, raw_xpcall, raw_resume, raw_getmetatable, type, caught)
  local function check(ok, ...)
    if ok then return true, ... end
    return false, caught((...))
  end
  -- Of an error reply pcall gives the text, as it did before errors were tables.
  local function check_text(ok, ...)
    if ok then return true, ... end
    local e = caught((...))
    if type(e) == 'table' then
      local text = e.err
      if type(text) == 'string' or type(text) == 'number' then return false, text end
    end
    return false, e
  end
  return
    function(...) return check_text(raw_pcall(...)) end,
    function(f, handler)
      return raw_xpcall(f, function(e) return handler(caught(e)) end)
    end,
    function(...) return check(raw_resume(...)) end,
    function(...) return raw_getmetatable(...) or nil end
end
";
