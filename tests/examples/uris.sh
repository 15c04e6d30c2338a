#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the examples that open clips by seedance: URIs.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
examples=$SEEDANCE_SOURCE_ROOT/examples
small='resolution=480p&duration=1'
boat="seedance:?prompt=A paper boat&$small"
sea="seedance:?prompt=The sea&$small"

fails() {
  "$@" && return 1
  return 0
}

uri_py() {
  /usr/bin/python3 "$examples/uri.py" --set poll-interval=100 "$@" 2>&1
}

edit_py() {
  /usr/bin/python3 "$examples/edit.py" "$@" 2>&1
}

# What no program may do by itself.
refuses() {
  fails "$@" >refused.log
  cat refused.log
  grep -q '^Error: There is no clip for this seedance: URI' refused.log
}

uri_py_is_careful() {
  orders 0 refuses uri_py "$boat"
  grep -q '^  reason: uri-submit' refused.log
  orders 0 refuses uri_py --times 2 "$boat" "$sea"
  orders 0 fails uri_py --order "$boat&base-url=http://127.0.0.1"
  orders 0 fails uri_py --order 'no URI'
  orders 0 fails uri_py --order --times 0 "$boat"
  orders 0 fails uri_py --order --start=-1 "$boat"
  orders 0 fails uri_py --order --set retries=few "$boat"
  orders 0 fails uri_py --order --set retrys=1 "$boat"
}

uri_py_plays() {
  orders 2 uri_py --order --times 2 --start 0.5 "$boat" "$sea" >plays.log
  cat plays.log
  [ "$(grep -c 'Orders sent: 1$' plays.log)" -eq 2 ]
  grep -q '^Opens seedance:?prompt=A%20paper%20boat&resolution=480p' plays.log
  grep -q '^Played seedance:?prompt=The%20sea&resolution=480p' plays.log
  grep -Eq '^Task [0-9a-f-]{36}$' plays.log
  grep -q '^task-id: .*status: succeeded' plays.log
  grep -q '^Title: A paper boat' plays.log
  orders 0 uri_py "$sea" "$boat" "$sea" >again.log
  [ "$(grep -c 'Orders sent: 0$' again.log)" -eq 3 ]
}

uri_py_opens_tasks() {
  local id

  id=$(sed -n 's/^Task //p' plays.log | head -n 1)
  orders 0 uri_py "seedance:task/$id" >task.log
  cat task.log
  grep -q "^Opens seedance:task/$id" task.log
}

# What was found out is not paid for again.
uri_py_discovers() {
  local street="seedance:?prompt=A street&$small"

  orders 1 uri_py --order --discover "$street" "$boat" >found.log
  cat found.log
  [ "$(grep -c ': 1\.[0-9]* s$' found.log)" -eq 2 ]
  grep -q '^  video 864x496' found.log
  grep -q '^  audio' found.log
  orders 0 uri_py "$street"
}

edit_py_cuts() {
  orders 0 fails edit_py --order no/cut.webm "$boat" 'seedance:?prompt=Unseen'
  orders 0 fails edit_py no.webm "$boat" 'seedance:?prompt=Nobody has it'
  [ ! -e no.webm ] && [ ! -e no.webm.part ]
  orders 1 edit_py --order cut.webm "$boat" "seedance:?prompt=A cut&$small"
  is_webm cut.webm
  # Two clips of 25 frames of a 24th, less the fade, at the editor's 30 a second.
  [ "$(frames cut.webm)" -ge 40 ]
  [ "$(frames cut.webm audio/x-raw)" -gt 0 ]
  orders 0 edit_py cut.webm "$sea" "$boat" "$sea"
  [ "$(frames cut.webm)" -ge 55 ]
}

has_gi() {
  /usr/bin/python3 -c "import gi; gi.require_version('$1', '1.0')" 2>/dev/null
}

start_service
if has_gi GstPbutils; then
  test_case 'uri.py spends nothing without --order' uri_py_is_careful
  test_case 'uri.py orders each clip once' uri_py_plays
  test_case 'uri.py opens a task' uri_py_opens_tasks
  test_case 'uri.py discovers' uri_py_discovers
else
  skip_case 'uri.py' 'python3-gi or gir1.2-gst-plugins-base-1.0 is missing'
fi
if has_gi GES; then
  test_case 'edit.py cuts clips that are ordered once' edit_py_cuts
else
  skip_case 'edit.py' 'gir1.2-ges-1.0 is missing'
fi
end_tests
