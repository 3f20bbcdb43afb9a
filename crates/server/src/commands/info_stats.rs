//! INFO's figures of what has been done: the sections Stats and Debug.

use super::info::line;
use crate::engine::server::Server;
use crate::state::rates::per_second;

pub(super) fn section(server: &mut Server, text: &mut String) {
    let stats = &server.figures;
    let (keys, items, prefixes) = server.tracking.figures();
    let evicted_scripts = server.script.evicted;
    line(text, "total_connections_received", stats.connections);
    line(text, "total_commands_processed", stats.commands);
    let recent = stats.rates.recent();
    let whole = |recent: u64| per_second(recent).round() as u64;
    line(text, "instantaneous_ops_per_sec", whole(recent.commands));
    line(text, "total_net_input_bytes", stats.input_bytes);
    line(text, "total_net_output_bytes", stats.output_bytes);
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
    line(text, "expired_subkeys", stats.expired_fields);
    line(text, "expired_keys", stats.expired);
    line(text, "evicted_keys", stats.evicted);
    line(text, "evicted_clients", stats.evicted_clients);
    line(text, "keyspace_hits", stats.hits);
    line(text, "keyspace_misses", stats.misses);
    line(text, "pubsub_channels", server.pubsub.channels.len());
    line(text, "pubsub_patterns", server.pubsub.patterns.len());
    let shards = server.pubsub.shard_channels.len();
    line(text, "pubsubshard_channels", shards);
    for (what, count) in ["cmd", "key", "channel", "auth"].iter().zip(stats.denied) {
        line(text, &format!("acl_access_denied_{what}"), count);
    }
    line(
        text,
        "client_query_buffer_limit_disconnections",
        stats.input_limit_disconnections,
    );
    line(text, "total_reads_processed", stats.reads);
    line(text, "total_writes_processed", stats.writes);
    let turns = &stats.turns;
    line(text, "eventloop_cycles", turns.count);
    line(text, "eventloop_duration_sum", turns.nanos / 1000);
    line(text, "eventloop_duration_cmd_sum", stats.command_micros);
    let name = "instantaneous_eventloop_cycles_per_sec";
    line(text, name, whole(recent.turns));
    let each = recent.nanos as f64 / recent.turns.max(1) as f64 / 1000.0;
    let each = each.round() as u64;
    line(text, "instantaneous_eventloop_duration_usec", each);
    // What there is none of: replicas, defragmentation, threads for sockets.
    for name in [
        "total_net_repl_input_bytes",
        "total_net_repl_output_bytes",
        "sync_full",
        "sync_partial_ok",
        "sync_partial_err",
        "slave_expires_tracked_keys",
        "active_defrag_hits",
        "active_defrag_misses",
        "active_defrag_key_hits",
        "active_defrag_key_misses",
        "total_active_defrag_time",
        "current_active_defrag_time",
        "io_threaded_reads_processed",
        "io_threaded_writes_processed",
    ] {
        line(text, name, 0);
    }
    line(text, "evicted_scripts", evicted_scripts);
    line(text, "latest_fork_usec", 0);
    line(text, "total_forks", server.persistence.begun);
    line(text, "migrate_cached_sockets", server.peers.count());
    line(text, "tracking_total_keys", keys);
    line(text, "tracking_total_items", items);
    line(text, "tracking_total_prefixes", prefixes);
    line(text, "unexpected_error_replies", 0);
    line(text, "total_error_replies", stats.errors);
    line(
        text,
        "client_output_buffer_limit_disconnections",
        stats.output_limit_disconnections,
    );
}

/// What only somebody who asks for it by name is shown.
pub(super) fn debug_section(server: &mut Server, text: &mut String) {
    let turns = &server.figures.turns;
    line(text, "eventloop_duration_aof_sum", turns.log / 1000);
    line(text, "eventloop_duration_cron_sum", turns.timers / 1000);
    line(text, "eventloop_duration_max", turns.longest / 1000);
    line(text, "eventloop_cmd_per_cycle_max", turns.most_commands);
}
