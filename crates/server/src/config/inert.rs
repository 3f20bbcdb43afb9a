//! The table of the parameters that the server does not act on: they say what
//! is so, or are remembered for programs that set them.

use super::Access::{Fixed, Kept, Pinned};
use super::Kind::{AnyMemory, Bool, Choice, Free, Int, Memory, Special};
use super::parameters::{INT_MAX, MAX, aliased, new, yes_no};
use super::values;
use super::{Access, Parameter};

/// No list of processors.
const NO_LIST: Access = Fixed(|_| String::new());

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
    new("always-show-logo", Bool, Fixed(|_| "no".into())),
    new("rdbchecksum", Bool, Fixed(|_| "yes".into())),
    new("disable-thp", Bool, Fixed(|_| "yes".into())),
    new("syslog-enabled", Bool, Fixed(|_| "no".into())),
    new("syslog-ident", Free, Fixed(|_| "redis".into())),
    new("syslog-facility", Free, Fixed(|_| "local0".into())),
    new(
        "socket-mark-id",
        Int(0, u32::MAX as i64),
        Fixed(|_| "0".into()),
    ),
    new("cluster-port", Int(0, 65535), Fixed(|_| "0".into())),
    new("cluster-config-file", Free, Fixed(|_| "nodes.conf".into())),
    aliased("server-cpulist", "server_cpulist", Free, NO_LIST),
    aliased("bio-cpulist", "bio_cpulist", Free, NO_LIST),
    aliased("aof-rewrite-cpulist", "aof_rewrite_cpulist", Free, NO_LIST),
    aliased("bgsave-cpulist", "bgsave_cpulist", Free, NO_LIST),
    new("set-proc-title", Bool, Fixed(|_| "yes".into())),
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
    new("tls-cluster", Bool, Pinned(|_| "no".into(), values::NO_TLS)),
    new(
        "tls-replication",
        Bool,
        Pinned(|_| "no".into(), values::NO_TLS),
    ),
    // Kept.
    new("repl-rdb-channel", Bool, Kept("no")),
    new(
        "proc-title-template",
        Special(values::title_template),
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
    new("crash-log-enabled", Bool, Kept("yes")),
    new("locale-collate", Special(values::locale), Kept("")),
    new("crash-memcheck-enabled", Bool, Kept("yes")),
    new("hide-user-data-from-log", Bool, Kept("no")),
    new("ignore-warnings", Free, Kept("")),
    new("jemalloc-bg-thread", Bool, Kept("yes")),
    new("rdb-del-sync-files", Bool, Kept("no")),
    new("max-new-connections-per-cycle", Int(1, 1000), Kept("10")),
    new("max-new-tls-connections-per-cycle", Int(1, 1000), Kept("1")),
    new(
        "propagation-error-behavior",
        Choice(&["ignore", "panic", "panic-on-replicas"]),
        Kept("ignore"),
    ),
    // Replicas: there are none.
    new("masterauth", Free, Kept("")),
    new("masteruser", Free, Kept("")),
    new("repl-disable-tcp-nodelay", Bool, Kept("no")),
    new(
        "repl-diskless-load",
        Choice(&["disabled", "on-empty-db", "swapdb"]),
        Kept("disabled"),
    ),
    new(
        "repl-diskless-sync-max-replicas",
        Int(0, INT_MAX),
        Kept("0"),
    ),
    aliased(
        "repl-ping-replica-period",
        "repl-ping-slave-period",
        Int(1, INT_MAX),
        Kept("10"),
    ),
    aliased("replica-announce-ip", "slave-announce-ip", Free, Kept("")),
    aliased(
        "replica-announce-port",
        "slave-announce-port",
        Int(0, 65535),
        Kept("0"),
    ),
    new("replica-announced", Bool, Kept("yes")),
    new("replica-full-sync-buffer-limit", Memory(0), Kept("0")),
    new("replica-ignore-disk-write-errors", Bool, Kept("no")),
    aliased(
        "replica-ignore-maxmemory",
        "slave-ignore-maxmemory",
        Bool,
        Kept("yes"),
    ),
    // A cluster: this server is in none.
    new("cluster-allow-pubsubshard-when-down", Bool, Kept("yes")),
    new("cluster-allow-reads-when-down", Bool, Kept("no")),
    new("cluster-allow-replica-migration", Bool, Kept("yes")),
    new("cluster-announce-bus-port", Int(0, 65535), Kept("0")),
    new(
        "cluster-announce-hostname",
        Special(values::hostname),
        Kept(""),
    ),
    new(
        "cluster-announce-human-nodename",
        Special(values::node_name),
        Kept(""),
    ),
    new("cluster-announce-ip", Free, Kept("")),
    new("cluster-announce-port", Int(0, 65535), Kept("0")),
    new("cluster-announce-tls-port", Int(0, 65535), Kept("0")),
    new("cluster-compatibility-sample-ratio", Int(0, 100), Kept("0")),
    new("cluster-link-sendbuf-limit", AnyMemory, Kept("0")),
    new("cluster-migration-barrier", Int(0, INT_MAX), Kept("1")),
    new(
        "cluster-preferred-endpoint-type",
        Choice(&["ip", "hostname", "unknown-endpoint"]),
        Kept("ip"),
    ),
    aliased(
        "cluster-replica-no-failover",
        "cluster-slave-no-failover",
        Bool,
        Kept("no"),
    ),
    aliased(
        "cluster-replica-validity-factor",
        "cluster-slave-validity-factor",
        Int(0, INT_MAX),
        Kept("10"),
    ),
    // TLS: `tls-port` cannot be set.
    new(
        "tls-auth-clients",
        Choice(&["no", "yes", "optional"]),
        Kept("yes"),
    ),
    new("tls-ca-cert-dir", Free, Kept("")),
    new("tls-ca-cert-file", Free, Kept("")),
    new("tls-cert-file", Free, Kept("")),
    new("tls-ciphers", Free, Kept("")),
    new("tls-ciphersuites", Free, Kept("")),
    new("tls-client-cert-file", Free, Kept("")),
    new("tls-client-key-file", Free, Kept("")),
    new("tls-client-key-file-pass", Free, Kept("")),
    new("tls-dh-params-file", Free, Kept("")),
    new("tls-key-file", Free, Kept("")),
    new("tls-key-file-pass", Free, Kept("")),
    new("tls-prefer-server-ciphers", Bool, Kept("no")),
    new("tls-protocols", Free, Kept("")),
    new("tls-session-cache-size", Int(0, INT_MAX), Kept("20480")),
    new("tls-session-cache-timeout", Int(0, INT_MAX), Kept("300")),
    new("tls-session-caching", Bool, Kept("yes")),
];
