# shellcheck shell=sh
# SPDX-License-Identifier: LGPL-2.1-or-later
# Functions and settings of the example scripts, which source this file.

# Properties of the order besides the prompt.
# shellcheck disable=SC2034 # for who sources this
clip=${CLIP-resolution=720p duration=5}
# Finds the plugin in the build folder; not needed once it is installed.
export GST_PLUGIN_PATH="${GST_PLUGIN_PATH:-$(dirname "$0")/../build/gst/seedance}"

refuse() {
  printf '%s\nusage: %s\n' "$1" "$usage" >&2
  exit 2
}

# check_arguments USAGE LEAST MOST ARGUMENTS…: ends the script if the arguments
# are wrong, before anything costs money.
check_arguments() {
  usage=$1 least=$2 most=$3
  shift 3
  for word in "$@"; do
    case $word in
    -h | --help)
      printf 'usage: %s\n' "$usage"
      exit 0
      ;;
    esac
  done
  for word in "$@"; do
    case $word in
    -*) refuse "There is no option $word. Nothing was ordered." ;;
    *[![:space:]]*) ;;
    *) refuse 'An argument is blank. Nothing was ordered.' ;;
    esac
  done
  if [ $# -lt "$least" ] || [ $# -gt "$most" ]; then
    refuse 'These are not the arguments. Nothing was ordered.'
  fi
}

# quote TEXT: prints TEXT so that gst-launch-1.0 reads it as one value. Quotes
# and backslashes have a meaning there; most prompts have none. Quotes around a
# whole text, and a backslash at its end, survive only as octal numbers.
quote() {
  case $1 in
  '"' | '"'*'"' | *\\ | NULL)
    printf '"\\"%s\\""' "$(printf %s "$1" | od -An -v -t o1 | tr -d '\n' |
      sed 's/ /\\\\/g')"
    ;;
  '' | *[\"\'\\[:cntrl:]]*)
    printf '"'
    printf %s "$1" | sed 's/[\\"]/\\&/g'
    printf '"'
    ;;
  *) printf %s "$1" ;;
  esac
}

# write_to FILE: sets $part to the name to write to. finish_file then renames it
# to FILE. A run that fails or is stopped leaves FILE as it was. Ends the script
# if the file cannot be written, before anything costs money.
write_to() {
  file=$1
  part=$file.part
  [ ! -d "$file" ] || refuse "$file is a folder. Nothing was ordered."
  # In a shell of its own, because a redirection that fails may end the shell.
  (: >"$part") 2>/dev/null ||
    refuse "$file cannot be written to. Nothing was ordered."
  trap 'rm -f "$part"' EXIT
}

# launch_apart ARGUMENTS…: starts gst-launch-1.0 in the background. An interrupt
# ends it properly; only the script may send one. It has a session of its own,
# because the terminal's Ctrl-C would reach it as a second interrupt and kill
# it. Then nobody would know whether an order that is being sent is billed.
launch_apart() {
  setsid env --default-signal=INT gst-launch-1.0 "$@" &
}

# launch ARGUMENTS…: runs gst-launch-1.0. A signal that stops this script
# interrupts it.
launch() {
  launch_apart "$@"
  launched=$!
  trap stop_launched INT TERM HUP
  wait "$launched"
}

stop_launched() {
  trap '' INT TERM HUP
  kill -INT "$launched" 2>/dev/null || true
  wait "$launched" || true
  echo 'Stopped. What was ordered is kept: run the same again to get it.' >&2
  exit 130
}

finish_file() {
  mv -f "$part" "$file"
}

# has_sound FILE.mp4: whether the clip has a track of sound.
has_sound() {
  LC_ALL=C grep -qaP 'hdlr\x00{8}soun' "$1"
}
