# shellcheck shell=bash
# What the trials of this folder share; they source it. A trial installs what is
# in target/packages as its user would, where nothing else is, and plays it.
. "$(dirname "${BASH_SOURCE[0]}")/../common.sh"

as_root=""
[ "$(id -u)" = 0 ] || as_root=sudo

# Installs Debian's packages that are not here yet: `need PROGRAM PACKAGE...`
need() {
  local program=$1
  shift
  command -v "$program" >/dev/null && return
  $as_root apt-get update -qq
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# Plays every lesson in both languages on the built-in server with the command
# that is given, which must end with 0 and say so in its language.
play() {
  local lang log="$WORK/played.log" begun code
  for lang in en pl; do
    begun=$SECONDS
    code=0
    "$@" all --no-pause --server builtin --lang "$lang" </dev/null >"$log" 2>&1 || code=$?
    [ "$code" = 0 ] || { grep "^!" "$log" || tail -25 "$log"; fail "exit code $code of all --lang $lang"; }
    grep -q "$(played_as "$lang")" "$log" || { tail -25 "$log"; fail "all --lang $lang has not played the lists"; }
    echo "all --lang $lang: exit 0, $(wc -l <"$log") lines, $((SECONDS - begun)) s"
  done
}

played_as() {
  case $1 in
    en) echo '^Lists: queues with two ends' ;;
    pl) echo '^Listy: kolejki o dwóch końcach' ;;
  esac
}

# A root of Debian with its essential packages and nothing else: `new_root SUITE
# FOLDER`. It is made once and copied, as a trial leaves things in it.
new_root() {
  local suite=$1 root=$2 kept="$WORK/roots/$1"
  need debootstrap debootstrap
  if [ ! -e "$kept/made" ]; then
    $as_root rm -rf "$kept"
    mkdir -p "$WORK/roots"
    $as_root debootstrap --variant=minbase "$suite" "$kept" >"$WORK/roots/$suite.log" 2>&1 ||
      { tail -5 "$WORK/roots/$suite.log"; fail "debootstrap cannot make a root of $suite"; }
    $as_root touch "$kept/made"
  fi
  $as_root rm -rf "$root"
  $as_root cp -a "$kept" "$root"
}

# Runs a command in such a root: `inside FOLDER COMMAND...`
inside() {
  local root=$1
  shift
  # shellcheck disable=SC2016
  $as_root unshare --mount --pid --fork --kill-child \
    env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
    sh -c 'root=$1; shift; mount -t proc proc "$root/proc" && exec chroot "$root" "$@"' sh "$root" "$@"
}
