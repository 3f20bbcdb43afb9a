#!/usr/bin/env bash
# Makes the page of the course, compares its server with the native one, writes
# the page into a folder as `redis-lab export web` does, and plays it from there in
# Chromium and in Firefox.
#
#   NODE_PATH=.../node_modules tests/browser/course.sh [FOLDER FOR SCREENSHOTS] [SECTION...]
#
# Needs puppeteer-core and axe-core in NODE_PATH, Debian's chromium and
# firefox-esr (BROWSERS leaves one out), and what packaging/web needs.
# REDIS_LAB_PAGE names a module that is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

REDIS_LAB_PAGE=${REDIS_LAB_PAGE:-$(packaging/web)}
export REDIS_LAB_PAGE
cargo build --locked --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

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

# The differential cases, on the module that node runs.
[ $# -gt 1 ] || cargo test --locked --quiet --test differential the_page -- --ignored

shots=${1:-$work}
[ $# = 0 ] || shift
for browser in ${BROWSERS:-chromium firefox}; do
  timeout 1500 node tests/browser/course.js "$browser" "$work/page" target/debug/redis-lab "$shots" "$@"
done
