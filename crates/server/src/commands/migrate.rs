//! MIGRATE: moves keys to another server.

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::peers::{Commands, timed_out};
use crate::store::dump;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::io;
use std::time::Duration;

/// The family's table.
pub const COMMANDS: &[Row] = &[Row::new("migrate", migrate)];

/// How long to wait when nothing sensible was given, milliseconds.
const DEFAULT_TIMEOUT: i64 = 1000;

/// What MIGRATE is to do.
#[derive(Debug)]
struct Request<'a> {
    host: &'a [u8],
    port: &'a [u8],
    db: i64,
    timeout: Duration,
    copy: bool,
    replace: bool,
    /// The arguments of AUTH.
    auth: Vec<&'a [u8]>,
    keys: Vec<&'a [u8]>,
}

impl<'a> Request<'a> {
    fn parse(argv: &[&'a [u8]]) -> CmdResult<Request<'a>> {
        let mut request = Request {
            host: argv[1],
            port: argv[2],
            db: 0,
            timeout: Duration::ZERO,
            copy: false,
            replace: false,
            auth: Vec::new(),
            keys: vec![argv[3]],
        };
        let mut rest = &argv[6..];
        loop {
            rest = match rest {
                [] => break,
                [word, after @ ..] if is(word, "COPY") => {
                    request.copy = true;
                    after
                }
                [word, after @ ..] if is(word, "REPLACE") => {
                    request.replace = true;
                    after
                }
                [word, password, after @ ..] if is(word, "AUTH") => {
                    request.auth = vec![password];
                    after
                }
                [word, user, password, after @ ..] if is(word, "AUTH2") => {
                    request.auth = vec![user, password];
                    after
                }
                [word, keys @ ..] if is(word, "KEYS") => {
                    if !argv[3].is_empty() {
                        return Err(CmdError::new(
                            "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string",
                        ));
                    }
                    request.keys = keys.to_vec();
                    break;
                }
                _ => return Err(errors::SYNTAX),
            };
        }
        let timeout = int_arg(argv[5])?;
        request.db = int_arg(argv[4])?;
        let timeout = if timeout > 0 {
            timeout
        } else {
            DEFAULT_TIMEOUT
        };
        request.timeout = Duration::from_millis(timeout.unsigned_abs());
        Ok(request)
    }
}

/// Why a try did not succeed.
#[derive(Debug)]
enum Failure {
    /// No connection.
    Connecting,
    /// The connection failed before anything was answered.
    Early(&'static str, io::Error),
    /// It failed after some keys had been taken over there.
    Late,
    /// The other server refused; its first error.
    Refused(Vec<u8>),
}

fn migrate(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut request = Request::parse(argv)?;
    request.keys.retain(|key| ctx.read(key).is_some());
    if request.keys.is_empty() {
        out.status("NOKEY");
        return Ok(());
    }
    let failure = match transfer(ctx, &request) {
        // A connection that was kept may have been closed over there: that
        // is no reason to bother anybody.
        Err(Failure::Early(_, error)) if !timed_out(&error) => transfer(ctx, &request),
        result => result,
    };
    match failure {
        Ok(()) => {
            out.ok();
            Ok(())
        }
        Err(Failure::Connecting) => Err(CmdError::new(
            "IOERR error or timeout connecting to the client",
        )),
        Err(Failure::Early(doing, _)) => Err(CmdError::owned(format!(
            "IOERR error or timeout {doing} to target instance"
        ))),
        Err(Failure::Late) => Err(CmdError::new(
            "IOERR error or timeout reading to target instance",
        )),
        Err(Failure::Refused(error)) => Err(CmdError::owned(
            [b"ERR Target instance replied with error: ", &error[..]].concat(),
        )),
    }
}

/// Sends the keys, and removes those that have been taken over.
fn transfer(ctx: &mut Ctx<'_>, request: &Request<'_>) -> Result<(), Failure> {
    let (host, port, timeout) = (request.host, request.port, request.timeout);
    let mut peer = ctx
        .server
        .peers
        .take(host, port, timeout)
        .map_err(|error| match error.kind() {
            // Redis does not see that it was refused before it writes.
            _ if timed_out(&error) => Failure::Connecting,
            io::ErrorKind::NotFound => Failure::Connecting,
            _ => Failure::Early("writing", error),
        })?;
    let mut commands = Commands::default();
    let mut preparations = 0;
    if !request.auth.is_empty() {
        commands.push(&[&[b"AUTH".as_slice()], &request.auth[..]].concat());
        preparations += 1;
    }
    if peer.db != Some(request.db) {
        commands.push(&[b"SELECT", request.db.to_string().as_bytes()]);
        preparations += 1;
    }
    let sent = restores(ctx, request, &mut commands);
    peer.send(&commands.0, timeout)
        .map_err(|error| Failure::Early("writing", error))?;
    let early = |error| Failure::Early("reading", error);
    // The first error is the one that is told.
    let mut refusal: Option<Vec<u8>> = None;
    for _ in 0..preparations {
        let reply = peer.line(timeout).map_err(early)?;
        refusal = refusal.or_else(|| error_text(&reply));
    }
    let prepared = refusal.is_none();
    let mut removed: Vec<&[u8]> = vec![b"DEL"];
    for (i, key) in sent.iter().enumerate() {
        let reply = match peer.line(timeout) {
            Ok(reply) => reply,
            Err(error) if i == 0 && prepared => return Err(early(error)),
            Err(_) => return Err(refusal.map_or(Failure::Late, Failure::Refused)),
        };
        match error_text(&reply) {
            // Taken over, though in whatever database, if it is not prepared.
            None if prepared && !request.copy => {
                ctx.delete(key);
                removed.push(key);
            }
            error => refusal = refusal.or(error),
        }
    }
    if removed.len() > 1 {
        ctx.log_as(&removed);
    }
    // After an error it is not certain that the database was selected.
    peer.db = refusal.is_none().then_some(request.db);
    ctx.server
        .peers
        .keep(host, port, peer, ctx.server.clock.now());
    refusal.map_or(Ok(()), |error| Err(Failure::Refused(error)))
}

/// The text of an error reply.
fn error_text(line: &[u8]) -> Option<Vec<u8>> {
    line.strip_prefix(b"-").map(<[u8]>::to_vec)
}

/// Adds a RESTORE for every key; the keys.
fn restores<'a>(
    ctx: &mut Ctx<'_>,
    request: &Request<'a>,
    commands: &mut Commands,
) -> Vec<&'a [u8]> {
    let (now, limits) = (ctx.now(), ctx.server.settings.limits);
    let mut sent = Vec::with_capacity(request.keys.len());
    for key in &request.keys {
        let ttl = match ctx.expire_time(key) {
            None => 0,
            Some(when) if when < now => continue,
            Some(when) => (when - now).max(1),
        };
        let Some(value) = ctx.peek(key) else {
            continue;
        };
        let payload = dump::dump(value, &limits);
        let ttl = ttl.to_string();
        let restore: [&[u8]; 5] = [b"RESTORE", key, ttl.as_bytes(), &payload, b"REPLACE"];
        commands.push(&restore[..4 + usize::from(request.replace)]);
        sent.push(*key);
    }
    sent
}
