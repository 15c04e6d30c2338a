#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Fuzzes every target under ASan and UBSan, starting from the corpus:
#
#   tests/fuzz/run.sh [SECONDS [TARGET…]]
#
# SECONDS is for each target, 60 by default. Needs clang with libFuzzer (Debian:
# clang libclang-rt-14-dev). What the fuzzers find stays in the build folder,
# which FUZZ_BUILD_DIR names. The results (TAP) also go to the file
# FUZZ_RESULTS.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
build=${FUZZ_BUILD_DIR:-$root/build-fuzz}
results=${FUZZ_RESULTS:-/dev/null}
seconds=${1:-60}
shift || true
targets=("$@")
if [ ${#targets[@]} -eq 0 ]; then
  targets=(answer boxes decode headers image ledger models part profile record
    rundown serve timeline uri url)
fi

if [ ! -f "$build/build.ninja" ]; then
  CC=${CC:-clang} meson setup "$build" "$root" \
    -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args='-fsanitize=fuzzer-no-link -fno-sanitize-recover=all' \
    -Dlocal-service=disabled >/dev/null
fi
ninja -C "$build" "${targets[@]/#/tests/fuzz/fuzz-}" >/dev/null

fuzz() {
  local target=$1 found=$build/found/$1 log=$build/found/$1/log

  mkdir -p "$found/corpus"
  if (cd "$found" && "$build/tests/fuzz/fuzz-$target" \
    -max_total_time="$seconds" -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
    -dict="$here/dict/$target.dict" -print_final_stats=1 \
    corpus "$here/corpus/$target" >"$log" 2>&1); then
    printf 'ok - %s, runs: %s\n' "$target" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
  else
    printf 'not ok - %s, see %s\n' "$target" "$log"
    { grep -m 3 -E 'ERROR|SUMMARY|runtime error' "$log" || tail -n 5 "$log"; } |
      sed 's/^/# /'
    return 1
  fi
}

# Fuzzes as many targets at once as there are processors.
all() {
  local status=0 running=0

  for target in "${targets[@]}"; do
    if [ "$running" -ge "$(nproc)" ]; then
      wait -n || status=1
      running=$((running - 1))
    fi
    fuzz "$target" &
    running=$((running + 1))
  done
  while [ "$running" -gt 0 ]; do
    wait -n || status=1
    running=$((running - 1))
  done

  return "$status"
}

all | tee "$results"
exit "${PIPESTATUS[0]}"
