#!/usr/bin/env bash
# Fetches the pictures that list.txt names into a directory, each under the hash
# of its content, for tests/thumbnail_pictures.rs:
#
#   tests/pictures/fetch.sh target/pictures
#
# Git checks the hashes. PILLOW_GIT and IMAGE_RS_GIT name clones that are there
# already; what a clone does not have is said and left out.
set -euo pipefail
list="$(dirname "$0")/list.txt"
into=${1:?a directory}
mkdir -p "$into/files"

clone() { # name, clone that is there already
  [ -n "$2" ] && { echo "$2"; return; }
  read -r url commit < <(sed -n "s/^# $1 *//p" "$list")
  local git="$into/$1.git"
  [ -d "$git" ] || git clone --quiet --bare --filter=blob:none "$url" "$git" >&2
  git --git-dir="$git" cat-file -e "$commit^{commit}" 2>/dev/null ||
    git --git-dir="$git" fetch --quiet origin "$commit" >&2
  echo "$git"
}

for set in pillow image-rs; do
  case $set in pillow) given=${PILLOW_GIT-} ;; *) given=${IMAGE_RS_GIT-} ;; esac
  git=$(clone $set "$given")
  grep "^$set " "$list" | while read -r _ hash path; do
    file="$into/files/$hash"
    [ -s "$file" ] && continue
    if git --git-dir="$git" cat-file blob "$hash" >"$file.part" 2>/dev/null; then
      mv "$file.part" "$file"
    else
      rm -f "$file.part"
      echo "fetch.sh: $set does not have $path" >&2
    fi
  done
done
echo "$(find "$into/files" -type f | wc -l) pictures in $into/files"
