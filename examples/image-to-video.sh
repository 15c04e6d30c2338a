#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sets a picture in motion: it becomes the first frame of the clip. A file is
# sent with the order; an http(s) URL is passed on, and the service fetches it.
#
#   examples/image-to-video.sh boat.png "The boat drifts away" boat.mp4
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'image-to-video.sh IMAGE PROMPT FILE.mp4' 3 3 "$@"
write_to "$3"

# shellcheck disable=SC2086 # several words
launch seedancesrc image="$(quote "$1")" prompt="$(quote "$2")" $clip \
  ! filesink location="$(quote "$part")"
finish_file
