#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs missing packages, builds everything, and runs the tests. Options are
# passed on to `meson test`:
#
#   tests/run.sh
#   tests/run.sh --suite unit --verbose
#   tests/run.sh --repeat 20
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

results=$build_dir/meson-logs/testlog.json
rm -f "$results"
[ -z "${RESULTS-}" ] || printf '%s\n' "$results" >>"$RESULTS"

# Chromium tests the page of seedance-tasks serve. It takes 350 MB, so only CI
# installs it.
[ -z "${CI-}" ] || packages+=(chromium)
install_packages
build all
unset_settings

status=0
meson test -C "$build_dir" --no-rebuild --print-errorlogs "$@" || status=$?
# Check which rows of docs/field.md these results prove. With RESULTS set,
# .ci/run does this once for the results of all its runs.
field=()
if [ -f "$results" ] && [ -z "${RESULTS-}" ]; then
  field=("$build_dir/field.tap")
  "$root/tests/field/field.py" --strict --document "$root/docs/field.md" \
    "$results" >"${field[0]}" || status=1
fi
[ ! -f "$results" ] || python3 "$root/tests/summary.py" "$results" "${field[@]}"
exit "$status"
