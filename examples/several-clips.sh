#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders one clip for each prompt and joins them, in the order given, into
# one WebM file. All are ordered at once, so they are made at the same time.
#
#   examples/several-clips.sh story.webm "Dawn over a harbour" \
#     "A boat leaves the harbour" "The open sea"
#
# Two concat elements, one for the pictures and one for the sounds, play one
# clip after the other. They need names for the clips to be linked to them,
# and every clip its own decoder's name. With async-handling the first clip
# starts while the others are still being made; without it, GStreamer 1.22 now
# and then loses the end of the stream here. The clips must have sound.
set -eu

file=${1:?usage: several-clips.sh FILE.webm PROMPT…}
: "${2:?usage: several-clips.sh FILE.webm PROMPT…}"
shift
clip=${CLIP-resolution=720p duration=5}
# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

# Each turn takes a prompt from the front of the arguments and puts its part
# of the pipeline at their end.
count=$#
n=0
while [ "$n" -lt "$count" ]; do
  n=$((n + 1))
  prompt=$1
  shift
  # shellcheck disable=SC2086 # several words
  set -- "$@" seedancesrc prompt="$prompt" $clip \
    ! decodebin name=decode$n async-handling=true \
    decode$n. ! queue ! videoconvert ! videoscale ! pictures. \
    decode$n. ! queue ! audioconvert ! audioresample ! sounds.
done

gst-launch-1.0 \
  concat name=pictures ! queue \
  ! vp8enc target-bitrate=3000000 deadline=1 cpu-used=4 ! mux. \
  concat name=sounds ! queue ! vorbisenc ! mux. \
  webmmux name=mux ! filesink location="$file" \
  "$@"
