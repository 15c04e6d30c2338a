# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the blocks of documents as they stand there, one after the other, with
# fakesink in place of the desktop's sinks and small clips. Each costs what the
# text above it says. To be sourced, behind lib.sh.

root=${SEEDANCE_SOURCE_ROOT:?}
blocks=$root/tests/examples/blocks.py
# What live examples send is small, too.
export PICTURE=width=432,height=240,framerate=25/1 BITRATE=1500
export PATH=${BUILD_DIR:?}/tools:$BUILD_DIR/tests/service:$PATH

# What the documents take for granted: the clone, and pictures and clips of the
# reader's own.
make_surroundings() {
  local name

  ln -s "$BUILD_DIR" "${scratch:?}/build"
  for name in examples tests gst; do
    ln -s "$root/$name" "$scratch/$name"
  done
  gst-launch-1.0 -q videotestsrc num-buffers=1 \
    ! video/x-raw,width=640,height=360 \
    ! pngenc ! filesink location="$scratch/boat.png"
  gst-launch-1.0 -q videotestsrc num-buffers=25 ! video/x-raw,framerate=25/1 \
    ! vp8enc ! webmmux ! filesink location="$scratch/jingle.mp4"
}

make_small() {
  sed -e 's/auto\(video\|audio\)sink/fakesink/g' \
    -e 's/\([ "]\)resolution=[0-9a-z]*/\1/g' \
    -e 's/\([ "]\)duration=[0-9]*/\1/g' \
    -e "s/\\<seedance\\(src\\|playout\\) /&$CLIP /g" \
    -e 's/&resolution=[0-9a-z]*&duration=[0-9]*/\&resolution=480p\&duration=1/' \
    -e 's/"duration": [0-9]*/"duration": 1/' -e "s/CLIP=\"/&$CLIP /"
}

# One that the default service made.
some_task() {
  seedance-tasks list --json | python3 -c 'import json, sys
tasks = [task["id"] for task in json.load(sys.stdin)
         if task["provider"] == "seeddance" and task["file"]]
print(tasks[0] if tasks else "none")'
}

# What is set already, and what a reader has and a test has not: an id, a terminal
# to type the line that is printed into.
adapt() {
  local task

  task=$(some_task)
  sed -e '/^export SEEDANCE_\(API_KEY\|BASE_URL\)=/d' \
    -e '/^export GST_PLUGIN_PATH=/d' -e 's/^\$ //' \
    -e "s/task-id=ID/task-id=$task/" -e "s/cgt-2026[0-9a-z-]*/$task/" \
    -e 's/ | sh$/ | sed s,auto[a-z]*sink,fakesink, | sh/'
}

# The official service and the others are other parts of the local one.
# shellcheck disable=SC2154 # by lib.sh
find_base() {
  case $text in
  *provider=ark*) export SEEDANCE_BASE_URL=$api/api/v3 ;;
  *provider=openai*) export SEEDANCE_BASE_URL=$api/openai/v1 ;;
  *provider=fal*) export SEEDANCE_BASE_URL=$api/fal ;;
  *provider=replicate*) export SEEDANCE_BASE_URL=$api/replicate/v1 ;;
  *provider=openrouter*) export SEEDANCE_BASE_URL=$api/openrouter/api/v1 ;;
  esac
}

# is_played NAME: all items of NAME.jsonl have left the air, or were passed over.
is_played() {
  [ -e "$1.as-run.jsonl" ] &&
    [ "$(grep -c '^{"id"' "$1.as-run.jsonl")" -ge "$(grep -c '^{' "$1.jsonl")" ]
}

# A rundown goes on until somebody stops it: here when all of it was on air, and
# this run has begun.
runs_live() {
  local pid status=0 patience=$((SECONDS + 150)) name

  name=$(sed -n 's,^examples/live/[a-z]*.sh \([a-z]*\).jsonl.*,\1,p' <<<"$text")
  rm -f live.log
  set -m
  bash -e <<<"$text" >live.log &
  pid=$!
  set +m
  until [ -s live.log ] && is_played "$name"; do
    if ! kill -0 "$pid" || [ $SECONDS -gt $patience ]; then
      cat live.log
      return 1
    fi
    sleep 0.1
  done
  kill -INT -- "-$pid"
  wait "$pid" || status=$?
  cat live.log
  [ "$status" -eq 130 ]
}

# shellcheck disable=SC2154 # by lib.sh
runs() {
  local before status=0

  text=$(adapt <<<"$text")
  echo "$text"
  find_base
  [ "$cost" != - ] || export SEEDANCE_STATE_DIR=$scratch/alone-$number
  before=$(counter posts)
  case $text in
  *examples/live/*) runs_live ;;
  *seedanceplayout*)
    # Stopped by timeout.
    timeout --signal=INT 15 bash -e <<<"$text" || status=$?
    [ "$status" -eq 0 ] || [ "$status" -eq 124 ]
    ;;
  *) timeout 120 bash -e <<<"$text" ;;
  esac
  if [ "$cost" = - ]; then
    [ "$(counter posts)" -gt "$before" ]
  else
    orders_are "$cost" "$before"
  fi
}

has_options() {
  local option

  "$BUILD_DIR/${how#options }" --help >help
  while read -r option; do
    grep -q -- " $option\\>" help || { echo "no $option"; return 1; }
  done < <(grep -o -- '--[a-z][a-z-]*' <<<"$text")
  [[ $text != *gst-launch-1.0* ]] || /usr/bin/python3 "$blocks" parse <<<"$text"
}

# run_blocks FILE: a case for each that can be run, or looked at.
run_blocks() {
  local path cost how why rest title text

  while IFS=$'\t' read -r path _ _ cost how why; do
    text=
    while IFS= read -r rest && [ "$rest" != --- ]; do
      text+=$rest$'\n'
    done
    title=$(sed -n '/^#/!{p;q;}' <<<"$text")
    title="${path##*/}: ${title:0:60}…"
    case $how in
    run) test_case "$title" runs ;;
    options*) test_case "$title has its options" has_options ;;
    *) skip_case "$title" "$how: $why" ;;
    esac
  done < <(/usr/bin/python3 "$blocks" list "$1" | make_small)
}
