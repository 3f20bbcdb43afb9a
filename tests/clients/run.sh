#!/bin/sh
# Real clients against the built-in server, unmodified.
#
#   tests/clients/run.sh [redis_cli] [redis_py] [ioredis] [celery]
#
# Runs the named checks (all of them without names) against a `redis-lab serve`
# of its own. Needs redis-cli and redis-benchmark, Python 3 with venv, Node.js
# with npm; what cannot be run is a failure. PyPI and npm packages go into a
# temporary directory (set CLIENTS_CACHE to keep them).
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
lab=${REDIS_LAB:-$root/target/debug/redis-lab}
work=$(mktemp -d)
cache=${CLIENTS_CACHE:-$work}
server=
stop() {
    [ -z "$server" ] || kill "$server" 2>/dev/null || true
    rm -rf "$work"
}
trap stop EXIT INT TERM

[ -x "$lab" ] || { echo "build first: cargo build ($lab is missing)" >&2; exit 1; }
# It may be looked at before the server has begun to write.
: >"$work/serve"
"$lab" serve --port 0 >"$work/serve" 2>&1 &
server=$!
port=
n=0
while [ -z "$port" ]; do
    port=$(sed -n 's/.*serving on 127\.0\.0\.1:\([0-9]*\).*/\1/p' "$work/serve")
    n=$((n + 1))
    [ "$n" -lt 100 ] || { cat "$work/serve" >&2; exit 1; }
    sleep 0.1
done

python() {
    if [ ! -x "$cache/venv/bin/python" ]; then
        python3 -m venv "$cache/venv"
        "$cache/venv/bin/pip" install -q redis celery packaging
    fi
    "$cache/venv/bin/python" "$@"
}

# shellcheck disable=SC2048
for check in ${*:-redis_cli redis_py ioredis celery}; do
    case $check in
    redis_cli) sh "$here/redis_cli.sh" "$port" ;;
    redis_py) python "$here/redis_py.py" "$port" ;;
    ioredis)
        [ -d "$cache/node_modules/ioredis" ] || npm install --silent --prefix "$cache" ioredis >/dev/null
        NODE_PATH="$cache/node_modules" node "$here/ioredis.js" "$port"
        ;;
    celery) REDIS_URL="redis://127.0.0.1:$port/0" PYTHONPATH="$here" python "$here/celery_client.py" ;;
    *) echo "unknown check: $check" >&2; exit 2 ;;
    esac
    echo "$check: ok"
done
