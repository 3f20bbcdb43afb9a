#!/bin/sh
# redis-cli and redis-benchmark against a server: scanning, big keys, scripts
# from a file, MONITOR, SUBSCRIBE, the default benchmark. $1 is the port.
set -eu
cli="redis-cli -p $1"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

fail() {
    echo "redis-cli: $1" >&2
    exit 1
}

# Waits until a command's output holds a text, at most ten seconds.
until_holds() {
    n=0
    until grep -q "$2" "$1"; do
        n=$((n + 1))
        [ "$n" -lt 100 ] || fail "$1 never held: $2"
        sleep 0.1
    done
}

$cli flushall >/dev/null
i=0
while [ "$i" -lt 500 ]; do
    echo "SET key:$i value"
    i=$((i + 1))
done | $cli >/dev/null
[ "$($cli --scan --pattern 'key:*' | sort -u | wc -l)" -eq 500 ] || fail "--scan does not find all keys"
$cli rpush list a b c >/dev/null
$cli --bigkeys | grep -q 'Biggest *list found.*list.*3 items' || fail "--bigkeys does not find the list"
$cli --memkeys | grep -q 'Sampled 501 keys' || fail "--memkeys does not see all keys"
echo 'return KEYS[1] .. ARGV[1]' >"$work/script.lua"
[ "$($cli --eval "$work/script.lua" k , v)" = kv ] || fail "--eval"
[ "$($cli -3 --json hgetall nothing)" = '{}' ] || fail "RESP3 and --json"

$cli monitor >"$work/monitor" &
monitor=$!
until_holds "$work/monitor" OK
$cli set seen yes >/dev/null
until_holds "$work/monitor" '"set" "seen" "yes"'
kill "$monitor"

$cli subscribe news >"$work/subscribe" &
subscriber=$!
until_holds "$work/subscribe" subscribe
[ "$($cli publish news hello)" = 1 ] || fail "PUBLISH reaches nobody"
until_holds "$work/subscribe" hello
kill "$subscriber"

redis-benchmark -p "$1" -q -n 2000 --csv >"$work/benchmark"
[ "$(wc -l <"$work/benchmark")" -ge 20 ] || fail "redis-benchmark left tests out"
$cli flushall >/dev/null
