#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders a clip and keeps it as the service made it, byte for byte.
#
#   examples/save-original.sh "A paper boat on a rainy street" boat.mp4
set -eu

prompt=${1:?usage: save-original.sh PROMPT FILE.mp4}
file=${2:?usage: save-original.sh PROMPT FILE.mp4}
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# shellcheck disable=SC2086 # several words
gst-launch-1.0 seedancesrc prompt="$prompt" $clip ! filesink location="$file"
