//! The table of the parameters that the server does not act on: they say what
//! is so, or are remembered for programs that set them.

use super::Access::{Fixed, Kept, Pinned};
use super::Kind::{Bool, Choice, Free, Int, Memory};
use super::Parameter;
use super::parameters::{INT_MAX, MAX, aliased, new, yes_no};
use super::values;

/// Those that change nothing.
pub static INERT: &[Parameter] = &[
    // Fixed.
    new(
        "unixsocket",
        Free,
        Fixed(|s| {
            let path = s.unixsocket.as_ref();
            path.map_or_else(String::new, |path| path.display().to_string())
        }),
    ),
    new("unixsocketperm", Free, Fixed(|_| "0".into())),
    new("cluster-enabled", Bool, Fixed(|_| "no".into())),
    new("daemonize", Bool, Fixed(|_| "no".into())),
    new("supervised", Free, Fixed(|_| "no".into())),
    new("pidfile", Free, Fixed(|_| String::new())),
    new("logfile", Free, Fixed(|_| String::new())),
    new("io-threads", Int(1, 128), Fixed(|_| "1".into())),
    new("tcp-backlog", Int(0, INT_MAX), Fixed(|_| "511".into())),
    new(
        "enable-debug-command",
        Bool,
        Fixed(|s| yes_no(s.debug_commands)),
    ),
    new("enable-module-command", Bool, Fixed(|_| "no".into())),
    new(
        "enable-protected-configs",
        Bool,
        Fixed(|s| yes_no(s.protected_configs)),
    ),
    aliased("replicaof", "slaveof", Free, Fixed(|_| String::new())),
    // Pinned.
    new(
        "tls-port",
        Int(0, 65535),
        Pinned(|_| "0".into(), values::NO_LISTENING),
    ),
    new(
        "activedefrag",
        Bool,
        Pinned(|_| "no".into(), values::NO_DEFRAGMENTATION),
    ),
    // Kept.
    new("repl-rdb-channel", Bool, Kept("no")),
    new(
        "proc-title-template",
        Free,
        Kept("{title} {listen-addr} {server-mode}"),
    ),
    new("no-appendfsync-on-rewrite", Bool, Kept("no")),
    new("aof-rewrite-incremental-fsync", Bool, Kept("yes")),
    new("rdb-save-incremental-fsync", Bool, Kept("yes")),
    new("rdbcompression", Bool, Kept("yes")),
    new(
        "sanitize-dump-payload",
        Choice(&["no", "yes", "clients"]),
        Kept("no"),
    ),
    new("list-compress-depth", Int(0, INT_MAX), Kept("0")),
    new("dynamic-hz", Bool, Kept("yes")),
    new("active-defrag-ignore-bytes", Memory(1), Kept("104857600")),
    new("active-defrag-threshold-lower", Int(0, 1000), Kept("10")),
    new("active-defrag-threshold-upper", Int(0, 1000), Kept("100")),
    new("active-defrag-cycle-min", Int(1, 99), Kept("1")),
    new("active-defrag-cycle-max", Int(1, 99), Kept("25")),
    new("active-defrag-max-scan-fields", Int(1, MAX), Kept("1000")),
    new("active-expire-effort", Int(1, 10), Kept("1")),
    new("lazyfree-lazy-server-del", Bool, Kept("no")),
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
    new("repl-timeout", Int(1, INT_MAX), Kept("60")),
    new("repl-backlog-size", Memory(1), Kept("1048576")),
    new("repl-backlog-ttl", Int(0, MAX), Kept("3600")),
    new("repl-diskless-sync", Bool, Kept("yes")),
    new("repl-diskless-sync-delay", Int(0, INT_MAX), Kept("5")),
    new("cluster-node-timeout", Int(0, MAX), Kept("15000")),
    new("cluster-require-full-coverage", Bool, Kept("yes")),
    new("bind-source-addr", Free, Kept("")),
    new(
        "loglevel",
        Choice(&["debug", "verbose", "notice", "warning", "nothing"]),
        Kept("notice"),
    ),
    new("shutdown-timeout", Int(0, INT_MAX), Kept("10")),
    new(
        "oom-score-adj",
        Choice(&["no", "yes", "relative", "absolute"]),
        Kept("no"),
    ),
    new("crash-log-enabled", Bool, Kept("yes")),
    new("set-proc-title", Bool, Kept("yes")),
];
