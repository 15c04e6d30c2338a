#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and plays it, with its sound if it has any.
#
#   examples/play.sh "A paper boat on a rainy street"
#
# VIDEO_SINK and AUDIO_SINK name other sinks than the desktop's own.
set -eu

prompt=${1:?usage: play.sh PROMPT}
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# shellcheck disable=SC2086 # several words
gst-launch-1.0 seedancesrc prompt="$prompt" $clip ! decodebin name=decode \
  playsink name=play video-sink="${VIDEO_SINK-autovideosink}" \
  audio-sink="${AUDIO_SINK-autoaudiosink}" \
  decode. ! play.video_sink \
  decode. ! play.audio_sink
