//! EVAL, EVALSHA, FCALL: from the command to a run.

use super::run::{self, Job};
use crate::engine::ctx::{Ctx, Mode};
use crate::lua::cache::Script;
use crate::lua::scripting::interpreter;
use crate::lua::{raise, shebang};
use crate::state::running::BusyScript;
use crate::wire::args::int_arg;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::rc::Rc;

/// The keys and the arguments a script is given.
type Given<'a> = (&'a [&'a [u8]], &'a [&'a [u8]]);

/// The keys and arguments of `EVAL script numkeys key... arg...`.
fn keys_and_args<'a>(
    argv: &'a [&'a [u8]],
    not_a_number: fn(CmdError) -> CmdError,
) -> CmdResult<Given<'a>> {
    let count = int_arg(argv[2]).map_err(not_a_number)?;
    let rest = &argv[3..];
    if count > rest.len() as i64 {
        return Err(CmdError::new(
            "ERR Number of keys can't be greater than number of args",
        ));
    }
    let Ok(count) = usize::try_from(count) else {
        return Err(CmdError::new("ERR Number of keys can't be negative"));
    };
    Ok(rest.split_at(count))
}

fn internal(error: &mlua::Error) -> CmdError {
    CmdError::owned(format!("ERR {}", raise::message(error)))
}

/// What the flags of a script or function forbid now.
fn check_flags(
    ctx: &mut Ctx<'_>,
    flags: Option<shebang::Flags>,
    read_only: bool,
) -> CmdResult<(bool, bool)> {
    let Some(flags) = flags else {
        return Ok((read_only, false));
    };
    // A script that cannot write needs no memory to speak of.
    let allow_oom = flags.allow_oom || flags.no_writes;
    let lacks_memory = !allow_oom && ctx.server.out_of_memory();
    // By itself such a script counts as a command that needs memory.
    if lacks_memory && ctx.mode == Mode::Direct {
        return Err(errors::OOM);
    }
    if !flags.no_writes && ctx.server.in_trouble {
        return Err(ctx.server.trouble());
    }
    if !flags.no_writes && ctx.server.lacks_replicas() {
        return Err(errors::NO_REPLICAS);
    }
    if read_only && !flags.no_writes {
        return Err(CmdError::new(
            "ERR Can not execute a script with write flag using *_ro command.",
        ));
    }
    if lacks_memory {
        return Err(CmdError::new(
            "OOM allow-oom flag is not set on the script, can not run it when used memory > 'maxmemory'",
        ));
    }
    Ok((flags.no_writes, allow_oom))
}

/// EVAL and EVAL_RO.
///
/// # Errors
/// Of the script.
pub fn eval(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    let given = keys_and_args(argv, |error| error)?;
    let script = ctx.server.script.compiled(argv[1], true)?;
    run_script(ctx, argv, given, out, &script, read_only)
}

/// EVALSHA and EVALSHA_RO.
///
/// # Errors
/// NOSCRIPT, and those of the script.
pub fn evalsha(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    const NOSCRIPT: CmdError = CmdError::new("NOSCRIPT No matching script. Please use EVAL.");
    if argv[1].len() != 40 {
        return Err(NOSCRIPT);
    }
    let given = keys_and_args(argv, |error| error)?;
    let script = ctx.server.script.scripts.by_digest(argv[1]);
    run_script(ctx, argv, given, out, &*script.ok_or(NOSCRIPT)?, read_only)
}

fn run_script(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    (keys, args): Given<'_>,
    out: &mut Out,
    script: &Script,
    read_only: bool,
) -> CmdResult {
    let scripting = &mut ctx.server.script;
    let interpreter = interpreter(
        &mut scripting.eval,
        &scripting.random,
        scripting.memory_limit,
        BusyScript::Eval,
    )?;
    let (read_only, allow_oom) = check_flags(ctx, script.flags, read_only)?;
    let globals = &interpreter.sandbox.globals;
    let prepare = || {
        globals.raw_set("KEYS", interpreter.strings(keys)?)?;
        globals.raw_set("ARGV", interpreter.strings(args)?)?;
        interpreter.kept(&script.function)
    };
    let function = prepare().map_err(|error| internal(&error))?;
    let job = Job {
        name: Rc::clone(&script.name),
        kind: BusyScript::Eval,
        read_only,
        allow_oom,
        argv,
    };
    run::run(&interpreter, ctx, out, &job, &function)
}

/// FCALL and FCALL_RO.
///
/// # Errors
/// When there is no such function, and those of the function.
pub fn fcall(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out, read_only: bool) -> CmdResult {
    let name = String::from_utf8_lossy(argv[1]).into_owned();
    let scripting = &ctx.server.script;
    let (Some((name, registered)), Some(interpreter)) =
        (scripting.function(&name), &scripting.functions)
    else {
        return Err(CmdError::new("ERR Function not found"));
    };
    let (name, interpreter) = (Rc::from(name), Rc::clone(interpreter));
    let callback = interpreter.kept(&registered.callback);
    let callback = callback.map_err(|error| internal(&error))?;
    let flags = registered.flags;
    let (keys, args) = keys_and_args(argv, |_| CmdError::new("ERR Bad number of keys provided"))?;
    let (read_only, allow_oom) = check_flags(ctx, Some(flags), read_only)?;
    let prepare = || {
        let tables = (interpreter.strings(keys)?, interpreter.strings(args)?);
        interpreter.bind(&callback, tables.0, tables.1)
    };
    let function = prepare().map_err(|error| internal(&error))?;
    let job = Job {
        name,
        kind: BusyScript::Function,
        read_only,
        allow_oom,
        argv,
    };
    run::run(&interpreter, ctx, out, &job, &function)
}
