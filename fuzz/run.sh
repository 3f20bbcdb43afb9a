#!/bin/sh
# Builds and runs a fuzz target with the stable toolchain.
#
#   fuzz/run.sh TARGET [libFuzzer options]
#   fuzz/run.sh commands -max_total_time=600
#
# cargo-fuzz needs a nightly toolchain for its sanitizer. These targets look
# for panics, overflows and wrong replies, for which coverage alone will do.
# The corpus begins with fuzz/seeds and grows in fuzz/corpus; what was found
# is left in fuzz/artifacts.
set -eu
cd "$(dirname "$0")"
target=$1
shift
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table
    -Cllvm-args=-sanitizer-coverage-trace-compares" \
    cargo build --release --target "$host" --bin "$target"
mkdir -p "corpus/$target" "artifacts/$target"
[ ! -d "seeds/$target" ] || set -- "$@" "seeds/$target"
exec "target/$host/release/$target" -artifact_prefix="artifacts/$target/" -max_len=4096 \
    -rss_limit_mb=3000 -timeout=20 "corpus/$target" "$@"
