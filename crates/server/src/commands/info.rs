//! INFO.

use super::info_keysizes;
use super::info_stats;
use super::memory::Overview;
use crate::config::percentile_text;
use crate::engine::command::Row;
use crate::engine::ctx::Ctx;
use crate::engine::server::Server;
use crate::state::blocking::Wait;
use crate::state::figures::on_a_line;
use crate::state::memory;
use crate::state::persistence::Writing;
use crate::wire::VERSION;
use crate::wire::args::is;
use crate::wire::reply::{CmdResult, Out};
use std::collections::BTreeSet;
use std::fmt::Write;

/// The family's table.
pub const COMMANDS: &[Row] = &[Row::new("info", info)];

/// When a section is shown that is not asked for by its name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// By plain INFO.
    Usually,
    /// By plain INFO, where it does not take long.
    IfQuick,
    /// By INFO ALL.
    WithAll,
    Never,
}
use Shown::{IfQuick, Never, Usually, WithAll};

/// A section's name, its writer, and when it is shown.
type Section = (&'static str, fn(&mut Server, &mut String), Shown);

const SECTIONS: &[Section] = &[
    ("Server", server_section, Usually),
    ("Clients", clients_section, Usually),
    ("Memory", memory_section, Usually),
    ("Persistence", persistence_section, Usually),
    ("Threads", threads_section, Usually),
    ("Stats", info_stats::section, Usually),
    ("Replication", replication_section, Usually),
    ("CPU", cpu_section, Usually),
    ("Modules", |_, _| (), Usually),
    ("Commandstats", commandstats_section, WithAll),
    ("Errorstats", errorstats_section, Usually),
    ("Latencystats", latencystats_section, WithAll),
    (
        "Cluster",
        |_, text| line(text, "cluster_enabled", 0),
        Usually,
    ),
    ("Keyspace", keyspace_section, Usually),
    ("Keysizes", info_keysizes::section, IfQuick),
    ("Debug", info_stats::debug_section, Never),
];

fn info(ctx: &mut Ctx<'_>, argv: &[&[u8]], out: &mut Out) -> CmdResult {
    let asked = &argv[1..];
    let mut text = String::new();
    for (name, write, shown) in SECTIONS {
        let named = |arg: &&[u8]| arg.eq_ignore_ascii_case(name.as_bytes());
        let usual = match shown {
            Usually => true,
            IfQuick => info_keysizes::is_quick(ctx.server),
            WithAll | Never => false,
        };
        let all = |arg: &[u8]| is(arg, "ALL") || is(arg, "EVERYTHING");
        let wanted = (asked.is_empty() && usual)
            || asked.iter().any(|arg| {
                named(arg) || (all(arg) && *shown != Never) || (is(arg, "DEFAULT") && usual)
            });
        if wanted {
            if !text.is_empty() {
                text.push_str("\r\n");
            }
            text.push_str(&format!("# {name}\r\n"));
            write(ctx.server, &mut text);
        }
    }
    out.verbatim("txt", text.as_bytes());
    Ok(())
}

pub(super) fn line(text: &mut String, name: &str, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(text, "{name}:{value}\r\n");
}

/// WebAssembly has no processes.
fn process_id() -> u32 {
    if cfg!(target_family = "wasm") {
        1
    } else {
        std::process::id()
    }
}

fn server_section(server: &mut Server, text: &mut String) {
    let uptime = server.clock.uptime().as_secs();
    line(text, "redis_version", VERSION);
    line(text, "redis_git_sha1", "00000000");
    line(text, "redis_git_dirty", 0);
    line(text, "redis_build_id", "redis-lab");
    line(text, "redis_mode", "standalone");
    line(
        text,
        "os",
        format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
    );
    line(text, "arch_bits", usize::BITS);
    line(text, "process_id", process_id());
    line(text, "process_supervised", "no");
    line(text, "run_id", &server.run_id);
    line(text, "tcp_port", server.settings.port);
    line(text, "server_time_usec", server.clock.micros());
    line(text, "uptime_in_seconds", uptime);
    line(text, "uptime_in_days", uptime / 86_400);
    line(text, "hz", server.settings.hz);
    line(text, "configured_hz", server.settings.hz);
    line(text, "lru_clock", (server.clock.now() / 1000) & 0xFF_FFFF);
    let program = std::env::current_exe().unwrap_or_default();
    line(text, "executable", program.display());
    line(text, "config_file", "");
    line(text, "io_threads_active", 0);
    for (i, listener) in listeners(server).iter().enumerate() {
        line(text, &format!("listener{i}"), listener);
    }
}

/// Where it listens.
fn listeners(server: &Server) -> Vec<String> {
    let settings = &server.settings;
    let tcp = (settings.port != 0).then(|| {
        let binds = settings.bind.split_ascii_whitespace();
        let binds: String = binds.map(|address| format!(",bind={address}")).collect();
        format!("name=tcp{binds},port={}", settings.port)
    });
    let unix = settings.unixsocket.as_ref();
    let unix = unix.map(|path| format!("name=unix,bind={}", path.display()));
    tcp.into_iter().chain(unix).collect()
}

fn clients_section(server: &mut Server, text: &mut String) {
    line(text, "connected_clients", server.clients.len());
    line(text, "cluster_connections", 0);
    line(text, "maxclients", server.settings.maxclients);
    let input = server.clients.iter().map(|c| c.query.capacity()).max();
    let output = server.clients.iter().map(|c| c.output_memory()).max();
    line(text, "client_recent_max_input_buffer", input.unwrap_or(0));
    line(text, "client_recent_max_output_buffer", output.unwrap_or(0));
    let (waiting, with_deadline, awaited) = server.waiting.figures();
    let blocked = waiting + server.clients.held_back();
    line(text, "blocked_clients", blocked);
    line(text, "tracking_clients", server.tracking.clients);
    let clients = server.clients.iter();
    let subscribers = clients.clone().filter(|client| client.is_subscriber());
    line(text, "pubsub_clients", subscribers.count());
    let watching = clients.filter(|client| !client.transaction.watched.is_empty());
    line(text, "watching_clients", watching.count());
    line(text, "clients_in_timeout_table", with_deadline);
    let watched = server.transactions.watched_keys();
    line(text, "total_watched_keys", watched);
    line(text, "total_blocking_keys", awaited);
    let on_nokey = keys_awaited_by_groups(server);
    line(text, "total_blocking_keys_on_nokey", on_nokey);
}

/// For how many keys somebody waits who is to hear, too, that the key is gone:
/// with XREADGROUP.
fn keys_awaited_by_groups(server: &Server) -> usize {
    let blocked = server.clients.iter().filter_map(|c| c.blocked.as_deref());
    let readers = blocked.filter(|blocked| blocked.wait == Wait::Group);
    let keys = readers.flat_map(|reader| reader.keys.iter().map(|key| (reader.db, key)));
    keys.collect::<BTreeSet<_>>().len()
}

/// Bytes for people: `2.33M`.
fn human(bytes: u64) -> String {
    let bytes_f = bytes as f64;
    match bytes {
        0..1024 => format!("{bytes}B"),
        1024..1_048_576 => format!("{:.2}K", bytes_f / 1024.0),
        1_048_576..1_073_741_824 => format!("{:.2}M", bytes_f / 1_048_576.0),
        _ => format!("{:.2}G", bytes_f / 1_073_741_824.0),
    }
}

fn memory_section(server: &mut Server, text: &mut String) {
    let overview = Overview::of(server);
    let (used, resident) = (overview.used as u64, overview.resident as u64);
    let peak = overview.peak as u64;
    let max = server.settings.maxmemory;
    let (scripts, script_bytes) = server.script.figures();
    let (libraries, functions) = server.script.function_figures();
    for (name, bytes) in [
        ("used_memory", used),
        ("used_memory_rss", resident),
        ("used_memory_peak", peak),
    ] {
        line(text, name, bytes);
        line(text, &format!("{name}_human"), human(bytes));
    }
    let percent = used as f64 / peak.max(1) as f64 * 100.0;
    line(text, "used_memory_peak_perc", format!("{percent:.2}%"));
    line(text, "used_memory_overhead", overview.overhead());
    line(text, "used_memory_startup", overview.startup);
    line(text, "used_memory_dataset", overview.dataset());
    let percent = overview.dataset_percent();
    line(text, "used_memory_dataset_perc", format!("{percent:.2}%"));
    for (name, bytes) in [
        ("allocator_allocated", used),
        ("allocator_active", used),
        ("allocator_resident", resident),
        ("allocator_muzzy", 0),
    ] {
        line(text, name, bytes);
    }
    let machine = memory::total().unwrap_or(0) as u64;
    line(text, "total_system_memory", machine);
    line(text, "total_system_memory_human", human(machine));
    let (eval_vm, function_vm) = server.script.interpreter_memory();
    line(text, "used_memory_lua", eval_vm);
    line(text, "used_memory_vm_eval", eval_vm);
    line(text, "used_memory_lua_human", human(eval_vm as u64));
    line(text, "used_memory_scripts_eval", script_bytes);
    line(text, "number_of_cached_scripts", scripts);
    line(text, "number_of_functions", functions);
    line(text, "number_of_libraries", libraries);
    line(text, "used_memory_vm_functions", function_vm);
    line(text, "used_memory_vm_total", eval_vm + function_vm);
    let vms = (eval_vm + function_vm) as u64;
    line(text, "used_memory_vm_total_human", human(vms));
    line(text, "used_memory_functions", 0);
    line(text, "used_memory_scripts", script_bytes);
    line(
        text,
        "used_memory_scripts_human",
        human(script_bytes as u64),
    );
    line(text, "maxmemory", max);
    line(text, "maxmemory_human", human(max));
    line(
        text,
        "maxmemory_policy",
        server.settings.maxmemory_policy.name(),
    );
    let ratio = format!("{:.2}", resident as f64 / used.max(1) as f64);
    let unused = resident as i64 - used as i64;
    // As in MEMORY STATS: what the allocator keeps by itself it does not tell.
    for (name, ratio, bytes) in [
        ("allocator_frag", "1.00", 0),
        ("allocator_rss", ratio.as_str(), unused),
        ("rss_overhead", "1.00", 0),
        ("mem_fragmentation", ratio.as_str(), unused),
    ] {
        line(text, &format!("{name}_ratio"), ratio);
        line(text, &format!("{name}_bytes"), bytes);
    }
    line(text, "mem_not_counted_for_evict", 0);
    line(text, "mem_replication_backlog", 0);
    line(text, "mem_total_replication_buffers", 0);
    line(text, "mem_replica_full_sync_buffer", 0);
    line(text, "mem_clients_slaves", 0);
    line(text, "mem_clients_normal", overview.clients);
    line(text, "mem_cluster_links", 0);
    line(text, "mem_aof_buffer", overview.log);
    line(text, "mem_allocator", server.settings.allocator.name);
    let growing: usize = server.dbs.iter().map(|db| db.keys.former_bytes()).sum();
    line(text, "mem_overhead_db_hashtable_rehashing", growing);
    line(text, "active_defrag_running", 0);
    line(text, "lazyfree_pending_objects", server.lazy_free.pending());
    line(text, "lazyfreed_objects", server.lazy_free.freed());
}

fn persistence_section(server: &mut Server, text: &mut String) {
    let starting = server.starting.as_ref();
    let loading = starting.map(|starting| starting.progress(server.clock.now()));
    line(text, "loading", u8::from(loading.is_some()));
    line(text, "async_loading", 0);
    for name in [
        "current_cow_peak",
        "current_cow_size",
        "current_cow_size_age",
    ] {
        line(text, name, 0);
    }
    let now = server.clock.now() / 1000;
    let (mut saving, mut rewriting) = (None, None);
    let (mut processed, mut total) = (0, 0);
    if let Some(job) = &server.persistence.job {
        (processed, total) = (job.progress.keys(), job.keys);
        match job.what {
            Writing::Snapshot { .. } => saving = Some(now - job.since / 1000),
            Writing::Rewrite { .. } => rewriting = Some(now - job.since / 1000),
        }
    }
    let percent = processed as f64 * 100.0 / total.max(1) as f64;
    line(text, "current_fork_perc", format!("{percent:.2}"));
    line(text, "current_save_keys_processed", processed);
    line(text, "current_save_keys_total", total);
    let status = |failed: bool| if failed { "err" } else { "ok" };
    let seconds = |time: Option<i64>| time.unwrap_or(-1);
    let p = &server.persistence;
    line(text, "rdb_changes_since_last_save", server.dirty);
    line(text, "rdb_bgsave_in_progress", u8::from(saving.is_some()));
    line(text, "rdb_last_save_time", p.last_save);
    line(text, "rdb_last_bgsave_status", status(p.save_failed));
    line(text, "rdb_last_bgsave_time_sec", seconds(p.save_took));
    line(text, "rdb_current_bgsave_time_sec", seconds(saving));
    line(text, "rdb_saves", p.saves);
    line(text, "rdb_last_cow_size", 0);
    line(text, "rdb_last_load_keys_expired", p.keys_expired);
    line(text, "rdb_last_load_keys_loaded", p.keys_loaded);
    line(text, "aof_enabled", u8::from(server.settings.appendonly));
    line(
        text,
        "aof_rewrite_in_progress",
        u8::from(rewriting.is_some()),
    );
    line(text, "aof_rewrite_scheduled", u8::from(p.rewrite_scheduled));
    line(text, "aof_last_rewrite_time_sec", seconds(p.rewrite_took));
    line(text, "aof_current_rewrite_time_sec", seconds(rewriting));
    line(text, "aof_last_bgrewrite_status", status(p.rewrite_failed));
    line(text, "aof_rewrites", p.rewrites);
    line(
        text,
        "aof_rewrites_consecutive_failures",
        p.rewrite_failures,
    );
    let log = &server.append_only;
    line(text, "aof_last_write_status", status(log.fails()));
    line(text, "aof_last_cow_size", 0);
    line(text, "module_fork_in_progress", 0);
    line(text, "module_fork_last_cow_size", 0);
    if server.settings.appendonly {
        let (size, base) = log.sizes();
        line(text, "aof_current_size", size);
        line(text, "aof_base_size", base);
        line(text, "aof_pending_rewrite", 0);
        line(text, "aof_buffer_length", log.waiting());
        line(text, "aof_pending_bio_fsync", 0);
        line(text, "aof_delayed_fsync", 0);
    }
    if let Some(loading) = loading {
        let percent = loading.read as f64 * 100.0 / loading.total.max(1) as f64;
        line(text, "loading_start_time", loading.since);
        line(text, "loading_total_bytes", loading.total);
        line(text, "loading_rdb_used_mem", loading.used_memory);
        line(text, "loading_loaded_bytes", loading.read);
        line(text, "loading_loaded_perc", format!("{percent:.2}"));
        line(text, "loading_eta_seconds", loading.rest);
    }
}

/// One thread does all.
fn threads_section(server: &mut Server, text: &mut String) {
    let clients = server.clients.len();
    let (reads, writes) = (server.figures.reads, server.figures.writes);
    let main = format!("clients={clients},reads={reads},writes={writes}");
    line(text, "io_thread_0", main);
}

fn replication_section(server: &mut Server, text: &mut String) {
    line(text, "role", "master");
    line(text, "connected_slaves", 0);
    line(text, "master_failover_state", "no-failover");
    line(text, "master_replid", &server.run_id);
    line(text, "master_replid2", "0".repeat(40));
    line(text, "master_repl_offset", 0);
    line(text, "second_repl_offset", -1);
    line(text, "repl_backlog_active", 0);
    line(text, "repl_backlog_size", 1_048_576);
    line(text, "repl_backlog_first_byte_offset", 0);
    line(text, "repl_backlog_histlen", 0);
}

/// The time spent on commands; what the system spent for us is not known
/// without asking it in a platform's own way.
fn cpu_section(server: &mut Server, text: &mut String) {
    let micros: u64 = server.figures.by_command.iter().map(|s| s.micros).sum();
    let seconds = micros as f64 / 1e6;
    line(text, "used_cpu_sys", "0.000000");
    line(text, "used_cpu_user", format!("{seconds:.6}"));
    line(text, "used_cpu_sys_children", "0.000000");
    line(text, "used_cpu_user_children", "0.000000");
    line(text, "used_cpu_sys_main_thread", "0.000000");
    line(text, "used_cpu_user_main_thread", format!("{seconds:.6}"));
}

fn commandstats_section(server: &mut Server, text: &mut String) {
    for (command, stats) in server.commands.all().iter().zip(&server.figures.by_command) {
        if stats.calls + stats.rejected > 0 {
            let each = stats.micros as f64 / stats.calls.max(1) as f64;
            let value = format!(
                "calls={},usec={},usec_per_call={each:.2},rejected_calls={},failed_calls={}",
                stats.calls, stats.micros, stats.rejected, stats.failed
            );
            line(text, &format!("cmdstat_{}", command.name()), value);
        }
    }
}

fn errorstats_section(server: &mut Server, text: &mut String) {
    for (code, count) in &server.figures.errors_by_code {
        let code = on_a_line(code);
        line(text, &format!("errorstat_{code}"), format!("count={count}"));
    }
}

fn latencystats_section(server: &mut Server, text: &mut String) {
    let percentiles = &server.settings.latency_percentiles;
    for (command, stats) in server.commands.all().iter().zip(&server.figures.by_command) {
        if let Some(histogram) = &stats.latency {
            let shown: Vec<String> = percentiles
                .iter()
                .map(|percent| {
                    let micros = histogram.percentile(*percent) as f64 / 1000.0;
                    format!("p{}={micros:.3}", percentile_text(*percent))
                })
                .collect();
            let name = format!("latency_percentiles_usec_{}", command.name());
            line(text, &name, shown.join(","));
        }
    }
}

fn keyspace_section(server: &mut Server, text: &mut String) {
    let now = server.clock.now();
    for (i, db) in server.dbs.iter().enumerate() {
        if !db.is_empty() {
            let value = format!(
                "keys={},expires={},avg_ttl={},subexpiry={}",
                db.len(),
                db.volatile_len(),
                db.average_ttl(now),
                db.timed_hashes()
            );
            line(text, &format!("db{i}"), value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::human;

    #[test]
    fn sizes_are_shown_as_info_shows_them() {
        assert_eq!(human(12), "12B");
        assert_eq!(human(37_888), "37.00K");
        assert_eq!(human(2_448_128), "2.33M");
    }
}
