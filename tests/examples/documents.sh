#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Runs the commands of README.md and of the reference, and holds the documents
# against the element. pages.sh runs those of all other pages.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source-path=SCRIPTDIR source=blocks.sh
. "$(dirname "$0")/blocks.sh"

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

# What the code asks the environment for has a row, and no row is of anything else.
# shellcheck disable=SC2016 # Marks of Markdown.
environment_is_listed() {
  grep -rhoE '"SEEDANCE_[A-Z_]+"' "$root/gst" "$root/tools" | tr -d '"' |
    sort -u >asked
  [ "$(wc -l <asked)" -gt 5 ]
  sed -n '/^## Environment/,/^## /p' "$root/README.md" |
    sed -n 's/^| `\(SEEDANCE_[A-Z_]*\)`.*/\1/p' | sort -u >listed
  diff asked listed
}

# All but the one that no error has.
# shellcheck disable=SC2016
reasons_are_listed() {
  sed -n 's/^ *\[SEEDANCE_REASON_[A-Z_]*\] = "\([a-z-]*\)",/\1/p' \
    "$root/gst/seedance/client/error.c" | grep -vx interrupted | sort -u >said
  [ "$(wc -l <said)" -gt 15 ]
  sed -n '/^- \*\*Errors/,/where known/p' "$root/README.md" |
    sed 's/), and where known.*//' | grep -o '`[a-z-]*`' | tr -d '`' |
    grep -vx reason | sort -u >listed
  diff said listed
}

# shellcheck disable=SC2016
services_are_listed() {
  local page

  find "$root/gst/seedance/client/provider/profiles" -name '*.json' \
    -exec basename {} .json \; | sort >built-in
  [ "$(wc -l <built-in)" -gt 5 ]
  for page in README.md docs/providers.md; do
    sed -n '/^| `provider` | service/,/^$/p' "$root/$page" | cut -d '|' -f 2 |
      grep -o '`[a-z]*`' | tr -d '`' | grep -vx provider | sort >listed
    diff built-in listed
  done
}

all_are_looked_at() {
  /usr/bin/python3 "$blocks" check
}

# A block that nobody named, and a name that no block needs.
mistakes_are_found() {
  mkdir -p new/tests/examples
  printf '# New\n\n    sudo make it\n' >new/new.md
  echo 'new.md | never | text | not there' >new/tests/examples/blocks.txt
  if SEEDANCE_SOURCE_ROOT=$PWD/new /usr/bin/python3 "$blocks" check >found; then
    return 1
  fi
  cat found
  grep -q '^new.md:3: .*neither run nor named' found
  grep -q '^blocks.txt:1: there is no such block' found
  echo 'new.md | sudo | text | in another' >new/tests/examples/blocks.txt
  SEEDANCE_SOURCE_ROOT=$PWD/new /usr/bin/python3 "$blocks" check
}

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

start_service
make_surroundings
test_case 'every block of every document is run, or named' all_are_looked_at
test_case 'a block that is neither is found' mistakes_are_found
# A reader has bought nothing yet.
export SEEDANCE_STATE_DIR=$scratch/reference
run_blocks docs/reference.md
export SEEDANCE_STATE_DIR=$scratch/reader
run_blocks README.md
test_case 'all that --help says fits 80 columns' help_fits
test_case 'README.md lists the properties that there are' table_is_complete
test_case 'live.md lists the properties that there are' \
  playout_table_is_complete
test_case 'README.md lists the properties of the mark' mark_table_is_complete
test_case 'README.md lists the variables that are read' environment_is_listed
test_case 'README.md lists the reasons of errors' reasons_are_listed
test_case 'README.md and providers.md list the services' services_are_listed
test_case 'README.md quotes errors that exist' messages_exist
test_case 'README.md lists the errors of the tables' messages_are_listed
end_tests
