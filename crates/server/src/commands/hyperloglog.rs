//! HyperLogLog commands.

use crate::engine::command::{Role, Row};
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::hll::{self, Corrupt};
use crate::store::{StringValue, Value};
use crate::wire::args::is;
use crate::wire::reply::{CmdError, CmdResult, Out};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("pfadd", pfadd),
    Row::new("pfcount", pfcount).with(Role::Replicated),
    Row::new("pfmerge", pfmerge),
    Row::new("pfdebug", pfdebug),
    Row::new("pfselftest", pfselftest),
];

const NOT_HLL: CmdError = CmdError::new("WRONGTYPE Key is not a valid HyperLogLog string value.");

impl From<Corrupt> for CmdError {
    fn from(_: Corrupt) -> Self {
        CmdError::new("INVALIDOBJ Corrupted HLL object detected")
    }
}

fn check(string: &StringValue) -> CmdResult {
    if hll::is_valid(&string.bytes()) {
        Ok(())
    } else {
        Err(NOT_HLL)
    }
}

/// The bytes of an existing HyperLogLog, to change.
fn existing<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> CmdResult<Option<&'c mut Vec<u8>>> {
    match ctx.write_string(key)? {
        Some(string) => {
            check(string)?;
            Ok(Some(string.make_raw()))
        }
        None => Ok(None),
    }
}

/// The bytes to change, an empty HyperLogLog where there is none; and
/// whether it was made.
fn existing_or_new<'c>(ctx: &'c mut Ctx<'_>, key: &[u8]) -> CmdResult<(&'c mut Vec<u8>, bool)> {
    let new = existing(ctx, key)?.is_none();
    if new {
        ctx.add(key, Value::String(StringValue::raw(hll::empty())));
    }
    ctx.shares_no_more(key);
    match ctx.db_mut().get_mut(key) {
        Some(Value::String(string)) => Ok((string.make_raw(), new)),
        _ => Err(NOT_HLL),
    }
}

fn pfadd(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let sparse_max = ctx.server.settings.limits.hll_sparse_bytes;
    let (value, new) = existing_or_new(ctx, argv[1])?;
    let mut changes = usize::from(new);
    for element in &argv[2..] {
        changes += usize::from(hll::add(value, element, sparse_max)?);
    }
    if changes > 0 {
        hll::invalidate(value);
        ctx.wrote(argv[1], notify::STRING, "pfadd");
        ctx.counts_as(changes);
    }
    out.int(i64::from(changes > 0));
    Ok(())
}

fn pfcount(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if argv.len() > 2 {
        let registers = union(ctx, &argv[1..])?.registers;
        out.int(hll::estimate(&registers) as i64);
        return Ok(());
    }
    match ctx.read_string(argv[1])? {
        Some(string) => check(string)?,
        None => {
            out.int(0);
            return Ok(());
        }
    }
    let Some(value) = existing(ctx, argv[1])? else {
        return Ok(());
    };
    if let Some(count) = hll::cached_count(value) {
        out.int(count as i64);
        return Ok(());
    }
    let count = hll::estimate(&hll::registers(value)?);
    hll::cache_count(value, count);
    // The cached count is part of the value, so that this read is a change.
    ctx.changed(argv[1]);
    out.int(count as i64);
    Ok(())
}

/// Several HyperLogLogs together.
struct Union {
    registers: Vec<u8>,
    any_dense: bool,
}

fn union(ctx: &mut Ctx<'_>, keys: &[&[u8]]) -> CmdResult<Union> {
    let mut union = Union {
        registers: vec![0; hll::REGISTERS],
        any_dense: false,
    };
    for key in keys {
        if let Some(string) = ctx.read_string(key)? {
            check(string)?;
            let bytes = string.bytes();
            union.any_dense |= hll::is_dense(&bytes);
            hll::merge(&mut union.registers, &bytes)?;
        }
    }
    Ok(union)
}

fn pfmerge(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let sparse_max = ctx.server.settings.limits.hll_sparse_bytes;
    let union = union(ctx, &argv[1..])?;
    let (value, _) = existing_or_new(ctx, argv[1])?;
    if union.any_dense {
        hll::make_dense(value)?;
    }
    for (register, run) in union.registers.iter().enumerate() {
        if *run > 0 {
            hll::set(value, register, *run, sparse_max)?;
        }
    }
    hll::invalidate(value);
    ctx.changed(argv[1]);
    // Redis reports a merge as an addition.
    ctx.notify(notify::STRING, "pfadd", argv[1]);
    out.ok();
    Ok(())
}

fn pfdebug(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (what, key) = (argv[1], argv[2]);
    // There is one way to count only, as on a processor without AVX2.
    if is(what, "SIMD") {
        if !is(key, "ON") && !is(key, "OFF") {
            return Err(CmdError::new("ERR Argument must be ON or OFF"));
        }
        out.status("disabled");
        return Ok(());
    }
    let Some(value) = existing(ctx, key)? else {
        return Err(CmdError::new("ERR The specified key does not exist"));
    };
    let is_dense = hll::is_dense(value);
    if is(what, "GETREG") {
        hll::make_dense(value)?;
        let registers = hll::registers(value)?;
        out.array(registers.len());
        registers.iter().for_each(|run| out.int(i64::from(*run)));
        ctx.server.dirty += u64::from(!is_dense);
    } else if is(what, "DECODE") {
        if is_dense {
            return Err(CmdError::new("ERR HLL encoding is not sparse"));
        }
        out.bulk(hll::sparse::describe(&value[hll::HEADER..])?.as_bytes());
    } else if is(what, "ENCODING") {
        out.status(if is_dense { "dense" } else { "sparse" });
    } else if is(what, "TODENSE") {
        hll::make_dense(value)?;
        out.int(i64::from(!is_dense));
        ctx.server.dirty += u64::from(!is_dense);
    } else {
        let text = [b"ERR Unknown PFDEBUG subcommand '", what, b"'"];
        return Err(CmdError::owned(text.concat()));
    }
    Ok(())
}

/// Redis tests its own registers here; ours are tested with the crate.
fn pfselftest(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.ok();
    Ok(())
}
