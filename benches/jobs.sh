#!/usr/bin/env bash
# Measures the job system beside Celery, on one machine in one run, and prints
# the table of the README.
#
#   benches/jobs.sh                     about two minutes on two quiet cores
#   ROUNDS=1 FAULTS=no benches/jobs.sh  one round, nothing broken on purpose
#
# Needs redis-server, a Rust toolchain and Python 3 with venv; Celery, redis-py
# and Pillow come from PyPI into target/celery. Each program is measured ROUNDS
# times, in turn, and the best of its figures counts: noise only ever makes
# them worse. Every server and worker started here is ended here.
set -euo pipefail
cd "$(dirname "$0")/.."

rounds=${ROUNDS:-2} faults=${FAULTS:-yes}
venv=${VENV:-target/celery}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

command -v redis-server >/dev/null || { echo "jobs.sh: there is no redis-server" >&2; exit 1; }
cargo build --locked --profile dist --quiet
[ -x "$venv/bin/celery" ] || python3 -m venv "$venv"
"$venv/bin/pip" install --quiet --disable-pip-version-check celery redis pillow packaging
"$venv/bin/python" benches/celery/images.py "$work"
images="$work/photo12mp.jpg $work/screenshot2mp.png"

ours() {
  # shellcheck disable=SC2046,SC2086
  target/dist/redis-lab --json --server spawn thumbnail bench "$@" \
    $(printf -- '--image %s ' $images)
}
celery() {
  # shellcheck disable=SC2086
  "$venv/bin/python" benches/celery/bench.py --json "$@" $images
}

for round in $(seq "$rounds"); do
  echo "round $round of $rounds, load average $(cut -d' ' -f1 /proc/loadavg)" >&2
  # What breaks things takes long and gives the same every time.
  quick=--no-faults
  [ "$round" = "$rounds" ] && [ "$faults" = yes ] && quick=
  # shellcheck disable=SC2086
  celery $quick --jobs "${CELERY_JOBS:-2000}" --copies 20 >>"$work/celery.json"
  # shellcheck disable=SC2086
  ours $quick --jobs "${JOBS:-20000}" --copies 200 >>"$work/ours.json"
done
"$venv/bin/python" benches/table.py "$work/celery.json" "$work/ours.json"
