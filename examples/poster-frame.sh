#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and saves its first frame as a picture. The pipeline ends after
# that frame, so the clip counts as not played: play.sh with the same prompt
# plays it without buying another one.
#
#   examples/poster-frame.sh "A paper boat on a rainy street" boat.png
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'poster-frame.sh PROMPT FILE.png' 2 2 "$@"
write_to "$2"

# shellcheck disable=SC2086 # several words
launch seedancesrc prompt="$(quote "$1")" $clip \
  ! decodebin ! videoconvert ! pngenc snapshot=true \
  ! filesink location="$(quote "$part")"
finish_file
