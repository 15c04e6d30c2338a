#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and plays it, with its sound if it has any.
#
#   examples/play.sh "A paper boat on a rainy street"
#
# VIDEO_SINK and AUDIO_SINK name other sinks than the desktop's own.
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'play.sh PROMPT' 1 1 "$@"

# shellcheck disable=SC2086 # several words
launch seedancesrc prompt="$(quote "$1")" $clip \
  ! decodebin name=decode \
  playsink name=play video-sink="${VIDEO_SINK-autovideosink}" \
  audio-sink="${AUDIO_SINK-autoaudiosink}" \
  decode. ! play.video_sink \
  decode. ! play.audio_sink
