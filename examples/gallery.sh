#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Makes one picture of what a service can be asked for: resolutions, ratios,
# seeds, a picture that is set in motion, and a first and a last frame.
#
#   examples/gallery.sh [--yes] [FOLDER]
#
# Leaves the clips and gallery.png in FOLDER (default: gallery). Without
# SEEDANCE_API_KEY the clips come from seedance-local, a service on this
# machine, and are free. With a key the twelve clips cost money; the script says
# so and asks first, unless --yes is given. A second run buys nothing. A clip
# that the service does not make is left out of the picture, and the reason is
# printed.
# CLIP sets further properties of all orders (default: duration=5).
set -euo pipefail

clip_of_all=${CLIP-duration=5}
yes=
if [ "${1-}" = --yes ]; then
  yes=1
  shift
fi
root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/examples/lib.sh"
check_arguments 'gallery.sh [--yes] [FOLDER]' 0 1 "$@"
read -r -a clip <<<"$clip_of_all"
folder=${1-gallery}
if ! mkdir -p -- "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
  refuse "$folder cannot be written to. Nothing was ordered."
fi

# The prompt, and the properties of all clips, except where a row varies them.
prompt='A paper boat on a rainy street'
small=(resolution=480p aspect-ratio=16:9 seed=1)
ratios=(9:16 4:3 3:4 21:9 1:1)
seeds=(2 3)
count=$((3 + ${#ratios[@]} + ${#seeds[@]} + 2))

scratch=$(mktemp -d)
service_pid=
orders_pids=()
clean_up() {
  [ -z "$service_pid" ] || kill "$service_pid" 2>/dev/null || true
  rm -rf "$scratch"
}
interrupted() {
  trap '' INT TERM HUP
  [ ${#orders_pids[@]} -eq 0 ] || kill -INT "${orders_pids[@]}" 2>/dev/null || true
  wait "${orders_pids[@]}" 2>/dev/null || true
  echo 'Stopped. What was ordered is kept: run the same again to get it.' >&2
  exit 130
}
trap clean_up EXIT
trap interrupted INT TERM HUP

start_local_service() {
  local line program=$root/build/tests/service/seedance-local

  [ -x "$program" ] || program=seedance-local
  exec 3< <(exec "$program" --generation-time 1)
  service_pid=$!
  read -r -t 60 -u 3 line || refuse 'seedance-local did not start.'
  line=${line#*'"ark":"'}
  export SEEDANCE_BASE_URL=${line%%'"'*} SEEDANCE_API_KEY=local-key
  export SEEDANCE_STATE_DIR=$scratch/state
  unset SEEDANCE_PROVIDER
  # The profile "ark" supports last frames. The local service may be polled
  # often.
  clip+=(provider=ark model=seedance-local poll-interval=500)
}

ask() {
  local answer=

  printf '%s\n' \
    "SEEDANCE_API_KEY is set: these are $count clips, and each that an earlier" \
    'run has not bought costs money: one of 1080p, one of 720p, the others of' \
    '480p. README.md has a table of prices.'
  [ -z "$yes" ] || return 0
  read -r -p 'Order them? [y/N] ' answer || true
  case $answer in
  [yY]*) ;;
  *)
    echo 'Nothing was ordered.'
    exit 1
    ;;
  esac
}

# order NAME PROPERTIES…: orders a clip in the background, as NAME.mp4.
order() {
  local name=$1

  shift
  rm -f "$folder/$name.mp4"
  launch_apart seedancesrc prompt="$(quote "$prompt")" "${clip[@]}" \
    "${small[@]}" reuse=always "$@" \
    ! filesink location="$(quote "$folder/$name.mp4.part")" \
    >"$scratch/$name.log" 2>&1
  orders_pids+=($!)
  ordered+=("$name")
  # An account may run only a few tasks at a time.
  [ ${#ordered[@]} -lt 3 ] || await_orders
}

# Waits for the orders. Prints the error of a clip that was not made.
await_orders() {
  local i name

  for i in "${!ordered[@]}"; do
    name=${ordered[i]}
    if wait "${orders_pids[i]}" && grep -q '^Got EOS' "$scratch/$name.log"; then
      mv -f "$folder/$name.mp4.part" "$folder/$name.mp4"
      printf '  %s\n' "$name"
    else
      rm -f "$folder/$name.mp4.part"
      printf '  %s is left out: %s\n' "$name" \
        "$(sed -n 's/^ERROR: from element [^ ]*: //p' "$scratch/$name.log" |
          head -n 1)"
    fi
  done
  ordered=()
  orders_pids=()
}

# poster NAME: saves a frame from the middle of a clip, which another clip
# begins or ends with. seedance-local writes on its pictures; that part is cut
# off.
poster() {
  local cut=()

  if [ -n "$service_pid" ]; then
    cut=('!' videocrop left=276 right=70 top=99 bottom=99
      '!' videoscale method=lanczos '!' 'video/x-raw,width=864,height=496')
  fi
  gst-launch-1.0 -q filesrc location="$(quote "$folder/$1.mp4")" ! decodebin \
    ! videorate ! video/x-raw,framerate=1/2 ! videoconvert "${cut[@]}" ! pngenc \
    ! multifilesink location="$scratch/$1-%d.png"
  ln -s "$1-0.png" "$scratch/$1.png"
  [ ! -e "$scratch/$1-1.png" ] || ln -sf "$1-1.png" "$scratch/$1.png"
}

order_all() {
  local ratio seed

  ordered=()
  order 480p
  await_orders
  [ -e "$folder/480p.mp4" ] || exit 1
  order 720p resolution=720p
  order 1080p resolution=1080p
  for seed in "${seeds[@]}"; do
    order "seed-$seed" seed="$seed"
  done
  for ratio in "${ratios[@]}"; do
    order "${ratio/:/x}" aspect-ratio="$ratio"
  done
  await_orders
  poster 480p
  [ ! -e "$folder/seed-3.mp4" ] || poster seed-3
  order image image="$(quote "$scratch/480p.png")" aspect-ratio=auto
  order frames image="$(quote "$scratch/480p.png")" \
    last-image="$(quote "$scratch/seed-3.png")" aspect-ratio=auto
  await_orders
}

width=840
gap=8
line=20
x=$gap
y=0
row_height=0
pictures=()
places=()
texts=()

write() {
  texts+=('!' textoverlay "text=$(quote "$3")" "font-desc=Sans $4"
    auto-resize=false wrap-mode=none halignment=left valignment=top
    "xpad=$1" "ypad=$2" draw-shadow=false draw-outline=false)
}

# row TITLE HEIGHT: begins a row with pictures of HEIGHT.
row() {
  [ "$row_height" -eq 0 ] || y=$((y + row_height + line + gap))
  write "$gap" $((y + 6)) "$1" 'Bold 11'
  y=$((y + line + gap))
  x=$gap
  row_height=$2
}

# picture FILE.png WIDTH HEIGHT CAPTION: adds a picture to the row.
picture() {
  local n=$((${#places[@]} / 2))

  [ -e "$1" ] || return 0
  places+=("sink_$n::xpos=$x" "sink_$n::ypos=$y")
  pictures+=(filesrc location="$(quote "$1")" ! pngdec ! videoconvert
    ! videoscale method=lanczos add-borders=false
    ! "video/x-raw,width=$2,height=$3,pixel-aspect-ratio=1/1"
    ! imagefreeze num-buffers=1 ! "sheet.sink_$n")
  write "$x" $((y + $3 + 2)) "$4" 9
  x=$((x + $2 + gap))
}

# take_apart NAME: saves all frames of a clip, small, as $scratch/NAME/000.png
# and so on.
take_apart() {
  mkdir -p "$scratch/$1"
  gst-launch-1.0 -q filesrc location="$(quote "$folder/$1.mp4")" ! decodebin \
    ! videoscale method=lanczos \
    ! video/x-raw,height=180,pixel-aspect-ratio=1/1 \
    ! videoconvert ! pngenc compression-level=1 \
    ! multifilesink location="$scratch/$1/%03d.png"
}

# frame NAME HEIGHT PERCENT WIDTH CAPTION: adds the frame that is PERCENT into
# the clip.
frame() {
  local frames

  [ -e "$folder/$1.mp4" ] || return 0
  [ -d "$scratch/$1" ] || take_apart "$1"
  frames=("$scratch/$1"/*.png)
  picture "${frames[$(((${#frames[@]} - 1) * $3 / 100))]}" "$4" "$2" "$5"
}

lay_out() {
  local ratio seed percent

  row 'resolution, each a sixth of its size' 180
  frame 1080p 180 50 320 1080p
  frame 720p 120 50 214 720p
  frame 480p 82 50 144 480p
  row aspect-ratio 100
  frame 480p 100 50 174 16:9
  for ratio in "${ratios[@]}"; do
    frame "${ratio/:/x}" 100 50 \
      $(((100 * ${ratio%:*} / ${ratio#*:} + 1) / 2 * 2)) "$ratio"
  done
  row 'seed, of the same prompt' 148
  frame 480p 148 50 264 'seed=1'
  for seed in "${seeds[@]}"; do
    frame "seed-$seed" 148 50 264 "seed=$seed"
  done
  row 'image: a picture is set in motion' 110
  picture "$scratch/480p.png" 196 110 'the picture'
  for percent in 0 50 100; do
    frame image 110 "$percent" 196 "the clip, $percent %"
  done
  row 'image and last-image: from one picture to another' 88
  picture "$scratch/480p.png" 156 88 'the first'
  for percent in 0 50 100; do
    frame frames 88 "$percent" 156 "the clip, $percent %"
  done
  picture "$scratch/seed-3.png" 156 88 'the last'
  y=$((y + row_height + line + gap))
}

draw() {
  lay_out
  gst-launch-1.0 -q compositor name=sheet background=black "${places[@]}" \
    ! "video/x-raw,format=RGB,width=$width,height=$((y / 2 * 2))" \
    "${texts[@]}" ! pngenc snapshot=true compression-level=9 \
    ! filesink location="$(quote "$folder/gallery.png")" "${pictures[@]}"
}

if [ -n "${SEEDANCE_API_KEY-}" ]; then
  ask
else
  start_local_service
  printf '%s\n' "No SEEDANCE_API_KEY is set: seedance-local, on this machine." \
    "It draws the prompt on a moving picture, and costs nothing."
fi
printf 'Clips, in %s:\n' "$folder"
order_all
draw
orders=$(cat "$scratch"/*.log | grep -c '^Progress: (submit) Ordered as task') ||
  true
printf 'All of them in one picture: %s\n' "$folder/gallery.png"
if [ -n "$service_pid" ]; then
  printf 'Orders sent: %d, to the service on this machine. Cost: nothing.\n' \
    "$orders"
else
  printf 'Orders sent: %d. The same again is free.\n' "$orders"
fi
