#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the tests under tools that see what a test does not: each of the kinds
# that are named, or all of them.
#
#   tests/sanitize.sh [asan|tsan|valgrind|leaks|fuzz]…
#   SHORT=1 tests/sanitize.sh    only the tests in which each kind finds most
#
#   asan      AddressSanitizer, UndefinedBehaviorSanitizer, and LeakSanitizer
#             where no pipelines run
#   tsan      ThreadSanitizer
#   valgrind  memcheck
#   leaks     GStreamer's tracer of objects that nobody lets go
#   fuzz      libFuzzer under ASan and UBSan, FUZZ_SECONDS (60) for each target
#
# Installs what is missing. Each kind builds in a folder of its own beside the
# ordinary one, such as build-asan; valgrind and leaks watch that one itself.
# The exit status tells whether anything was found. How a kind is run, and what
# it is not to report, stands in tests/sanitize/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

packages+=(
  valgrind libc6-dbg
  # libFuzzer; GCC brings the other sanitizers.
  clang libclang-rt-14-dev llvm
)

# Most tests wait most of the time, even so.
test_options=(--no-rebuild --print-errorlogs
  --num-processes "$(($(nproc) * 2))")
kinds=("$@")
if [ ${#kinds[@]} -eq 0 ]; then
  kinds=(asan tsan valgrind leaks fuzz)
fi

# Where time is short: what comes from outside is what asan looks at; threads
# are tsan's, so it takes pipelines that start, stop and share; memory that is
# read before it is written, which only valgrind sees, is the client's matter, and
# so are leaks in it; objects are left over where states change.
declare -A short=(
  [asan]='unit service fuzz answers bytes errors hostile resume submit words'
  [tsan]='stops slow states together rejoin reuse process inside bytes seek moments'
  [valgrind]='unit bytes'
  [leaks]='around bytes errors inside inherited reuse seek states linked'
)

# The suites to run of a kind, as options of meson.
suites() {
  local suite

  [ -n "${SHORT-}" ] || return 0
  for suite in ${short[$1]-}; do
    printf -- '--suite\n%s\n' "$suite"
  done
}

# Where the results of a kind are left, a line for each file.
results_of() {
  case $1 in
    asan)
      [ -n "${SHORT-}" ] ||
        echo "$build_dir-asan/meson-logs/testlog-lsan.json"
      echo "$build_dir-asan/meson-logs/testlog-asan.json"
      ;;
    tsan) echo "$build_dir-$1/meson-logs/testlog-$1.json" ;;
    valgrind | leaks) echo "$build_dir/meson-logs/testlog-$1.json" ;;
    fuzz) echo "$build_dir-fuzz.tap" ;;
  esac
}

# ThreadSanitizer wants its own places in memory, which some kernels' random
# layouts take.
unshuffled() {
  if setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# Builds and tests with a sanitizer of the compiler: KIND SANITIZERS [SUITES]
sanitized() {
  local build_dir=$build_dir-$1
  local build_options=("${build_options[@]}" -Db_sanitize="$2" -Db_lundef=false)

  build all || return
  # Whoever is first makes GStreamer load all plugins there are, and some of
  # these start threads and take locks wrongly: a run without tests goes ahead.
  GST_CHECKS=none unshuffled meson test -C "$build_dir" --no-rebuild \
    --setup "$1" check-bytes >/dev/null 2>&1 || true
  unshuffled meson test -C "$build_dir" "${test_options[@]}" --setup "$1" \
    "${@:3}"
}

# In pipelines most that is allocated is others', and LeakSanitizer takes a look
# at the stack each time: valgrind looks for the leaks of these.
address_sanitized() {
  local status=0 chosen=("$@")

  # The tables are long.
  [ ${#chosen[@]} -gt 0 ] ||
    chosen=(--suite check --suite tables --no-suite money)
  sanitized asan address,undefined "${chosen[@]}" || status=1
  [ -z "${SHORT-}" ] || return $status
  meson test -C "$build_dir-asan" "${test_options[@]}" --setup lsan \
    --no-suite check --no-suite tables || status=1
  return $status
}

# Tests the ordinary build under a setup of tests/sanitize/.
watched() {
  build all && meson test -C "$build_dir" "${test_options[@]}" --setup "$@"
}

run_kind() {
  local chosen=()

  mapfile -t chosen < <(suites "$1")
  case $1 in
    asan) address_sanitized "${chosen[@]}" ;;
    tsan) sanitized tsan thread "${chosen[@]}" ;;
    valgrind | leaks) watched "$1" "${chosen[@]}" ;;
    fuzz)
      FUZZ_BUILD_DIR=$build_dir-fuzz FUZZ_RESULTS=$(results_of fuzz) \
        "$root/tests/fuzz/run.sh" "${FUZZ_SECONDS:-60}"
      ;;
  esac
}

results=()
for kind in "${kinds[@]}"; do
  case $kind in
    asan | tsan | valgrind | leaks | fuzz) ;;
    *) die "No kind '$kind'. There are: asan tsan valgrind leaks fuzz" ;;
  esac
  mapfile -t -O ${#results[@]} results < <(results_of "$kind")
done
rm -f "${results[@]}"
[ -z "${RESULTS-}" ] || printf '%s\n' "${results[@]}" >>"$RESULTS"

install_packages
# The tests bring their own.
unset SEEDANCE_API_KEY SEEDANCE_BASE_URL SEEDANCE_PROVIDER SEEDANCE_STATE_DIR

said=()
status=0
for kind in "${kinds[@]}"; do
  printf '\n%s\n' "$kind"
  start=$SECONDS
  run_kind "$kind" || status=1
  mapfile -t files < <(results_of "$kind")
  counts=$(python3 "$root/tests/summary.py" "${files[@]}" | tail -n 1)
  said+=("$(printf '%-9s %s, %d s' "$kind" "$counts" $((SECONDS - start)))")
done

cat <<'END'

Not run: the suites examples, install and benchmark, whose programs are not
instrumented; the table of money, which is many processes one after the other.
valgrind and leaks: nor the other tables, for their length. valgrind: nor decode
and playing, likewise, and the local service, for the C++ exceptions of its
libraries. asan does not look for leaks in pipelines; valgrind and leaks do.
END
[ -z "${SHORT-}" ] || echo 'SHORT: of each kind only a part; see the top.'
printf '%s\n' "${said[@]}"
python3 "$root/tests/summary.py" "${results[@]}"
exit "$status"
