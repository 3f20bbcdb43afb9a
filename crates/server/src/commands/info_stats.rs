//! INFO's figures of what has been done: the sections Stats and Debug.

use super::info::line;
use crate::engine::server::Server;
use crate::state::rates::per_second;

/// In the order of Redis.
pub(super) fn section(server: &mut Server, text: &mut String) {
    let stats = &server.figures;
    let recent = stats.rates.recent();
    let whole = |recent: u64| per_second(recent).round() as u64;
    line(text, "total_connections_received", stats.connections);
    line(text, "total_commands_processed", stats.commands);
    line(text, "instantaneous_ops_per_sec", whole(recent.commands));
    line(text, "total_net_input_bytes", stats.input_bytes);
    line(text, "total_net_output_bytes", stats.output_bytes);
    none_of(
        text,
        &["total_net_repl_input_bytes", "total_net_repl_output_bytes"],
    );
    for (what, bytes) in [
        ("input", recent.input),
        ("output", recent.output),
        ("input_repl", 0),
        ("output_repl", 0),
    ] {
        let kilobytes = format!("{:.2}", per_second(bytes) / 1024.0);
        line(text, &format!("instantaneous_{what}_kbps"), kilobytes);
    }
    line(text, "rejected_connections", stats.rejected_connections);
    none_of(text, &["sync_full", "sync_partial_ok", "sync_partial_err"]);
    line(text, "expired_subkeys", stats.expired_fields);
    line(text, "expired_keys", stats.expired);
    // Keys are removed when their time comes, not found by samples.
    line(text, "expired_stale_perc", "0.00");
    none_of(
        text,
        &[
            "expired_time_cap_reached_count",
            "expire_cycle_cpu_milliseconds",
        ],
    );
    line(text, "evicted_keys", stats.evicted);
    line(text, "evicted_clients", stats.evicted_clients);
    line(text, "evicted_scripts", server.script.evicted);
    none_of(
        text,
        &[
            "total_eviction_exceeded_time",
            "current_eviction_exceeded_time",
        ],
    );
    line(text, "keyspace_hits", stats.hits);
    line(text, "keyspace_misses", stats.misses);
    line(text, "pubsub_channels", server.pubsub.channels.len());
    line(text, "pubsub_patterns", server.pubsub.patterns.len());
    let shards = server.pubsub.shard_channels.len();
    line(text, "pubsubshard_channels", shards);
    line(text, "latest_fork_usec", 0);
    line(text, "total_forks", server.persistence.begun);
    line(text, "migrate_cached_sockets", server.peers.count());
    none_of(
        text,
        &[
            "slave_expires_tracked_keys",
            "active_defrag_hits",
            "active_defrag_misses",
            "active_defrag_key_hits",
            "active_defrag_key_misses",
            "total_active_defrag_time",
            "current_active_defrag_time",
        ],
    );
    let (keys, items, prefixes) = server.tracking.figures();
    line(text, "tracking_total_keys", keys);
    line(text, "tracking_total_items", items);
    line(text, "tracking_total_prefixes", prefixes);
    line(text, "unexpected_error_replies", 0);
    line(text, "total_error_replies", stats.errors);
    line(text, "dump_payload_sanitizations", 0);
    line(text, "total_reads_processed", stats.reads);
    line(text, "total_writes_processed", stats.writes);
    none_of(
        text,
        &[
            "io_threaded_reads_processed",
            "io_threaded_writes_processed",
        ],
    );
    for (what, count) in [
        ("query", stats.input_limit_disconnections),
        ("output", stats.output_limit_disconnections),
    ] {
        line(
            text,
            &format!("client_{what}_buffer_limit_disconnections"),
            count,
        );
    }
    none_of(text, &["reply_buffer_shrinks", "reply_buffer_expands"]);
    let turns = &stats.turns;
    line(text, "eventloop_cycles", turns.count);
    line(text, "eventloop_duration_sum", turns.nanos / 1000);
    line(text, "eventloop_duration_cmd_sum", stats.command_micros);
    let name = "instantaneous_eventloop_cycles_per_sec";
    line(text, name, whole(recent.turns));
    let each = recent.nanos as f64 / recent.turns.max(1) as f64 / 1000.0;
    let each = each.round() as u64;
    line(text, "instantaneous_eventloop_duration_usec", each);
    let [command, key, channel, login] = stats.denied;
    for (what, count) in [
        ("auth", login),
        ("cmd", command),
        ("key", key),
        ("channel", channel),
    ] {
        line(text, &format!("acl_access_denied_{what}"), count);
    }
}

/// What there is none of here: replicas, samples of what expires, an eviction that
/// takes more than a turn, defragmentation, threads for sockets, reply buffers that
/// are looked after.
fn none_of(text: &mut String, names: &[&str]) {
    for name in names {
        line(text, name, 0);
    }
}

/// What only somebody who asks for it by name is shown.
pub(super) fn debug_section(server: &mut Server, text: &mut String) {
    let turns = &server.figures.turns;
    line(text, "eventloop_duration_aof_sum", turns.log / 1000);
    line(text, "eventloop_duration_cron_sum", turns.timers / 1000);
    line(text, "eventloop_duration_max", turns.longest / 1000);
    line(text, "eventloop_cmd_per_cycle_max", turns.most_commands);
}
