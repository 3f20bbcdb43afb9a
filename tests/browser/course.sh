#!/usr/bin/env bash
# Makes the page of the course, writes it into a folder as `redis-lab export web`
# does, serves that by Python's web server, and plays it in Chromium.
#
#   NODE_PATH=.../node_modules CHROMIUM=/usr/bin/chromium tests/browser/course.sh [FOLDER FOR SCREENSHOTS] [SECTION...]
#
# Needs playwright-core and axe-core in NODE_PATH, and what packaging/web needs.
set -euo pipefail
cd "$(dirname "$0")/../.."

REDIS_LAB_PAGE=$(packaging/web)
export REDIS_LAB_PAGE
cargo build --locked --quiet
work=$(mktemp -d)
server=
cleanup() {
  [ -z "$server" ] || kill "$server" 2>/dev/null || true
  [ -z "$server" ] || wait "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap cleanup EXIT

target/debug/redis-lab export web "$work/page"
# What a visitor downloads, as web servers compress it.
node -e '
const fs = require("fs"), zlib = require("zlib");
const folder = process.argv[1];
let own = 0, all = 0;
for (const name of fs.readdirSync(folder)) {
  const bytes = fs.readFileSync(`${folder}/${name}`);
  if (!name.endsWith(".wasm")) own += bytes.length;
  all += zlib.brotliCompressSync(bytes).length;
}
console.log(`the page itself ${own} bytes, everything ${all} bytes by brotli`);
if (own > 60000 || all > 2500000) process.exit(1);
' "$work/page"

python3 -u -m http.server --bind 127.0.0.1 --directory "$work/page" 0 >"$work/log" 2>&1 &
server=$!
# Its first line says where it serves.
for _ in $(seq 300); do
  grep -q http "$work/log" && break
  sleep 0.1
done
url=$(sed -n 's/.*(\(http[^)]*\)).*/\1/p' "$work/log" | head -1)
[ -n "$url" ] || { echo "the page was not served:" >&2; cat "$work/log" >&2; exit 1; }
shots=${1:-$work}
[ $# = 0 ] || shift
timeout 1500 node tests/browser/course.js "$url" target/debug/redis-lab "$shots" "$@"
