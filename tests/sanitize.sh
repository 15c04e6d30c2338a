#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Runs the tests under tools that find what a test alone does not see: under
# each of the named kinds, or under all of them.
#
#   tests/sanitize.sh [asan|tsan|valgrind|leaks|fuzz]…
#   SHORT=1 tests/sanitize.sh    only the tests in which each kind finds most
#
#   asan      AddressSanitizer, UndefinedBehaviorSanitizer, and LeakSanitizer
#             where no pipelines run
#   tsan      ThreadSanitizer
#   valgrind  memcheck
#   leaks     GStreamer's tracer of objects that are never freed
#   fuzz      libFuzzer under ASan and UBSan, FUZZ_SECONDS (60) for each target
#
# Installs missing packages. asan, tsan and fuzz build in folders of their own
# beside the ordinary build, such as build-asan; valgrind and leaks run the
# ordinary build. The exit status says whether anything was found. How each kind
# runs, and what it does not report, is set in tests/sanitize/.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

packages+=(
  valgrind libc6-dbg
  # libFuzzer; GCC brings the other sanitizers.
  clang libclang-rt-14-dev llvm
)

# Even under these tools tests spend most of their time waiting, so run more of
# them than there are processors.
test_options=(--no-rebuild --print-errorlogs
  --num-processes "$(($(nproc) * 2))")
kinds=("$@")
if [ ${#kinds[@]} -eq 0 ]; then
  kinds=(asan tsan valgrind leaks fuzz)
fi

# The suites for SHORT=1. asan: what reads data from outside. tsan: pipelines
# that start, stop and share, because these use threads. valgrind: the client,
# as only valgrind sees memory that is read before it is written, and for leaks.
# leaks: state changes, after which objects may be left over.
declare -A short=(
  [asan]='unit service fuzz answers bytes errors hostile resume submit words'
  [tsan]='stops slow states together rejoin reuse task-ids process inside bytes seek moments'
  [valgrind]='unit bytes'
  [leaks]='around bytes errors inside inherited reuse task-ids seek states linked'
)

# Prints the suites to run for a kind, as options of `meson test`.
suites() {
  local suite

  [ -n "${SHORT-}" ] || return 0
  for suite in ${short[$1]-}; do
    printf -- '--suite\n%s\n' "$suite"
  done
}

# Prints the files that hold the results of a kind, one a line.
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

# ThreadSanitizer needs certain addresses, which the random memory layouts of
# some kernels occupy. This runs a command without random layouts.
unshuffled() {
  if setarch -R true 2>/dev/null; then
    setarch -R "$@"
  else
    "$@"
  fi
}

# Builds and tests with a sanitizer of the compiler. Arguments: the kind, the
# sanitizers, options that choose suites.
sanitized() {
  local build_dir=$build_dir-$1
  local build_options=("${build_options[@]}" -Db_sanitize="$2" -Db_lundef=false)

  build all || return
  # The first program makes GStreamer load all plugins of the system to register
  # them. Some of these plugins start threads and take locks in a wrong order,
  # so a run without tests does this first.
  GST_CHECKS=none unshuffled meson test -C "$build_dir" --no-rebuild \
    --setup "$1" check-bytes >/dev/null 2>&1 || true
  unshuffled meson test -C "$build_dir" "${test_options[@]}" --setup "$1" \
    "${@:3}"
}

# In pipelines most allocations belong to other libraries, and LeakSanitizer
# walks the stack for each of them. valgrind looks for leaks in pipelines
# instead.
address_sanitized() {
  local status=0 chosen=("$@")

  # Everything else runs below, with LeakSanitizer. The table of money takes too
  # long.
  [ ${#chosen[@]} -gt 0 ] ||
    chosen=(--suite check --suite tables --no-suite money)
  sanitized asan address,undefined "${chosen[@]}" || status=1
  [ -z "${SHORT-}" ] || return $status
  meson test -C "$build_dir-asan" "${test_options[@]}" --setup lsan \
    --no-suite check --no-suite tables || status=1
  return $status
}

# Runs the tests of the ordinary build under a setup of tests/sanitize/.
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
unset_settings

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
