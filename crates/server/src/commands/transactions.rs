//! MULTI, EXEC, DISCARD, WATCH, UNWATCH.

use crate::engine::command::{Role, Row};
use crate::engine::ctx::{Ctx, Mode};
use crate::store::ByteString;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("multi", multi).with(Role::Transaction),
    Row::new("exec", exec).with(Role::Exec),
    Row::new("discard", discard).with(Role::Transaction),
    Row::new("watch", watch).with(Role::Transaction),
    Row::new("unwatch", unwatch),
];

fn multi(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    if client.transaction.active {
        return Err(CmdError::new("ERR MULTI calls can not be nested"));
    }
    client.transaction.active = true;
    out.ok();
    Ok(())
}

fn discard(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    if !ctx.client().is_some_and(|c| c.transaction.active) {
        return Err(CmdError::new("ERR DISCARD without MULTI"));
    }
    let id = ctx.id;
    ctx.server.discard(id);
    out.ok();
    Ok(())
}

fn watch(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    if client.transaction.active {
        return Err(CmdError::new("ERR WATCH inside MULTI is not allowed"));
    }
    if !client.transaction.touched {
        let (id, db, now) = (ctx.id, ctx.db, ctx.now());
        for key in &argv[1..] {
            let was_expired = ctx.db().expire(key).is_some_and(|when| when < now);
            ctx.server.watch(id, db, key, was_expired);
        }
    }
    out.ok();
    Ok(())
}

fn unwatch(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let id = ctx.id;
    ctx.server.unwatch_all(id);
    if let Some(client) = ctx.client() {
        client.transaction.touched = false;
    }
    out.ok();
    Ok(())
}

/// Whether a key that was there when it was watched has expired since.
fn watched_key_expired(ctx: &mut Ctx<'_>) -> bool {
    let now = ctx.now();
    let watched: Vec<(usize, ByteString)> = ctx.client().map_or_else(Vec::new, |client| {
        client
            .transaction
            .watched
            .iter()
            .filter(|w| !w.was_expired)
            .map(|w| (w.db, w.key.clone()))
            .collect()
    });
    watched.iter().any(|(db, key)| {
        ctx.server.dbs[*db]
            .expire(key)
            .is_some_and(|when| when < now)
    })
}

fn exec(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let id = ctx.id;
    let expired = watched_key_expired(ctx);
    let Some(client) = ctx.client() else {
        return Ok(());
    };
    if !client.transaction.active {
        return Err(CmdError::new("ERR EXEC without MULTI"));
    }
    let refused = client.transaction.refused;
    let touched = client.transaction.touched || expired;
    let queue = client.transaction.take_queue();
    if refused || touched {
        ctx.server.discard(id);
        if refused {
            return Err(CmdError::new(
                "EXECABORT Transaction discarded because of previous errors.",
            ));
        }
        out.null_array();
        return Ok(());
    }
    // From here on the transaction is only this queue: its own commands may
    // touch the keys that were watched.
    ctx.server.unwatch_all(id);
    out.array(queue.len());
    ctx.server.transactions.begin();
    let outer = std::mem::replace(&mut ctx.mode, Mode::Exec);
    for queued in queue {
        let command = ctx.server.commands.at(queued.command);
        let argv: Vec<&[u8]> = queued.argv.iter().map(Vec::as_slice).collect();
        let unrestricted = ctx.client().is_none_or(|client| client.unrestricted);
        // The user's rules may have changed since it was queued.
        if !unrestricted
            && let Err(denied) = ctx.server.check_permission(id, command, &argv, "multi")
        {
            let error = denied.error_in_exec();
            ctx.server.count_error(&error);
            out.error(&error);
            continue;
        }
        ctx.run(command, &argv, out);
    }
    ctx.mode = outer;
    ctx.server.transactions.end();
    ctx.server.discard(id);
    Ok(())
}
