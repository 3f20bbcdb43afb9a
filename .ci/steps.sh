# shellcheck shell=bash
# What the two gates share; they source it. `step TITLE` begins a step and says
# how long the one before it took; `leave_out WHY` says what this machine cannot
# have.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=never

name="" begun=$SECONDS
took() { [ -z "$name" ] || printf '<== %s s: %s\n' "$((SECONDS - begun))" "$name"; }
step() {
  took
  name=$* begun=$SECONDS
  printf '\n==> %s\n' "$*"
}
leave_out() { printf 'left out: %s\n' "$*"; }

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo
# Installs those of Debian's packages whose program is not here:
# `install_for PROGRAM=PACKAGE...`
install_for() {
  local pair missing=()
  for pair; do
    command -v "${pair%%=*}" >/dev/null || missing+=("${pair#*=}")
  done
  [ "${#missing[@]}" = 0 ] && return
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}"
}
