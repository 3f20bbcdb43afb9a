//! MEMORY, and what INFO tells of memory besides.

use super::help::help;
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::engine::server::Server;
use crate::state::memory;
use crate::store::{ByteString, Entry};
use crate::wire::args::{int_arg, is};
use crate::wire::reply::{CmdResult, Out, errors};

/// The family's table.
pub const COMMANDS: &[Row] = &[
    Row::new("memory|doctor", doctor),
    Row::new("memory|help", help),
    Row::new("memory|malloc-stats", malloc_stats),
    Row::new("memory|purge", purge),
    Row::new("memory|stats", stats),
    Row::new("memory|usage", usage),
];

fn doctor(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let (used, limit) = (ctx.server.used_memory(), ctx.server.settings.maxmemory);
    let text = if limit > 0 && used > limit / 10 * 9 {
        "More than nine tenths of maxmemory are in use: writes will soon be refused. Raise the limit, delete keys, or give keys a time to live.\n"
    } else {
        "No memory problems were found in this server.\n"
    };
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

/// What is free in the allocator goes back to the system.
fn purge(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    (ctx.server.settings.allocator.give_back)();
    out.ok();
    Ok(())
}

/// The system's allocator tells nothing, which Redis says of it too.
fn malloc_stats(_: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    out.bulk(b"Stats not supported for the current allocator");
    Ok(())
}

/// What memory is used for, bytes.
#[derive(Debug)]
pub struct Overview {
    /// All of it, and the most that was seen.
    pub used: usize,
    /// See [`Overview::used`].
    pub peak: usize,
    /// What the system has given.
    pub resident: usize,
    /// What was used before there were keys.
    pub startup: usize,
    /// The connections.
    pub clients: usize,
    /// What waits to be written to the append-only file.
    pub log: usize,
    /// The texts of scripts.
    pub scripts: usize,
    /// The interpreters of scripts and functions.
    pub interpreters: usize,
    /// The tables of each database that has keys: its number, that of keys,
    /// that of keys that expire.
    pub tables: Vec<(usize, usize, usize)>,
}

impl Overview {
    /// Looks at a server.
    pub fn of(server: &mut Server) -> Overview {
        let used = server.look_at_memory();
        let clients = server.clients.iter();
        let (_, scripts) = server.script.figures();
        let (eval, functions) = server.script.interpreter_memory();
        let dbs = server.dbs.iter().enumerate();
        Overview {
            used,
            peak: server.figures.peak_memory,
            resident: memory::resident().unwrap_or(used),
            startup: server.startup_memory.min(used),
            clients: clients.map(|client| client.memory()).sum(),
            log: server.append_only.waiting(),
            scripts,
            interpreters: eval + functions,
            tables: dbs
                .filter(|(_, db)| !db.is_empty())
                .map(|(number, db)| {
                    const KEY: usize = size_of::<Entry>() + size_of::<ByteString>();
                    const VOLATILE: usize = size_of::<(i64, ByteString)>();
                    (number, db.len() * KEY, db.volatile_len() * VOLATILE)
                })
                .collect(),
        }
    }

    /// What is not the data themselves.
    pub fn overhead(&self) -> usize {
        let tables: usize = self
            .tables
            .iter()
            .map(|(_, keys, times)| keys + times)
            .sum();
        let all =
            self.startup + self.clients + self.log + self.scripts + self.interpreters + tables;
        all.min(self.used)
    }

    /// The data.
    pub fn dataset(&self) -> usize {
        self.used - self.overhead()
    }

    /// How much of what was not there at the start the data are, percent.
    pub fn dataset_percent(&self) -> f64 {
        let net = self.used.saturating_sub(self.startup).max(1);
        (self.dataset() as f64 / net as f64 * 100.0).min(100.0)
    }
}

fn stats(ctx: &mut Ctx<'_>, _: &[&[u8]], out: &mut Out) -> CmdResult {
    let keys: usize = ctx.server.dbs.iter().map(|db| db.len()).sum();
    let o = Overview::of(ctx.server);
    let ratio = o.resident as f64 / o.used.max(1) as f64;
    let unused = o.resident as i64 - o.used as i64;
    let dbs = ctx.server.dbs.iter().filter(|db| !db.is_empty());
    let lut: usize = dbs.map(|db| db.keys.bucket_bytes()).sum();
    let former = ctx.server.dbs.iter().map(|db| db.keys.former_bytes());
    let former: Vec<usize> = former.filter(|bytes| *bytes > 0).collect();
    out.map(33 + o.tables.len());
    let mut tell = |name: &str, number: usize| {
        out.bulk(name.as_bytes());
        out.len(number);
    };
    tell("peak.allocated", o.peak);
    tell("total.allocated", o.used);
    tell("startup.allocated", o.startup);
    tell("replication.backlog", 0);
    tell("replica.fullsync.buffer", 0);
    tell("clients.slaves", 0);
    tell("clients.normal", o.clients);
    tell("cluster.links", 0);
    tell("aof.buffer", o.log);
    tell("lua.caches", o.scripts);
    tell("functions.caches", 0);
    tell("script.VMs", o.interpreters);
    for (number, main, expires) in &o.tables {
        out.bulk(format!("db.{number}").as_bytes());
        out.map(2);
        for (name, bytes) in [("main", main), ("expires", expires)] {
            out.bulk(format!("overhead.hashtable.{name}").as_bytes());
            out.len(*bytes);
        }
    }
    let mut tell = |name: &str, number: usize| {
        out.bulk(name.as_bytes());
        out.len(number);
    };
    tell("overhead.db.hashtable.lut", lut);
    tell("overhead.db.hashtable.rehashing", former.iter().sum());
    tell("overhead.total", o.overhead());
    tell("db.dict.rehashing.count", former.len());
    tell("keys.count", keys);
    let net = o.used - o.startup;
    tell("keys.bytes-per-key", net.checked_div(keys).unwrap_or(0));
    tell("dataset.bytes", o.dataset());
    out.bulk(b"dataset.percentage");
    out.double(o.dataset_percent());
    out.bulk(b"peak.percentage");
    out.double(o.used as f64 / o.peak.max(1) as f64 * 100.0);
    // The allocator of the system is not asked what it keeps.
    for (name, bytes) in [
        ("allocator.allocated", o.used),
        ("allocator.active", o.used),
        ("allocator.resident", o.resident),
        ("allocator.muzzy", 0),
    ] {
        out.bulk(name.as_bytes());
        out.len(bytes);
    }
    for (name, ratio, bytes) in [
        ("allocator-fragmentation", 1.0, 0),
        ("allocator-rss", ratio, unused),
        ("rss-overhead", 1.0, 0),
    ] {
        out.bulk(format!("{name}.ratio").as_bytes());
        out.double(ratio);
        out.bulk(format!("{name}.bytes").as_bytes());
        out.int(bytes);
    }
    out.bulk(b"fragmentation");
    out.double(ratio);
    out.bulk(b"fragmentation.bytes");
    out.int(unused);
    Ok(())
}

fn usage(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let mut samples = 5;
    match &argv[3..] {
        [] => {}
        [word, count] if is(word, "SAMPLES") => {
            samples = int_arg(count)?;
            if samples < 0 {
                return Err(errors::SYNTAX);
            }
        }
        _ => return Err(errors::SYNTAX),
    }
    let samples = if samples == 0 {
        usize::MAX
    } else {
        samples as usize
    };
    match ctx.peek(argv[2]) {
        Some(value) => out.len(memory::of_key(argv[2], value, samples)),
        None => out.null(),
    }
    Ok(())
}
