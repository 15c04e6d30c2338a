#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Plays a rundown into a folder that a web server can serve as HLS: viewers play
# FOLDER/live.m3u8. Ends with Ctrl-C. The same command again goes on behind the
# last item that was played.
#
#   examples/live/hls.sh day.jsonl FOLDER
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'hls.sh RUNDOWN.jsonl FOLDER' 2 2 "$@"
check_rundown "$1"
mkdir -p "$2"

# A segment is as long as the distance of key frames, because it has to begin
# with one.
# shellcheck disable=SC2086 # several words
launch_live \
  seedanceplayout name=air rundown="$(quote "$1")" \
  as-run="$(quote "$(as_run "$1")")" $clip \
  hlssink2 name=hls target-duration=2 playlist-length=10 max-files=20 \
  location="$(quote "$2/%05d.ts")" \
  playlist-location="$(quote "$2/live.m3u8")" \
  air.video ! "$picture" ! queue ! $h264 ! h264parse ! queue ! hls.video \
  air.audio ! "$sound" ! queue ! audioconvert ! avenc_aac ! aacparse \
  ! queue ! hls.audio
