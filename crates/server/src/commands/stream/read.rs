//! XREAD and XREADGROUP.

use super::group::{created_consumer, log_pending, log_position};
use super::ids;
use super::reply::{no_group, write_entries, write_entry, write_id};
use crate::engine::blocking::{Blocking, Request};
use crate::engine::ctx::Ctx;
use crate::state::blocking::{Timeout, Wait};
use crate::store::Value;
use crate::store::stream::{Entry, Pending, StreamId};
use crate::wire::args::{int_arg, is, milliseconds_arg};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

const UNBALANCED: CmdError = CmdError::new(
    "ERR Unbalanced 'xread' list of streams: for each stream key an ID, '+', or '$' must be specified.",
);
const UNBALANCED_GROUP: CmdError = CmdError::new(
    "ERR Unbalanced 'xreadgroup' list of streams: for each stream key an ID or '>' must be specified.",
);

const GROUP_WITHOUT: CmdError = CmdError::new(
    "ERR The GROUP option is only supported by XREADGROUP. You called XREAD instead.",
);
const NOACK_WITHOUT: CmdError = CmdError::new(
    "ERR The NOACK option is only supported by XREADGROUP. You called XREAD instead.",
);

/// What is asked for.
#[derive(Debug)]
struct Query<'a> {
    group: Option<(&'a [u8], &'a [u8])>,
    no_ack: bool,
    /// `usize::MAX` for all.
    count: usize,
    /// How long to wait, milliseconds; `None` for not at all.
    block: Option<i64>,
    /// The index of the first key.
    keys_at: usize,
    keys: &'a [&'a [u8]],
    ids: &'a [&'a [u8]],
}

/// What a client has of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum After {
    /// It wants entries with greater IDs; for a group, its own pending ones.
    Id(StreamId),
    /// It wants what its group was not given yet (`>`).
    Group,
}

impl<'a> Query<'a> {
    fn parse(ctx: &Ctx<'_>, argv: &'a [&'a [u8]], grouped: bool) -> CmdResult<Query<'a>> {
        let now = ctx.now();
        let mut query = Query {
            group: None,
            no_ack: false,
            count: usize::MAX,
            block: None,
            keys_at: 0,
            keys: &[],
            ids: &[],
        };
        let mut at = 1;
        while at < argv.len() {
            let arg = argv[at];
            let more = argv.len() - at - 1;
            if is(arg, "BLOCK") && more > 0 {
                at += 1;
                query.block = Some(milliseconds_arg(argv[at], now)?);
            } else if is(arg, "COUNT") && more > 0 {
                at += 1;
                // 0 asks for everything.
                query.count = match int_arg(argv[at])? {
                    ..=0 => usize::MAX,
                    count => count as usize,
                };
            } else if is(arg, "STREAMS") && more > 0 {
                if !more.is_multiple_of(2) {
                    return Err(if grouped {
                        UNBALANCED_GROUP
                    } else {
                        UNBALANCED
                    });
                }
                query.keys_at = at + 1;
                (query.keys, query.ids) = argv[at + 1..].split_at(more / 2);
                break;
            } else if is(arg, "GROUP") && more >= 2 {
                if !grouped {
                    return Err(GROUP_WITHOUT);
                }
                query.group = Some((argv[at + 1], argv[at + 2]));
                at += 2;
            } else if is(arg, "NOACK") {
                if !grouped {
                    return Err(NOACK_WITHOUT);
                }
                query.no_ack = true;
            } else {
                return Err(errors::SYNTAX);
            }
            at += 1;
        }
        if query.keys.is_empty() {
            return Err(errors::SYNTAX);
        }
        if grouped && query.group.is_none() {
            return Err(CmdError::new("ERR Missing GROUP option for XREADGROUP"));
        }
        Ok(query)
    }

    /// Reads the IDs; for a group, every key must be a stream that has it.
    fn positions(&self, ctx: &mut Ctx<'_>) -> CmdResult<Vec<After>> {
        let mut positions = Vec::with_capacity(self.keys.len());
        for (key, id) in self.keys.iter().zip(self.ids) {
            let stream = match ctx.read(key) {
                None => None,
                Some(Value::Stream(stream)) => Some(stream),
                Some(_) => return Err(errors::WRONGTYPE),
            };
            if let Some((group, _)) = self.group {
                match stream {
                    Some(stream) if stream.groups.contains_key(group) => {}
                    _ => {
                        let where_ = " in XREADGROUP with GROUP option";
                        return Err(no_group(key, group, where_));
                    }
                }
            }
            positions.push(match (*id, self.group) {
                (b"$", None) => {
                    After::Id(stream.map_or(StreamId::MIN, |stream| stream.last_id))
                }
                // The last entry, if there is one.
                (b"+", None) => After::Id(match stream {
                    Some(stream) if stream.length > 0 => {
                        stream.last_entry_id().previous().unwrap_or(StreamId::MIN)
                    }
                    Some(stream) => stream.last_id,
                    None => StreamId::MIN,
                }),
                (b"$", Some(_)) => {
                    return Err(CmdError::new(
                        "ERR The $ ID is meaningless in the context of XREADGROUP: you want to read the history of this consumer by specifying a proper ID, or use the > ID to get new messages. The $ ID would just return an empty result set.",
                    ));
                }
                (b">", Some(_)) => After::Group,
                (b">", None) => {
                    return Err(CmdError::new(
                        "ERR The > ID can be specified only when calling XREADGROUP using the GROUP <group> <consumer> option.",
                    ));
                }
                (id, _) => After::Id(ids::strict(id, 0)?),
            });
        }
        Ok(positions)
    }
}

pub fn xread(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let query = Query::parse(ctx, argv, false)?;
    run(ctx, argv, &query, out)
}

pub fn xreadgroup(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let query = Query::parse(ctx, argv, true)?;
    run(ctx, argv, &query, out)
}

fn run(ctx: &mut Ctx<'_>, argv: &[&[u8]], query: &Query<'_>, out: &mut Out) -> CmdResult {
    let positions = query.positions(ctx)?;
    let at = out.defer();
    let mut served = 0;
    for (key, after) in query.keys.iter().zip(&positions) {
        // Looked up once for its ID, and once more for its entries.
        if ctx.read(key).is_none() {
            continue;
        }
        let start = out.buf.len();
        if out.resp == 2 {
            out.array(2);
        }
        out.bulk(key);
        let has_entries = match query.group {
            None => read_stream(ctx, key, *after, query.count, out),
            Some(group) => read_group(ctx, key, *after, group, query, out),
        };
        if has_entries {
            served += 1;
        } else {
            out.buf.truncate(start);
        }
    }
    if served > 0 {
        if out.resp == 2 {
            out.finish_array(at, served);
        } else {
            out.finish_map(at, served);
        }
        return Ok(());
    }
    let Some(timeout_ms) = query.block else {
        out.null_array();
        return Ok(());
    };
    let request = Request {
        wait: match query.group {
            Some(_) => Wait::Group,
            None => Wait::Stream,
        },
        keys: query.keys,
        timeout_ms,
        on_timeout: Timeout::NullArray,
    };
    // `$` means the end of the stream at this moment, not at the next try.
    let fixed: Vec<Vec<u8>> = positions.iter().map(|after| fixed_id(*after)).collect();
    let mut again = argv.to_vec();
    let ids_at = query.keys_at + query.keys.len();
    for (arg, id) in again[ids_at..].iter_mut().zip(&fixed) {
        *arg = id;
    }
    if ctx.block_on(&request, &again) == Blocking::Refused {
        out.null_array();
    } else if let Some(blocked) = ctx.client().and_then(|client| client.blocked.as_mut()) {
        // SLOWLOG shows what was sent.
        blocked
            .as_sent
            .get_or_insert_with(|| argv.iter().map(|arg| arg.to_vec()).collect());
    }
    Ok(())
}

fn fixed_id(after: After) -> Vec<u8> {
    match after {
        After::Group => b">".to_vec(),
        After::Id(id) => id.to_string().into_bytes(),
    }
}

/// Writes the entries after an ID; whether there are any.
fn read_stream(ctx: &Ctx<'_>, key: &[u8], after: After, count: usize, out: &mut Out) -> bool {
    let (Some(Value::Stream(stream)), After::Id(id)) = (ctx.db().get(key), after) else {
        return false;
    };
    let Some(start) = id.next() else {
        return false;
    };
    if stream.length == 0 || stream.last_entry_id() < start {
        return false;
    }
    write_entries(out, stream.range(start, StreamId::MAX), count) > 0
}

/// Writes what a consumer is given, or its own pending entries; whether
/// there is a reply at all.
fn read_group(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    after: After,
    (group, consumer): (&[u8], &[u8]),
    query: &Query<'_>,
    out: &mut Out,
) -> bool {
    // The entries that it is given, if any, say that it is there.
    ctx.log_nothing();
    if touch_consumer(ctx, key, (group, consumer)) && query.no_ack {
        ctx.log_as(&[b"XGROUP", b"CREATECONSUMER", key, group, consumer]);
    }
    match after {
        // How often and when an entry was given again is not worth keeping.
        After::Id(id) => {
            write_history(ctx, key, id, (group, consumer), query.count, out);
            true
        }
        After::Group => {
            let served = write_new(ctx, key, (group, consumer), query, out);
            ctx.server.dirty += u64::from(served);
            served
        }
    }
}

/// Notes that a consumer has asked, and makes it when it is new; whether it is.
fn touch_consumer(ctx: &mut Ctx<'_>, key: &[u8], (group, consumer): (&[u8], &[u8])) -> bool {
    let now = ctx.now();
    let group = match ctx.db_mut().get_mut(key) {
        Some(Value::Stream(stream)) => stream.groups.get_mut(group),
        _ => None,
    };
    let is_new = group.is_some_and(|group| group.touch_consumer(consumer, now));
    if is_new {
        created_consumer(ctx, key);
    }
    is_new
}

/// Gives a consumer the entries its group was not given yet.
fn write_new(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    (group, consumer): (&[u8], &[u8]),
    query: &Query<'_>,
    out: &mut Out,
) -> bool {
    let (now, logs) = (ctx.now(), ctx.logs());
    let Some(Value::Stream(stream)) = ctx.db().get(key) else {
        return false;
    };
    let last = stream.last_entry_id();
    let start = match stream.groups.get(group) {
        Some(group) if stream.length > 0 && last > group.last_id => group.last_id.next(),
        _ => None,
    };
    let Some(start) = start else {
        return false;
    };
    let Some(Value::Stream(stream)) = ctx.db_mut().get_mut(key) else {
        return false;
    };
    // Taken out while the entries are borrowed, and put back below.
    let Some((name, mut group)) = stream.groups.remove_entry(group) else {
        return false;
    };
    let given: Vec<Entry<'_>> = stream
        .range(start, StreamId::MAX)
        .take(query.count)
        .collect();
    out.array(given.len());
    let mut ids = Vec::new();
    for entry in given {
        if logs && !query.no_ack {
            ids.push(entry.id);
        }
        group.entries_read = stream.entries_read_after(&group, entry.id);
        group.last_id = entry.id;
        write_entry(out, entry);
        if !query.no_ack {
            group.assign(entry.id, consumer, now, 1);
        }
    }
    group.gave(consumer, now);
    stream.groups.insert(name.clone(), group);
    for id in ids {
        let pending = Pending {
            consumer: consumer.into(),
            delivered: now,
            count: 1,
        };
        log_pending(ctx, (key, &name), (id, id), &pending);
    }
    log_position(ctx, key, &name);
    true
}

/// Writes a consumer's own pending entries after an ID. What was deleted
/// meanwhile has a null for its fields.
fn write_history(
    ctx: &mut Ctx<'_>,
    key: &[u8],
    id: StreamId,
    (group, consumer): (&[u8], &[u8]),
    count: usize,
    out: &mut Out,
) {
    let now = ctx.now();
    let Some(Value::Stream(stream)) = ctx.db_mut().get_mut(key) else {
        return;
    };
    let pending: Vec<StreamId> = match (
        id.next(),
        stream
            .groups
            .get(group)
            .and_then(|group| group.consumers.get(consumer)),
    ) {
        (Some(start), Some(consumer)) => consumer
            .pending
            .range(start..)
            .take(count)
            .copied()
            .collect(),
        _ => Vec::new(),
    };
    out.array(pending.len());
    for id in pending {
        if let Some(entry) = stream.range(id, id).next() {
            write_entry(out, entry);
        } else {
            out.array(2);
            write_id(out, id);
            out.null_array();
            continue;
        }
        let pending = stream
            .groups
            .get_mut(group)
            .and_then(|group| group.pending.get_mut(&id));
        if let Some(pending) = pending {
            pending.delivered = now;
            pending.count += 1;
        }
    }
}
