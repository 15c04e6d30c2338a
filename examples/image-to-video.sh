#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Sets a picture in motion: it is the first frame of the clip. A file is sent
# along with the order, an http(s) URL is passed on for the service to fetch.
#
#   examples/image-to-video.sh boat.png "The boat drifts away" boat.mp4
set -eu

usage='usage: image-to-video.sh IMAGE PROMPT FILE.mp4'
image=${1:?$usage}
prompt=${2:?$usage}
file=${3:?$usage}
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# shellcheck disable=SC2086 # several words
gst-launch-1.0 seedancesrc image="$image" prompt="$prompt" $clip \
  ! filesink location="$file"
