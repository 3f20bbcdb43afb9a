//! OBJECT: what Redis knows of a key besides its value.

use super::help::help;
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::eviction::{Order, Policy};
use crate::store::{Sharing, StringValue, Value};
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("object|encoding", encoding),
    Row::new("object|freq", freq),
    Row::new("object|help", help),
    Row::new("object|idletime", idletime),
    Row::new("object|refcount", refcount),
];

/// Integers below this are one shared object in Redis; their reference count
/// is shown as the largest there is.
const SHARED_INTEGERS: i64 = 10_000;

fn encoding(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let encoding = ctx.peek(argv[2]).map(|value| value.encoding());
    out.bulk_or_null(encoding.map(str::as_bytes));
    Ok(())
}

fn refcount(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let transactions = &ctx.server.transactions;
    let queue = transactions
        .is_executing()
        .then(|| Sharing::with_queue(transactions.begun()));
    // One object has one field for its use: where eviction goes by that, no
    // integer is shared.
    let settings = &ctx.server.settings;
    let by_use = settings.maxmemory > 0
        && matches!(
            settings.maxmemory_policy,
            Policy::AllKeys(Order::Recency | Order::Frequency)
                | Policy::Volatile(Order::Recency | Order::Frequency)
        );
    let Some(entry) = ctx.peek_entry(argv[2]) else {
        out.null();
        return Ok(());
    };
    let shared = match &entry.value {
        Value::String(StringValue::Int(n)) => !by_use && (0..SHARED_INTEGERS).contains(n),
        _ => false,
    };
    out.int(if shared && entry.sharing != Sharing::COPY {
        i64::from(i32::MAX)
    } else if Some(entry.sharing) == queue {
        2
    } else {
        1
    });
    Ok(())
}

fn idletime(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(access) = ctx.peek_entry(argv[2]).map(|entry| entry.access) else {
        out.null();
        return Ok(());
    };
    if ctx.server.access.counts() {
        return Err(CmdError::new(
            "ERR An LFU maxmemory policy is selected, idle time not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    out.int(i64::from(ctx.server.access.idle(access)));
    Ok(())
}

fn freq(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let Some(access) = ctx.peek_entry(argv[2]).map(|entry| entry.access) else {
        out.null();
        return Ok(());
    };
    if !ctx.server.access.counts() {
        return Err(CmdError::new(
            "ERR An LFU maxmemory policy is not selected, access frequency not tracked. Please note that when switching between policies at runtime LRU and LFU data will take some time to adjust.",
        ));
    }
    out.int(i64::from(ctx.server.access.frequency(access)));
    Ok(())
}
