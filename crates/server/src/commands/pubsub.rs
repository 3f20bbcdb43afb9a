//! SUBSCRIBE, PUBLISH and their kin.

use super::help::help;
use crate::engine::command::{Command, flags::*};
use crate::engine::ctx::{Ctx, Mode};
use crate::state::client::ReplyMode;
use crate::state::pubsub::Kind;
use crate::store::ByteString;
use crate::wire::glob;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Command] = &[
    Command::new("subscribe", subscribe, -2, PUBSUB | NOSCRIPT),
    Command::new("unsubscribe", unsubscribe, -1, PUBSUB | NOSCRIPT),
    Command::new("psubscribe", psubscribe, -2, PUBSUB | NOSCRIPT),
    Command::new("punsubscribe", punsubscribe, -1, PUBSUB | NOSCRIPT),
    Command::new("ssubscribe", ssubscribe, -2, PUBSUB | NOSCRIPT).keys(1, -1, 1),
    Command::new("sunsubscribe", sunsubscribe, -1, PUBSUB | NOSCRIPT).keys(1, -1, 1),
    Command::new("publish", publish, 3, PUBSUB | FAST | MAY_REPLICATE),
    Command::new("spublish", spublish, 3, PUBSUB | FAST | MAY_REPLICATE).keys(1, 1, 1),
    Command::container("pubsub", SUBCOMMANDS),
];

const SUBCOMMANDS: &[Command] = &[
    Command::new("pubsub|channels", channels, -2, PUBSUB),
    Command::new("pubsub|help", help, 2, 0),
    Command::new("pubsub|numpat", numpat, 2, PUBSUB),
    Command::new("pubsub|numsub", numsub, -2, PUBSUB),
    Command::new("pubsub|shardchannels", shardchannels, -2, PUBSUB),
    Command::new("pubsub|shardnumsub", shardnumsub, -2, PUBSUB),
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
    if ctx.mode == Mode::Script {
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
        return Err(CmdError::owned(
            [
                b"ERR unknown subcommand or wrong number of arguments for '",
                argv[1],
                b"'. Try PUBSUB HELP.",
            ]
            .concat(),
        ));
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
