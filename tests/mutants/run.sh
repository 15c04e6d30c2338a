#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Builds small mistakes into a copy of the code, one at a time, and tells whether
# the test that is there for each of them fails, as it should.
#
#   tests/mutants/run.sh            all of them; takes long, so it is run by hand
#   tests/mutants/run.sh NAME…      these: tests/mutants/NAME.patch
#
# Each test must pass without its mistake first. The copy and its builds are kept
# in build-mutants/: the next run is faster.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
# shellcheck source-path=SCRIPTDIR/../.. source=tests/setup.sh
. "$root/tests/setup.sh"

packages+=(patch python3)
install_packages
unset_settings
unset GST_CHECKS
exec python3 "$root/tests/mutants/mutants.py" "$root" "$build_dir-mutants" "$@"
