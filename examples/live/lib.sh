# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Functions and settings of the scripts for live output, which source this file.

# Finds the plugin in the build folder; not needed once it is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../../build/gst/seedance}"

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# The formats of the output. They stand in the middle of a chain, so that all of
# its elements use them. I420, because x264enc prefers formats that few players
# can show.
# shellcheck disable=SC2034 # for who sources this
picture=video/x-raw,format=I420,${PICTURE-width=1280,height=720,framerate=25/1}
# shellcheck disable=SC2034
sound=audio/x-raw,rate=48000,channels=2

# A key frame every 50 frames (two seconds at 25 frames a second), for viewers
# who join later.
# shellcheck disable=SC2034
h264="x264enc tune=zerolatency speed-preset=veryfast bitrate=${BITRATE-3000}
  key-int-max=50"

# Prints each message of the element as a line, such as "on-air opener", and
# every warning. Ignores Ctrl-C, which ends gst-launch-1.0, so that its last
# messages are printed, too.
follow() {
  trap '' INT TERM
  sed -nu -e 's/^WARNING: from element [^ ]*: /warning: /' -e t2 \
    -e 's/.*seedance-playout, what=(string)\([a-z-]*\)/\1/' -e t1 -e d \
    -e :1 -e 's/^\([a-z-]*\), id=(string)\([^,;]*\).*/\1 \2/' -e t2 \
    -e 's/^\([a-z-]*\).*/\1/' -e :2 -e p
}

# launch_live ARGUMENTS…: runs gst-launch-1.0 until Ctrl-C, on which it
# completes its output (-e).
launch_live() {
  launch -m -e "$@" > >(follow)
}

# as_run RUNDOWN.jsonl: prints the name of the rundown's as-run log. With a log
# a restart goes on behind what was played.
as_run() {
  printf %s "${1%.jsonl}.as-run.jsonl"
}

# check_place HOST:PORT. An element would take the nearest port that exists.
check_place() {
  if ! [[ $1 =~ ^.+:([0-9]{1,5})$ ]] || [ "${BASH_REMATCH[1]}" -gt 65535 ]; then
    refuse "$1 is not HOST:PORT. Nothing was ordered."
  fi
}

check_rundown() {
  [ -f "$1" ] || refuse "There is no file $1. Nothing was ordered."
}
