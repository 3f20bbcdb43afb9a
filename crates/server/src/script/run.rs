//! One run of a script: the commands it calls, the time limit, the reply.

use crate::engine::command::{Command, Lookup};
use crate::engine::ctx::{Ctx, Mode};
use crate::engine::news::News;
use crate::engine::stop::Request;
use crate::lua::arguments::Arguments;
use crate::lua::host::{Host, KILLED};
use crate::lua::interpreter::{Interpreter, Outcome};
use crate::lua::{convert, raise};
use crate::state::running::{BusyScript, Running};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use catalog::Flags;
use mlua::{Function, Lua, Value};
use std::rc::Rc;
use std::time::Instant;

/// What a run is allowed to do, and what it is called in messages.
pub(super) struct Job<'a> {
    /// The script's digest or the function's name.
    pub(super) name: Rc<str>,
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
struct Run<'a, 's> {
    ctx: &'a mut Ctx<'s>,
    out: Out,
    /// The command called last.
    last: Option<&'static Command>,
    job: &'a Job<'a>,
    started: Instant,
    /// Whether the caller's user may do everything. Nobody can change that
    /// while the script runs.
    unrestricted: bool,
}

/// Runs `function` and writes its reply.
pub(super) fn run(
    interpreter: &Interpreter,
    ctx: &mut Ctx<'_>,
    out: &mut Out,
    job: &Job<'_>,
    function: &Function,
) -> CmdResult {
    let (db, mode) = (ctx.db, ctx.mode);
    ctx.mode = Mode::Script;
    let started = Instant::now();
    ctx.server.script.running = Some(Running {
        name: Rc::clone(&job.name),
        kind: job.kind,
        argv: Vec::new(),
        started,
        wrote: false,
        kill: false,
    });
    let unrestricted = ctx.client().is_none_or(|client| client.unrestricted);
    let mut run = Run {
        ctx,
        out: Out {
            buf: Vec::with_capacity(256),
            resp: 2,
        },
        last: None,
        job,
        started,
        unrestricted,
    };
    let result = interpreter.run(&mut run, function);
    let Run {
        ctx, out: host_out, ..
    } = run;
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
    write_outcome(ctx, out, job, host_out.resp, outcome)
}

/// Writes what came of a run; `resp` is the version of the protocol that the
/// script has chosen.
fn write_outcome(
    ctx: &mut Ctx<'_>,
    out: &mut Out,
    job: &Job<'_>,
    resp: u8,
    outcome: Outcome,
) -> CmdResult {
    match outcome {
        Outcome::Returned(value) => {
            let start = out.buf.len();
            convert::write_reply(out, &value, resp, 0).map_err(|error| {
                out.buf.truncate(start);
                CmdError::owned(format!("ERR {}", raise::message(&error)))
            })?;
            // An error the script made itself; those of commands are counted.
            if out.buf.get(start) == Some(&b'-') && !raise::is_counted(&value) {
                let text = out.buf[start + 1..].trim_ascii_end();
                ctx.server.count_error(&CmdError::owned(text));
            }
            Ok(())
        }
        Outcome::Failed {
            mut text,
            place,
            counted,
        } => {
            if let Some((source, line)) = place {
                let suffix = format!(" script: {}, on {source}:{line}.", job.name);
                text.extend_from_slice(suffix.as_bytes());
            }
            let error = CmdError::owned(text);
            if counted {
                out.error(&error);
                return Ok(());
            }
            Err(error)
        }
        Outcome::Broken(text) => {
            let text: String = text.chars().take(100).collect();
            let name = &job.name;
            Err(CmdError::owned(format!(
                "ERR Error running script {name}, {text}"
            )))
        }
    }
}

impl Run<'_, '_> {
    /// Runs a command for the script; its reply is in `self.out`.
    fn execute(&mut self, argv: &[&[u8]]) -> CmdResult {
        let command = self.check(argv).inspect_err(|_| {
            let server = &mut self.ctx.server;
            if let Lookup::Found(command) = server.commands.lookup(argv) {
                server.figures.rejected(command.index);
            }
        })?;
        if command.is(Flags::WRITE)
            && let Some(running) = &mut self.ctx.server.script.running
        {
            running.wrote = true;
        }
        self.out.buf.clear();
        self.ctx.run(command, argv, &mut self.out);
        Ok(())
    }

    /// The checks before a command of a script, in Redis's order.
    fn check(&mut self, argv: &[&[u8]]) -> CmdResult<&'static Command> {
        let commands = self.ctx.server.commands;
        let Lookup::Found(command) = commands.lookup_after(self.last, argv) else {
            return Err(CmdError::new(
                "ERR Unknown Redis command called from script",
            ));
        };
        // Only of clients' commands can the name of a subcommand be one.
        self.last = (!command.facts.is_subcommand()).then_some(command);
        if !command.facts.accepts(argv.len()) {
            return Err(CmdError::new(
                "ERR Wrong number of args calling Redis command from script",
            ));
        }
        if command.is(Flags::NOSCRIPT) {
            return Err(CmdError::new(
                "ERR This Redis command is not allowed from script",
            ));
        }
        if !self.unrestricted {
            let (id, server) = (self.ctx.id, &mut self.ctx.server);
            server
                .check_permission(id, command, argv, "lua")
                .map_err(|denied| denied.error_in_script(server.user_of(id), command.name()))?;
        }
        if self.job.read_only && command.writes_or_replicates() {
            return Err(CmdError::new(
                "ERR Write commands are not allowed from read-only scripts.",
            ));
        }
        // Once a script has written it may go on, or it would stop half-way.
        let server = &mut self.ctx.server;
        let wrote = server.script.running.as_ref().is_some_and(|r| r.wrote);
        if command.is(Flags::WRITE) && !wrote && server.in_trouble {
            return Err(server.trouble());
        }
        if command.is(Flags::WRITE) && !wrote && server.lacks_replicas() {
            return Err(errors::NO_REPLICAS);
        }
        if !self.job.allow_oom && !wrote && command.is(Flags::DENYOOM) && server.out_of_memory() {
            return Err(errors::OOM);
        }
        Ok(command)
    }

    /// Lets other clients be answered when the script takes long; whether it
    /// is to be stopped.
    fn is_to_die(&mut self) -> bool {
        let server = &mut self.ctx.server;
        let wrote = server.script.running.as_ref().is_some_and(|r| r.wrote);
        match server.request() {
            Request::Stop => return true,
            Request::None => {}
            // Half of what it does is not to be saved.
            _ if !wrote => return true,
            _ => {}
        }
        let threshold = server.settings.busy_reply_threshold;
        if threshold <= 0 || (self.started.elapsed().as_millis() as i64) < threshold {
            return false;
        }
        if server.busy_script.replace(self.job.kind).is_none()
            && let Some(running) = &mut server.script.running
        {
            running.argv = self.job.argv.iter().map(|arg| arg.to_vec()).collect();
            server.tell(News::SlowScript { after: threshold });
        }
        server.serve_while_busy();
        server.stopping || server.script.running.as_ref().is_some_and(|r| r.kill)
    }
}

impl Host for Run<'_, '_> {
    fn call(&mut self, lua: &Lua, args: &Arguments, raises: bool) -> mlua::Result<Value> {
        let fail = |text: &[u8], counted| {
            if raises {
                Err(raise::reply(text, counted))
            } else {
                raise::error_table(lua, text, counted).map(Value::Table)
            }
        };
        let executed = match args.slices() {
            Ok(argv) => self.execute(&argv),
            Err(text) => return fail(text.as_bytes(), false),
        };
        if let Err(error) = executed {
            self.ctx.server.count_error(&error);
            return fail(&error.0, true);
        }
        match self.out.buf.split_first() {
            Some((b'-', text)) => fail(text.trim_ascii_end(), true),
            _ => convert::to_lua(lua, &self.out.buf, self.out.resp),
        }
    }

    fn may_call(&mut self, args: &Arguments) -> mlua::Result<bool> {
        let argv = args.slices().map_err(|text| raise::reply(text, false))?;
        match self.ctx.server.commands.lookup(&argv) {
            Lookup::Found(command) if !command.facts.accepts(argv.len()) => Err(raise::reply(
                "ERR Wrong number of args for redis.acl_check_cmd()",
                false,
            )),
            Lookup::Found(command) => {
                Ok(self.ctx.server.may_run(self.ctx.id, command, &argv).is_ok())
            }
            _ => Err(raise::reply(
                "ERR Invalid command passed to redis.acl_check_cmd()",
                false,
            )),
        }
    }

    fn set_resp(&mut self, version: u8) -> mlua::Result<()> {
        self.out.resp = version;
        Ok(())
    }

    fn tick(&mut self) -> mlua::Result<()> {
        if self.is_to_die() {
            return Err(raise::bare(KILLED));
        }
        Ok(())
    }
}
