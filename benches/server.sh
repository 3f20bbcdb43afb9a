#!/bin/sh
# The built-in server's speed as ratios to redis-server's, both measured by
# redis-benchmark in one run on this machine.
#
#   benches/server.sh [path to redis-lab]
#
# Prints the table of the README; about three minutes on a quiet machine.
# Needs redis-server and redis-benchmark on PATH, Python 3 for the time to the
# first reply. The two servers take turns,
# ROUNDS times, and the best of each counts: noise only ever slows down. Next
# to requests per second stands the processor time a request costs the server
# (Linux only), which other programs on the machine hardly disturb.
set -eu

lab=${1:-target/dist/redis-lab}
tests=${TESTS:-set get incr lpush rpop sadd hset zadd lrange_100 eval eval_set_get eval_10_incr}
requests=${REQUESTS:-200000}
rounds=${ROUNDS:-3}
dir=$(mktemp -d)
trap 'kill $real $ours 2>/dev/null; rm -rf "$dir"' EXIT INT TERM
real='' ours=''

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

# Runs redis-benchmark on a socket with a pipeline: one of its own tests, or a script.
benchmark() {
    socket=$1 pipeline=$2 test=$3
    set -- -s "$socket" -n "$requests" -c 50 -P "$pipeline" -r 100000 --csv
    case $test in
    eval) set -- "$@" eval 'return 1' 0 ;;
    eval_set_get) set -- "$@" eval "redis.call('set', KEYS[1], ARGV[1]) return redis.call('get', KEYS[1])" 1 key:__rand_int__ v ;;
    eval_10_incr) set -- "$@" eval "for i = 1, 10 do redis.call('incr', KEYS[1]) end" 1 n:__rand_int__ ;;
    *) set -- "$@" -t "$test" ;;
    esac
    redis-benchmark "$@" 2>/dev/null | tail -n 1 | tr -d '"' | awk -F, '{ print $(NF - 6) }'
}

# Appends "test pipeline server requests-per-second microseconds" to results.
measure() {
    before=$(cpu "$2")
    rate=$(benchmark "$dir/$1" "$3" "$4")
    after=$(cpu "$2")
    echo "$4 $3 $1 $rate $(awk -v a="$before" -v b="$after" -v n="$requests" 'BEGIN { print (b - a) / n / 1000 }')" >>"$dir/results"
}

for _ in $(seq "$rounds"); do
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

# Idle: the share of one processor in five seconds.
before=$(cpu "$ours")
sleep 5
idle=$(awk -v a="$before" -v b="$(cpu "$ours")" 'BEGIN { printf "%.3f", (b - a) / 5e7 }')

# A million keys of 16 bytes with values of 3 bytes: bytes for each.
per_key() {
    info() { redis-cli -s "$dir/$1" info memory | tr -d '\r' | awk -F: '$1 == "used_memory" { print $2 }'; }
    redis-cli -s "$dir/$1" flushall >/dev/null
    empty=$(info "$1")
    redis-benchmark -s "$dir/$1" -t set -n 1000000 -r 1000000000 -d 3 -P 64 -q >/dev/null 2>&1
    keys=$(redis-cli -s "$dir/$1" dbsize | tr -cd '0-9')
    awk -v a="$empty" -v b="$(info "$1")" -v n="$keys" 'BEGIN { printf "%.1f", (b - a) / n }'
}

# From the start of the process to its first reply: the best of 30, ms.
first_reply() {
    python3 - "$dir/first" "$@" <<'EOF'
import os, socket, subprocess, sys, time
path, command, best = sys.argv[1], sys.argv[2:], 1e9
for _ in range(30):
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while True:
        try:
            client = socket.socket(socket.AF_UNIX)
            client.connect(path)
            client.sendall(b"PING\r\n")
            client.recv(7)
            break
        except OSError:
            client.close()
    best = min(best, time.perf_counter() - begun)
    server.kill()
    server.wait()
    client.close()
    if os.path.exists(path):
        os.remove(path)
print("%.1f" % (best * 1000))
EOF
}

echo
echo "| | redis-server | built-in |"
echo "|---|---|---|"
echo "| bytes for a key of 16 bytes with 3 bytes | $(per_key real) | $(per_key ours) |"
echo "| start to first reply, ms | $(first_reply redis-server --port 0 --unixsocket "$dir/first" --save '' --dir "$dir") | $(first_reply "$lab" serve --port 0 --unixsocket "$dir/first") |"
echo "| processor time when idle, % | | $idle |"
