//! XINFO.

use super::reply::{write_entries, write_entry, write_id};
use crate::commands::help::wrong_subcommand;
use crate::engine::ctx::Ctx;
use crate::store::Stream;
use crate::store::stream::Group;
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

fn read<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> CmdResult<&'c Stream> {
    ctx.read_stream(key)?.ok_or(errors::NO_SUCH_KEY)
}

pub fn stream(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let stream = read(ctx, argv[2])?;
    let full = match &argv[3..] {
        [] => None,
        [full] if is(full, "FULL") => Some(10),
        [full, count, n] if is(full, "FULL") && is(count, "COUNT") => match int_arg(n)? {
            ..0 => Some(10),
            n => Some(n as usize),
        },
        _ => return Err(wrong_subcommand(argv)),
    };
    out.map(if full.is_some() { 9 } else { 10 });
    for (name, number) in [
        ("length", stream.length),
        ("radix-tree-keys", stream.nodes.len() as u64),
        ("radix-tree-nodes", stream.radix_tree_nodes() as u64),
    ] {
        out.bulk(name.as_bytes());
        out.int(number as i64);
    }
    out.bulk(b"last-generated-id");
    write_id(out, stream.last_id);
    out.bulk(b"max-deleted-entry-id");
    write_id(out, stream.max_deleted_id);
    out.bulk(b"entries-added");
    out.int(stream.entries_added as i64);
    out.bulk(b"recorded-first-entry-id");
    write_id(out, stream.first_id());
    match full {
        None => write_edges(stream, out),
        Some(count) => write_full(stream, if count == 0 { usize::MAX } else { count }, out),
    }
    Ok(())
}

fn write_edges(stream: &Stream, out: &mut Out) {
    out.bulk(b"groups");
    out.len(stream.groups.len());
    let (first, last) = (stream.iter().next(), stream.iter().next_back());
    for (name, entry) in [("first-entry", first), ("last-entry", last)] {
        out.bulk(name.as_bytes());
        match entry {
            Some(entry) => write_entry(out, entry),
            None => out.null(),
        }
    }
}

fn write_full(stream: &Stream, count: usize, out: &mut Out) {
    out.bulk(b"entries");
    write_entries(out, stream.iter(), count);
    out.bulk(b"groups");
    out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        out.map(7);
        out.bulk(b"name");
        out.bulk(name);
        write_progress(stream, group, out);
        out.bulk(b"pel-count");
        out.len(group.pending.len());
        out.bulk(b"pending");
        out.array(group.pending.len().min(count));
        for (id, pending) in group.pending.iter().take(count) {
            out.array(4);
            write_id(out, *id);
            out.bulk(&pending.consumer);
            out.int(pending.delivered);
            out.int(pending.count as i64);
        }
        out.bulk(b"consumers");
        out.array(group.consumers.len());
        for (name, consumer) in &group.consumers {
            out.map(5);
            out.bulk(b"name");
            out.bulk(name);
            out.bulk(b"seen-time");
            out.int(consumer.seen);
            out.bulk(b"active-time");
            out.int(consumer.active.unwrap_or(-1));
            out.bulk(b"pel-count");
            out.len(consumer.pending.len());
            out.bulk(b"pending");
            out.array(consumer.pending.len().min(count));
            for id in consumer.pending.iter().take(count) {
                let (delivered, times) = group
                    .pending
                    .get(id)
                    .map_or((0, 0), |p| (p.delivered, p.count as i64));
                out.array(3);
                write_id(out, *id);
                out.int(delivered);
                out.int(times);
            }
        }
    }
}

/// How far a group has come: its last ID, what it has read and not read.
fn write_progress(stream: &Stream, group: &Group, out: &mut Out) {
    out.bulk(b"last-delivered-id");
    write_id(out, group.last_id);
    for (name, number) in [
        ("entries-read", group.entries_read.map(|read| read as i64)),
        ("lag", stream.lag(group)),
    ] {
        out.bulk(name.as_bytes());
        match number {
            Some(number) => out.int(number),
            None => out.null(),
        }
    }
}

pub fn groups(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let stream = read(ctx, argv[2])?;
    out.array(stream.groups.len());
    for (name, group) in &stream.groups {
        out.map(6);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"consumers");
        out.len(group.consumers.len());
        out.bulk(b"pending");
        out.len(group.pending.len());
        write_progress(stream, group, out);
    }
    Ok(())
}

pub fn consumers(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let now = ctx.now();
    let group = read(ctx, argv[2])?.groups.get(argv[3]).ok_or_else(|| {
        let text = [
            b"NOGROUP No such consumer group '",
            argv[3],
            b"' for key name '",
            argv[2],
            b"'",
        ];
        CmdError::owned(text.concat())
    })?;
    out.array(group.consumers.len());
    for (name, consumer) in &group.consumers {
        out.map(4);
        out.bulk(b"name");
        out.bulk(name);
        out.bulk(b"pending");
        out.len(consumer.pending.len());
        out.bulk(b"idle");
        out.int((now - consumer.seen).max(0));
        out.bulk(b"inactive");
        out.int(consumer.active.map_or(-1, |active| (now - active).max(0)));
    }
    Ok(())
}
