#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes the pictures of the documents anew, with clips of the local service: the
# contact sheet that the quick start leaves, the gallery, what a playout sends
# before, while and after a clip is on air, and the page of seedance-tasks serve.
#
#   docs/update.sh [quickstart|gallery|on-air|serve]
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
service=
trap '[ -z "$service" ] || kill "$service"; rm -rf "$folder"' EXIT
prompt='A paper boat on a rainy street'

quickstart() {
  env -u SEEDANCE_API_KEY -u SEEDANCE_BASE_URL \
    CLIP="resolution=720p duration=5 seed=5" \
    "$root/examples/quickstart.sh" "$prompt" "$folder/made"
  # Small enough to live in the repository.
  gst-launch-1.0 -q filesrc "location=$folder/made/contact-sheet.png" ! pngdec \
    ! videoconvert ! videoscale method=lanczos \
    ! video/x-raw,width=800,height=487 \
    ! jpegenc quality=75 snapshot=true \
    ! filesink "location=$root/docs/quickstart.jpg"
}

gallery() {
  env -u SEEDANCE_API_KEY -u SEEDANCE_BASE_URL -u CLIP \
    "$root/examples/gallery.sh" "$folder/gallery"
  gst-launch-1.0 -q filesrc "location=$folder/gallery/gallery.png" ! pngdec \
    ! videoconvert ! jpegenc quality=60 snapshot=true \
    ! filesink "location=$root/docs/gallery.jpg"
}

start_service() {
  local line

  exec 3< <(exec "$root/build/tests/service/seedance-local" \
    --generation-time 4 --cache-dir "$folder/cache")
  service=$!
  read -r line <&3
  line=${line#*'"api":"'}
  export SEEDANCE_BASE_URL=${line%%'"'*} SEEDANCE_API_KEY=local-key
  export GST_PLUGIN_PATH=$root/build/gst/seedance
}

# A picture of each second of the output, until the slate is back.
record() {
  local clip=(prompt="$prompt" seed=5 resolution=480p duration=5
    poll-interval=200) playout

  # So that the service has it when it is wanted.
  SEEDANCE_STATE_DIR=$folder/before gst-launch-1.0 -q seedancesrc "${clip[@]}" \
    ! fakesink
  export SEEDANCE_STATE_DIR=$folder/state
  gst-launch-1.0 -e -m seedanceplayout name=air "${clip[@]}" \
    slate-text='Stay with us' \
    air.video ! video/x-raw,width=640,height=360,framerate=25/1 \
    ! videorate drop-only=true ! video/x-raw,framerate=1/1 ! pngenc \
    ! multifilesink location="$folder/%d.png" \
    air.audio ! fakesink >"$folder/log" &
  playout=$!
  until grep -q 'what=(string)off-air' "$folder/log"; do sleep 0.1; done
  sleep 3
  kill -INT $playout
  wait $playout
}

# tile NUMBER…: the pictures of these seconds, three in a row.
tile() {
  local places=() inputs=() i=0 row second

  for second in "$@"; do
    row=$((i / 3))
    places+=("sink_$i::xpos=$((i % 3 * 268))" "sink_$i::ypos=$((row * 152))")
    inputs+=(filesrc location="$folder/$second.png" ! pngdec ! videoconvert
      ! videoscale method=lanczos ! 'video/x-raw,width=264,height=148'
      ! imagefreeze num-buffers=1 ! "sheet.sink_$i")
    i=$((i + 1))
  done
  gst-launch-1.0 -q compositor name=sheet background=white "${places[@]}" \
    ! video/x-raw,format=RGB,width=800,height=300 ! videoconvert \
    ! jpegenc quality=75 snapshot=true \
    ! filesink location="$root/docs/on-air.jpg" "${inputs[@]}"
}

# The second before a clip is on air, by what the element says.
second_before() {
  sed -n 's/.*what=(string)on-air.*running-time=(guint64)\([0-9]*\)[0-9]\{9\},.*/\1/p' \
    "$folder/log"
}

on_air() {
  local first last

  start_service
  record
  first=$(($(second_before) + 1))
  last=$(($(find "$folder" -name '[0-9]*.png' | wc -l) - 1))
  # The recording ends three seconds after the clip.
  tile 1 $((first - 1)) $first $(((first + last - 4) / 2)) $((last - 4)) "$last"
}

case ${1-} in
quickstart) quickstart ;;
gallery) gallery ;;
on-air) on_air ;;
serve) "$root/docs/update-serve.py" ;;
'')
  quickstart
  gallery
  on_air
  "$root/docs/update-serve.py"
  ;;
*)
  echo 'usage: docs/update.sh [quickstart|gallery|on-air|serve]' >&2
  exit 2
  ;;
esac
