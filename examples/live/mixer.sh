#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Mixes a clip into a programme that is already running, as soon as the clip is
# there. Shows the result, or records it to FILE.mkv. Ends with Ctrl-C.
#
#   examples/live/mixer.sh "A paper boat on a rainy street" [FILE.mkv]
#
# on-empty=nothing: before and after the clip the playout sends no picture, so
# the mixer shows only the programme, here a test picture and silence. The
# mixers wait a tenth of a second for late input; without that a busy machine
# loses the beginning of the sound.
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'mixer.sh PROMPT [FILE.mkv]' 1 2 "$@"

show=(
  mix. ! "$picture" ! queue ! videoconvert ! autovideosink
  voices. ! "$sound" ! queue ! audioconvert ! autoaudiosink
)
if [ $# -eq 2 ]; then
  # shellcheck disable=SC2206 # several words
  show=(
    mix. ! "$picture" ! queue ! $h264 ! h264parse ! queue ! mux.
    voices. ! "$sound" ! queue ! audioconvert ! opusenc ! queue ! mux.
    matroskamux name=mux ! filesink location="$(quote "$2")"
  )
fi

# shellcheck disable=SC2086 # several words
launch_live \
  compositor name=mix latency=100000000 \
  audiomixer name=voices latency=100000000 \
  videotestsrc is-live=true pattern=smpte100 ! "$picture" ! queue ! mix. \
  audiotestsrc is-live=true wave=silence ! "$sound" ! queue ! voices. \
  seedanceplayout name=clip prompt="$(quote "$1")" $clip \
  on-empty=nothing \
  clip.video ! "$picture" ! queue ! mix. \
  clip.audio ! "$sound" ! queue ! voices. \
  "${show[@]}"
