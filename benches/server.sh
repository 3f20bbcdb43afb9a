#!/bin/sh
# The built-in server's throughput as a ratio to redis-server's, both measured
# by redis-benchmark in one run on this machine.
#
#   benches/server.sh [path to redis-lab]
#
# Needs redis-server and redis-benchmark on PATH. The two servers take turns,
# ROUNDS times, and the best of each counts: noise only ever slows down.
set -eu

lab=${1:-target/release/redis-lab}
tests=${TESTS:-set,get,incr,lpush,rpop,sadd,hset,zadd,lrange_100}
requests=${REQUESTS:-200000}
rounds=${ROUNDS:-3}
dir=$(mktemp -d)
trap 'kill $real $ours 2>/dev/null; rm -rf "$dir"' EXIT INT TERM
real= ours=

redis-server --port 0 --unixsocket "$dir/real" --save '' --appendonly no --dir "$dir" >/dev/null &
real=$!
"$lab" serve --port 0 --unixsocket "$dir/ours" >/dev/null &
ours=$!
for socket in "$dir/real" "$dir/ours"; do
    until redis-cli -s "$socket" ping >/dev/null 2>&1; do :; done
done

# Appends "test pipeline server requests-per-second" lines to results.
measure() {
    redis-cli -s "$dir/$1" flushall >/dev/null
    redis-benchmark -s "$dir/$1" -t "$tests" -n "$requests" -c 50 -P "$2" -r 100000 --csv 2>/dev/null |
        tail -n +2 | tr -d '"' | awk -F, -v p="$2" -v s="$1" '{ sub(/ \(.*/, "", $1); gsub(/ /, "_", $1); print $1, p, s, $2 }' >>"$dir/results"
}

for round in $(seq "$rounds"); do
    for pipeline in 1 16; do
        measure real "$pipeline"
        measure ours "$pipeline"
    done
done

echo "| test | pipeline | redis-server | built-in | ratio |"
echo "|---|---|---|---|---|"
awk '{ key = $1 " " $2; if (!(key in seen)) { order[++n] = key; seen[key] = 1 }
       if ($4 > best[key, $3]) best[key, $3] = $4 }
     END { for (i = 1; i <= n; i++) { key = order[i]; split(key, part, " ")
           printf "| %s | %s | %d | %d | %.2f |\n", part[1], part[2], best[key, "real"], best[key, "ours"], best[key, "ours"] / best[key, "real"] } }' "$dir/results"
