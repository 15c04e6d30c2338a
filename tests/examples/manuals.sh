#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Holds the manual pages, and what completes words in bash, against the programs.
set -euo pipefail

# shellcheck source-path=SCRIPTDIR source=lib.sh
. "$(dirname "$0")/lib.sh"
root=${SEEDANCE_SOURCE_ROOT:?}
tasks=${BUILD_DIR:?}/tools/seedance-tasks
service=$BUILD_DIR/tests/service/seedance-local

options_of_help() {
  sed -n 's/^  \(-[a-z], \)\{0,1\}\(--[a-z0-9-]*\).*/\2/p' | sort -u
}

# "forget TASK"; a line for each.
commands_of_help() {
  sed -n '/^Commands:/,/^$/s/^  \([a-z-]*\( [A-Z]*\)\{0,1\}\)  .*/\1/p' |
    sed 's/ *$//' | sort -u
}

# Headings of paragraphs, as ".BI \-\-by= WHAT".
options_of_page() {
  awk '/^\.TP/ { getline; print }' "$1" | sed 's/\\//g' |
    grep -o -- '--[a-z0-9-]*' | sort -u
}

commands_of_page() {
  awk '/^\.SH/ { inside = $2 == "COMMANDS" } /^\.RS/ { deeper++ }
    /^\.RE/ { deeper-- }
    inside && !deeper && /^\.TP/ { getline; print }' "$1" |
    sed -e 's/^\.BI* *//' -e 's/"//g' -e 's/  */ /g' -e 's/\\//g' | sort -u
}

# The lines of the synopsis in docs/seedance-tasks.md, without their options.
commands_of_document() {
  sed -n 's/^seedance-tasks \(.*\)/\1/p' "$1" | sed -e '/^--help/d' \
    -e 's/\[[^]]*\] *//g' -e 's/ *$//' | sort -u
}

tasks_page() {
  "$tasks" --help >help
  [ "$(options_of_help <help | wc -l)" -gt 5 ]
  diff <(options_of_help <help) <(options_of_page "$root/tools/seedance-tasks.1")
  [ "$(commands_of_help <help | wc -l)" -gt 5 ]
  diff <(commands_of_help <help) \
    <(commands_of_page "$root/tools/seedance-tasks.1")
}

tasks_document() {
  "$tasks" --help >help
  # shellcheck disable=SC2016 # Marks of Markdown.
  sed -n '/^```$/,/^```$/p; /^## /q' "$root/docs/seedance-tasks.md" >synopsis
  diff <(commands_of_help <help) <(commands_of_document synopsis)
}

service_page() {
  "$service" --help >help
  [ "$(options_of_help <help | wc -l)" -gt 20 ]
  diff <(options_of_help <help) \
    <(options_of_page "$root/tests/service/seedance-local.1")
}

service_document() {
  "$service" --help >help
  diff <(options_of_help <help | grep -v -- --help) \
    <(sed -n '/^## Options/,/^## /p' "$root/tests/service/README.md" |
      grep '^| `' | cut -d '|' -f 2 | grep -o -- '--[a-z0-9-]*' | sort -u)
}

# Without a warning, and no line is wider than a terminal.
pages_render() {
  local page

  for page in "$root/tools/seedance-tasks.1" \
    "$root/tests/service/seedance-local.1"; do
    groff -man -Tutf8 -P-cbou -ww -rLL=78n "$page" >text 2>warnings
    cat warnings
    [ ! -s warnings ]
    sed 's/\x1b\[[0-9;]*m//g' text >plain
    grep -q '^SEE ALSO' plain
    if LC_ALL=C.UTF-8 grep -E '^.{81}' plain; then
      return 1
    fi
  done
}

# completed FUNCTION WORDS…: what bash would offer for the last of the words.
completed() {
  local function=$1

  shift
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  "$function"
  printf '%s\n' "${COMPREPLY[@]}" | sort -u
}

# offers EXPECTED… -- WORDS…
offers() {
  local expected=()

  while [ "$1" != -- ]; do
    expected+=("$1")
    shift
  done
  shift
  diff <(printf '%s\n' "${expected[@]}" | sort -u) \
    <(completed _seedance_tasks "$tasks" "$@")
}

tasks_words() {
  # shellcheck source-path=SCRIPTDIR/../.. source=tools/seedance-tasks.bash
  . "$root/tools/seedance-tasks.bash"
  "$tasks" --help >help
  # shellcheck disable=SC2046 # Words.
  offers $(commands_of_help <help | cut -d ' ' -f 1) -- ''
  # shellcheck disable=SC2046
  offers $(options_of_help <help) -- --
  offers provider prune -- pr
  offers ark -- models ar
  offers --dry-run --help --state-dir --version --yes -- forget --
  offers --json -- --state-dir /tmp list --js
  offers day -- spent --by = d
  offers day key provider -- spent --by ''
  offers '' -- list ''
  offers --as-run --help --ipv6 --port --state-dir --version -- serve --
  : >day.as-run
  offers day.as-run -- serve --as-run da
  offers '' -- serve --port ''
}

# Ids come from services. One that the shell would run is not offered, and
# nothing of it is run while words are looked for.
tasks_ids() {
  # shellcheck source-path=SCRIPTDIR/../.. source=tools/seedance-tasks.bash
  . "$root/tools/seedance-tasks.bash"
  cat >fake <<'EOF'
#!/bin/sh
[ "$1" != --help ] || exec "$REAL" --help
echo "$*" >>asked
cat <<'END'
[{
		"id":	"cgt-1",
		"record":	"aaa"
	}, {
		"id":	"$(touch evil)",
		"record":	"bbb"
	}, {
		"id":	null,
		"record":	"ccc"
	}]
END
EOF
  chmod +x fake
  export REAL=$tasks
  tasks=./fake
  offers bbb ccc cgt-1 -- launch ''
  offers cgt-1 -- --state-dir = /tmp/there forget cg
  grep -qx -- '--state-dir=/tmp/there list --json' asked
  [ ! -e evil ]
}

# By what a true ledger lists.
tasks_own_ids() {
  local id

  # shellcheck source-path=SCRIPTDIR/../.. source=tools/seedance-tasks.bash
  . "$root/tools/seedance-tasks.bash"
  # shellcheck disable=SC2086 # Words.
  timeout 60 gst-launch-1.0 -q seedancesrc prompt='A lighthouse' $CLIP ! fakesink
  id=$("$tasks" list --json | sed -n 's/.*"id":[[:space:]]*"\(.*\)".*/\1/p')
  [ -n "$id" ]
  offers "$id" -- launch ''
}

tasks_providers() {
  # shellcheck source-path=SCRIPTDIR/../.. source=tools/seedance-tasks.bash
  . "$root/tools/seedance-tasks.bash"
  export XDG_CONFIG_HOME=$PWD/config
  mkdir -p config/gst-seedance/providers
  touch config/gst-seedance/providers/my-own.json
  completed _seedance_tasks "$tasks" provider '' >words
  for name in "$root"/gst/seedance/client/provider/profiles/*.json; do
    grep -qx "$(basename "$name" .json)" words
  done
  grep -qx my-own words
}

service_words() {
  # shellcheck source-path=SCRIPTDIR/../.. source=tests/service/seedance-local.bash
  . "$root/tests/service/seedance-local.bash"
  "$service" --help >help
  diff <(options_of_help <help) <(completed _seedance_local "$service" --)
  [ "$(completed _seedance_local "$service" --codec = '')" = $'h264\nh265' ]
}

start_service
test_case 'the manual of seedance-tasks has its commands and options' tasks_page
test_case 'docs/seedance-tasks.md has its commands' tasks_document
test_case 'the manual of seedance-local has its options' service_page
test_case 'its README.md has them' service_document
if command -v groff >/dev/null && [ -d /usr/share/groff/current/tmac ]; then
  test_case 'the manuals can be read in 80 columns' pages_render
else
  skip_case 'the manuals can be read in 80 columns' 'there is no groff'
fi
test_case 'bash completes commands, options and values' tasks_words
test_case 'bash completes ids, and runs none' tasks_ids
test_case 'bash completes the ids of a ledger' tasks_own_ids
test_case 'bash completes providers' tasks_providers
test_case 'bash completes the options of seedance-local' service_words
end_tests
