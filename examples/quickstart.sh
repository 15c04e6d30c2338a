#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
#
# Installs missing packages, builds the plugin, and orders one clip. Leaves the
# clip, a transcoded copy, and a sheet with frames of it in a folder.
#
#   examples/quickstart.sh ["PROMPT" [FOLDER]]
#
# With SEEDANCE_API_KEY set the clip comes from the service, at
# SEEDANCE_BASE_URL if that is set too, and costs money. Without a key it
# comes from seedance-local, a service on this machine, and is free.
# CLIP sets further properties (default: "resolution=720p duration=5").
# INSTALLED=1 installs and builds nothing: it uses the plugin and the
# seedance-local of the system.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
# shellcheck source-path=SCRIPTDIR/.. source=tests/setup.sh
. "$root/tests/setup.sh"
own_plugins=${GST_PLUGIN_PATH-}
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$root/examples/lib.sh"

check_arguments 'quickstart.sh ["PROMPT" [FOLDER]]' 0 2 "$@"
prompt=${1-A paper boat on a rainy street}
folder=${2-$root/quickstart-$(date +%Y%m%d-%H%M%S)}
# A relative name is shorter to read, if the folder is below the current one.
folder=$(realpath --canonicalize-missing --relative-base="$PWD" -- "$folder")
if [ -e "$folder" ] && [ -n "$(ls -A "$folder")" ]; then
  refuse "$folder is not an empty folder. Nothing was ordered."
fi
made_folder=
[ -e "$folder" ] || made_folder=$folder
if ! mkdir -p -- "$folder" 2>/dev/null || [ ! -w "$folder" ]; then
  refuse "$folder cannot be written to. Nothing was ordered."
fi
read -r -a clip <<<"$clip"

columns=3
rows=3
gap=8
header=40

scratch=$(mktemp -d)
log=$scratch/log
service_pid=
unfinished=
began=$SECONDS

title() {
  if [ -t 1 ]; then
    printf '\n\033[1m%s\033[0m\n' "$*"
  else
    printf '\n%s\n' "$*"
  fi
}

clean_up() {
  if [ -n "$service_pid" ]; then
    kill "$service_pid" 2>/dev/null || true
  fi
  rm -rf "$scratch"
  # A folder that is not complete is of no use; a clip that was paid for is kept
  # in the state folder.
  if [ -n "$made_folder" ]; then
    rm -rf "$folder"
  fi
  [ -z "$unfinished" ] || rm -f "$unfinished"
}

interrupted() {
  printf '\nStopped.'
  if [ -z "$service_pid" ]; then
    printf ' A clip that was ordered is kept: run the same again to get it.'
  fi
  printf '\n'
  exit 130
}

trap clean_up EXIT
trap interrupted INT TERM

# Prints a word as a user would type it in a shell.
quote_for_shell() {
  local plain='^[[:alnum:]_./:,=+%-]+$'

  if [[ $1 =~ $plain || $1 == '!' ]]; then
    printf %s "$1"
  elif [[ $1 =~ ^[[:alnum:]-]+= ]]; then
    printf "%s'%s'" "${BASH_REMATCH[0]}" \
      "$(printf %s "${1#*=}" | sed "s/'/'\\\\''/g")"
  else
    printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
  fi
}

# Prints a command as a user would type it, in lines of 80 columns.
print_command() {
  local word link='' line='$'

  for word in "$@"; do
    word=$link$(quote_for_shell "$word")
    link=
    # A "!" stays in the line of the element that follows.
    if [ "$word" = '!' ]; then
      link='! '
      continue
    fi
    if [ $((${#line} + ${#word})) -gt 76 ]; then
      printf '%s \\\n' "$line"
      line='   '
    fi
    line+=" $word"
  done
  printf '%s\n' "$line"
}

# Repeats at the end what went wrong, for users who read only the last lines.
print_failure() {
  local words

  words=$(sed -n 's/^ERROR: from element [^ ]*: //p' "$log" | head -n 1)
  if [ -z "$words" ]; then
    # gst-launch-1.0 refuses some values before it has made an element.
    words=$(sed -n 's/^WARNING: erroneous pipeline: //p' "$log" | head -n 1)
    words=${words:+gst-launch-1.0 $words. Nothing was ordered.}
  fi
  printf '\n%s\n' "${words:-The pipeline ended too early.}" | fold_text >&2
}

fold_text() {
  fold -s -w 80 | sed 's/ *$//'
}

# Prints a command and runs it. Its output is shown at once, and kept in $log.
run() {
  local status=0

  print_command "$@"
  "$@" 2>&1 | (
    trap '' INT
    tee -a "$log" | sed -u '/^Redistribute latency/d' | stdbuf -oL fold -s -w 80
  ) || status=$?
  if [ "$status" -ne 0 ] || ! grep -q '^Got EOS' "$log"; then
    print_failure
    exit 1
  fi
}

start_local_service() {
  local line

  exec 3< <(exec "$local_service" --generation-time 4)
  service_pid=$!
  read -r -t 60 -u 3 line || die 'seedance-local did not start.'
  line=${line#*'"api":"'}
  SEEDANCE_BASE_URL=${line%%'"'*}
  SEEDANCE_API_KEY=local-key
  SEEDANCE_STATE_DIR=$scratch/state
  export SEEDANCE_BASE_URL SEEDANCE_API_KEY SEEDANCE_STATE_DIR
  unset SEEDANCE_PROVIDER
  # The local service may be polled often.
  clip+=(poll-interval=1000)
}

# Prints the frame rate at which a clip has $columns x $rows frames.
frame_rate() {
  local seconds=5

  if [[ " ${clip[*]}" =~ \ duration=([1-9][0-9]*) ]]; then
    seconds=${BASH_REMATCH[1]}
  fi
  printf '%d/%d' $((columns * rows)) "$seconds"
}

# Prints the height of a frame of the contact sheet.
frame_height() {
  case " ${clip[*]}" in
  *' aspect-ratio=9:16'* | *' aspect-ratio=3:4'*) echo 320 ;;
  *) echo 180 ;;
  esac
}

# png_number FILE BYTE: prints the width (BYTE 16) or height (BYTE 20) of a PNG.
png_number() {
  od -An -j "$2" -N 4 -t u4 --endian=big "$1" | tr -d ' '
}

make_contact_sheet() {
  local frames=("$scratch"/frame-*.png) places=() inputs=() text
  local width height sheet_width letters i

  frames=("${frames[@]:0:columns * rows}")
  width=$(png_number "${frames[0]}" 16)
  height=$(png_number "${frames[0]}" 20)
  for i in "${!frames[@]}"; do
    places+=("sink_$i::xpos=$((gap + i % columns * (width + gap)))"
      "sink_$i::ypos=$((header + (height + gap) * (i / columns)))")
    inputs+=(filesrc "location=${frames[i]}" '!' pngdec '!' videoconvert '!'
      imagefreeze num-buffers=1 '!' "sheet.sink_$i")
  done
  rows=$(((${#frames[@]} + columns - 1) / columns))
  sheet_width=$((columns * (width + gap) + gap))
  letters=$((sheet_width / 13))
  text=$(tr -s '[:space:]' ' ' <<<"$prompt")
  [ "${#text}" -le "$letters" ] || text=${text:0:letters - 1}…
  text=$(sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' <<<"$text")
  quietly gst-launch-1.0 \
    compositor name=sheet background=black "${places[@]}" \
    ! "video/x-raw,format=RGB,width=$sheet_width,\
height=$((header + rows * (height + gap)))" \
    ! textoverlay "text=$(quote "$text")" "font-desc=Sans Bold 15" \
    auto-resize=false wrap-mode=none \
    valignment=top halignment=left xpad=12 ypad=9 \
    draw-shadow=false draw-outline=false \
    ! pngenc snapshot=true compression-level=9 \
    ! filesink "location=$(quote "$folder/contact-sheet.png")" \
    "${inputs[@]}"
}

prepare() {
  title 'Packages'
  install_packages || die 'Nothing was ordered.'
  printf 'All there.\n'

  title 'Build'
  build gst/seedance/libgstseedance.so tests/service/seedance-local \
    tools/seedance-tasks examples/order ||
    die "It could not be built in $build_dir; BUILD_DIR names another folder.
Nothing was ordered."
  printf 'In %s.\n' "$build_dir"
}

if [ -z "${INSTALLED-}" ]; then
  prepare
  local_service=$build_dir/tests/service/seedance-local
  GST_PLUGIN_PATH=$build_dir/gst/seedance${own_plugins:+:$own_plugins}
else
  local_service=seedance-local
  GST_PLUGIN_PATH=$own_plugins
fi
export GST_PLUGIN_PATH

title 'Service'
if [ -n "${SEEDANCE_API_KEY-}" ]; then
  printf 'SEEDANCE_API_KEY is set: one clip is ordered, and billed.\n'
else
  start_local_service
  printf '%s\n' "No SEEDANCE_API_KEY is set: seedance-local, on this machine." \
    "It draws the prompt on a moving picture, and costs nothing."
fi

order=(seedancesrc "prompt=$(quote "$prompt")" "${clip[@]}" reuse=always)

title 'Order the clip, wait for it, keep it byte for byte'
unfinished=$folder/clip.mp4
run gst-launch-1.0 "${order[@]}" \
  ! filesink "location=$(quote "$unfinished")"
made_folder=

title 'The same order once more: nothing is bought, the clip is there'
sound=()
if has_sound "$folder/clip.mp4"; then
  sound=(decode. ! queue ! audioconvert ! audioresample ! vorbisenc ! mux.)
fi
unfinished=$folder/clip.webm
run gst-launch-1.0 "${order[@]}" ! decodebin name=decode \
  decode. ! queue ! videoconvert ! tee name=frames \
  frames. ! queue ! vp8enc deadline=1 cpu-used=8 threads=4 \
  target-bitrate=3000000 ! webmmux name=mux \
  ! filesink "location=$(quote "$unfinished")" \
  frames. ! queue ! videorate ! "video/x-raw,framerate=$(frame_rate)" \
  ! videoscale ! "video/x-raw,height=$(frame_height),pixel-aspect-ratio=1/1" \
  ! videoconvert ! pngenc ! multifilesink "location=$scratch/frame-%02d.png" \
  "${sound[@]}"
unfinished=
make_contact_sheet

title "Done in $((SECONDS - began)) s"
printf '%s\n' "In $folder:"
printf '  %-18s %s\n' \
  clip.mp4 "the clip as it came, $(stat -c %s "$folder/clip.mp4") bytes" \
  clip.webm "transcoded: WebM, VP8${sound:+ and Vorbis}" \
  contact-sheet.png "frames of the clip, to look at"
orders=$(grep -c '^Progress: (submit) Ordered as task' "$log") || true
if [ -n "$service_pid" ]; then
  printf 'Orders sent: %d, to the service on this machine. Cost: nothing.\n' \
    "$orders"
elif [ "$orders" -eq 0 ]; then
  printf 'Orders sent: 0. The clip was paid for by an earlier run.\n'
else
  printf 'Orders sent: %d. It is billed once; the same prompt again is free.\n' \
    "$orders"
fi
