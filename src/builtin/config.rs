//! The parameters CONFIG knows: their names, what may be set, and where the
//! value lives.
//!
//! Three kinds: *honoured* ones change what the server does; *kept* ones have
//! nothing to act on here (disk, replicas, the allocator) and are checked and
//! remembered, so that programs that set them work; *fixed* ones say what is
//! so and cannot be changed.

use super::glob;
use super::notify;
use super::settings::{OutputLimit, Settings};
use Access::{Fixed, Honoured, Kept, Protected};
use Kind::{Bool, Choice, Free, Int, Memory, Special};

/// What a parameter's value may be.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// `yes` or `no`.
    Bool,
    /// An integer within these bounds.
    Int(i64, i64),
    /// Bytes, with a unit (`100mb`), at least this many.
    Memory(i64),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// Any text.
    Free,
    /// A text checked by a function, which also writes it the standard way.
    Special(fn(&str, &Settings) -> Result<String, String>),
}

/// Where a parameter's value lives.
#[derive(Clone, Copy)]
pub enum Access {
    /// In the settings, where the server acts on it.
    Honoured(fn(&Settings) -> String, fn(&mut Settings, &str)),
    /// Remembered; this is its default.
    Kept(&'static str),
    /// It cannot be set.
    Fixed(fn(&Settings) -> String),
    /// It could be set only with `enable-protected-configs`.
    Protected(fn(&Settings) -> String),
}

/// A parameter.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// Its older name.
    pub alias: Option<&'static str>,
    kind: Kind,
    access: Access,
}

const MAX: i64 = i64::MAX;
const INT_MAX: i64 = i32::MAX as i64;

const fn new(name: &'static str, kind: Kind, access: Access) -> Parameter {
    Parameter {
        name,
        alias: None,
        kind,
        access,
    }
}

const fn aliased(name: &'static str, alias: &'static str, kind: Kind, access: Access) -> Parameter {
    Parameter {
        name,
        alias: Some(alias),
        kind,
        access,
    }
}

/// A parameter kept in an integer field of the settings.
macro_rules! field {
    ($($path:ident).+) => {
        Honoured(
            |s| s.$($path).+.to_string(),
            |s, text| {
                if let Ok(n) = text.parse() {
                    s.$($path).+ = n;
                }
            },
        )
    };
}

fn yes_no(on: bool) -> String {
    if on { "yes" } else { "no" }.to_string()
}

const POLICIES: &[&str] = &[
    "volatile-lru",
    "volatile-lfu",
    "volatile-random",
    "volatile-ttl",
    "allkeys-lru",
    "allkeys-lfu",
    "allkeys-random",
    "noeviction",
];

/// All parameters.
pub static PARAMETERS: &[Parameter] = &[
    // Honoured.
    new("maxmemory", Memory(0), field!(maxmemory)),
    new(
        "maxmemory-policy",
        Choice(POLICIES),
        Honoured(
            |s| s.maxmemory_policy.clone(),
            |s, text| s.maxmemory_policy = text.to_string(),
        ),
    ),
    new("maxclients", Int(1, u32::MAX as i64), field!(maxclients)),
    new("timeout", Int(0, INT_MAX), field!(timeout)),
    new("tcp-keepalive", Int(0, INT_MAX), field!(tcp_keepalive)),
    new(
        "proto-max-bulk-len",
        Memory(1024 * 1024),
        field!(proto_max_bulk_len),
    ),
    new(
        "client-query-buffer-limit",
        Memory(1024 * 1024),
        field!(query_buffer_limit),
    ),
    new(
        "client-output-buffer-limit",
        Special(output_limits),
        Honoured(output_limits_text, set_output_limits),
    ),
    new(
        "notify-keyspace-events",
        Special(|text, _| {
            notify::parse(text.as_bytes())
                .map(notify::format)
                .ok_or_else(|| "Invalid event class character. Use 'Ag$lshzxeKEtmdn'.".to_string())
        }),
        Honoured(
            |s| notify::format(s.notify),
            |s, text| s.notify = notify::parse(text.as_bytes()).unwrap_or(s.notify),
        ),
    ),
    new(
        "requirepass",
        Free,
        Honoured(
            |s| String::from_utf8_lossy(&s.requirepass).into_owned(),
            |s, text| s.requirepass = text.as_bytes().to_vec(),
        ),
    ),
    aliased(
        "hash-max-listpack-entries",
        "hash-max-ziplist-entries",
        Int(0, MAX),
        field!(limits.hash_entries),
    ),
    aliased(
        "hash-max-listpack-value",
        "hash-max-ziplist-value",
        Memory(0),
        field!(limits.hash_value),
    ),
    new(
        "set-max-intset-entries",
        Int(0, MAX),
        field!(limits.intset_entries),
    ),
    aliased(
        "zset-max-listpack-entries",
        "zset-max-ziplist-entries",
        Int(0, MAX),
        field!(limits.zset_entries),
    ),
    aliased(
        "zset-max-listpack-value",
        "zset-max-ziplist-value",
        Memory(0),
        field!(limits.zset_value),
    ),
    aliased(
        "list-max-listpack-size",
        "list-max-ziplist-size",
        Int(-(INT_MAX) - 1, INT_MAX),
        field!(limits.list_size),
    ),
    new(
        "stream-node-max-bytes",
        Memory(0),
        field!(limits.stream_node_bytes),
    ),
    new(
        "stream-node-max-entries",
        Int(0, MAX),
        field!(limits.stream_node_entries),
    ),
    new(
        "hll-sparse-max-bytes",
        Memory(0),
        field!(limits.hll_sparse_bytes),
    ),
    new(
        "slowlog-log-slower-than",
        Int(-1, MAX),
        field!(slowlog_slower_than),
    ),
    new("slowlog-max-len", Int(0, MAX), field!(slowlog_max_len)),
    new(
        "latency-monitor-threshold",
        Int(0, MAX),
        field!(latency_threshold),
    ),
    aliased(
        "busy-reply-threshold",
        "lua-time-limit",
        Int(0, MAX),
        field!(busy_reply_threshold),
    ),
    new(
        "tracking-table-max-keys",
        Int(0, MAX),
        field!(tracking_table_max_keys),
    ),
    new(
        "hz",
        // Out of range is brought into range, as Redis does.
        Special(|text, _| {
            let n: i64 = text.parse().map_err(|_| NOT_INTEGER.to_string())?;
            Ok(n.clamp(1, 500).to_string())
        }),
        field!(hz),
    ),
    // Fixed.
    new(
        "databases",
        Int(1, INT_MAX),
        Fixed(|s| s.databases.to_string()),
    ),
    new("port", Int(0, 65535), Fixed(|s| s.port.to_string())),
    new("tls-port", Int(0, 65535), Fixed(|_| "0".into())),
    new("bind", Free, Fixed(|s| s.bind.clone())),
    new(
        "unixsocket",
        Free,
        Fixed(|s| {
            let path = s.unixsocket.as_ref();
            path.map_or_else(String::new, |path| path.display().to_string())
        }),
    ),
    new("unixsocketperm", Free, Fixed(|_| "0".into())),
    new(
        "dir",
        Free,
        Protected(|s| match &s.dir {
            Some(dir) => dir.display().to_string(),
            None => std::env::current_dir()
                .map_or_else(|_| String::new(), |dir| dir.display().to_string()),
        }),
    ),
    new("dbfilename", Free, Protected(|_| "dump.rdb".into())),
    new("appendonly", Bool, Fixed(|_| "no".into())),
    new("appendfilename", Free, Fixed(|_| "appendonly.aof".into())),
    new("cluster-enabled", Bool, Fixed(|_| "no".into())),
    new("daemonize", Bool, Fixed(|_| "no".into())),
    new("supervised", Free, Fixed(|_| "no".into())),
    new("pidfile", Free, Fixed(|_| String::new())),
    new("logfile", Free, Fixed(|_| String::new())),
    new("aclfile", Free, Fixed(|_| String::new())),
    new("io-threads", Int(1, 128), Fixed(|_| "1".into())),
    new("io-threads-do-reads", Bool, Fixed(|_| "no".into())),
    new("tcp-backlog", Int(0, INT_MAX), Fixed(|_| "511".into())),
    new(
        "enable-debug-command",
        Bool,
        Fixed(|s| yes_no(s.debug_commands)),
    ),
    new("enable-module-command", Bool, Fixed(|_| "no".into())),
    new("enable-protected-configs", Bool, Fixed(|_| "no".into())),
    aliased("replicaof", "slaveof", Free, Fixed(|_| String::new())),
    // Kept.
    new("save", Special(save_points), Kept("")),
    new(
        "appendfsync",
        Choice(&["everysec", "always", "no"]),
        Kept("everysec"),
    ),
    new("no-appendfsync-on-rewrite", Bool, Kept("no")),
    new("auto-aof-rewrite-percentage", Int(0, INT_MAX), Kept("100")),
    new("auto-aof-rewrite-min-size", Memory(0), Kept("67108864")),
    new("aof-use-rdb-preamble", Bool, Kept("yes")),
    new("aof-load-truncated", Bool, Kept("yes")),
    new("aof-timestamp-enabled", Bool, Kept("no")),
    new("aof-rewrite-incremental-fsync", Bool, Kept("yes")),
    new("rdb-save-incremental-fsync", Bool, Kept("yes")),
    new("rdbcompression", Bool, Kept("yes")),
    new("stop-writes-on-bgsave-error", Bool, Kept("yes")),
    new(
        "sanitize-dump-payload",
        Choice(&["no", "yes", "clients"]),
        Kept("no"),
    ),
    new("maxmemory-samples", Int(1, INT_MAX), Kept("5")),
    new("maxmemory-eviction-tenacity", Int(0, 100), Kept("10")),
    new("maxmemory-clients", Memory(0), Kept("0")),
    new("lfu-log-factor", Int(0, INT_MAX), Kept("10")),
    new("lfu-decay-time", Int(0, INT_MAX), Kept("1")),
    new("list-compress-depth", Int(0, INT_MAX), Kept("0")),
    new("dynamic-hz", Bool, Kept("yes")),
    new("activerehashing", Bool, Kept("yes")),
    new("activedefrag", Bool, Kept("no")),
    new("active-expire-effort", Int(1, 10), Kept("1")),
    new("lazyfree-lazy-eviction", Bool, Kept("no")),
    new("lazyfree-lazy-expire", Bool, Kept("no")),
    new("lazyfree-lazy-server-del", Bool, Kept("no")),
    new("lazyfree-lazy-user-del", Bool, Kept("no")),
    new("lazyfree-lazy-user-flush", Bool, Kept("no")),
    aliased("replica-lazy-flush", "slave-lazy-flush", Bool, Kept("no")),
    aliased("replica-read-only", "slave-read-only", Bool, Kept("yes")),
    aliased(
        "replica-serve-stale-data",
        "slave-serve-stale-data",
        Bool,
        Kept("yes"),
    ),
    aliased(
        "replica-priority",
        "slave-priority",
        Int(0, INT_MAX),
        Kept("100"),
    ),
    aliased(
        "min-replicas-to-write",
        "min-slaves-to-write",
        Int(0, INT_MAX),
        Kept("0"),
    ),
    aliased(
        "min-replicas-max-lag",
        "min-slaves-max-lag",
        Int(0, INT_MAX),
        Kept("10"),
    ),
    new("repl-timeout", Int(1, INT_MAX), Kept("60")),
    new("repl-backlog-size", Memory(1), Kept("1048576")),
    new("repl-backlog-ttl", Int(0, MAX), Kept("3600")),
    new("repl-diskless-sync", Bool, Kept("yes")),
    new("repl-diskless-sync-delay", Int(0, INT_MAX), Kept("5")),
    new("cluster-node-timeout", Int(0, MAX), Kept("15000")),
    new("cluster-require-full-coverage", Bool, Kept("yes")),
    new("protected-mode", Bool, Kept("yes")),
    new(
        "loglevel",
        Choice(&["debug", "verbose", "notice", "warning"]),
        Kept("notice"),
    ),
    new("latency-tracking", Bool, Kept("yes")),
    new(
        "latency-tracking-info-percentiles",
        Free,
        Kept("50 99 99.9"),
    ),
    new("acllog-max-len", Int(0, MAX), Kept("128")),
    new("shutdown-timeout", Int(0, INT_MAX), Kept("10")),
    new(
        "oom-score-adj",
        Choice(&["no", "yes", "relative", "absolute"]),
        Kept("no"),
    ),
    new("crash-log-enabled", Bool, Kept("yes")),
    new("set-proc-title", Bool, Kept("yes")),
];

const NOT_INTEGER: &str = "argument couldn't be parsed into an integer";

impl Parameter {
    /// The parameter of a name or older name, in any letter case.
    pub fn find(name: &[u8]) -> Option<&'static Parameter> {
        let is = |own: &str| name.eq_ignore_ascii_case(own.as_bytes());
        PARAMETERS
            .iter()
            .find(|p| is(p.name) || p.alias.is_some_and(is))
    }

    /// The names and values that match a pattern, or the one of exactly this
    /// name, under the name that was asked for.
    pub fn matching(pattern: &[u8], settings: &Settings) -> Vec<(Vec<u8>, String)> {
        if !pattern.iter().any(|byte| b"*?[".contains(byte)) {
            let found = Parameter::find(pattern);
            return found
                .map(|p| (pattern.to_vec(), p.value(settings)))
                .into_iter()
                .collect();
        }
        let pattern = pattern.to_ascii_lowercase();
        let names = PARAMETERS
            .iter()
            .flat_map(|p| std::iter::once((p.name, p)).chain(p.alias.map(|alias| (alias, p))));
        names
            .filter(|(name, _)| glob::matches(&pattern, name.as_bytes()))
            .map(|(name, p)| (name.as_bytes().to_vec(), p.value(settings)))
            .collect()
    }

    /// Its value as CONFIG GET shows it.
    pub fn value(&self, settings: &Settings) -> String {
        match self.access {
            Honoured(get, _) | Fixed(get) | Protected(get) => get(settings),
            Kept(default) => settings
                .kept
                .get(self.name)
                .map_or(default, String::as_str)
                .to_string(),
        }
    }

    /// Why it cannot be set at all, if so.
    pub fn refusal(&self) -> Option<&'static str> {
        match self.access {
            Fixed(_) => Some("can't set immutable config"),
            Protected(_) => Some("can't set protected config"),
            Honoured(..) | Kept(_) => None,
        }
    }

    /// Checks a value and writes it the standard way.
    ///
    /// # Errors
    /// What is wrong with it, in Redis's words.
    pub fn check(&self, text: &str, settings: &Settings) -> Result<String, String> {
        match self.kind {
            Free => Ok(text.to_string()),
            Bool => match text.to_ascii_lowercase().as_str() {
                "yes" => Ok("yes".into()),
                "no" => Ok("no".into()),
                _ => Err("argument must be 'yes' or 'no'".into()),
            },
            Int(min, max) => {
                let n = text.parse().map_err(|_| NOT_INTEGER.to_string())?;
                within(n, min, max)
            }
            Memory(min) => {
                let bytes = memory(text).ok_or("argument must be a memory value")?;
                within(bytes, min, MAX)
            }
            Choice(words) => {
                let word = words.iter().find(|word| word.eq_ignore_ascii_case(text));
                word.map(|word| (*word).to_string()).ok_or_else(|| {
                    let words = words.join(", ");
                    format!("argument(s) must be one of the following: {words}")
                })
            }
            Special(check) => check(text, settings),
        }
    }

    /// Sets it to a value that [`Parameter::check`] has written.
    pub fn set(&self, text: &str, settings: &mut Settings) {
        match self.access {
            Honoured(_, set) => set(settings, text),
            Kept(_) => {
                settings.kept.insert(self.name, text.to_string());
            }
            Fixed(_) | Protected(_) => {}
        }
    }
}

fn within(n: i64, min: i64, max: i64) -> Result<String, String> {
    if (min..=max).contains(&n) {
        Ok(n.to_string())
    } else {
        Err(format!(
            "argument must be between {min} and {max} inclusive"
        ))
    }
}

/// A size such as `100mb`; units as Redis reads them (k is 1000, kb is 1024).
fn memory(text: &str) -> Option<i64> {
    let digits = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let unit = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" => 1_000,
        "kb" => 1 << 10,
        "m" => 1_000_000,
        "mb" => 1 << 20,
        "g" => 1_000_000_000,
        "gb" => 1 << 30,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

fn save_points(text: &str, _: &Settings) -> Result<String, String> {
    let numbers: Vec<_> = text.split_ascii_whitespace().collect();
    let valid = |pair: &[&str]| {
        let number = |i: usize| pair.get(i).and_then(|n| n.parse::<i64>().ok());
        matches!((number(0), number(1)), (Some(1..), Some(0..)))
    };
    if numbers.len() % 2 == 0 && numbers.chunks(2).all(valid) {
        Ok(numbers.join(" "))
    } else {
        Err("Invalid save parameters".into())
    }
}

fn parse_output_limits(text: &str) -> Result<Vec<(String, OutputLimit)>, String> {
    let words: Vec<_> = text.split_ascii_whitespace().collect();
    if words.len() % 4 != 0 || words.is_empty() {
        return Err("Wrong number of arguments in buffer limit configuration.".into());
    }
    words
        .chunks(4)
        .map(|chunk| {
            let class = chunk[0].to_ascii_lowercase();
            if !["normal", "slave", "replica", "pubsub"].contains(&class.as_str()) {
                return Err("Invalid client class specified in buffer limit configuration.".into());
            }
            let bytes = |text| memory(text).and_then(|n| usize::try_from(n).ok());
            let seconds = chunk[3].parse().ok().filter(|n: &i64| *n >= 0);
            match (bytes(chunk[1]), bytes(chunk[2]), seconds) {
                (Some(hard), Some(soft), Some(soft_seconds)) => Ok((
                    class,
                    OutputLimit {
                        hard,
                        soft,
                        soft_seconds,
                    },
                )),
                _ => Err(
                    "Error in hard, soft or soft_seconds setting in buffer limit configuration."
                        .into(),
                ),
            }
        })
        .collect()
}

fn output_limits(text: &str, _: &Settings) -> Result<String, String> {
    parse_output_limits(text).map(|_| text.to_string())
}

fn set_output_limits(settings: &mut Settings, text: &str) {
    for (class, limit) in parse_output_limits(text).unwrap_or_default() {
        match class.as_str() {
            "normal" => settings.output_limit_normal = limit,
            "pubsub" => settings.output_limit_pubsub = limit,
            _ => settings.output_limit_replica = limit,
        }
    }
}

fn output_limits_text(settings: &Settings) -> String {
    let show = |class: &str, limit: &OutputLimit| {
        format!(
            "{class} {} {} {}",
            limit.hard, limit.soft, limit.soft_seconds
        )
    };
    [
        show("normal", &settings.output_limit_normal),
        show("slave", &settings.output_limit_replica),
        show("pubsub", &settings.output_limit_pubsub),
    ]
    .join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_kinds_of_units() {
        assert_eq!(memory("100mb"), Some(104_857_600));
        assert_eq!(memory("1g"), Some(1_000_000_000));
        assert_eq!(memory("12"), Some(12));
        assert_eq!(memory("abc"), None);
        assert_eq!(memory("9223372036854775807gb"), None);
    }

    #[test]
    fn every_value_survives_being_set_to_itself() {
        let mut settings = Settings::default();
        for parameter in PARAMETERS {
            let value = parameter.value(&settings);
            if parameter.refusal().is_none() {
                let checked = parameter.check(&value, &settings);
                assert_eq!(checked.as_deref(), Ok(value.as_str()), "{}", parameter.name);
                parameter.set(&value, &mut settings);
                assert_eq!(parameter.value(&settings), value, "{}", parameter.name);
            }
        }
    }
}
