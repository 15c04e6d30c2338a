#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Plays a rundown, and sends it as MPEG-TS over UDP. Ends with Ctrl-C. The same
# command again goes on behind the last item that was played.
#
#   examples/live/udp.sh day.jsonl [HOST:PORT]
#
# A receiver: ffplay udp://127.0.0.1:5004, or VLC.
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'udp.sh RUNDOWN.jsonl [HOST:PORT]' 1 2 "$@"
check_rundown "$1"
to=${2-127.0.0.1:5004}
check_place "$to"

# Seven packets of MPEG-TS fill one packet of UDP.
# shellcheck disable=SC2086 # several words
launch_live \
  seedanceplayout name=air rundown="$(quote "$1")" \
  as-run="$(quote "$(as_run "$1")")" $clip \
  mpegtsmux name=mux alignment=7 latency=500000000 \
  ! udpsink host="${to%:*}" port="${to##*:}" \
  air.video ! "$picture" ! queue ! $h264 ! h264parse ! queue ! mux. \
  air.audio ! "$sound" ! queue ! audioconvert ! avenc_aac ! aacparse \
  ! queue ! mux.
