//! String commands; those on numbers are in `counter`, those on bits in
//! `bitmap`.

use super::expire::{When, invalid_time};
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::state::notify;
use crate::store::{StringValue, Value};
use crate::wire::args::{int_arg, is, size};
use crate::wire::reply::{CmdError, CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("get", get),
    Row::new("set", set),
    Row::new("setnx", setnx),
    Row::new("setex", setex),
    Row::new("psetex", psetex),
    Row::new("getex", getex),
    Row::new("getdel", getdel),
    Row::new("getset", getset),
    Row::new("mget", mget),
    Row::new("mset", mset),
    Row::new("msetnx", msetnx),
    Row::new("append", append),
    Row::new("strlen", strlen),
    Row::new("setrange", setrange),
    Row::new("getrange", getrange),
    Row::new("substr", getrange),
    Row::new("lcs", super::lcs::lcs),
];

/// Writes a string value as a bulk string.
#[inline]
pub fn write_value(out: &mut Out, value: &StringValue) {
    match value {
        StringValue::Int(n) => out.bulk_int(*n),
        StringValue::Embedded(bytes) => out.bulk(bytes),
        StringValue::Raw(bytes) => out.bulk(bytes),
    }
}

/// Replies with the value of a key, or a null.
fn reply_get(ctx: &mut Ctx<'_>, key: &[u8], out: &mut Out) -> CmdResult<bool> {
    match ctx.read_string(key)? {
        Some(value) => {
            write_value(out, value);
            Ok(true)
        }
        None => {
            out.null();
            Ok(false)
        }
    }
}

fn get(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_get(ctx, argv[1], out).map(|_| ())
}

/// When a key shall expire, as the options of SET and GETEX say it.
#[derive(Debug, Clone, Copy)]
struct Expiry<'a> {
    text: &'a [u8],
    how: When,
}

impl Expiry<'_> {
    /// Milliseconds since 1970.
    fn resolve(&self, ctx: &Ctx<'_>, command: &str) -> CmdResult<i64> {
        let n = int_arg(self.text)?;
        if n <= 0 {
            return Err(invalid_time(command));
        }
        self.how.moment(n, ctx.now(), command)
    }
}

/// The options of SET and GETEX.
#[derive(Debug, Default)]
struct Options<'a> {
    nx: bool,
    xx: bool,
    get: bool,
    keep_ttl: bool,
    persist: bool,
    expiry: Option<Expiry<'a>>,
}

impl<'a> Options<'a> {
    fn parse(args: &[&'a [u8]], for_set: bool) -> CmdResult<Options<'a>> {
        let mut options = Options::default();
        let mut args = args.iter();
        while let Some(arg) = args.next() {
            let free = options.expiry.is_none() && !options.keep_ttl && !options.persist;
            if for_set && is(arg, "NX") && !options.xx {
                options.nx = true;
            } else if for_set && is(arg, "XX") && !options.nx {
                options.xx = true;
            } else if for_set && is(arg, "GET") {
                options.get = true;
            } else if for_set && is(arg, "KEEPTTL") && options.expiry.is_none() {
                options.keep_ttl = true;
            } else if !for_set && is(arg, "PERSIST") && options.expiry.is_none() {
                options.persist = true;
            } else if free
                && let Some(how) = When::option(arg)
                && let Some(text) = args.next()
            {
                options.expiry = Some(Expiry { text, how });
            } else {
                return Err(errors::SYNTAX);
            }
        }
        Ok(options)
    }
}

fn set(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, value) = (argv[1], argv[2]);
    if argv.len() == 3 {
        ctx.set(key, Value::String(StringValue::new(value)));
        ctx.shares_with_queue(key);
        ctx.notify(notify::STRING, "set", key);
        out.ok();
        return Ok(());
    }
    let options = Options::parse(&argv[3..], true)?;
    let expire = match &options.expiry {
        Some(expiry) => Some(expiry.resolve(ctx, "set")?),
        None => None,
    };
    if options.get {
        reply_get(ctx, key, out)?;
    }
    if (options.nx || options.xx) && ctx.exists(key) == options.nx {
        if !options.get {
            out.null();
        }
        return Ok(());
    }
    let old_expire = if options.keep_ttl {
        ctx.expire_time(key)
    } else {
        None
    };
    store(ctx, key, value, expire.or(old_expire), expire.is_some());
    match (&options.expiry, expire) {
        (Some(expiry), Some(when)) if expiry.how != When::PXAT => log_set(ctx, key, value, when),
        (None, _) if options.get => {
            let mut without = argv.to_vec();
            let mut at = 0;
            without.retain(|arg| {
                at += 1;
                at <= 3 || !is(arg, "GET")
            });
            ctx.log_as(&without);
        }
        _ => {}
    }
    if !options.get {
        out.ok();
    }
    Ok(())
}

/// Has a string with a time to live written down with the moment it ends.
fn log_set(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], when: i64) {
    ctx.log_as(&[b"SET", key, value, b"PXAT", when.to_string().as_bytes()]);
}

/// Sets a string with its expiry and notifies.
fn store(ctx: &mut Ctx<'_>, key: &[u8], value: &[u8], expire: Option<i64>, event: bool) {
    ctx.set(key, Value::String(StringValue::new(value)));
    ctx.shares_with_queue(key);
    if expire.is_some() {
        ctx.set_expire(key, expire);
    }
    ctx.notify(notify::STRING, "set", key);
    if event {
        ctx.notify(notify::GENERIC, "expire", key);
    }
}

fn setnx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let new = !ctx.exists(argv[1]);
    if new {
        store(ctx, argv[1], argv[2], None, false);
    }
    out.int(i64::from(new));
    Ok(())
}

fn set_with_time(ctx: &mut Ctx<'_>, argv: &[&[u8]], how: When, name: &str) -> CmdResult {
    let text = argv[2];
    let expiry = Expiry { text, how };
    let when = expiry.resolve(ctx, name)?;
    store(ctx, argv[1], argv[3], Some(when), true);
    log_set(ctx, argv[1], argv[3], when);
    Ok(())
}

fn setex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_with_time(ctx, argv, When::EX, "setex")?;
    out.ok();
    Ok(())
}

fn psetex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    set_with_time(ctx, argv, When::PX, "psetex")?;
    out.ok();
    Ok(())
}

fn getex(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let key = argv[1];
    let options = Options::parse(&argv[2..], false)?;
    if ctx.read_string(key)?.is_none() {
        out.null();
        return Ok(());
    }
    let expire = match &options.expiry {
        Some(expiry) => Some((expiry.resolve(ctx, "getex")?, expiry.how.absolute)),
        None => None,
    };
    if let Some(Value::String(value)) = ctx.db().get(key) {
        write_value(out, value);
    }
    match expire {
        Some((when, true)) if ctx.is_past(when) => {
            ctx.delete(key);
            ctx.log_removal(key);
        }
        Some((when, _)) => {
            ctx.set_expire(key, Some(when));
            ctx.wrote(key, notify::GENERIC, "expire");
            ctx.log_as(&[b"PEXPIREAT", key, when.to_string().as_bytes()]);
        }
        None if options.persist && ctx.expire_time(key).is_some() => {
            ctx.set_expire(key, None);
            ctx.wrote(key, notify::GENERIC, "persist");
            ctx.log_as(&[b"PERSIST", key]);
        }
        None => {}
    }
    Ok(())
}

fn getdel(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    if reply_get(ctx, argv[1], out)? {
        ctx.delete(argv[1]);
        ctx.log_as(&[b"DEL", argv[1]]);
    }
    Ok(())
}

fn getset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    reply_get(ctx, argv[1], out)?;
    store(ctx, argv[1], argv[2], None, false);
    ctx.log_as(&[b"SET", argv[1], argv[2]]);
    Ok(())
}

fn mget(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    out.array(argv.len() - 1);
    for key in &argv[1..] {
        match ctx.read(key) {
            Some(Value::String(value)) => write_value(out, value),
            _ => out.null(),
        }
    }
    Ok(())
}

fn check_pairs(argv: &[&[u8]], name: &str) -> CmdResult {
    if argv.len().is_multiple_of(2) {
        return Err(errors::wrong_arity(name));
    }
    Ok(())
}

fn store_pairs(ctx: &mut Ctx<'_>, argv: &[&[u8]]) {
    for pair in argv[1..].chunks_exact(2) {
        store(ctx, pair[0], pair[1], None, false);
    }
}

fn mset(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    check_pairs(argv, "mset")?;
    store_pairs(ctx, argv);
    out.ok();
    Ok(())
}

fn msetnx(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    check_pairs(argv, "msetnx")?;
    let any = argv[1..].iter().step_by(2).any(|key| ctx.exists(key));
    if !any {
        store_pairs(ctx, argv);
    }
    out.int(i64::from(!any));
    Ok(())
}

/// Refuses a string that would become longer than `proto-max-bulk-len`.
fn check_length(ctx: &Ctx<'_>, len: usize, more: usize) -> CmdResult {
    match len.checked_add(more) {
        Some(total) if total <= ctx.server.settings.proto_max_bulk_len => Ok(()),
        _ => Err(errors::STRING_TOO_LONG),
    }
}

fn append(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, more) = (argv[1], argv[2]);
    let len = ctx.write_string(key)?.map(|value| value.len());
    match len {
        None => {
            ctx.add(key, Value::String(StringValue::new(more)));
            ctx.shares_with_queue(key);
            out.len(more.len());
        }
        Some(len) => {
            check_length(ctx, len, more.len())?;
            if let Some(value) = ctx.write_string(key)? {
                value.make_raw().extend_from_slice(more);
            }
            ctx.shares_no_more(key);
            out.len(len + more.len());
        }
    }
    ctx.wrote(key, notify::STRING, "append");
    Ok(())
}

fn strlen(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let len = ctx.read_string(argv[1])?.map_or(0, StringValue::len);
    out.len(len);
    Ok(())
}

fn setrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (key, bytes) = (argv[1], argv[3]);
    let offset = int_arg(argv[2])?;
    let Some(offset) = size(offset) else {
        return Err(CmdError::new("ERR offset is out of range"));
    };
    let len = ctx.write_string(key)?.map(|value| value.len());
    if bytes.is_empty() {
        out.len(len.unwrap_or(0));
        return Ok(());
    }
    check_length(ctx, offset, bytes.len())?;
    if len.is_none() {
        ctx.add(key, Value::String(StringValue::raw(Vec::new())));
    }
    let Some(value) = ctx.write_string(key)? else {
        return Ok(());
    };
    let raw = value.make_raw();
    let end = offset + bytes.len();
    if raw.len() < end {
        raw.resize(end, 0);
    }
    raw[offset..end].copy_from_slice(bytes);
    let len = raw.len();
    ctx.shares_no_more(key);
    ctx.wrote(key, notify::STRING, "setrange");
    out.len(len);
    Ok(())
}

fn getrange(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let (start, end) = (int_arg(argv[2])?, int_arg(argv[3])?);
    let Some(value) = ctx.read_string(argv[1])? else {
        out.bulk(b"");
        return Ok(());
    };
    let bytes = value.bytes();
    let len = bytes.len() as i64;
    if start < 0 && end < 0 && start > end {
        out.bulk(b"");
        return Ok(());
    }
    let place = |at: i64| (if at < 0 { len + at } else { at }).max(0);
    let (start, end) = (place(start), place(end).min(len - 1));
    if start > end || len == 0 {
        out.bulk(b"");
    } else {
        out.bulk(&bytes[start as usize..=end as usize]);
    }
    Ok(())
}
