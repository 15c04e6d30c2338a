#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and turns it into WebM, VP8 and Vorbis. The pictures get an
# encoder with settings of our own, the sound gets encodebin's: that one leaves
# it out when the clip has none.
#
#   examples/transcode.sh "A paper boat on a rainy street" boat.webm
set -eu

prompt=${1:?usage: transcode.sh PROMPT FILE.webm}
file=${2:?usage: transcode.sh PROMPT FILE.webm}
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# shellcheck disable=SC2086 # several words
gst-launch-1.0 seedancesrc prompt="$prompt" $clip ! decodebin name=decode \
  encodebin name=encode profile=video/webm:video/x-vp8:audio/x-vorbis \
  ! filesink location="$file" \
  decode. ! queue ! videoconvert \
  ! vp8enc target-bitrate=3000000 deadline=1 cpu-used=4 ! encode.video_0 \
  decode. ! encode.audio_0
