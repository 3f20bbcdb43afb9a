#!/usr/bin/env bash
# Serves the upload page from a fresh build and tries it in Chromium.
#
#   NODE_PATH=.../node_modules CHROMIUM=/usr/bin/chromium tests/browser/run.sh [FOLDER FOR SCREENSHOTS]
#
# Needs playwright-core in NODE_PATH.
set -euo pipefail
cd "$(dirname "$0")/../.."

cargo build --locked --quiet
work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

target/debug/redis-lab --json thumbnail serve --port 0 --media "$work/media" >"$work/log" &
server=$!
# The first line says where it serves.
for _ in $(seq 300); do
  [ -s "$work/log" ] && break
  sleep 0.1
done
url=$(sed -n '1s/.*"url":"\([^"]*\)".*/\1/p' "$work/log")
[ -n "$url" ] || { echo "the page was not served:" >&2; cat "$work/log" >&2; exit 1; }
timeout 300 node tests/browser/upload.js "$url" crates/thumbnail/src/tatry.jpg "${1:-$work}"
