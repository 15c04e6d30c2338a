#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the programs in examples/live against the local service.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
live=$SEEDANCE_SOURCE_ROOT/examples/live
keyboard=(
  "$BUILD_DIR/examples/keyboard" --set resolution=480p --set duration=1
  --set poll-interval=100
)
export VIDEO_SINK='fakesink sync=true' AUDIO_SINK='fakesink sync=true'

fails() {
  "$@" && return 1
  return 0
}

feed() {
  timeout 200 /usr/bin/python3 "$live/rundown.py" "$@"
}

# shown LOG N: so many items were on air to their end, with all of their frames:
# one second and a frame at 24 frames a second, in 25 frames a second.
shown() {
  cat "$1"
  [ "$(grep -cE '^20[0-9-]*T[0-9:.]*Z  [0-9a-f]{8}-[0-9]*  27 frames, end$' \
    "$1")" -eq "$2" ]
}

feeds() {
  orders 3 feed --folder day One 'Two "and" more' One >feed.log
  shown feed.log 3
  [ "$(wc -l <day/rundown.jsonl)" -eq 3 ]
}

# Nothing is shown again, and the new one is.
feeds_again() {
  orders 0 feed --folder day One 'Two "and" more' One >feed.log
  shown feed.log 0
  orders 1 feed --folder day One 'Two "and" more' One Four >feed.log
  shown feed.log 1
  [ "$(grep -c '^{"id"' day/as-run.jsonl)" -eq 4 ]
}

feeds_from_input() {
  printf 'Five\n\nA forbidden one\nSix' >prompts
  orders 3 feed --folder input <prompts >feed.log
  shown feed.log 2
  grep -q 'was passed over: moderation$' feed.log
  mkfifo later
  feed --folder fifo <later >feed.log &
  exec 5>later
  echo Seven >&5
  wait_for posts "$(($(counter posts) + 1))"
  echo Eight >&5
  exec 5>&-
  wait $!
  shown feed.log 2
}

refuse_blank() {
  fails feed --folder blank One ' '
  [ ! -e blank ]
}

feeds_nothing_blank() {
  orders 0 refuse_blank
}

stop_and_feed() {
  local pid status=0 polls

  polls=$(counter polls)
  settings '{"generation_time":600}'
  /usr/bin/python3 "$live/rundown.py" --folder stopped Stopped >stopped.log &
  pid=$!
  wait_for polls $((polls + 1))
  kill -TERM "$pid"
  wait "$pid" || status=$?
  cat stopped.log
  [ "$status" -eq 130 ]
  grep -q '^Stopped' stopped.log
  settings '{"generation_time":0.2}'
  feed --folder stopped Stopped >feed.log
  shown feed.log 1
}

feeds_what_was_stopped() {
  orders 1 stop_and_feed
}

# What a crash left at the end of both files.
feeds_behind_half_lines() {
  printf '{"id":"half' >>day/rundown.jsonl
  printf '{"id":"half' >>day/as-run.jsonl
  orders 1 feed --folder day One Nine >feed.log
  shown feed.log 1
}

# press STEPS ARGUMENTS…: runs it on a terminal. Each line of the steps is a text
# that is waited for, a tab, and the keys that are pressed then.
press() {
  timeout 200 python3 - "$@" <<'PYTHON'
import os, pty, sys, termios

steps, command = open(sys.argv[1]).read().splitlines(), sys.argv[2:]
keyboard, terminal = pty.openpty()
before = termios.tcgetattr(terminal)
pid = os.fork()
if pid == 0:
    os.close(keyboard)
    os.setsid()
    for stream in (0, 1, 2):
        os.dup2(terminal, stream)
    os.execvp(command[0], command)
seen = b""
for step in steps:
    text, keys = step.split("\t")
    while text.encode() not in seen:
        seen += os.read(keyboard, 65536)
    # Only what comes later counts for the next step.
    seen = seen[seen.index(text.encode()) + len(text):]
    print(text, "->", keys, flush=True)
    os.write(keyboard, keys.encode())
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
if termios.tcgetattr(terminal) != before:
    sys.exit("The terminal was left as it was not found.")
sys.exit(status)
PYTHON
}

# Ordered once, played twice; the second time while the output is held.
presses_keys() {
  printf '%s\t%s\n' 'Keys: 1 to 2' 3 'Clip 3 has no prompt' 1 \
    'off-air 1-1' h 'Holding' 1 'from what was bought' '' 'ready 1-2' i \
    'seedance-playout-status' h 'Going on' '' 'on-air 1-2' s 'off-air 1-2' s 'nothing to skip' c 'Cleared' q >steps
  orders 1 press steps "${keyboard[@]}" 'Key one' 'Key two'
}

# A refusal costs one question, and no second one.
presses_in_vain() {
  printf '%s\t%s\n' 'Keys:' 1 'failed 1-1: The service' 1 \
    'Clip 1 failed' q >steps
  orders 1 press steps "${keyboard[@]}" 'A forbidden key'
}

keys_and_no_prompt() {
  fails "${keyboard[@]}" 2>no.log </dev/null
  grep -q 'One to nine prompts' no.log
  fails "${keyboard[@]}" 1 2 3 4 5 6 7 8 9 10 </dev/null
  fails "${keyboard[@]}" --set duration=abc One </dev/null 2>no.log
  grep -q 'No value for duration: abc' no.log
  fails "${keyboard[@]}" --set stats=x One </dev/null 2>no.log
  grep -q 'No property of seedanceplayout' no.log
}

keys_and_mistakes() {
  orders 0 keys_and_no_prompt
}

start_service
test_case 'rundown.py puts three items on air' feeds
test_case 'rundown.py run again orders and shows nothing again' feeds_again
test_case 'rundown.py reads prompts as they come' feeds_from_input
test_case 'rundown.py orders nothing for a blank prompt' feeds_nothing_blank
test_case 'rundown.py stopped and run again orders once' feeds_what_was_stopped
test_case 'rundown.py goes on behind half lines' feeds_behind_half_lines
test_case 'keyboard orders once and plays twice' presses_keys
test_case 'keyboard takes a refusal once' presses_in_vain
test_case 'keyboard orders nothing for mistakes' keys_and_mistakes
end_tests
