//! Commands about the connection itself.

use crate::acl::Reason;
use crate::engine::command::{Role, Row};
use crate::engine::ctx::{Ctx, Mode};
use crate::state::client::{DEFAULT_USER, ReplyMode};
use crate::store::ByteString;
use crate::wire::args::{int_arg_or, int32_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("ping", ping).with(Role::Ping),
    Row::new("echo", echo),
    Row::new("quit", quit).with(Role::Leave),
    Row::new("select", select),
    Row::new("hello", hello),
    Row::new("auth", auth),
    Row::new("reset", reset).with(Role::Leave),
];

fn ping(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 2 {
        return Err(errors::wrong_arity("ping"));
    }
    let subscriber = ctx.client().is_some_and(|c| c.is_subscriber());
    if subscriber && out.resp == 2 {
        out.array(2);
        out.bulk(b"pong");
        out.bulk(argv.get(1).copied().unwrap_or_default());
    } else if let Some(text) = argv.get(1) {
        out.bulk(text);
    } else {
        out.status("PONG");
    }
    Ok(())
}

fn echo(_: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.bulk(argv[1]);
    Ok(())
}

/// Only reached from a transaction or a script: the dispatcher handles QUIT
/// before anything else.
fn quit(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if let Some(client) = ctx.client() {
        client.close_after_reply = true;
    }
    out.ok();
    Ok(())
}

fn select(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let db = int32_arg(argv[1])?;
    let count = ctx.server.dbs.len();
    let Some(db) = usize::try_from(db).ok().filter(|db| *db < count) else {
        return Err(CmdError::new("ERR DB index is out of range"));
    };
    ctx.db = db;
    if ctx.mode != Mode::Script
        && let Some(client) = ctx.client()
    {
        client.db = db;
    }
    out.ok();
    Ok(())
}

/// Logs the client in, or notes the refusal in ACL LOG.
fn log_in(ctx: &mut Ctx<'_>, command: &[u8], user: &[u8], password: &[u8]) -> CmdResult {
    let id = ctx.id;
    if ctx.server.log_in(id, user, password) {
        return Ok(());
    }
    let in_multi = ctx.client().is_some_and(|c| c.transaction.active);
    let context = if in_multi { "multi" } else { "toplevel" };
    ctx.server
        .log_refusal(id, Reason::Auth, context, command, Some(user));
    Err(WRONGPASS)
}

const WRONGPASS: CmdError =
    CmdError::new("WRONGPASS invalid username-password pair or user is disabled.");

fn auth(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 3 {
        return Err(errors::SYNTAX);
    }
    let (user, password): (&[u8], &[u8]) = if argv.len() == 3 {
        (argv[1], argv[2])
    } else {
        let default = ctx.server.acl.user(DEFAULT_USER);
        if default.is_some_and(|user| user.no_password) {
            return Err(CmdError::new(
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
            ));
        }
        (DEFAULT_USER, argv[1])
    };
    log_in(ctx, argv[0], user, password)?;
    out.ok();
    Ok(())
}

/// Whether a name has only the characters CLIENT SETNAME allows.
pub fn valid_client_name(name: &[u8]) -> CmdResult {
    if name.iter().all(|b| (b'!'..=b'~').contains(b)) {
        Ok(())
    } else {
        Err(CmdError::new(
            "ERR Client names cannot contain spaces, newlines or special characters.",
        ))
    }
}

fn hello(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut version = 0;
    let mut at = 1;
    if argv.len() > 1 {
        version = int_arg_or(
            argv[1],
            "ERR Protocol version is not an integer or out of range",
        )?;
        if !(2..=3).contains(&version) {
            return Err(CmdError::new("NOPROTO unsupported protocol version"));
        }
        at = 2;
    }
    let (mut login, mut name) = (None, None);
    while at < argv.len() {
        let more = argv.len() - 1 - at;
        if is(argv[at], "AUTH") && more >= 2 {
            login = Some((argv[at + 1], argv[at + 2]));
            at += 3;
        } else if is(argv[at], "SETNAME") && more >= 1 {
            valid_client_name(argv[at + 1])?;
            name = Some(argv[at + 1]);
            at += 2;
        } else {
            return Err(CmdError::owned(
                [b"ERR Syntax error in HELLO option '", argv[at], b"'"].concat(),
            ));
        }
    }
    if let Some((user, password)) = login {
        log_in(ctx, argv[0], user, password)?;
    }
    let id = ctx.id;
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    if !client.authenticated {
        return Err(CmdError::new(
            "NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time",
        ));
    }
    if let Some(name) = name {
        client.name = ByteString::new(name);
    }
    if version != 0 {
        out.resp = version as u8;
        client.out.resp = version as u8;
    }
    out.map(7);
    out.bulk(b"server");
    out.bulk(b"redis");
    out.bulk(b"version");
    out.bulk(crate::wire::VERSION.as_bytes());
    out.bulk(b"proto");
    out.int(i64::from(out.resp));
    out.bulk(b"id");
    out.int(id as i64);
    out.bulk(b"mode");
    out.bulk(b"standalone");
    out.bulk(b"role");
    out.bulk(b"master");
    out.bulk(b"modules");
    out.array(0);
    Ok(())
}

fn reset(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let id = ctx.id;
    ctx.server.discard(id);
    ctx.server.unsubscribe_all(id);
    ctx.server.tracking_forget(id);
    ctx.server.clients.stop_monitoring(id);
    ctx.db = 0;
    if let Some(client) = ctx.server.clients.get_mut(id) {
        ctx.server.acl.begin_session(client);
        client.no_evict = false;
        client.no_touch = false;
        client.name = ByteString::default();
        client.reply_mode = ReplyMode::On;
        client.db = 0;
        client.out.resp = 2;
    }
    out.resp = 2;
    out.status("RESET");
    Ok(())
}
