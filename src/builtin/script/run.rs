//! One run of a script: the `redis` functions that reach the server, the time
//! limit, and the reply.

use super::interpreter::{Interpreter, Outcome, log};
use super::{KILLED, Running, convert, raise};
use crate::builtin::command::{self, Found, Lookup, flags};
use crate::builtin::ctx::{Ctx, Mode};
use crate::builtin::number::format_double;
use crate::builtin::reply::{CmdError, CmdResult, Out, errors};
use crate::builtin::server::BusyScript;
use mlua::{Function, Lua, MultiValue, Scope, Value};
use std::cell::RefCell;
use std::time::Instant;

/// What a run is allowed to do, and what it is called in messages.
pub(super) struct Job<'a> {
    /// The script's digest or the function's name.
    pub(super) name: &'a str,
    /// EVAL or FCALL.
    pub(super) kind: BusyScript,
    /// Writes are refused.
    pub(super) read_only: bool,
    /// Memory may be exceeded.
    pub(super) allow_oom: bool,
    /// The command that called it.
    pub(super) argv: &'a [&'a [u8]],
}

/// The server as a running script reaches it.
struct Host<'a, 's> {
    ctx: &'a mut Ctx<'s>,
    out: Out,
    read_only: bool,
    allow_oom: bool,
    started: Instant,
    kind: BusyScript,
}

/// Runs `function` and writes its reply.
pub(super) fn run(
    interpreter: &Interpreter,
    ctx: &mut Ctx<'_>,
    out: &mut Out,
    job: &Job<'_>,
    function: Function,
) -> CmdResult {
    let (db, mode) = (ctx.db, ctx.mode);
    ctx.mode = Mode::Script;
    ctx.server.script.running = Some(Running::new(job.name, job.kind, job.argv));
    let started = Instant::now();
    let host = RefCell::new(Host {
        ctx,
        out: Out::new(2),
        read_only: job.read_only,
        allow_oom: job.allow_oom,
        started,
        kind: job.kind,
    });
    let lua = &interpreter.lua;
    let result = lua.scope(|scope| {
        provide(interpreter, scope, &host, job.kind)?;
        let tick = scope.create_function(|_, ()| {
            // Never lent out here: no Lua code runs while a command does.
            let dies = host.try_borrow_mut().is_ok_and(|mut host| host.is_to_die());
            if dies {
                interpreter.killed.set(true);
                return Err(raise::bare(KILLED));
            }
            Ok(())
        })?;
        interpreter.run(function, tick)
    });
    for (_, slot) in &interpreter.slots {
        *slot.borrow_mut() = None;
    }
    let Host {
        ctx, out: host_out, ..
    } = host.into_inner();
    ctx.db = db;
    ctx.mode = mode;
    ctx.server.busy_script = None;
    ctx.server.script.running = None;
    let outcome = result.map_err(|error| {
        CmdError::owned(format!(
            "ERR Error running script {}, {}",
            job.name,
            raise::message(&error)
        ))
    })?;
    match outcome {
        Outcome::Returned(value) => {
            let start = out.buf.len();
            convert::write_reply(out, &value, host_out.resp, 0).map_err(|error| {
                out.buf.truncate(start);
                CmdError::owned(format!("ERR {}", raise::message(&error)))
            })
        }
        Outcome::Failed { mut text, place } => {
            if let Some((source, line)) = place {
                let suffix = format!(" script: {}, on {source}:{line}.", job.name);
                text.extend_from_slice(suffix.as_bytes());
            }
            Err(CmdError::owned(text))
        }
        Outcome::Broken(text) => {
            let text: String = text.chars().take(100).collect();
            let name = job.name;
            Err(CmdError::owned(format!(
                "ERR Error running script {name}, {text}"
            )))
        }
    }
}

impl Host<'_, '_> {
    /// Runs a command for the script; its reply is in `self.out`.
    fn call(&mut self, argv: &[&[u8]]) -> CmdResult {
        let found = self.may_call(argv)?;
        if found.command.is(flags::WRITE)
            && let Some(running) = &mut self.ctx.server.script.running
        {
            running.wrote = true;
        }
        self.out.buf.clear();
        self.ctx.run(found, argv, &mut self.out);
        Ok(())
    }

    /// The checks before a command of a script, in Redis's order.
    fn may_call(&mut self, argv: &[&[u8]]) -> CmdResult<Found> {
        let Lookup::Found(found) = command::lookup(argv) else {
            return Err(CmdError::new(
                "ERR Unknown Redis command called from script",
            ));
        };
        let command = found.command;
        if !command.accepts(argv.len()) {
            return Err(CmdError::new(
                "ERR Wrong number of args calling Redis command from script",
            ));
        }
        if command.is(flags::NOSCRIPT) {
            return Err(CmdError::new(
                "ERR This Redis command is not allowed from script",
            ));
        }
        if self.read_only && command.flags & (flags::WRITE | flags::MAY_REPLICATE) != 0 {
            return Err(CmdError::new(
                "ERR Write commands are not allowed from read-only scripts.",
            ));
        }
        // Once a script has written it may go on, or it would stop half-way.
        let server = &mut self.ctx.server;
        let wrote = server.script.running.as_ref().is_some_and(|r| r.wrote);
        if !self.allow_oom && !wrote && command.is(flags::DENYOOM) && server.out_of_memory() {
            return Err(errors::OOM);
        }
        Ok(found)
    }

    /// Lets other clients be answered when the script takes long; whether it
    /// is to be stopped.
    fn is_to_die(&mut self) -> bool {
        let server = &mut self.ctx.server;
        if server.stop_requested() {
            return true;
        }
        let threshold = server.settings.busy_reply_threshold;
        if threshold <= 0 || (self.started.elapsed().as_millis() as i64) < threshold {
            return false;
        }
        server.busy_script = Some(self.kind);
        server.serve_while_busy();
        server.stopping || server.script.running.as_ref().is_some_and(|r| r.kill)
    }
}

/// Puts the functions of this run into the `redis` table.
fn provide<'scope, 'env>(
    interpreter: &Interpreter,
    scope: &'scope Scope<'scope, 'env>,
    host: &'scope RefCell<Host<'_, '_>>,
    kind: BusyScript,
) -> mlua::Result<()> {
    let redis = &interpreter.redis;
    let caller =
        |raises| scope.create_function(move |lua, args: MultiValue| call(lua, host, &args, raises));
    let (raising, catching) = (caller(true)?, caller(false)?);
    let setresp = scope.create_function(move |lua, args: MultiValue| {
        if args.len() != 1 {
            return Err(raise::reply(
                "ERR redis.setresp() requires one argument.",
                false,
            ));
        }
        match raise::number_arg(lua, &args, 1).ok() {
            Some(version) if version == 2.0 || version == 3.0 => {
                host.borrow_mut().out.resp = version as u8;
                Ok(())
            }
            _ => Err(raise::reply("ERR RESP version must be 2 or 3.", false)),
        }
    })?;
    for ((_, slot), function) in interpreter.slots.iter().zip([raising, catching, setresp]) {
        *slot.borrow_mut() = Some(function);
    }
    if redis.raw_get::<Value>("log")?.is_nil() {
        provide_once(interpreter, kind)?;
    }
    Ok(())
}

/// The functions that need no server and so can stay.
fn provide_once(interpreter: &Interpreter, kind: BusyScript) -> mlua::Result<()> {
    let (lua, redis) = (&interpreter.lua, &interpreter.redis);
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
    Ok(())
}

/// The arguments of `redis.call` as bytes.
fn arguments(args: &MultiValue) -> Result<Vec<Vec<u8>>, &'static str> {
    if args.is_empty() {
        return Err("ERR Please specify at least one argument for this redis lib call");
    }
    args.iter()
        .map(|value| match value {
            Value::String(text) => Ok(text.as_bytes().to_vec()),
            Value::Number(number) => Ok(format_double(*number).into_bytes()),
            Value::Integer(number) => Ok(number.to_string().into_bytes()),
            _ => Err("ERR Lua redis lib command arguments must be strings or integers"),
        })
        .collect()
}

fn call(
    lua: &Lua,
    host: &RefCell<Host<'_, '_>>,
    args: &MultiValue,
    raises: bool,
) -> mlua::Result<Value> {
    let fail = |text: &[u8], counted| {
        if raises {
            Err(raise::reply(text, counted))
        } else {
            raise::error_table(lua, text, counted).map(Value::Table)
        }
    };
    let argv = match arguments(args) {
        Ok(argv) => argv,
        Err(text) => return fail(text.as_bytes(), false),
    };
    let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
    let mut host = host.borrow_mut();
    if let Err(error) = host.call(&argv) {
        return fail(&error.0, true);
    }
    match host.out.buf.split_first() {
        Some((b'-', text)) => fail(text.trim_ascii_end(), true),
        _ => convert::to_lua(lua, &host.out.buf, host.out.resp),
    }
}

fn sha1hex(lua: &Lua, args: MultiValue) -> mlua::Result<String> {
    if args.len() != 1 {
        return Err(raise::reply("ERR wrong number of arguments", false));
    }
    let text = lua.coerce_string(args[0].clone())?;
    Ok(match text {
        Some(text) => super::digest(&text.as_bytes()),
        None => super::digest(b""),
    })
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
        "ERR redis.set_repl() requires two arguments."
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

/// The only user may run everything, so this asks only whether it exists.
fn acl_check_cmd(_: &Lua, args: MultiValue) -> mlua::Result<bool> {
    let argv = arguments(&args).map_err(|text| raise::reply(text, false))?;
    let argv: Vec<&[u8]> = argv.iter().map(Vec::as_slice).collect();
    match command::lookup(&argv) {
        Lookup::Found(_) => Ok(true),
        _ => Err(raise::reply(
            "ERR Invalid command passed to redis.acl_check_cmd()",
            false,
        )),
    }
}
