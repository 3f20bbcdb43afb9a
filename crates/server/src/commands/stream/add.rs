//! XADD, XTRIM, XDEL and XSETID.

use super::ids;
use super::reply::write_id;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::stream::{StreamId, Trim, Until};
use crate::store::{Stream, Value};
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

const LIMIT_WITHOUT_TILDE: CmdError =
    CmdError::new("ERR syntax error, LIMIT cannot be used without the special ~ option");

/// The arguments in front of the fields of XADD, or all of XTRIM's.
#[derive(Debug, Default)]
struct Options {
    trim: Option<Trim>,
    no_make_stream: bool,
    /// The milliseconds and, if given, the sequence number.
    id: Option<(u64, Option<u64>)>,
    /// The index of the argument behind the ID.
    fields_at: usize,
    /// Where the threshold of trimming stands.
    threshold_at: usize,
}

impl Options {
    fn parse(ctx: &Ctx<'_>, argv: &[&[u8]], adding: bool) -> CmdResult<Options> {
        let mut options = Options::default();
        let mut until = None;
        let mut approximate = false;
        let mut limit = None;
        let mut at = 2;
        while at < argv.len() {
            let arg = argv[at];
            let more = argv.len() - 1 - at;
            if adding && arg == b"*" {
                break;
            } else if more > 0 && (is(arg, "MAXLEN") || is(arg, "MINID")) {
                if until.is_some() {
                    return Err(CmdError::new(
                        "ERR syntax error, MAXLEN and MINID options at the same time are not compatible",
                    ));
                }
                approximate = more >= 2 && argv[at + 1] == b"~";
                if approximate || (more >= 2 && argv[at + 1] == b"=") {
                    at += 1;
                }
                at += 1;
                options.threshold_at = at;
                until = Some(if is(arg, "MAXLEN") {
                    let max = u64::try_from(int_arg(argv[at])?)
                        .map_err(|_| CmdError::new("ERR The MAXLEN argument must be >= 0."))?;
                    Until::MaxLen(max)
                } else {
                    Until::MinId(ids::strict(argv[at], 0)?)
                });
            } else if more > 0 && is(arg, "LIMIT") {
                at += 1;
                let given = int_arg(argv[at])?;
                limit = Some(
                    u64::try_from(given)
                        .map_err(|_| CmdError::new("ERR The LIMIT argument must be >= 0."))?,
                );
            } else if adding && is(arg, "NOMKSTREAM") {
                options.no_make_stream = true;
            } else if adding {
                options.id = Some(ids::to_add(arg)?);
                break;
            } else {
                return Err(errors::SYNTAX);
            }
            at += 1;
        }
        options.fields_at = at + 1;
        if ctx.server.loading && !approximate && until.is_some() {
            // It was rough once, and what is there now is how far that got.
            limit = None;
        }
        let node_entries = ctx.server.settings.limits.stream_node_entries;
        options.trim = trim(until, approximate, limit, adding, node_entries)?;
        Ok(options)
    }
}

/// The command with the effect that it had: what was trimmed roughly is trimmed
/// exactly as far, and an entry has the ID that it was given.
fn log(ctx: &mut Ctx<'_>, argv: &[&[u8]], options: &Options, id: Option<StreamId>) {
    let Some(Value::Stream(stream)) = ctx.db().get(argv[1]) else {
        return;
    };
    let mut exact = argv.to_vec();
    let id = id.map(|id| id.to_string());
    if let Some(id) = &id {
        exact[options.fields_at - 1] = id.as_bytes();
    }
    let threshold = match options.trim {
        Some(trim) if trim.approximate => match trim.until {
            Until::MaxLen(_) => Some(stream.length.to_string()),
            // That of a deleted one, too: as far as Redis looks.
            Until::MinId(_) => {
                let first = stream.nodes.values().next().and_then(|n| n.entries.first());
                Some(first.map_or(StreamId::MIN, |entry| entry.id).to_string())
            }
        },
        _ => None,
    };
    if let Some(threshold) = &threshold {
        exact[options.threshold_at] = threshold.as_bytes();
        exact[options.threshold_at - 1] = b"=";
    }
    if id.is_some() || threshold.is_some() {
        ctx.log_as(&exact);
    }
}

/// Checks the options against each other.
fn trim(
    until: Option<Until>,
    approximate: bool,
    limit: Option<u64>,
    adding: bool,
    node_entries: usize,
) -> CmdResult<Option<Trim>> {
    let Some(until) = until else {
        return match limit {
            Some(1..) => Err(CmdError::new(
                "ERR syntax error, LIMIT cannot be used without specifying a trimming strategy",
            )),
            _ if !adding => Err(CmdError::new(
                "ERR syntax error, XTRIM must be called with a trimming strategy",
            )),
            Some(0) => Err(LIMIT_WITHOUT_TILDE),
            None => Ok(None),
        };
    };
    let limit = match limit {
        Some(_) if !approximate => {
            return Err(LIMIT_WITHOUT_TILDE);
        }
        Some(limit) => limit,
        // So that trimming a huge stream does not stop the server.
        None if approximate => match 100 * node_entries as u64 {
            0 => 10_000,
            limit => limit.min(1_000_000),
        },
        None => 0,
    };
    Ok(Some(Trim {
        until,
        approximate,
        limit,
    }))
}

/// The ID of the next entry; `None` when it would not be the greatest.
fn next_id(stream: &Stream, id: Option<(u64, Option<u64>)>, now: i64) -> Option<StreamId> {
    let last = stream.last_id;
    let id = match id {
        Some((ms, Some(seq))) => StreamId::new(ms, seq),
        Some((ms, None)) if ms == last.ms => StreamId::new(ms, last.seq.checked_add(1)?),
        Some((ms, None)) => StreamId::new(ms, 0),
        None if now as u64 > last.ms => StreamId::new(now as u64, 0),
        None => last.next()?,
    };
    (id > last).then_some(id)
}

pub fn xadd(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let limits = ctx.server.settings.limits;
    let options = Options::parse(ctx, argv, true)?;
    let pairs = argv.get(options.fields_at..).unwrap_or_default();
    if pairs.is_empty() || pairs.len() % 2 != 0 {
        return Err(errors::wrong_arity("xadd"));
    }
    if options.id == Some((0, Some(0))) {
        return Err(CmdError::new(
            "ERR The ID specified in XADD must be greater than 0-0",
        ));
    }
    if options.no_make_stream && ctx.write_stream(key)?.is_none() {
        out.null();
        return Ok(());
    }
    let now = ctx.now();
    let stream = ctx.create_stream(key)?;
    if stream.last_id == StreamId::MAX {
        return Err(CmdError::new(
            "ERR The stream has exhausted the last possible ID, unable to add more items",
        ));
    }
    let id = next_id(stream, options.id, now).ok_or(CmdError::new(
        "ERR The ID specified in XADD is equal or smaller than the target stream top item",
    ))?;
    stream.append(id, pairs, &limits);
    write_id(out, id);
    let trimmed = options.trim.map_or(0, |trim| stream.trim(&trim));
    ctx.wrote(key, notify::STREAM, "xadd");
    if trimmed > 0 {
        ctx.notify(notify::STREAM, "xtrim", key);
    }
    if ctx.logs() {
        log(ctx, argv, &options, Some(id));
    }
    ctx.signal_ready(key);
    Ok(())
}

pub fn xtrim(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let options = Options::parse(ctx, argv, false)?;
    let trimmed = match (ctx.write_stream(argv[1])?, options.trim) {
        (Some(stream), Some(trim)) => stream.trim(&trim),
        _ => 0,
    };
    if trimmed > 0 {
        ctx.notify(notify::STREAM, "xtrim", argv[1]);
        ctx.changed(argv[1]);
        ctx.counts_as(trimmed as usize);
        if ctx.logs() {
            log(ctx, argv, &options, None);
        }
    }
    out.int(trimmed as i64);
    Ok(())
}

pub fn xdel(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(stream) = ctx.write_stream(argv[1])? else {
        out.int(0);
        return Ok(());
    };
    let ids = ids::all(&argv[2..])?;
    let deleted = ids.iter().filter(|id| stream.delete(**id)).count();
    if deleted > 0 {
        ctx.wrote(argv[1], notify::STREAM, "xdel");
        ctx.counts_as(deleted);
    }
    out.len(deleted);
    Ok(())
}

pub fn xsetid(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let id = ids::strict(argv[2], 0)?;
    let (mut entries_added, mut max_deleted) = (None, StreamId::MIN);
    let mut rest = &argv[3..];
    while let [option, value, after @ ..] = rest {
        if is(option, "ENTRIESADDED") {
            let added = u64::try_from(int_arg(value)?)
                .map_err(|_| CmdError::new("ERR entries_added must be positive"))?;
            entries_added = Some(added);
        } else if is(option, "MAXDELETEDID") {
            max_deleted = ids::strict(value, 0)?;
            if id < max_deleted {
                return Err(CmdError::new(
                    "ERR The ID specified in XSETID is smaller than the provided max_deleted_entry_id",
                ));
            }
        } else {
            return Err(errors::SYNTAX);
        }
        rest = after;
    }
    if !rest.is_empty() {
        return Err(errors::SYNTAX);
    }
    let stream = ctx.write_stream(argv[1])?.ok_or(errors::NO_SUCH_KEY)?;
    if id < stream.max_deleted_id {
        return Err(CmdError::new(
            "ERR The ID specified in XSETID is smaller than current max_deleted_entry_id",
        ));
    }
    if stream.length > 0 {
        if id < stream.last_entry_id() {
            return Err(CmdError::new(
                "ERR The ID specified in XSETID is smaller than the target stream top item",
            ));
        }
        if entries_added.is_some_and(|added| added < stream.length) {
            return Err(CmdError::new(
                "ERR The entries_added specified in XSETID is smaller than the target stream length",
            ));
        }
    }
    stream.last_id = id;
    if let Some(added) = entries_added {
        stream.entries_added = added;
    }
    if max_deleted != StreamId::MIN {
        stream.max_deleted_id = max_deleted;
    }
    out.ok();
    ctx.server.dirty += 1;
    ctx.notify(notify::STREAM, "xsetid", argv[1]);
    Ok(())
}
