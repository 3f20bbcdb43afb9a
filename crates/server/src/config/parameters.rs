//! The table of the parameters that the server acts on.

use super::Access::{AtStart, Honoured, Protected};
use super::Kind::{AnyMemory, Bool, Choice, Free, Int, Memory, Special};
use super::values::{self, NOT_INTEGER};
use super::{Access, Kind, Parameter, within};
use crate::state::persistence::{SYNCS, Sync};
use crate::state::{eviction, notify};

pub(super) const MAX: i64 = i64::MAX;
pub(super) const INT_MAX: i64 = i32::MAX as i64;

pub(super) const fn new(name: &'static str, kind: Kind, access: Access) -> Parameter {
    Parameter {
        name,
        alias: None,
        kind,
        access,
    }
}

pub(super) const fn aliased(
    name: &'static str,
    alias: &'static str,
    kind: Kind,
    access: Access,
) -> Parameter {
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

/// A parameter kept in a field that is on or off.
macro_rules! switch {
    ($($path:ident).+) => {
        Honoured(
            |s| yes_no(s.$($path).+),
            |s, text| s.$($path).+ = text == "yes",
        )
    };
}

pub(super) fn yes_no(on: bool) -> String {
    if on { "yes" } else { "no" }.to_string()
}

/// Those that change what it does.
pub static HONOURED: &[Parameter] = &[
    new("maxmemory", AnyMemory, field!(maxmemory)),
    new(
        "maxmemory-policy",
        Choice(eviction::NAMES),
        Honoured(
            |s| s.maxmemory_policy.name().to_string(),
            |s, text| {
                if let Some(policy) = eviction::Policy::named(text) {
                    s.maxmemory_policy = policy;
                }
            },
        ),
    ),
    new(
        "maxmemory-clients",
        Special(|text, _| values::parse_clients_limit(text).map(values::clients_limit_text)),
        Honoured(
            |s| values::clients_limit_text(s.maxmemory_clients),
            |s, text| {
                if let Ok(limit) = values::parse_clients_limit(text) {
                    s.maxmemory_clients = limit;
                }
            },
        ),
    ),
    new("maxmemory-samples", Int(1, 64), field!(maxmemory_samples)),
    new(
        "maxmemory-eviction-tenacity",
        Int(0, 100),
        field!(eviction_tenacity),
    ),
    new("lfu-log-factor", Int(0, INT_MAX), field!(lfu_log_factor)),
    new("lfu-decay-time", Int(0, INT_MAX), field!(lfu_decay_time)),
    new(
        "acl-pubsub-default",
        Choice(&["allchannels", "resetchannels"]),
        Honoured(
            |s| {
                if s.acl_all_channels {
                    "allchannels"
                } else {
                    "resetchannels"
                }
                .to_string()
            },
            |s, text| s.acl_all_channels = text == "allchannels",
        ),
    ),
    new("acllog-max-len", Int(0, MAX), field!(acl_log_max_len)),
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
        Special(values::output_limits),
        Honoured(values::output_limits_text, values::set_output_limits),
    ),
    new(
        "notify-keyspace-events",
        // As it was given: what CONFIG GET shows leaves `n` out beside `A`.
        Special(|text, _| {
            notify::parse(text.as_bytes())
                .map(|_| text.to_string())
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
    new(
        "set-max-listpack-entries",
        Int(0, MAX),
        field!(limits.set_entries),
    ),
    new(
        "set-max-listpack-value",
        Int(0, MAX),
        field!(limits.set_value),
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
    new("activerehashing", Bool, switch!(active_rehashing)),
    new("latency-tracking", Bool, switch!(latency_tracking)),
    new("lazyfree-lazy-eviction", Bool, switch!(lazy.eviction)),
    new("lazyfree-lazy-expire", Bool, switch!(lazy.expire)),
    new("lazyfree-lazy-user-del", Bool, switch!(lazy.user_del)),
    new("lazyfree-lazy-user-flush", Bool, switch!(lazy.user_flush)),
    new(
        "latency-tracking-info-percentiles",
        Special(values::percentiles),
        Honoured(
            |s| values::percentiles_text(&s.latency_percentiles),
            |s, text| s.latency_percentiles = values::parse_percentiles(text).unwrap_or_default(),
        ),
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
            within(n, 0, INT_MAX)?;
            Ok(n.clamp(1, 500).to_string())
        }),
        field!(hz),
    ),
    new(
        "save",
        Special(values::save_points),
        Honoured(
            |s| values::save_points_text(&s.save),
            |s, text| s.save = values::parse_save_points(text).unwrap_or_default(),
        ),
    ),
    new(
        "stop-writes-on-bgsave-error",
        Bool,
        switch!(stop_writes_on_save_error),
    ),
    new("appendonly", Bool, switch!(appendonly)),
    new(
        "appendfsync",
        Choice(SYNCS),
        Honoured(
            |s| s.appendfsync.name().to_string(),
            |s, text| s.appendfsync = Sync::named(text),
        ),
    ),
    new("aof-use-rdb-preamble", Bool, switch!(base_is_snapshot)),
    new("aof-load-truncated", Bool, switch!(aof_load_truncated)),
    new("aof-timestamp-enabled", Bool, switch!(aof_timestamps)),
    new(
        "auto-aof-rewrite-percentage",
        Int(0, INT_MAX),
        field!(rewrite_percentage),
    ),
    new(
        "auto-aof-rewrite-min-size",
        Memory(0),
        field!(rewrite_min_size),
    ),
    new("aof-disable-auto-gc", Bool, switch!(keep_history)),
    new(
        "rdb-key-save-delay",
        Int(-INT_MAX - 1, INT_MAX),
        field!(rdb_key_save_delay),
    ),
    new(
        "key-load-delay",
        Int(-INT_MAX - 1, INT_MAX),
        field!(key_load_delay),
    ),
    new(
        "loading-process-events-interval-bytes",
        Int(1024, INT_MAX),
        field!(load_interval),
    ),
    new(
        "shutdown-on-sigint",
        Special(values::shutdown),
        Honoured(
            |s| values::shutdown_text(s.shutdown_on_sigint),
            |s, text| s.shutdown_on_sigint = values::parse_shutdown(text).unwrap_or_default(),
        ),
    ),
    new(
        "shutdown-on-sigterm",
        Special(values::shutdown),
        Honoured(
            |s| values::shutdown_text(s.shutdown_on_sigterm),
            |s, text| s.shutdown_on_sigterm = values::parse_shutdown(text).unwrap_or_default(),
        ),
    ),
    new(
        "oom-score-adj",
        Special(|text, _| values::adjust(text).map(|adjust| adjust.name().into())),
        Honoured(
            |s| s.oom_score.adjust.name().into(),
            |s, text| s.oom_score.adjust = values::adjust(text).unwrap_or_default(),
        ),
    ),
    new(
        "oom-score-adj-values",
        Special(|text, _| values::oom_values(text).map(values::oom_values_text)),
        Honoured(
            |s| values::oom_values_text(s.oom_score.values),
            |s, text| s.oom_score.values = values::oom_values(text).unwrap_or(s.oom_score.values),
        ),
    ),
    new("port", Int(0, 65535), field!(port)),
    new(
        "bind",
        Special(values::bind),
        Honoured(|s| s.bind.clone(), |s, text| s.bind = text.to_string()),
    ),
    new("protected-mode", Bool, switch!(protected_mode)),
    aliased(
        "min-replicas-to-write",
        "min-slaves-to-write",
        Int(0, INT_MAX),
        field!(min_replicas),
    ),
    aliased(
        "min-replicas-max-lag",
        "min-slaves-max-lag",
        Int(0, INT_MAX),
        field!(replica_max_lag),
    ),
    new(
        "databases",
        Int(1, INT_MAX),
        AtStart(
            |s| s.databases.to_string(),
            |s, text| s.databases = text.parse().unwrap_or(s.databases),
        ),
    ),
    new(
        "dir",
        Free,
        Protected(
            |s| match &s.dir {
                Some(dir) => dir.display().to_string(),
                None => std::env::current_dir()
                    .map_or_else(|_| String::new(), |dir| dir.display().to_string()),
            },
            |s, text| s.dir = Some(text.into()),
        ),
    ),
    new(
        "dbfilename",
        Special(values::file_name),
        Protected(
            |s| s.dbfilename.clone(),
            |s, text| s.dbfilename = text.to_string(),
        ),
    ),
    new(
        "appenddirname",
        Special(|text, _| values::log_name("appenddirname", "dir", text)),
        AtStart(
            |s| s.log_name.folder.clone(),
            |s, text| s.log_name.folder = text.to_string(),
        ),
    ),
    new(
        "appendfilename",
        Special(|text, _| values::log_name("appendfilename", "file", text)),
        AtStart(
            |s| s.log_name.stem.clone(),
            |s, text| s.log_name.stem = text.to_string(),
        ),
    ),
    new(
        "aclfile",
        Free,
        AtStart(
            |s| s.aclfile.clone(),
            |s, text| s.aclfile = text.to_string(),
        ),
    ),
];
