#!/bin/sh
# The built-in server's speed as ratios to redis-server's, both measured by
# redis-benchmark in one run on this machine.
#
#   benches/server.sh [path to redis-lab]
#
# Needs redis-server and redis-benchmark on PATH. The two servers take turns,
# ROUNDS times, and the best of each counts: noise only ever slows down. Next
# to requests per second stands the processor time a request costs the server
# (Linux only), which other programs on the machine hardly disturb.
set -eu

lab=${1:-target/release/redis-lab}
tests=${TESTS:-set get incr lpush rpop sadd hset zadd lrange_100}
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

# The nanoseconds a process has run for, all threads together.
cpu() {
    cat /proc/"$1"/task/*/schedstat 2>/dev/null | awk '{ n += $1 } END { printf "%.0f", n }'
}

# Appends "test pipeline server requests-per-second microseconds" to results.
measure() {
    before=$(cpu "$2")
    rate=$(redis-benchmark -s "$dir/$1" -t "$4" -n "$requests" -c 50 -P "$3" -r 100000 --csv 2>/dev/null |
        tail -n 1 | tr -d '"' | awk -F, '{ print $2 }')
    after=$(cpu "$2")
    echo "$4 $3 $1 $rate $(awk -v a="$before" -v b="$after" -v n="$requests" 'BEGIN { print (b - a) / n / 1000 }')" >>"$dir/results"
}

for round in $(seq "$rounds"); do
    for pipeline in 1 16; do
        for test in $tests; do
            measure real "$real" "$pipeline" "$test"
            measure ours "$ours" "$pipeline" "$test"
        done
    done
done

echo "| test | pipeline | redis-server req/s | built-in req/s | ratio | redis-server CPU us | built-in CPU us | ratio |"
echo "|---|---|---|---|---|---|---|---|"
awk '{ key = $1 " " $2; if (!(key in seen)) { order[++n] = key; seen[key] = 1 }
       if ($4 > best[key, $3]) best[key, $3] = $4
       if (!((key, $3) in cost) || $5 < cost[key, $3]) cost[key, $3] = $5 }
     END { for (i = 1; i <= n; i++) { key = order[i]; split(key, part, " ")
           r = best[key, "real"]; o = best[key, "ours"]; rc = cost[key, "real"]; oc = cost[key, "ours"]
           printf "| %s | %s | %d | %d | %.2f | %.2f | %.2f | %.2f |\n", part[1], part[2], r, o, o / r, rc, oc, (oc > 0 ? rc / oc : 0) } }' "$dir/results"
