#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of all pages but README.md and the reference, which documents.sh
# looks at.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=blocks.sh
. "$(dirname "$0")/blocks.sh"

start_service
make_surroundings
cd "$root"
# A reader of a page has bought nothing yet; but of these two, a clip.
others=(docs/seedance-tasks.md tools/seedance-tasks.1)
for page in [!R]*.md docs/*.md tests/*/*.md tests/service/*.1 examples/*.md; do
  case $page in
  docs/reference.md | "${others[0]}") continue ;;
  esac
  export SEEDANCE_STATE_DIR=$scratch/${page//\//-}
  run_blocks "$page"
done
for page in "${others[@]}"; do
  run_blocks "$page"
done
end_tests
