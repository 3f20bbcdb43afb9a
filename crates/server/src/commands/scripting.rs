//! EVAL and its relatives, SCRIPT, FUNCTION.

use super::help::{help, wrong_subcommand};
use crate::engine::command::{Role, Row};
use crate::engine::ctx::Ctx;
use crate::lua::functions::Restore;
use crate::lua::scripting::Source;
use crate::script;
use crate::state::lazyfree;
use crate::state::running::BusyScript;
use crate::store::dump::{self, RestoreError};
use crate::wire::args::is;
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("eval", eval).with(Role::Script(Source::Text)),
    Row::new("evalsha", evalsha).with(Role::Script(Source::Digest)),
    Row::new("fcall", fcall).with(Role::Script(Source::Function)),
    Row::new("eval_ro", eval_ro).with(Role::ReadOnlyScript),
    Row::new("evalsha_ro", evalsha_ro).with(Role::ReadOnlyScript),
    Row::new("fcall_ro", fcall_ro).with(Role::ReadOnlyScript),
    Row::new("script|debug", script_debug),
    Row::new("script|exists", script_exists),
    Row::new("script|flush", script_flush),
    Row::new("script|help", help),
    Row::new("script|kill", script_kill),
    Row::new("script|load", script_load),
    Row::new("function|delete", function_delete),
    Row::new("function|dump", function_dump),
    Row::new("function|flush", function_flush),
    Row::new("function|help", help),
    Row::new("function|kill", function_kill),
    Row::new("function|list", function_list),
    Row::new("function|load", function_load),
    Row::new("function|restore", function_restore),
    Row::new("function|stats", function_stats),
];

fn eval(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::eval(ctx, argv, out, false)
}

fn eval_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::eval(ctx, argv, out, true)
}

fn evalsha(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::evalsha(ctx, argv, out, false)
}

fn evalsha_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::evalsha(ctx, argv, out, true)
}

fn fcall(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::fcall(ctx, argv, out, false)
}

fn fcall_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    script::fcall(ctx, argv, out, true)
}

/// The debugger needs a terminal of its own: it is never started, but the
/// modes are accepted as Redis accepts them.
fn script_debug(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if !["NO", "YES", "SYNC"].iter().any(|mode| is(argv[2], mode)) {
        return Err(CmdError::new("ERR Use SCRIPT DEBUG YES/SYNC/NO"));
    }
    out.ok();
    Ok(())
}

fn script_exists(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array(argv.len() - 2);
    for sha in &argv[2..] {
        out.int(i64::from(ctx.server.script.exists(sha)));
    }
    Ok(())
}

/// Whether a flush is to be lazy; `None` where its argument is wrong. Here it
/// never takes long, and only counts as lazy.
fn flush_mode(ctx: &Ctx<'_>, argv: &[&[u8]]) -> Option<bool> {
    match argv {
        [_, _] => Some(ctx.server.settings.lazy.user_flush),
        [_, _, mode] if is(mode, "ASYNC") => Some(true),
        [_, _, mode] if is(mode, "SYNC") => Some(false),
        _ => None,
    }
}

fn script_flush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(lazily) = flush_mode(ctx, argv) else {
        return Err(CmdError::new(
            "ERR SCRIPT FLUSH only support SYNC|ASYNC option",
        ));
    };
    let (scripts, _) = ctx.server.script.figures();
    ctx.server.script.flush();
    if lazily && scripts > lazyfree::FEW {
        ctx.server.lazy_free.count(scripts as u64);
    }
    out.ok();
    Ok(())
}

fn script_kill(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.server.script.kill(BusyScript::Eval)?;
    out.ok();
    Ok(())
}

fn script_load(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let sha = ctx.server.script.load(argv[2])?;
    out.bulk(&sha);
    Ok(())
}

fn function_delete(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if !ctx.server.script.delete_library(argv[2]) {
        return Err(CmdError::new("ERR Library not found"));
    }
    ctx.server.dirty += 1;
    out.ok();
    Ok(())
}

fn function_flush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 3 {
        return Err(wrong_subcommand(argv));
    }
    let Some(lazily) = flush_mode(ctx, argv) else {
        return Err(CmdError::new(
            "ERR FUNCTION FLUSH only supports SYNC|ASYNC option",
        ));
    };
    let (_, functions) = ctx.server.script.function_figures();
    ctx.server.script.flush_libraries();
    if lazily && functions > lazyfree::FEW {
        // With the one engine.
        ctx.server.lazy_free.count(functions as u64 + 1);
    }
    ctx.server.dirty += 1;
    out.ok();
    Ok(())
}

fn function_kill(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.server.script.kill(BusyScript::Function)?;
    out.ok();
    Ok(())
}

fn function_list(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (mut pattern, mut with_code) = (None, false);
    let mut rest = argv[2..].iter();
    while let Some(arg) = rest.next() {
        if !with_code && is(arg, "WITHCODE") {
            with_code = true;
        } else if pattern.is_none() && is(arg, "LIBRARYNAME") {
            pattern = rest.next().copied();
            if pattern.is_none() {
                return Err(CmdError::new("ERR library name argument was not given"));
            }
        } else {
            return Err(CmdError::owned([b"ERR Unknown argument ", *arg].concat()));
        }
    }
    let matches = |name: &[u8]| {
        pattern.is_none_or(|pattern| {
            glob::matches(&pattern.to_ascii_lowercase(), &name.to_ascii_lowercase())
        })
    };
    ctx.server.script.list(out, matches, with_code);
    Ok(())
}

fn function_load(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut replace = false;
    let (code, options) = match argv[2..].split_last() {
        Some((code, options)) => (*code, options),
        None => return Err(CmdError::new("ERR Function code is missing")),
    };
    for option in options {
        if is(option, "REPLACE") {
            replace = true;
        } else {
            return Err(CmdError::owned(
                [b"ERR Unknown option given: ", *option].concat(),
            ));
        }
    }
    let name = ctx.server.script.load_library(code, replace)?;
    ctx.server.dirty += 1;
    out.bulk(name.as_bytes());
    Ok(())
}

fn function_stats(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let scripting = &ctx.server.script;
    out.map(2);
    out.bulk(b"running_script");
    match &scripting.running {
        Some(running) if running.kind == BusyScript::Function => {
            out.map(3);
            out.bulk(b"name");
            out.bulk(running.name.as_bytes());
            out.bulk(b"command");
            out.array(running.argv.len());
            for arg in &running.argv {
                out.bulk(arg);
            }
            out.bulk(b"duration_ms");
            out.int(running.started.elapsed().as_millis() as i64);
        }
        _ => out.null(),
    }
    let (libraries, functions) = scripting.function_figures();
    out.bulk(b"engines");
    out.map(1);
    out.bulk(b"LUA");
    out.map(2);
    out.bulk(b"libraries_count");
    out.len(libraries);
    out.bulk(b"functions_count");
    out.len(functions);
    Ok(())
}

fn function_dump(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let sources = ctx.server.script.sources_of_libraries();
    out.bulk(&dump::dump_libraries(sources.map(|(_, source)| source)));
    Ok(())
}

fn function_restore(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let policy = match &argv[3..] {
        [] => Restore::Append,
        [policy] if is(policy, "APPEND") => Restore::Append,
        [policy] if is(policy, "REPLACE") => Restore::Replace,
        [policy] if is(policy, "FLUSH") => Restore::Flush,
        [_] => {
            return Err(CmdError::new(
                "ERR Wrong restore policy given, value should be either FLUSH, APPEND or REPLACE.",
            ));
        }
        _ => {
            return Err(wrong_subcommand(argv));
        }
    };
    let sources = dump::restore_libraries(argv[2]).map_err(|error| {
        CmdError::new(match error {
            RestoreError::Checksum => "ERR DUMP payload version or checksum are wrong",
            RestoreError::Format => "ERR given type is not a function",
        })
    })?;
    ctx.server.script.restore_libraries(&sources, policy)?;
    ctx.server.dirty += 1;
    out.ok();
    Ok(())
}
