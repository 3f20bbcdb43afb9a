//! CONFIG.

use super::help::help;
use crate::config::Parameter;
use crate::engine::command::Row;
use crate::engine::ctx::{Ctx, Mode};
use crate::engine::news::{FileFault, News};
use crate::engine::server::Server;
use crate::engine::starting::LOADING;
use crate::state::figures::Figures;
use crate::state::oom_score;
use crate::state::settings::Settings;
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::collections::BTreeMap;
use std::io;

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("config|get", get),
    Row::new("config|help", help),
    Row::new("config|resetstat", resetstat),
    Row::new("config|rewrite", rewrite),
    Row::new("config|set", set),
];

fn get(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut found = BTreeMap::new();
    for pattern in &argv[2..] {
        found.extend(Parameter::matching(pattern, &ctx.server.settings));
    }
    out.map(found.len());
    for (name, value) in found {
        out.bulk(&name);
        out.bulk(value.as_bytes());
    }
    Ok(())
}

/// All or nothing: every name and value is checked before any is set.
fn set(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() % 2 == 1 {
        return Err(errors::SYNTAX);
    }
    let mut names = argv[2..].iter().step_by(2);
    if ctx.server.loading && names.any(|name| is(name, "DIR")) {
        // The files are being read there.
        return Err(LOADING);
    }
    let chosen = choose(&argv[2..], &ctx.server.settings)?;
    let settings = &mut ctx.server.settings;
    // A password may be any bytes; all other values are text.
    let password = chosen
        .iter()
        .find(|(parameter, ..)| parameter.name == "requirepass")
        .map(|(.., value)| value.to_vec());
    let checked = check(chosen, settings)?;
    let old = settings.clone();
    for (parameter, _, value) in checked {
        parameter.set(&value, settings);
    }
    let now = ctx.mode == Mode::Direct;
    if let Err((name, why)) = apply_to_system(ctx.server, &old, now) {
        ctx.server.settings = old;
        // What it was until just now, it may be again.
        let _ = adjust_oom_score(ctx.server);
        return Err(failed(name, &why));
    }
    let settings = &mut ctx.server.settings;
    // The old way to set the default user's password. Setting it to what it
    // was changes nothing, whatever ACL SETUSER did meanwhile.
    if let Some(password) = password
        && password != old.requirepass
    {
        settings.requirepass.clone_from(&password);
        ctx.server.require_password(&password);
    }
    ctx.server.access.configure(&ctx.server.settings);
    ctx.server.tracking_limit();
    ctx.server.look_for_trouble();
    if old.keep_history {
        ctx.server.remove_history();
    }
    // With less memory allowed than is in use, eviction begins at once.
    ctx.server.eviction.unfinished = ctx.server.settings.maxmemory > 0;
    for db in &mut ctx.server.dbs {
        db.keys.hold(false);
    }
    out.ok();
    Ok(())
}

/// What CONFIG SET says of a parameter that it does not set.
fn failed(name: &[u8], why: &str) -> CmdError {
    let name = String::from_utf8_lossy(name);
    CmdError::owned(format!(
        "ERR CONFIG SET failed (possibly related to argument '{name}') - {why}"
    ))
}

/// A parameter, its name as it was given, and its value.
type Chosen<'a, T> = (&'static Parameter, &'a [u8], T);

/// Finds the parameters that are to be set: each can be, and is there once.
fn choose<'a>(pairs: &[&'a [u8]], settings: &Settings) -> CmdResult<Vec<Chosen<'a, &'a [u8]>>> {
    let mut chosen: Vec<Chosen<'a, &'a [u8]>> = Vec::new();
    let mut refused = None;
    for pair in pairs.chunks(2) {
        let (name, value) = (pair[0], pair[1]);
        let Some(parameter) = Parameter::find(name) else {
            return Err(CmdError::owned(
                [
                    b"ERR Unknown option or number of arguments for CONFIG SET - '",
                    name,
                    b"'",
                ]
                .concat(),
            ));
        };
        // Reported only if all names are known.
        if let (Some(why), None) = (parameter.refusal(settings, false), &refused) {
            refused = Some(failed(name, why));
        }
        if chosen
            .iter()
            .any(|(_, other, _)| other.eq_ignore_ascii_case(name))
            && refused.is_none()
        {
            refused = Some(failed(name, "duplicate parameter"));
        }
        chosen.push((parameter, name, value));
    }
    match refused {
        Some(error) => Err(error),
        None => Ok(chosen),
    }
}

/// The values as they are kept, all of them valid.
fn check<'a>(
    chosen: Vec<Chosen<'a, &[u8]>>,
    settings: &Settings,
) -> CmdResult<Vec<Chosen<'a, String>>> {
    let mut checked = Vec::new();
    for (parameter, name, value) in chosen {
        let value = String::from_utf8_lossy(value);
        let value = parameter
            .check(&value, settings)
            .map_err(|why| failed(name, &why))?;
        checked.push((parameter, name, value));
    }
    // Values are tried in order once all of them are known to be valid.
    for (parameter, name, value) in &checked {
        if let Some(why) = parameter.failure(value, settings) {
            return Err(failed(name, why));
        }
    }
    Ok(checked)
}

/// Does about sockets and files what has been set. `now` is no where the data
/// are half-way.
///
/// # Errors
/// Which parameter cannot take effect, and why; then nothing has changed.
fn apply_to_system(
    server: &mut Server,
    old: &Settings,
    now: bool,
) -> Result<(), (&'static [u8], String)> {
    let wanted = server.settings.maxclients;
    if wanted > old.maxclients {
        let room = (server.settings.room_for_clients)(wanted);
        if room < wanted {
            return Err((
                b"maxclients",
                format!(
                    "The operating system is not able to handle the specified number of clients, try with {room}"
                ),
            ));
        }
    }
    if server.settings.oom_score != old.oom_score {
        adjust_oom_score(server).map_err(|error| {
            server.tell(News::NotAdjusted(FileFault {
                file: oom_score::FILE.into(),
                error: error.to_string(),
            }));
            let name = if server.settings.oom_score.adjust == old.oom_score.adjust {
                &b"oom-score-adj-values"[..]
            } else {
                b"oom-score-adj"
            };
            let why = "Failed to set current oom_score_adj. Check server logs.";
            (name, why.into())
        })?;
    }
    listen_elsewhere(server, old)?;
    apply_to_files(server, old, now).inspect_err(|_| {
        if let Some(listen) = &mut server.listen {
            // Where it was until just now.
            let _ = listen(&old.bind, old.port);
        }
    })
}

fn adjust_oom_score(server: &mut Server) -> io::Result<()> {
    let before = &mut server.oom_score_before;
    server.settings.oom_score.set(before)
}

fn apply_to_files(
    server: &mut Server,
    old: &Settings,
    now: bool,
) -> Result<(), (&'static [u8], String)> {
    let dir = server.settings.dir.clone();
    if dir != old.dir
        && let Some(dir) = dir
    {
        let moved = server
            .files()
            .and_then(|files| files.move_to(&dir.display().to_string()));
        moved.map_err(|error| (&b"dir"[..], error.to_string()))?;
    }
    // While the files are read, what is so at the end counts.
    if server.settings.appendonly != old.appendonly && server.starting.is_none() {
        if !server.settings.appendonly {
            server.stop_log();
        } else if server.begin_log(now).is_err() {
            let why = "Unable to turn on AOF. Check server logs.";
            return Err((b"appendonly", why.into()));
        }
    }
    Ok(())
}

/// Opens the sockets that `bind` and `port` name now, and closes the others.
fn listen_elsewhere(server: &mut Server, old: &Settings) -> Result<(), (&'static [u8], String)> {
    let new_port = server.settings.port != old.port;
    if !new_port && server.settings.bind == old.bind {
        return Ok(());
    }
    let Settings { bind, port, .. } = &server.settings;
    let listens = server.listen.as_mut();
    if listens.is_some_and(|listen| listen(bind, *port).is_ok()) {
        server.tell(News::Moved);
        return Ok(());
    }
    Err(if new_port {
        let why = "Unable to listen on this port. Check server logs.";
        (b"port", why.into())
    } else {
        (b"bind", "Failed to bind to specified addresses.".into())
    })
}

fn resetstat(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.server.lazy_free.reset();
    ctx.server.script.evicted = 0;
    let figures = &mut ctx.server.figures;
    *figures = Figures {
        peak_memory: figures.peak_memory,
        ..Figures::new(figures.by_command.len())
    };
    out.ok();
    Ok(())
}

fn rewrite(_: &mut Ctx<'_>, _: &[&[u8]], _: &mut Out) -> CmdResult {
    Err(CmdError::new(
        "ERR The server is running without a config file",
    ))
}
