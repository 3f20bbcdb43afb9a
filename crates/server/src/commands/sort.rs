//! SORT and SORT_RO.

use crate::engine::command::Lookup;
use crate::engine::ctx::{Ctx, Mode};
use crate::state::notify;
use crate::store::{List, Value, list::End};
use crate::wire::args::{int_arg, is};
use crate::wire::number;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use std::cmp::Ordering;

/// The options of one call.
#[derive(Debug, Default)]
struct Options<'a> {
    descending: bool,
    alpha: bool,
    limit: Option<(i64, i64)>,
    by: Option<&'a [u8]>,
    get: Vec<&'a [u8]>,
    store: Option<&'a [u8]>,
}

impl<'a> Options<'a> {
    /// `reads_all`: the user may read every key, as BY and GET can name any.
    fn parse(args: &[&'a [u8]], may_store: bool, reads_all: bool) -> CmdResult<Options<'a>> {
        let denied = |option| {
            CmdError::owned(format!(
                "ERR {option} option of SORT denied due to insufficient ACL permissions."
            ))
        };
        let mut options = Options::default();
        let mut at = 0;
        while at < args.len() {
            let more = args.len() - at - 1;
            let arg = args[at];
            if is(arg, "ASC") {
                options.descending = false;
            } else if is(arg, "DESC") {
                options.descending = true;
            } else if is(arg, "ALPHA") {
                options.alpha = true;
            } else if is(arg, "LIMIT") && more >= 2 {
                options.limit = Some((int_arg(args[at + 1])?, int_arg(args[at + 2])?));
                at += 2;
            } else if is(arg, "STORE") && more >= 1 && may_store {
                options.store = Some(args[at + 1]);
                at += 1;
            } else if is(arg, "BY") && more >= 1 {
                options.by = Some(args[at + 1]);
                if !options.unsorted() && !reads_all {
                    return Err(denied("BY"));
                }
                at += 1;
            } else if is(arg, "GET") && more >= 1 {
                if !reads_all {
                    return Err(denied("GET"));
                }
                options.get.push(args[at + 1]);
                at += 1;
            } else {
                return Err(errors::SYNTAX);
            }
            at += 1;
        }
        Ok(options)
    }

    /// BY with a pattern that has no `*`: nothing is sorted.
    fn unsorted(&self) -> bool {
        self.by.is_some_and(|by| !by.contains(&b'*'))
    }
}

/// The value a pattern such as `weight_*` or `obj_*->field` points to.
fn look_up(ctx: &mut Ctx<'_>, pattern: &[u8], element: &[u8]) -> Option<Vec<u8>> {
    if pattern == b"#" {
        return Some(element.to_vec());
    }
    let star = pattern.iter().position(|b| *b == b'*')?;
    // `->field` counts only behind the star, and with a field.
    let arrow = pattern[star + 1..]
        .windows(2)
        .position(|pair| pair == b"->")
        .map(|i| i + star + 1)
        .filter(|i| i + 2 < pattern.len());
    let end = arrow.unwrap_or(pattern.len());
    let key = [&pattern[..star], element, &pattern[star + 1..end]].concat();
    match (ctx.read(&key), arrow) {
        (Some(Value::Hash(hash)), Some(arrow)) => {
            hash.get(&pattern[arrow + 2..]).map(|value| value.to_vec())
        }
        (Some(Value::String(value)), None) => Some(value.bytes().into_owned()),
        _ => None,
    }
}

fn elements(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> CmdResult<Vec<Vec<u8>>> {
    match ctx.read(key) {
        None => Ok(Vec::new()),
        Some(Value::List(list)) => Ok(list.iter().map(|e| e.to_vec()).collect()),
        Some(Value::Set(set)) => Ok(set.iter().map(|e| e.to_vec()).collect()),
        Some(Value::SortedSet(zset)) => {
            let mut members: Vec<Vec<u8>> = zset.iter().map(|(m, _)| m.to_vec()).collect();
            // Not sorted: a sorted set keeps its own order, or its reverse.
            if options.unsorted() && options.descending {
                members.reverse();
            }
            Ok(members)
        }
        Some(_) => Err(errors::WRONGTYPE),
    }
}

/// What an element is compared by.
#[derive(Debug)]
struct Item {
    element: Vec<u8>,
    number: f64,
    /// ALPHA with BY: the value found, if any.
    text: Option<Vec<u8>>,
}

const NOT_DOUBLE: CmdError = CmdError::new("ERR One or more scores can't be converted into double");

/// How ALPHA orders two texts: what is stored byte by byte, what is only
/// replied as C's `strcoll` sees it, which ends at a zero byte.
fn compare_text(a: &[u8], b: &[u8], options: &Options<'_>) -> Ordering {
    if options.store.is_some() {
        return a.cmp(b);
    }
    number::c_text(a).cmp(number::c_text(b))
}

fn compare(a: &Item, b: &Item, options: &Options<'_>) -> Ordering {
    let order = if options.alpha {
        match (options.by.is_some(), &a.text, &b.text) {
            (true, Some(x), Some(y)) => compare_text(x, y, options),
            (true, None, Some(_)) => Ordering::Less,
            (true, Some(_), None) => Ordering::Greater,
            (true, None, None) => Ordering::Equal,
            (false, ..) => compare_text(&a.element, &b.element, options),
        }
    } else {
        // Equal scores: by the element, so that the order is determined.
        a.number
            .total_cmp(&b.number)
            .then_with(|| a.element.cmp(&b.element))
    };
    if options.descending {
        order.reverse()
    } else {
        order
    }
}

fn sorted(ctx: &mut Ctx<'_>, key: &[u8], options: &Options<'_>) -> CmdResult<Vec<Vec<u8>>> {
    let elements = elements(ctx, key, options)?;
    // Redis sorts only large sorted sets, and makes a small one large first.
    if let Some(Value::SortedSet(zset)) = ctx.db_mut().get_mut(key) {
        zset.make_large();
    }
    let mut items = Vec::with_capacity(elements.len());
    let sort = !options.unsorted()
        || ((options.store.is_some() || ctx.mode == Mode::Script)
            && matches!(ctx.db().get(key), Some(Value::Set(_))));
    let by = options.by.filter(|_| !options.unsorted());
    // Every weight is looked up, even after one that is no number.
    let mut numbers = Ok(());
    for element in elements {
        let mut item = Item {
            element,
            number: 0.0,
            text: None,
        };
        if sort {
            let text = match by {
                Some(by) => look_up(ctx, by, &item.element),
                None => Some(item.element.clone()),
            };
            if options.alpha {
                item.text = by.and(text);
            } else if let Some(text) = text
                && !options.unsorted()
            {
                match number::parse_lenient(&text).ok_or(NOT_DOUBLE) {
                    Ok(number) => item.number = number,
                    Err(error) => numbers = Err(error),
                }
            }
        }
        items.push(item);
    }
    numbers?;
    if sort {
        if options.unsorted() {
            // A set that is stored, or given to a script, is sorted as text, to
            // be the same always.
            items.sort_by(|a, b| a.element.cmp(&b.element));
        } else {
            items.sort_by(|a, b| compare(a, b, options));
        }
    }
    let len = items.len() as i64;
    let (start, count) = options.limit.unwrap_or((0, -1));
    let start = start.max(0).min(len);
    let end = if count < 0 {
        len
    } else {
        start.saturating_add(count).min(len)
    };
    Ok(items
        .drain(start as usize..end as usize)
        .map(|item| item.element)
        .collect())
}

fn run(ctx: &mut Ctx<'_>, argv: &[&[u8]], may_store: bool, out: &mut Out) -> CmdResult {
    let reads_all = match ctx.server.commands.lookup(argv) {
        Lookup::Found(command) => ctx.server.may_run_reading_all(ctx.id, command, argv),
        _ => true,
    };
    let options = Options::parse(&argv[2..], may_store, reads_all)?;
    let elements = sorted(ctx, argv[1], &options)?;
    let mut rows: Vec<Option<Vec<u8>>> = Vec::new();
    for element in elements {
        if options.get.is_empty() {
            rows.push(Some(element));
        } else {
            for pattern in &options.get {
                rows.push(look_up(ctx, pattern, &element));
            }
        }
    }
    let Some(destination) = options.store else {
        out.array(rows.len());
        for row in rows {
            out.bulk_or_null(row.as_deref());
        }
        return Ok(());
    };
    out.len(rows.len());
    if rows.is_empty() {
        ctx.expire_if_due(destination);
        ctx.delete(destination);
        return Ok(());
    }
    let limits = ctx.server.settings.limits;
    let mut list = List::default();
    for row in &rows {
        list.push(End::Tail, &[row.as_deref().unwrap_or_default()], &limits);
    }
    list.compact(&limits);
    ctx.set(destination, Value::List(list));
    ctx.counts_as(rows.len());
    ctx.notify(notify::LIST, "sortstore", destination);
    Ok(())
}

/// `SORT key [BY pattern] [LIMIT offset count] [GET pattern ...] [ASC|DESC]
/// [ALPHA] [STORE destination]`
pub fn sort(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, true, out)
}

/// The same without STORE.
pub fn sort_ro(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    run(ctx, argv, false, out)
}
