//! CLIENT: looking at connections and steering them.

use super::connection::valid_client_name;
use super::help::{help, wrong_subcommand};
use super::tracking;
use crate::engine::command::{Role, Row};
use crate::engine::ctx::{Ctx, Mode};
use crate::state::ClientId;
use crate::state::client::{Client, Pause, ReplyMode};
use crate::store::ByteString;
use crate::wire::args::{int_arg, int_arg_or, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("client|caching", tracking::caching).with(Role::Caching),
    Row::new("client|getname", getname),
    Row::new("client|getredir", tracking::getredir),
    Row::new("client|help", help),
    Row::new("client|id", id),
    Row::new("client|info", info),
    Row::new("client|kill", kill),
    Row::new("client|list", list),
    Row::new("client|no-evict", no_evict),
    Row::new("client|no-touch", no_touch),
    Row::new("client|pause", pause),
    Row::new("client|reply", reply),
    Row::new("client|setinfo", setinfo),
    Row::new("client|setname", setname),
    Row::new("client|tracking", tracking::tracking),
    Row::new("client|trackinginfo", tracking::trackinginfo),
    Row::new("client|unblock", unblock),
    Row::new("client|unpause", unpause).with(Role::Unpause),
];

fn id(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.int(ctx.id as i64);
    Ok(())
}

fn getname(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    match ctx.client() {
        Some(client) if !client.name.is_empty() => out.bulk(&client.name),
        _ => out.null(),
    }
    Ok(())
}

fn setname(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    valid_client_name(argv[2])?;
    if let Some(client) = ctx.client() {
        client.name = ByteString::new(argv[2]);
    }
    out.ok();
    Ok(())
}

fn info(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let text = describe(ctx, &[ctx.id], argv, out);
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// A line for each of these clients. The one that asks has its output back
/// meanwhile, which is lent out while its command runs, and counts `argv`.
fn describe(ctx: &mut Ctx<'_>, ids: &[ClientId], argv: &[&[u8]], out: &mut Out) -> String {
    fn swap_output(ctx: &mut Ctx<'_>, out: &mut Out) {
        if let Some(client) = ctx.client() {
            std::mem::swap(&mut client.out, out);
        }
    }
    let asked = match ctx.mode {
        // What it sent was EXEC.
        Mode::Exec => "EXEC".len(),
        _ => argv.iter().map(|arg| arg.len()).sum(),
    };
    swap_output(ctx, out);
    let mut text = String::new();
    for id in ids {
        if let Some(client) = ctx.server.clients.get(*id) {
            let executing = (*id == ctx.id).then_some(asked);
            text.push_str(&ctx.server.describe_client(client, executing));
            text.push('\n');
        }
    }
    swap_output(ctx, out);
    text
}

/// A type of CLIENT LIST and CLIENT KILL. There are no primaries and replicas.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Normal,
    Pubsub,
    Other,
}

fn type_arg(arg: &[u8]) -> CmdResult<Type> {
    if is(arg, "NORMAL") {
        Ok(Type::Normal)
    } else if is(arg, "PUBSUB") {
        Ok(Type::Pubsub)
    } else if ["MASTER", "REPLICA", "SLAVE"]
        .iter()
        .any(|word| is(arg, word))
    {
        Ok(Type::Other)
    } else {
        Err(CmdError::owned(
            [b"ERR Unknown client type '", arg, b"'"].concat(),
        ))
    }
}

fn type_of(client: &Client) -> Type {
    if client.is_subscriber() {
        Type::Pubsub
    } else {
        Type::Normal
    }
}

fn list(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut ids = ctx.server.clients.which(|_| true);
    ids.sort_unstable();
    let clients = &ctx.server.clients;
    match &argv[2..] {
        [] => {}
        [word, wanted] if is(word, "TYPE") => {
            let wanted = type_arg(wanted)?;
            ids.retain(|id| clients.get(*id).is_some_and(|c| type_of(c) == wanted));
        }
        [word, wanted @ ..] if is(word, "ID") && !wanted.is_empty() => {
            let wanted = wanted
                .iter()
                .map(|id| int_arg(id).map_err(|_| CmdError::new("ERR Invalid client ID")))
                .collect::<CmdResult<Vec<_>>>()?;
            ids = wanted
                .into_iter()
                .filter_map(|id| ClientId::try_from(id).ok())
                .collect();
        }
        _ => return Err(errors::SYNTAX),
    }
    let text = describe(ctx, &ids, argv, out);
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// What CLIENT KILL looks for.
#[derive(Debug, Default)]
struct Filter<'a> {
    id: Option<ClientId>,
    addr: Option<&'a [u8]>,
    laddr: Option<&'a [u8]>,
    kind: Option<Type>,
    user: Option<&'a [u8]>,
    /// The age from which on a connection is meant, seconds.
    age: Option<i64>,
    skip_me: bool,
}

impl Filter<'_> {
    fn matches(&self, client: &Client, me: ClientId, now: i64) -> bool {
        self.id.is_none_or(|id| id == client.id)
            && self.addr.is_none_or(|addr| addr == client.addr.as_bytes())
            && self
                .laddr
                .is_none_or(|addr| addr == client.laddr.as_bytes())
            && self.kind.is_none_or(|kind| kind == type_of(client))
            && self.user.is_none_or(|user| client.user == *user)
            && self
                .age
                .is_none_or(|age| now / 1000 - client.created / 1000 >= age)
            && !(self.skip_me && client.id == me)
    }
}

fn filter<'a>(ctx: &Ctx<'_>, args: &[&'a [u8]]) -> CmdResult<Filter<'a>> {
    let mut filter = Filter {
        skip_me: true,
        ..Filter::default()
    };
    for pair in args.chunks(2) {
        let [word, value] = pair else {
            return Err(errors::SYNTAX);
        };
        if is(word, "ID") {
            let id = int_arg(value)
                .ok()
                .and_then(|id| ClientId::try_from(id).ok());
            filter.id = Some(
                id.filter(|id| *id > 0)
                    .ok_or(CmdError::new("ERR client-id should be greater than 0"))?,
            );
        } else if is(word, "TYPE") {
            filter.kind = Some(type_arg(value)?);
        } else if is(word, "ADDR") {
            filter.addr = Some(value);
        } else if is(word, "LADDR") {
            filter.laddr = Some(value);
        } else if is(word, "USER") {
            if ctx.server.acl.user(value).is_none() {
                return Err(CmdError::owned(
                    [b"ERR No such user '", *value, b"'"].concat(),
                ));
            }
            filter.user = Some(value);
        } else if is(word, "MAXAGE") {
            let age = int_arg_or(value, "ERR maxage is not an integer or out of range")?;
            if age <= 0 {
                return Err(CmdError::new("ERR maxage should be greater than 0"));
            }
            filter.age = Some(age);
        } else if is(word, "SKIPME") {
            filter.skip_me = match () {
                () if is(value, "YES") => true,
                () if is(value, "NO") => false,
                () => return Err(errors::SYNTAX),
            };
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok(filter)
}

fn kill(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let old_form = argv.len() == 3;
    let filter = if old_form {
        Filter {
            addr: Some(argv[2]),
            ..Filter::default()
        }
    } else {
        filter(ctx, &argv[2..])?
    };
    let (me, now) = (ctx.id, ctx.now());
    let clients = &ctx.server.clients;
    let victims = clients.which(|client| !client.close_asap && filter.matches(client, me, now));
    for id in &victims {
        if *id != me {
            ctx.server.close_soon(*id);
        } else if let Some(client) = ctx.client() {
            // It still gets the reply.
            client.close_after_reply = true;
        }
    }
    match (old_form, victims.is_empty()) {
        (true, true) => return Err(CmdError::new("ERR No such client")),
        (true, false) => out.ok(),
        (false, _) => out.len(victims.len()),
    }
    Ok(())
}

/// ON or OFF.
fn on_off(arg: &[u8]) -> CmdResult<bool> {
    match arg {
        on if is(on, "ON") => Ok(true),
        off if is(off, "OFF") => Ok(false),
        _ => Err(errors::SYNTAX),
    }
}

fn no_evict(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let on = on_off(argv[2])?;
    if let Some(client) = ctx.client() {
        client.no_evict = on;
    }
    out.ok();
    Ok(())
}

fn no_touch(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let on = on_off(argv[2])?;
    if let Some(client) = ctx.client() {
        client.no_touch = on;
    }
    out.ok();
    Ok(())
}

/// The name and the version of the client's library, as it says itself.
fn setinfo(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    let place = match argv[2] {
        what if is(what, "LIB-NAME") => &mut client.lib_name,
        what if is(what, "LIB-VER") => &mut client.lib_ver,
        what => {
            return Err(CmdError::owned(
                [b"ERR Unrecognized option '", what, b"'"].concat(),
            ));
        }
    };
    if !argv[3].iter().all(|byte| (b'!'..=b'~').contains(byte)) {
        let text = b" cannot contain spaces, newlines or special characters.";
        return Err(CmdError::owned([b"ERR ", argv[2], text].concat()));
    }
    *place = ByteString::new(argv[3]);
    out.ok();
    Ok(())
}

fn pause(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let all = match &argv[3..] {
        [] => true,
        [mode] if is(mode, "ALL") => true,
        [mode] if is(mode, "WRITE") => false,
        [_] => {
            return Err(CmdError::new("ERR CLIENT PAUSE mode must be WRITE or ALL"));
        }
        _ => return Err(errors::SYNTAX),
    };
    let timeout = int_arg(argv[2])
        .map_err(|_| CmdError::new("ERR timeout is not an integer or out of range"))?;
    if timeout < 0 {
        return Err(CmdError::new("ERR timeout is negative"));
    }
    let until = ctx
        .now()
        .checked_add(timeout)
        .ok_or(CmdError::new("ERR timeout is out of range"))?;
    ctx.server.clients.pause(Pause { until, all });
    out.ok();
    Ok(())
}

fn unpause(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    ctx.server.clients.end_pause();
    out.ok();
    Ok(())
}

fn reply(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    if is(argv[2], "ON") {
        client.reply_mode = ReplyMode::On;
        out.ok();
    } else if is(argv[2], "OFF") {
        client.reply_mode = ReplyMode::Off;
    } else if is(argv[2], "SKIP") {
        if client.reply_mode != ReplyMode::Off {
            client.reply_mode = ReplyMode::SkipNext;
        }
    } else {
        return Err(errors::SYNTAX);
    }
    Ok(())
}

fn unblock(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let with_error = match &argv[3..] {
        [] => false,
        [reason] if is(reason, "TIMEOUT") => false,
        [reason] if is(reason, "ERROR") => true,
        [_] => {
            return Err(CmdError::new(
                "ERR CLIENT UNBLOCK reason should be TIMEOUT or ERROR",
            ));
        }
        _ => return Err(wrong_subcommand(argv)),
    };
    let id = int_arg(argv[2])?;
    let Ok(id) = ClientId::try_from(id) else {
        out.int(0);
        return Ok(());
    };
    let unblocked = if with_error {
        let blocked = ctx.server.unblock(id);
        if blocked.is_some() {
            const UNBLOCKED: CmdError =
                CmdError::new("UNBLOCKED client unblocked via CLIENT UNBLOCK");
            ctx.server.count_error(&UNBLOCKED);
            ctx.server.answer_unblocked(id, |out| out.error(&UNBLOCKED));
        }
        blocked
    } else {
        ctx.server.unblock_by_timeout(id)
    };
    if let Some(blocked) = &unblocked {
        ctx.server.account_unblocked(id, blocked, 0, with_error);
    }
    out.int(i64::from(unblocked.is_some()));
    Ok(())
}
