//! The parameters the server honours, as CONFIG names them.

use crate::state::eviction::Policy;
use crate::state::memory::Allocator;
use crate::state::oom_score::OomScore;
use crate::state::persistence::{LogName, SavePoint, Sync};
use crate::store::Limits;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A limit of `client-output-buffer-limit`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputLimit {
    /// Bytes at which the client is closed at once; 0 for none.
    pub hard: usize,
    /// Bytes at which it is closed after `soft_seconds`; 0 for none.
    pub soft: usize,
    /// How long it may stay above `soft`.
    pub soft_seconds: i64,
}

/// `maxmemory-clients`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientsLimit {
    /// So many bytes; 0 for no limit.
    Bytes(u64),
    /// So many hundredths of `maxmemory`.
    Percent(u64),
}

impl ClientsLimit {
    /// The limit in bytes, if there is one. Below a certain one nobody could
    /// say anything to the server any more, not even that it is too low.
    pub fn bytes(self, maxmemory: u64) -> Option<u64> {
        const LEAST: u64 = 128 * 1024;
        let limit = match self {
            ClientsLimit::Bytes(0) | ClientsLimit::Percent(0) => None,
            ClientsLimit::Bytes(bytes) => Some(bytes),
            ClientsLimit::Percent(percent) => {
                (maxmemory > 0).then(|| (maxmemory as f64 / 100.0 * percent as f64) as u64)
            }
        };
        limit.map(|limit| limit.max(LEAST))
    }
}

/// How SHUTDOWN, SIGINT and SIGTERM end the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Shutdown {
    /// Whether a snapshot is taken; without it, if there are save points.
    pub save: Option<bool>,
    /// Not to wait for replicas, of which there are none.
    pub now: bool,
    /// Whether it ends although something could not be written.
    pub force: bool,
}

/// What is freed in another thread: `lazyfree-lazy-*`.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lazy {
    /// `lazyfree-lazy-eviction`.
    pub eviction: bool,
    /// `lazyfree-lazy-expire`.
    pub expire: bool,
    /// `lazyfree-lazy-user-del`: DEL is UNLINK.
    pub user_del: bool,
    /// `lazyfree-lazy-user-flush`: FLUSHALL and FLUSHDB are ASYNC unless told
    /// otherwise.
    pub user_flush: bool,
}

/// The server's parameters with Redis 8.0's defaults.
#[derive(Debug, Clone)]
pub struct Settings {
    /// `databases`.
    pub databases: usize,
    /// `requirepass`; empty for none.
    pub requirepass: Vec<u8>,
    /// `maxmemory` in bytes; 0 for none.
    pub maxmemory: u64,
    /// `maxmemory-policy`.
    pub maxmemory_policy: Policy,
    /// `maxmemory-clients`.
    pub maxmemory_clients: ClientsLimit,
    /// `maxmemory-samples`.
    pub maxmemory_samples: usize,
    /// `maxmemory-eviction-tenacity`, 0 to 100.
    pub eviction_tenacity: i64,
    /// `lfu-log-factor`.
    pub lfu_log_factor: i64,
    /// `lfu-decay-time`, minutes.
    pub lfu_decay_time: i64,
    /// `aclfile`: the file of the users, relative to `dir`; empty for none.
    pub aclfile: String,
    /// The ACL file must not let in everybody.
    pub login_required: bool,
    /// `acl-pubsub-default`: whether new users may use all channels.
    pub acl_all_channels: bool,
    /// `acllog-max-len`.
    pub acl_log_max_len: usize,
    /// `maxclients`.
    pub maxclients: usize,
    /// `timeout` of idle clients in seconds; 0 for none.
    pub timeout: i64,
    /// `tcp-keepalive` in seconds.
    pub tcp_keepalive: i64,
    /// `proto-max-bulk-len`, bytes.
    pub proto_max_bulk_len: usize,
    /// `client-query-buffer-limit`, bytes.
    pub query_buffer_limit: usize,
    /// `client-output-buffer-limit normal`.
    pub output_limit_normal: OutputLimit,
    /// `client-output-buffer-limit replica`.
    pub output_limit_replica: OutputLimit,
    /// `client-output-buffer-limit pubsub`.
    pub output_limit_pubsub: OutputLimit,
    /// `notify-keyspace-events` as bits of [`crate::state::notify`].
    pub notify: u32,
    /// The encodings' thresholds.
    pub limits: Limits,
    /// `slowlog-log-slower-than`, microseconds; negative for never.
    pub slowlog_slower_than: i64,
    /// `slowlog-max-len`.
    pub slowlog_max_len: usize,
    /// `latency-monitor-threshold`, milliseconds.
    pub latency_threshold: i64,
    /// `lazyfree-lazy-*`.
    pub lazy: Lazy,
    /// `activerehashing`: whether tables of keys grow and shrink also when nobody
    /// changes them.
    pub active_rehashing: bool,
    /// `latency-tracking`: whether commands' durations are counted.
    pub latency_tracking: bool,
    /// `latency-tracking-info-percentiles`.
    pub latency_percentiles: Vec<f64>,
    /// `busy-reply-threshold` (`lua-time-limit`), milliseconds.
    pub busy_reply_threshold: i64,
    /// Writes are refused with fewer replicas (there are none); 0: never.
    pub min_replicas: i64,
    /// Replicas further behind do not count, seconds; 0: writes are not
    /// refused.
    pub replica_max_lag: i64,
    /// `tracking-table-max-keys`.
    pub tracking_table_max_keys: usize,
    /// `hz`.
    pub hz: i64,
    /// `dir`: where the files are, if there may be any.
    pub dir: Option<PathBuf>,
    /// `save`.
    pub save: Vec<SavePoint>,
    /// `dbfilename`.
    pub dbfilename: String,
    /// `stop-writes-on-bgsave-error`.
    pub stop_writes_on_save_error: bool,
    /// `appendonly`.
    pub appendonly: bool,
    /// `appendfsync`.
    pub appendfsync: Sync,
    /// `aof-use-rdb-preamble`: whether the base of the append-only file is a
    /// snapshot, or commands.
    pub base_is_snapshot: bool,
    /// `aof-load-truncated`.
    pub aof_load_truncated: bool,
    /// `aof-timestamp-enabled`.
    pub aof_timestamps: bool,
    /// `appenddirname`, `appendfilename`.
    pub log_name: LogName,
    /// `aof-disable-auto-gc`: whether the files that a rewrite has replaced
    /// stay.
    pub keep_history: bool,
    /// `rdb-key-save-delay` of what is begun from now on, microseconds; a
    /// negative one is a part of one.
    pub rdb_key_save_delay: i64,
    /// `key-load-delay`, the same for what is read.
    pub key_load_delay: i64,
    /// `loading-process-events-interval-bytes`: clients are served after so
    /// many bytes of the files.
    pub load_interval: u64,
    /// `shutdown-on-sigint`.
    pub shutdown_on_sigint: Shutdown,
    /// `shutdown-on-sigterm`.
    pub shutdown_on_sigterm: Shutdown,
    /// `auto-aof-rewrite-percentage`; 0 for never.
    pub rewrite_percentage: u64,
    /// `auto-aof-rewrite-min-size`, bytes.
    pub rewrite_min_size: u64,
    /// `enable-protected-configs`: whether `dir` and `dbfilename` can be set.
    pub protected_configs: bool,
    /// `oom-score-adj` and its values.
    pub oom_score: OomScore,
    /// `port`; 0 for none.
    pub port: u16,
    /// `bind`.
    pub bind: String,
    /// `protected-mode`: whether only this machine is served while the default
    /// user has no password.
    pub protected_mode: bool,
    /// `unixsocket`.
    pub unixsocket: Option<PathBuf>,
    /// `DEBUG SET-ACTIVE-EXPIRE`.
    pub active_expire: bool,
    /// `DEBUG PAUSE-CRON`: signals wait.
    pub cron_paused: bool,
    /// `DEBUG AOF-FLUSH-SLEEP`: how long writing to the append-only file takes
    /// at least, microseconds.
    pub log_delay: u64,
    /// `enable-debug-command`: whether DEBUG is allowed.
    pub debug_commands: bool,
    /// The most bytes that scripts may use.
    pub script_memory: usize,
    /// For how many of so many clients the system lets there be room.
    pub room_for_clients: fn(usize) -> usize,
    /// See [`crate::Config::allocator`].
    pub allocator: Allocator,
    /// Parameters that were set and have nothing to act on; see
    /// [`crate::config`].
    pub kept: BTreeMap<&'static str, String>,
}

impl Default for Settings {
    fn default() -> Self {
        let none = OutputLimit {
            hard: 0,
            soft: 0,
            soft_seconds: 0,
        };
        Settings {
            databases: 16,
            requirepass: Vec::new(),
            maxmemory: 0,
            maxmemory_policy: Policy::None,
            maxmemory_clients: ClientsLimit::Bytes(0),
            maxmemory_samples: 5,
            eviction_tenacity: 10,
            lfu_log_factor: 10,
            lfu_decay_time: 1,
            aclfile: String::new(),
            login_required: false,
            acl_all_channels: false,
            acl_log_max_len: 128,
            maxclients: 10_000,
            timeout: 0,
            tcp_keepalive: 300,
            proto_max_bulk_len: 512 * 1024 * 1024,
            query_buffer_limit: 1024 * 1024 * 1024,
            output_limit_normal: none,
            output_limit_replica: OutputLimit {
                hard: 256 * 1024 * 1024,
                soft: 64 * 1024 * 1024,
                soft_seconds: 60,
            },
            output_limit_pubsub: OutputLimit {
                hard: 32 * 1024 * 1024,
                soft: 8 * 1024 * 1024,
                soft_seconds: 60,
            },
            notify: 0,
            limits: Limits::default(),
            slowlog_slower_than: 10_000,
            slowlog_max_len: 128,
            latency_threshold: 0,
            lazy: Lazy::default(),
            active_rehashing: true,
            latency_tracking: true,
            latency_percentiles: vec![50.0, 99.0, 99.9],
            busy_reply_threshold: 5_000,
            min_replicas: 0,
            replica_max_lag: 10,
            tracking_table_max_keys: 1_000_000,
            hz: 10,
            dir: None,
            save: Vec::new(),
            dbfilename: "dump.rdb".into(),
            stop_writes_on_save_error: true,
            appendonly: false,
            appendfsync: Sync::default(),
            base_is_snapshot: true,
            aof_load_truncated: true,
            aof_timestamps: false,
            log_name: LogName::default(),
            keep_history: false,
            rdb_key_save_delay: 0,
            key_load_delay: 0,
            load_interval: 2 * 1024 * 1024,
            shutdown_on_sigint: Shutdown::default(),
            shutdown_on_sigterm: Shutdown::default(),
            rewrite_percentage: 100,
            rewrite_min_size: 64 * 1024 * 1024,
            protected_configs: false,
            oom_score: OomScore::default(),
            port: 0,
            bind: "127.0.0.1".into(),
            protected_mode: true,
            unixsocket: None,
            active_expire: true,
            cron_paused: false,
            log_delay: 0,
            debug_commands: false,
            script_memory: usize::MAX,
            room_for_clients: |clients| clients,
            allocator: Allocator::default(),
            kept: BTreeMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ClientsLimit::{Bytes, Percent};

    #[test]
    fn a_percentage_needs_a_memory_limit() {
        assert_eq!(Bytes(0).bytes(1000), None);
        assert_eq!(Bytes(200_000).bytes(0), Some(200_000));
        assert_eq!(Bytes(7).bytes(0), Some(131_072));
        assert_eq!(Percent(1).bytes(1000), Some(131_072));
        assert_eq!(Percent(7).bytes(0), None);
        assert_eq!(Percent(7).bytes(6_291_456), Some(440_401));
    }
}
