#!/usr/bin/env bash
# Plays a class of ten in Chromium and in Firefox, each student in a browser of
# his own, with a hub that is killed and goes on.
#
#   NODE_PATH=.../node_modules tests/browser/class.sh [FOLDER FOR SCREENSHOTS]
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
for browser in ${BROWSERS:-chromium firefox}; do
  timeout 1200 node tests/browser/class.js "$browser" target/debug/redis-lab "$work/$browser" "${1:-$work}"
done
