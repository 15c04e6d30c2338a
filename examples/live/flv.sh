#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Plays a rundown, and sends it as FLV to everybody who connects by TCP. Ends
# with Ctrl-C. The same command again goes on behind the last item that was
# played.
#
#   examples/live/flv.sh day.jsonl [HOST:PORT]
#
# A viewer: ffplay tcp://127.0.0.1:5005. To send to a service by RTMP, put
# rtmp2sink location=rtmp://… in place of the line with tcpserversink.
#
# FLV needs two things that other formats do not (GStreamer 1.22). The muxer
# needs some latency: without it the muxer writes picture and sound as they
# arrive and shifts their times by up to 60 ms. And no parser may stand before
# the muxer: whenever a parser reports a new bit rate, the muxer writes its
# metadata again, several times a second, and some players show that as a third
# stream.
set -eu

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
check_arguments 'flv.sh RUNDOWN.jsonl [HOST:PORT]' 1 2 "$@"
check_rundown "$1"
at=${2-127.0.0.1:5005}
check_place "$at"

# shellcheck disable=SC2086 # several words
launch_live \
  seedanceplayout name=air rundown="$(quote "$1")" \
  as-run="$(quote "$(as_run "$1")")" $clip \
  flvmux name=mux streamable=true latency=500000000 \
  ! tcpserversink host="${at%:*}" port="${at##*:}" \
  air.video ! "$picture" ! queue ! $h264 ! video/x-h264,stream-format=avc \
  ! queue ! mux. \
  air.audio ! "$sound" ! queue ! audioconvert ! avenc_aac ! queue ! mux.
