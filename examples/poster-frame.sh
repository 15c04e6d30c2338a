#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and keeps its first frame as a picture. The pipeline ends
# after that frame, so the clip counts as not yet seen: play.sh with the same
# prompt plays it without buying another.
#
#   examples/poster-frame.sh "A paper boat on a rainy street" boat.png
set -eu

prompt=${1:?usage: poster-frame.sh PROMPT FILE.png}
file=${2:?usage: poster-frame.sh PROMPT FILE.png}
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# shellcheck disable=SC2086 # several words
gst-launch-1.0 seedancesrc prompt="$prompt" $clip ! decodebin ! videoconvert \
  ! pngenc snapshot=true ! filesink location="$file"
