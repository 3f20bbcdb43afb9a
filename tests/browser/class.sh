#!/usr/bin/env bash
# Plays a class of ten in Chromium, each in a browser of his own, with a hub that
# is killed and goes on.
#
#   NODE_PATH=.../node_modules CHROMIUM=/usr/bin/chromium tests/browser/class.sh [FOLDER FOR SCREENSHOTS]
#
# Needs playwright-core and axe-core in NODE_PATH, and what packaging/web needs.
# REDIS_LAB_PAGE names a module that is there already.
set -euo pipefail
cd "$(dirname "$0")/../.."

REDIS_LAB_PAGE=${REDIS_LAB_PAGE:-$(packaging/web)}
export REDIS_LAB_PAGE
cargo build --locked --quiet
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
timeout 1200 node tests/browser/class.js target/debug/redis-lab "$work/class" "${1:-$work}"
