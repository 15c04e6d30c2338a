#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds Debian's packages twice, checks them with lintian, installs them in a
# root that has nothing else, and runs debian/tests there.
#
#   tests/package.sh bookworm
#   tests/package.sh trixie
#   SHORT=1 tests/package.sh trixie
#
# With SHORT=1 it builds them once, lintian looks for errors only, and of
# debian/tests only the quick start runs.
#
# The packages are built in the root that tests/debian.sh keeps and tried in a
# clean one. The packages and the results (TAP) are left beside the build, in
# build-trixie/packages/. Exits with 77 if no root can be made.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"

[ $# -eq 1 ] || die "Which Debian? $0 trixie"
release=$1
left=$build_dir-$release/packages
rm -rf "$left"
mkdir -p "$left"

# If the build fails, its results are printed and the installation is left out.
status=0
"$root/tests/debian.sh" "$release" tests/package/build.sh ${SHORT:+--short} \
  >"$left/packages.tar" || status=$?
[ "$status" -ne 77 ] || exit 77
tar -C "$left" -xf "$left/packages.tar" || status=1
if [ "$status" -eq 0 ]; then
  CLEAN=1 "$root/tests/debian.sh" "$release" tests/package/install.sh \
    ${SHORT:+--short} <"$left/packages.tar" >"$left/install.tap" || status=$?
fi
rm -f "$left/packages.tar"
cat "$left"/*.tap
if [ -n "${RESULTS-}" ]; then
  printf '%s\n' "$left"/*.tap >>"$RESULTS"
fi
if [ "$status" -eq 0 ] && grep -q '^not ok' "$left"/*.tap; then
  status=1
fi
exit "$status"
