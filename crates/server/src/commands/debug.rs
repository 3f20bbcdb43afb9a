//! DEBUG: what tests of a server and of its clients ask for.

use super::help::wrong_subcommand;
use crate::engine::command::{Role, Row};
use crate::engine::ctx::Ctx;
use crate::engine::news::News;
use crate::engine::server::Server;
use crate::store::{Db, StringValue, Value, dump};
use crate::wire::args::{int_arg, is, positive_arg};
use crate::wire::number::format_shortest;
use crate::wire::reply::{CmdError, CmdResult, Out, errors};
use sha1::{Digest, Sha1};
use std::time::Duration;

/// The family's table.
pub const COMMANDS: &[Row] = &[Row::new("debug", debug).with(Role::Debug)];

fn debug(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    match argv {
        [_, sub, seconds] if is(sub, "SLEEP") => {
            let seconds = crate::wire::number::parse_f64(seconds).unwrap_or(0.0);
            if let Ok(pause) = Duration::try_from_secs_f64(seconds) {
                std::thread::sleep(pause);
            }
            out.ok();
        }
        [_, sub, on] if is(sub, "SET-ACTIVE-EXPIRE") => {
            ctx.server.settings.active_expire = *on != b"0";
            out.ok();
        }
        [_, sub, on] if is(sub, "PAUSE-CRON") => {
            ctx.server.settings.cron_paused = *on != b"0";
            out.ok();
        }
        [_, sub, micros] if is(sub, "AOF-FLUSH-SLEEP") => {
            ctx.server.settings.log_delay = positive_arg(micros)? as u64;
            out.ok();
        }
        // What a real server's suite does by killing the process that writes.
        [_, sub, before] if is(sub, "FAIL-SAVE") => {
            let before = int_arg(before)?;
            if let Some(job) = &ctx.server.persistence.job
                && job.since < before
            {
                job.progress.fail();
            }
            out.ok();
        }
        [_, sub, ..] if is(sub, "RELOAD") => {
            ctx.log_nothing();
            ctx.server.reload().map_err(CmdError::owned)?;
            out.ok();
        }
        [_, sub] if is(sub, "LOADAOF") => {
            ctx.log_nothing();
            ctx.server.reload_log().map_err(CmdError::owned)?;
            out.ok();
        }
        [_, sub, text] if is(sub, "LOG") => {
            let text = String::from_utf8_lossy(text).escape_debug().to_string();
            ctx.server.tell(News::Remark { text });
            out.ok();
        }
        // For clients' tests: what they do about an error.
        [_, sub, text] if is(sub, "ERROR") => out.error(&CmdError::owned(*text)),
        [_, sub, key] if is(sub, "OBJECT") => debug_object(ctx, key, out)?,
        [_, sub] if is(sub, "DIGEST") => out.status(&hex(&of_all(ctx.server))),
        [_, sub, keys @ ..] if is(sub, "DIGEST-VALUE") => {
            out.array(keys.len());
            for key in keys {
                let mut digest = Sum::default();
                digest.add_key(ctx.db(), key);
                out.status(&hex(&digest));
            }
        }
        [_, sub, count, rest @ ..] if is(sub, "POPULATE") && rest.len() <= 2 => {
            populate(ctx, positive_arg(count)?, rest)?;
            out.ok();
        }
        [_, sub, rest @ ..] if is(sub, "QUICKLIST-PACKED-THRESHOLD") && !rest.is_empty() => {
            out.ok();
        }
        [_, _, ..] => return Err(wrong_subcommand(argv)),
        _ => return Err(errors::SYNTAX),
    }
    Ok(())
}

/// One line about a key's value. Instead of an address in memory it tells
/// where the key lies in the table.
fn debug_object(ctx: &mut Ctx<'_>, key: &[u8], out: &mut Out) -> CmdResult {
    let limits = ctx.server.settings.limits;
    let Some(entry) = ctx.peek_entry(key) else {
        return Err(errors::NO_SUCH_KEY);
    };
    let encoding = entry.value.encoding();
    // Without the version and checksum, which are no part of the value.
    let len = dump::dump(&entry.value, &limits).len().saturating_sub(11);
    let access = entry.access;
    let place = ctx.db().keys.position(key).unwrap_or(0);
    out.status(&format!(
        "Value at:{place:#x} refcount:1 encoding:{encoding} serializedlength:{len} lru:{access} lru_seconds_idle:{}",
        ctx.server.access.idle(access)
    ));
    Ok(())
}

/// Adds `key:0` and so on, or with another name, and of a certain size, where
/// they are not there yet.
fn populate(ctx: &mut Ctx<'_>, count: usize, rest: &[&[u8]]) -> CmdResult {
    let prefix = rest.first().copied().unwrap_or(b"key");
    let size = match rest.get(1) {
        Some(size) => positive_arg(size)?,
        None => 0,
    };
    ctx.log_nothing();
    for n in 0..count {
        let key = [prefix, b":", n.to_string().as_bytes()].concat();
        if ctx.write(&key).is_some() {
            continue;
        }
        let mut value = format!("value:{n}").into_bytes();
        if size > 0 {
            value.resize(size, 0);
        }
        ctx.add(&key, Value::String(StringValue::new(&value)));
        ctx.changed(&key);
        ctx.counts_as(0);
    }
    Ok(())
}

/// The digest of all data, by which two servers can be compared.
fn of_all(server: &Server) -> Sum {
    let mut sum = Sum::default();
    for (number, db) in server
        .dbs
        .iter()
        .enumerate()
        .filter(|(_, db)| !db.is_empty())
    {
        sum.mix(&(number as u32).to_be_bytes());
        for (key, _) in db.keys.iter() {
            let mut of_key = Sum::default();
            of_key.mix(key);
            of_key.add_key(db, key);
            sum.add(&of_key.0);
        }
    }
    sum
}

fn hex(sum: &Sum) -> String {
    sum.0.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A digest as Redis's debug.c makes it up from SHA-1.
#[derive(Debug, Default)]
struct Sum([u8; 20]);

impl Sum {
    /// Adds what has no order.
    fn add(&mut self, part: &[u8]) {
        for (byte, new) in self.0.iter_mut().zip(Sha1::digest(part)) {
            *byte ^= new;
        }
    }

    /// Adds what has an order.
    fn mix(&mut self, part: &[u8]) {
        self.add(part);
        self.0 = Sha1::digest(self.0).into();
    }

    /// Adds parts that belong together, in no order to the others.
    fn add_mixed(&mut self, parts: [&[u8]; 2], mark: &[u8]) {
        let mut together = Sum::default();
        together.mix(parts[0]);
        together.mix(parts[1]);
        if !mark.is_empty() {
            together.add(mark);
        }
        self.add(&together.0);
    }

    /// Adds the value and the expiry of a key that may be there.
    fn add_key(&mut self, db: &Db, key: &[u8]) {
        let Some(entry) = db.keys.get(key) else {
            return;
        };
        let kind: u32 = match &entry.value {
            Value::String(_) => 0,
            Value::List(_) => 1,
            Value::Set(_) => 2,
            Value::SortedSet(_) => 3,
            Value::Hash(_) => 4,
            Value::Stream(_) => 6,
        };
        self.mix(&kind.to_be_bytes());
        match &entry.value {
            Value::String(string) => self.mix(&string.bytes()),
            Value::List(list) => list.iter().for_each(|element| self.mix(&element)),
            Value::Set(set) => set.iter().for_each(|member| self.add(&member)),
            Value::SortedSet(zset) => {
                for (member, score) in zset.iter() {
                    self.add_mixed([&member, format_shortest(score).as_bytes()], b"");
                }
            }
            Value::Hash(hash) => {
                for (field, value) in hash.iter() {
                    let mark: &[u8] = match hash.expire(&field) {
                        Some(_) => b"!!hexpire!!",
                        None => b"",
                    };
                    self.add_mixed([&field, &value], mark);
                }
            }
            Value::Stream(stream) => {
                for entry in stream.iter() {
                    let id = entry.id;
                    self.mix(format!("{}.{}", id.ms, id.seq).as_bytes());
                    for (field, value) in entry.pairs() {
                        self.mix(field);
                        self.mix(value);
                    }
                }
            }
        }
        if entry.expire_at().is_some() {
            self.add(b"!!expire!!");
        }
    }
}
