#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every example of live output against the local service, records what
# goes out, and looks at each frame and each sound of it.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
live=$SEEDANCE_SOURCE_ROOT/examples/live
look=$BUILD_DIR/examples/look

# 2 s of a clip to measure with: 48 frames, which fill 50 of 25 a second.
frames=48
export PICTURE=width=432,height=240,framerate=25/1 BITRATE=1500
small='resolution=480p duration=2 poll-interval=100'

# In the background; its output is NAME.log.
begin() {
  local name=$1

  shift
  set -m
  "$@" >"$name.log" 2>"$name.err" &
  running=$!
  set +m
}

# Until a line of NAME.log is there so many times.
# wait_for_line NAME LINE [TIMES]
wait_for_line() {
  local patience=$((SECONDS + 150))

  until [ "$(grep -cx -- "$2" "$1.log")" -ge "${3-1}" ]; do
    if ! kill -0 "$running" || [ $SECONDS -gt $patience ]; then
      cat "$1.log" "$1.err"
      return 1
    fi
    sleep 0.1
  done
}

# Like Ctrl-C on a terminal.
end() {
  local status=0

  # What was told last is still on its way through mixers and encoders.
  sleep 1
  kill -INT -- "-$running"
  wait "$running" || status=$?
  cat "$1.log" "$1.err"
  [ "$status" -eq "${2-130}" ]
}

# in_time COMMAND…: a machine that has more to do than it can does not decode in
# time, and holds frames as it should. That is not what is tested here, so there
# it is tried again, some times.
in_time() {
  local status try load

  for try in 1 2 3 4 5; do
    set +e
    (
      set -e
      "$@"
    )
    status=$?
    set -e
    read -r load _ </proc/loadavg
    if [ $status -eq 0 ] || [ "${load%.*}" -lt "$(nproc)" ]; then
      break
    fi
    echo "Try $try failed, with $load programs that want to run."
  done
  return $status
}

# value NAME AT LINE: the number that stands so many words behind a word.
value() {
  awk -v name="$1" -v at="$2" '{
    for (i = 1; i < NF; i++)
      if ($i == name) print $(i + at)
  }' <<<"$3"
}

# between LEAST MOST NUMBER
between() {
  awk -v least="$1" -v most="$2" -v x="$3" \
    'BEGIN { exit !(x >= least && x <= most) }' ||
    { echo "$3 is not from $1 to $2"; return 1; }
}

# assert_clips LOOK SEED…: these were on air in this order, each whole.
assert_clips() {
  local file=$1 line seed

  shift
  cat "$file"
  [ "$(grep -c '^clip' "$file")" -eq $# ]
  while read -r line; do
    seed=$1
    shift
    [ "$(value clip 1 "$line")" -eq "$seed" ]
    [ "$(value distinct 1 "$line")" -eq "$frames" ]
    [ "$(value missing 1 "$line")" -eq 0 ]
    [ "$(value back 1 "$line")" -eq 0 ]
  done < <(grep '^clip' "$file")
}

# assert_sound LOOK BEEPS LEAST MOST: so much later than the picture, in ms.
assert_sound() {
  local line

  line=$(grep '^other' "$1")
  [ "$(value beeps 1 "$line")" -eq "$2" ]
  between "$3" "$4" "$(value skew-ms 1 "$line")"
  between "$3" "$4" "$(value skew-ms 2 "$line")"
  [ "$(value sound-gaps 1 "$line")" -eq 0 ]
}

# Frames of the output that are missing, in ms of its time.
assert_no_gap() {
  between 0 "$2" "$(value gap-ms 1 "$(grep '^other' "$1")")"
}

mixes_a_late_clip() {
  begin mixer env CLIP="$small seed=1" "$live/mixer.sh" \
    'a flash-and-beep clip' mixed.mkv
  wait_for_line mixer 'off-air prompt.*'
  end mixer
  "$look" "file://$PWD/mixed.mkv" >seen
  # Few players show other colours than 4:2:0.
  gst-discoverer-1.0 mixed.mkv >discovered
  grep -q 'H.264 (High Profile)' discovered
  assert_clips seen 1
  assert_sound seen 2 -10 10
  # A mixer's first frames may have odd times.
  assert_no_gap seen 80
  # The programme was there before the clip, and is after it.
  between 25 100000 "$(value other 1 "$(grep '^other' seen)")"
  grep -qx empty mixer.log
}

mixer_shows_a_late_clip() {
  orders 1 in_time mixes_a_late_clip
}

make_rundown() {
  rm -f ./*.jsonl
  for seed in "$@"; do
    echo "{\"id\": \"item-$seed\", \"prompt\": \"flash-and-beep\", \
\"seed\": $seed}"
  done >day.jsonl
}

# Three clips, of which the service has rendered one before.
plays_rundown() {
  make_rundown 1 2 3
  begin out env CLIP="$small" "$@"
  wait_for_line out 'off-air item-3'
  end out
}

log_is_whole() {
  cat day.as-run.jsonl
  [ "$(grep -c '"reason":"end"' day.as-run.jsonl)" -eq 3 ]
}

# An encoder of AAC puts 21 ms of silence before the sound, and of these formats
# none tells.
assert_rundown() {
  log_is_whole
  assert_clips seen 1 2 3
  assert_sound seen 6 15 30
  assert_no_gap seen 5
}

sends_udp() {
  local receiver

  gst-launch-1.0 -q udpsrc address=127.0.0.1 port=47004 buffer-size=8000000 \
    ! filesink location=udp.ts &
  receiver=$!
  # What is sent before somebody receives is lost.
  until grep -q ':B79C ' /proc/net/udp; do sleep 0.1; done
  plays_rundown "$live/udp.sh" day.jsonl 127.0.0.1:47004
  kill -INT $receiver
  wait $receiver || true
  "$look" "file://$PWD/udp.ts" >seen
  assert_rundown
}

udp_sends_a_rundown() {
  orders 3 in_time sends_udp
}

# The same again, after all of it was on air: a slate, and no order.
plays_nothing_more() {
  begin out env CLIP="$small" "$live/udp.sh" day.jsonl 127.0.0.1:47004
  wait_for_line out empty
  end out
  [ "$(grep -c '^{"id"' day.as-run.jsonl)" -eq 3 ]
}

udp_goes_on_behind() {
  orders 0 plays_nothing_more
}

leaves_pieces() {
  rm -rf pieces*
  plays_rundown "$live/hls.sh" day.jsonl 'pieces of "it"'
  cat 'pieces of "it"/live.m3u8'
  [ "$(grep -c '\.ts$' 'pieces of "it"/live.m3u8')" -gt 2 ]
  mv 'pieces of "it"' pieces
  "$look" "file://$PWD/pieces/live.m3u8" >seen
  assert_rundown
}

hls_leaves_pieces() {
  orders 0 in_time leaves_pieces
}

# Of script data, which is no stream, there is hardly any: see flv.sh.
count_script_tags() {
  python3 - "$1" <<'PYTHON'
import sys

data, at, tags = open(sys.argv[1], "rb").read(), 13, 0
while at + 11 <= len(data):
    tags += data[at] == 18
    at += 15 + int.from_bytes(data[at + 1:at + 4], "big")
print(tags)
PYTHON
}

serves_flv() {
  rm -f tcp.flv
  make_rundown 1 2 3
  begin out env CLIP="$small" "$live/flv.sh" day.jsonl 127.0.0.1:47005
  # Whoever comes too early is not let in.
  until [ -s tcp.flv ]; do
    kill -0 "$running"
    gst-launch-1.0 -q tcpclientsrc host=127.0.0.1 port=47005 \
      ! filesink location=tcp.flv || true
    sleep 0.1
  done &
  wait_for_line out 'off-air item-3'
  end out
  wait
  "$look" "file://$PWD/tcp.flv" >seen
  assert_rundown
  between 1 3 "$(count_script_tags tcp.flv)"
}

flv_serves_a_rundown() {
  orders 0 in_time serves_flv
}

hands_over() {
  begin handover "$BUILD_DIR/examples/handover" --set resolution=480p \
    --set duration=2 --set seed=1 --set poll-interval=100 "$@" \
    'a flash-and-beep clip' handover.mkv
}

handover_is_in_step() {
  hands_over
  wait_for_line handover off-air
  end handover 0
  "$look" "file://$PWD/handover.mkv" >seen
  assert_clips seen 1
  assert_sound seen 2 -10 10
  assert_no_gap seen 80
}

# The clip is stored by now: both times it is shown at once.
handover_is_stopped_and_goes_on() {
  hands_over --restart
  wait_for_line handover off-air 2
  grep -qx 'The clips are back.' handover.log
  end handover 0
  "$look" "file://$PWD/handover.mkv" >seen
  assert_clips seen 1 1
  assert_sound seen 4 -10 10
  assert_no_gap seen 80
}

handover_costs_nothing_more() {
  orders 0 in_time handover_is_in_step
  orders 0 in_time handover_is_stopped_and_goes_on
}

fails() {
  "$@" && return 1
  return 0
}

refuse_mistakes() {
  local script word

  for script in mixer udp hls flv; do
    "$live/$script.sh" --help | grep "^usage: $script.sh"
    fails "$live/$script.sh" 2>log
    grep -q 'Nothing was ordered' log
    fails "$live/$script.sh" --version x 2>log
    grep -q 'Nothing was ordered' log
  done
  for script in udp hls flv; do
    fails "$live/$script.sh" no.jsonl x 2>log
    grep -q 'There is no file no.jsonl. Nothing was ordered' log
  done
  : >there.jsonl
  for script in udp flv; do
    for word in 127.0.0.1 127.0.0.1: 127.0.0.1:65536; do
      fails "$live/$script.sh" there.jsonl "$word" 2>log
      grep -q "^$word is not HOST:PORT. Nothing was ordered" log
    done
  done
  fails "$BUILD_DIR/examples/handover" 'A prompt' 2>log
  grep -q '^usage: ' log
  for word in resolution =480p; do
    fails "$BUILD_DIR/examples/handover" --set "$word" 'A prompt' no.mkv 2>log
    grep -q "^--set $word: NAME=VALUE is needed. Nothing was ordered" log
  done
  for word in duration=long durration=2; do
    fails "$BUILD_DIR/examples/handover" --set "$word" 'A prompt' no.mkv 2>log
    grep -q "^--set $word: .* Nothing was ordered" log
  done
}

mistakes_order_nothing() {
  orders 0 refuse_mistakes
}

start_service
test_case 'mixer.sh shows a late clip whole and in sync' mixer_shows_a_late_clip
test_case 'handover keeps clip and programme in step' \
  handover_costs_nothing_more
# Each of the three below has the clips of the one above it.
export SEEDANCE_STATE_DIR=$scratch/channel
test_case 'udp.sh sends a rundown' udp_sends_a_rundown
test_case 'udp.sh goes on behind what was played' udp_goes_on_behind
test_case 'hls.sh leaves pieces and a playlist' hls_leaves_pieces
test_case 'flv.sh serves a rundown' flv_serves_a_rundown
test_case 'the scripts refuse mistakes and order nothing' mistakes_order_nothing
end_tests
