# shellcheck shell=bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# TAP, a local service, and looking at files. To be sourced by tests that run
# with what examples/meson.build puts into the environment.

: "${SEEDANCE_SOURCE_ROOT:?run this with meson test}" "${BUILD_DIR:?}"

scratch=$(mktemp -d)
api=
control=
service_pid=
number=0

# Small clips; the service on this machine may be asked often.
export CLIP='resolution=480p duration=1 poll-interval=100'
export SEEDANCE_API_KEY=local-key
export SEEDANCE_STATE_DIR=$scratch/state
export NO_INSTALL=1
unset SEEDANCE_PROVIDER SEEDANCE_STATE_MAX_SIZE SEEDANCE_BUDGET \
  SEEDANCE_URI_SUBMIT
export VIDEO_SINK=fakesink AUDIO_SINK=fakesink

clean_up() {
  [ -z "$service_pid" ] || kill "$service_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

start_service() {
  local program=$BUILD_DIR/tests/service/seedance-local line

  if [ ! -x "$program" ]; then
    echo '1..0 # SKIP seedance-local was not built'
    exit 0
  fi
  exec 3< <(exec "$program" --generation-time 0.2)
  service_pid=$!
  read -r -t 60 -u 3 line || { echo 'Bail out! no service'; exit 1; }
  control=${line#*'"control":"'}
  control=${control%%'"'*}
  line=${line#*'"api":"'}
  api=${line%%'"'*}
  export SEEDANCE_BASE_URL=$api
}

# test_case NAME FUNCTION: its output becomes comments when it fails.
test_case() {
  local status=0

  number=$((number + 1))
  # Not in a condition: that would switch off -e inside of it.
  set +e
  (
    set -e
    cd "$scratch"
    "$2"
  ) >"$scratch/log" 2>&1 3<&-
  status=$?
  set -e
  if [ "$status" -eq 0 ]; then
    echo "ok $number - $1"
  else
    echo "not ok $number - $1"
    sed 's/^/# /' "$scratch/log"
  fi
}

# skip_case NAME REASON
skip_case() {
  number=$((number + 1))
  echo "ok $number - $1 # SKIP $2"
}

end_tests() {
  echo "1..$number"
}

settings() {
  curl -sSf -o /dev/null -d "$1" "$control/settings"
}

# Waits until a counter of the service is that high.
wait_for() {
  curl -sSf -m 60 -o /dev/null \
    "$control/wait?counter=$1&at-least=$2"
}

counter() {
  curl -sSf "$control/stats" |
    sed -n "s/.*\"$1\":[[:space:]]*\\([0-9]*\\).*/\\1/p" | head -n 1
}

# orders_are N BEFORE: so many were sent since the counter was at BEFORE.
orders_are() {
  local sent

  sent=$(($(counter posts) - $2))
  if [ "$sent" -ne "$1" ]; then
    echo "$sent orders were sent, not $1"
    return 1
  fi
}

# orders N COMMAND…: the command sends exactly so many orders.
orders() {
  local expected=$1 before

  shift
  before=$(counter posts)
  "$@"
  orders_are "$expected" "$before"
}

# The task that a command's output names.
task_in() {
  sed -n 's/.*Ordered as task \([^ ]*\)$/\1/p' "$1" | tail -n 1
}

is_clip() {
  curl -sSf "$control/clip/$(task_in "$2")" | cmp - "$1"
}

# frames FILE [CAPS]: how many decoded buffers there are.
frames() {
  gst-launch-1.0 -v filesrc location="$1" ! decodebin ! "${2-video/x-raw}" \
    ! identity silent=false ! fakesink | grep -c 'chain   \*'
}

is_webm() {
  local codecs

  [ "$(od -An -N 4 -t x1 "$1" | tr -d ' ')" = 1a45dfa3 ]
  codecs=$(strings_of "$1")
  grep -q V_VP8 <<<"$codecs"
}

strings_of() {
  head -c 4096 "$1" | tr -c '[:print:]' '\n'
}

is_png() {
  gst-launch-1.0 -q filesrc location="$1" ! pngdec ! fakesink
}
