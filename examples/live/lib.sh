# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the scripts for live output share. To be sourced.

# Not needed once the plugin is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../../build/gst/seedance}"

# shellcheck source-path=SCRIPTDIR source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# What goes out; in the middle of the chain so that all elements agree on it.
# I420, because x264enc would rather have colours that few players show.
# shellcheck disable=SC2034 # for who sources this
picture=video/x-raw,format=I420,${PICTURE-width=1280,height=720,framerate=25/1}
# shellcheck disable=SC2034
sound=audio/x-raw,rate=48000,channels=2

# A key frame each two seconds, for those who join.
# shellcheck disable=SC2034
h264="x264enc tune=zerolatency speed-preset=veryfast bitrate=${BITRATE-3000}
  key-int-max=50"

# What the element says, a line each: "on-air opener"; and every warning. It ends
# when there is nothing more to say: Ctrl-C is for gst-launch-1.0 alone.
follow() {
  trap '' INT TERM
  sed -nu -e 's/^WARNING: from element [^ ]*: /warning: /' -e t2 \
    -e 's/.*seedance-playout, what=(string)\([a-z-]*\)/\1/' -e t1 -e d \
    -e :1 -e 's/^\([a-z-]*\), id=(string)\([^,;]*\).*/\1 \2/' -e t2 \
    -e 's/^\([a-z-]*\).*/\1/' -e :2 -e p
}

# launch_live ARGUMENTS…: runs until Ctrl-C, which ends what goes out properly.
launch_live() {
  launch -m -e "$@" > >(follow)
}

# A rundown's own log, so that a restart goes on behind what was played.
as_run() {
  printf %s "${1%.jsonl}.as-run.jsonl"
}

check_rundown() {
  [ -f "$1" ] || refuse "There is no file $1. Nothing was ordered."
}
