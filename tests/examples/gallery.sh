#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes galleries, for free and with a key, and counts what they order.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
gallery=$SEEDANCE_SOURCE_ROOT/examples/gallery.sh
export CLIP='duration=1 poll-interval=100'
clips=(1080p 1x1 21x9 3x4 480p 4x3 720p 9x16 frames image seed-2 seed-3)

fails() {
  "$@" && return 1
  return 0
}

has_clips() {
  diff <(printf '%s.mp4\n' "$@") <(cd "$folder" && ls -- *.mp4)
  is_png "$folder/gallery.png"
}

free_of_charge() {
  folder='a "free" one'
  orders 0 env -u SEEDANCE_API_KEY -u SEEDANCE_BASE_URL SEEDANCE_PROVIDER=fal \
    "$gallery" "$folder" | tee said
  grep -q '^Orders sent: 12, to the service on this machine' said
  has_clips "${clips[@]}"
}

# Neither without an answer, nor with another than yes.
asks_first() {
  orders 0 fails "$gallery" asked </dev/null >said
  cat said
  grep -q '12 clips' said
  grep -q '^Nothing was ordered' said
  orders 0 fails "$gallery" asked <<<'no'
  orders 0 fails "$gallery" --no asked
  orders 0 fails "$gallery" asked twice
}

with_last_frame() {
  CLIP+=' provider=ark model=m' SEEDANCE_BASE_URL=$api/api/v3 "$gallery" "$@"
}

orders_once() {
  folder=paid
  orders 12 with_last_frame paid <<<'y'
  has_clips "${clips[@]}"
  orders 0 with_last_frame --yes paid </dev/null | tee said
  grep -q '^Orders sent: 0' said
  has_clips "${clips[@]}"
}

# This one has no last frames.
leaves_out() {
  folder=less
  orders 11 "$gallery" --yes less </dev/null | tee said
  grep -q '^  frames is left out: .*no last-image' said
  has_clips 1080p 1x1 21x9 3x4 480p 4x3 720p 9x16 image seed-2 seed-3
}

stops_at_once() {
  orders 1 fails env SEEDANCE_API_KEY=another SEEDANCE_STATE_DIR="$scratch/new" \
    "$gallery" --yes refused </dev/null >said
  cat said
  grep -q '^  480p is left out: The service refused the API key' said
  [ -z "$(ls refused)" ]
}

# Ctrl-C while three orders are sent, of which only the service knows that it
# has accepted them. It answers when all of gst-launch-1.0 are about to end.
stop_gallery() {
  local pid status=0 held

  held=$(counter submits_held)
  mkdir tmp
  curl -sSf -o /dev/null -d 'submit@2-4:hold' "$control/faults"
  set -m
  TMPDIR=$PWD/tmp with_last_frame --yes stopped </dev/null >said 2>&1 &
  pid=$!
  set +m
  wait_for submits_held $((held + 3))
  kill -INT -- -$pid
  until [ "$(cat tmp/*/*.log | grep -c '^handling interrupt')" -eq 3 ]; do
    kill -0 $pid
    sleep 0.1
  done
  curl -sSf -o /dev/null -d '' "$control/release"
  wait $pid || status=$?
  cat said
  [ $status -eq 130 ]
  grep -q '^Stopped. What was ordered is kept' said
  curl -sSf -o /dev/null -d '' "$control/faults"
  folder=stopped
  with_last_frame --yes stopped </dev/null | tee said
  grep -q '^Orders sent: 8' said
  has_clips "${clips[@]}"
}

stops_in_time() {
  export SEEDANCE_STATE_DIR=$scratch/stopped-state
  orders 12 stop_gallery
}

start_service
test_case 'without a key it is free' free_of_charge
test_case 'with a key it asks first' asks_first
test_case 'each clip is ordered once' orders_once
test_case 'Ctrl-C loses no order that is being sent' stops_in_time
test_case 'what the service does not make is left out' leaves_out
test_case 'when the first clip fails, no other is ordered' stops_at_once
end_tests
