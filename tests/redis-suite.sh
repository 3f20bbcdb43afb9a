#!/bin/sh
# Runs Redis's own test suite on the built-in server.
#
#   tests/redis-suite.sh REDIS-SOURCE-DIRECTORY [FILE...]
#   MODE=normal tests/redis-suite.sh REDIS-SOURCE-DIRECTORY [FILE...]
#
# Needs tclsh, redis-cli, and redis-benchmark. As an *external* server, which
# the suite does not start (the default), every file meets a new one on a port
# of loopback (PORT, 7731 unless set). In the suite's *normal* mode it starts
# its servers itself, as many as a test wants and with the configuration it
# wants: a stand-in for redis-server, `redis-suite-server`, starts ours (needs
# Python 3). Prints what failed and how many tests passed; REDIS_LAB is the
# program, target/dist/redis-lab unless set. What is left out by the tags needs
# replicas, DEBUG or much memory. What is known to remain, and why.
#
# As an external server:
# - unit/latency-monitor, "LATENCY of expire events" (and the graph of them, in it): a
#   million members are freed between turns, so expiring the key takes 1 ms, not the
#   20 at which the test expects a sample;
# - unit/type/string, "trim on SET with big value": asked of jemalloc only.
#
# In the normal mode:
# - no replication: auth "MASTERAUTH test ..." (both), maxmemory "propagation with
#   eviction" (both), "slave buffer ...", "replica buffer ...", pubsubshard
#   "setup replication ...", aof-multi-part "... master_repl_offset ..." (both),
#   "... add the end offset ...", networking "CONFIG SET bind-source-addr", scripting
#   "allow-stale ..." and "no-writes ... on replica", functions "... allow stale",
#   lazyfree "... via REPLICAOF command", oom-score-adj "... works as expected", six of
#   stream-cgroups that begin with a replica, dismiss-mem "dismiss replication backlog";
# - no cluster: other "... incompatible with cluster mode" (eight) and
#   "cluster-compatibility-sample-ratio ...";
# - no configuration file: acl "ACL from config file and config rewrite", aof
#   "Allow changing appendonly config while loading ..." (both), networking "Default
#   bind address ...", introspection "CONFIG REWRITE ..." (four) and "redis-server
#   command line arguments ..." (three), other "Process title ..." (which names it, and
#   which ours does not set);
# - no threads for sockets: introspection "IO threads client number", "Clients are
#   evenly distributed ...";
# - no child process that writes a snapshot or rewrites the log, so no page of memory
#   is copied: rdb "Test child sending info" (where the suite kills that process or
#   looks for the file with its number, `redis-suite-server` has one: killed, it tells
#   ours with DEBUG that the writing has failed);
# - memefficiency "Active defrag ..." (eight) are asked of jemalloc only; Debian's build
#   of redis-server passes them without defragmenting, for its jemalloc cannot either.
#
# An exception ends a file. In maxmemory "slave buffer ..." and "replica buffer ..." are
# left out, so that what follows them is run.
#
# On redis-server 8.0.2 fail, too: rdb "Server started empty with ..." (both). The
# redis-check-aof on PATH has to be that of Redis 8 for aof "Test redis-check-aof for
# old style resp AOF - has data in the same format as manifest".
set -eu

mode=${MODE:-external}
[ $# -gt 0 ] || { sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0" >&2; exit 2; }
here=$(dirname "$(realpath "$0")")
source=$1
shift
[ -f "$source/tests/test_helper.tcl" ] || { echo "$source: not the source of Redis" >&2; exit 2; }
lab=$(realpath "${REDIS_LAB:-target/dist/redis-lab}")
port=${PORT:-7731}
if [ "$mode" = normal ]; then
    [ $# -gt 0 ] || set -- unit/auth unit/acl unit/acl-v2 unit/info unit/maxmemory \
        unit/client-eviction unit/obuf-limits unit/shutdown unit/limits unit/networking \
        unit/memefficiency unit/pubsubshard unit/replybufsize unit/querybuf unit/info-keysizes \
        unit/introspection unit/multi unit/scripting unit/functions unit/other unit/lazyfree \
        unit/type/stream-cgroups unit/oom-score-adj unit/aofrw integration/rdb integration/aof \
        integration/aof-multi-part integration/redis-cli integration/redis-benchmark \
        integration/dismiss-mem integration/convert-ziplist-hash-on-load \
        integration/convert-ziplist-zset-on-load integration/convert-zipmap-hash-on-load
fi
[ $# -gt 0 ] || set -- unit/type/string unit/type/incr unit/type/list unit/type/list-2 \
    unit/type/list-3 unit/type/set unit/type/zset unit/type/hash unit/type/stream \
    unit/type/stream-cgroups unit/keyspace unit/scan unit/sort unit/expire unit/multi \
    unit/bitops unit/bitfield unit/geo unit/hyperloglog unit/dump unit/lazyfree \
    unit/scripting unit/functions unit/pubsub unit/tracking unit/pause unit/protocol \
    unit/introspection unit/introspection-2 unit/info-command unit/info-keysizes unit/slowlog \
    unit/latency-monitor unit/acl unit/acl-v2 unit/auth unit/other unit/quit
dir=$(mktemp -d)
server=
trap 'kill $server 2>/dev/null || true; [ -n "${KEEP:-}" ] && cp "$dir/log" "$KEEP"; rm -rf "$dir"' EXIT INT TERM

# The suite looks for Redis's programs in its own source.
cp -R "$source/tests" "$source/utils" "$dir"
unit=tests/unit/maxmemory.tcl
sed '/^test_slave_buffers /d' "$source/$unit" >"$dir/$unit"
mkdir "$dir/src" "$dir/data"
for program in redis-cli redis-benchmark redis-check-rdb redis-check-aof; do
    ln -s "$(command -v "$program")" "$dir/src/$program"
done
cp "$here/redis-suite-server" "$dir/src/redis-server"
export REDIS_LAB="$lab"

failed=0
# What one run printed: how many passed, and what failed.
report() {
    sed "s/$(printf '\033')\\[[0-9;]*m//g" "$dir/colored" >"$dir/log"
    echo "$1: $(grep -ac '\[ok\]' "$dir/log" || true) passed"
    grep -aE '\[(err|exception|timeout)\]' "$dir/log" | sort -u || true
}

# Runs a file with these arguments.
run() {
    (cd "$dir" && timeout "${TIMEOUT:-600}" tclsh tests/test_helper.tcl --single "$@" \
        --tags "$tags") >"$dir/colored" 2>&1 || failed=1
}

tags="-needs:repl -needs:debug -large-memory"
[ "$mode" = normal ] && tags="$tags -repl -cluster"
failed=0
for file in "$@"; do
    if [ "$mode" = normal ]; then
        run "$file" --durable --clients 1 --baseport "$port"
        report "$file"
        continue
    fi
    rm -rf "$dir/data"/*
    "$lab" serve --port "$port" --dir "$dir/data" >/dev/null 2>&1 &
    server=$!
    until redis-cli -p "$port" ping >/dev/null 2>&1; do
        kill -0 "$server" || { echo "the server does not start on port $port" >&2; exit 4; }
    done
    run "$file" --host 127.0.0.1 --port "$port"
    report "$file"
    kill -9 "$server"
    wait "$server" 2>/dev/null || true
done
exit $failed
