#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs every example against the local service.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
examples=$SEEDANCE_SOURCE_ROOT/examples
order=(
  "$BUILD_DIR/examples/order" --set resolution=480p --set duration=1
  --set poll-interval=100
)

plays() {
  orders 1 "$examples/play.sh" 'Play me'
}

saves() {
  orders 1 "$examples/save-original.sh" 'Save "me"' save.mp4 | tee save.log
  is_clip save.mp4 save.log
}

# The prompt of the last order, as the service got it.
ordered_prompt() {
  curl -sSf "$control/stats" | python3 -c 'import json, sys
task = json.load(sys.stdin)["tasks_list"][-1]
sys.stdout.write(json.loads(task["body"])["prompt"])'
}

# The names of files are quoted like the prompts.
prompts_arrive() {
  local prompt file="the \"odd\\ one\\"

  for prompt in '"boat" on a "street"' "a back\\slash, a \\\"quote\\\" \\" \
    $'two\nlines\tand a tab' "it's 'so' ! fakesink" NULL "{ü} & <日本>; \$x"; do
    orders 1 "$examples/save-original.sh" "$prompt" "$file"
    ordered_prompt >prompt
    printf %s "$prompt" | cmp - prompt
    [ -s "$file" ]
    rm "$file"
  done
}

refuses() {
  local status=0

  "$@" 2>refused.log || status=$?
  cat refused.log
  [ "$status" -eq 2 ]
  grep -q 'Nothing was ordered' refused.log
  grep -q '^usage: ' refused.log
}

refuse_options() {
  local script value

  for script in "$examples"/*.sh; do
    [ "${script##*/}" != lib.sh ] || continue
    "$script" --help | grep "^usage: ${script##*/}"
    "$script" 'A prompt' -h | grep '^usage: '
    refuses "$script" --version
    refuses "$script" 'A prompt' --version
    refuses "$script" ''
    refuses "$script" 'A prompt' ' '
    refuses "$script" A b c -- -d
  done
  refuses "$examples/quickstart.sh" A b c
  refuses "$examples/save-original.sh" 'A prompt'
  refuses "$examples/save-original.sh" 'A prompt' .
  refuses "$examples/save-original.sh" 'A prompt' no/clip.mp4
  refuses "$examples/several-clips.sh" no/clips.webm 'A prompt' 'Another'
  for value in '--start=-1' '--start=nan' '--times=0'; do
    refuses /usr/bin/python3 "$examples/play.py" "$value" 'A prompt'
  done
  for value in duration=long durration=1 resolution; do
    CLIP=$value refuses /usr/bin/python3 "$examples/play.py" 'A prompt'
    CLIP=$value refuses /usr/bin/python3 "$examples/play.py" 'A prompt' Two
    CLIP=$value refuses /usr/bin/python3 "$examples/rtsp.py" 'A prompt'
  done
  for value in 65536 -1; do
    refuses /usr/bin/python3 "$examples/rtsp.py" "--port=$value" 'A prompt'
  done
}

options_order_nothing() {
  orders 0 refuse_options
}

failure_keeps_files() {
  echo earlier >earlier
  orders 1 fails "$examples/save-original.sh" 'A forbidden thing' earlier
  orders 1 fails "$examples/poster-frame.sh" 'A forbidden pose' earlier
  orders 1 fails "$examples/transcode.sh" 'A forbidden form' earlier
  orders 1 fails "$examples/several-clips.sh" earlier 'A forbidden tale'
  [ "$(cat earlier)" = earlier ] && [ ! -e earlier.part ]
}

# Nothing listens there, so the order fails at once.
fails_before_the_loop_runs() {
  local run=(gst-launch-1.0 seedancesrc prompt='Too early' retries=0 ! fakesink)

  orders 0 fails env LD_PRELOAD="$BUILD_DIR/examples/late-loop.so" \
    SEEDANCE_BASE_URL=http://127.0.0.1:1 "${run[@]}"
}

# Stops a script while it waits: SIGNAL, to its whole GROUP or to it alone.
stop_script() {
  local polls status=0 pid

  echo earlier >earlier
  polls=$(counter polls)
  settings '{"generation_time":600}'
  set -m
  "$examples/save-original.sh" 'Not waited for' earlier &
  pid=$!
  set +m
  wait_for polls $((polls + 1))
  kill "-$1" -- "${2:+-}$pid"
  wait "$pid" || status=$?
  settings '{"generation_time":0.2}'
  [ "$status" -eq 130 ]
  [ "$(cat earlier)" = earlier ] && [ ! -e earlier.part ]
}

# A Ctrl-C reaches the group, and who ends a service only the script.
interrupt_keeps_files() {
  stop_script INT group
  stop_script TERM
  stop_script INT
}

transcodes() {
  orders 1 "$examples/transcode.sh" 'Turn me' turn.webm
  is_webm turn.webm
  [ "$(frames turn.webm)" -eq 25 ]
  [ "$(frames turn.webm audio/x-raw)" -gt 0 ]
}

transcodes_silence() {
  settings '{"audio":false}'
  orders 1 "$examples/transcode.sh" 'Silent film' silent.webm
  orders 1 "$examples/play.sh" 'Another silent film'
  settings '{"audio":true}'
  is_webm silent.webm
  [ "$(frames silent.webm)" -eq 25 ]
}

makes_poster() {
  orders 1 "$examples/poster-frame.sh" 'A poster' poster.png
  is_png poster.png
}

sets_in_motion() {
  orders 1 "$examples/image-to-video.sh" poster.png 'It drifts' motion.mp4 |
    tee motion.log
  is_clip motion.mp4 motion.log
  curl -sSf "$control/stats" | grep -q 'data:image/png;base64,'
}

joins_clips() {
  orders 3 "$examples/several-clips.sh" story.webm One Two 'And three'
  is_webm story.webm
  [ "$(frames story.webm)" -eq 75 ]
}

# One of the two has sound, and is there from the case before.
joins_silence() {
  settings '{"audio":false}'
  orders 1 "$examples/several-clips.sh" mixed.webm One 'The sound of silence'
  settings '{"audio":true}'
  is_webm mixed.webm
  [ "$(frames mixed.webm)" -eq 50 ]
  fails grep -q A_VORBIS mixed.webm
  grep -q A_VORBIS story.webm
}

# Frames that the video sink named "shown" rendered, as its log says.
shown_frames() {
  grep -c '<shown>.* rendering object' "$1"
}

play_py() {
  rm -f shown.log
  env VIDEO_SINK='fakesink name=shown sync=true max-lateness=20000000' \
    AUDIO_SINK='fakesink sync=true' GST_DEBUG=basesink:5 GST_DEBUG_NO_COLOR=1 \
    GST_DEBUG_FILE=shown.log \
    /usr/bin/python3 "$examples/play.py" "$@"
}

# The second of two is bought when the first is stored and could play at once:
# all frames of both are shown.
plays_in_python() {
  orders 1 play_py 'Play me in Python'
  orders 0 play_py --start 0.5 --times 2 'Play me in Python'
  settings '{"generation_time":3}'
  orders 1 play_py 'Play me in Python' 'And me, later'
  settings '{"generation_time":0.2}'
  [ "$(shown_frames shown.log)" -eq 50 ]
}

# The link brings a third of what the clip needs.
plays_on_slow_link() {
  curl -sSf -o /dev/null --data-binary 'clip:rate=150000' "$control/faults"
  orders 1 play_py 'Play me slowly'
  curl -sSf -o /dev/null --data-binary '' "$control/faults"
  [ "$(shown_frames shown.log)" -eq 25 ]
}

has_gi() {
  /usr/bin/python3 -c "import gi; gi.require_version('$1', '1.0')" 2>/dev/null
}

# Three viewers in turn: one order, and each sees the whole.
serves_viewers() {
  local pid url viewer

  exec 4< <(exec /usr/bin/python3 "$examples/rtsp.py" --port 0 'Serve "me"')
  pid=$!
  while read -r -t 60 -u 4 url && [[ $url != rtsp:* ]]; do :; done
  for viewer in 1 2 3; do
    # At the end the server may hang up before rtspsrc does, which minds that.
    timeout 60 gst-launch-1.0 -q rtspsrc location="$url" protocols=tcp \
      ! rtph264depay ! h264parse ! matroskamux \
      ! filesink location=viewer-$viewer.mkv || true
    [ "$(frames viewer-$viewer.mkv)" -eq 25 ]
  done
  kill "$pid"
}

viewers_share_a_clip() {
  orders 1 serves_viewers
}

order_checks_settings() {
  local setting

  for setting in duration=abc duration= duration=4294967301 resolution=foo \
    seed=1x seed=-5 allow-insecure=maybe stats=x nothing=1 duration; do
    orders 0 fails "${order[@]}" --set "$setting" --output no.mp4 Boat \
      2>set.log
    cat set.log
    grep -q "${setting%%=*}" set.log
    [ ! -e no.mp4.part ]
  done
}

order_saves() {
  orders 1 "${order[@]}" --output app.mp4 An application orders | tee app.log
  is_clip app.mp4 app.log
  grep -q 'Orders sent: 1' app.log
}

fails() {
  "$@" && return 1
  return 0
}

# The order's lines as a terminal of so many columns gets them.
lines_on_terminal() {
  python3 - "$1" "${order[@]}" --output pty.mp4 "As wide as $1 columns" \
    <<'PYTHON'
import fcntl, os, pty, re, struct, sys, termios

columns, command = int(sys.argv[1]), sys.argv[2:]
pid, terminal = pty.fork()
if pid == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.execvp(command[0], command)
text = b""
try:
    while data := os.read(terminal, 65536):
        text += data
except OSError:
    pass
text = re.sub(r"\x1b\[[0-9]*[A-Za-z]", "", text.decode())
print("\n".join(re.split(r"[\r\n]+", text)))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
PYTHON
}

# Nothing is as wide as the terminal, and a wider one has a longer bar.
order_fits_terminals() {
  local columns

  for columns in 40 80 120; do
    lines_on_terminal $columns >pty-$columns.log
    cat pty-$columns.log
    grep -q 'Orders sent: 1' pty-$columns.log
  done
  fails grep -E '^(.{80}|\[.{79})' pty-80.log
  fails grep -E '^\[' pty-40.log
  grep -qE '^\[[#.]{16}\] ' pty-80.log
  grep -qE '^\[[#.]{40}\] ' pty-120.log
  grep -qE 'Ordered as task [0-9a-f-]{36}$' pty-40.log
}

order_plays() {
  orders 1 "${order[@]}" --play --set reuse=always Play it >played.log
  cat played.log
  grep -q '^Played to its end. Orders sent: 1' played.log
  orders 0 "${order[@]}" --play --set reuse=always Play it | grep 'sent: 0'
}

order_explains() {
  orders 1 fails "${order[@]}" --output no.mp4 Something forbidden 2>no.log
  cat no.log
  grep -q '^Error: .*moderation.*Nothing was ordered' no.log
  grep -q '^(Ask for something else.)' no.log
  grep -q '^  reason: "moderation"' no.log
  grep -q '^  http-status-code: 400' no.log
  grep -q '^  retryable: FALSE' no.log
  [ ! -e no.mp4 ] && [ ! -e no.mp4.part ]
}

# Interrupted while it waits; the same again gets the clip of the one order.
interrupt_and_repeat() {
  local polls status=0 pid

  polls=$(counter polls)
  settings '{"generation_time":600}'
  "${order[@]}" --output later.mp4 Wait for it >later.log &
  pid=$!
  wait_for polls $((polls + 1))
  kill -INT "$pid"
  wait "$pid" || status=$?
  cat later.log
  [ "$status" -eq 130 ]
  grep -q "^Stopped. Task $(task_in later.log) goes on" later.log
  [ ! -e later.mp4 ] && [ ! -e later.mp4.part ]

  settings '{"generation_time":0.2}'
  "${order[@]}" --output later.mp4 Wait for it | tee again.log
  grep -q 'Orders sent: 0' again.log
  is_clip later.mp4 later.log
}

order_picks_up() {
  orders 1 interrupt_and_repeat
}

check_quickstart() {
  cat "$1.log"
  [ "$(frames "$1/clip.mp4")" -eq 25 ]
  is_webm "$1/clip.webm"
  [ "$(frames "$1/clip.webm")" -eq 25 ]
  is_png "$1/contact-sheet.png"
  grep -q '^Orders sent: 1' "$1.log"
}

quick_start_with_key() {
  orders 1 "$examples/quickstart.sh" 'Rain & <wind> "now"' with >with.log
  check_quickstart with
  is_clip with/clip.mp4 with.log
  fits with.log
}

quick_start_again() {
  orders 0 "$examples/quickstart.sh" 'Rain & <wind> "now"' again >again.log
  cat again.log
  cmp with/clip.mp4 again/clip.mp4
  grep -q '^Orders sent: 0' again.log
}

quick_start_keeps_results() {
  orders 0 refuses "$examples/quickstart.sh" 'Another clip' with
  cmp with/clip.mp4 again/clip.mp4
}

quick_start_without_key() {
  mkdir without
  orders 0 env -u SEEDANCE_API_KEY -u SEEDANCE_BASE_URL \
    -u SEEDANCE_STATE_DIR "$examples/quickstart.sh" $'Rain\n"and" \\wind' \
    without >without.log
  check_quickstart without
}

# One order, although it is stopped and run again.
stop_quick_start() {
  local polls pid status=0

  polls=$(counter polls)
  settings '{"generation_time":600}'
  set -m
  "$examples/quickstart.sh" 'Stopped' stopped >stopped.log &
  pid=$!
  set +m
  wait_for polls $((polls + 1))
  kill -INT -- -$pid
  wait $pid || status=$?
  settings '{"generation_time":0.2}'
  cat stopped.log
  [ "$status" -eq 130 ] && [ ! -e stopped ]
  grep -q '^Stopped. A clip that was ordered is kept' stopped.log
  "$examples/quickstart.sh" 'Stopped' stopped
  [ -s stopped/contact-sheet.png ]
}

quick_start_stopped() {
  orders 1 stop_quick_start
}

# What a stranger does wrong ends with words that help, and buys nothing.
quick_start_mistakes() {
  local start=("$examples/quickstart.sh" 'A mistake')

  orders 0 fails env CLIP=duration=abc "${start[@]}" no 2>no.log
  tail -n 3 no.log
  tac no.log | sed '/^$/q' | grep -q 'duration'
  orders 0 fails env CLIP='duration=-3 resolution=480p' "${start[@]}" no 2>no.log
  tail -n 3 no.log
  tac no.log | sed '/^$/q' | grep -q 'duration'
  [ ! -e no ]
  orders 0 refuses "${start[@]}" no.log/below
  orders 0 refuses "${start[@]}" /proc/no
  orders 1 fails env SEEDANCE_API_KEY=wrong "${start[@]}" no 2>no.log
  tac no.log | sed '/^$/q' | grep -q '^The service refused the API key'
}

quick_start_refused() {
  orders 1 fails "$examples/quickstart.sh" 'A forbidden thing' bad 2>bad.log
  cat bad.log
  # The end of it says the error once more, after an empty line.
  tac bad.log | sed '/^$/q' | grep -q "^The service's moderation refused"
  [ ! -e bad ]
}

# No line of a log is wider than a terminal.
fits() {
  ! grep -E '^.{81}' "$1"
}

# What gst-launch-1.0 tells of an order, stopped, taken up, played again, and
# fetched by its id.
launch_fits() {
  local run=(gst-launch-1.0 seedancesrc prompt='As wide as a terminal'
    reuse=always poll-interval=100)
  local polls

  polls=$(counter polls)
  settings '{"generation_time":600}'
  env --default-signal=INT "${run[@]}" ! filesink location=wide.mp4 >wide.log &
  wait_for polls $((polls + 1))
  kill -INT $!
  wait $! || true
  settings '{"generation_time":0.2}'
  "${run[@]}" ! filesink location=wide.mp4 >>wide.log
  "${run[@]}" ! filesink location=wide.mp4 >>wide.log
  gst-launch-1.0 seedancesrc task-id="$(task_in wide.log)" \
    ! filesink location=wide.mp4 >>wide.log
  cat wide.log
  grep -q 'Ordered before' wide.log
  fits wide.log
}

start_service
test_case 'play.sh plays' plays
test_case 'gst-launch-1.0 tells it in 80 columns' launch_fits
test_case 'save-original.sh keeps every byte' saves
test_case 'every prompt arrives as it was written' prompts_arrive
test_case 'what looks like an option is not bought' options_order_nothing
test_case 'a run that fails leaves an earlier file' failure_keeps_files
test_case 'a run that fails at once ends' fails_before_the_loop_runs
test_case 'a run that is stopped leaves an earlier file' interrupt_keeps_files
test_case 'transcode.sh makes WebM with sound' transcodes
test_case 'a clip without sound is transcoded and played' transcodes_silence
test_case 'poster-frame.sh makes a picture' makes_poster
test_case 'image-to-video.sh sends the picture along' sets_in_motion
test_case 'several-clips.sh joins three clips' joins_clips
test_case 'several-clips.sh joins clips without sound' joins_silence
if has_gi Gst; then
  test_case 'play.py plays every frame of one and of two' plays_in_python
  test_case 'play.py shows every frame on a slow link' plays_on_slow_link
else
  skip_case 'play.py' 'python3-gi or gir1.2-gst-plugins-base-1.0 is missing'
fi
if has_gi GstRtspServer; then
  test_case 'rtsp.py serves three viewers one clip' viewers_share_a_clip
else
  skip_case 'rtsp.py' 'gir1.2-gst-rtsp-server-1.0 is missing'
fi
test_case 'order writes the clip' order_saves
test_case 'order fits its bar into the terminal' order_fits_terminals
test_case 'order plays the clip' order_plays
test_case 'order refuses values that cannot be read' order_checks_settings
test_case 'order explains a refusal' order_explains
test_case 'order stopped and run again orders once' order_picks_up
test_case 'quickstart.sh with a key orders once' quick_start_with_key
test_case 'quickstart.sh run again orders nothing' quick_start_again
test_case 'quickstart.sh keeps what is in a folder' quick_start_keeps_results
test_case 'quickstart.sh without a key' quick_start_without_key
test_case 'quickstart.sh stopped and run again orders once' quick_start_stopped
test_case 'quickstart.sh helps with mistakes' quick_start_mistakes
test_case 'quickstart.sh ends in the words of the error' quick_start_refused
end_tests
