#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds everything with each of the named compilers, gcc and clang by default.
# Warnings are errors, and the deprecated functions of GLib and GStreamer are
# left out.
#
#   tests/compilers.sh [gcc|clang]…
#
# The results (TAP) are left in build-compilers/compilers.tap.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck disable=SC2034 # For setup.sh.
WERROR=1
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

compilers=("$@")
if [ ${#compilers[@]} -eq 0 ]; then
  compilers=(gcc clang)
fi
results=$build_dir-compilers/compilers.tap
mkdir -p "${results%/*}"
[ -z "${RESULTS-}" ] || echo "$results" >>"$RESULTS"

# Returns success if the ordinary build was already made with compiler $1 and
# with WERROR=1.
is_strict() {
  [ "$1" = gcc ] && [ -z "${CC-}" ] && [ -f "$build_dir/build.ninja" ] &&
    grep -q -e '-Werror .*-DGST_DISABLE_DEPRECATED' "$build_dir/build.ninja"
}

builds_with() {
  if is_strict "$1"; then
    quietly ninja -k 0 -C "$build_dir"
    return
  fi
  local build_dir=$build_dir-$1

  rm -rf "$build_dir"
  # Without optimisation, to save time: the ordinary build is optimised.
  CC=$1 quietly meson setup "$build_dir" "$root" "${build_options[@]}" \
    --buildtype=debug &&
    quietly ninja -k 0 -C "$build_dir"
}

packages+=("${compilers[@]}")
install_packages
status=0
: >"$results"
for compiler in "${compilers[@]}"; do
  if builds_with "$compiler"; then
    verdict=ok
  else
    verdict='not ok'
    status=1
  fi
  printf '%s - %s\n' "$verdict" "$compiler" | tee -a "$results"
done
exit "$status"
