//! XPENDING.

use super::ids;
use super::reply::{no_group, write_id};
use crate::engine::ctx::Ctx;
use crate::store::stream::{Group, StreamId};
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdResult, Out, errors};

/// What the long form asks for.
struct Query<'a> {
    start: StreamId,
    end: StreamId,
    count: usize,
    min_idle: i64,
    consumer: Option<&'a [u8]>,
}

fn parse<'a>(argv: &[&'a [u8]]) -> CmdResult<Option<Query<'a>>> {
    let (min_idle, rest) = match &argv[3..] {
        [] => return Ok(None),
        args if !(3..=6).contains(&args.len()) => return Err(errors::SYNTAX),
        [option, idle, rest @ ..] if is(option, "IDLE") => {
            let idle = int_arg(idle)?;
            if rest.len() < 3 {
                return Err(errors::SYNTAX);
            }
            (idle, rest)
        }
        rest => (0, rest),
    };
    let count = int_arg(rest[2])?.max(0) as usize;
    Ok(Some(Query {
        start: ids::interval_start(rest[0])?,
        end: ids::interval_end(rest[1])?,
        count,
        min_idle,
        consumer: rest.get(3).copied(),
    }))
}

pub fn xpending(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let query = parse(argv)?;
    let now = ctx.now();
    let group = ctx
        .read_stream(argv[1])?
        .and_then(|stream| stream.groups.get(argv[2]))
        .ok_or_else(|| no_group(argv[1], argv[2], ""))?;
    match query {
        None => write_summary(group, out),
        Some(query) => write_entries(group, &query, now, out),
    }
    Ok(())
}

fn write_summary(group: &Group, out: &mut Out) {
    out.array(4);
    out.len(group.pending.len());
    let (Some((first, _)), Some((last, _))) = (
        group.pending.first_key_value(),
        group.pending.last_key_value(),
    ) else {
        out.null();
        out.null();
        out.null_array();
        return;
    };
    write_id(out, *first);
    write_id(out, *last);
    let at = out.defer();
    let mut busy = 0;
    for (name, consumer) in &group.consumers {
        if !consumer.pending.is_empty() {
            out.array(2);
            out.bulk(name);
            out.bulk_int(consumer.pending.len() as i64);
            busy += 1;
        }
    }
    out.finish_array(at, busy);
}

fn write_entries(group: &Group, query: &Query<'_>, now: i64, out: &mut Out) {
    if query.start > query.end {
        out.array(0);
        return;
    }
    // One consumer's entries are looked up by its own list, which is shorter.
    let ids: Box<dyn Iterator<Item = &StreamId>> = match query.consumer {
        Some(name) => match group.consumers.get(name) {
            Some(consumer) => Box::new(consumer.pending.range(query.start..=query.end)),
            None => Box::new(std::iter::empty()),
        },
        None => Box::new(
            group
                .pending
                .range(query.start..=query.end)
                .map(|(id, _)| id),
        ),
    };
    let pending = ids
        .filter_map(|id| Some((id, group.pending.get(id)?)))
        .filter(|(_, p)| query.min_idle == 0 || now - p.delivered >= query.min_idle)
        .take(query.count);
    let at = out.defer();
    let mut written = 0;
    for (id, pending) in pending {
        out.array(4);
        write_id(out, *id);
        out.bulk(&pending.consumer);
        out.int((now - pending.delivered).max(0));
        out.int(pending.count as i64);
        written += 1;
    }
    out.finish_array(at, written);
}
