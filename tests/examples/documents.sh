#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the command lines of the documents as they stand there, one after the
# other, with fakesink in place of the desktop's sinks and small clips. Each
# costs what the text above it says. Then holds the documents against the
# element.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
root=$SEEDANCE_SOURCE_ROOT

# Between "|[" and "]|" in a comment.
lines_of_comment() {
  sed -n '/|\[/,/\]|/ { /|\[/d; s/^ \*\( \|$\)//; s/^\]|.*/---/; p }' "$1"
}

# All that is between "```sh" and "```", each with a first line that says how
# many clips it costs by the text above it.
lines_of_readme() {
  awk '/^```sh$/ { inside = 1; text = ""; next }
    /^```$/ && inside {
      inside = 0
      printf "# costs %d\n%s---\n", cost, text
      cost = 0
    }
    inside { text = text $0 "\n"; next }
    /[Cc]osts one clip/ { cost = 1 }
    /[Cc]osts two clips/ { cost = 2 }' "$1"
}

# Why a command of the README is not run here; nothing if it is.
reason_not_to_run() {
  case $1 in
  *tests/run.sh*) echo 'examples.sh runs the quick start, tests/run.sh this' ;;
  *build-system*) echo 'tests/install does' ;;
  *task-id=ID*) echo 'needs an id; examples.sh fetches a task by its id' ;;
  *examples/rtsp.py*) echo 'runs until stopped; examples.sh has viewers' ;;
  *seedance-local\ --*) echo 'runs until stopped; all tests have one' ;;
  *'{"id":'*) echo 'items of a rundown' ;;
  *examples/live/*) echo 'runs until stopped; live.sh records what it sends' ;;
  *examples/gallery.sh*) echo 'it asks; gallery.sh answers' ;;
  *'export CLIP='*) echo 'examples.sh sets CLIP' ;;
  *SEEDANCE_BASE_URL=*) echo 'done already, with another port' ;;
  *benchmark/run.sh*) echo 'takes minutes; CI has a short run' ;;
  *'meson setup build '*) echo 'this is such a build' ;;
  esac
}

make_small() {
  sed -e 's/auto\(video\|audio\)sink/fakesink/g' \
    -e 's/ resolution=[0-9a-z]*//g' -e 's/ duration=[0-9]*//g' \
    -e "s/\\<seedance\\(src\\|playout\\) /&$CLIP /g" \
    -e 's/&resolution=[0-9a-z]*&duration=[0-9]*/\&resolution=480p\&duration=1/'
}

# The key is set already; the official service is another part of the local one;
# and what never ends by itself is stopped.
adapt() {
  sed -e '/^export SEEDANCE_API_KEY=/d' -e '/^export GST_PLUGIN_PATH=/d'
}

runs() {
  local before cost status=0 run=(timeout 120)

  echo "$text"
  case $text in
  *provider=ark*) run=(env "SEEDANCE_BASE_URL=$api/api/v3" "${run[@]}") ;;
  *provider=openai*) run=(env "SEEDANCE_BASE_URL=$api/openai/v1" "${run[@]}") ;;
  *provider=fal*) run=(env "SEEDANCE_BASE_URL=$api/fal" "${run[@]}") ;;
  *provider=replicate*)
    run=(env "SEEDANCE_BASE_URL=$api/replicate/v1" "${run[@]}")
    ;;
  *provider=openrouter*)
    run=(env "SEEDANCE_BASE_URL=$api/openrouter/api/v1" "${run[@]}")
    ;;
  *seedanceplayout*) run=(timeout --signal=INT 15) ;;
  esac
  before=$(counter posts)
  "${run[@]}" bash -e <<<"$(adapt <<<"$text")" || status=$?
  # Stopped by timeout.
  [ "$status" -eq 0 ] || [[ $text == *seedanceplayout* && $status -eq 124 ]]
  cost=$(sed -n 's/^# costs //p' <<<"$text")
  if [ -n "$cost" ]; then
    orders_are "$cost" "$before"
  else
    [ "$(counter posts)" -gt "$before" ]
  fi
}

run_lines() {
  local name=$1 line title reason

  text=
  while IFS= read -r line; do
    if [ "$line" != --- ]; then
      text+=$line$'\n'
      continue
    fi
    title="$name: $(grep -v '^#' <<<"$text" | head -n 1 | head -c 60)…"
    reason=$(reason_not_to_run "$text")
    if [ -n "$reason" ]; then
      skip_case "$title" "$reason"
    else
      test_case "$title" runs
    fi
    text=
  done < <(make_small)
}

properties_of() {
  gst-inspect-1.0 "$1" | sed -n '/^Element Properties/,/^Element Sig/p' |
    sed -n 's/^  \([a-z][a-z-]*\) *: .*/\1/p' | sort
}

# The element's own: what two other sources have in common is inherited, which
# is more in newer versions of GStreamer.
properties() {
  comm -12 <(properties_of filesrc) <(properties_of fdsrc) >inherited
  properties_of seedancesrc | comm -23 - inherited
}

# The same of a bin, without what seedancesrc has and means the same.
playout_properties() {
  properties_of bin >inherited
  properties_of seedanceplayout | comm -23 - inherited |
    comm -23 - <(properties_of seedancesrc | grep -vx stats)
}

# assert_table FILE: the table of properties there has those in the file names.
assert_table() {
  local name

  while read -r name; do
    grep -q "^| \`$name\`" "$1" || { echo "no $name"; false; }
  done <names
  sed -n '/^## Properties/,/^## /p' "$1" | sed '/^| signal/,$d' |
    grep "^| [\`]" | cut -d '|' -f 2 | tr -dc 'a-z\n-' | while read -r name; do
    grep -qx -- "$name" names || { echo "no such property: $name"; false; }
  done
}

table_is_complete() {
  properties >names
  [ "$(wc -l <names)" -gt 20 ]
  assert_table "$root/README.md"
}

playout_table_is_complete() {
  playout_properties >names
  cat names
  [ "$(wc -l <names)" -gt 15 ]
  assert_table "$root/docs/live.md"
}

mark_table_is_complete() {
  local name

  properties_of identity | grep -x -e name -e parent -e qos >inherited
  properties_of seedancemark | comm -23 - inherited >names
  [ "$(wc -l <names)" -gt 3 ]
  sed -n '/^## The mark/,/^## /p' "$root/README.md" | grep "^| [\`]" |
    cut -d '|' -f 2 | tr -s ' ,' '\n' | tr -dc 'a-z\n-' | sed '/^$/d' |
    sort >listed
  diff names listed
}

# The texts of the troubleshooting table, one a line, "…" standing for anything.
messages_of_table() {
  sed -n '/^## Troubleshooting/,/^## /s/^| "\([^|]*\)" |.*/\1/p' \
    "$root/README.md" | sed 's/", "/\n/g'
}

messages_exist() {
  local message part

  # One line for all: C joins strings that a line break divides.
  find "$root/gst/seedance" -name '*.c' -exec cat {} + |
    sed 's/\\"/\x01/g' | tr '\n' ' ' | sed -e 's/"  *"//g' -e 's/\x01/"/g' \
    >texts
  messages_of_table >messages
  [ "$(wc -l <messages)" -gt 10 ]
  while IFS= read -r message; do
    while read -r part; do
      [ -z "$part" ] || grep -qF -- "$part" texts ||
        { echo "not in the code: $part"; false; }
    done <<<"${message//…/$'\n'}"
  done <messages
}

# What the tables of faults end in has a row, too.
messages_are_listed() {
  local message pattern

  sed -n 's/^|.*| \(T[^|]*[^| ]\) *|$/\1/p' "$root"/docs/{faults,breaks}.md |
    sort -u >ends
  [ "$(wc -l <ends)" -gt 10 ]
  messages_of_table >messages
  while IFS= read -r message; do
    while IFS= read -r pattern; do
      [[ $message != *"$pattern"* ]] || continue 2
    done <messages
    echo "no row for: $message"
    false
  done <ends
}

start_service
# What the documents take for granted.
ln -s "$BUILD_DIR" "$scratch/build"
for folder in examples tests gst; do
  ln -s "$root/$folder" "$scratch/$folder"
done
gst-launch-1.0 -q videotestsrc num-buffers=1 ! video/x-raw,width=640,height=360 \
  ! pngenc ! filesink location="$scratch/boat.png"
run_lines gstseedancesrc.c \
  < <(lines_of_comment "$root/gst/seedance/gstseedancesrc.c")
export SEEDANCE_STATE_DIR=$scratch/playout
run_lines gstseedanceplayout.c \
  < <(lines_of_comment "$root/gst/seedance/playout/gstseedanceplayout.c")
export SEEDANCE_STATE_DIR=$scratch/mark
run_lines gstseedancemark.c \
  < <(lines_of_comment "$root/gst/seedance/mark/gstseedancemark.c")
# A reader of the README has bought nothing yet.
export SEEDANCE_STATE_DIR=$scratch/reader
run_lines README.md < <(lines_of_readme "$root/README.md")
run_lines live.md < <(lines_of_readme "$root/docs/live.md")
export SEEDANCE_STATE_DIR=$scratch/providers
run_lines providers.md < <(lines_of_readme "$root/docs/providers.md")
# Of a terminal, which has 80 columns.
help_fits() {
  local program

  for program in "$root"/examples/*.sh "$root"/examples/live/*.sh \
    "$root"/examples/*.py "$root"/examples/live/*.py \
    "$BUILD_DIR"/examples/{order,handover,keyboard} \
    "$BUILD_DIR"/tests/service/seedance-local \
    "$BUILD_DIR"/tools/seedance-tasks; do
    case $program in
    */lib.sh) continue ;;
    *.py) set -- /usr/bin/python3 "$program" --help ;;
    *) set -- "$program" --help ;;
    esac
    "$@" >"$scratch/help" || return
    [ -s "$scratch/help" ] || return
    if LC_ALL=C.UTF-8 grep -E '^.{81}' "$scratch/help"; then
      echo "$program --help is wider than 80 columns" >&2
      return 1
    fi
  done
}

test_case 'all that --help says fits 80 columns' help_fits
test_case 'README.md lists the properties that there are' table_is_complete
test_case 'live.md lists the properties that there are' \
  playout_table_is_complete
test_case 'README.md lists the properties of the mark' mark_table_is_complete
test_case 'README.md quotes errors that exist' messages_exist
test_case 'README.md lists the errors of the tables' messages_are_listed
end_tests
