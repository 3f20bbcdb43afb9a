#!/usr/bin/env bash
# Begins a class and tries its board in Chromium, with students who report over
# HTTP.
#
#   NODE_PATH=.../node_modules CHROMIUM=/usr/bin/chromium tests/browser/board.sh [FOLDER FOR SCREENSHOTS]
#
# Needs playwright-core and axe-core in NODE_PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --locked --quiet
work=$(mktemp -d)
class=
cleanup() {
  [ -z "$class" ] || kill "$class" 2>/dev/null || true
  [ -z "$class" ] || wait "$class" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

target/debug/redis-lab --json classroom --bind 127.0.0.1 --port 0 --board-port 0 --names free >"$work/log" &
class=$!
# The first line says where everything is.
for _ in $(seq 300); do
  [ -s "$work/log" ] && break
  sleep 0.1
done
told() { sed -n "1s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$work/log"; }
[ -n "$(told board)" ] || { echo "the class did not begin:" >&2; cat "$work/log" >&2; exit 1; }
timeout 600 node tests/browser/board.js "$(told board)" "$(told url)" "$(told code)" target/debug/redis-lab "${1:-$work}"
