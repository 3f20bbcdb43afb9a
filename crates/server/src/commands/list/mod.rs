//! List commands.

pub mod blocking;
mod take;

use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{List, Text, Value, list};
use crate::wire::args::{index_range, int_arg, is, positive_arg_or};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use take::{lmove, lmpop, lpop, rpop, rpoplpush};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("lpush", lpush),
    Row::new("rpush", rpush),
    Row::new("lpushx", lpushx),
    Row::new("rpushx", rpushx),
    Row::new("linsert", linsert),
    Row::new("llen", llen),
    Row::new("lindex", lindex),
    Row::new("lset", lset),
    Row::new("lpop", lpop),
    Row::new("rpop", rpop),
    Row::new("lrange", lrange),
    Row::new("ltrim", ltrim),
    Row::new("lrem", lrem),
    Row::new("lpos", lpos),
    Row::new("lmove", lmove),
    Row::new("rpoplpush", rpoplpush),
    Row::new("lmpop", lmpop),
];

/// An end of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The head.
    Left,
    /// The tail.
    Right,
}

impl End {
    /// Reads LEFT or RIGHT.
    ///
    /// # Errors
    /// A syntax error.
    pub fn parse(arg: &[u8]) -> CmdResult<End> {
        if is(arg, "LEFT") {
            Ok(End::Left)
        } else if is(arg, "RIGHT") {
            Ok(End::Right)
        } else {
            Err(errors::SYNTAX)
        }
    }

    fn of_list(self) -> list::End {
        match self {
            End::Left => list::End::Head,
            End::Right => list::End::Tail,
        }
    }

    fn push_event(self) -> &'static str {
        match self {
            End::Left => "lpush",
            End::Right => "rpush",
        }
    }

    /// The command that takes from it.
    fn pop_name(self) -> &'static [u8] {
        match self {
            End::Left => b"LPOP",
            End::Right => b"RPOP",
        }
    }

    fn pop_event(self) -> &'static str {
        match self {
            End::Left => "lpop",
            End::Right => "rpop",
        }
    }
}

fn push(
    ctx: &mut Ctx<'_>,
    argv: &[&[u8]],
    end: End,
    only_existing: bool,
    out: &mut Out,
) -> CmdResult {
    let key = argv[1];
    if ctx.write_list(key)?.is_none() {
        if only_existing {
            out.int(0);
            return Ok(());
        }
        ctx.add(key, Value::List(List::default()));
    }
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        return Ok(());
    };
    list.push(end.of_list(), &argv[2..], &limits);
    out.len(list.len());
    ctx.wrote(key, notify::LIST, end.push_event());
    ctx.counts_as(argv.len() - 2);
    Ok(())
}

fn lpush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    push(ctx, argv, End::Left, false, out)
}

fn rpush(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    push(ctx, argv, End::Right, false, out)
}

fn lpushx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    push(ctx, argv, End::Left, true, out)
}

fn rpushx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    push(ctx, argv, End::Right, true, out)
}

fn linsert(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, pivot, element) = (argv[1], argv[3], argv[4]);
    let after = if is(argv[2], "AFTER") {
        1
    } else if is(argv[2], "BEFORE") {
        0
    } else {
        return Err(errors::SYNTAX);
    };
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        out.int(0);
        return Ok(());
    };
    list.make_room_for(1, element.len(), &limits);
    let Some(at) = list.iter().position(|e| *e == *pivot) else {
        out.int(-1);
        return Ok(());
    };
    list.insert(at + after, element);
    out.len(list.len());
    ctx.wrote(key, notify::LIST, "linsert");
    Ok(())
}

fn llen(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let len = ctx.read_list(argv[1])?.map_or(0, List::len);
    out.len(len);
    Ok(())
}

/// A place in a list of `len` elements; negative counts from the tail.
fn place(index: i64, len: usize) -> Option<usize> {
    let index = if index < 0 { index + len as i64 } else { index };
    usize::try_from(index).ok().filter(|i| *i < len)
}

fn lindex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(list) = ctx.read_list(argv[1])? else {
        out.null();
        return Ok(());
    };
    let index = int_arg(argv[2])?;
    let element = place(index, list.len()).and_then(|at| list.get(at));
    out.bulk_or_null(element.as_deref());
    Ok(())
}

fn lset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, element) = (argv[1], argv[3]);
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        return Err(errors::NO_SUCH_KEY);
    };
    let index = int_arg(argv[2])?;
    list.make_room_for(1, element.len(), &limits);
    let at = place(index, list.len()).ok_or(errors::INDEX_RANGE)?;
    list.set(at, element, &limits);
    ctx.wrote(key, notify::LIST, "lset");
    out.ok();
    Ok(())
}

fn lrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (start, end) = (int_arg(argv[2])?, int_arg(argv[3])?);
    let Some(list) = ctx.read_list(argv[1])? else {
        out.array(0);
        return Ok(());
    };
    let range = index_range(start, end, list.len());
    out.array(range.len());
    list.visit(range, |element| out.bulk(element));
    Ok(())
}

fn ltrim(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let (start, end) = (int_arg(argv[2])?, int_arg(argv[3])?);
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        out.ok();
        return Ok(());
    };
    let range = index_range(start, end, list.len());
    let removed = list.len() - range.len();
    list.trim(range, &limits);
    ctx.popped(key, notify::LIST, "ltrim");
    ctx.counts_as(removed);
    out.ok();
    Ok(())
}

fn lrem(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, element) = (argv[1], argv[3]);
    let count = int_arg(argv[2])?;
    if count == i64::MIN {
        return Err(errors::TOO_NEGATIVE);
    }
    let limits = ctx.server.settings.limits;
    let Some(list) = ctx.write_list(key)? else {
        out.int(0);
        return Ok(());
    };
    let most = if count == 0 {
        usize::MAX
    } else {
        usize::try_from(count.unsigned_abs()).unwrap_or(usize::MAX)
    };
    let end = if count < 0 { End::Right } else { End::Left };
    let removed = list.remove(element, most, end.of_list(), &limits);
    if removed > 0 {
        ctx.took(key, notify::LIST, "lrem");
        ctx.counts_as(removed);
    }
    out.len(removed);
    Ok(())
}

/// The options of LPOS: RANK, COUNT where it is there, and MAXLEN, 0 for all.
fn lpos_options(options: &[&[u8]]) -> CmdResult<(i64, Option<usize>, usize)> {
    let (mut rank, mut count, mut max_len) = (1, None, 0);
    for pair in options.chunks(2) {
        let [option, value] = pair else {
            return Err(errors::SYNTAX);
        };
        if is(option, "RANK") {
            rank = int_arg(value)?;
            if rank == i64::MIN {
                return Err(errors::TOO_NEGATIVE);
            }
            if rank == 0 {
                return Err(CmdError::new(
                    "ERR RANK can't be zero: use 1 to start from the first match, 2 from the second ... or use negative to start from the end of the list",
                ));
            }
        } else if is(option, "COUNT") {
            count = Some(positive_arg_or(
                value,
                CmdError::new("ERR COUNT can't be negative"),
            )?);
        } else if is(option, "MAXLEN") {
            max_len = positive_arg_or(value, CmdError::new("ERR MAXLEN can't be negative"))?;
        } else {
            return Err(errors::SYNTAX);
        }
    }
    Ok((rank, count, max_len))
}

fn lpos(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let element = argv[2];
    let (rank, count, max_len) = lpos_options(&argv[3..])?;
    let Some(list) = ctx.read_list(argv[1])? else {
        match count {
            Some(_) => out.array(0),
            None => out.null(),
        }
        return Ok(());
    };
    let len = list.len();
    let looked_at = if max_len == 0 { len } else { max_len.min(len) };
    let wanted = match count {
        None => 1,
        Some(0) => usize::MAX,
        Some(n) => n,
    };
    let skip = rank.unsigned_abs() as usize - 1;
    let same = |own: Text<'_>| *own == *element;
    let found: Vec<usize> = if rank > 0 {
        let matches = (0..looked_at).zip(list.iter().map(same));
        let places = matches.filter(|(_, same)| *same).map(|(place, _)| place);
        places.skip(skip).take(wanted).collect()
    } else {
        let matches = (len - looked_at..len)
            .rev()
            .zip(list.iter().rev().map(same));
        let places = matches.filter(|(_, same)| *same).map(|(place, _)| place);
        places.skip(skip).take(wanted).collect()
    };
    match (count, found.first()) {
        (Some(_), _) => {
            out.array(found.len());
            for place in found {
                out.len(place);
            }
        }
        (None, Some(place)) => out.len(*place),
        (None, None) => out.null(),
    }
    Ok(())
}
