#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and keeps it as the service made it, byte for byte.
#
#   examples/save-original.sh "A paper boat on a rainy street" boat.mp4
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'save-original.sh PROMPT FILE.mp4' 2 2 "$@"
write_to "$2"

# shellcheck disable=SC2086 # several words
launch seedancesrc prompt="$(quote "$1")" $clip \
  ! filesink location="$(quote "$part")"
finish_file
