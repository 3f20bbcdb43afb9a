//! SUBSCRIBE, PUBLISH and their kin.

use super::help::{help, wrong_subcommand};
use crate::engine::command::{Role, Row};
use crate::engine::ctx::{Ctx, Mode};
use crate::state::client::ReplyMode;
use crate::state::pubsub::Kind;
use crate::store::ByteString;
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("subscribe", subscribe).with(Role::Subscription),
    Row::new("unsubscribe", unsubscribe).with(Role::Subscription),
    Row::new("psubscribe", psubscribe).with(Role::Subscription),
    Row::new("punsubscribe", punsubscribe).with(Role::Subscription),
    Row::new("ssubscribe", ssubscribe).with(Role::Subscription),
    Row::new("sunsubscribe", sunsubscribe).with(Role::Subscription),
    Row::new("publish", publish).with(Role::Replicated),
    Row::new("spublish", spublish).with(Role::Replicated),
    Row::new("pubsub|channels", channels),
    Row::new("pubsub|help", help),
    Row::new("pubsub|numpat", numpat),
    Row::new("pubsub|numsub", numsub),
    Row::new("pubsub|shardchannels", shardchannels),
    Row::new("pubsub|shardnumsub", shardnumsub),
];

/// The words of the confirmations for one kind of subscription.
fn words(kind: Kind) -> (&'static str, &'static str) {
    match kind {
        Kind::Channel => ("subscribe", "unsubscribe"),
        Kind::Pattern => ("psubscribe", "punsubscribe"),
        Kind::Shard => ("ssubscribe", "sunsubscribe"),
    }
}

fn count(ctx: &mut Ctx<'_>, kind: Kind) -> usize {
    ctx.client().map_or(0, |client| match kind {
        Kind::Shard => client.shard_channels.len(),
        Kind::Channel | Kind::Pattern => client.subscriptions(),
    })
}

/// Confirms one subscription or its end. It is a message rather than a reply:
/// CLIENT REPLY OFF does not silence it.
fn confirm(ctx: &mut Ctx<'_>, out: &mut Out, word: &str, kind: Kind, name: Option<&[u8]>) {
    let count = count(ctx, kind);
    let write = |out: &mut Out| {
        out.push(3);
        out.bulk(word.as_bytes());
        out.bulk_or_null(name);
        out.len(count);
    };
    if ctx.client().is_some_and(|c| c.reply_mode != ReplyMode::On) {
        let id = ctx.id;
        ctx.server.push_to(id, write);
    } else {
        write(out);
    }
}

fn start(ctx: &mut Ctx<'_>, argv: &[&[u8]], kind: Kind, out: &mut Out) -> CmdResult {
    let denied = match kind {
        Kind::Shard => ctx.denies_blocking(),
        // EXEC could always do that.
        Kind::Channel | Kind::Pattern => ctx.mode == Mode::Script,
    };
    if denied {
        return Err(CmdError::owned(format!(
            "ERR {} isn't allowed for a DENY BLOCKING client",
            words(kind).0.to_uppercase()
        )));
    }
    for name in &argv[1..] {
        let id = ctx.id;
        ctx.server.subscribe(id, kind, name);
        confirm(ctx, out, words(kind).0, kind, Some(name));
    }
    Ok(())
}

fn end(ctx: &mut Ctx<'_>, argv: &[&[u8]], kind: Kind, out: &mut Out) -> CmdResult {
    let id = ctx.id;
    let names: Vec<ByteString> = if argv.len() > 1 {
        argv[1..].iter().map(|name| ByteString::new(name)).collect()
    } else {
        ctx.server.subscriptions(id, kind)
    };
    if names.is_empty() {
        confirm(ctx, out, words(kind).1, kind, None);
    }
    for name in names {
        ctx.server.unsubscribe(id, kind, &name);
        confirm(ctx, out, words(kind).1, kind, Some(&name));
    }
    Ok(())
}

fn subscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    start(ctx, argv, Kind::Channel, out)
}

fn unsubscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    end(ctx, argv, Kind::Channel, out)
}

fn psubscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    start(ctx, argv, Kind::Pattern, out)
}

fn punsubscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    end(ctx, argv, Kind::Pattern, out)
}

fn ssubscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    start(ctx, argv, Kind::Shard, out)
}

fn sunsubscribe(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    end(ctx, argv, Kind::Shard, out)
}

fn publish(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.server.publish(argv[1], argv[2]));
    Ok(())
}

fn spublish(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.server.publish_shard(argv[1], argv[2]));
    Ok(())
}

fn list(names: impl Iterator<Item = ByteString>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 3 {
        return Err(wrong_subcommand(argv));
    }
    let names: Vec<ByteString> = names
        .filter(|name| {
            argv.get(2)
                .is_none_or(|pattern| glob::matches(pattern, name))
        })
        .collect();
    out.array(names.len());
    for name in names {
        out.bulk(&name);
    }
    Ok(())
}

fn channels(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    list(ctx.server.pubsub.channels.keys().cloned(), argv, out)
}

fn shardchannels(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    list(ctx.server.pubsub.shard_channels.keys().cloned(), argv, out)
}

fn numpat(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.len(ctx.server.pubsub.patterns.len());
    Ok(())
}

fn numsub(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array((argv.len() - 2) * 2);
    for name in &argv[2..] {
        out.bulk(name);
        out.len(ctx.server.pubsub.channels.get(*name).map_or(0, Vec::len));
    }
    Ok(())
}

fn shardnumsub(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array((argv.len() - 2) * 2);
    for name in &argv[2..] {
        out.bulk(name);
        let table = &ctx.server.pubsub.shard_channels;
        out.len(table.get(*name).map_or(0, Vec::len));
    }
    Ok(())
}
