#!/bin/sh
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Orders one clip for each prompt and joins them, in the order given, in one
# WebM file. All clips are ordered at once, so they are made at the same time.
# reuse=always: what an earlier run bought is not bought again.
#
#   examples/several-clips.sh story.webm "Dawn over a harbour" \
#     "A boat leaves the harbour" "The open sea"
#
# The clips are fetched first and joined afterwards, because only a clip that is
# there tells whether it has sound. If one has none, the file has none. Two
# concat elements, one for pictures and one for sound, play one clip after the
# other. They have names, and so has each decoder, to be linked by. Without
# async-handling GStreamer 1.22 sometimes loses the end of the stream here.
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'several-clips.sh FILE.webm PROMPT…' 2 99 "$@"
write_to "$1"
shift
folder=$(mktemp -d)
trap 'rm -rf "$part" "$folder"' EXIT

# Each turn takes a prompt from the front of the arguments, and adds its part of
# the pipeline at their end.
count=$#
n=0
while [ "$n" -lt "$count" ]; do
  n=$((n + 1))
  prompt=$1
  shift
  # shellcheck disable=SC2086 # several words
  set -- "$@" seedancesrc prompt="$(quote "$prompt")" reuse=always $clip \
    ! filesink location="$folder/$n.mp4"
done
launch "$@"

sounds=yes
for clip in "$folder"/*.mp4; do
  has_sound "$clip" || sounds=
done
n=0
set --
while [ "$n" -lt "$count" ]; do
  n=$((n + 1))
  set -- "$@" filesrc location="$folder/$n.mp4" \
    ! decodebin name=decode$n async-handling=true \
    decode$n. ! queue ! videoconvert ! videoscale ! pictures.
  [ -z "$sounds" ] ||
    set -- "$@" decode$n. ! queue ! audioconvert ! audioresample ! sounds.
done
[ -z "$sounds" ] || set -- concat name=sounds ! queue ! vorbisenc ! mux. "$@"

launch \
  concat name=pictures ! queue \
  ! vp8enc target-bitrate=3000000 deadline=1 cpu-used=4 ! mux. \
  webmmux name=mux ! filesink location="$(quote "$part")" \
  "$@"
finish_file
